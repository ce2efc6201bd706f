//! Redirections: of most of them only the file is kept.

use super::grammar::{Parsed, Parser};
use super::{Prints, Word};

/// A file that a command reads from or writes to.
pub(super) enum Redirection {
    /// `<`
    Input(Word),
    /// `>` and its relatives.
    Output(Word),
    /// A text, or a descriptor that is open already.
    Other,
}

impl Parser<'_> {
    /// Reads over one redirection, if one comes next.
    pub(super) fn redirection(&mut self) -> Parsed<Option<Redirection>> {
        let rest = self.rest();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let operator = match rest.as_bytes().get(digits) {
            Some(b'<' | b'>') => &rest[digits..],
            Some(b'&') if digits == 0 && rest.starts_with("&>") => rest,
            _ => return Ok(None),
        };
        const OPERATORS: [&str; 12] =
            ["&>>", "&>", "<<<", "<<-", "<<", "<&", "<>", ">>", ">&", ">|", "<", ">"];
        let token = OPERATORS.into_iter().find(|it| operator.starts_with(it)).unwrap_or("<");
        let is_output = matches!(&rest[..digits], "" | "1") && token.contains('>');
        self.pos += digits + token.len();
        self.skip_blanks();
        if self.process_substitution()?.is_some() {
            if is_output {
                self.prints = Prints::Elsewhere;
            }
            return Ok(Some(Redirection::Other));
        }
        if self.at_word_end() {
            return self.unexpected();
        }
        let word = self.word()?;
        if token.starts_with("<<") && token != "<<<" {
            let delimiter = self.text[word.range].replace(['\'', '"', '\\'], "");
            self.here_documents.push((delimiter, token == "<<-"));
            return Ok(Some(Redirection::Other));
        }
        if is_output && token != "<>" {
            self.prints = match (token, word.literal()) {
                // It is sent where it goes already.
                (">&", Some("1")) => self.prints,
                (">&", Some("2" | "-")) | (_, Some("/dev/null")) => Prints::Nowhere,
                _ => Prints::Elsewhere,
            };
        }
        Ok(Some(match token {
            "<" if digits == 0 => Redirection::Input(word),
            ">" | ">>" | ">|" | "&>" | "&>>" => Redirection::Output(word),
            _ => Redirection::Other,
        }))
    }
}
