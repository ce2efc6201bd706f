//! Supervisor inside a command: the programs that its configuration names run side by side.
//!
//! Source: <https://supervisord.org/configuration.html>, and for where the file is looked for
//! <https://supervisord.org/configuration.html#configuration-file>

use std::sync::Arc;

use super::exec_form;
use super::procfile::Runner;
use super::run::{Flow, Place, Run, Status};
use super::signal;
use super::start::Start;
use crate::budget::{Spent, TEXT_MAX};
use crate::document::{Document, Node, Text};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::glob;
use crate::launch::Word;
use crate::parse::Syntax;
use crate::project::Environment;
use crate::source::FileId;
use crate::workspace::{join, parent};

/// Where Supervisor looks for its file when it is not told.
const FILES: [&str; 6] = [
    "../etc/supervisord.conf",
    "../supervisord.conf",
    "supervisord.conf",
    "etc/supervisord.conf",
    "/etc/supervisord.conf",
    "/etc/supervisor/supervisord.conf",
];

/// Folders whose files the packages of distributions take in.
const INCLUDED: &str = "/etc/supervisor/conf.d";

impl Run<'_, '_> {
    /// Starts the programs of a configuration. It stays in front of them and waits for each.
    pub(super) fn supervisord(&mut self, start: &Start) -> Flow {
        let Some(files) = self.configurations(start) else {
            let reason = "the configuration of `supervisord` is not in the project";
            self.uncertain(Unknown::because(reason));
            return Flow::Next(Status::Unknown);
        };
        let place = match start.place {
            Place::Foreground | Place::Background => Place::Background,
            _ => Place::MaybeBackground,
        };
        let before = self.found.len();
        for (_, document) in &files {
            let shared = document.root.at(&["supervisord", "environment"]);
            for entry in document.root.entries() {
                if let Some(name) = entry.key.value.strip_prefix("program:") {
                    self.supervised(start, (name.trim(), &entry.value), shared, place);
                }
            }
        }
        if self.found.len() == before && self.uncertain.is_none() {
            let reason = "no program of Supervisor's configuration is in the project";
            self.uncertain(Unknown::because(reason));
        }
        if !start.place.is_background() {
            self.waits.get_or_insert(self.found.len());
        }
        Flow::Next(Status::Success)
    }

    /// The files that are read: the one that is named or found, and those that it takes in.
    fn configurations(&mut self, start: &Start) -> Option<Vec<(FileId, Arc<Document>)>> {
        let named = option(&start.words[1..], &["-c", "--configuration"]);
        let main = match &named {
            Some(path) => self.configuration(start, path),
            None => FILES.iter().find_map(|it| self.configuration(start, it)),
        };
        let folder = |path: &str| parent(path).to_owned();
        let (included, at) = match &main {
            Some((file, document)) => {
                let files = document.root.at(&["include", "files"]).and_then(Node::as_str);
                let own = folder(self.workspace.sources.file(*file).path());
                (files.unwrap_or_default().to_owned(), own)
            }
            // The file of a distribution takes in a folder.
            None if named.is_none_or(|it| it == "/etc/supervisor/supervisord.conf") => {
                (format!("{INCLUDED}/*.conf"), String::new())
            }
            None => return None,
        };
        let mut files: Vec<_> = main.into_iter().collect();
        for pattern in included.split_whitespace() {
            files.extend(self.included(&at, pattern));
        }
        (!files.is_empty()).then_some(files)
    }

    fn configuration(&mut self, start: &Start, path: &str) -> Option<(FileId, Arc<Document>)> {
        let shown = start.shell.project_path(self.workspace, path)?;
        let file = self.workspace.open(&shown)?;
        Some((file, self.workspace.look_into(file, Syntax::ConfigParser)))
    }

