//! A fix of a rule → what is to be different in which place.

use crate::document::{Node, NodeKind};
use crate::fact::{OriginKind, Overridden, State, Value};
use crate::fix::{Change, Neighbour, Proposal};
use crate::policy::expression::{Compiled, EvalError, Expr, ExprKind, Names, Scope, Truth, Val};
use crate::policy::rule::{Action, RuleFix, Source};
use crate::source::Span;

use super::evaluate::fill;

/// The proposals of a rule's fixes. A part that applies and cannot be made takes the fix along: half
/// of it would bring up another diagnostic.
pub(super) fn proposals<'r>(
    scope: &Scope<'_>,
    fixes: &'r [RuleFix],
    names: &Names,
) -> Result<Vec<Proposal>, (&'r Source, EvalError)> {
    let mut all: Vec<Proposal> = Vec::new();
    // Whether the fix that a part belongs to is the last proposal.
    let mut has_above = false;
    for fix in fixes {
        let is_offered = is_offered(scope, fix, names)?;
        if !fix.also {
            let made = if is_offered { proposal(scope, fix, names)? } else { None };
            has_above = made.is_some();
            all.extend(made);
        } else if has_above && is_offered {
            match (proposal(scope, fix, names)?, all.last_mut()) {
                (Some(part), Some(above)) => above.join(part),
                _ => {
                    all.pop();
                    has_above = false;
                }
            }
        }
    }
    Ok(all)
}

fn is_offered<'r>(
    scope: &Scope<'_>,
    fix: &'r RuleFix,
    names: &Names,
) -> Result<bool, (&'r Source, EvalError)> {
    let Some(when) = &fix.when else { return Ok(true) };
    let Some(compiled) = when.expression(names) else { return Ok(true) };
    Ok(matches!(scope.all_of(compiled).map_err(|it| (when, it))?, Truth::True))
}

/// The proposal of a fix; `None` where its place or value is not known.
fn proposal<'r>(
    scope: &Scope<'_>,
    fix: &'r RuleFix,
    names: &Names,
) -> Result<Option<Proposal>, (&'r Source, EvalError)> {
    let (at, to) = fix.action.sources();
    let Some(compiled) = at.expression(names) else { return Ok(None) };
    if let Action::Directives { text, .. } = &fix.action {
        // What is written has a value that can be set.
        let fact = scope.fact(&compiled.expr).filter(|it| it.origin.span.is_none());
        let Some(beside) = fact.and_then(|_| scope.place(compiled)) else { return Ok(None) };
        let text = match text.template(names) {
            Some(template) => scope.fill_code(template).map_err(|it| (text, it))?,
            None => text.value().to_owned(),
        };
        let change = Change::Directives { beside, text };
        return Ok(Some(Proposal::new(fill(scope, &fix.title, names)?, fix.safety, change)));
    }
    let to = match to.and_then(|it| Some((it, it.expression(names)?))) {
        Some((source, compiled)) => match scope.eval(compiled).map_err(|it| (source, it))? {
            Val::Known(value) => Some(value),
            Val::List(values) => match plain_list(values) {
                Some(list) => Some(list),
                None => return Ok(None),
            },
            _ => return Ok(None),
        },
        None => None,
    };
    let here = Here { scope, compiled };
    let changes = match (&fix.action, to) {
        (Action::Option { or_beside, flag, setting, .. }, Some(to)) => {
            let program = or_beside.as_ref().and_then(|it| it.expression(names));
            let program = program.and_then(|it| written(scope, &it.expr));
            options(&here, program, (flag, setting.as_deref()), to)
        }
        (Action::Set { .. }, Some(to)) if here.path(&compiled.expr).is_none() => {
            everywhere(&here, to)
        }
        (action, to) => change(&here, action, to).map(|it| vec![it]),
    };
    let Some(changes) = changes else { return Ok(None) };
    Ok(Some(Proposal { title: fill(scope, &fix.title, names)?, safety: fix.safety, changes }))
}

fn plain_list(values: Vec<Val<'_>>) -> Option<Value> {
    let plain = |it| match it {
        Val::Known(value) => Some(value),
        _ => None,
    };
    values.into_iter().map(plain).collect::<Option<_>>().map(Value::List)
}

/// Where a fix starts from: an expression that names a place.
struct Here<'s, 'a> {
    scope: &'s Scope<'a>,
    compiled: &'s Compiled,
}

impl<'a> Here<'_, 'a> {
    fn path(&self, expr: &Expr) -> Option<(Span, Option<&'a Node>)> {
        self.scope.path_of(self.compiled, expr)
    }
}

