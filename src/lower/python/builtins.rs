//! Built-in functions.

use ruff_text_size::TextRange;

use crate::fact::Unknown;

use super::call::{Arguments, unknown_of};
use super::compare::total_order;
use super::containers::{LEN_MAX, sorted};
use super::convert;
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::numbers::{Number, too_large};
use super::raise::{Error, Evaluated, Outcome, is_exception};
use super::render::{format_value, repr};
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// Names that Python defines in every module, exceptions aside.
const NAMES: [&str; 76] = [
    "abs",
    "aiter",
    "all",
    "anext",
    "any",
    "ascii",
    "bin",
    "bool",
    "breakpoint",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "compile",
    "complex",
    "copyright",
    "credits",
    "delattr",
    "dict",
    "dir",
    "divmod",
    "enumerate",
    "eval",
    "exec",
    "exit",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "help",
    "hex",
    "id",
    "input",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "license",
    "list",
    "locals",
    "map",
    "max",
    "memoryview",
    "min",
    "next",
    "object",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "property",
    "quit",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
    "__import__",
];

/// Whether Python knows a name without any import.
pub(super) fn is_builtin(name: &str) -> bool {
    const CONSTANTS: [&str; 11] = [
        "Ellipsis",
        "NotImplemented",
        "__debug__",
        "__builtins__",
        "__annotations__",
        "__build_class__",
        "BaseExceptionGroup",
        "ExceptionGroup",
        "EnvironmentError",
        "IOError",
        "__cached__",
    ];
    // Every exception and warning class ends like this; the rarer ones are not in our table.
    let class = name.chars().next().is_some_and(char::is_uppercase)
        && (name.ends_with("Error") || name.ends_with("Warning"));
    NAMES.contains(&name) || CONSTANTS.contains(&name) || is_exception(name) || class
}

