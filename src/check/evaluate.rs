//! One rule against one subject: does it apply, does it hold, and how is that said.

mod each;
mod open;
pub mod trace;
mod unset;
mod used;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use crate::assumption::Assumption;
use crate::check::assumptions;
use crate::diagnostic::{Asked, Diagnostic, Label, Missing, Severity, Undecided, UsedFact};
use crate::document::{Document, Node};
use crate::fact::{Fact, Input, Origin, OriginKind, Value};
use crate::policy::INVALID_RULE;
use crate::policy::expression::{
    Digits, EvalError, ExprKind, Gaps, KnownFacts, Names, Scope, Truth, Val, Wanted, shown,
};
use crate::policy::needs::Around;
use crate::policy::rule::{Check, OnUnknown, Rule, Source};
use crate::programs::spelling;
use crate::project::{Deployment, Facts, Process};
use crate::source::{FileId, Span};
use crate::vocabulary::{self, FactId};

use super::propose;
use each::{descend, elements, split_each};
use open::undecided;
use used::Used;

/// What rules found out.
#[derive(Debug, Default)]
pub struct Found {
    /// Diagnostics at the level of their rule's page.
    pub diagnostics: Vec<Diagnostic>,
    /// Rules that could not be decided.
    pub undecided: Vec<Undecided>,
    /// What was taken for granted, and the rules that were decided by it.
    pub assumptions: Vec<Assumption>,
    /// Rules that cannot be evaluated on these files.
    pub broken: Vec<Diagnostic>,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.diagnostics.is_empty() && self.undecided.is_empty() && self.broken.is_empty()
    }
}

/// What is kept of a rule that could not be decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OpenRules {
    /// What is missing, and what would settle it.
    #[default]
    Explained,
    /// That it could not be decided: the report says no more.
    Counted,
}

/// What a rule is evaluated against.
pub(super) struct Subject<'a> {
    open: OpenRules,
    files: &'a [(&'static str, Arc<Document>)],
    deployment: Option<&'a Deployment>,
    process: Option<&'a Process>,
    /// Where a label goes when nothing nearer is written.
    span: Span,
    /// Facts of the process, or of the deployment.
    known: Option<Rc<KnownFacts<'a>>>,
    /// What rules that cannot be decided were asked of, made for the first of them.
    asked: OnceCell<Arc<Asked>>,
    /// What those lack that wait for the platform, made for the first of them.
    platform_missing: OnceCell<Arc<[Missing]>>,
}

/// A place that `select` found, with what `it` is there.
#[derive(Default)]
pub(super) struct Selected<'a> {
    span: Option<Span>,
    /// The fact that it is the place of, which is looked for when something is said of it.
    fact: Option<FactId>,
    pub(super) it: Option<&'a Node>,
}

