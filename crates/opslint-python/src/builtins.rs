//! Built-in functions.

use ruff_text_size::TextRange;

use super::call::{Arguments, unknown_of};
use super::containers::enter;
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::kinds::Kinds;
use super::raise::{Error, Evaluated, is_exception};
use super::scalars::{any_all, enumerated, extreme, plain_builtin};
use super::storage::Opaque;
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
            "open" => {
                self.may_raise("*");
                return Ok(Traced::new(self.heap.native(super::library::FILE), inputs));
            }
            "globals" | "locals" | "vars" | "setattr" | "delattr" | "exec" | "eval"
            | "__import__" => return self.call_reflective(name, arguments, inputs, range),
            "map" | "filter" => return self.map_or_filter(name, arguments, inputs, range),
            "sum" | "sorted" | "min" | "max" | "any" | "all" | "list" | "tuple" | "set"
            | "enumerate" | "reversed" | "zip" | "dict" => {
                return self.over_elements(name, arguments, inputs, range);
            }
            "getattr" | "hasattr" => {
                if let [object, PyValue::Str(attribute), default @ ..] =
                    arguments.positional.as_slice()
                {
                    let is_there = object
                        .type_name()
                        .is_some_and(|it| super::attributes::has(it, attribute) == Some(true));
                    if name == "hasattr" && is_there {
                        return Ok(Traced::new(PyValue::Bool(true), inputs));
                    }
                    let object = Traced::new(object.clone(), inputs.clone());
                    let found = self.attribute(object, &attribute.clone(), range);
                    return self.found_attribute(name, found, default, inputs);
                }
            }
            "iter" => {
                if let [value] = arguments.positional.as_slice() {
                    let value = Traced::new(value.clone(), inputs.clone());
                    let made = match self.iterate(&value, range)? {
                        Ok(values) => self.heap.iterator(values, "iter"),
                        Err(unknown) => PyValue::Unknown(unknown),
                    };
                    return Ok(Traced::new(made, inputs));
                }
            }
            "dict.fromkeys" if arguments.keywords.is_empty() => {
                if let [keys, value @ ..] = arguments.positional.as_slice() {
                    let value = value.first().cloned().unwrap_or(PyValue::None);
                    let keys = Traced::new(keys.clone(), inputs.clone());
                    let made = match self.iterate(&keys, range)? {
                        Ok(keys) => {
                            let mut entries = Vec::new();
                            let mut decided = true;
                            for key in &keys {
                                let entered = enter(&self.heap, &mut entries, key, value.clone());
                                decided &= entered.map_err(|it| self.raised(it, range, &inputs))?;
                            }
                            match decided {
                                true => self.heap.dict(entries),
                                false => unknown_of(&keys),
                            }
                        }
                        Err(unknown) => PyValue::Unknown(unknown),
                    };
                    return Ok(Traced::new(made, inputs));
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
        let is_known = arguments.positional.iter().all(PyValue::is_known);
        if name == "format" && arguments.positional.len() > 1 && !is_known {
            // Not every value can be printed in every format.
            self.may_raise("*");
        }
        match plain_builtin(&self.heap, name, &arguments.positional) {
            Some(outcome) => self.settle(outcome, inputs, range),
            None => {
                let unknown = arguments.positional.iter().find_map(PyValue::unknown);
                let reason = || Opaque::because(format!("`{name}` is only known at run time"));
                let reason = unknown.unwrap_or_else(reason);
                self.may_raise("*");
                if is_mutating(name) {
                    self.opaque_call(&arguments, &reason);
                }
                Ok(Traced::new(PyValue::Unknown(reason), inputs))
            }
        }
    }

    /// `getattr` and `hasattr`, once it is known what the attribute is.
    fn found_attribute(
        &mut self,
        name: &str,
        found: Evaluated,
        default: &[PyValue],
        inputs: Inputs,
    ) -> Evaluated {
        let is_method = |it: &PyValue| {
            // Whether an object has a method of the name is not asked before it is called.
            matches!(it, PyValue::Method(_) | PyValue::Native(_))
        };
        match (name, found) {
            ("hasattr", Ok(value)) if value.value.is_known() && !is_method(&value.value) => {
                Ok(Traced::new(PyValue::Bool(true), value.inputs))
            }
            ("hasattr", Ok(value)) => {
                let reason = value.value.unknown().unwrap_or_else(not_seen);
                Ok(Traced::new(PyValue::Unknown(reason.may_be(Kinds::BOOL)), value.inputs))
            }
            ("hasattr", Err(raised)) if raised.kind == "AttributeError" => {
                Ok(Traced::new(PyValue::Bool(false), inputs))
            }
            (_, Err(raised)) if raised.kind == "AttributeError" && !default.is_empty() => {
                Ok(Traced::new(default[0].clone(), inputs.with(&raised.inputs)))
            }
            (_, Ok(value)) if !default.is_empty() && is_method(&value.value) => {
                let reason = value.value.unknown().unwrap_or_else(not_seen);
                Ok(Traced::new(PyValue::Unknown(reason), value.inputs))
            }
            (_, found) => found,
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
        Ok(Traced::new(self.heap.iterator(values, name), inputs))
    }

    /// Built-ins that iterate over their arguments.
    fn over_elements(
        &mut self,
        name: &str,
        mut arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let lists = match self.element_lists(name, &arguments, &inputs, range)? {
            Ok(lists) => lists,
            Err(unknown) => return Ok(Traced::new(PyValue::Unknown(unknown), inputs)),
        };
        self.spend(lists.iter().map(Vec::len).sum());
        let default = arguments.take("default");
        let first = lists.first().cloned().unwrap_or_default();
        let extra = arguments.positional.get(1).cloned();
        let outcome = match name {
            "dict" => return self.make_dict(arguments, inputs, range),
            "enumerate" => {
                let start = arguments.take("start").or(extra).unwrap_or(PyValue::Int(0));
                Ok(enumerated(&self.heap, first, &start))
            }
            "sorted" => {
                let has_order = !matches!(arguments.positional.first(), Some(PyValue::Set(_)));
                return self.sort(first, has_order, arguments, inputs, range);
            }
            "min" | "max" if arguments.keywords.iter().any(|(name, _)| name == "key") => {
                return self.extreme_by(name, &first, default, arguments, inputs, range);
            }
            _ if !arguments.keywords.is_empty() => Ok(unknown_of(&first)),
            "min" | "max" => extreme(&self.heap, name, &first, default),
            "sum" => return self.sum(first, extra, inputs, range),
            "any" | "all" => Ok(any_all(name, &first)),
            "list" => Ok(self.heap.list(first)),
            "tuple" => Ok(self.heap.tuple(first)),
            "set" => {
                let value = self.set_of(&first, range, &inputs)?;
                Ok(value)
            }
            "reversed" => Ok(self.heap.iterator(first.into_iter().rev().collect(), name)),
            _ => {
                let len = lists.iter().map(Vec::len).min().unwrap_or(0);
                let row =
                    |idx: usize| self.heap.tuple(lists.iter().map(|it| it[idx].clone()).collect());
                Ok(self.heap.iterator((0..len).map(row).collect(), name))
            }
        };
        self.settle(outcome, inputs, range)
    }

    /// `sorted(values, key=…, reverse=…)`. The elements of a set have no order for equal keys.
    pub(super) fn sort(
        &mut self,
        values: Vec<PyValue>,
        has_order: bool,
        mut arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let key = arguments.take("key").filter(|it| *it != PyValue::None);
        let reverse = arguments.take("reverse").map_or(Some(false), |it| it.truth());
        let (Some(reverse), true) = (reverse, arguments.keywords.is_empty()) else {
            return Ok(Traced::new(unknown_of(&values), inputs));
        };
        if key.is_some() && !has_order && values.len() > 1 {
            return Ok(Traced::new(PyValue::because("a set has no order"), inputs));
        }
        let (keys, inputs) = match key {
            Some(key) => self.keys_of(&key, &values, inputs, range)?,
            None => (values.clone(), inputs),
        };
        let outcome = super::sets::sorted_by(&self.heap, &keys, reverse).map(|order| {
            let taken = order.map(|it| it.into_iter().map(|idx| values[idx].clone()).collect());
            taken.map_or_else(|| unknown_of(&values), |it| self.heap.list(it))
        });
        self.settle(outcome, inputs, range)
    }

    fn keys_of(
        &mut self,
        key: &PyValue,
        values: &[PyValue],
        mut inputs: Inputs,
        range: TextRange,
    ) -> Evaluated<(Vec<PyValue>, Inputs)> {
        let mut keys = Vec::with_capacity(values.len());
        for value in values {
            let arguments = Arguments::of(vec![value.clone()]);
            let made = self.call(key, arguments, inputs.clone(), range)?;
            inputs.add(&made.inputs);
            keys.push(made.value);
        }
        Ok((keys, inputs))
    }

    /// `min(values, key=…)` and `max(values, key=…)`.
    fn extreme_by(
        &mut self,
        name: &str,
        values: &[PyValue],
        default: Option<PyValue>,
        mut arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let key = arguments.take("key").unwrap_or(PyValue::None);
        if values.is_empty() || key == PyValue::None || !arguments.keywords.is_empty() {
            let outcome = match arguments.keywords.is_empty() {
                true => extreme(&self.heap, name, values, default),
                false => Ok(unknown_of(values)),
            };
            return self.settle(outcome, inputs, range);
        }
        if matches!(arguments.positional.first(), Some(PyValue::Set(it)) if it.len() > 1) {
            return Ok(Traced::new(PyValue::because("a set has no order"), inputs));
        }
        let (keys, inputs) = self.keys_of(&key, values, inputs, range)?;
        // The first of equal ones is taken, for either of them.
        let order = super::sets::sorted_by(&self.heap, &keys, name == "max");
        let outcome = order.map(|it| match it.and_then(|it| it.first().copied()) {
            Some(idx) => values[idx].clone(),
            None => unknown_of(values),
        });
        self.settle(outcome, inputs, range)
    }

    /// The elements that such a built-in goes over, for each argument it takes.
    fn element_lists(
        &mut self,
        name: &str,
        arguments: &Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated<Result<Vec<Vec<PyValue>>, Opaque>> {
        let positional = &arguments.positional;
        if matches!(name, "min" | "max") && positional.len() > 1 {
            return Ok(Ok(vec![positional.clone()]));
        }
        let taken = match name {
            "dict" => 0,
            "zip" => usize::MAX,
            _ => 1,
        };
        let mut lists = Vec::new();
        for value in positional.iter().take(taken) {
            let value = Traced::new(value.clone(), inputs.clone());
            let unordered = matches!(name, "sorted" | "min" | "max" | "any" | "all" | "set");
            match (self.iterate(&value, range)?, &value.value) {
                (Ok(values), _) => lists.push(values),
                // A set without an order still has a least element and a sorting.
                (Err(_), PyValue::Set(items)) if unordered => lists.push(items.to_vec()),
                (Err(unknown), _) => return Ok(Err(unknown)),
            }
        }
        Ok(Ok(lists))
    }
}

/// Whether a built-in that is not followed may change what it is given, or call it.
fn is_mutating(name: &str) -> bool {
    const ONLY_READS: [&str; 22] = [
        "ascii",
        "bin",
        "bytes",
        "callable",
        "chr",
        "dir",
        "format",
        "frozenset",
        "getattr",
        "hasattr",
        "hash",
        "hex",
        "id",
        "isinstance",
        "issubclass",
        "len",
        "oct",
        "ord",
        "repr",
        "slice",
        "str",
        "type",
    ];
    !ONLY_READS.contains(&name)
}
