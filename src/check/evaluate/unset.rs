//! Variables that would make a rule hold, and that no file sets.

use crate::diagnostic::UsedFact;
use crate::policy::expression::{Expr, ExprKind};
use crate::project::{Environment, Lookup, assumed_unset};

/// That nothing sets the variables outside of the files, either: what a rule takes for granted that
/// fires unless `known(env("NAME"))`.
pub(super) fn assumed(require: &Expr, environment: &Environment) -> Vec<UsedFact> {
    let mut names = Vec::new();
    collect(&mut names, require);
    let is_open = |it: &&str| matches!(environment.get(it), Lookup::Unmentioned);
    let used = |it: &str| UsedFact { name: format!("${it}"), fact: assumed_unset(it).into() };
    names.into_iter().filter(is_open).map(used).collect()
}

fn collect<'e>(names: &mut Vec<&'e str>, expr: &'e Expr) {
    match &expr.kind {
        ExprKind::Binary(_, a, b) => [a, b].into_iter().for_each(|it| collect(names, it)),
        ExprKind::Call { name, arguments, .. } if name == "known" => {
            if let [Expr { kind: ExprKind::Call { name, arguments, .. }, .. }] = &arguments[..]
                && name == "env"
                && let [Expr { kind: ExprKind::Text(of), .. }] = &arguments[..]
                && !names.contains(&of.as_ref())
            {
                names.push(of);
            }
        }
        _ => {}
    }
}
