//! `if`, `for`, `case`, functions and `[[`.

use std::rc::Rc;

use super::grammar::{End, Parsed, Parser};
use super::{Arm, CommandKind, LoopHead, Word};

impl Parser<'_> {
    pub(super) fn conditional(&mut self) -> Parsed<CommandKind> {
        self.pos += "if".len();
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        loop {
            let condition = self.body(&["then"], "then")?;
            let mut body = Vec::new();
            self.list(&mut body, End::Before(&["elif", "else", "fi"]))?;
            branches.push((condition, body));
            match self.reserved() {
                Some("elif") => self.pos += "elif".len(),
                Some("else") => {
                    self.pos += "else".len();
                    otherwise = self.body(&["fi"], "fi")?;
                    break;
                }
                _ => {
                    self.expect("fi")?;
                    break;
                }
            }
        }
        Ok(CommandKind::If { branches, otherwise })
    }

    pub(super) fn for_loop(&mut self, keyword: &str) -> Parsed<CommandKind> {
        self.pos += keyword.len();
        self.skip_blanks();
        let arithmetic = self.rest().starts_with("((");
        let head = match arithmetic.then(|| self.arithmetic_end(self.pos + 2)).flatten() {
            Some(end) => LoopHead::Arithmetic(self.arithmetic_parts(self.pos, end)?),
            None => {
                let Some(name) = self.reserved() else { return self.unexpected() };
                let name = name.to_owned();
                self.pos += name.len();
                self.skip_lines();
                let mut words = None;
                if self.reserved() == Some("in") {
                    self.pos += "in".len();
                    words = Some(self.words()?);
                }
                LoopHead::Words { name, words }
            }
        };
        self.skip_blanks();
        self.take(";");
        self.expect("do")?;
        Ok(CommandKind::Loop { head, body: self.body(&["done"], "done")? })
    }

    fn words(&mut self) -> Parsed<Vec<Word>> {
        let mut words = Vec::new();
        self.skip_blanks();
        while !self.at_word_end() {
            words.push(self.word()?);
            self.skip_blanks();
        }
        Ok(words)
    }

    pub(super) fn case(&mut self) -> Parsed<CommandKind> {
        self.pos += "case".len();
        self.skip_blanks();
        if self.at_word_end() {
            return self.unexpected();
        }
        let subject = self.word()?;
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_lines();
            if self.reserved() == Some("esac") {
                self.pos += "esac".len();
                return Ok(CommandKind::Case { subject, arms });
            }
            self.take("(");
            let mut patterns = Vec::new();
            loop {
                self.skip_blanks();
                if self.at_word_end() {
                    return self.unexpected();
                }
                patterns.push(self.word()?);
                self.skip_blanks();
                if !self.take("|") {
                    break;
                }
            }
            self.expect(")")?;
            let mut body = Vec::new();
            self.list(&mut body, End::Before(&[";;", ";&", "esac"]))?;
            let falls_through = self.take(";;&") || self.take(";&");
            let _ = falls_through || self.take(";;");
            arms.push(Arm { patterns, body, falls_through });
        }
    }

    pub(super) fn function(&mut self) -> Parsed<CommandKind> {
        self.pos += "function".len();
        self.skip_blanks();
        let Some(name) = self.reserved().map(str::to_owned) else { return self.unexpected() };
        self.pos += name.len();
        self.skip_blanks();
        if self.take("(") {
            self.expect(")")?;
        }
        self.function_body(name)
    }

    pub(super) fn function_body(&mut self, name: String) -> Parsed<CommandKind> {
        self.skip_lines();
        let body = self.command()?;
        Ok(CommandKind::Function { name, body: Rc::new(body) })
    }

    pub(super) fn test(&mut self) -> Parsed<CommandKind> {
        self.pos += "[[".len();
        let mut words = Some(Vec::new());
        loop {
            self.skip_lines();
            if self.take("]]") {
                return Ok(CommandKind::Test(words));
            }
            match self.peek() {
                None => return self.unexpected(),
                Some(b'&' | b'|' | b'(' | b')' | b'<' | b'>' | b';') => {
                    self.pos += 1;
                    words = None;
                }
                Some(_) => {
                    let word = self.word()?;
                    if let Some(words) = &mut words {
                        words.push(word);
                    }
                }
            }
        }
    }
}
