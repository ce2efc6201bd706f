//! typer: the parameters of a function are those of the command.

use ruff_python_ast::{self as ast, Expr};

use std::sync::Arc;

use super::super::call::Arguments;
use super::super::calls::dotted;
use super::super::evaluator::Evaluator;
use super::super::names::{Callable, callable_at};
use super::super::raise::Evaluated;
use super::super::storage::Held;
use super::super::trace::Inputs;
use super::super::value::PyValue;
use super::Program;
use super::parameter::{Given, Kind, Parameter, declared, variables};

/// What `typer.Option` and `typer.Argument` say of a parameter.
struct Info {
    is_option: bool,
    arguments: Arguments,
    inputs: Inputs,
}

impl Evaluator<'_, '_, '_> {
    /// Adds the parameters of a function, wherever it is written.
    pub(super) fn of_function(&mut self, program: &mut Program, function: &Held) -> Evaluated<()> {
        let parsed = Arc::clone(&self.units[function.unit].parsed);
        let Some(Callable::Function(stmt)) = callable_at(parsed.suite(), function.offset) else {
            program.is_open = true;
            return Ok(());
        };
        let unit = std::mem::replace(&mut self.unit, function.unit);
        let done = self.of_signature(program, stmt);
        self.unit = unit;
        done
    }

    /// Adds the parameters of a function.
    pub(super) fn of_signature(
        &mut self,
        program: &mut Program,
        stmt: &ast::StmtFunctionDef,
    ) -> Evaluated<()> {
        let parameters = &stmt.parameters;
        program.is_open |= parameters.vararg.is_some() || parameters.kwarg.is_some();
        for it in parameters.iter_non_variadic_params() {
            let name = it.parameter.name.as_str();
            let annotation = it.parameter.annotation.as_deref();
            if annotation.is_some_and(is_context) {
                // It is the first, as everybody writes it.
                program.is_open |= program.takes_context || !program.parameters.is_empty();
                program.takes_context = true;
                continue;
            }
            match self.of_parameter(name, annotation, it.default.as_deref())? {
                Some(parameter) => program.parameters.push(parameter),
                None => program.is_open = true,
            }
        }
        Ok(())
    }

    /// A parameter by its annotation and default. `None` where it is not followed.
    fn of_parameter(
        &mut self,
        name: &str,
        annotation: Option<&Expr>,
        default: Option<&Expr>,
    ) -> Evaluated<Option<Parameter>> {
        let (kind, of_annotation) = match annotation {
            Some(Expr::Subscript(it)) if last(&it.value) == Some("Annotated") => {
                let Expr::Tuple(parts) = &*it.slice else { return Ok(None) };
                let mut info = None;
                for part in parts.elts.iter().skip(1) {
                    info = self.info(part)?.or(info);
                }
                (parts.elts.first().map_or(Kind::Open, kind), info)
            }
            Some(other) => (kind(other), None),
            // Without an annotation it is a text.
            None => (Kind::Text, None),
        };
        let of_default = match default {
            Some(it) => self.info(it)?,
            None => None,
        };
        let (mut value, mut inputs) = (None, Inputs::default());
        if let (Some(it), None) = (default, &of_default) {
            let made = self.eval(it)?;
            inputs.add(&made.inputs);
            value = Some(made.value);
        }
        let is_of_default = of_default.is_some();
        let info = of_default.or(of_annotation);
        let mut names: &[PyValue] = &[];
        let mut found = (None, Vec::new());
        if let Some(it) = &info {
            inputs.add(&it.inputs);
            names = &it.arguments.positional;
            // Behind `=`, the first argument is the default; in `Annotated` there is none.
            if is_of_default {
                let given = names.first().or_else(|| it.arguments.keyword("default"));
                value = given.filter(|it| !is_ellipsis(it)).cloned();
                names = names.get(1..).unwrap_or_default();
            }
            let is_given = |key: &str| {
                !matches!(
                    it.arguments.keyword(key),
                    None | Some(PyValue::None | PyValue::Bool(false))
                )
            };
            let is_open = ["callback", "parser", "click_type", "prompt", "is_eager", "count"];
            if it.arguments.hidden.is_some() || is_open.into_iter().any(is_given) {
                return Ok(None);
            }
            found.0 = it.arguments.keyword("default_factory").cloned();
            let Some(of) = variables(it.arguments.keyword("envvar")) else { return Ok(None) };
            found.1 = of;
        }
        let (factory, variables) = found;
        let default = match (factory, value) {
            (Some(it @ PyValue::Function(_)), _) => Given::Call(it),
            (Some(_), _) => return Ok(None),
            (None, Some(it @ PyValue::Function(_))) => Given::Call(it),
            (None, Some(it)) => Given::Value(it),
            (None, None) => Given::Required,
        };
        let Some((_, mut flags, mut off)) = declared(names) else { return Ok(None) };
        // Without a default, a parameter is an operand.
        let is_option = match &info {
            Some(it) => it.is_option,
            None => !matches!(default, Given::Required),
        };
        let is_flag = kind == Kind::Bool && is_option;
        if is_option && flags.is_empty() {
            let long = name.replace('_', "-").to_lowercase();
            if is_flag {
                off.push(format!("--no-{long}"));
            }
            flags.push(format!("--{long}"));
        }
        let kind = if is_flag { Kind::Flag } else { kind };
        Ok(Some(Parameter { name: name.to_owned(), flags, off, kind, default, variables, inputs }))
    }

    /// What an expression says of a parameter, where it is `typer.Option(…)` or `typer.Argument(…)`.
    fn info(&mut self, expression: &Expr) -> Evaluated<Option<Info>> {
        let Expr::Call(call) = expression else { return Ok(None) };
        let callee = self.eval(&call.func)?;
        let is_option = match dotted(&callee.value, &call.func).as_deref() {
            Some("typer.Option" | "typer.params.Option") => true,
            Some("typer.Argument" | "typer.params.Argument") => false,
            _ => return Ok(None),
        };
        let (arguments, inputs) = self.eval_arguments(&call.arguments)?;
        Ok(Some(Info { is_option, arguments, inputs }))
    }
}

fn is_ellipsis(value: &PyValue) -> bool {
    matches!(value, PyValue::Native(name) if name.ends_with("Ellipsis"))
        || matches!(value, PyValue::Unknown(_)) && value.type_name() == Some("ellipsis")
}

/// The last name of an expression: `Annotated` of `typing.Annotated`.
fn last(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Name(it) => Some(it.id.as_str()),
        Expr::Attribute(it) => Some(it.attr.as_str()),
        _ => None,
    }
}

fn is_context(annotation: &Expr) -> bool {
    last(annotation) == Some("Context")
}

/// What words become by an annotation: `int`, `Optional[int]`, `int | None`.
fn kind(annotation: &Expr) -> Kind {
    match annotation {
        Expr::Subscript(it) if last(&it.value) == Some("Optional") => kind(&it.slice),
        Expr::BinOp(it) if it.right.is_none_literal_expr() => kind(&it.left),
        Expr::BinOp(it) if it.left.is_none_literal_expr() => kind(&it.right),
        other => last(other).map_or(Kind::Open, Kind::of_name),
    }
}
