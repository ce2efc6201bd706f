//! Subscripts, slices and methods of lists, tuples, dicts and sets.

use super::compare::equal;
use super::raise::{Error, Outcome};
use super::sets::{insert_unique, sorted};
use super::storage::{Entries, Heap, Items};
use super::value::PyValue;

/// Whether a value is surely none that `**` takes.
pub(super) fn is_no_mapping(value: &PyValue) -> bool {
    let known = value.type_name();
    known.is_some_and(|it| !matches!(it, "dict" | "type" | "function" | "module"))
}

/// Whether a value certainly cannot be a key of a dict or an element of a set.
pub(super) fn is_unhashable(value: &PyValue) -> bool {
    match value {
        PyValue::List(_) | PyValue::Dict(_) | PyValue::Set(_) => true,
        PyValue::Tuple(items) if value.measure().has_objects() => items.iter().any(is_unhashable),
        _ => false,
    }
}

fn hashable(key: &PyValue) -> Outcome<()> {
    match is_unhashable(key) {
        true => Err(Error::type_error("a list, dict or set cannot be a key")),
        false => Ok(()),
    }
}

/// `container[key]`.
pub(super) fn subscript(heap: &Heap, container: &PyValue, key: &PyValue) -> Outcome {
    if matches!(container, PyValue::Dict(_)) {
        hashable(key)?;
    }
    let unknown = || match key.unknown() {
        Some(unknown) => Ok(PyValue::Unknown(unknown)),
        None => Ok(PyValue::because("a part of an object that is not known")),
    };
    match (container, key) {
        (PyValue::Unknown(it), _) => Ok(PyValue::Unknown(it.clone())),
        (PyValue::Dict(entries), _) => match lookup(heap, entries, key) {
            Some(Some(value)) => Ok(value.clone()),
            Some(None) if !key.is_known() => unknown(),
            Some(None) => Err(Error::raise("KeyError", "the key is not in the dict")),
            None => unknown(),
        },
        (PyValue::List(_) | PyValue::Tuple(_), PyValue::Int(_) | PyValue::Bool(_)) => {
            let items = container.elements().unwrap_or_default();
            match position(items.len(), key) {
                Some(at) => Ok(items[at].clone()),
                None => Err(Error::raise("IndexError", "index out of range")),
            }
        }
        (PyValue::Str(text), PyValue::Int(_) | PyValue::Bool(_)) => {
            let chars: Vec<char> = text.chars().collect();
            match position(chars.len(), key) {
                Some(at) => Ok(heap.text(chars[at].to_string())),
                None => Err(Error::raise("IndexError", "string index out of range")),
            }
        }
        (
            PyValue::List(_) | PyValue::Tuple(_) | PyValue::Str(_),
            PyValue::Str(_) | PyValue::None,
        ) => Err(Error::type_error("indices must be integers")),
        (PyValue::None | PyValue::Bool(_) | PyValue::Int(_) | PyValue::Float(_), _) => {
            Err(Error::type_error("the value has no parts"))
        }
        (PyValue::Set(_), _) => Err(Error::type_error("a set has no order")),
        _ => unknown(),
    }
}

/// The value of a key: `None` when it is not decided whether it is there.
pub(super) fn lookup<'a>(
    heap: &Heap,
    entries: &'a [(PyValue, PyValue)],
    key: &PyValue,
) -> Option<Option<&'a PyValue>> {
    heap.spend(entries.len() / 8);
    for (candidate, value) in entries {
        if equal(heap, candidate, key)? {
            return Some(Some(value));
        }
    }
    Some(None)
}

/// `container[lower:upper:step]`, bounds already evaluated.
pub(super) fn slice(heap: &Heap, container: &PyValue, bounds: [&PyValue; 3]) -> Outcome {
    let mut numbers = [None; 3];
    for (number, bound) in numbers.iter_mut().zip(bounds) {
        *number = match bound {
            PyValue::None => None,
            PyValue::Int(value) => Some(*value),
            PyValue::Bool(value) => Some(i64::from(*value)),
            other if other.is_known() => {
                return Err(Error::type_error("slice indices must be integers"));
            }
            other => return Ok(other.unknown().map_or(PyValue::None, PyValue::Unknown)),
        };
    }
    heap.spend(container.breadth());
    let indices = |len: usize| slice_indices(len, numbers);
    let zero_step = || Error::raise("ValueError", "slice step cannot be zero");
    match container {
        PyValue::Str(text) => {
            let chars: Vec<char> = text.chars().collect();
            let indices = indices(chars.len()).ok_or_else(zero_step)?;
            Ok(heap.text(indices.into_iter().map(|it| chars[it]).collect::<String>()))
        }
        PyValue::List(_) | PyValue::Tuple(_) => {
            let items = container.elements().unwrap_or_default();
            let indices = indices(items.len()).ok_or_else(zero_step)?;
            let values = indices.into_iter().map(|it| items[it].clone()).collect();
            Ok(match container {
                PyValue::List(_) => heap.list(values),
                _ => heap.tuple(values),
            })
        }
        PyValue::Unknown(unknown) => Ok(PyValue::Unknown(unknown.clone())),
        PyValue::None | PyValue::Bool(_) | PyValue::Int(_) | PyValue::Float(_) => {
            Err(Error::type_error("the value has no parts"))
        }
        _ => Ok(container.unknown().map_or_else(
            || PyValue::because("a slice of an object that is not known"),
            PyValue::Unknown,
        )),
    }
}

