//! The version of Python that files ask for.
//!
//! Heroku's buildpack reads `runtime.txt` before `.python-version` before Pipfile.lock; Render reads `PYTHON_VERSION`
//! before `.python-version`. Files that leave the version open, such as a range in pyproject.toml,
//! are not read.
//!
//! Sources: the README of heroku/heroku-buildpack-python, <https://render.com/docs/python-version>.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::Syntax;
use crate::draft::{Context, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::project::{Environment, Lookup};
use crate::source::Span;
use crate::vocabulary;
use crate::workspace::{Opened, join};

/// Who picks the version.
#[derive(Clone, Copy)]
pub(crate) enum Picker {
    /// Heroku's buildpack, which other platforms that read a Procfile use too.
    Buildpack,
    /// Render's build of a service with `runtime: python`.
    Render,
}

/// Sets the version of Python of a process, and says where two files ask for different ones.
pub(crate) fn set_python(
    context: &mut Context<'_, '_>,
    picker: Picker,
    process: &mut ProcessDraft,
) {
    let strongest = match picker {
        Picker::Buildpack => file(context, &process.folder, "runtime.txt"),
        Picker::Render => variable(&process.environment),
    };
    let common = file(context, &process.folder, ".python-version");
    let fact = match (strongest, common) {
        (Some(fact), Some(loser)) => {
            context.acc.extend(contradiction(&fact, &loser));
            fact.over(loser)
        }
        (Some(fact), None) | (None, Some(fact)) => fact,
        (None, None)
            if let Picker::Buildpack = picker
                && let Some(fact) = pipfile_lock(context, &process.folder) =>
        {
            fact
        }
        (None, None) => {
            let unread = matches!(picker, Picker::Render).then(|| unread(context, process));
            context.acc.extend(unread.flatten());
            return;
        }
    };
    process.facts.set(vocabulary::RUNTIME_PYTHON, fact);
}

/// A `runtime.txt` that Heroku would go by, where nothing that Render goes by is written.
fn unread(context: &mut Context<'_, '_>, process: &ProcessDraft) -> Option<Diagnostic> {
    let is_set = matches!(process.environment.get("PYTHON_VERSION"), Lookup::Set(_));
    let common = join(&process.folder, ".python-version")?;
    if is_set || context.workspace.is_file(&common) {
        return None;
    }
    let fact = file(context, &process.folder, "runtime.txt")?;
    let (version, place) = (fact.text()?, fact.origin.span?);
    let message = format!(
        "Render does not read `runtime.txt`, so without `PYTHON_VERSION` the app runs on the \
         default of the day on which the service was created, and not on Python {version}"
    );
    let label = Label::new(place, "Render does not read this");
    Some(
        Diagnostic::new("runtime-txt-not-read", Severity::Warning, message, label)
            .with_help(format!("write `{version}` into a file `.python-version` beside it")),
    )
}

/// Sets the version of Node.js that Render builds a service with: `NODE_VERSION`, `.node-version`,
/// `.nvmrc`, `engines`, the first of them that is there. A range that stays within one major version
/// is the lowest of its versions.
///
/// Source: <https://render.com/docs/node-version>.
pub(crate) fn set_node(context: &mut Context<'_, '_>, process: &mut ProcessDraft) {
    let version = match process.environment.get("NODE_VERSION") {
        Lookup::Set(fact) => fact.text().and_then(of_one_major).map(|version| {
            let origin = Origin { inputs: Vec::new(), ..fact.origin.clone() };
            Fact::known(Value::Text(version.to_owned()), origin)
        }),
        Lookup::Unset | Lookup::Unmentioned => of_files(context, &process.folder),
    };
    if let Some(version) = version {
        set_language(process, "node", version);
    }
}

/// Sets the version of Ruby that Render builds a service with: that of the lock file,
/// `.ruby-version`, `.tool-versions`, the Gemfile, the first of them that names one.
///
/// Source: <https://render.com/docs/ruby-version>.
pub(crate) fn set_ruby(context: &mut Context<'_, '_>, process: &mut ProcessDraft) {
    let whole = |line: &str| {
        let version = line.trim().trim_start_matches("ruby-");
        is_version(version).then(|| version.to_owned())
    };
    let of_tools = |line: &str| whole(line.strip_prefix("ruby ")?);
    let folder = process.folder.clone();
    let version = locked_ruby(context, &folder)
        .or_else(|| line_of(context, &folder, ".ruby-version", whole))
        .or_else(|| line_of(context, &folder, ".tool-versions", of_tools))
        .or_else(|| ruby_of_gemfile(context, &folder));
    if let Some(version) = version {
        set_language(process, "ruby", version);
    }
}

/// What the platform builds with says the language, too.
fn set_language(process: &mut ProcessDraft, language: &str, version: Fact) {
    let language = Fact::known(Value::Text(language.to_owned()), version.origin.clone());
    process.facts.set(vocabulary::RUNTIME_LANGUAGE, language);
    process.facts.set(vocabulary::RUNTIME_VERSION, version);
}

/// The version of Node.js that files ask for: the first one that is there decides.
fn of_files(context: &mut Context<'_, '_>, folder: &str) -> Option<Fact> {
    for name in [".node-version", ".nvmrc"] {
        if context.workspace.is_file(&join(folder, name)?) {
            let find = |line: &str| of_one_major(line).map(|it| it.trim().to_owned());
            return line_of(context, folder, name, find);
        }
    }
    engines(context, folder)
}

/// The numbers of `20`, `v20.11.1`, `~16.13.0`, `^18.2` and `18.x`.
fn of_one_major(text: &str) -> Option<&str> {
    let text = text.trim().trim_start_matches(['~', '^', 'v']);
    let text = text.trim_end_matches(".x");
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    text.split('.').all(is_number).then_some(text)
}

/// The version that Pipenv has locked.
fn pipfile_lock(context: &mut Context<'_, '_>, folder: &str) -> Option<Fact> {
    let file = context.workspace.open(&join(folder, "Pipfile.lock")?)?;
    let document = context.workspace.document(file, Syntax::Json);
    let requires = document.root.at(&["_meta", "requires"])?;
    let node = requires.get("python_full_version").or_else(|| requires.get("python_version"))?;
    let version = node.as_str().filter(|it| is_version(it))?;
    let origin = Origin::written(node.span, "`requires` of Pipfile.lock");
    Some(Fact::known(Value::Text(version.to_owned()), origin))
}

/// Sets the version of Ruby or Node.js that a buildpack picks: that of the Gemfile, else that of
/// package.json. It counts only for programs of that language.
///
/// Sources: <https://devcenter.heroku.com/articles/ruby-versions>,
/// <https://devcenter.heroku.com/articles/nodejs-support#specifying-a-node-js-version>.
pub(crate) fn set_ruby_or_node(context: &mut Context<'_, '_>, process: &mut ProcessDraft) {
    let folder = process.folder.clone();
    if let Some(version) = ruby(context, &folder) {
        set_version(process, "ruby", version);
    } else if let Some(version) = engines(context, &folder) {
        set_version(process, "node", version);
    }
}

fn set_version(process: &mut ProcessDraft, language: &str, version: Fact) {
    let language = Fact::known(Value::Text(language.to_owned()), version.origin.clone());
    let name = vocabulary::RUNTIME_LANGUAGE.name();
    let origin = version.origin.with_input(name, language);
    process.facts.set(vocabulary::RUNTIME_VERSION, Fact::new(version.state, origin));
}

/// The version that Bundler has locked, else the one that the Gemfile asks for.
fn ruby(context: &mut Context<'_, '_>, folder: &str) -> Option<Fact> {
    locked_ruby(context, folder).or_else(|| ruby_of_gemfile(context, folder))
}

fn locked_ruby(context: &mut Context<'_, '_>, folder: &str) -> Option<Fact> {
    let locked = |line: &str| {
        let line = line.strip_prefix("   ruby ")?;
        // `ruby 3.1.4p0 (jruby 9.4.9.0)`
        let version = line.split('p').next().filter(|_| !line.contains('('))?;
        is_version(version).then(|| version.to_owned())
    };
    line_of(context, folder, "Gemfile.lock", locked)
        .or_else(|| line_of(context, folder, "gems.locked", locked))
}

fn ruby_of_gemfile(context: &mut Context<'_, '_>, folder: &str) -> Option<Fact> {
    line_of(context, folder, "Gemfile", asked_ruby)
}

/// The version on a line of a Gemfile. With another engine, such as JRuby, it only says which
/// language the engine must understand, and has no end of its own; further lines may name one.
fn asked_ruby(line: &str) -> Option<String> {
    let rest = line.strip_prefix("ruby ")?.trim_start();
    let mut quoted = rest.strip_prefix(['"', '\''])?.split(['"', '\'']);
    let version = quoted.next()?;
    let options = quoted.next().unwrap_or_default();
    let is_mri = !options.contains("engine") || quoted.next() == Some("ruby");
    let is_whole = !line.split('#').next().unwrap_or(line).trim_end().ends_with(',');
    (is_version(version) && is_mri && is_whole).then(|| version.to_owned())
}

/// `engines.node` of package.json, where it is of one major version.
fn engines(context: &mut Context<'_, '_>, folder: &str) -> Option<Fact> {
    let file = context.workspace.open(&join(folder, "package.json")?)?;
    let document = context.workspace.document(file, Syntax::Json);
    let node = document.root.at(&["engines", "node"])?;
    let version = of_one_major(node.as_str()?)?;
    let origin = Origin::written(node.span, "`engines` of package.json");
    Some(Fact::known(Value::Text(version.to_owned()), origin))
}

/// The version on the first line on which one is found.
fn line_of(
    context: &mut Context<'_, '_>,
    folder: &str,
    name: &str,
    find: impl Fn(&str) -> Option<String>,
) -> Option<Fact> {
    let file = context.workspace.open(&join(folder, name)?)?;
    let text = context.workspace.sources.file(file).shared_text();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some(version) = find(line.trim_end()) {
            let at = start + line.find(&version)?;
            let origin = Origin::written(Span::new(file, at, at + version.len()), name);
            return Some(Fact::known(Value::Text(version), origin));
        }
        start += line.len();
    }
    None
}