    /// Files that a pattern of `[include]` matches: `/etc/supervisor/conf.d/*.conf`.
    fn included(&mut self, at: &str, pattern: &str) -> Vec<(FileId, Arc<Document>)> {
        let (folder, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
        let is_meant = |it: &str| glob::matches(name, it);
        let mut paths: Vec<String> = if folder.starts_with('/') {
            let copied = self.workspace.copied_in(folder);
            copied.into_iter().filter(|(name, _)| is_meant(name)).map(|it| it.1).collect()
        } else {
            let Some(folder) = join(at, folder) else { return Vec::new() };
            let names = self.workspace.list(&folder).into_iter().filter(|it| is_meant(it));
            names.filter_map(|it| join(&folder, &it)).collect()
        };
        paths.sort();
        paths.dedup();
        let open = |path: &String| {
            let file = self.workspace.open_in_project(path)?;
            Some((file, self.workspace.look_into(file, Syntax::ConfigParser)))
        };
        paths.iter().filter_map(open).collect()
    }

    /// One program, as often as it is started; that there are several is all that counts.
    fn supervised(
        &mut self,
        start: &Start,
        (name, section): (&str, &Node),
        shared: Option<&Node>,
        place: Place,
    ) {
        let get = |key: &str| section.get(key).and_then(Node::as_str).map(str::trim);
        let Some(command) = section.get("command").and_then(Node::as_text) else { return };
        if get("autostart").is_some_and(|it| it.eq_ignore_ascii_case("false")) {
            return;
        }
        let command = match expand(command, name) {
            Ok(command) => command,
            Err(unknown) => return self.uncertain(unknown),
        };
        let mut environment = start.environment.clone();
        for node in [shared, section.get("environment")].into_iter().flatten() {
            variables(node, &mut environment);
        }
        let mut shell = start.shell.child(environment.clone(), Vec::new());
        if let Some(folder) = get("directory") {
            shell.change_folder(self.workspace, Some(folder));
        }
        let mut ignored = Vec::new();
        let words = exec_form::split(&mut ignored, &[], &command);
        let is_single = get("numprocs").is_none_or(|it| it == "1");
        for _ in 0..if is_single { 1 } else { 2 } {
            if !words.is_empty() {
                self.managed += 1;
                let before = self.runner.replace(stops_with(get("stopsignal")));
                self.program(&shell, words.clone(), environment.clone(), place, true);
                self.runner = before;
                self.managed -= 1;
            }
        }
    }
}

/// Supervisor, by the signal that it stops a program with: it takes any it gets itself for the order to
/// do that.
fn stops_with(signal: Option<&str>) -> Runner {
    Runner { name: "supervisord", stop_signal: signal::numbered(signal.unwrap_or("TERM")) }
}

/// The value of an option: `-c file`, `-cfile` or `--configuration=file`.
fn option(words: &[Word], names: &[&str]) -> Option<String> {
    let texts: Vec<String> = words.iter().filter_map(Word::text).collect();
    texts.iter().enumerate().find_map(|(idx, it)| {
        if names.contains(&it.as_str()) {
            return texts.get(idx + 1).cloned();
        }
        names.iter().find_map(|name| match name.starts_with("--") {
            true => it.strip_prefix(name)?.strip_prefix('=').map(str::to_owned),
            false => it.strip_prefix(name).map(str::to_owned),
        })
    })
}

/// The text with the name of the program in it. Other expressions are only known on the host.
///
/// # Errors
///
/// That there are such expressions.
pub(crate) fn expand(text: &Text, name: &str) -> Result<Text, Unknown> {
    let own = "%(program_name)s";
    let made = text.value.len() + text.value.matches(own).count().saturating_mul(name.len());
    if made > TEXT_MAX {
        return Err(Spent::Text.unknown());
    }
    let text = match text.value.contains(own) {
        true => text.unescaped(own, name),
        false => text.clone(),
    };
    if !text.value.contains('%') {
        return Ok(text);
    }
    let text = text.unescaped("%%", "\u{0}");
    if text.value.contains('%') {
        return Err(Unknown::because("Supervisor fills in expressions of the command"));
    }
    Ok(text.unescaped("\u{0}", "%"))
}

/// `KEY="value",KEY2=value`, perhaps in several lines.
pub(crate) fn variables(node: &Node, into: &mut Environment) {
    let Some(text) = node.as_text() else { return };
    for (name, value, range) in assignments(&text.value) {
        let origin = Origin {
            kind: OriginKind::Env,
            span: Some(text.span_of(range)),
            source: format!("`{name}` in `environment`"),
            inputs: Vec::new(),
        };
        let plain = value.replace("%%", "");
        let state = match plain.contains('%') {
            true => State::Unknown(Unknown::because("Supervisor fills in an expression of it")),
            false => State::Known(Value::Text(value.replace("%%", "%"))),
        };
        into.set(name, Fact::new(state, origin));
    }
}

/// Names and values, with the bytes of each value.
fn assignments(text: &str) -> Vec<(String, String, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(equals) = text.get(at..).and_then(|it| it.find('=')) {
        let name = text[at..at + equals].trim_matches(|it: char| it.is_whitespace() || it == ',');
        let after = at + equals + 1;
        let start = after + (text[after..].len() - text[after..].trim_start().len());
        let quote = text[start..].chars().next().filter(|it| matches!(it, '"' | '\''));
        let inner = start + quote.map_or(0, char::len_utf8);
        let len = match quote {
            Some(quote) => text[inner..].find(quote),
            None => text[inner..].find([',', '\n']),
        };
        let end = len.map_or(text.len(), |it| inner + it);
        found.push((name.to_owned(), text[inner..end].trim_end().to_owned(), inner..end));
        at = text.len().min(end + quote.map_or(0, char::len_utf8));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_between_commas_and_may_be_quoted() {
        let pairs = |text| {
            let found = assignments(text);
            found.into_iter().map(|(name, value, _)| format!("{name}={value}")).collect::<Vec<_>>()
        };
        assert_eq!(pairs("A=\"1,2\",B=3"), ["A=1,2", "B=3"]);
        assert_eq!(pairs("A='x y' , B = z\nC=\"\""), ["A=x y", "B=z", "C="]);
        assert_eq!(pairs(""), Vec::<String>::new());
        assert_eq!(pairs("A=\"open"), ["A=open"]);
    }
}
