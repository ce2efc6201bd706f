//! A rule file as written → a rule that is ready to run.
//!
//! A broken rule is a diagnostic in its file and is left out; the other rules still run.

use std::borrow::Cow;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Entry, Node, NodeKind, Text};
use crate::expression::{self, Mistake, Names, Template, Ty};
use crate::keys::{Key, Need};
use crate::levels::Level;
use crate::nearest::did_you_mean;
use crate::parse::{self, Syntax};
use crate::rule::{Action, Check, Example, On, OnUnknown, Related, Rule, Source};
use crate::rule_fix;
use crate::rule_keys::{CHECK, RELATED, RULE, UNKNOWN};
use crate::source::{FileId, Span, Spanned};

/// The rule of mistakes in rule files.
pub const INVALID_RULE: &str = "invalid-rule";

/// Reads a rule file. Mistakes are added to `acc`; with any of them there is no rule.
pub fn rule(acc: &mut Vec<Diagnostic>, id: &str, file: FileId, text: &str) -> Option<Rule> {
    let document = parse::as_it_is(Syntax::Toml, file, text);
    let mut reader = Reader { file, mistakes: Vec::new() };
    reader.mistakes.extend(
        document.problems.into_iter().map(|it| Diagnostic { rule: INVALID_RULE.to_owned(), ..it }),
    );
    let rule = reader.rule(id, &document.root);
    let broken = !reader.mistakes.is_empty();
    acc.append(&mut reader.mistakes);
    rule.filter(|_| !broken)
}

/// Checks every expression of a rule: names, types, units.
///
/// `formats` are the names behind `file.`.
pub fn check_expressions(acc: &mut Vec<Diagnostic>, rule: &Rule, formats: &'static [&'static str]) {
    let known = |it: Names| Names { formats: Some(formats), ..it };
    let help_names = known(rule.check.as_ref().map(Check::names).unwrap_or_default());
    if let Some(check) = &rule.check {
        let names = known(check.names());
        for (source, what) in [(check.when.as_ref(), "when"), (Some(&check.require), "require")] {
            if let Some(source) = source {
                check_condition(acc, source, what, &names);
            }
        }
        if let Some(select) = &check.select {
            // `it` is what `select` finds, so it is not there yet.
            check_expression(acc, select, &Names { it: None, ..names.clone() });
        }
        if let Some(mark) = &check.mark {
            check_expression(acc, mark, &names);
        }
        check_template(acc, &check.message, &names);
        for related in &check.related {
            check_expression(acc, &related.at, &names);
            check_template(acc, &related.label, &names);
        }
        for fix in &check.fixes {
            if let Some(when) = &fix.when {
                check_condition(acc, when, "when", &names);
            }
            check_template(acc, &fix.title, &names);
            if let Action::Directives { text, .. } = &fix.action {
                check_template(acc, text, &names);
            }
            if let Action::Option { or_beside: Some(it), .. } = &fix.action {
                check_expression(acc, it, &names);
            }
            let (at, to) = fix.action.sources();
            check_expression(acc, at, &names);
            to.iter().for_each(|it| check_expression(acc, it, &names));
        }
    }
    check_template(acc, &rule.help, &help_names);
}

fn check_condition(acc: &mut Vec<Diagnostic>, source: &Source, what: &str, names: &Names) {
    match expression::compile(source.value(), names) {
        Ok(compiled) if matches!(compiled.ty, Ty::Bool | Ty::Any) => {}
        Ok(compiled) => {
            let message = format!("`{what}` must be true or false, this is {}", compiled.ty.name());
            acc.push(invalid(source.text().span(), message));
        }
        Err(mistakes) => say(acc, &source.text(), mistakes),
    }
}

fn check_expression(acc: &mut Vec<Diagnostic>, source: &Source, names: &Names) {
    if let Err(mistakes) = expression::compile(source.value(), names) {
        say(acc, &source.text(), mistakes);
    }
}

fn check_template(acc: &mut Vec<Diagnostic>, source: &Source, names: &Names) {
    if let Err(mistakes) = Template::compile(source.value(), names) {
        say(acc, &source.text(), mistakes);
    }
}