impl Evaluator<'_, '_, '_> {
    /// Calls the built-in `name`.
    pub(super) fn call_builtin(
        &mut self,
        name: &str,
        mut arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        match name {
            "print" => return Ok(Traced::new(PyValue::None, Inputs::default())),
            "exit" | "quit" => return self.exit(&inputs, range),
            "exec" | "eval" | "globals" | "locals" | "vars" | "setattr" | "delattr" => {
                let reason = Unknown::because(format!("`{name}` may set any name"));
                self.opaque_call(&arguments, &reason);
                self.forget_all(&reason);
                return Ok(Traced::new(PyValue::Unknown(reason), inputs));
            }
            "map" | "filter" => return self.map_or_filter(name, arguments, inputs, range),
            "sum" | "sorted" | "min" | "max" | "any" | "all" | "list" | "tuple" | "set"
            | "enumerate" | "reversed" | "zip" | "dict" => {
                return self.over_elements(name, arguments, inputs, range);
            }
            "getattr" if arguments.positional.len() == 2 => {
                if let [object, PyValue::Str(attribute)] = arguments.positional.as_slice() {
                    let object = Traced::new(object.clone(), inputs);
                    return self.attribute(object, &attribute.clone(), range);
                }
            }
            "len" => {
                if matches!(arguments.positional.as_slice(), [PyValue::Native(it)] if it == "cpu set")
                {
                    return Ok(self.cpu_count());
                }
            }
            _ => {}
        }
        let named = match name {
            "int" => arguments.take("base"),
            "round" => arguments.take("ndigits"),
            _ => None,
        };
        arguments.positional.extend(named);
        if !arguments.keywords.is_empty() {
            return Ok(Traced::new(self.opaque_call(&arguments, &not_seen()).value, inputs));
        }
        match plain_builtin(name, &arguments.positional) {
            Some(outcome) => self.settle(outcome, inputs, range),
            None => {
                let unknown = arguments.positional.iter().find_map(PyValue::unknown);
                let reason = || Unknown::because(format!("`{name}` is only known at run time"));
                let reason = unknown.unwrap_or_else(reason);
                Ok(Traced::new(self.opaque_call(&arguments, &reason).value, inputs))
            }
        }
    }

    pub(super) fn exit(&mut self, inputs: &Inputs, range: TextRange) -> Evaluated {
        let error = Error::raise("SystemExit", "the program exits here");
        Err(self.raised(error, range, inputs))
    }

    fn map_or_filter(
        &mut self,
        name: &str,
        arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let [function, items] = arguments.positional.as_slice() else {
            return Ok(Traced::new(self.opaque_call(&arguments, &not_seen()).value, inputs));
        };
        let items = Traced::new(items.clone(), inputs.clone());
        let items = match self.iterate(&items, range)? {
            Ok(items) => items,
            Err(unknown) => return Ok(Traced::new(PyValue::Unknown(unknown), inputs)),
        };
        let mut inputs = inputs;
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            let result = match (name, function) {
                ("filter", PyValue::None) => item.clone().into(),
                _ => {
                    let arguments = Arguments::of(vec![item.clone()]);
                    self.call(function, arguments, inputs.clone(), range)?
                }
            };
            inputs.add(&result.inputs);
            match (name, result.value.truth()) {
                ("map", _) => values.push(result.value),
                (_, Some(true)) => values.push(item),
                (_, Some(false)) => {}
                (_, None) => {
                    let unknown = result.value.unknown().unwrap_or_else(not_seen);
                    return Ok(Traced::new(PyValue::Unknown(unknown), inputs));
                }
            }
        }
        Ok(Traced::new(PyValue::iterator(values, name), inputs))
    }

    /// Built-ins that iterate over their arguments.
    fn over_elements(
        &mut self,
        name: &str,
        mut arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let takes_one = !matches!(name, "min" | "max" | "zip");
        let spread = matches!(name, "min" | "max") && arguments.positional.len() > 1;
        let mut lists = Vec::new();
        if spread {
            lists.push(arguments.positional.clone());
        } else if name != "dict" {
            let taken = if takes_one { 1 } else { usize::MAX };
            for value in arguments.positional.iter().take(taken) {
                let value = Traced::new(value.clone(), inputs.clone());
                match self.iterate(&value, range)? {
                    Ok(values) => lists.push(values),
                    Err(unknown) => {
                        // A set without an order still has a size, a least element, and a sorting.
                        match &value.value {
                            PyValue::Set(items)
                                if matches!(
                                    name,
                                    "sorted" | "min" | "max" | "any" | "all" | "set"
                                ) =>
                            {
                                lists.push(items.to_vec());
                            }
                            _ => return Ok(Traced::new(PyValue::Unknown(unknown), inputs)),
                        }
                    }
                }
            }
        }
        self.spend(lists.iter().map(Vec::len).sum());
        let default = arguments.take("default");
        let first = lists.first().cloned().unwrap_or_default();
        let extra = arguments.positional.get(1).cloned();
        let outcome = match name {
            "dict" => return self.make_dict(arguments, inputs, range),
            "enumerate" => {
                let start = arguments.take("start").or(extra).unwrap_or(PyValue::Int(0));
                Ok(enumerated(first, &start))
            }
            "sorted" => {
                let reverse = arguments.take("reverse").map(|it| it.truth());
                match (sorted(&first), reverse, arguments.keywords.is_empty()) {
                    (Err(error), _, true) => Err(error),
                    (Ok(Some(values)), None | Some(Some(false)), true) => Ok(self.list(values)),
                    // Reversing the result would also reverse equal elements: equal and alike only
                    // when no two of them are.
                    (Ok(Some(mut values)), Some(Some(true)), true) if plain(&values) => {
                        values.reverse();
                        Ok(self.list(values))
                    }
                    _ => Ok(unknown_of(&first)),
                }
            }
            _ if !arguments.keywords.is_empty() => Ok(unknown_of(&first)),
            "min" | "max" => extreme(name, &first, default),
            "sum" => return self.sum(first, extra, inputs, range),
            "any" | "all" => Ok(any_all(name, &first)),
            "list" => Ok(self.list(first)),
            "tuple" => Ok(PyValue::tuple(first)),
            "set" => {
                let value = self.set_of(&first, range, &inputs)?;
                Ok(value)
            }
            "reversed" => Ok(PyValue::iterator(first.into_iter().rev().collect(), name)),
            _ => {
                let len = lists.iter().map(Vec::len).min().unwrap_or(0);
                let row =
                    |idx: usize| PyValue::tuple(lists.iter().map(|it| it[idx].clone()).collect());
                Ok(PyValue::iterator((0..len).map(row).collect(), name))
            }
        };
        self.settle(outcome, inputs, range)
    }

    fn make_dict(
        &mut self,
        arguments: Arguments,
        mut inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let mut entries = Vec::new();
        let mut decided = true;
        match arguments.positional.as_slice() {
            [] => {}
            [PyValue::Dict(it)] => entries = it.to_vec(),
            [other] => {
                let other = Traced::new(other.clone(), inputs.clone());
                inputs.add(&other.inputs);
                match self.iterate(&other, range)? {
                    Ok(rows) => {
                        for row in rows {
                            match row.elements() {
                                Some([key, value]) => {
                                    decided &= super::containers::insert_entry(
                                        &mut entries,
                                        key,
                                        value.clone(),
                                    );
                                }
                                _ => decided = false,
                            }
                        }
                    }
                    Err(_) => decided = false,
                }
            }
            _ => decided = false,
        }
        for (key, value) in arguments.keywords {
            decided &= super::containers::insert_entry(&mut entries, &PyValue::Str(key), value);
        }
        let value = if decided { self.dict(entries) } else { PyValue::Unknown(not_seen()) };
        Ok(Traced::new(value, inputs))
    }

    fn sum(
        &mut self,
        values: Vec<PyValue>,
        start: Option<PyValue>,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        // Python 3.12 adds floats with compensation, older versions do not.
        let floats = values.iter().filter(|it| matches!(it, PyValue::Float(_))).count();
        if floats > 2 {
            let value = PyValue::because("the sum of floats differs between Python versions");
            return Ok(Traced::new(value, inputs));
        }
        let mut total = Traced::new(start.unwrap_or(PyValue::Int(0)), inputs);
        if matches!(total.value, PyValue::Str(_)) {
            let error = Error::type_error("sum() cannot sum texts");
            return Err(self.raised(error, range, &total.inputs));
        }
        for value in values {
            total = self.binary(ruff_python_ast::Operator::Add, total, value.into(), range)?;
        }
        Ok(total)
    }
}

