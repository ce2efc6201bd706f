//! Why a rule said what it said of each thing it was evaluated for: for authors of rules.

use std::sync::Arc;

use super::evaluate::{OpenRules, Subject};
use super::{deployed, documents};
use crate::document::{Document, Node};
use crate::policy::expression::{
    BinaryOp, Compiled, Expr, ExprKind, Gaps, Names, Scope, Truth, Ty,
};
use crate::policy::rule::{Check, On, Rule, Source};
use crate::policy::strict;
use crate::project::{Project, ProjectFile};
use crate::secret::Secrets;
use crate::source::SourceMap;

/// What came of a rule for one process, deployment, file or project.
#[derive(Debug)]
pub struct Reasons {
    /// What it was evaluated for.
    pub about: String,
    /// What came of it, and why; the first line is the verdict.
    pub lines: Vec<String>,
}

/// Evaluates a rule for everything in a project that it is about.
pub fn reasons(sources: &SourceMap, project: &Project, rule: &Rule) -> Vec<Reasons> {
    let Some(check) = &rule.check else { return Vec::new() };
    let path = |it: &ProjectFile| sources.file(it.file).path().to_owned();
    let mut all = Vec::new();
    let mut add = |about: String, subject: &Subject<'_>| {
        all.push(Reasons { about, lines: subject.why(check) });
    };
    match check.on {
        On::File => {
            let names = check.names();
            for own in &project.files {
                if check.selected_format(&names).as_deref() == Some(own.format) {
                    let files = documents(project, Some(own));
                    add(path(own), &Subject::file(OpenRules::Explained, &files, own.file));
                }
            }
        }
        On::Project => {
            let documents: Vec<(&'static str, Arc<Document>)> = super::documents(project, None);
            if let Some((_, first)) = documents.first() {
                let file = first.file;
                add(
                    "the project".to_owned(),
                    &Subject::file(OpenRules::Explained, &documents, file),
                );
            }
        }
        On::Deployment | On::Process => {
            for deployment in &project.deployments {
                let manifest = &deployment.manifest;
                let is_manifest = |it: &&ProjectFile| path(it) == *manifest;
                let files = deployed(project, project.files.iter().find(is_manifest));
                if check.on == On::Deployment {
                    add(
                        manifest.clone(),
                        &Subject::deployment(OpenRules::Explained, &files, deployment),
                    );
                    continue;
                }
                for process in &deployment.processes {
                    let about = format!("process `{}` of {manifest}", process.name.value);
                    add(
                        about,
                        &Subject::process(OpenRules::Explained, &files, deployment, process),
                    );
                }
            }
        }
    }
    all
}

/// How a part of `when` ends a rule.
enum Unmet {
    /// It is false.
    False(String),
    /// It is about what is not there; the facts that nothing says.
    Absent(String, Vec<&'static str>),
    /// It is not known, and why.
    Open(String, String),
    /// It cannot be evaluated.
    Broken(String),
}

impl Unmet {
    /// For whoever writes the rule.
    fn verdict(&self) -> String {
        match self {
            Self::False(part) => format!("does not apply: `{part}` of `when` is false"),
            Self::Absent(part, _) => {
                format!("does not apply: `{part}` of `when` is about what is not there")
            }
            Self::Open(part, why) => format!("undecided by `{part}` of `when`: {why}"),
            Self::Broken(message) => format!("the rule cannot be evaluated: {message}"),
        }
    }

    /// For whoever reads what came of it for a process, without any value.
    fn reason(self) -> String {
        match self {
            Self::False(part) => format!("`{part}` is false here"),
            Self::Absent(part, facts) => nothing_says(&part, &facts),
            Self::Open(part, _) => format!("`{part}` cannot be known before the start"),
            Self::Broken(message) => message,
        }
    }
}

fn nothing_says(part: &str, facts: &[&str]) -> String {
    match facts {
        [] => format!("`{part}` asks for what is not there"),
        facts => {
            let names: Vec<String> = facts.iter().map(|it| format!("`{it}`")).collect();
            format!("nothing says {} here", names.join(" or "))
        }
    }
}

impl<'a> Subject<'a> {
    /// Why a rule has nothing to say of a place: a part of `when`, or what `require` asks for and
    /// nothing says. `None` where it applies.
    pub(super) fn inapplicable(
        &self,
        check: &Check,
        names: &Names,
        it: Option<&'a Node>,
    ) -> Option<String> {
        let scope = self.scope(it);
        if let Some(when) = &check.when
            && let Some((unmet, _)) = self.unmet(when, names, &scope)
        {
            return Some(unmet.reason());
        }
        let require = check.require.expression(names)?;
        let is_absent = matches!(scope.any_of(require), Ok(Truth::NotApplicable));
        let part = one_line(check.require.value());
        is_absent.then(|| nothing_says(&part, &self.absent(&require.expr)))
    }

