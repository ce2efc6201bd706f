//! A fix of a rule → what is to be different in which place.

use crate::document::{Node, NodeKind};
use crate::fact::{State, Value};
use crate::fix::{Change, Proposal};
use crate::policy::expression::{Compiled, EvalError, Expr, ExprKind, Names, Scope, Truth, Val};
use crate::policy::rule::{Action, RuleFix, Source};
use crate::source::Span;

use super::evaluate::fill;

/// The proposal of a fix; `None` where it is not offered, or its place or value is not known.
pub(super) fn proposal<'r>(
    scope: &Scope<'_>,
    fix: &'r RuleFix,
    names: &Names,
) -> Result<Option<Proposal>, (&'r Source, EvalError)> {
    if let Some(when) = &fix.when
        && let Some(compiled) = when.expression(names)
        && !matches!(scope.all_of(compiled).map_err(|it| (when, it))?, Truth::True)
    {
        return Ok(None);
    }
    let (at, to) = fix.action.sources();
    let Some(compiled) = at.expression(names) else { return Ok(None) };
    if let Action::Directives { text, .. } = &fix.action {
        // What is written has a value that can be set.
        let fact = scope.fact(&compiled.expr).filter(|it| it.origin.span.is_none());
        let Some(beside) = fact.and_then(|_| scope.place(compiled)) else { return Ok(None) };
        let change = Change::Directives { beside, text: fill(scope, text, names)? };
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
        (Action::Option { flag, setting, .. }, Some(to)) => {
            options(&here, flag, setting.as_deref(), to)
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
            None => {
                let (at, was) = written(here.scope, place)?;
                Some(Change::Set { at, was: Some(was), to })
            }
        },
        (Action::Rename { .. }, Some(to)) => {
            let (at, was) = key(here, place)?;
            Some(Change::Rename { at, was, to: to.as_str()?.to_owned() })
        }
        (Action::Remove { .. }, None) => Some(Change::Remove { at: written_at(here, place)? }),
        _ => None,
    }
}

/// One more option, or several, of which each has a value in a list.
fn options(
    here: &Here<'_, '_>,
    flags: &str,
    settings: Option<&str>,
    to: Value,
) -> Option<Vec<Change>> {
    let (beside, was) = written(here.scope, &here.compiled.expr)?;
    let flags: Vec<&str> = flags.split_whitespace().collect();
    let values = match to {
        Value::List(values) if values.len() == flags.len() => values,
        to if flags.len() == 1 => vec![to],
        _ => return None,
    };
    let mut settings = settings.unwrap_or_default().split_whitespace();
    let option = |(flag, to): (&str, Value)| Change::Option {
        beside,
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