/// Built-ins that need nothing but their arguments. `None` for one that is beyond us.
fn plain_builtin(name: &str, args: &[PyValue]) -> Option<Outcome> {
    Some(match (name, args) {
        ("int", []) => Ok(PyValue::Int(0)),
        ("int", [value]) => convert::int(value, None),
        ("int", [value, base]) => convert::int(value, Some(base)),
        ("float", []) => Ok(PyValue::Float(0.0)),
        ("float", [value]) => convert::float(value),
        ("bool", []) => Ok(PyValue::Bool(false)),
        ("bool", [value]) => Ok(match value.truth() {
            Some(truth) => PyValue::Bool(truth),
            None => PyValue::Unknown(value.unknown().unwrap_or_else(not_seen)),
        }),
        ("str", []) => Ok(PyValue::text("")),
        ("str", [value @ PyValue::Pattern(_)]) => Ok(value.clone()),
        ("str" | "format", [value]) => match format_value(value, "") {
            Ok(Some(text)) => Ok(PyValue::Str(text)),
            _ => Ok(PyValue::some_text(value.unknown().unwrap_or_else(not_seen))),
        },
        ("format", [value, PyValue::Str(spec)]) => match format_value(value, spec) {
            Ok(Some(text)) => Ok(PyValue::Str(text)),
            Ok(None) => Ok(PyValue::some_text(value.unknown().unwrap_or_else(not_seen))),
            Err(error) => Err(error),
        },
        ("repr", [value]) => Ok(match repr(value) {
            Some(text) => PyValue::Str(text),
            None => PyValue::some_text(value.unknown().unwrap_or_else(not_seen)),
        }),
        ("round", [value]) => convert::round(value, None),
        ("round", [value, digits]) => convert::round(value, Some(digits)),
        ("abs", [value]) => absolute(value)?,
        ("len", [value]) => length(value)?,
        ("range", [_] | [_, _] | [_, _, _]) => range_of(args)?,
        ("isinstance", [value, classes]) => Ok(match is_instance(value, classes) {
            Some(decided) => PyValue::Bool(decided),
            None => PyValue::Unknown(value.unknown().unwrap_or_else(not_seen)),
        }),
        ("callable", [PyValue::Function(_) | PyValue::Class(_)]) => Ok(PyValue::Bool(true)),
        ("callable", [value]) if value.type_name().is_some() => Ok(PyValue::Bool(false)),
        ("ord", [PyValue::Str(text)]) if text.chars().count() == 1 => {
            Ok(PyValue::Int(text.chars().next().map_or(0, |it| i64::from(u32::from(it)))))
        }
        ("chr", [PyValue::Int(code)]) => {
            let found = u32::try_from(*code).ok().and_then(char::from_u32)?;
            Ok(PyValue::text(found))
        }
        ("divmod", [left, right]) => divmod(left, right)?,
        ("pow", [left, right]) => {
            let (left, right) = (Number::of(left)?, Number::of(right)?);
            super::numbers::arithmetic(ruff_python_ast::Operator::Pow, left, right)
        }
        ("hex" | "oct" | "bin", [PyValue::Int(value)]) => {
            let spec = match name {
                "hex" => "#x",
                "oct" => "#o",
                _ => "#b",
            };
            match format_value(&PyValue::Int(*value), spec) {
                Ok(Some(text)) => Ok(PyValue::Str(text)),
                _ => return None,
            }
        }
        _ => return None,
    })
}