fn variable(environment: &Environment) -> Option<Fact> {
    let Lookup::Set(fact) = environment.get("PYTHON_VERSION") else { return None };
    is_version(fact.text()?).then(|| fact.clone())
}

/// The version on the first line that has something to say.
fn file(context: &mut Context<'_, '_>, folder: &str, name: &str) -> Option<Fact> {
    let file = match context.workspace.try_open(&join(folder, name)?) {
        Opened::File(file) => file,
        Opened::Missing => return None,
        Opened::Unknown(unknown) => {
            return Some(Fact::unknown(unknown, Origin::new(OriginKind::Written, name)));
        }
    };
    let text = context.workspace.sources.file(file).shared_text();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset + (line.len() - line.trim_start().len());
        offset += line.len();
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let version = line.strip_prefix("python-").unwrap_or(line);
        let start = start + (line.len() - version.len());
        let span = Span::new(file, start, start + version.len());
        let origin = Origin::written(span, format!("`{name}`"));
        return is_version(version).then(|| Fact::known(Value::Text(version.to_owned()), origin));
    }
    None
}

/// Numbers with dots between them, as `3.12` and `3.12.4`.
fn is_version(text: &str) -> bool {
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    text.contains('.') && text.split('.').all(is_number)
}

/// The part of a version that decides what a program may use: `3.12` of `3.12.4`.
fn minor(text: &str) -> Vec<&str> {
    text.split('.').take(2).collect()
}

