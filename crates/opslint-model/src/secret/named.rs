//! What stands beside a word that names a secret: its value, to where it ends.

use std::ops::Range;

use super::code::{self, Wanted};
use super::extent::{
    Grammar, bare_len, brackets_len, is_word, last_item, literal, next_item, slashes, spaces,
    statement_len,
};
use super::name::Hint;
use super::part;
use super::scan::words;
use super::value::likely_part;

/// What stands before a name whose value follows behind blanks: in Dockerfiles, in the configuration
/// of servers, in shells.
const BEFORE_A_NAME: &[&str] = &[
    "ENV",
    "ARG",
    "SetEnv",
    "RequestHeader set",
    "proxy_set_header",
    "fastcgi_param",
    "uwsgi_param",
    "printf -v",
    "set -x",
    "set -gx",
    "set -Ux",
];

/// Bytes in which a command ends that consists of one of these and of the name of a process before it.
const SETTER_MAX: usize = 80;

/// Keys of lists that are a command.
const COMMANDS: &[&str] = &["command", "entrypoint", "cmd", "args", "test"];

/// Commands of a shell that give names a value.
pub(super) const DECLARE: &[&str] =
    &["export", "declare", "typeset", "readonly", "local", "printf"];

/// A word that names a secret, in its text.
pub(super) struct Named<'a> {
    pub(super) text: &'a str,
    /// Whether a word that declares variables is anywhere in the whole text.
    pub(super) declares: bool,
    pub(super) grammar: Grammar,
    pub(super) word: Range<usize>,
    pub(super) hint: Hint,
}

