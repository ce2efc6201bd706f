//! The one writer of generated TOML: opslint.toml, baselines, rule files, `--show-config`.
//!
//! What goes into such a file are names and values out of the project, so nothing is put together
//! with `format!`: a comment, a key and a string each have a function that escapes, and fixed text
//! is `'static`. The writer also keeps what it means to say. [`TomlText::finish`] parses the text
//! and compares the two, so that a file that says something else is never written.

use std::fmt::Write as _;

use anyhow::{Context, ensure};
use toml::{Table, Value};

use crate::visible::{is_hidden, one_line};

/// A TOML text that is being written, and what it means.
#[derive(Debug, Default)]
pub struct TomlText {
    text: String,
    meant: Table,
    /// The table that lines belong to.
    table: Vec<String>,
}

impl TomlText {
    /// A text without a line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Comments and blank lines of ours.
    pub fn fixed(&mut self, text: &'static str) {
        self.text.push_str(text);
    }

    /// A blank line.
    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A line that is a comment, whatever is in the text.
    pub fn comment(&mut self, text: &str) {
        let _ = writeln!(self.text, "# {}", one_line(text));
    }

    /// A key with its value as a comment, for the reader to take the `#` away; behind it a note.
    pub fn suggestion(&mut self, key: &str, value: &Value, note: &str) {
        let (key, value) = (toml_key(key), value_text(value));
        let _ = writeln!(self.text, "# {key} = {value}  # {}", one_line(note));
    }

    /// The head of a table. `false` when there is one already, and nothing was written.
    pub fn table(&mut self, path: &[&str]) -> bool {
        let path: Vec<String> = path.iter().map(|it| (*it).to_owned()).collect();
        let Some(outer) = at(&mut self.meant, &path[..path.len() - 1]) else { return false };
        match outer.entry(path[path.len() - 1].clone()) {
            toml::map::Entry::Occupied(_) => return false,
            toml::map::Entry::Vacant(it) => it.insert(Value::Table(Table::new())),
        };
        let _ = writeln!(self.text, "[{}]", dotted(&path));
        self.table = path;
        true
    }

    /// The head of a table in a list of tables, with a note behind it.
    pub fn element(&mut self, key: &str, note: &str) {
        let list = self.meant.entry(key).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(Value::Table(Table::new()));
        }
        let _ = writeln!(self.text, "[[{}]]{}", toml_key(key), behind(note));
        self.table = vec![key.to_owned()];
    }

    /// A line with a key and its value, and a note behind it. The key is a path of keys.
    pub fn line(&mut self, key: &[&str], value: &Value, note: &str) {
        let key: Vec<String> = key.iter().map(|it| (*it).to_owned()).collect();
        let (inner, last) = (&key[..key.len() - 1], &key[key.len() - 1]);
        let path: Vec<String> = self.table.iter().chain(inner).cloned().collect();
        if let Some(table) = at(&mut self.meant, &path) {
            table.insert(last.clone(), value.clone());
        }
        let _ = writeln!(self.text, "{} = {}{}", dotted(&key), value_text(value), behind(note));
    }

    /// A list with each element on a line of its own, and a note behind each.
    pub fn list(&mut self, key: &str, elements: &[(Value, String)]) {
        let values = elements.iter().map(|(it, _)| it.clone()).collect();
        let path = self.table.clone();
        if let Some(table) = at(&mut self.meant, &path) {
            table.insert(key.to_owned(), Value::Array(values));
        }
        let _ = writeln!(self.text, "{} = [", toml_key(key));
        for (value, note) in elements {
            let _ = writeln!(self.text, "  {},{}", value_text(value), behind(note));
        }
        self.text.push_str("]\n");
    }

    /// A list of tables, each on a line of its own with its keys in this order.
    pub fn rows(&mut self, key: &str, rows: &[Vec<(&str, Value)>]) {
        let table = |row: &Vec<(&str, Value)>| {
            Value::Table(row.iter().map(|(key, it)| ((*key).to_owned(), it.clone())).collect())
        };
        let path = self.table.clone();
        if let Some(outer) = at(&mut self.meant, &path) {
            outer.insert(key.to_owned(), Value::Array(rows.iter().map(table).collect()));
        }
        let _ = writeln!(self.text, "{} = [", toml_key(key));
        for row in rows {
            let entries: Vec<_> = row.iter().map(|(key, it)| entry(key, it)).collect();
            let _ = writeln!(self.text, "  {{ {} }},", entries.join(", "));
        }
        self.text.push_str("]\n");
    }

    /// The text.
    ///
    /// # Errors
    /// When it does not say what it was meant to: our bug, which must not become a file.
    pub fn finish(self) -> anyhow::Result<String> {
        let read: Table = toml::from_str(&self.text).context("generated TOML is not TOML")?;
        ensure!(read == self.meant, "generated TOML does not say what it was meant to");
        Ok(self.text)
    }
}

