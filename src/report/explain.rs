//! The page of a rule: `opslint explain RULE` in the terminal, and `docs/rules.md`.
//!
//! A page is read from the rule's own file, ours or the user's, so it never says something else
//! than the file. Both renderings come from the same blocks.

use std::borrow::Cow;

use crate::check::trace::Applied;
use crate::document::Node;
use crate::policy::config::tree::{self, Place};
use crate::report::shown::Shown;
use crate::source::SourceMap;

mod applied;
mod markdown;
mod terminal;

pub use crate::report::ink::Ink;
pub use markdown::{index, page as markdown_page};
pub use terminal::page as terminal_page;

/// What a rule file says, as far as readers care.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulePage {
    /// The id.
    pub id: String,
    /// The version in which the rule came.
    pub since: String,
    /// The level that counts when configuration does not say.
    pub level: String,
    /// What it is about.
    pub group: String,
    /// Whether it cannot be suppressed.
    pub is_locked: bool,
    /// The bad state in one line.
    pub summary: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub help: String,
    /// Why it is about one platform or program alone; none for a general rule.
    pub scope: Option<String>,
    /// Where that is published.
    pub sources: Vec<String>,
    /// What is checked.
    pub check: CheckText,
    /// The first example that fails: paths and texts, markers included.
    pub fail: Vec<(String, String)>,
    /// The first example that passes.
    pub pass: Vec<(String, String)>,
    /// What it makes of processes that were asked for.
    applied: Vec<Block>,
}

/// The expressions of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckText {
    /// What it is evaluated for: `process`, `deployment`, `project` or `file`.
    pub on: String,
    /// Where it applies.
    pub when: Option<String>,
    /// Where the label goes.
    pub select: Option<String>,
    /// What must hold; none when opslint's own code decides.
    pub require: Option<String>,
    /// What is said when it does not.
    pub message: String,
    /// Where further labels go.
    pub related: Vec<String>,
}

impl RulePage {
    /// The page of a rule file; what cannot be read of it is left empty.
    pub fn read(id: &str, text: &str) -> Self {
        let file = SourceMap::new().add(id, text);
        // Problems of rule files are reported where rules are compiled.
        let root = tree::parse(&mut Vec::new(), Place::whole(file), text);
        let text = |key| string(&root, key).unwrap_or_default();
        Self {
            id: id.to_owned(),
            since: text("since"),
            level: text("level"),
            group: text("group"),
            is_locked: root.get("locked").and_then(Node::as_bool).unwrap_or(false),
            summary: text("summary"),
            why: text("why"),
            help: text("help"),
            scope: string(&root, "scope"),
            sources: strings(&root, "sources"),
            check: root.get("check").map(CheckText::read).unwrap_or_default(),
            fail: example(&root, "fail"),
            pass: example(&root, "pass"),
            applied: Vec::new(),
        }
    }

    /// The page with what the rule makes of some processes, instead of its
    /// examples.
    #[must_use]
    pub fn beside(self, shown: &Shown<Vec<Applied>>) -> Self {
        // What to do is said with the numbers, where there is something to do.
        let (help, fail, pass) = (String::new(), Vec::new(), Vec::new());
        Self { applied: applied::blocks(shown), help, fail, pass, ..self }
    }
}

impl CheckText {
    fn read(node: &Node) -> Self {
        let related = node.get("related").map_or(&[][..], Node::elements);
        Self {
            on: string(node, "on").unwrap_or_default(),
            when: string(node, "when"),
            select: string(node, "select"),
            require: string(node, "require"),
            message: string(node, "message").unwrap_or_default(),
            related: related.iter().filter_map(|it| string(it, "at")).collect(),
        }
    }
}

fn string(node: &Node, key: &str) -> Option<String> {
    node.get(key).and_then(Node::as_str).map(|it| it.trim().to_owned())
}

fn strings(node: &Node, key: &str) -> Vec<String> {
    let elements = node.get(key).map_or(&[][..], Node::elements);
    elements.iter().filter_map(Node::as_str).map(str::to_owned).collect()
}