fn change(here: &Here<'_, '_>, action: &Action, to: Option<Value>) -> Option<Change> {
    let place = &here.compiled.expr;
    match (action, to) {
        (Action::Set { .. }, Some(to)) => match here.path(place) {
            Some((_, Some(node))) if is_written(node) => {
                Some(Change::Set { at: node.span, was: None, to })
            }
            Some(_) => absent(here, place, Vec::new(), to),
            None => None,
        },
        (Action::Rename { .. }, Some(to)) => {
            let (at, was) = key(here, place)?;
            Some(Change::Rename { at, was, to: to.as_str()?.to_owned() })
        }
        (Action::Remove { .. }, None) => Some(Change::Remove { at: written_at(here, place)? }),
        _ => None,
    }
}

/// Another value of a fact, also where the same one is written a second time and loses: two values
/// of one setting would contradict each other.
fn everywhere(here: &Here<'_, '_>, to: Value) -> Option<Vec<Change>> {
    let (at, was) = written(here.scope, &here.compiled.expr)?;
    let fact = here.scope.fact(&here.compiled.expr)?;
    let is_same = |it: &&Overridden| {
        let is_said = matches!(it.origin.kind, OriginKind::Written | OriginKind::Env);
        is_said && matches!(&it.state, State::Known(value) if *value == was)
    };
    let losers = fact.overridden.iter().filter(is_same).filter_map(|it| it.origin.span);
    let mut places = vec![at];
    for it in losers {
        if !places.contains(&it) {
            places.push(it);
        }
    }
    let set = |at| Change::Set { at, was: Some(was.clone()), to: to.clone() };
    Some(places.into_iter().map(set).collect())
}

/// One more option, or several, of which each has a value in a list.
fn options(
    here: &Here<'_, '_>,
    program: Option<(Span, Value)>,
    (flags, settings): (&str, Option<&str>),
    to: Value,
) -> Option<Vec<Change>> {
    let other = here.scope.fact(&here.compiled.expr);
    // A variable is no place for an option.
    let is_variable = other.is_some_and(|it| it.origin.kind == OriginKind::Env);
    let here_written = written(here.scope, &here.compiled.expr);
    let other = here_written.filter(|_| !is_variable || program.is_none());
    let (neighbour, (beside, was)) = match (other, program) {
        (Some(it), _) => (Neighbour::Option, it),
        (None, program) => (Neighbour::Program, program?),
    };
    let flags: Vec<&str> = flags.split_whitespace().collect();
    let values = match to {
        Value::List(values) if values.len() == flags.len() => values,
        to if flags.len() == 1 => vec![to],
        _ => return None,
    };
    let mut settings = settings.unwrap_or_default().split_whitespace();
    let option = |(flag, to): (&str, Value)| Change::Option {
        beside,
        neighbour,
        was: was.clone(),
        flag: flag.to_owned(),
        setting: settings.next().map(str::to_owned),
        to,
    };
    Some(std::iter::zip(flags, values).map(option).collect())
}

/// Whether a value can be replaced: a key without one has no bytes to replace.
fn is_written(node: &Node) -> bool {
    node.span.start < node.span.end && !matches!(node.kind, NodeKind::Map(_))
}

/// The place of what is written; a path whose end is not there has none.
fn written_at(here: &Here<'_, '_>, place: &Expr) -> Option<Span> {
    match here.path(place) {
        Some((_, node)) => {
            let node = node?;
            // The key of a table is what stands for it.
            match node.kind {
                NodeKind::Map(_) => key(here, place).map(|(span, _)| span),
                _ => Some(node.span),
            }
        }
        None => written(here.scope, place).map(|(span, _)| span),
    }
}

/// The key at the end of a path.
fn key(here: &Here<'_, '_>, place: &Expr) -> Option<(Span, String)> {
    let (parent, name) = last_key(place)?;
    let (_, node) = here.path(parent)?;
    let entry = node?.entry(name)?;
    Some((entry.key.span, name.to_owned()))
}

/// The table above what is not there, and the keys below it.
fn absent(here: &Here<'_, '_>, place: &Expr, mut keys: Vec<String>, to: Value) -> Option<Change> {
    let (parent, name) = last_key(place)?;
    keys.insert(0, name.to_owned());
    match here.path(parent)? {
        (_, Some(node)) if matches!(node.kind, NodeKind::Map(_)) => {
            // A table of which nothing but its key is written has no place for an entry.
            Some(Change::Insert { table: node.span, keys, to })
        }
        (_, Some(_)) => None,
        (_, None) => absent(here, parent, keys, to),
    }
}

fn last_key(place: &Expr) -> Option<(&Expr, &str)> {
    match &place.kind {
        ExprKind::Select(operand, field) => Some((operand, field)),
        ExprKind::Index(operand, index) => match &index.kind {
            ExprKind::Text(key) => Some((operand, key)),
            _ => None,
        },
        _ => None,
    }
}

/// Where a fact, a setting or a variable is written, and what is read there. What is worked out from
/// other values is written nowhere.
fn written(scope: &Scope<'_>, place: &Expr) -> Option<(Span, Value)> {
    let fact = scope.fact(place)?;
    let State::Known(value) = &fact.state else { return None };
    Some((fact.origin.span?, value.clone()))
}