fn slice_indices(len: usize, [lower, upper, step]: [Option<i64>; 3]) -> Option<Vec<usize>> {
    let len = i64::try_from(len).ok()?;
    let step = step.unwrap_or(1);
    if step == 0 {
        return None;
    }
    let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let clamp = |it: i64| if it < 0 { it.saturating_add(len) } else { it }.clamp(low, high);
    let mut at = lower.map_or(if step > 0 { low } else { high }, clamp);
    let end = upper.map_or(if step > 0 { high } else { low }, clamp);
    let mut indices = Vec::new();
    while (step > 0 && at < end) || (step < 0 && at > end) {
        indices.extend(usize::try_from(at));
        at = at.saturating_add(step);
    }
    Some(indices)
}

fn position(len: usize, key: &PyValue) -> Option<usize> {
    let idx = match key {
        PyValue::Int(idx) => *idx,
        PyValue::Bool(idx) => i64::from(*idx),
        _ => return None,
    };
    let idx = if idx < 0 { idx.checked_add(i64::try_from(len).ok()?)? } else { idx };
    usize::try_from(idx).ok().filter(|it| *it < len)
}

/// What a method that changes its object comes to: the object afterwards and the result.
pub(super) struct Changed {
    pub(super) object: PyValue,
    pub(super) result: PyValue,
}

/// Names of methods that change their object.
pub(super) fn is_mutation(object: &PyValue, name: &str) -> bool {
    let names: &[&str] = match object {
        PyValue::List(_) => {
            &["append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"]
        }
        PyValue::Dict(_) => &["update", "setdefault", "pop", "popitem", "clear"],
        PyValue::Set(_) => &[
            "add",
            "update",
            "remove",
            "discard",
            "pop",
            "clear",
            "difference_update",
            "intersection_update",
            "symmetric_difference_update",
        ],
        _ => &[],
    };
    names.contains(&name)
}

/// `object.name(*args, **keywords)` of a method that changes the object. `Ok(None)` when it is not
/// decided what the object is afterwards.
pub(super) fn mutate(
    heap: &Heap,
    object: &PyValue,
    name: &str,
    args: &[PyValue],
    keywords: &[(String, PyValue)],
) -> Outcome<Option<Changed>> {
    match object {
        PyValue::List(items) if keywords.is_empty() => mutate_list(heap, items, name, args),
        PyValue::Dict(entries) => mutate_dict(heap, entries, name, args, keywords),
        PyValue::Set(items) if keywords.is_empty() => {
            let mut values = items.to_vec();
            let decided = match (name, args) {
                ("add", [value]) => insert_unique(heap, &mut values, value),
                ("update", [PyValue::List(more) | PyValue::Set(more)]) => {
                    more.iter().all(|it| insert_unique(heap, &mut values, it))
                }
                ("clear", []) => {
                    values.clear();
                    true
                }
                _ => false,
            };
            let object = || heap.set_as(items.id(), values);
            Ok(decided.then(|| Changed { object: object(), result: PyValue::None }))
        }
        _ => Ok(None),
    }
}

