//! XML, as far as configurations of programs go: elements with texts, comments, CDATA, and the
//! entities that every document has.
//!
//! Parsers of XML that are maintained either read the whole standard, of which a configuration has no
//! need, or hand out texts without their places, which every label needs. This one is a page, and
//! refuses what a parser refuses: a file that is not well-formed is none. An entity that a document
//! defines itself is not filled in.
//!
//! Source: <https://www.w3.org/TR/xml/>

use crate::document::Text;
use crate::source::{FileId, Span, Spanned};

/// How deep elements may nest.
const DEPTH_MAX: usize = 64;

/// Most elements of a file: one of settings has dozens.
const ELEMENTS_MAX: usize = 10_000;

/// An element with all that stands in it.
#[derive(Clone, Debug)]
pub struct Element {
    /// Its name.
    pub name: Spanned<String>,
    attributes: Vec<(String, String)>,
    /// What stands between its tags, in order.
    pub content: Vec<Content>,
    /// From its first tag to the end of its last one.
    pub span: Span,
}

/// A part of what stands in an element.
#[derive(Clone, Debug)]
pub enum Content {
    /// A text, with its entities filled in.
    Text(Text),
    /// The text of a section `<![CDATA[…]]>`.
    Data(Text),
    /// An element.
    Element(Element),
    /// A comment, an instruction, or an entity that is not known.
    Other,
}

impl Element {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    /// The elements in it.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.content.iter().filter_map(|it| match it {
            Content::Element(element) => Some(element),
            _ => None,
        })
    }
}

/// The root of a file. `None` where it is not well-formed, or larger than is read.
pub fn parse(file: FileId, text: &str) -> Option<Element> {
    Parser::new(file, text).whole()
}

/// The place where a file is no longer well-formed. `None` for one that is, and where that is not
/// known: of what a type of document allows, nothing is read.
pub fn mistake(file: FileId, text: &str) -> Option<Span> {
    let mut parser = Parser::new(file, text);
    if parser.whole().is_some() || parser.is_beyond || text.contains("<!DOCTYPE") {
        return None;
    }
    let at = text.floor_char_boundary(parser.at.min(text.trim_end().len()));
    let length = text[at..].chars().next().map_or(0, char::len_utf8);
    Some(Span::new(file, at, at + length))
}

struct Parser<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
    elements: usize,
    /// Whether something stands there that XML allows and that is not read here.
    is_beyond: bool,
}

impl<'a> Parser<'a> {
    fn new(file: FileId, text: &'a str) -> Self {
        let at = text.len() - text.trim_start_matches('\u{feff}').len();
        Self { file, text, at, elements: 0, is_beyond: false }
    }

