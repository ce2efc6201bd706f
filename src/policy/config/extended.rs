//! An opslint.toml with more lines: what stands in it stays as it is, byte by byte.

use std::collections::HashSet;

use anyhow::{Context, ensure};
use toml::{Table, Value};

use super::toml_text::{header, value_text};
use crate::parse::BYTES_MAX;
use crate::settings::{Tables, toml_key};
use crate::visible::one_line;

/// A line for a table of opslint.toml.
#[derive(Clone, Debug, PartialEq)]
pub struct NewLine {
    /// The table, from the root.
    pub table: Vec<String>,
    /// The key.
    pub key: String,
    /// The value.
    pub value: Value,
    /// Why it is suggested: the line becomes a comment. `None` for a line that counts.
    pub suggested: Option<String>,
}

/// The text with these lines in it, each in its table, and how many there were to add: a key that is
/// set is left alone, and so is a suggestion, unless the line counts and takes its place.
///
/// # Errors
/// When the text is no TOML, or a table is written in a form that takes no further line.
pub fn extended(text: &str, lines: &[NewLine]) -> anyhow::Result<(String, usize)> {
    let before: Table = toml::from_str(text).context("it is not TOML")?;
    let mut new = text.to_owned();
    let mut added = 0;
    for line in lines {
        if get(&before, &line.table).is_some_and(|it| it.contains_key(&line.key)) {
            continue;
        }
        added += usize::from(add(&mut new, line));
    }
    let after: Table = toml::from_str(&new).with_context(|| {
        let lines: Vec<String> = lines.iter().map(written).collect();
        format!("add these lines by hand: {}", lines.join(", "))
    })?;
    ensure!(holds(&after, &before), "a line would have changed what is there");
    Ok((new, added))
}

/// The tables in the text of an opslint.toml, whatever quotes and spaces are in their headings.
pub(crate) fn tables(text: &str) -> Tables {
    // Such a file is refused as a whole, and its tree would be large.
    if text.len() > BYTES_MAX {
        return Tables { headings: Vec::new(), dotted: Vec::new() };
    }
    let lines = text.lines().map(str::trim_start).filter(|it| it.starts_with('['));
    let headings: Vec<String> = lines.filter_map(|it| path_of(toml::from_str(it).ok()?)).collect();
    let mut dotted = Vec::new();
    let all = toml::from_str::<Table>(text).ok().and_then(|mut it| it.remove("deployments"));
    if let Some(Value::Table(all)) = all {
        collect_dotted(&mut dotted, "deployments", &all);
    }
    let known: HashSet<&str> = headings.iter().map(String::as_str).collect();
    dotted.retain(|it| !known.contains(it.as_str()));
    Tables { headings, dotted }
}

/// The tables that have values of their own: others may be there only because of one in them.
fn collect_dotted(into: &mut Vec<String>, path: &str, table: &Table) {
    if table.values().any(|it| !it.is_table()) {
        into.push(path.to_owned());
    }
    for (key, value) in table {
        if let Value::Table(inner) = value {
            collect_dotted(into, &format!("{path}.{}", toml_key(key)), inner);
        }
    }
}

/// The path that leads to the only table in it.
fn path_of(mut table: Table) -> Option<String> {
    let mut path = Vec::new();
    while let Some((key, value)) = std::mem::take(&mut table).into_iter().next() {
        path.push(toml_key(&key));
        table = match value {
            Value::Table(inner) => inner,
            // One of a list of tables.
            Value::Array(_) => break,
            _ => return None,
        };
    }
    Some(path.join("."))
}

/// The table at a path.
fn get<'t>(table: &'t Table, path: &[String]) -> Option<&'t Table> {
    path.iter().try_fold(table, |table, key| table.get(key)?.as_table())
}

/// Whether everything of `before` is there still.
fn holds(after: &Table, before: &Table) -> bool {
    before.iter().all(|(key, value)| match (after.get(key), value) {
        (Some(Value::Table(after)), Value::Table(before)) => holds(after, before),
        (after, before) => after == Some(before),
    })
}

fn written(line: &NewLine) -> String {
    let key = toml_key(&line.key);
    let text = format!("{key} = {}", value_text(&line.value));
    match &line.suggested {
        None => text,
        Some(note) => format!("# {text}  # {}", one_line(note)),
    }
}

