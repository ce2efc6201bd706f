//! Calls: functions that look at the scope, functions over lists, and the plain ones.

use std::borrow::Cow;
use std::sync::Arc;

use crate::expression::call;
use crate::expression::combine::{Computed, Operand, all, any, each, map};
use crate::expression::known::absent;
use crate::expression::value::{Val, Wanted, text_weight};
use crate::fact::{OriginKind, State, Value};
use crate::project::{Lookup, unmentioned};
use crate::spelling::Asked;
use crate::vocabulary;
use opslint_expression::{Expr, ExprKind};

use super::{Eval, EvalError, Result};

impl<'a> Eval<'_, 'a> {
    pub(super) fn call(&mut self, expr: &Expr, name: &str, arguments: &[Expr]) -> Result<'a> {
        let Some(function) = opslint_expression::function(name) else {
            return Ok(Val::NotApplicable);
        };
        use opslint_expression::FunctionId as F;
        match function.id {
            F::Has => self.has(&arguments[0]),
            F::Known => self.known(&arguments[0]),
            F::Certain => self.certain(&arguments[0]),
            F::Written => self.written(&arguments[0]),
            F::Env => self.env(&arguments[0]),
            F::Setting => self.setting(&arguments[0]),
            F::Option => self.option(arguments),
            F::Exists | F::All | F::Filter | F::Map => self.over_list(function.id, arguments),
            id => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(self.eval(argument)?);
                }
                // Joining is the one function whose result may be much larger than its operands.
                if let (F::Join, [list, between]) = (id, values.as_slice()) {
                    let count = list.items().map_or(0, |it| it.len());
                    let each = list.weight() + count.saturating_mul(between.weight());
                    self.scope.charge(count.saturating_mul(each) / 4, expr)?;
                }
                let pattern = match id {
                    F::Matches => self.compiled.patterns.get(&expr.range.start),
                    _ => None,
                };
                call::call(id, &values, pattern)
                    .map_err(|message| EvalError { message, range: expr.range.clone() })
            }
        }
    }

    /// Whether a value is set: null and absent are not, unknown is unknown.
    fn has(&mut self, argument: &Expr) -> Result<'a> {
        // Of a fact that is told without a copy of it.
        if let ExprKind::Fact(id) = argument.kind
            && let Some(fact) = self.scope.own(id)
            && let State::Known(value) = &fact.state
        {
            self.scope.use_fact(id.name(), fact);
            self.scope.charge(1, argument)?;
            return Ok(Val::bool(*value != Value::Null));
        }
        Ok(match self.eval(argument)? {
            Val::NotApplicable => Val::bool(false),
            Val::List(_) => Val::bool(true),
            value => {
                map(&value, |it| Some(Computed::bool(!matches!(it, Operand::Is(Value::Null)))))
            }
        })
    }

    /// Whether something is known of a value. Of a fact that is told without a copy of it.
    fn known(&mut self, argument: &Expr) -> Result<'a> {
        let ExprKind::Fact(id) = argument.kind else {
            return Ok(Val::bool(is_known(&self.eval(argument)?)));
        };
        let fact = self.scope.own(id);
        if let Some(fact) = fact {
            self.scope.use_fact(id.name(), fact);
        }
        self.scope.charge(1, argument)?;
        Ok(Val::bool(fact.is_some_and(|it| !matches!(it.state, State::Unknown(_)))))
    }

    /// Whether a file says each value that takes part, and no default or platform.
    fn written(&mut self, argument: &Expr) -> Result<'a> {
        let before = self.scope.used.take();
        let value = self.eval(argument);
        let own = self.scope.used.replace(before);
        let is_written = |it: OriginKind| matches!(it, OriginKind::Written | OriginKind::Env);
        let all = !own.is_empty() && own.iter().all(|(_, it)| is_written(it.origin.kind));
        own.into_iter().for_each(|(name, fact)| self.scope.use_fact(name, fact));
        Ok(Val::bool(is_known(&value?) && all))
    }

    /// Whether a value is known and nothing that it was made of was taken for granted but the image.
    fn certain(&mut self, argument: &Expr) -> Result<'a> {
        let before = self.scope.used.take();
        let value = self.eval(argument);
        let own = self.scope.used.replace(before);
        let is_assumed = own.iter().any(|(_, fact)| fact.origin.is_assumed_in_code());
        own.into_iter().for_each(|(name, fact)| self.scope.use_fact(name, fact));
        Ok(Val::bool(is_known(&value?) && !is_assumed))
    }

    /// How a value of an option is said where the option stands: as a line of the configuration
    /// file, as a variable, or as a flag. What nobody wrote is said where the other options are.
    fn option(&mut self, arguments: &[Expr]) -> Result<'a> {
        let value = match self.eval(&arguments[1])? {
            Val::Known(value) => value,
            other => return Ok(map(&other, |_| None)),
        };
        let said = self.said(&arguments[0], &value);
        // Without a flag or line, the value is said of the fact.
        let plain = || match &arguments[0].kind {
            ExprKind::Fact(id) => format!("{} = {value}", id.name()),
            _ => value.to_string(),
        };
        Ok(Val::Known(Value::Text(said.unwrap_or_else(plain))))
    }

    fn said(&self, option: &Expr, value: &Value) -> Option<String> {
        let asked = match &option.kind {
            ExprKind::Fact(id) => Asked::Fact(*id),
            ExprKind::Call { name, arguments, .. } if name == "setting" => {
                match &arguments.first()?.kind {
                    ExprKind::Text(name) => Asked::Setting(name),
                    _ => return None,
                }
            }
            _ => return None,
        };
        let server = self.scope.own(vocabulary::SERVER)?.text()?;
        let fact = self.scope.fact(option);
        let at = fact.and_then(|it| it.origin.span);
        // A variable such as `GUNICORN_CMD_ARGS` holds options, and is none itself.
        let now = fact.and_then(|it| it.value()).map(ToString::to_string);
        if let Some((name, _)) = at.and_then(|at| {
            let mut all = self.scope.environment?.iter();
            all.find(|(_, it)| it.origin.span == Some(at) && it.text() == now.as_deref())
        }) {
            return Some(format!("{name}={value}"));
        }
        let file = self.scope.own(vocabulary::CONFIG_FILE);
        let file = file.and_then(|it| Some((it.origin.span?.file, it.text()?)));
        match file.filter(|(file, _)| at.is_none_or(|at| at.file == *file)) {
            Some((_, path)) => (self.scope.spell)(server, Some(path), asked, value),
            None => (self.scope.spell)(server, None, asked, value),
        }
    }

    fn env(&mut self, argument: &Expr) -> Result<'a> {
        let name = match self.name_of(argument)? {
            Ok(name) => name,
            Err(other) => return Ok(map(&other, |_| None)),
        };
        let wanted = || Wanted::Variable(name.as_ref().to_owned());
        Ok(match self.scope.environment.map(|it| it.get(&name)) {
            Some(Lookup::Set(fact)) => {
                let wanted = wanted();
                let shared = self.scope.environment.and_then(|it| it.get_shared(&name));
                shared.into_iter().for_each(|it| self.scope.use_fact(wanted.name(), it));
                Val::of_fact(&wanted, fact)
            }
            Some(Lookup::Unset) => Val::Known(Value::Null),
            Some(Lookup::Unmentioned) => Val::missing(wanted(), unmentioned(&name)),
            None => Val::NotApplicable,
        })
    }

    fn setting(&mut self, argument: &Expr) -> Result<'a> {
        let name = match self.name_of(argument)? {
            Ok(name) => name,
            Err(other) => return Ok(map(&other, |_| None)),
        };
        if let Some(fact) = self.scope.settings.and_then(|it| it.get_shared(&name)) {
            let name = name.into_owned();
            // A setting may be called as a fact is, and is another value then.
            let mut used = self.scope.used.borrow_mut();
            if !used.iter().any(|(it, known)| *it == name && Arc::ptr_eq(known, fact)) {
                used.push((Cow::Owned(name.clone()), fact));
            }
            drop(used);
            return Ok(Val::of_fact(&Wanted::Setting(name), fact));
        }
        Ok(self.scope.facts.map_or(Val::NotApplicable, |it| {
            let absence = it.absence_of_setting(&name);
            absent(Wanted::Setting(name.into_owned()), absence)
        }))
    }

    /// The name of a variable or setting, which most rules write as it is; what else it works out to
    /// where that is no plain text.
    fn name_of<'e>(
        &mut self,
        argument: &'e Expr,
    ) -> std::result::Result<std::result::Result<Cow<'e, str>, Val<'a>>, EvalError> {
        if let ExprKind::Text(name) = &argument.kind {
            self.scope.charge(text_weight(name), argument)?;
            return Ok(Ok(Cow::Borrowed(name)));
        }
        Ok(match self.eval(argument)? {
            Val::Known(Value::Text(name)) => Ok(Cow::Owned(name)),
            other => Err(other),
        })
    }

    /// `list.exists(x, …)` and its kin.
    fn over_list(&mut self, id: opslint_expression::FunctionId, arguments: &[Expr]) -> Result<'a> {
        let [list, name, body] = arguments else {
            return Ok(Val::Known(Value::Null));
        };
        let list = self.eval(list)?;
        if !matches!(list, Val::OneOf(..)) {
            return self.over_elements(id, &list, name, body);
        }
        // A mistake with one candidate is not certain.
        Ok(each(&list, |it| {
            self.over_elements(id, it, name, body).unwrap_or_else(|_| Val::unknown_of([&list]))
        }))
    }

    fn over_elements(
        &mut self,
        id: opslint_expression::FunctionId,
        list: &Val<'a>,
        name: &Expr,
        body: &Expr,
    ) -> Result<'a> {
        use opslint_expression::FunctionId as F;
        let items = match list.items().or_else(|| list.keys()) {
            Some(items) => items,
            None if list.is_null() => Vec::new(),
            None => return Ok(map(list, |_| None)),
        };
        let ExprKind::Name(name) = &name.kind else { return Ok(Val::NotApplicable) };
        self.scope.charge(items.iter().map(Val::weight).sum(), body)?;
        let mut results = Vec::with_capacity(items.len());
        for item in &items {
            self.locals.push((name.clone(), item.clone()));
            let result = if id == F::Map { self.eval(body) } else { self.condition(body) };
            self.locals.pop();
            let result = result?;
            let settles = result.truth().is_some_and(|it| it == (id == F::Exists));
            results.push(result);
            if settles && matches!(id, F::Exists | F::All) {
                break;
            }
        }
        Ok(match id {
            F::Exists => any(results),
            F::All => all(results),
            F::Map => Val::List(results),
            _ if results.iter().any(Val::is_open) => Val::unknown_of(&results),
            _ => {
                let kept = items.into_iter().zip(results);
                Val::List(kept.filter(|(_, it)| it.truth() == Some(true)).map(|it| it.0).collect())
            }
        })
    }
}

/// Whether something is known of a value, of each of its elements if it is a list.
fn is_known(value: &Val<'_>) -> bool {
    match value {
        Val::Unknown(_) | Val::NotApplicable => false,
        Val::List(items) => items.iter().all(is_known),
        _ => true,
    }
}