    fn whole(&mut self) -> Option<Element> {
        if self.rest().starts_with("<?xml") {
            self.behind("?>")?;
        }
        self.around(true)?;
        let root = self.root()?;
        self.around(false)?;
        self.rest().is_empty().then_some(root)
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.file, start, self.at)
    }

    /// Goes on behind a sign: what stands before it.
    fn behind(&mut self, sign: &str) -> Option<&'a str> {
        let (before, _) = self.rest().split_once(sign)?;
        self.at += before.len() + sign.len();
        Some(before)
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is_there = self.rest().starts_with(sign);
        self.at += if is_there { sign.len() } else { 0 };
        is_there
    }

    fn blanks(&mut self) -> bool {
        let rest = self.rest();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.at += blanks;
        blanks > 0
    }

    /// A comment or an instruction, if one stands here.
    fn aside(&mut self) -> Option<bool> {
        if self.takes("<!--") {
            // Two dashes end it.
            self.behind("--")?;
            return self.takes(">").then_some(true);
        }
        if self.rest().starts_with("<?") {
            // The declaration stands at the start alone.
            let instruction = self.behind("?>")?;
            let name = instruction.split_ascii_whitespace().next().unwrap_or_default();
            if name.eq_ignore_ascii_case("<?xml") {
                return None;
            }
            return Some(true);
        }
        Some(false)
    }

    /// What may stand before and behind the root.
    fn around(&mut self, has_type: bool) -> Option<()> {
        loop {
            self.blanks();
            if has_type && self.rest().starts_with("<!DOCTYPE") {
                let before = self.rest().split_once('>')?.0;
                match before.contains('[') {
                    true => self.behind("]>").map(drop)?,
                    false => self.behind(">").map(drop)?,
                }
            } else if !self.aside()? {
                return Some(());
            }
        }
    }

    fn name(&mut self) -> Option<Spanned<String>> {
        let start = self.at;
        let is_part = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | ':');
        let rest = self.rest();
        let name = &rest[..rest.find(|it| !is_part(it)).unwrap_or(rest.len())];
        let is_name = name.starts_with(|it: char| it.is_alphabetic() || matches!(it, '_' | ':'));
        self.at += name.len();
        self.is_beyond |= self.rest().starts_with(|it: char| !it.is_ascii());
        is_name.then(|| Spanned::new(name.to_owned(), self.span(start)))
    }

    /// The tag that begins an element, behind its `<`; and whether the element ends with it.
    fn tag(&mut self) -> Option<(Element, bool)> {
        let start = self.at - 1;
        self.elements += 1;
        self.is_beyond |= self.elements > ELEMENTS_MAX;
        let name = self.name().filter(|_| !self.is_beyond)?;
        let mut attributes: Vec<(String, String)> = Vec::new();
        loop {
            let is_apart = self.blanks();
            let is_empty = self.takes("/>");
            if is_empty || self.takes(">") {
                let span = self.span(start);
                let element = Element { name, attributes, content: Vec::new(), span };
                return Some((element, is_empty));
            }
            let attribute = self.name().filter(|_| is_apart)?.value;
            self.blanks();
            self.takes("=").then_some(())?;
            self.blanks();
            let quote = if self.takes("\"") { "\"" } else { self.takes("'").then_some("'")? };
            let value = self.behind(quote)?;
            self.is_beyond |= value.contains('&');
            if value.contains(['<', '&']) {
                return None;
            }
            if attributes.iter().any(|it| it.0 == attribute) {
                return None;
            }
            attributes.push((attribute, value.to_owned()));
        }
    }

    fn root(&mut self) -> Option<Element> {
        self.takes("<").then_some(())?;
        let (root, is_empty) = self.tag()?;
        if is_empty {
            return Some(root);
        }
        let mut open = vec![root];
        loop {
            let last = open.last_mut()?;
            if self.takes("</") {
                let name = self.name()?;
                self.blanks();
                if name.value != last.name.value || !self.takes(">") {
                    return None;
                }
                let mut done = open.pop()?;
                done.span = self.span(done.span.range().start);
                match open.last_mut() {
                    Some(around) => around.content.push(Content::Element(done)),
                    None => return Some(done),
                }
            } else if self.takes("<![CDATA[") {
                let start = self.at;
                let data = self.behind("]]>")?;
                let span = Span::new(self.file, start, start + data.len());
                last.content.push(Content::Data(Text::verbatim(data, span, start)));
            } else if self.aside()? {
                last.content.push(Content::Other);
            } else if self.takes("<") {
                match self.tag()? {
                    (element, true) => last.content.push(Content::Element(element)),
                    (element, false) => open.push(element),
                }
                if open.len() > DEPTH_MAX {
                    self.is_beyond = true;
                    return None;
                }
            } else {
                last.content.push(self.text()?);
            }
        }
    }

    /// A text up to the next tag.
    fn text(&mut self) -> Option<Content> {
        let start = self.at;
        let (whole, _) = self.rest().split_once('<')?;
        let end = start + whole.len();
        let (mut parts, mut is_known) = (Vec::new(), true);
        while self.at < end {
            let rest = &self.text[self.at..end];
            let plain = rest.find('&').unwrap_or(rest.len());
            let span = Span::new(self.file, self.at, self.at + plain);
            parts.push(Text::verbatim(&rest[..plain], span, self.at));
            self.at += plain;
            if plain < rest.len() {
                let entity = rest[plain + 1..].split_once(';')?.0;
                let length = entity.len() + 2;
                let span = Span::new(self.file, self.at, self.at + length);
                match filled_in(entity) {
                    Some(sign) => parts.push(Text::new(sign, span, Vec::new())),
                    None if entity.starts_with('#') => return None,
                    None => is_known = false,
                }
                self.at += length;
            }
        }
        let span = self.span(start);
        Some(if is_known { Content::Text(Text::joined(parts, span)) } else { Content::Other })
    }
}

