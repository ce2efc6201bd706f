//! JSON in inputs: one value a line, or one document with a list of what matters in it.
//!
//! Elements are handed on one by one, so that a document of any length takes little memory: those
//! of the lists that answers of APIs have, and every other value whole.

/// The longest element that is read, in bytes. A series of Prometheus has 11,000 points at most,
/// about 300 kB.
const ELEMENT_MAX: usize = 1 << 20;

/// The most bytes in front of a list that are kept, for what they say of all of it.
const HEAD_MAX: usize = 4_096;

/// The deepest nesting that is followed.
const DEPTH_MAX: usize = 64;

/// Keys of lists whose elements stand for themselves: Prometheus, Kubernetes, CloudWatch.
const LISTS: &[&[u8]] = &[b"result", b"items", b"events", b"logEvents", b"results"];

/// Cuts bytes of JSON into elements.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    /// Open brackets.
    open: Vec<u8>,
    in_string: bool,
    escaped: bool,
    /// The last string, for it may be a key.
    word: Vec<u8>,
    /// The nesting in which elements stand.
    list: Option<usize>,
    head: Vec<u8>,
    element: Vec<u8>,
    is_too_long: bool,
}

/// What was cut off.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cut<'a> {
    /// An element, and what stands in front of the list that it is in.
    Element { head: &'a [u8], element: &'a [u8] },
    /// One that is too long or too deep to be read, or that breaks off.
    Unread,
}

impl Splitter {
    /// Whether a value is not finished.
    pub(crate) fn is_inside(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether elements of a list are taken one by one.
    pub(crate) fn is_in_list(&self) -> bool {
        self.list.is_some()
    }

    /// Takes the next bytes of a line; `ends` when the line ends with them.
    pub(crate) fn feed(&mut self, bytes: &[u8], ends: bool, mut take: impl FnMut(Cut<'_>)) {
        for byte in bytes {
            self.byte(*byte, &mut take);
        }
        if ends && self.in_string {
            // A string cannot go on in the next line: this one was cut off.
            self.give_up(&mut take);
        }
    }

    /// Ends a value that breaks off.
    pub(crate) fn give_up(&mut self, mut take: impl FnMut(Cut<'_>)) {
        if self.is_inside() {
            take(Cut::Unread);
        }
        *self = Self::default();
    }

    fn byte(&mut self, byte: u8, take: &mut impl FnMut(Cut<'_>)) {
        self.keep(byte);
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ if self.word.len() < 16 => self.word.push(byte),
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.word.clear();
            }
            b'{' | b'[' => self.open(byte, take),
            b'}' | b']' => self.close(take),
            _ => {}
        }
    }

    fn keep(&mut self, byte: u8) {
        let is_in_element = self.list.is_none_or(|it| self.open.len() > it || byte == b'{');
        if !is_in_element || (self.open.is_empty() && !matches!(byte, b'{' | b'[')) {
            return;
        }
        if self.element.len() < ELEMENT_MAX {
            self.element.push(byte);
        } else {
            self.is_too_long = true;
        }
    }

    fn open(&mut self, byte: u8, take: &mut impl FnMut(Cut<'_>)) {
        if self.open.len() >= DEPTH_MAX {
            return self.give_up(take);
        }
        let is_list = byte == b'[' && self.list.is_none() && !self.open.contains(&b'[');
        self.open.push(byte);
        if is_list && (self.open.len() == 1 || LISTS.contains(&self.word.as_slice())) {
            self.list = Some(self.open.len());
            self.element.truncate(HEAD_MAX);
            self.head = std::mem::take(&mut self.element);
            self.is_too_long = false;
        }
    }

    fn close(&mut self, take: &mut impl FnMut(Cut<'_>)) {
        self.open.pop();
        let depth = self.open.len();
        let is_element = match self.list {
            Some(list) => depth == list,
            None => depth == 0,
        };
        if is_element {
            let (head, element) = (self.head.as_slice(), self.element.as_slice());
            take(match std::mem::take(&mut self.is_too_long) {
                true => Cut::Unread,
                false => Cut::Element { head, element },
            });
            self.element.clear();
        }
        if self.list.is_some_and(|it| depth < it) {
            // What follows the list says nothing.
            self.list = Some(usize::MAX);
        }
        if depth == 0 {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        let mut splitter = Splitter::default();
        let mut cuts = Vec::new();
        for line in text.lines() {
            splitter.feed(line.as_bytes(), true, |it| cuts.push(shown(&it)));
        }
        splitter.give_up(|it| cuts.push(shown(&it)));
        cuts
    }

    fn shown(cut: &Cut<'_>) -> String {
        match cut {
            Cut::Element { element, .. } => String::from_utf8_lossy(element).into_owned(),
            Cut::Unread => "unread".to_owned(),
        }
    }

    #[test]
    fn lists_of_answers_are_taken_apart_and_other_values_are_whole() {
        for (text, expect) in [
            (r#"{"a": [{"b": 1}]}"#, vec![r#"{"a": [{"b": 1}]}"#]),
            ("[{\"a\": 1},\n{\"a\": [2]}]", vec![r#"{"a": 1}"#, r#"{"a": [2]}"#]),
            (
                r#"{"data": {"result": [{"x": "}]"}, {"x": []}]}}"#,
                vec![r#"{"x": "}]"}"#, r#"{"x": []}"#],
            ),
            ("{\n\"a\":\n1}\n{\"b\": 2}", vec!["{\"a\":1}", r#"{"b": 2}"#]),
            (r#"{"items": [], "more": [{"a": 1}]} {"b": 2}"#, vec![r#"{"b": 2}"#]),
            ("{\"a\": \"cut\n{\"b\": 2}", vec!["unread", r#"{"b": 2}"#]),
            ("{\"a\": 1", vec!["unread"]),
        ] {
            assert_eq!(cut(text), expect, "{text}");
        }
    }

    #[test]
    fn too_long_and_too_deep_is_unread_and_takes_little_memory() {
        let long = format!("[{{\"a\": \"{}\"}}, {{\"b\": 1}}]", "x".repeat(3 * ELEMENT_MAX));
        assert_eq!(cut(&long), ["unread", r#"{"b": 1}"#]);
        assert_eq!(cut(&"[".repeat(100_000)).first().map(String::as_str), Some("unread"));
    }
}