/// The table at a path, made where it is missing; of a list of tables, the last one.
fn at<'t>(table: &'t mut Table, path: &[String]) -> Option<&'t mut Table> {
    path.iter().try_fold(table, |table, key| {
        let value = table.entry(key.clone()).or_insert_with(|| Value::Table(Table::new()));
        match value {
            Value::Table(table) => Some(table),
            Value::Array(list) => list.last_mut().and_then(Value::as_table_mut),
            _ => None,
        }
    })
}

/// The line that opens a table.
pub(crate) fn header(path: &[String]) -> String {
    format!("[{}]", dotted(path))
}

fn behind(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!("  # {}", one_line(note)) }
}

fn dotted(path: &[String]) -> String {
    path.iter().map(|it| toml_key(it)).collect::<Vec<_>>().join(".")
}

fn entry(key: &str, value: &Value) -> String {
    format!("{} = {}", toml_key(key), value_text(value))
}

/// A key of TOML, quoted where it must be.
fn toml_key(name: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
    match !name.is_empty() && name.chars().all(plain) {
        true => name.to_owned(),
        false => quote(name),
    }
}

/// A text as TOML writes it. What cannot be seen is written as an escape.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for it in text.chars() {
        match it {
            '"' | '\\' => quoted.extend(['\\', it]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            it if is_hidden(it) && u32::from(it) > 0xFFFF => {
                quoted.push_str(&format!("\\U{:08X}", u32::from(it)));
            }
            it if is_hidden(it) => quoted.push_str(&format!("\\u{:04X}", u32::from(it))),
            it => quoted.push(it),
        }
    }
    quoted.push('"');
    quoted
}

/// A value as TOML writes it, on one line.
pub(crate) fn value_text(value: &Value) -> String {
    match value {
        Value::String(it) => quote(it),
        Value::Integer(it) => it.to_string(),
        Value::Boolean(it) => it.to_string(),
        Value::Datetime(it) => it.to_string(),
        // The shortest text that is read back as the same number, with a fraction as TOML wants it.
        Value::Float(it) => format!("{it:?}"),
        Value::Array(list) => {
            format!("[{}]", list.iter().map(value_text).collect::<Vec<_>>().join(", "))
        }
        Value::Table(table) => {
            let entries = table.iter().map(|(key, it)| entry(key, it));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;

    fn text(it: &str) -> Value {
        Value::String(it.to_owned())
    }

    #[test]
    fn a_value_with_line_breaks_stays_a_value() {
        let evil = "x\n[levels]\nbind-loopback = 'off'\n#\u{1b}\u{202e}\u{0}";
        let mut toml = TomlText::new();
        toml.comment(evil);
        toml.table(&["deployments", evil]);
        toml.suggestion("plan", &text(""), evil);
        toml.line(&["a", evil], &text(evil), evil);
        let written = toml.finish().unwrap();
        expect![[r#"
            # x [levels] bind-loopback = 'off' #␛��
            [deployments."x\n[levels]\nbind-loopback = 'off'\n#\u001B\u202E\u0000"]
            # plan = ""  # x [levels] bind-loopback = 'off' #␛��
            a."x\n[levels]\nbind-loopback = 'off'\n#\u001B\u202E\u0000" = "x\n[levels]\nbind-loopback = 'off'\n#\u001B\u202E\u0000"  # x [levels] bind-loopback = 'off' #␛��
        "#]]
        .assert_eq(&written.replace('\u{2400}', "\u{fffd}"));
    }

    #[test]
    fn a_table_that_is_there_is_not_written_again() {
        let mut toml = TomlText::new();
        assert!(toml.table(&["deployments", "a"]) && !toml.table(&["deployments", "a"]));
        assert!(toml.table(&["deployments", "a", "processes"]));
        assert_eq!(toml.finish().unwrap(), "[deployments.a]\n[deployments.a.processes]\n");
    }

    #[test]
    fn what_is_not_meant_is_not_written() {
        let mut toml = TomlText::new();
        toml.fixed("levels = 1\n");
        assert!(toml.finish().is_err());
    }

    proptest! {
        #[test]
        fn every_text_is_read_back_as_it_was(key in "\\PC{0,8}|[\\s\\p{Cf}\"'\\\\]{0,4}", value in any::<String>()) {
            let mut toml = TomlText::new();
            toml.comment(&value);
            toml.element("list", &value);
            toml.line(&[&key], &text(&value), &key);
            toml.list("values", &[(text(&value), value.clone()), (Value::Float(0.5), key)]);
            let written = toml.finish();
            prop_assert!(written.is_ok(), "{written:?}");
        }
    }
}