/// The sign that an entity of every document stands for.
fn filled_in(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    fn shown(element: &Element, sources: &SourceMap) -> String {
        let parts = element.content.iter().map(|it| match it {
            Content::Text(text) => format!("{:?}", text.value),
            Content::Data(text) => format!("data {:?}", text.value),
            Content::Element(element) => shown(element, sources),
            Content::Other => "?".to_owned(),
        });
        let parts: Vec<String> = parts.collect();
        assert_eq!(sources.text(element.name.span), element.name.value);
        format!("{}[{}]", element.name.value, parts.join(", "))
    }

    #[track_caller]
    fn check(text: &str, expect: Option<&str>) {
        let mut sources = SourceMap::new();
        let file = sources.add("a.xml", text);
        let found = parse(file, text).map(|it| shown(&it, &sources));
        assert_eq!(found.as_deref(), expect, "{text}");
    }

    #[test]
    fn elements_have_texts_and_elements() {
        check("<a/>", Some("a[]"));
        check("<a></a>", Some("a[]"));
        check("\u{feff}<?xml version='1.0'?>\n<!-- b --><a>b</a>\n<!-- c -->\n", Some("a[\"b\"]"));
        check("<a><b/> <c d='e' f=\"g\">1</c></a>", Some("a[b[], \" \", c[\"1\"]]"));
        check("<a>b&amp;c&#65;&#x42;</a>", Some("a[\"b&cAB\"]"));
        check("<a>b<!-- c --><![CDATA[<d>]]></a>", Some("a[\"b\", ?, data \"<d>\"]"));
        check("<!DOCTYPE a [<!ENTITY n \"5\">]><a>&n;</a>", Some("a[?]"));
        check("<!DOCTYPE a><a/>", Some("a[]"));
        check("<größe>ü</größe>", Some("größe[\"ü\"]"));
    }

    #[test]
    fn what_is_not_well_formed_is_none() {
        for text in [
            "",
            "a",
            "<a>",
            "<a",
            "<a>b",
            "<a></b>",
            "<a/>b",
            "<a/><b/>",
            "<a b></a>",
            "<a b=c/>",
            "<a b='1' b='2'/>",
            "<a b='1'c='2'/>",
            "<a>&</a>",
            "<a>&#0x;</a>",
            "<1/>",
            "< a/>",
            "\n<?xml version='1.0'?><a/>",
            "<a><!-- b -- c --></a>",
            "<a><![CDATA[b</a>",
            "</a>",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_mistake_is_told_where_the_file_is_certainly_none() {
        let check = |text: &str, expect: Option<&str>| {
            let mut sources = SourceMap::new();
            let file = sources.add("a.xml", text);
            let place = mistake(file, text).map(|it| sources.text(it).to_owned());
            assert_eq!(place.as_deref(), expect, "{text}");
        };
        check("<a><b></a>", Some(">"));
        check("<a>\n", Some("\n"));
        check("<a/>b", Some("b"));
        check("<a b=c/>", Some("c"));
        check("<a b='&amp;'>", None);
        check("<!DOCTYPE a><a>", None);
        check("<a>&n;</a>", None);
        check("<a\u{b7}b/>", None);
        check(&"<a>".repeat(DEPTH_MAX + 2), None);
        check("<a/>", None);
    }

    #[test]
    fn nesting_and_numbers_have_a_bound() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        let file = SourceMap::new().add("a.xml", "");
        assert!(parse(file, &nested(DEPTH_MAX)).is_some());
        assert!(parse(file, &nested(DEPTH_MAX + 1)).is_none());
        let many = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count));
        assert!(parse(file, &many(ELEMENTS_MAX - 1)).is_some());
        assert!(parse(file, &many(ELEMENTS_MAX)).is_none());
    }

    #[test]
    fn places_in_a_text_are_those_in_the_file() {
        let text = "<a>b&amp;cd</a>";
        let mut sources = SourceMap::new();
        let file = sources.add("a.xml", text);
        let root = parse(file, text).expect("it is well-formed");
        let [Content::Text(found)] = root.content.as_slice() else { panic!("{root:?}") };
        assert_eq!(sources.text(found.span_of(2..4)), "cd");
        assert_eq!(sources.text(found.span_of(1..2)), "&amp;");
        assert_eq!(sources.text(root.span), text);
    }
}