impl Named<'_> {
    /// The quote right in front of the name.
    pub(super) fn quote(&self) -> Option<char> {
        self.text[..self.word.start].chars().next_back().filter(|it| "\"'`".contains(*it))
    }

    /// The value behind the name.
    pub(super) fn after(&self, found: &mut Vec<Range<usize>>) {
        let text = self.text;
        let quote = self.quote();
        let mut at = self.word.end;
        // `"NAME": …`, `environ["NAME"] = …`; `\"` in a text within a text, however deep.
        let closing = |it: char| quote.is_some_and(|quote| quote == it);
        let mut is_closed = false;
        let slashes = slashes(&text[at..]);
        if slashes > 0 && text[at + slashes..].starts_with('"') {
            (at, is_closed) = (at + slashes + 1, true);
        } else if text[at..].starts_with(closing) {
            (at, is_closed) = (at + 1, true);
        }
        if is_closed && text[at..].starts_with(']') {
            at += 1;
        }
        if !is_closed && self.header(at, quote, found) {
            return;
        }
        let blanks = spaces(&text[at..]);
        let rest = &text[at + blanks..];
        let is_default = text[..self.word.start].ends_with("${");
        if !is_closed && blanks > 0 && self.grammar != Grammar::Prose {
            self.without_sign(at + blanks, quote, found);
        }
        let Some(len) = self.separator(rest, blanks, is_closed, is_default) else { return };
        let at = at + blanks + len;
        // `"NAME=a b"`: the quote that began before the name ends the value.
        let is_outer = !is_closed && blanks == 0 && rest.starts_with('=');
        let outer = quote.filter(|_| is_outer && !self.is_at_a_command());
        if is_default {
            let end = text[at..].find('}').map_or(text.len(), |it| at + it);
            self.add(at..end, found);
        } else if let Some(quote) = outer {
            let end = text[at..].find([quote, '\n']).map_or(text.len(), |it| at + it);
            self.add(at..end, found);
            // `'NAME=' + 'value'`, `'NAME=%s' % 'value'`.
            if self.grammar == Grammar::Code && text[end..].starts_with(quote) {
                self.add_all(code::values_behind(text, end + 1), found);
            }
        } else {
            self.value(at, rest[..len].ends_with(':'), found);
        }
    }

    /// Whether the quote in front of the name begins a command, in which a value ends with its word:
    /// what a shell is given behind `-c`, the value of a key, the only text of a list `command: [`.
    fn is_at_a_command(&self) -> bool {
        let before = self.line_before().trim_end_matches(['"', '\'', '\\', ' ']);
        let before = before.strip_suffix(',').map_or(before, |it| it.trim_end_matches(['"', '\'']));
        let option = before.rsplit(|it: char| !is_word(it)).next().unwrap_or_default();
        let is_shell =
            option.starts_with('-') && !option.starts_with("--") && option.ends_with('c');
        let list =
            before.strip_suffix('[').map(|it| it.trim_end().trim_end_matches(['"', ':', '=']));
        let is_list =
            || list.is_some_and(|it| COMMANDS.iter().any(|key| it.trim_end().ends_with(key)));
        match self.grammar {
            Grammar::Shell | Grammar::Env => is_shell,
            Grammar::Data => is_shell || before.ends_with([':', '=']) || is_list(),
            Grammar::Code | Grammar::Prose => false,
        }
    }

    /// `raw_env = ["NAME value"]`: a variable whose `=` was forgotten. A sentence that begins with the
    /// name of a variable, such as `"SECRET_KEY missing"`, goes on in words of small letters.
    fn without_sign(&self, at: usize, quote: Option<char>, found: &mut Vec<Range<usize>>) {
        let Some(quote) = quote.filter(|_| self.is_upper_case()) else { return };
        let rest = &self.text[at..];
        let Some(end) = rest.find(quote) else { return };
        let value = &rest[..end];
        let is_one_word = !value.is_empty() && !value.contains([' ', '\t', '\n', '\r', '=', ':']);
        let is_of_a_sentence = || value.bytes().all(|it| it.is_ascii_lowercase());
        if is_one_word && (!is_of_a_sentence() || self.is_among_variables(quote)) {
            self.add(at..at + end, found);
        }
    }

    /// Whether the quote in front of the name begins an item of `raw_env`, or what `-e` is given.
    fn is_among_variables(&self, quote: char) -> bool {
        let before = self.text[..self.word.start].trim_end_matches(quote).trim_end();
        let is_option = ["-e", "--env", "--env="].iter().any(|it| before.ends_with(it));
        is_option
            || before.rsplit_once("raw_env").is_some_and(|(_, it)| {
                it.trim_start().starts_with(['=', '+']) && !it.contains([']', ')'])
            })
    }

    /// Bytes of the separator between the name and its value.
    fn separator(&self, rest: &str, blanks: usize, closed: bool, default: bool) -> Option<usize> {
        if default {
            return [":-", ":=", "-", "="]
                .iter()
                .find(|it| rest.starts_with(**it))
                .map(|it| it.len());
        }
        for it in [":=", "=>", "+=", "?=", "<<<"] {
            if rest.starts_with(it) {
                return Some(it.len());
            }
        }
        let is_comparison = ["==", "=~", "::", ":-", "://"].iter().any(|it| rest.starts_with(it));
        match rest.chars().next()? {
            '=' if !is_comparison => Some(1),
            ':' if !is_comparison && self.takes_colon(&rest[1..], closed) => Some(1),
            // `getenv("NAME", "value")`, `env("NAME", default="value")`.
            ',' if closed && self.is_argument() => {
                let after = rest[1..].trim_start();
                let keyword = after.strip_prefix("default").map(str::trim_start);
                let after =
                    keyword.and_then(|it| it.strip_prefix('=')).unwrap_or(after).trim_start();
                let is_literal = after.starts_with(['"', '\'']);
                is_literal.then_some(rest.len() - after.len())
            }
            // `NAME, OTHER = 'value', True`.
            ',' if !closed && self.grammar == Grammar::Code && self.targets_before().is_some() => {
                code::further_targets(rest)
            }
            // Another option follows an option that has no value.
            _ if blanks > 0 && !rest.starts_with("--") && self.is_before_its_value() => Some(0),
            _ => None,
        }
    }

    /// Whether a colon behind the name begins its value.
    fn takes_colon(&self, after: &str, is_closed: bool) -> bool {
        let is_quoted = after.trim_start_matches([' ', '\t']).starts_with(['"', '\'', '\\']);
        match self.grammar {
            Grammar::Data => true,
            // `NAME: str = "value"`: the type of a variable is passed over as its value begins.
            Grammar::Code => {
                let is_annotated = || self.is_annotated() && code::annotation(after).is_some();
                // An element of a table may be a table or the result of a call.
                is_quoted || is_closed || is_annotated() || self.is_in_comment()
            }
            Grammar::Shell | Grammar::Env | Grammar::Prose => {
                is_quoted && (is_closed || self.is_upper_case() || self.is_quoted_word(after))
            }
        }
    }

    /// `create(password: 'value')`: one word in quotes, where a sentence has none.
    fn is_quoted_word(&self, after: &str) -> bool {
        let after = after.trim_start_matches([' ', '\t']);
        let body = literal(after, self.grammar).map(|it| &after[it.body]);
        self.grammar.has_words()
            && body.is_some_and(|it| !it.is_empty() && !it.contains(char::is_whitespace))
    }

    fn is_upper_case(&self) -> bool {
        !self.text[self.word.clone()].contains(|it: char| it.is_ascii_lowercase())
    }

    /// Whether a type may stand behind the name: at the start of a line or among parameters.
    fn is_annotated(&self) -> bool {
        let before = self.line_before().trim_end();
        before.is_empty() || before.ends_with(['(', ',', ';', '*'])
    }

    /// `name("SECRET", …`: the first argument of a call; `"=".join(("SECRET", …`, and
    /// `setattr(object, "SECRET", …`.
    fn is_argument(&self) -> bool {
        let before = self.text.get(..self.word.start.saturating_sub(1)).unwrap_or_default();
        let is_name = |it: char| it.is_alphanumeric() || it == '_';
        let is_joined = [".join((", ".join(["].iter().any(|it| before.ends_with(it));
        let object = before.trim_end().strip_suffix(',').unwrap_or_default();
        let is_set = object.trim_end_matches(is_name).ends_with("setattr(");
        let is_first = before.strip_suffix('(').unwrap_or_default().ends_with(is_name);
        self.is_upper_case() && (is_first || is_joined || is_set)
    }

    /// `--flag value`, `ENV NAME value`: nothing but blanks in between.
    fn is_before_its_value(&self) -> bool {
        if !self.grammar.has_words() {
            return self.is_of_netrc();
        }
        self.is_option() || self.is_of_netrc() || self.is_behind_a_setter()
    }

    /// `machine db.example login shop password value`, on one line or on several.
    /// Source: the page "The .netrc file" of GNU inetutils.
    fn is_of_netrc(&self) -> bool {
        let mut before = self.text[..self.word.start].split_whitespace().rev();
        before.nth(1) == Some("login") && before.nth(1).is_some_and(|it| it.ends_with("machine"))
    }

    /// Whether the command up to the name consists of words behind which a name and its value stand.
    fn is_behind_a_setter(&self) -> bool {
        // All of these are shorter, and a line may have a name in every few bytes.
        let before = &self.text[..self.word.start];
        let from = before.ceil_char_boundary(before.len().saturating_sub(SETTER_MAX));
        let near = &before[from..];
        let ends = ['\n', ';', '&', '|'];
        let start = near.rfind(ends).map_or(0, |it| it + 1);
        if start == 0 && from > 0 {
            return false;
        }
        let command = self.command();
        BEFORE_A_NAME.iter().any(|it| command.eq_ignore_ascii_case(it))
    }

    /// Whether a shell is told here what the name stands for, perhaps behind other names.
    fn is_declared(&self) -> bool {
        if !self.declares || !self.grammar.has_words() {
            return false;
        }
        let mut words = self.command().split_whitespace();
        let is_command = words.next().is_some_and(|it| DECLARE.contains(&it));
        is_command && words.all(|it| it.starts_with('-') || it.contains('='))
    }

    /// What stands in front of the name in the same command.
    fn command(&self) -> &str {
        let before = &self.text[..self.word.start];
        // Bytes, as a line of megabytes may have a secret in each word.
        let ends = |it: &u8| matches!(it, b'\n' | b';' | b'&' | b'|');
        let start = before.as_bytes().iter().rposition(ends).map_or(0, |it| it + 1);
        let command = &before[start..];
        // The name of a process stands before its command: `web: export …`.
        let colon = command.as_bytes().windows(2).rposition(|it| it == b": ");
        command[colon.map_or(0, |it| it + 2)..].trim()
    }

    /// The value that begins at or after an offset.
    fn value(&self, at: usize, is_colon: bool, found: &mut Vec<Range<usize>>) {
        let text = self.text;
        let mut at = at + spaces(&text[at..]);
        if self.grammar == Grammar::Code {
            return self.expression(at, is_colon, found);
        }
        let mut is_literal = false;
        if let Some(literal) = literal(&text[at..], self.grammar) {
            self.add(at + literal.body.start..at + literal.body.end, found);
            is_literal = true;
            at += literal.len;
        }
        if is_literal && !self.grammar.has_words() {
            return;
        }
        let is_table = self.grammar == Grammar::Data && self.is_upper_case();
        let end = match is_literal {
            true => at,
            // Even one that looks like a placeholder: it is no value that a name may have.
            false if is_table && text[at..].starts_with(['{', '[']) => {
                return found.push(at..at + brackets_len(&text[at..]));
            }
            false => at + bare_len(&text[at..], self.is_line(is_colon)),
        };
        self.add(at..end, found);
        if !self.grammar.has_words() {
            return;
        }
        let (start, end) = (end, self.word_end(end));
        found.push(start..end);
        if self.is_declared() {
            self.add_words(end, found);
        }
    }

    /// The literals that an expression may come to, and the value that a comment gives.
    fn expression(&self, at: usize, is_colon: bool, found: &mut Vec<Range<usize>>) {
        let text = self.text;
        if self.quote().is_none() && self.is_in_comment() {
            return self.comment(at, is_colon, found);
        }
        let at = match code::annotation(&text[at..]).filter(|_| is_colon) {
            Some(len) => at + len,
            None => at,
        };
        // The options of a login are no passwords.
        if self.hint == Hint::Likely && text[at..].trim_start().starts_with('{') {
            return;
        }
        let wanted = match self.targets_before() {
            Some(0) if !is_colon && self.has_no_further_target() => Wanted::All,
            Some(commas) if !is_colon => Wanted::Nth(commas),
            _ => Wanted::One,
        };
        self.add_all(code::values(text, at, wanted), found);
    }

    fn add_all(&self, literals: Vec<code::Found>, found: &mut Vec<Range<usize>>) {
        for it in literals {
            if !it.is_uncertain || likely_part(&self.text[it.body.clone()]).is_some() {
                self.add(it.body, found);
            }
        }
    }

    /// `# NAME=value`, `# NAME = "value"`, and `# name: value` where it is no word of a sentence.
    fn comment(&self, at: usize, is_colon: bool, found: &mut Vec<Range<usize>>) {
        let rest = &self.text[at..];
        if let Some(literal) = literal(rest, self.grammar) {
            return self.add(at + literal.body.start..at + literal.body.end, found);
        }
        let len = bare_len(rest, false);
        if !is_colon || likely_part(&rest[..len]).is_some() {
            self.add(at..at + len, found);
        }
    }

    fn is_in_comment(&self) -> bool {
        code::is_in_comment(self.line_before())
    }

    /// What stands in front of the name in its line.
    fn line_before(&self) -> &str {
        let before = &self.text[..self.word.start];
        &before[before.rfind('\n').map_or(0, |it| it + 1)..]
    }

    /// How many other names are assigned in front of this one in the same statement, `A, NAME = …`;
    /// `None` where no statement begins.
    fn targets_before(&self) -> Option<usize> {
        let line = self.line_before();
        let statement = &line[line.rfind(';').map_or(0, |it| it + 1)..];
        let is_target = |it: char| it.is_alphanumeric() || "_., *\t".contains(it);
        let is_begun = statement.trim().is_empty() || statement.trim_end().ends_with(',');
        let is_statement = is_begun && statement.chars().all(is_target);
        is_statement.then(|| statement.matches(',').count())
    }

    fn has_no_further_target(&self) -> bool {
        !self.text[self.word.end..].trim_start_matches([' ', '\t']).starts_with(',')
    }

    /// `export NAME=one two`: who forgot the quotes meant both words. Up to the next `NAME=`.
    fn add_words(&self, from: usize, found: &mut Vec<Range<usize>>) {
        let start = from + spaces(&self.text[from..]);
        let rest = &self.text[start..start + statement_len(&self.text[start..])];
        let next = rest.find('=').map_or(rest, |it| &rest[..it]);
        let len = match next.len() < rest.len() {
            true => next.rfind([' ', '\t']).unwrap_or(0),
            false => rest.len(),
        };
        self.add(start..start + rest[..len].trim_end().len(), found);
    }

    /// Where the word of a shell ends that goes on at an offset: `a\ b`, `"a"'b'c`.
    fn word_end(&self, mut at: usize) -> usize {
        let text = self.text;
        let line = text[..self.word.start].rfind('\n').map_or(0, |it| it + 1);
        let is_open = |quote| text[line..self.word.start].matches(quote).count() % 2 == 1;
        loop {
            let rest = &text[at..];
            let next = rest.chars().next();
            if text[..at].ends_with('\\') && rest.starts_with([' ', '\t']) {
                at += 1;
            } else if next.is_some_and(|it| "\"'".contains(it) && !is_open(it)) {
                let Some(literal) = literal(rest, self.grammar) else { return at };
                at += literal.len;
            } else {
                return at;
            }
            at += bare_len(&text[at..], false);
        }
    }

    /// Whether a value without quotes goes to the end of the line.
    fn is_line(&self, is_colon: bool) -> bool {
        match self.grammar {
            Grammar::Data => is_colon,
            Grammar::Env => true,
            Grammar::Code | Grammar::Shell | Grammar::Prose => false,
        }
    }

    /// `key: NAME` beside `value: …`, in either order, in the same mapping.
    pub(super) fn pair(&self, found: &mut Vec<Range<usize>>) {
        let text = self.text;
        let before = text[..self.word.start].trim_end_matches(['"', '\'', '\\']);
        let Some(before) = before.trim_end().strip_suffix([':', '=']) else { return };
        let key = before.trim_end().trim_end_matches(['"', '\'', '\\']);
        let start = key.trim_end_matches(is_word).len();
        let keys = ["key", "name", "variable", "env", "envvar", "id"];
        if !keys.iter().any(|it| key[start..].eq_ignore_ascii_case(it)) {
            return;
        }
        let lines = |it: &str| it.match_indices('\n').nth(3).map(|(at, _)| at);
        let end = lines(&text[self.word.end..]).map_or(text.len(), |it| self.word.end + it);
        let behind = &text[self.word.end..end];
        let behind_len = next_item(behind).unwrap_or(behind.len());
        let ahead = &text[..start];
        let from = ahead.rmatch_indices('\n').nth(3).map_or(0, |(at, _)| at);
        let from = from + ahead[from..].rfind(['{', '}']).map_or(0, |it| it + 1);
        let from = last_item(ahead, from);
        for range in [self.word.end..self.word.end + behind_len, from..start] {
            for word in words(&text[range.clone()]) {
                let word = range.start + word.start..range.start + word.end;
                let is_value = ["value", "default", "defaultvalue", "content"]
                    .iter()
                    .any(|it| text[word.clone()].eq_ignore_ascii_case(it));
                let at = text[word.end..].trim_start_matches(['"', '\'', '\\']).trim_start();
                if is_value && at.starts_with([':', '=']) {
                    let grammar = Grammar::Data;
                    let declares = self.declares;
                    let named = Named { text, declares, grammar, word, hint: self.hint };
                    named.value(text.len() - at.len() + 1, true, found);
                }
            }
        }
    }

    /// Adds what is secret of a value.
    pub(super) fn add(&self, range: Range<usize>, found: &mut Vec<Range<usize>>) {
        let part = part::of(&self.text[self.word.clone()], self.hint, &self.text[range.clone()]);
        found.extend(part.map(|it| range.start + it.start..range.start + it.end));
    }
}
