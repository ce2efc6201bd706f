//! Texts with expressions in them, filled in: `9 workers on 2 CPUs`.

use opslint_expression::{Compiled, Expr, ExprKind, Part, Template, Ty};

use super::eval::{EvalError, Scope};
use super::value::{Digits, Val, shown};
use crate::vocabulary::Unit;

impl Scope<'_> {
    /// The text with values in place of its expressions; what is not known is `…`.
    ///
    /// # Errors
    /// A mistake that only these values show, with its bytes in the whole text.
    pub fn fill(&self, template: &Template) -> Result<String, EvalError> {
        self.filled(template, false)
    }

    /// The same for a text that a program reads: numbers are as programs read them.
    ///
    /// # Errors
    /// As [`Scope::fill`].
    pub fn fill_code(&self, template: &Template) -> Result<String, EvalError> {
        self.filled(template, true)
    }

    fn filled(&self, template: &Template, all_code: bool) -> Result<String, EvalError> {
        let mut text = String::new();
        for part in template.parts() {
            match part {
                Part::Text(it) => text.push_str(it),
                Part::Expr { compiled, offset } => {
                    let value: Val<'_> = self.eval(compiled).map_err(|it| EvalError {
                        range: it.range.start + offset..it.range.end + offset,
                        ..it
                    })?;
                    // What stands between backticks is copied, and no program reads `3,072`.
                    let quotes = text.bytes().filter(|it| *it == b'`').count();
                    let is_code = all_code || quotes % 2 == 1;
                    let digits = match compiled.ty {
                        Ty::Number(Some(Unit::Port)) => Digits::Plain,
                        _ if is_code => Digits::Plain,
                        _ => Digits::Grouped,
                    };
                    text.push_str(&match bounded_count(self, compiled, &value) {
                        Some(count) => count,
                        // `set workers = unknown` would be an advice to do just that.
                        None if matches!(value, Val::Unknown(_)) => "…".to_owned(),
                        None => shown(&value, digits),
                    });
                }
            }
        }
        Ok(text)
    }
}

/// `count(n, "worker")` of a number that is only bounded: `2 to 4 workers`.
fn bounded_count(scope: &Scope<'_>, compiled: &Compiled, value: &Val<'_>) -> Option<String> {
    let ExprKind::Call { name, arguments, .. } = &compiled.expr.kind else { return None };
    if name != "count" || !value.is_open() {
        return None;
    }
    let part = |expr: &Expr| Compiled { expr: expr.clone(), ..compiled.clone() };
    let number = scope.eval(&part(arguments.first()?)).ok()?;
    let Val::Range(..) = number else { return None };
    let noun = |at: usize| match &arguments.get(at)?.kind {
        ExprKind::Text(noun) => Some(noun.as_ref().to_owned()),
        _ => None,
    };
    let many = noun(2).or_else(|| Some(format!("{}s", noun(1)?)))?;
    Some(format!("{} {many}", shown(&number, Digits::Grouped)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Names;

    #[test]
    fn expressions_are_filled_in() {
        let template = Template::compile("{1 + 1} of {{x}} {'}'}", &Names::default()).unwrap();
        assert_eq!(Scope::empty().fill(&template).unwrap(), "2 of {x} }");
    }
}