/// Mistakes of an expression at their places in the rule file.
fn say(acc: &mut Vec<Diagnostic>, text: &Text, mistakes: Vec<Mistake>) {
    for mistake in mistakes {
        let diagnostic = invalid(text.span_of(mistake.range), mistake.message);
        acc.push(match mistake.help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        });
    }
}

pub(super) fn invalid(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(INVALID_RULE, Severity::Error, message, Label::new(span, ""))
}

pub(super) struct Reader {
    file: FileId,
    pub(super) mistakes: Vec<Diagnostic>,
}

impl Reader {
    fn rule(&mut self, id: &str, root: &Node) -> Option<Rule> {
        self.id(id);
        self.keys(root, RULE, Span::start_of(self.file));
        let examples = [("fail", true), ("pass", false)]
            .into_iter()
            .flat_map(|(key, fails)| self.examples(root, key, fails))
            .collect();
        // Everything is read before anything is missed, so that all mistakes are said at once.
        let [since, group, summary, why, help] =
            ["since", "group", "summary", "why", "help"].map(|key| self.text(root, key));
        let level = self.level(root);
        let sources = self.sources(root);
        let check = root.get("check").map(|it| self.check(it));
        Some(Rule {
            id: Cow::Owned(id.to_owned()),
            file: self.file,
            since: since?.value.into(),
            level: level?,
            group: group?.value.into(),
            summary: summary?.value.into(),
            why: why?.value.trim().to_owned().into(),
            help: Source::new(help?),
            sources: sources.into_iter().map(Cow::Owned).collect(),
            locked: root.get("locked").and_then(Node::as_bool).unwrap_or(false),
            check: check?,
            examples,
        })
    }

    /// An id names the bad state and stands in URLs, comments and configuration.
    fn id(&mut self, id: &str) {
        let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
        if id.is_empty() || !id.chars().all(plain) || id.starts_with('-') || id.ends_with('-') {
            let message = format!("`{id}` is not a valid rule id");
            let help = "use lower-case words with dashes that name the bad state, such as `timeout-above-router`";
            self.mistakes.push(invalid(Span::start_of(self.file), message).with_help(help));
        }
    }

    pub(super) fn keys(&mut self, table: &Node, known: &[Key], place: Span) {
        for entry in table.entries() {
            let key = entry.key.value.as_str();
            if known.iter().all(|it| it.name != key) {
                let names: Vec<&str> = known.iter().map(|it| it.name).collect();
                let mistake = invalid(entry.key.span, format!("a rule has no key `{key}`"));
                self.mistakes.push(match did_you_mean(key, &names) {
                    Some(help) => mistake.with_help(help),
                    None => mistake,
                });
            }
        }
        let missing = |it: &&Key| it.need == Need::Required && table.get(it.name).is_none();
        for key in known.iter().filter(missing).map(|it| it.name) {
            let message = match key {
                "fail" | "pass" => format!("a rule needs at least one `[[{key}]]` example"),
                key => format!("the key `{key}` is missing"),
            };
            self.mistakes.push(invalid(place, message));
        }
    }

    pub(super) fn text(&mut self, table: &Node, key: &str) -> Option<Text> {
        let node = table.get(key)?;
        match node.as_text() {
            Some(text) => Some(text.clone()),
            None => {
                let message = format!("`{key}` is text, this is {}", node.type_name());
                self.mistakes.push(invalid(node.span, message));
                None
            }
        }
    }

    fn level(&mut self, root: &Node) -> Option<Level> {
        let text = self.text(root, "level")?;
        let level = Level::from_name(&text.value);
        if level.is_none() {
            let names: Vec<&str> = Level::ALL.iter().map(|(_, it)| *it).collect();
            let mistake = invalid(text.span(), format!("there is no level `{}`", text.value));
            self.mistakes.push(match did_you_mean(&text.value, &names) {
                Some(help) => mistake.with_help(help),
                None => mistake,
            });
        }
        level
    }

    fn sources(&mut self, root: &Node) -> Vec<String> {
        let Some(node) = root.get("sources") else { return Vec::new() };
        let sources: Option<Vec<String>> =
            node.elements().iter().map(|it| it.as_str().map(str::to_owned)).collect();
        match sources {
            Some(sources) if !matches!(node.kind, NodeKind::List(_)) => {
                self.mistakes.push(invalid(node.span, "`sources` is a list of texts"));
                sources
            }
            Some(sources) => sources,
            None => {
                self.mistakes.push(invalid(node.span, "`sources` is a list of texts"));
                Vec::new()
            }
        }
    }

