//! Calls: functions that look at the scope, functions over lists, and the plain ones.

use crate::fact::{Unknown, Value};
use crate::policy::expression::ast::{Expr, ExprKind};
use crate::policy::expression::value::Val;
use crate::policy::expression::{call, functions};
use crate::project::{Lookup, unmentioned};

use super::{Eval, EvalError, Result};

impl<'a> Eval<'_, 'a> {
    pub(super) fn call(&mut self, expr: &Expr, name: &str, arguments: &[Expr]) -> Result<'a> {
        let Some(function) = functions::function(name) else {
            return Ok(Val::missing(name, Unknown::because("there is no such function")));
        };
        use functions::FunctionId as F;
        match function.id {
            F::Has => self.has(&arguments[0]),
            F::Known => {
                let value = self.eval(&arguments[0])?;
                Ok(Val::bool(!matches!(value, Val::Unknown(_))))
            }
            F::Env => self.env(&arguments[0]),
            F::Setting => self.setting(&arguments[0]),
            F::Exists | F::All | F::Filter | F::Map => self.over_list(function.id, arguments),
            id => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(self.eval(argument)?);
                }
                // Joining is the one function whose result may be much larger than its operands.
                if let (F::Join, [list, separator]) = (id, values.as_slice()) {
                    let count = list.items().map_or(0, |it| it.len());
                    self.scope.charge(count.saturating_mul(separator.weight()), expr)?;
                }
                let pattern = self.compiled.patterns.get(&expr.range.start);
                call::call(id, &values, pattern)
                    .map_err(|message| EvalError { message, range: expr.range.clone() })
            }
        }
    }

    /// Whether a value is set: null and absent are not, unknown is unknown.
    fn has(&mut self, argument: &Expr) -> Result<'a> {
        let value = self.eval(argument)?;
        Ok(match value {
            Val::Unknown(_) => value,
            Val::Known(Value::Null) => Val::bool(false),
            _ => Val::bool(true),
        })
    }

    fn env(&mut self, argument: &Expr) -> Result<'a> {
        let Val::Known(Value::Text(name)) = self.eval(argument)? else {
            return Ok(Val::missing("env", Unknown::because("the name is not known")));
        };
        let shown = format!("${name}");
        Ok(match self.scope.environment.map(|it| it.get(&name)) {
            Some(Lookup::Set(fact)) => {
                self.scope.use_fact(&shown, fact);
                Val::of_fact(&shown, fact)
            }
            Some(Lookup::Unset) => Val::Known(Value::Null),
            Some(Lookup::Unmentioned) | None => Val::missing(&shown, unmentioned(&name)),
        })
    }

    fn setting(&mut self, argument: &Expr) -> Result<'a> {
        let Val::Known(Value::Text(name)) = self.eval(argument)? else {
            return Ok(Val::missing("setting", Unknown::because("the name is not known")));
        };
        Ok(match self.scope.settings.and_then(|it| it.get(&name)) {
            Some(fact) => {
                self.scope.use_fact(&name, fact);
                Val::of_fact(&name, fact)
            }
            None => {
                let reason = format!("the server has no setting `{name}`");
                Val::missing(&name, Unknown::because(reason))
            }
        })
    }

    /// `list.exists(x, …)` and its kin.
    fn over_list(&mut self, id: functions::FunctionId, arguments: &[Expr]) -> Result<'a> {
        use functions::FunctionId as F;
        let [list, name, body] = arguments else {
            return Ok(Val::Known(Value::Null));
        };
        let list = self.eval(list)?;
        let Some(items) = list.items().or_else(|| list.keys()) else {
            return Ok(if list.is_null() { empty(id) } else { Val::unknown_of(&[&list]) });
        };
        let ExprKind::Name(name) = &name.kind else { return Ok(Val::Known(Value::Null)) };
        let (mut kept, mut undecided): (Vec<Val<'a>>, Vec<Val<'a>>) = Default::default();
        self.scope.charge(items.iter().map(Val::weight).sum(), body)?;
        for item in items {
            self.locals.push((name.clone(), item.clone()));
            let result = self.eval(body);
            self.locals.pop();
            let result = result?;
            match (id, result.truth()) {
                (F::Map, _) => kept.push(result),
                (F::Exists, Some(true)) => return Ok(Val::bool(true)),
                (F::All, Some(false)) => return Ok(Val::bool(false)),
                (F::Filter, Some(true)) => kept.push(item),
                (_, Some(_)) => {}
                (_, None) => undecided.push(result),
            }
        }
        if !undecided.is_empty() {
            return Ok(Val::unknown_of(&undecided.iter().collect::<Vec<_>>()));
        }
        Ok(match id {
            F::Exists => Val::bool(false),
            F::All => Val::bool(true),
            _ => Val::List(kept),
        })
    }
}

fn empty<'a>(id: functions::FunctionId) -> Val<'a> {
    use functions::FunctionId as F;
    match id {
        F::Exists => Val::bool(false),
        F::All => Val::bool(true),
        _ => Val::List(Vec::new()),
    }
}