impl<'a> Subject<'a> {
    /// A file, or a project that has it.
    pub(super) fn file(
        open: OpenRules,
        files: &'a [(&'static str, Arc<Document>)],
        file: FileId,
    ) -> Self {
        Self {
            open,
            files,
            deployment: None,
            process: None,
            span: Span::start_of(file),
            known: None,
            asked: OnceCell::new(),
            platform_missing: OnceCell::new(),
        }
    }

    /// A deployment.
    pub(super) fn deployment(
        open: OpenRules,
        files: &'a [(&'static str, Arc<Document>)],
        deployment: &'a Deployment,
    ) -> Self {
        let known = Some(Rc::new(KnownFacts::new(&deployment.facts)));
        let (span, deployment) = (deployment.span, Some(deployment));
        Self { span, deployment, known, ..Self::file(open, files, span.file) }
    }

    /// A process of a deployment.
    pub(super) fn process(
        open: OpenRules,
        files: &'a [(&'static str, Arc<Document>)],
        deployment: &'a Deployment,
        process: &'a Process,
    ) -> Self {
        let known = Some(Rc::new(KnownFacts::new(&process.facts)));
        let (span, deployment) = (process.span, Some(deployment));
        Self {
            span,
            deployment,
            process: Some(process),
            known,
            ..Self::file(open, files, span.file)
        }
    }

    /// Evaluates a rule, unless what it needs is certainly not there. `format` limits a rule on
    /// files to files of the format it selects from.
    pub(super) fn run(&self, rule: &Rule, format: Option<&str>, found: &mut Found) {
        let Some(check) = &rule.check else { return };
        // Of a rule of ours, that is told before anything else of it is looked at.
        if check.format.is_some() && format.is_some_and(|it| check.format != Some(it)) {
            return;
        }
        let around = self.around();
        if !check.needs.iter().any(|it| it.is_missed(&around)) {
            self.evaluate(rule, check, format, found);
            return;
        }
        // What is seen of a condition must be what it says: each test run compares the two.
        if cfg!(debug_assertions) {
            let mut none = Found::default();
            self.evaluate(rule, check, format, &mut none);
            debug_assert!(none.is_empty(), "`{}` needs less than is seen: {none:?}", rule.id);
        }
    }

    fn around(&self) -> Around<'_, 'a> {
        Around {
            facts: self.known.as_deref(),
            settings: self.process.map(|it| &it.settings),
            environment: self.process.map(|it| &it.environment),
            files: self.files,
        }
    }

    fn evaluate(&self, rule: &Rule, check: &Check, format: Option<&str>, found: &mut Found) {
        let names = check.names();
        if let Some(format) = format
            && check.selected_format(&names).as_deref() != Some(format)
        {
            return;
        }
        self.each_selected(check, &names, |it| self.at(rule, check, &names, it, found));
    }

    /// Evaluates a rule at a place that it selects.
    fn at(
        &self,
        rule: &Rule,
        check: &Check,
        names: &Names,
        selected: Selected<'a>,
        found: &mut Found,
    ) {
        let scope = self.scope(selected.it);
        match self.judge(rule, check, names, &scope, &selected) {
            Ok(Verdict::NotApplicable) => {}
            Ok(Verdict::Holds) if self.rests_on_assumption(&scope) => {
                self.record(rule, &self.used(&scope), found);
            }
            Ok(Verdict::Holds) => {}
            Ok(Verdict::Fires(diagnostic)) => {
                let used: Vec<Used<'_>> = diagnostic.facts.iter().map(Used::of).collect();
                self.record(rule, &used, found);
                found.diagnostics.push(*diagnostic);
            }
            Ok(Verdict::Undecided(gaps)) => found.undecided.push(self.undecided(rule, &gaps)),
            Err((source, error)) => {
                let span = source.text().span_of(error.range);
                let label = Label::new(span, "");
                let message = format!("the rule cannot be evaluated: {}", error.message);
                found.broken.push(
                    Diagnostic::new(INVALID_RULE, Severity::Error, message, label)
                        .with_related(self.span, "while it was evaluated for this"),
                );
            }
        }
        self.done_with(scope);
    }

    fn facts(&self) -> Option<&'a Facts> {
        match (self.process, self.deployment) {
            (Some(process), _) => Some(&process.facts),
            (None, Some(deployment)) => Some(&deployment.facts),
            (None, None) => None,
        }
    }

    /// Whether nothing says this fact here, not even that it is unknown.
    pub(super) fn says_nothing_of(&self, id: vocabulary::FactId) -> bool {
        self.facts().is_none_or(|it| it.get(id).is_none())
    }

    pub(super) fn scope(&self, it: Option<&'a Node>) -> Scope<'a> {
        let room = self.known.as_ref().map(|it| it.take_room());
        Scope {
            facts: self.facts(),
            known: self.known.as_ref().map(Rc::clone),
            settings: self.process.map(|it| &it.settings),
            environment: self.process.map(|it| &it.environment),
            processes: self.deployment.map_or(&[], |it| &it.processes),
            files: self.files,
            it,
            spell: spelling::option,
            used: RefCell::new(room.unwrap_or_default()),
            steps: Cell::new(0),
        }
    }

    /// The places of `select`: one, or one for each element of `[*]`. A list that is not there, or is
    /// empty, has no elements.
    pub(super) fn each_selected(
        &self,
        check: &Check,
        names: &Names,
        mut each: impl FnMut(Selected<'a>),
    ) {
        let Some(source) = &check.select else { return each(Selected::default()) };
        let names = Names { it: None, ..names.clone() };
        let Some(compiled) = source.expression(&names) else { return };
        if let ExprKind::Fact(id) = compiled.expr.kind {
            return each(Selected { fact: Some(id), ..Selected::default() });
        }
        let scope = self.scope(None);
        let Some((list, rest)) = split_each(&compiled.expr) else {
            let it = scope.path_of(compiled, &compiled.expr).and_then(|(_, node)| node);
            let span = scope.place(compiled);
            self.done_with(scope);
            return each(Selected { span, fact: None, it });
        };
        let elements = elements(&scope, compiled, list);
        self.done_with(scope);
        for element in elements {
            each(Selected { span: Some(descend(element, &rest)), fact: None, it: Some(element) });
        }
    }

    /// Gives back what a scope borrowed.
    fn done_with(&self, scope: Scope<'a>) {
        if let Some(known) = &self.known {
            known.give_room(scope.used.into_inner());
        }
    }

    fn span_of(&self, selected: &Selected<'_>) -> Option<Span> {
        selected.span.or_else(|| self.facts()?.span(selected.fact?))
    }

    fn judge<'r>(
        &self,
        rule: &'r Rule,
        check: &'r Check,
        names: &Names,
        scope: &Scope<'_>,
        selected: &Selected<'_>,
    ) -> Result<Verdict, (&'r Source, EvalError)> {
        let applies = match check.when.as_ref().and_then(|it| Some((it, it.expression(names)?))) {
            Some((source, when)) => scope.all_of(when).map_err(|it| (source, it))?,
            // What does not compile was said when the rule was loaded.
            None => Truth::True,
        };
        if matches!(applies, Truth::False | Truth::NotApplicable) {
            return Ok(Verdict::NotApplicable);
        }
        let Some(require) = check.require.expression(names) else { return Ok(Verdict::Holds) };
        let holds = match (scope.any_of(require), &applies) {
            (Ok(it), _) => it,
            // Whether the rule applies is not known, so its mistake is not certain.
            (Err(_), Truth::Open(_)) => Truth::False,
            (Err(error), _) => return Err((&check.require, error)),
        };
        if let (Truth::True, Truth::Open(gaps), OnUnknown::Fails) =
            (&applies, &holds, check.unknown)
            && let Verdict::Undecided(gaps) = undecided(gaps.clone())
        {
            let span = self.span_of(selected);
            return Ok(Verdict::Fires(Box::new(self.not_known(rule, scope, span, &gaps))));
        }
        Ok(match (applies, holds) {
            (_, Truth::True | Truth::NotApplicable) => Verdict::Holds,
            // Whether the rule applies comes before whether it holds.
            (Truth::Open(gaps), _) | (_, Truth::Open(gaps)) => undecided(gaps),
            (_, Truth::False) => {
                let span = self.span_of(selected);
                Verdict::Fires(Box::new(self.diagnostic(rule, check, names, scope, span)?))
            }
        })
    }

    fn diagnostic<'r>(
        &self,
        rule: &'r Rule,
        check: &'r Check,
        names: &Names,
        scope: &Scope<'_>,
        selected: Option<Span>,
    ) -> Result<Diagnostic, (&'r Source, EvalError)> {
        let mut message = fill(scope, &check.message, names)?;
        let mut facts: Vec<UsedFact> = self.used(scope).iter().map(Used::kept).collect();
        if let (Some(process), Some(require)) = (self.process, check.require.expression(names)) {
            facts.extend(unset::assumed(&require.expr, &process.environment));
        }
        // The oldest limit decides how much the verdict is worth; ISO dates sort as text.
        let as_of = facts.iter().filter_map(|it| it.fact.origin.as_of()).min();
        if let Some(day) = as_of {
            message.push_str(&format!(" (as of {day})"));
        }
        let mark = check.mark.as_ref().and_then(|it| it.expression(names));
        let span = mark.and_then(|it| scope.place(it)).or(selected).unwrap_or(self.span);
        let label = self.label_text(check, names);
        let severity = rule.level.severity().unwrap_or(Severity::Info);
        let mut diagnostic =
            Diagnostic::new(rule.id.clone(), severity, message, Label::new(span, label));
        for related in &check.related {
            let Some(at) = related.at.expression(names) else { continue };
            // What a file does not say is at no other place.
            if scope.path_of(at, &at.expr).is_some_and(|(_, node)| node.is_none()) {
                continue;
            }
            let Some(place) = scope.place(at).filter(|it| *it != span) else { continue };
            let text = fill(scope, &related.label, names)?;
            if text.is_empty() {
                continue;
            }
            diagnostic.related.push(Label::new(place, text));
        }
        for variable in self.variables_behind(check, names) {
            let is_there = |it: &Label| it.span == variable.span;
            if variable.span != span && !diagnostic.related.iter().any(is_there) {
                diagnostic.related.push(variable);
            }
        }
        diagnostic.help = Some(fill(scope, &rule.help, names)?);
        diagnostic.proposals = propose::proposals(scope, &check.fixes, names)?;
        diagnostic.facts = facts;
        assumptions::set_confidence(&mut diagnostic);
        diagnostic.deployments.extend(self.deployment.map(|it| it.manifest.clone()));
        diagnostic.process = self.process.map(|it| it.name.value.clone());
        Ok(diagnostic)
    }

    /// The fact that a rule is about, where it is about one alone.
    fn selected(&self, check: &Check, names: &Names) -> Option<(FactId, &Fact)> {
        let names = Names { it: None, ..names.clone() };
        let selected = check.select.as_ref().and_then(|it| it.expression(&names));
        let ExprKind::Fact(id) = selected?.expr.kind else { return None };
        Some((id, self.facts()?.get(id)?))
    }

    /// Where the variables are set that decide the fact a rule is about: there it is changed.
    fn variables_behind(&self, check: &Check, names: &Names) -> Vec<Label> {
        let inputs = self.selected(check, names).map(|(_, it)| it.origin.inputs.as_slice());
        let label = |it: &Input| {
            // A shell that fills one in says where it stands, too: "`WORKERS` in `envVars`".
            let text = match it.name.strip_prefix('$') {
                Some(name) => format!("`{name}` is set here"),
                None if it.fact.origin.kind == OriginKind::Env => it.name.clone(),
                None => return None,
            };
            let is_set = it.fact.value().is_some_and(|it| *it != Value::Null);
            let span = it.fact.origin.span.filter(|_| is_set)?;
            Some(Label::new(span, text))
        };
        inputs.unwrap_or_default().iter().filter_map(label).collect()
    }

    /// For a computed fact, what it works out to and from what: `9: cpu_count() = 4`.
    fn label_text(&self, check: &Check, names: &Names) -> String {
        let Some((id, fact)) = self.selected(check, names) else { return String::new() };
        let inputs: Vec<_> = fact
            .origin
            .inputs
            .iter()
            .filter(|it| it.fact.origin.kind != OriginKind::Assumed)
            // The assumption says so in words.
            .filter(|it| it.name != Origin::DOUBT && it.name != Origin::AS_OF)
            // It says what a version is one of, and is nothing that the version was made of.
            .filter(|it| it.name != vocabulary::RUNTIME_LANGUAGE.name())
            // The value as it stands under a condition that is taken for granted.
            .map(|it| match is_conditional(&it.fact) {
                true => it.name.clone(),
                false => format!("{} = {}", it.name, it.fact.state),
            })
            .collect();
        match inputs.is_empty() {
            true => String::new(),
            false => format!(
                "{}: {}",
                shown(&Val::of_fact(&Wanted::Fact(id), fact), Digits::Grouped),
                inputs.join(", ")
            ),
        }
    }
}

/// Whether a written value holds as long as what it rests on is as it was assumed.
fn is_conditional(fact: &Fact) -> bool {
    let inputs = &fact.origin.inputs;
    fact.origin.kind == OriginKind::Written
        && !inputs.is_empty()
        && inputs.iter().all(|it| it.fact.origin.kind == OriginKind::Assumed)
}

/// What came of a rule.
enum Verdict {
    NotApplicable,
    Holds,
    Fires(Box<Diagnostic>),
    Undecided(Gaps),
}

pub(super) fn fill<'r>(
    scope: &Scope<'_>,
    source: &'r Source,
    names: &Names,
) -> Result<String, (&'r Source, EvalError)> {
    let Some(template) = source.template(names) else { return Ok(source.value().to_owned()) };
    scope.fill(template).map_err(|it| (source, it))
}
