//! The parts of Python's standard library that settings files use.

use ruff_text_size::TextRange;

use crate::fact::State;

use super::call::{Arguments, unknown_of};
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::namespace::NAMESPACE;
use super::numbers::{Number, int_of_float};
use super::raise::{Error, Evaluated, Outcome};
use super::storage::{Heap, Opaque};
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// A constant of the library. The program runs on Linux: every platform that we know does.
pub(super) fn constant(heap: &Heap, name: &str) -> Option<PyValue> {
    Some(match name {
        "os.sep" | "os.path.sep" => heap.text("/"),
        "os.pathsep" => heap.text(":"),
        "os.linesep" => heap.text("\n"),
        "os.curdir" => heap.text("."),
        "os.pardir" => heap.text(".."),
        "os.name" => heap.text("posix"),
        "os.devnull" => heap.text("/dev/null"),
        "sys.platform" => heap.text("linux"),
        "sys.maxsize" => PyValue::Int(i64::MAX),
        "math.pi" => PyValue::Float(std::f64::consts::PI),
        "math.e" => PyValue::Float(std::f64::consts::E),
        "math.inf" => PyValue::Float(f64::INFINITY),
        "math.nan" => PyValue::Float(f64::NAN),
        "logging.CRITICAL" | "logging.FATAL" => PyValue::Int(50),
        "logging.ERROR" => PyValue::Int(40),
        "logging.WARNING" | "logging.WARN" => PyValue::Int(30),
        "logging.INFO" => PyValue::Int(20),
        "logging.DEBUG" => PyValue::Int(10),
        "logging.NOTSET" => PyValue::Int(0),
        "typing.TYPE_CHECKING" => PyValue::Bool(false),
        "string.digits" => heap.text("0123456789"),
        "string.ascii_lowercase" => heap.text("abcdefghijklmnopqrstuvwxyz"),
        _ => return None,
    })
}

impl Evaluator<'_, '_, '_> {
    /// What `cpu_count()` returns on the machine.
    pub(super) fn cpu_count(&mut self) -> Traced {
        let fact = &self.host.cpu_count;
        let value = match &fact.state {
            State::Known(value) => match value.as_int() {
                Some(count) => PyValue::Int(count),
                None => PyValue::because("the number of CPUs is not a whole number"),
            },
            State::Unknown(unknown) => PyValue::Unknown(unknown.clone().into()),
            open => match open.bounds() {
                Some((min, max)) => PyValue::range(min, max, true),
                None => PyValue::because("the number of CPUs is not a number"),
            },
        };
        let inputs = self.table.intern("cpu_count()", None, || fact.clone());
        Traced::new(value, inputs)
    }

    /// Calls a function of the library by its dotted name.
    pub(super) fn call_native(
        &mut self,
        name: &str,
        mut arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        if let Some(builtin) = name.strip_prefix("builtins.") {
            return self.call_builtin(builtin, arguments, inputs, range);
        }
        if super::packages::is_member(name) {
            return self.call_package(name, arguments, inputs, range);
        }
        match name {
            "multiprocessing.cpu_count" | "os.cpu_count" | "os.process_cpu_count" => {
                // The first of them asks the second.
                if name == "multiprocessing.cpu_count" && self.replacement("os.cpu_count").is_some()
                {
                    return Ok(PyValue::because("`os.cpu_count` is replaced").into());
                }
                return Ok(self.cpu_count());
            }
            "os.sched_getaffinity" => {
                return Ok(self.heap.native("cpu set").into());
            }
            "os.getenv" => match self.replacement("os.environ") {
                // It looks the variable up in what is there by then.
                Some(environ) => {
                    let get = self.attribute(environ, "get", range)?;
                    return self.call(&get.value, arguments, inputs.with(&get.inputs), range);
                }
                None => return self.call_environment("getenv", arguments, inputs, range),
            },
            _ if name.starts_with("os.environ.") => {
                let method = name.strip_prefix("os.environ.").unwrap_or_default();
                return self.call_environment(method, arguments, inputs, range);
            }
            _ if name.starts_with(NAMESPACE) => {
                let name = name.strip_prefix(NAMESPACE).unwrap_or_default();
                return self.call_namespace(name, arguments, inputs, range);
            }
            "sys.exit" | "os._exit" => return self.exit(&inputs, range),
            "math.ceil" | "math.floor" | "math.trunc" => {
                if let [value] = arguments.positional.as_slice() {
                    let outcome = rounded(name, value);
                    return self.settle(outcome, inputs, range);
                }
            }
            "math.sqrt" => {
                if let [value] = arguments.positional.as_slice() {
                    let outcome = square_root(value);
                    return self.settle(outcome, inputs, range);
                }
            }
            "distutils.util.strtobool" => {
                if let [PyValue::Str(text)] = arguments.positional.as_slice() {
                    let outcome = strtobool(text);
                    return self.settle(outcome, inputs, range);
                }
            }
            "pathlib.Path" | "pathlib.PurePath" | "pathlib.PurePosixPath" | "pathlib.PosixPath" => {
                return Ok(Traced::new(path_of(&self.heap, &arguments.positional), inputs));
            }
            "typing.cast" if arguments.positional.len() == 2 => {
                let value = arguments.positional.remove(1);
                return Ok(Traced::new(value, inputs));
            }
            "logging.getLogger" => {
                return Ok(self.heap.native("logging.Logger").into());
            }
            "os.path.join" | "os.path.dirname" | "os.path.basename" | "os.path.normpath"
            | "os.path.isabs" | "os.path.abspath" => {
                let value = path_function(&self.heap, name, &arguments.positional);
                return Ok(Traced::new(value, inputs));
            }
            _ => {}
        }
        Ok(Traced::new(self.other_native(name, &arguments), inputs))
    }

    fn other_native(&mut self, name: &str, arguments: &Arguments) -> PyValue {
        let method = name.rsplit('.').next().unwrap_or(name);
        if name.starts_with("logging.") || name.starts_with("warnings.") {
            const SILENT: [&str; 11] = [
                "debug",
                "info",
                "warning",
                "warn",
                "error",
                "critical",
                "exception",
                "log",
                "setLevel",
                "basicConfig",
                "disable",
            ];
            return match SILENT.contains(&method) {
                true => PyValue::None,
                false => PyValue::Unknown(not_seen()),
            };
        }
        let reason = Opaque::because(format!("`{name}` is only known at run time"));
        // These take objects without changing them.
        const PURE: [&str; 14] = [
            "json.",
            "pprint.",
            "re.",
            "time.",
            "datetime.",
            "platform.",
            "socket.",
            "hashlib.",
            "os.",
            "sys.",
            "shlex.",
            "math.",
            "string.",
            "subprocess.",
        ];
        if PURE.iter().any(|it| name.starts_with(it)) {
            self.may_raise("*");
            return PyValue::Unknown(reason);
        }
        self.opaque_call(arguments, &reason).value
    }
}