fn mutate_list(
    heap: &Heap,
    items: &Items,
    name: &str,
    args: &[PyValue],
) -> Outcome<Option<Changed>> {
    let mut values = items.to_vec();
    let mut result = PyValue::None;
    match (name, args) {
        ("append", [value]) => values.push(value.clone()),
        ("extend", [PyValue::List(more) | PyValue::Set(more)]) if more.len() <= 1 => {
            values.extend(more.iter().cloned());
        }
        ("extend", [more @ (PyValue::List(_) | PyValue::Tuple(_))]) => {
            values.extend(more.elements().unwrap_or_default().iter().cloned());
        }
        ("insert", [PyValue::Int(at), value]) => {
            let len = values.len() as i64;
            let at = if *at < 0 { at.saturating_add(len) } else { *at }.clamp(0, len);
            values.insert(usize::try_from(at).unwrap_or_default(), value.clone());
        }
        ("remove", [value]) => {
            let mut found = None;
            for (idx, it) in values.iter().enumerate() {
                match equal(heap, it, value) {
                    Some(true) => {
                        found = Some(idx);
                        break;
                    }
                    Some(false) => {}
                    None => return Ok(None),
                }
            }
            match found {
                Some(idx) => drop(values.remove(idx)),
                None => return Err(Error::raise("ValueError", "the value is not in the list")),
            }
        }
        ("pop", [] | [PyValue::Int(_)]) => {
            let last = PyValue::Int(-1);
            match position(values.len(), args.first().unwrap_or(&last)) {
                Some(at) => result = values.remove(at),
                None => return Err(Error::raise("IndexError", "pop index out of range")),
            }
        }
        ("clear", []) => values.clear(),
        ("reverse", []) => values.reverse(),
        ("sort", []) => match sorted(heap, &values)? {
            Some(sorted) => values = sorted,
            None => return Ok(None),
        },
        _ => return Ok(None),
    }
    Ok(Some(Changed { object: heap.list_as(items.id(), values), result }))
}

fn mutate_dict(
    heap: &Heap,
    entries: &Entries,
    name: &str,
    args: &[PyValue],
    keywords: &[(String, PyValue)],
) -> Outcome<Option<Changed>> {
    if let ("setdefault" | "pop", Some(key)) = (name, args.first()) {
        hashable(key)?;
    }
    let mut own = entries.to_vec();
    let mut result = PyValue::None;
    match (name, args) {
        ("update", [] | [PyValue::Dict(_) | PyValue::List(_) | PyValue::Tuple(_)]) => {
            let others = match args {
                [PyValue::Dict(more)] => more.to_vec(),
                [rows] => match pairs(rows.elements().unwrap_or_default()) {
                    Some(pairs) => pairs,
                    None => return Ok(None),
                },
                _ => Vec::new(),
            };
            let named = keywords.iter().map(|(key, it)| (heap.text(key.as_str()), it.clone()));
            for (key, value) in others.into_iter().chain(named) {
                if !enter(heap, &mut own, &key, value)? {
                    return Ok(None);
                }
            }
        }
        ("setdefault", [key, default @ ..]) if keywords.is_empty() => match lookup(heap, &own, key)
        {
            Some(Some(value)) => result = value.clone(),
            Some(None) => {
                result = default.first().cloned().unwrap_or(PyValue::None);
                own.push((key.clone(), result.clone()));
            }
            None => return Ok(None),
        },
        ("pop", [key, default @ ..]) if keywords.is_empty() => {
            let Some(found) = lookup(heap, &own, key) else { return Ok(None) };
            match (found.cloned(), default.first()) {
                (Some(value), _) => {
                    own.retain(|(it, _)| equal(heap, it, key) != Some(true));
                    result = value;
                }
                (None, Some(default)) => result = default.clone(),
                (None, None) => return Err(Error::raise("KeyError", "the key is not in the dict")),
            }
        }
        ("popitem", []) if keywords.is_empty() => match own.pop() {
            Some((key, value)) => result = heap.tuple(vec![key, value]),
            None => return Err(Error::raise("KeyError", "the dict is empty")),
        },
        ("clear", []) => own.clear(),
        _ => return Ok(None),
    }
    Ok(Some(Changed { object: heap.dict_as(entries.id(), own), result }))
}

/// Rows of two as entries.
fn pairs(rows: &[PyValue]) -> Option<Vec<(PyValue, PyValue)>> {
    let pair = |it: &PyValue| match it.elements() {
        Some([key, value]) => Some((key.clone(), value.clone())),
        _ => None,
    };
    rows.iter().map(pair).collect()
}