/// The files of the first example of a kind.
fn example(root: &Node, kind: &str) -> Vec<(String, String)> {
    let first = root.get(kind).and_then(|it| it.elements().first());
    let entries = first.map_or(&[][..], Node::entries);
    let file = |it: &crate::document::Entry| {
        // What a fix makes of the files is none of them.
        if it.key.value == FIXED {
            return None;
        }
        let text = it.value.as_str()?.trim_end().to_owned();
        Some((it.key.value.clone(), text))
    };
    entries.iter().filter_map(file).collect()
}

/// The key of an example that is no file.
const FIXED: &str = "fixed";

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Block {
    /// The title of a part.
    Heading(Cow<'static, str>),
    /// Prose, with code in backticks.
    Text(String),
    /// Lines that stand as they are, under the name of a file or none.
    Code { path: Option<String>, text: String },
    /// Addresses.
    Links(Vec<String>),
}

impl RulePage {
    /// Level, group and version in one line.
    fn facts(&self) -> String {
        let locked = if self.is_locked { " · locked: cannot be suppressed" } else { "" };
        format!("level {} · {} · since {}{locked}", self.level, self.group, self.since)
    }

    /// Everything below the title.
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = self.applied.clone();
        blocks.push(Block::Heading("Why".into()));
        blocks
            .extend(self.why.lines().filter(|it| !it.is_empty()).map(|it| Block::Text(it.into())));
        blocks.push(Block::Heading("What it checks".into()));
        blocks.extend(self.check.blocks());
        if let Some(scope) = &self.scope {
            blocks.push(Block::Text(format!("It is about this alone: {scope}.")));
        }
        if !self.help.is_empty() {
            blocks.push(Block::Heading("What to do".into()));
            blocks.push(Block::Text(sentence(&expressions_as_code(&self.help))));
        }
        for (heading, files) in [("Fails", &self.fail), ("Passes", &self.pass)] {
            if !files.is_empty() {
                blocks.push(Block::Heading(heading.into()));
            }
            let code = |(path, text): &(String, String)| Block::Code {
                path: Some(path.clone()),
                text: text.clone(),
            };
            blocks.extend(files.iter().map(code));
        }
        if !self.sources.is_empty() {
            blocks.push(Block::Heading("Sources".into()));
            blocks.push(Block::Links(self.sources.clone()));
        }
        blocks
    }
}

impl CheckText {
    fn blocks(&self) -> Vec<Block> {
        let Some(require) = &self.require else {
            let text = "opslint's own code looks for this; it is not an expression.";
            return vec![Block::Text(text.to_owned())];
        };
        let code = |text: &str| Block::Code { path: None, text: text.to_owned() };
        let each = match self.on.as_str() {
            "file" => "For each file".to_owned(),
            "project" => "For the project as a whole".to_owned(),
            on => format!("For each {on}"),
        };
        let mut blocks = Vec::new();
        match &self.when {
            None => blocks.push(Block::Text(format!("{each} this must hold:"))),
            Some(when) => {
                blocks.push(Block::Text(format!("{each} where")));
                blocks.push(code(when));
                blocks.push(Block::Text("this must hold:".to_owned()));
            }
        }
        blocks.push(code(require));
        blocks.push(Block::Text("Otherwise opslint says:".to_owned()));
        blocks.push(code(&self.message));
        if let Some(select) = &self.select {
            let related: String = self.related.iter().map(|it| format!(" and `{it}`")).collect();
            blocks.push(Block::Text(format!("It points at `{select}`{related}.")));
        }
        blocks
    }
}

/// A template with its `{expressions}` in backticks, unless they are in code already. An expression
/// that has backticks itself gets two of them around it.
fn expressions_as_code(template: &str) -> String {
    let mut is_code = false;
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['`', '{']) {
        let (before, found) = rest.split_at(at);
        text.push_str(before);
        let expression = found.strip_prefix('{').filter(|_| !is_code);
        let Some((expression, behind)) = expression.and_then(|it| it.split_once('}')) else {
            is_code ^= found.starts_with('`');
            text.push_str(&found[..1]);
            rest = &found[1..];
            continue;
        };
        // Two pieces of code side by side would share their backticks.
        if text.ends_with('`') {
            text.push(' ');
        }
        text += &match expression.contains('`') {
            true => format!("`` {expression} ``"),
            false => format!("`{expression}`"),
        };
        rest = behind;
    }
    text + rest
}