    /// The facts of an expression that nothing says.
    fn absent(&self, expr: &Expr) -> Vec<&'static str> {
        let mut names = Vec::new();
        strict::each(expr, &mut |it| {
            if let ExprKind::Fact(id) = &it.kind
                && self.says_nothing_of(*id)
                && !names.contains(&id.name())
            {
                names.push(id.name());
            }
        });
        names
    }

    fn why(&self, check: &Check) -> Vec<String> {
        let names = check.names();
        let mut lines: Option<Vec<String>> = None;
        self.each_selected(check, &names, |it| {
            let scope = self.scope(it.it);
            lines.get_or_insert_default().extend(self.why_of(check, &names, &scope));
        });
        lines.unwrap_or_else(|| {
            let select = check.select.as_ref().map_or("", Source::value);
            vec![format!("`{select}` finds nothing here")]
        })
    }

    /// The parts of `when` up to the one that ends it, then those of `require`.
    fn why_of(&self, check: &Check, names: &Names, scope: &Scope<'_>) -> Vec<String> {
        if let Some(when) = &check.when
            && let Some((unmet, mut lines)) = self.unmet(when, names, scope)
        {
            lines.insert(0, unmet.verdict());
            return lines;
        }
        let Some(require) = check.require.expression(names) else { return Vec::new() };
        let before = scope.used.take();
        let verdict = match scope.any_of(require) {
            Ok(Truth::True) => "`require` holds, so there is nothing to say".to_owned(),
            Ok(Truth::False) => "`require` does not hold: the rule fires".to_owned(),
            Ok(Truth::NotApplicable) => {
                "`require` is about something that is not there, so the rule does not apply"
                    .to_owned()
            }
            Ok(Truth::Open(gaps)) => format!("undecided: {}", self.open(&gaps)),
            Err(error) => format!("the rule cannot be evaluated: {}", error.message),
        };
        let mut lines = vec![verdict, format!("require = {}", one_line(check.require.value()))];
        lines.extend(used(scope));
        scope.used.replace(before);
        lines
    }

    /// The part of a condition by which a rule does not apply, and what was seen.
    fn unmet(
        &self,
        when: &Source,
        names: &Names,
        scope: &Scope<'_>,
    ) -> Option<(Unmet, Vec<String>)> {
        let compiled = when.expression(names)?;
        let mut parts = Vec::new();
        flatten(&compiled.expr, &mut parts);
        // A later part that does not apply decides, whatever is unknown before it.
        let mut open = None;
        for part in parts {
            let alone =
                Compiled { expr: part.clone(), ty: Ty::Bool, patterns: compiled.patterns.clone() };
            let text = one_line(when.value().get(part.range.clone()).unwrap_or_default());
            scope.used.take();
            let unmet = match scope.all_of(&alone) {
                Ok(Truth::True) => continue,
                Ok(Truth::False) => Unmet::False(text),
                Ok(Truth::NotApplicable) => Unmet::Absent(text, self.absent(&alone.expr)),
                Ok(Truth::Open(gaps)) => {
                    let why = self.open(&gaps);
                    open.get_or_insert((Unmet::Open(text, why), used(scope)));
                    continue;
                }
                Err(error) => Unmet::Broken(error.message),
            };
            return Some((unmet, used(scope)));
        }
        open
    }

    fn open(&self, gaps: &Gaps) -> String {
        let gaps = gaps.iter().map(|it| self.missing(it));
        let text = |it: crate::diagnostic::Missing| {
            format!("`{}` is not known: {}", it.name, it.unknown.reason)
        };
        gaps.map(text).collect::<Vec<_>>().join("; ")
    }
}

/// What an expression asked for, as `name = value`.
fn used(scope: &Scope<'_>) -> Vec<String> {
    let secrets = Secrets::none_known();
    let used = scope.used.take();
    let line = |(name, fact): &(std::borrow::Cow<'_, str>, &std::sync::Arc<crate::fact::Fact>)| {
        let value = fact.state.to_string();
        format!("{name} = {}", one_line(&secrets.mask_named(name, &value)))
    };
    used.iter().map(line).collect()
}

/// The parts of a chain of `&&`, in order.
fn flatten<'e>(expr: &'e Expr, parts: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Binary(BinaryOp::And, a, b) => {
            flatten(a, parts);
            flatten(b, parts);
        }
        _ => parts.push(expr),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