/// `pathlib.Path(*parts)`.
fn path_of(heap: &Heap, args: &[PyValue]) -> PyValue {
    let Some(parts) = texts(args) else { return unknown_of(args) };
    let start = heap.path("");
    parts.into_iter().fold(start, |folder, part| match folder {
        PyValue::Path(folder) => joined_path(heap, &folder, part),
        other => other,
    })
}

/// `math.ceil`, `math.floor` and `math.trunc`.
fn rounded(name: &str, value: &PyValue) -> Outcome {
    let round: fn(f64) -> f64 = match name {
        "math.ceil" => f64::ceil,
        "math.floor" => f64::floor,
        _ => f64::trunc,
    };
    match (value, Number::of(value)) {
        (_, Some(Number::Int(value))) => Ok(PyValue::Int(value)),
        (_, Some(Number::Float(value))) => int_of_float(round(value)),
        (PyValue::Range { min, max, .. }, _) => Ok(PyValue::range(round(*min), round(*max), true)),
        (value, _) => match value.type_name() {
            Some(_) if value.is_known() => {
                Err(Error::type_error(format!("{name}() takes a number")))
            }
            _ => Ok(unknown_of(std::slice::from_ref(value))),
        },
    }
}

fn square_root(value: &PyValue) -> Outcome {
    match Number::of(value).map(Number::as_float) {
        Some(value) if value < 0.0 => Err(Error::raise("ValueError", "math domain error")),
        Some(value) => Ok(PyValue::Float(value.sqrt())),
        None => Ok(unknown_of(std::slice::from_ref(value))),
    }
}

fn strtobool(text: &str) -> Outcome {
    match text.to_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Ok(PyValue::Int(1)),
        "n" | "no" | "f" | "false" | "off" | "0" => Ok(PyValue::Int(0)),
        _ => Err(Error::raise("ValueError", "invalid truth value")),
    }
}

fn texts(values: &[PyValue]) -> Option<Vec<&str>> {
    let text = |it| match it {
        &PyValue::Str(ref text) | &PyValue::Path(ref text) => Some(&**text),
        _ => None,
    };
    values.iter().map(text).collect()
}

fn path_function(heap: &Heap, name: &str, args: &[PyValue]) -> PyValue {
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
pub(super) fn joined_path(heap: &Heap, folder: &str, name: &str) -> PyValue {
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
pub(super) fn path_attribute(heap: &Heap, path: &str, name: &str) -> Option<PyValue> {
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
pub(super) fn path_method(heap: &Heap, path: &str, name: &str, args: &[PyValue]) -> PyValue {
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