/// A part of a diagnostic as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    const RULE: &str = r#"since = "0.1.0"
level = "warning"
group = "capacity"
locked = true
summary = "more workers than the machine's CPUs can feed"
why = '''
A worker that handles a request needs a CPU, and a few more use the time of waiting.
Start low.
'''
help = "use at most {machine.cpus * 2 + 1} workers"
sources = ["https://docs.gunicorn.org/en/stable/design.html"]

[check]
on = "process"
when = 'server == "gunicorn"'
select = "workers"
require = "workers <= machine.cpus * 2 + 1"
message = "{workers} workers on {machine.cpus} CPUs"

[[check.related]]
at = "machine.cpus"
label = "{machine.cpus} CPUs"

[[fail]]
Procfile = '''
web: gunicorn app --workers 4
                            ^ 4 workers on 1 CPUs
'''

[[fail]]
Procfile = "web: gunicorn app --workers 5"

[[pass]]
Procfile = "web: gunicorn app --workers 3"
"#;

    #[test]
    fn a_page_in_a_narrow_terminal() {
        let page = RulePage::read("too-many-workers", RULE);
        expect![[r#"
            too-many-workers  level warning · capacity · since 0.1.0 · locked: cannot be suppressed
            more workers than the machine's CPUs can feed

            Why
              A worker that handles a request needs a CPU, and
              a few more use the time of waiting.
              Start low.

            What it checks
              For each process where
                  server == "gunicorn"
              this must hold:
                  workers <= machine.cpus * 2 + 1
              Otherwise opslint says:
                  {workers} workers on {machine.cpus} CPUs
              It points at `workers` and `machine.cpus`.

            What to do
              Use at most `machine.cpus * 2 + 1` workers.

            Fails
              Procfile
                  web: gunicorn app --workers 4
                                              ^ 4 workers on 1 CPUs

            Passes
              Procfile
                  web: gunicorn app --workers 3

            Sources
              https://docs.gunicorn.org/en/stable/design.html
        "#]]
        .assert_eq(&terminal_page(&page, 50, Ink::Plain));
    }

    #[test]
    fn a_page_in_markdown() {
        let page = RulePage::read("too-many-workers", RULE);
        expect![[r##"
            # too-many-workers

            More workers than the machine's CPUs can feed.

            <sub>level warning · capacity · since 0.1.0 · locked: cannot be suppressed</sub>

            **Why**

            A worker that handles a request needs a CPU, and a few more use the time of waiting.

            Start low.

            **What it checks**

            For each process where

            ```
            server == "gunicorn"
            ```

            this must hold:

            ```
            workers <= machine.cpus * 2 + 1
            ```

            Otherwise opslint says:

            ```
            {workers} workers on {machine.cpus} CPUs
            ```

            It points at `workers` and `machine.cpus`.

            **What to do**

            Use at most `machine.cpus * 2 + 1` workers.

            **Fails**

            `Procfile`

            ```text
            web: gunicorn app --workers 4
                                        ^ 4 workers on 1 CPUs
            ```

            **Passes**

            `Procfile`

            ```text
            web: gunicorn app --workers 3
            ```

            **Sources**

            - <https://docs.gunicorn.org/en/stable/design.html>
        "##]]
        .assert_eq(&markdown_page(&page));
    }

    #[test]
    fn ink_changes_nothing_but_colour() {
        let page = RulePage::read("too-many-workers", RULE);
        let mut plain = String::new();
        let mut is_code = false;
        for it in terminal_page(&page, 60, Ink::Ansi).chars() {
            match it {
                '\u{1b}' => is_code = true,
                'm' if is_code => is_code = false,
                it if !is_code => plain.push(it),
                _ => {}
            }
        }
        assert_eq!(plain, terminal_page(&page, 60, Ink::Plain));
    }

    #[test]
    fn a_broken_rule_file_still_has_a_page() {
        for end in (0..=RULE.len()).filter(|it| RULE.is_char_boundary(*it)) {
            let page = RulePage::read("x", &RULE[..end]);
            assert!(terminal_page(&page, 0, Ink::Plain).starts_with('x'));
            assert!(index(&[page]).contains("`x`"));
        }
    }
}
