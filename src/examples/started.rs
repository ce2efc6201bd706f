//! A rule file to start from.

use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::{explained, found_marks, run_example, without_marks};
use crate::policy::Policy;
use crate::policy::config::toml_text::value_text;
use crate::policy::rule::Rule;
use crate::source::SourceMap;
use crate::workspace::MemoryFiles;

/// What is known of a new rule; the rest is that of the template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// `error`, `warning`, `info` or `off`.
    pub level: Option<String>,
    /// What it is about, such as `capacity`.
    pub group: Option<String>,
    /// The bad state in one line.
    pub summary: Option<String>,
    /// What to do.
    pub help: Option<String>,
    /// What it is evaluated for: `process`, `deployment`, `project` or `file`.
    pub on: Option<String>,
    /// When it applies.
    pub when: Option<String>,
    /// Where the label goes.
    pub select: Option<String>,
    /// What must hold.
    pub require: Option<String>,
    /// What is wrong when it does not.
    pub message: Option<String>,
    /// What happens where that is not known: `passes` or `fails`.
    pub unknown: Option<String>,
}

/// A rule file to start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRule {
    /// What stands in it.
    pub text: String,
    /// Whether its examples show what the rule says and what it does not.
    pub is_shown: bool,
}

/// A rule file to start from: it loads, and where the examples of the template can show the rule,
/// they pass: what it says of the failing one is marked there. `platforms` are those that there are.
///
/// # Errors
/// When the name is none for a rule, or what is given does not make a rule that loads.
pub fn new_rule(name: &str, start: &Start, platforms: &[&str]) -> anyhow::Result<NewRule> {
    let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    if name.is_empty() || !name.chars().all(plain) || name.starts_with('-') || name.ends_with('-') {
        bail!(
            "`{name}` is not a valid rule id: lower-case words with dashes that name the bad state"
        );
    }
    let text = start.filled();
    let text = marked(&loaded(name, &text, platforms)?, &text).unwrap_or(text);
    let rule = loaded(name, &text, platforms)?;
    let alone = Arc::new(Policy::only(&rule));
    let is_shown = rule.examples.iter().all(|it| run_example(&alone, &rule, it).is_ok());
    Ok(NewRule { text, is_shown })
}

/// The rule that a text is.
fn loaded(name: &str, text: &str, platforms: &[&str]) -> anyhow::Result<Rule> {
    let mut sources = SourceMap::new();
    let mut mistakes = Vec::new();
    let mut policy = Policy::default();
    let path = format!("{name}.toml");
    let file = sources.add(&path, text);
    policy.add(&mut mistakes, file, &path, text);
    policy.check_platforms(&mut mistakes, platforms);
    match mistakes.first() {
        None => policy.rules.pop().context("the text is no rule"),
        Some(it) => {
            let at = sources.text(it.primary.span);
            let help = it.help.as_ref().map(|it| format!("; {it}")).unwrap_or_default();
            bail!("`{at}`: {}{help}", it.message)
        }
    }
}

/// The text with the marks of what the rule says of its failing example, where it says something.
fn marked(rule: &Rule, text: &str) -> Option<String> {
    let example = rule.examples.iter().find(|it| it.fails)?;
    let files = example.files.iter().fold(MemoryFiles::new(), |files, (path, text)| {
        files.with(path.clone(), without_marks(path, &text.value).0)
    });
    let found = found_marks(&Arc::new(Policy::only(rule)), rule, files).ok()?;
    let block = explained::with_marks(example, &found)?;
    let (before, rest) = text.split_once(FAIL)?;
    let (_, after) = rest.split_once(PASS)?;
    Some(format!("{before}{block}{PASS}{after}"))
}

/// Where the failing example of the template begins.
const FAIL: &str = "[[fail]]\n";

/// Where the passing one begins.
const PASS: &str = "\n[[pass]]\n";

impl Start {
    /// What the template says where nothing is given.
    pub fn template() -> Self {
        let value = |key: &str| {
            let line = |it: &str| it.strip_prefix(key)?.strip_prefix(" = ").map(str::to_owned);
            let text = TEMPLATE.lines().find_map(line)?;
            let table: toml::Table = toml::from_str(&format!("value = {text}")).ok()?;
            table.get("value")?.as_str().map(str::to_owned)
        };
        Self {
            level: value("level"),
            group: value("group"),
            summary: value("summary"),
            help: value("help"),
            on: value("on"),
            when: value("when"),
            select: value("select"),
            require: value("require"),
            message: value("message"),
            unknown: Some("passes".to_owned()),
        }
    }

    /// The template with what is given in the place of its lines.
    fn filled(&self) -> String {
        let given = [
            ("level", &self.level),
            ("group", &self.group),
            ("summary", &self.summary),
            ("help", &self.help),
            ("on", &self.on),
            ("when", &self.when),
            ("select", &self.select),
            ("require", &self.require),
            ("message", &self.message),
        ];
        let mut text = String::new();
        for line in TEMPLATE.split_inclusive('\n') {
            let is_of = |key: &str| line.strip_prefix(key).is_some_and(|it| it.starts_with(" = "));
            let given = given.iter().find(|(key, _)| is_of(key));
            match given.and_then(|(key, value)| Some((key, value.as_ref()?))) {
                Some((key, value)) => text += &entry(key, value),
                None => text += line,
            }
            if is_of("require")
                && let Some(unknown) = &self.unknown
            {
                text += &entry("unknown", unknown);
            }
        }
        text
    }
}

fn entry(key: &str, value: &str) -> String {
    format!("{key} = {}\n", value_text(&toml::Value::String(value.to_owned())))
}

pub(super) const TEMPLATE: &str = r#"# The file's name is the rule's id: it names the bad state.
since = "0.1.0"
# error: it will fail or be killed; warning: it will hurt; info: worth knowing; off: an opinion.
level = "warning"
group = "capacity"
summary = "one line: the bad state"
why = '''
Why it matters, for somebody who has never heard of it.
'''
# What to do. `{…}` holds an expression.
help = "use at most 8 workers"
sources = ["https://docs.gunicorn.org/en/stable/design.html"]

[check]
# process, deployment, project or file. `opslint facts` lists what a process has.
on = "process"
# When the rule applies at all.
when = 'server == "gunicorn"'
# The place of the label.
select = "workers"
# What must hold. Where it is not known, the rule is silent, unless `unknown = "fails"` stands here.
require = "workers <= 8"
message = "{workers} workers"

# Examples run as tests: `opslint test .`
# Marker lines are below what is labelled: `^` for the message, `~` for related labels.
[[fail]]
Procfile = '''
web: gunicorn shop.wsgi --workers 9
                                  ^ 9 workers
'''

[[pass]]
Procfile = "web: gunicorn shop.wsgi --workers 8"
"#;