fn plain(values: &[PyValue]) -> bool {
    values.iter().all(|it| matches!(it, PyValue::Int(_) | PyValue::Str(_)))
}

fn enumerated(values: Vec<PyValue>, start: &PyValue) -> PyValue {
    let PyValue::Int(start) = start else { return unknown_of(std::slice::from_ref(start)) };
    let row = |(idx, value): (usize, PyValue)| {
        PyValue::tuple(vec![PyValue::Int(start.saturating_add(idx as i64)), value])
    };
    PyValue::iterator(values.into_iter().enumerate().map(row).collect(), "enumerate")
}

/// The first least or greatest element; bounds when some elements are only known by theirs.
fn extreme(name: &str, values: &[PyValue], default: Option<PyValue>) -> Outcome {
    let Some(first) = values.first() else {
        return match default {
            Some(default) => Ok(default),
            None => Err(Error::raise("ValueError", format!("{name}() of nothing"))),
        };
    };
    if values.iter().any(|it| matches!(it, PyValue::Range { .. })) {
        let Some(bounds) = values.iter().map(PyValue::bounds).collect::<Option<Vec<_>>>() else {
            return Ok(unknown_of(values));
        };
        // A bool among them may be the result.
        if values.iter().any(|it| matches!(it, PyValue::Bool(_))) {
            return Ok(unknown_of(values));
        }
        let is_int = bounds.iter().all(|(_, _, is_int)| *is_int);
        let pick = if name == "min" { f64::min } else { f64::max };
        let low = bounds.iter().map(|it| it.0).reduce(pick).unwrap_or_default();
        let high = bounds.iter().map(|it| it.1).reduce(pick).unwrap_or_default();
        return Ok(PyValue::range(low, high, is_int));
    }
    let mut best = first;
    for value in &values[1..] {
        let order = match name {
            "min" => total_order(value, best)?,
            _ => total_order(best, value)?,
        };
        match order {
            Some(std::cmp::Ordering::Less) => best = value,
            Some(_) => {}
            None => return Ok(unknown_of(values)),
        }
    }
    Ok(best.clone())
}

fn any_all(name: &str, values: &[PyValue]) -> PyValue {
    let stops = name == "any";
    let mut unknown = None;
    for value in values {
        match value.truth() {
            Some(truth) if truth == stops => {
                return match unknown {
                    // An earlier element may stop it as well: to the same end.
                    Some(_) | None => PyValue::Bool(stops),
                };
            }
            Some(_) => {}
            None => unknown = Some(value.unknown().unwrap_or_else(not_seen)),
        }
    }
    unknown.map_or(PyValue::Bool(!stops), PyValue::Unknown)
}

