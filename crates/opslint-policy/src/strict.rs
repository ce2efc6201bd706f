//! Comparisons of a user's rule that can never be true: with a platform that there is none of, or
//! with the name of a framework in other letters.
//!
//! Platforms are data, and configuration adds some, so this is no matter of types.

use super::expression::{BinaryOp, Expr, ExprKind};
use super::rule::Rule;
use super::rule_file::invalid;
use crate::diagnostic::Diagnostic;
use crate::document::Text;
use crate::nearest::nearest;
use crate::vocabulary::{self, FactId};

/// Adds what a rule compares a platform or framework with in vain.
pub fn check(acc: &mut Vec<Diagnostic>, rule: &Rule, platforms: &[&str]) {
    let Some(check) = &rule.check else { return };
    let names = check.names();
    for source in check.when.iter().chain([&check.require]) {
        let Some(compiled) = source.expression(&names) else { continue };
        each(&compiled.expr, &mut |expr| compared(acc, &source.text(), expr, platforms));
    }
}

/// What one comparison has wrong.
fn compared(acc: &mut Vec<Diagnostic>, text: &Text, expr: &Expr, platforms: &[&str]) {
    use BinaryOp::{Equal, In, NotEqual};
    let ExprKind::Binary(Equal | NotEqual | In, a, b) = &expr.kind else { return };
    for (fact, other) in [(a, b), (b, a)] {
        let (ExprKind::Fact(id) | ExprKind::FactOf(_, id)) = &fact.kind else { continue };
        let texts = match &other.kind {
            ExprKind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&**other),
        };
        for item in texts {
            let ExprKind::Text(name) = &item.kind else { continue };
            if let Some(message) = mistake(*id, name, platforms) {
                let (message, help) = message;
                acc.push(invalid(text.span_of(item.range.clone()), message).with_help(help));
            }
        }
    }
}

/// Why a fact never has a text, and what was meant.
fn mistake(id: FactId, name: &str, platforms: &[&str]) -> Option<(String, String)> {
    if id == vocabulary::PLATFORM && !platforms.contains(&name) {
        let help = match nearest(name, platforms.iter().copied()) {
            Some(near) => format!("did you mean `\"{near}\"`?"),
            None => "`opslint platforms` lists them".to_owned(),
        };
        return Some((format!("there is no platform `{name}`"), help));
    }
    let plain = name.to_lowercase();
    if id == vocabulary::FRAMEWORK && plain != name {
        let message = format!("the fact is never `\"{name}\"`: frameworks are in small letters");
        return Some((message, format!("write `\"{plain}\"`")));
    }
    None
}

/// Visits an expression and all its parts.
pub fn each(expr: &Expr, visit: &mut impl FnMut(&Expr)) {
    visit(expr);
    match &expr.kind {
        ExprKind::List(items) => items.iter().for_each(|it| each(it, visit)),
        ExprKind::Select(it, _)
        | ExprKind::Each(it)
        | ExprKind::Not(it)
        | ExprKind::Negate(it)
        | ExprKind::FactOf(it, _) => each(it, visit),
        ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
            each(a, visit);
            each(b, visit);
        }
        ExprKind::Ternary(a, b, c) => [a, b, c].into_iter().for_each(|it| each(it, visit)),
        ExprKind::Call { target, arguments, .. } => {
            target.iter().for_each(|it| each(it, visit));
            arguments.iter().for_each(|it| each(it, visit));
        }
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Number(_)
        | ExprKind::Text(_)
        | ExprKind::Name(_)
        | ExprKind::Fact(_) => {}
    }
}