/// Puts a line behind the head of its table, which is added where there is none, or in the place of
/// the comment that suggests its key. `false` when that is all that the line would be.
fn add(text: &mut String, line: &NewLine) -> bool {
    let head = header(&line.table);
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut at = 0;
    let mut found = None;
    for it in text.split_inclusive('\n') {
        let is_head = it.trim_start().starts_with('[');
        match found {
            None if is_head_of(it, &head) => {
                found = Some((at + it.len(), it.ends_with('\n')));
            }
            Some(_) if is_head => break,
            Some(_) if is_suggestion(it, &line.key) => {
                if line.suggested.is_none() {
                    text.replace_range(at..at + it.trim_end().len(), &written(line));
                }
                return line.suggested.is_none();
            }
            _ => {}
        }
        at += it.len();
    }
    let new = written(line);
    match found {
        Some((at, true)) => text.insert_str(at, &format!("{new}{ending}")),
        Some((at, false)) => text.insert_str(at, &format!("{ending}{new}{ending}")),
        None => {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push_str(ending);
            }
            text.push_str(&format!("{ending}{head}{ending}{new}{ending}"));
        }
    }
    true
}

/// Whether a line is the head of a table: what begins a comment behind it may stand in it, too.
fn is_head_of(line: &str, head: &str) -> bool {
    let rest = line.trim_start().strip_prefix(head).map(str::trim_start);
    rest.is_some_and(|it| it.is_empty() || it.starts_with('#'))
}

/// Whether a line is a comment that suggests a value of this key.
fn is_suggestion(line: &str, key: &str) -> bool {
    let comment = line.trim_start().strip_prefix('#').map(str::trim_start);
    let rest = comment.and_then(|it| it.strip_prefix(toml_key(key).as_str()));
    rest.is_some_and(|it| it.trim_start().starts_with('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_in_any_spelling() {
        let text = "deployments.b.platform = 'fly'\n[ deployments . 'Procfile' ]  # here\nx = 1\n\
                    [[suppressions]]\n[levels]\nx = [\n[1]]\n\
                    [deployments.\"a/fly.toml\".processes.web]\nplan = 'x'\n";
        let web = "deployments.\"a/fly.toml\".processes.web";
        let Tables { headings, dotted } = tables(text);
        assert_eq!(headings, ["deployments.Procfile", "suppressions", "levels", web]);
        assert_eq!(dotted, ["deployments.b"]);
    }

    fn line(table: &[&str], key: &str, value: &str, suggested: Option<&str>) -> NewLine {
        NewLine {
            table: table.iter().map(|it| (*it).to_owned()).collect(),
            key: key.to_owned(),
            value: Value::String(value.to_owned()),
            suggested: suggested.map(str::to_owned),
        }
    }

    #[test]
    fn what_is_there_stays_and_what_is_new_is_added_once() {
        let text = "# mine\n[deployments.\"a/Procfile\"]  # here\nplatform = \"heroku\"\n\n[levels]\nx = \"off\"";
        let table = ["deployments", "a/Procfile"];
        let process = ["deployments", "a/Procfile", "processes", "web"];
        let lines = [
            line(&table, "platform", "render", None),
            line(&table, "database.plan", "mini", Some("why\nnot")),
            line(&process, "plan", "basic", None),
        ];
        let (new, added) = extended(text, &lines).unwrap();
        assert_eq!(added, 2);
        assert!(
            new.contains("# here\n# \"database.plan\" = \"mini\"  # why not\nplatform"),
            "{new}"
        );
        assert!(new.contains("x = \"off\"\n\n[deployments.\"a/Procfile\".processes.web]\nplan"));
        assert_eq!(extended(&new, &lines).unwrap(), (new.clone(), 0));
    }

    #[test]
    fn a_table_may_have_the_sign_of_a_comment_in_its_name() {
        let lines = [line(&["deployments", "##[error]a#/Procfile"], "platform", "heroku", None)];
        let (new, added) = extended("", &lines).unwrap();
        assert_eq!(added, 1);
        assert_eq!(extended(&new, &lines).unwrap(), (new.clone(), 0));
        let more = [line(&["deployments", "##[error]a#/Procfile"], "purpose", "production", None)];
        let (whole, added) = extended(&new, &more).unwrap();
        assert_eq!((whole.matches("[deployments").count(), added), (1, 1), "{whole}");
    }

    #[test]
    fn a_line_that_counts_takes_the_place_of_its_suggestion() {
        let text = "[deployments.Procfile]\n# platform = \"heroku\"  # assumed\n# x = 1\n";
        let table = ["deployments", "Procfile"];
        let lines = [line(&table, "platform", "dokku", None)];
        let (new, added) = extended(text, &lines).unwrap();
        assert_eq!(new, "[deployments.Procfile]\nplatform = \"dokku\"\n# x = 1\n");
        assert_eq!(added, 1);
        let again = [line(&table, "x", "y", Some("why"))];
        assert_eq!(extended(&new, &again).unwrap(), (new.clone(), 0));
    }

    #[test]
    fn a_table_that_takes_no_line_is_an_error() {
        let text = "deployments = { Procfile = { platform = \"heroku\" } }\n";
        let process = ["deployments", "Procfile", "processes", "web"];
        let error = extended(text, &[line(&process, "plan", "basic", None)]).unwrap_err();
        assert!(format!("{error:#}").contains("plan = \"basic\""), "{error:#}");
    }
}