    fn check(&mut self, table: &Node) -> Option<Check> {
        self.keys(table, CHECK, table.span);
        let on = self.on(table)?;
        if table.get("builtin").and_then(Node::as_bool) == Some(true) {
            return None;
        }
        for key in ["require", "message"] {
            if table.get(key).is_none() {
                self.mistakes.push(invalid(table.span, format!("the key `{key}` is missing")));
            }
        }
        if on == On::File && table.get("select").is_none() {
            let message = "a rule on files needs `select`, such as `file.fly.vm[*].memory`";
            self.mistakes.push(invalid(table.span, message));
        }
        let related = table.get("related").map(Node::elements).unwrap_or_default();
        let related = related.iter().filter_map(|it| self.related(it)).collect();
        let fixes = table.get("fix").map(Node::elements).unwrap_or_default();
        let fixes = rule_fix::all(self, fixes);
        let optional = |it: Option<Text>| it.map(Source::new);
        Some(Check {
            on,
            when: optional(self.text(table, "when")),
            select: optional(self.text(table, "select")),
            mark: optional(self.text(table, "mark")),
            require: Source::new(self.text(table, "require")?),
            unknown: self.unknown(table)?,
            message: Source::new(self.text(table, "message")?),
            related,
            format: None,
            needs: &[],
            fixes,
        })
    }

    fn on(&mut self, table: &Node) -> Option<On> {
        let text = self.text(table, "on")?;
        let on = On::from_name(&text.value);
        if on.is_none() {
            let names: Vec<&str> = On::ALL.iter().map(|(_, it)| *it).collect();
            let message = format!("a rule cannot be on `{}`", text.value);
            let mistake = invalid(text.span(), message);
            self.mistakes.push(match did_you_mean(&text.value, &names) {
                Some(help) => mistake.with_help(help),
                None => mistake,
            });
        }
        on
    }

    fn unknown(&mut self, table: &Node) -> Option<OnUnknown> {
        if table.get("unknown").is_none() {
            return Some(OnUnknown::default());
        }
        let text = self.text(table, "unknown")?;
        let unknown = OnUnknown::from_name(&text.value);
        if unknown.is_none() {
            let message = format!("`unknown` cannot be `{}`", text.value);
            let help = format!("it is one of: {}", UNKNOWN.join(", "));
            self.mistakes.push(invalid(text.span(), message).with_help(help));
        }
        unknown
    }

    fn related(&mut self, table: &Node) -> Option<Related> {
        self.keys(table, RELATED, table.span);
        let at = Source::new(self.text(table, "at")?);
        let label = Source::new(self.text(table, "label")?);
        Some(Related { at, label })
    }

    fn examples(&mut self, root: &Node, key: &str, fails: bool) -> Vec<Example> {
        let tables = root.get(key).map(Node::elements).unwrap_or_default();
        let mut examples = Vec::new();
        for table in tables {
            let is_file = |it: &&Entry| it.key.value != rule_fix::FIXED;
            let files = table.entries().iter().filter(is_file);
            let files: Vec<_> = files.filter_map(|it| self.example_file(it)).collect();
            if files.is_empty() {
                self.mistakes.push(invalid(table.span, "an example needs at least one file"));
            }
            let fixed = table.get(rule_fix::FIXED).map(|it| rule_fix::fixed(self, it));
            examples.push(Example { fails, files, fixed: fixed.unwrap_or_default() });
        }
        examples
    }

    pub(super) fn example_file(&mut self, entry: &Entry) -> Option<(String, Spanned<String>)> {
        match entry.value.as_str() {
            Some(text) => {
                Some((entry.key.value.clone(), Spanned::new(text.to_owned(), entry.value.span)))
            }
            None => {
                let problem = invalid(entry.value.span, "a file of an example is text");
                let help = "a name with a dot stands in quotes: `\"fly.toml\" = \"…\"`";
                self.mistakes.push(match entry.value.kind {
                    NodeKind::Map(_) => problem.with_help(help),
                    _ => problem,
                });
                None
            }
        }
    }
}
