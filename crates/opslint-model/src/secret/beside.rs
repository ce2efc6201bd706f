//! Secrets that stand beside a word as parts of a command: headers, options, comparisons.

use std::ops::Range;

use super::commands;
use super::extent::{Grammar, spaces};
use super::named::Named;

impl Named<'_> {
    /// `-H 'Authorization: Bearer value'`: a header of HTTP as one word of a command.
    pub(super) fn header(
        &self,
        at: usize,
        quote: Option<char>,
        found: &mut Vec<Range<usize>>,
    ) -> bool {
        let text = self.text;
        let before = text[..self.word.start].trim_end_matches(['"', '\'', '\\', ' ']);
        let is_option = ["-H", "--header", "--header="].iter().any(|it| before.ends_with(it));
        let is_word = self.grammar.has_words() && quote.is_some() && text[at..].starts_with(": ");
        let is_command = self.grammar.has_words() || self.grammar == Grammar::Data;
        let is_header = is_command && is_option && text[at..].starts_with(':');
        if !is_word && !is_header {
            return false;
        }
        let is_end = |it: char| match quote {
            Some(quote) => it == quote || it == '\n',
            None => it.is_whitespace(),
        };
        // Without quotes, the scheme and the value are words of their own.
        let start = at + 1 + spaces(&text[at + 1..]);
        let first = &text[start..];
        let scheme = first[..first.find('\n').unwrap_or(first.len())]
            .split_once(' ')
            .map_or("", |(it, _)| it);
        let is_scheme = ["bearer", "basic", "token", "digest", "apikey"]
            .iter()
            .any(|it| scheme.eq_ignore_ascii_case(it));
        let start = if is_scheme { start + scheme.len() + 1 } else { start };
        let end = text[start..].find(is_end).map_or(text.len(), |it| start + it);
        self.add(start..end, found);
        true
    }

    /// `--name`, and `-name` as options of Go and Java are written.
    pub(super) fn is_option(&self) -> bool {
        let before = &self.text[..self.word.start];
        let is_begun = |it: &str| it.ends_with([' ', '\t', '\n', '"', '\'']);
        before.ends_with("--")
            || self.word.len() > 2 && before.strip_suffix('-').is_some_and(is_begun)
    }

    /// The value of an option as a word of its own, however the command is written.
    pub(super) fn option(&self, found: &mut Vec<Range<usize>>) {
        let after = &self.text[self.word.end..];
        let is_list = after.starts_with(['"', '\'']);
        let is_read = match self.grammar {
            Grammar::Shell | Grammar::Env | Grammar::Data => true,
            Grammar::Code => is_list,
            Grammar::Prose => false,
        };
        if is_read
            && self.is_option()
            && let Some(value) = commands::value_of_option(self.text, self.word.end)
        {
            self.add(value, found);
        }
    }

    /// `[ "$NAME" = value ]`: what a variable is compared with.
    pub(super) fn compared(&self, found: &mut Vec<Range<usize>>) {
        if self.grammar == Grammar::Code || !self.text[..self.word.start].ends_with(['$', '{']) {
            return;
        }
        let after = &self.text[self.word.end..];
        let rest = after.trim_start_matches(['}', '"', '\'', '\\']);
        let is_apart = rest.starts_with(' ');
        let rest = rest.trim_start_matches(' ');
        let signs = ["==", "!=", "="];
        let Some(sign) = signs.iter().find(|it| rest.starts_with(**it)).filter(|_| is_apart) else {
            return;
        };
        let at = self.word.end + after.len() - rest.len() + sign.len();
        if let Some(value) = commands::value_of_option(self.text, at) {
            self.add(value, found);
        }
    }
}
