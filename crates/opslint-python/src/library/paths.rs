//! `os.path` and `pathlib`: paths as texts. What is on the disk is not known.

use super::super::call::unknown_of;
use super::super::eval::not_seen;
use super::super::raise::{Error, Outcome};
use super::super::storage::Heap;
use super::super::value::PyValue;

/// `pathlib.Path(*parts)`.
pub(in super::super) fn path_of(heap: &Heap, args: &[PyValue]) -> PyValue {
    let Some(parts) = texts(args) else { return unknown_of(args) };
    let start = heap.path("");
    parts.into_iter().fold(start, |folder, part| match folder {
        PyValue::Path(folder) => joined_path(heap, &folder, part),
        other => other,
    })
}

fn texts(values: &[PyValue]) -> Option<Vec<&str>> {
    let text = |it| match it {
        &PyValue::Str(ref text) | &PyValue::Path(ref text) => Some(&**text),
        _ => None,
    };
    values.iter().map(text).collect()
}

pub(in super::super) fn path_function(heap: &Heap, name: &str, args: &[PyValue]) -> Outcome {
    let is_path = |it: &PyValue| !matches!(it.type_name(), Some(name) if name != "str");
    if !args.iter().all(is_path) {
        return Err(Error::type_error("expected a text or an `os.PathLike` object"));
    }
    Ok(path_value(heap, name, args))
}

fn path_value(heap: &Heap, name: &str, args: &[PyValue]) -> PyValue {
    let Some(parts) = texts(args) else { return unknown_of(args) };
    let Some((first, rest)) = parts.split_first() else { return unknown_of(args) };
    match name {
        "os.path.join" => {
            let mut path = (*first).to_owned();
            for part in rest {
                if part.starts_with('/') {
                    path.clear();
                } else if !path.is_empty() && !path.ends_with('/') {
                    path.push('/');
                }
                path.push_str(part);
            }
            heap.text(path)
        }
        "os.path.basename" => heap.text(first.rsplit('/').next().unwrap_or_default()),
        "os.path.dirname" => {
            let head = &first[..first.rfind('/').map_or(0, |at| at + 1)];
            let trimmed = head.trim_end_matches('/');
            heap.text(if trimmed.is_empty() { head } else { trimmed })
        }
        "os.path.split" => {
            let head = path_value(heap, "os.path.dirname", &args[..1]);
            heap.tuple(vec![head, path_value(heap, "os.path.basename", &args[..1])])
        }
        "os.path.splitext" => {
            let name = first.rfind('/').map_or(0, |at| at + 1);
            let stem = first[name..].trim_start_matches('.');
            let dot = stem.rfind('.').map(|at| first.len() - stem.len() + at);
            let (root, extension) = first.split_at(dot.unwrap_or(first.len()));
            heap.tuple(vec![heap.text(root), heap.text(extension)])
        }
        "os.path.isabs" => PyValue::Bool(first.starts_with('/')),
        "os.path.normpath" => heap.text(normal(first)),
        // Two leading slashes have a meaning of their own.
        _ if first.starts_with('/') && !first.starts_with("//") => heap.text(normal(first)),
        _ => PyValue::because("the folder that the program starts in is not known"),
    }
}

fn normal(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|it| *it != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) if path.starts_with("//") && !path.starts_with("///") => format!("//{joined}"),
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// `folder / name` of paths.
pub(in super::super) fn joined_path(heap: &Heap, folder: &str, name: &str) -> PyValue {
    if name.starts_with("//") || folder.starts_with("//") {
        return PyValue::Unknown(not_seen());
    }
    let base = if name.starts_with('/') { "/" } else { folder };
    let absolute = base.starts_with('/');
    let parts = base.split('/').chain(name.split('/')).filter(|it| !matches!(*it, "" | "."));
    let joined = parts.collect::<Vec<_>>().join("/");
    heap.path(match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    })
}

/// An attribute of a `pathlib.Path` that is no method.
pub(in super::super) fn path_attribute(heap: &Heap, path: &str, name: &str) -> Option<PyValue> {
    let file = path.rsplit('/').next().unwrap_or_default();
    let file = if matches!(path, "." | "/") { "" } else { file };
    let dot = file.rfind('.').filter(|at| *at > 0 && at + 1 < file.len());
    Some(match name {
        "name" => heap.text(file),
        "stem" => heap.text(&file[..dot.unwrap_or(file.len())]),
        "suffix" => heap.text(&file[dot.unwrap_or(file.len())..]),
        "parent" => heap.path(match path.rfind('/') {
            Some(0) => "/".to_owned(),
            Some(at) => path[..at].to_owned(),
            None => ".".to_owned(),
        }),
        _ => return None,
    })
}

/// A method of a `pathlib.Path`.
pub(in super::super) fn path_method(
    heap: &Heap,
    path: &str,
    name: &str,
    args: &[PyValue],
) -> PyValue {
    match (name, texts(args)) {
        ("joinpath", Some(parts)) => {
            parts.into_iter().fold(heap.path(path), |folder, part| match folder {
                PyValue::Path(folder) => joined_path(heap, &folder, part),
                other => other,
            })
        }
        ("as_posix" | "__str__", _) => heap.text(path),
        ("is_absolute", _) => PyValue::Bool(path.starts_with('/')),
        _ => PyValue::because("what is on the disk of the machine is not known"),
    }
}