fn contradiction(wins: &Fact, loses: &Fact) -> Option<Diagnostic> {
    let (version, other) = (wins.text()?, loses.text()?);
    let (place, other_place) = (wins.origin.span?, loses.origin.span?);
    if minor(version) == minor(other) {
        return None;
    }
    let message = format!("the app runs on Python {version}, and not on {other}");
    let label = Label::new(place, "this value is used");
    Some(
        Diagnostic::new("python-version-contradiction", Severity::Warning, message, label)
            .with_related(other_place, "this value is ignored")
            .with_help("write one version, in `.python-version`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_numbers_with_dots() {
        for text in ["3.12", "3.12.4", "2.7"] {
            assert!(is_version(text), "{text}");
        }
        for text in ["3", "3.x", "3.12.", "pypy3.10", "3.13t", ">=3.10", ""] {
            assert!(!is_version(text), "{text}");
        }
    }

    #[test]
    fn a_gemfile_asks_for_a_version_of_ruby() {
        for line in [
            r#"ruby "3.2.2""#,
            "ruby '3.2.2' # as in production,",
            r#"ruby "3.2.2", engine: "ruby", engine_version: "3.2.2""#,
        ] {
            assert_eq!(asked_ruby(line).as_deref(), Some("3.2.2"), "{line}");
        }
        for line in [
            r#"ruby "2.6.8", engine: "jruby", engine_version: "9.4.9""#,
            r"ruby '2.6.8', :engine => 'truffleruby', :engine_version => '24.1.0'",
            r#"ruby "2.6.8","#,
            r#"ruby "~> 3.2""#,
            r#"ruby file: ".ruby-version""#,
        ] {
            assert_eq!(asked_ruby(line), None, "{line}");
        }
    }

    #[test]
    fn a_range_of_node_is_of_one_major_version() {
        for (text, expect) in
            [("20", "20"), ("v20.11.1", "20.11.1"), ("~16.13.0", "16.13.0"), ("18.x", "18")]
        {
            assert_eq!(of_one_major(text), Some(expect), "{text}");
        }
        for text in [">=16", "lts/iron", "16 || 18", ""] {
            assert_eq!(of_one_major(text), None, "{text}");
        }
    }

    #[test]
    fn patch_releases_are_one_version() {
        assert_eq!(minor("3.12"), minor("3.12.4"));
        assert_ne!(minor("3.1"), minor("3.12"));
    }
}