fn absolute(value: &PyValue) -> Option<Outcome> {
    Some(match (value, Number::of(value)) {
        (_, Some(Number::Int(value))) => {
            Ok(value.checked_abs().map_or_else(too_large, PyValue::Int))
        }
        (_, Some(Number::Float(value))) => Ok(PyValue::Float(value.abs())),
        (PyValue::Range { min, max, is_int }, _) => {
            let low = if *min <= 0.0 && *max >= 0.0 { 0.0 } else { min.abs().min(max.abs()) };
            Ok(PyValue::range(low, min.abs().max(max.abs()), *is_int))
        }
        (PyValue::Str(_) | PyValue::None | PyValue::List(_), _) => {
            Err(Error::type_error("abs() takes a number"))
        }
        _ => return None,
    })
}

fn length(value: &PyValue) -> Option<Outcome> {
    let len = match value {
        PyValue::Str(text) => text.chars().count(),
        PyValue::List(items) | PyValue::Set(items) => items.len(),
        PyValue::Tuple(items) => items.len(),
        PyValue::Dict(entries) => entries.len(),
        PyValue::None | PyValue::Bool(_) | PyValue::Int(_) | PyValue::Float(_) => {
            return Some(Err(Error::type_error("the value has no len()")));
        }
        PyValue::Method(method)
            if matches!(
                method.1.as_str(),
                "iter range" | "iter keys" | "iter values" | "iter items"
            ) =>
        {
            value.iterated()?.len()
        }
        _ => return None,
    };
    Some(i64::try_from(len).map(PyValue::Int).map_err(|_| Error::raise("OverflowError", "")))
}

fn range_of(args: &[PyValue]) -> Option<Outcome> {
    let mut bounds = Vec::new();
    for arg in args {
        match arg {
            PyValue::Int(value) => bounds.push(*value),
            PyValue::Bool(value) => bounds.push(i64::from(*value)),
            PyValue::Float(_) | PyValue::Str(_) | PyValue::None => {
                return Some(Err(Error::type_error("range() takes integers")));
            }
            _ => return None,
        }
    }
    let (start, stop, step) = match bounds.as_slice() {
        [stop] => (0, *stop, 1),
        [start, stop] => (*start, *stop, 1),
        [start, stop, step] => (*start, *stop, *step),
        _ => return None,
    };
    if step == 0 {
        return Some(Err(Error::raise("ValueError", "range() arg 3 must not be zero")));
    }
    let mut values = Vec::new();
    let mut at = start;
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        if values.len() > LEN_MAX {
            return None;
        }
        values.push(PyValue::Int(at));
        at = at.checked_add(step)?;
    }
    Some(Ok(PyValue::iterator(values, "range")))
}

fn is_instance(value: &PyValue, classes: &PyValue) -> Option<bool> {
    if let PyValue::Tuple(classes) = classes {
        let decisions: Vec<_> = classes.iter().map(|it| is_instance(value, it)).collect();
        if decisions.contains(&Some(true)) {
            return Some(true);
        }
        return if decisions.contains(&None) { None } else { Some(false) };
    }
    let PyValue::Native(class) = classes else { return None };
    let class = class.strip_prefix("builtins.")?;
    let name = value.type_name()?;
    const DECIDED: [&str; 9] =
        ["bool", "int", "float", "str", "list", "tuple", "dict", "set", "bytes"];
    match class {
        "object" => Some(true),
        _ if !DECIDED.contains(&class) => None,
        "int" => Some(name == "int" || name == "bool"),
        _ => Some(name == class),
    }
}

fn divmod(left: &PyValue, right: &PyValue) -> Option<Outcome> {
    use ruff_python_ast::Operator;
    let (left, right) = (Number::of(left)?, Number::of(right)?);
    let quotient = match super::numbers::arithmetic(Operator::FloorDiv, left, right) {
        Ok(value) => value,
        Err(error) => return Some(Err(error)),
    };
    let remainder = super::numbers::arithmetic(Operator::Mod, left, right);
    Some(remainder.map(|it| PyValue::tuple(vec![quotient, it])))
}
