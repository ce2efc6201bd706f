//! The parts of Python's standard library that settings files use.

mod json;
mod names;
mod numeric;
mod paths;
mod timedelta;
mod words;

use ruff_text_size::TextRange;

use crate::fact::State;

use super::call::Arguments;
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::namespace::NAMESPACE;
use super::raise::{Error, Evaluated, Outcome};
use super::storage::{Heap, Opaque};
use super::trace::{Inputs, Traced};
use super::value::PyValue;

pub(super) use self::names::{FILE, is_made};
pub use self::names::{kinds_of, library_has};
pub(super) use self::paths::{joined_path, path_attribute, path_method};
use self::paths::{path_function, path_of};
pub use self::timedelta::seconds;

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

/// A method of a `timedelta`; `None` for anything else.
pub(super) fn timedelta_method(
    object: &PyValue,
    name: &str,
    arguments: &Arguments,
) -> Option<PyValue> {
    timedelta::method(object, name, &arguments.positional)
}

/// An attribute of a `timedelta` that is no method; `None` for anything else.
pub(super) fn timedelta_attribute(object: &PyValue, name: &str) -> Option<PyValue> {
    timedelta::attribute(object, name)
}

/// What `json.loads` makes of a text; `None` where it is no JSON.
pub(super) fn json_of(heap: &Heap, text: &PyValue) -> Option<PyValue> {
    json::loads(heap, text).ok()
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
        if let Some(done) = self.call_parser(name, &arguments, &inputs, range) {
            return done;
        }
        if let Some(done) = self.call_settings(name, &arguments, &inputs, range) {
            return done;
        }
        if let Some(done) = self.call_of_program(name, &arguments, &inputs, range) {
            return done;
        }
        match name {
            "dataclasses.field" => return Ok(Traced::new(self.field(arguments), inputs)),
            "argparse.ArgumentParser" => {
                if let Some(parser) = self.parser(&arguments, &inputs) {
                    return Ok(parser);
                }
            }
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
            _ if name.starts_with("math.") => {
                let function = name.strip_prefix("math.").unwrap_or_default();
                if let Some(outcome) = numeric::function(function, &arguments.positional) {
                    return self.settle(outcome, inputs, range);
                }
            }
            "json.loads" | "json.dumps" | "shlex.split" | "shlex.quote" | "shlex.join"
                if arguments.keywords.is_empty() =>
            {
                if let [value] = arguments.positional.as_slice() {
                    let outcome = match name {
                        "json.loads" => json::loads(&self.heap, value),
                        "json.dumps" => json::dumps(&self.heap, value),
                        _ => words::function(&self.heap, name, value),
                    };
                    return self.settle(outcome, inputs, range);
                }
            }
            "datetime.timedelta" => {
                if let Some(value) = timedelta::made(&self.heap, &arguments) {
                    return Ok(Traced::new(value, inputs));
                }
            }
            "itertools.chain" if arguments.keywords.is_empty() => {
                return self.chain(&arguments.positional, inputs, range);
            }
            "importlib.import_module" => {
                if let [PyValue::Str(module)] = arguments.positional.as_slice()
                    && !module.starts_with('.')
                {
                    let module = module.to_string();
                    self.import(&module, 0, range)?;
                    return Ok(self.heap.module(&module).into());
                }
            }
            "copy.copy" | "copy.deepcopy" => {
                if let [value] = arguments.positional.as_slice()
                    && !value.measure().has_objects()
                {
                    return Ok(Traced::new(value.clone(), inputs));
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
            | "os.path.isabs" | "os.path.abspath" | "os.path.split" | "os.path.splitext" => {
                let outcome = path_function(&self.heap, name, &arguments.positional);
                return self.settle(outcome, inputs, range);
            }
            _ => {}
        }
        let value = self.other_native(name, &arguments);
        Ok(Traced::new(names::instance(&self.heap, name).unwrap_or(value), inputs))
    }

    /// `itertools.chain(*iterables)`.
    fn chain(&mut self, iterables: &[PyValue], inputs: Inputs, range: TextRange) -> Evaluated {
        let mut values = Vec::new();
        for iterable in iterables {
            let iterable = Traced::new(iterable.clone(), inputs.clone());
            match self.iterate(&iterable, range)? {
                Ok(more) => values.extend(more),
                Err(unknown) => return Ok(Traced::new(PyValue::Unknown(unknown), inputs)),
            }
        }
        Ok(Traced::new(self.heap.iterator(values, "chain"), inputs))
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

fn strtobool(text: &str) -> Outcome {
    match text.to_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Ok(PyValue::Int(1)),
        "n" | "no" | "f" | "false" | "off" | "0" => Ok(PyValue::Int(0)),
        _ => Err(Error::raise("ValueError", "invalid truth value")),
    }
}