/// `list[bounds] = values`, and `del list[bounds]` without values. `Ok(None)` when beyond us.
pub(super) fn store_slice(
    heap: &Heap,
    object: &PyValue,
    bounds: [&PyValue; 3],
    with: &[PyValue],
) -> Option<PyValue> {
    let PyValue::List(items) = object else { return None };
    let mut numbers = [None; 3];
    for (number, bound) in numbers.iter_mut().zip(bounds) {
        *number = match bound {
            PyValue::None => None,
            PyValue::Int(value) => Some(*value),
            _ => return None,
        };
    }
    if numbers[2].is_some_and(|it| it != 1) {
        return None;
    }
    let indices = slice_indices(items.len(), numbers)?;
    let len = i64::try_from(items.len()).ok()?;
    let at = match (indices.first(), numbers[0]) {
        (Some(first), _) => *first,
        (None, None) => 0,
        (None, Some(lower)) => {
            let lower = if lower < 0 { lower.saturating_add(len) } else { lower };
            usize::try_from(lower.clamp(0, len)).ok()?
        }
    };
    let mut values = items.to_vec();
    values.splice(at..at + indices.len(), with.iter().cloned());
    Some(heap.list_as(items.id(), values))
}

/// Sets an entry. False when it is not decided whether the key is there already.
pub(super) fn enter(
    heap: &Heap,
    entries: &mut Vec<(PyValue, PyValue)>,
    key: &PyValue,
    value: PyValue,
) -> Outcome<bool> {
    hashable(key)?;
    Ok(insert_entry(heap, entries, key, value))
}

/// The same for a key that certainly is one, such as a text.
pub(super) fn insert_entry(
    heap: &Heap,
    entries: &mut Vec<(PyValue, PyValue)>,
    key: &PyValue,
    value: PyValue,
) -> bool {
    heap.spend(entries.len() / 8);
    for (candidate, slot) in entries.iter_mut() {
        match equal(heap, candidate, key) {
            Some(true) => {
                *slot = value;
                return true;
            }
            Some(false) => {}
            None => return false,
        }
    }
    entries.push((key.clone(), value));
    true
}

/// `object[key] = value`. `Ok(None)` when it is not decided what the object is afterwards.
pub(super) fn store(
    heap: &Heap,
    object: &PyValue,
    key: &PyValue,
    value: PyValue,
) -> Outcome<Option<PyValue>> {
    match object {
        PyValue::Dict(entries) => {
            let mut own = entries.to_vec();
            let decided = enter(heap, &mut own, key, value)?;
            Ok(decided.then(|| heap.dict_as(entries.id(), own)))
        }
        PyValue::List(items) => match (position(items.len(), key), key) {
            (Some(at), _) => {
                let mut values = items.to_vec();
                values[at] = value;
                Ok(Some(heap.list_as(items.id(), values)))
            }
            (None, PyValue::Int(_)) => {
                Err(Error::raise("IndexError", "list assignment index out of range"))
            }
            _ if is_no_index(key) => {
                Err(Error::type_error("list indices must be integers or slices"))
            }
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

/// Whether neither `object[key] = value` nor `del object[key]` can work: it has no items, or none
/// that change.
pub(super) fn has_fixed_items(object: &PyValue) -> bool {
    match object {
        PyValue::None | PyValue::Bool(_) | PyValue::Int(_) | PyValue::Float(_) => true,
        PyValue::Range { .. } | PyValue::Str(_) | PyValue::Pattern(_) => true,
        PyValue::Tuple(_) | PyValue::Set(_) => true,
        PyValue::Function(_) | PyValue::Module(_) | PyValue::Path(_) => true,
        // Classes of the project may define `__setitem__` and `__delitem__`.
        PyValue::List(_) | PyValue::Dict(_) | PyValue::Class(_) | PyValue::Object(_) => false,
        PyValue::Native(_) | PyValue::Method(_) | PyValue::Unknown(_) => false,
    }
}

/// Whether a list certainly refuses a key: indices are whole numbers.
fn is_no_index(key: &PyValue) -> bool {
    matches!(key.type_name(), Some(name) if !matches!(name, "int" | "bool"))
}

/// `del object[key]`. `Ok(None)` when it is not decided what the object is afterwards.
pub(super) fn delete(heap: &Heap, object: &PyValue, key: &PyValue) -> Outcome<Option<PyValue>> {
    match object {
        PyValue::Dict(_) => {
            let changed = mutate(heap, object, "pop", std::slice::from_ref(key), &[])?;
            Ok(changed.map(|it| it.object))
        }
        PyValue::List(_) if matches!(key, PyValue::Int(_) | PyValue::Bool(_)) => {
            let changed = mutate(heap, object, "pop", std::slice::from_ref(key), &[])?;
            Ok(changed.map(|it| it.object))
        }
        PyValue::List(_) if is_no_index(key) => {
            Err(Error::type_error("list indices must be integers or slices"))
        }
        _ if has_fixed_items(object) => {
            Err(Error::type_error("the value does not support item deletion"))
        }
        _ => Ok(None),
    }
}
