//! Readers of the environment: `env.bool("DEBUG", default=False)` and its kin.
//!
//! Sources: django-environ 0.14 (`Env.get_value`, `Env.parse_value`), python-decouple 3.8
//! (`Config.get`), environs 15 (`Env.__call__` and the Boolean field of marshmallow), Starlette 1.0
//! (`Config.get`, `Config._perform_cast`). The oracle runs all four.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

use super::super::Unmentioned;
use super::super::call::{Arguments, unknown_of};
use super::super::environment::Found;
use super::super::eval::not_seen;
use super::super::evaluator::Evaluator;
use super::super::raise::{Error, Evaluated};
use super::super::storage::{Heap, Opaque};
use super::super::trace::{Inputs, Traced};
use super::super::value::PyValue;
use super::cast::{Cast, boolean, is_plain_number};
use crate::fact::TextPart;
use crate::workspace::{folders_up, join, parent};

/// Which package reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    /// django-environ.
    Environ,
    /// python-decouple.
    Decouple,
    /// environs.
    Environs,
    /// `starlette.config.Config`.
    Starlette,
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::Environ, "reader environ"),
    (Kind::Decouple, "reader decouple"),
    (Kind::Environs, "reader environs"),
    (Kind::Starlette, "reader starlette"),
];

/// Under which a reader of Starlette has the file that it was told.
const ENV_FILE: &str = "=env_file";

/// A reader and the method of it that is called.
#[derive(Debug)]
pub(in super::super) struct Reader {
    kind: Kind,
    /// The types and defaults that `environ.Env(DEBUG=(bool, False))` was made with.
    scheme: PyValue,
    /// Name of the method; empty when the reader itself is called.
    method: String,
}

impl Reader {
    /// A method of a reader without a scheme; an empty name is the reader itself.
    pub(in super::super) fn method(kind: Kind, method: &str) -> Self {
        Self { kind, scheme: PyValue::None, method: method.to_owned() }
    }

    /// Whether a call of the method leaves the reader as it is.
    pub(in super::super) fn is_understood(&self) -> bool {
        match self.kind {
            Kind::Starlette => true,
            _ => Cast::of_method(&self.method).is_some() || self.method.starts_with("read_"),
        }
    }

    /// `decouple.AutoConfig()`: wherever it looks for a file, the environment wins.
    pub(in super::super) fn decouple(evaluator: &mut Evaluator<'_, '_, '_>) -> PyValue {
        let heap = &evaluator.heap;
        value(heap, Kind::Decouple, heap.dict(Vec::new()))
    }

    /// `environs.Env()`.
    pub(in super::super) fn environs(evaluator: &mut Evaluator<'_, '_, '_>) -> PyValue {
        let heap = &evaluator.heap;
        value(heap, Kind::Environs, heap.dict(Vec::new()))
    }

    /// `starlette.config.Config(".env")`: the environment wins over the file.
    pub(in super::super) fn starlette(
        evaluator: &mut Evaluator<'_, '_, '_>,
        mut arguments: Arguments,
    ) -> PyValue {
        let file = arguments.take("env_file");
        let file = file.or_else(|| arguments.positional.first().cloned());
        let is_plain = arguments.hidden.is_none()
            && arguments.positional.len() < 2
            && arguments.keywords.iter().all(|(name, _)| name == "encoding");
        if !is_plain {
            return PyValue::because("the reader of the environment has options");
        }
        let heap = &evaluator.heap;
        let file = file.filter(|it| *it != PyValue::None);
        let scheme = file.map(|it| (heap.text(ENV_FILE), it)).into_iter().collect();
        value(heap, Kind::Starlette, heap.dict(scheme))
    }

    /// `environ.Env(**scheme)`.
    pub(in super::super) fn environ(
        evaluator: &mut Evaluator<'_, '_, '_>,
        arguments: Arguments,
    ) -> PyValue {
        if !arguments.positional.is_empty() {
            return unknown_of(&arguments.positional);
        }
        let heap = &evaluator.heap;
        let scheme = arguments.keywords.into_iter().map(|(key, it)| (heap.text(key), it));
        let scheme = scheme.collect();
        value(heap, Kind::Environ, heap.dict(scheme))
    }

    /// The reader behind a method call: `object.name(…)`.
    pub(in super::super) fn of(object: &PyValue, name: &str) -> Option<Self> {
        if let Some(kind) = kind_of(name) {
            return Some(Self { kind, scheme: object.clone(), method: String::new() });
        }
        let PyValue::Method(inner) = object else { return None };
        let kind = kind_of(inner.name())?;
        Some(Self { kind, scheme: inner.object().clone(), method: name.to_owned() })
    }

    /// Whether a value is a reader.
    pub(in super::super) fn is_one(value: &PyValue) -> bool {
        matches!(value, PyValue::Method(method) if kind_of(method.name()).is_some())
    }

    /// The type and the default that the scheme has for a variable.
    fn planned(&self, name: &str) -> (Option<PyValue>, Option<PyValue>) {
        let PyValue::Dict(scheme) = &self.scheme else { return (None, None) };
        match scheme.get(name) {
            Some(PyValue::Tuple(pair)) if pair.len() == 2 => {
                (Some(pair[0].clone()), Some(pair[1].clone()))
            }
            other => (other.cloned(), None),
        }
    }
}

fn value(heap: &Heap, kind: Kind, scheme: PyValue) -> PyValue {
    heap.method(scheme, KINDS[kind as usize].1)
}

/// The number of a reader that was made here.
fn number(scheme: &PyValue) -> Option<u32> {
    match scheme {
        PyValue::Dict(entries) => Some(entries.id()),
        _ => None,
    }
}

fn kind_of(name: &str) -> Option<Kind> {
    KINDS.iter().find(|(_, it)| *it == name).map(|(kind, _)| *kind)
}

impl Evaluator<'_, '_, '_> {
    /// Calls a reader, or a method of one.
    pub(in super::super) fn call_reader(
        &mut self,
        reader: &Reader,
        mut arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        if matches!(reader.scheme, PyValue::Unknown(_)) {
            return Ok(Traced::new(reader.scheme.clone(), inputs));
        }
        let method = match (reader.kind, reader.method.as_str()) {
            (Kind::Starlette, "" | "get") => "",
            (Kind::Starlette, _) => return Ok(Traced::new(PyValue::Unknown(not_seen()), inputs)),
            (_, method) => method,
        };
        let Some(cast) = Cast::of_method(method) else {
            // `env.prefixed("X_")` reads other variables from then on, `read_env` reads a file.
            if !reader.is_understood() {
                let reason = format!("`{}` is not followed", reader.method);
                self.poison(&reader.scheme, &Opaque::because(reason.clone()));
                return Ok(Traced::new(PyValue::because(reason), inputs));
            }
            return Ok(Traced::new(PyValue::None, inputs));
        };
        let Some(mut read) = Read::of(reader, cast, &mut arguments) else {
            return Ok(Traced::new(unknown_of(&arguments.positional), inputs));
        };
        if reader.kind == Kind::Environs {
            let id = number(&reader.scheme);
            let own = self.prefixes.iter().filter(|it| it.0 == id).map(|it| it.1.as_str());
            read.name = own.chain([read.name.as_str()]).collect();
        }
        self.read_variable(&read, arguments, inputs, range)
    }

    /// `with env.prefixed("SHOP_") as env:` of environs: within it, `env("X")` reads `SHOP_X`. Whether
    /// that is what stands here.
    pub(in super::super) fn enter_prefixed(&mut self, item: &ast::WithItem) -> Evaluated<bool> {
        let Expr::Call(call) = &item.context_expr else { return Ok(false) };
        let (Expr::Attribute(method), [Expr::StringLiteral(prefix)], []) =
            (&*call.func, &*call.arguments.args, &*call.arguments.keywords)
        else {
            return Ok(false);
        };
        if method.attr.as_str() != "prefixed" || !method.value.is_name_expr() {
            return Ok(false);
        }
        let env = self.eval(&method.value)?;
        let id = match &env.value {
            PyValue::Native(name) if **name == *super::ENVIRONS => None,
            PyValue::Method(it) if kind_of(it.name()) == Some(Kind::Environs) => {
                let PyValue::Dict(_) = it.object() else { return Ok(false) };
                number(it.object())
            }
            _ => return Ok(false),
        };
        if let Some(target) = &item.optional_vars {
            self.assign(target, env, item.context_expr.range())?;
        }
        self.prefixes.push((id, prefix.value.to_str().to_owned()));
        Ok(true)
    }

    fn read_variable(
        &mut self,
        read: &Read,
        options: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let unknown = match self.variable(&read.name) {
            Found::Text(PyValue::Str(text), more) => {
                return self.read_text(read, text.to_string(), options, inputs.with(&more), range);
            }
            Found::Text(value @ PyValue::Pattern(_), more) if read.keeps(&value) => {
                let value = match read.cast {
                    Cast::Database => self.database(read.kind, &value, options),
                    _ => value,
                };
                return Ok(Traced::new(value, inputs.with(&more)));
            }
            Found::Unset(more) => match self.file_of(read) {
                None => return self.read_default(read, options, inputs.with(&more), range),
                Some(path) => Opaque::because(format!("`{path}` may set it")),
            },
            Found::Text(value, _) => value.unknown().unwrap_or_else(not_seen),
            Found::Unknown(unknown) => unknown,
        };
        self.may_raise("*");
        let value = match read.cast {
            Cast::Database => self.database(read.kind, &PyValue::Unknown(unknown), options),
            Cast::Text => self.heap.some_text(unknown),
            _ => PyValue::Unknown(unknown),
        };
        Ok(Traced::new(value, inputs))
    }

    /// The file in which a reader looks for what the environment lacks. For python-decouple it is the
    /// nearest one in the folder of the module or above it, for Starlette the one that it is told, which
    /// is hardly ever in the repository.
    fn file_of(&self, read: &Read) -> Option<String> {
        match read.kind {
            Kind::Decouple => {}
            Kind::Starlette if self.plan.unmentioned != Unmentioned::Nowhere => {
                return read.file.clone();
            }
            Kind::Environ | Kind::Environs | Kind::Starlette => return None,
        }
        let folder = parent(self.host.workspace.sources.file(self.file()).path());
        let names =
            |folder| ["settings.ini", ".env"].into_iter().filter_map(move |it| join(folder, it));
        folders_up(folder).flat_map(names).find(|it| self.host.workspace.is_there(it))
    }

    /// What the package makes of the text of a variable.
    fn read_text(
        &mut self,
        read: &Read,
        text: String,
        options: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        if read.kind != Kind::Environ {
            return self.cast(read.kind, &read.cast, text, options, inputs, range);
        }
        // `$OTHER` reads another variable.
        if text.starts_with('$') {
            return Ok(Traced::new(PyValue::Unknown(not_seen()), inputs));
        }
        if text.is_empty() && read.default == Some(PyValue::None) {
            return Ok(Traced::new(PyValue::None, inputs));
        }
        // The type of the default is the type of the value.
        let cast = match (&read.cast, &read.default) {
            (Cast::None, Some(default)) => Cast::of_default(default),
            (cast, _) => cast.clone(),
        };
        self.cast(read.kind, &cast, text, options, inputs, range)
    }

    fn read_default(
        &mut self,
        read: &Read,
        options: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let Some(default) = read.default.clone() else {
            let class = match read.kind {
                Kind::Starlette => "KeyError",
                _ => "ImproperlyConfigured",
            };
            if read.kind == Kind::Decouple {
                // A `.env` that no repository has may be in the image, and set it.
                let error = Error::raise(class, format!("`${}` is not set", read.name));
                return Err(self.raised(error, range, &inputs));
            }
            return Err(self.lacks((class, &read.name), range, &inputs));
        };
        let value = match (read.kind, &read.cast, default) {
            (kind, Cast::Database, url @ (PyValue::Str(_) | PyValue::Pattern(_))) => {
                self.database(kind, &url, options)
            }
            (_, Cast::Database, default) => unknown_of(&[default]),
            (Kind::Environ, _, PyValue::Str(text)) if text.starts_with('$') => {
                PyValue::Unknown(not_seen())
            }
            (Kind::Environ | Kind::Environs, _, default) => default,
            // python-decouple casts the default too.
            (Kind::Decouple | Kind::Starlette, Cast::None, default) => default,
            (Kind::Starlette, _, PyValue::None) => PyValue::None,
            (kind, cast @ Cast::Bool, PyValue::Str(text)) => {
                return self.cast(kind, cast, text.to_string(), options, inputs, range);
            }
            (_, Cast::Bool, PyValue::Int(number @ (0 | 1))) => PyValue::Bool(number == 1),
            (_, Cast::Bool, default @ PyValue::Bool(_)) => default,
            (_, cast @ (Cast::Int | Cast::Float | Cast::Text | Cast::Call(_)), default) => {
                return self.call_cast(cast, default, inputs, range);
            }
            (_, _, default) => unknown_of(&[default]),
        };
        Ok(Traced::new(value, inputs))
    }

    fn cast(
        &mut self,
        kind: Kind,
        cast: &Cast,
        text: String,
        options: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let value = match cast {
            Cast::None | Cast::Text => self.heap.text(text),
            Cast::Bool => match boolean(kind, &text) {
                Some(value) => PyValue::Bool(value),
                None => {
                    let error =
                        Error::raise("ValueError", format!("`{text}` is not a truth value"));
                    return Err(self.raised(error, range, &inputs));
                }
            },
            // django-environ takes out everything that is no digit, dot, comma or minus first.
            Cast::Float if kind == Kind::Environ && !is_plain_number(&text) => {
                PyValue::Unknown(not_seen())
            }
            Cast::Int | Cast::Float | Cast::Call(_) => {
                let text = self.heap.text(text);
                return self.call_cast(cast, text, inputs, range);
            }
            Cast::List if matches!(kind, Kind::Environ | Kind::Environs) => {
                let keep = |it: &&str| kind == Kind::Environs || !it.is_empty();
                let parts = text.split(',').filter(keep).map(|it| self.heap.text(it));
                let parts = if text.is_empty() { Vec::new() } else { parts.collect() };
                self.heap.list(parts)
            }
            Cast::Database => self.database(kind, &self.heap.text(text), options),
            Cast::List | Cast::Other => PyValue::Unknown(not_seen()),
        };
        Ok(Traced::new(value, inputs))
    }

    fn call_cast(
        &mut self,
        cast: &Cast,
        value: PyValue,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let arguments = Arguments::of(vec![value]);
        let builtin = match cast {
            Cast::Int => "int",
            Cast::Float => "float",
            Cast::Call(function) => return self.call(function, arguments, inputs, range),
            _ => "str",
        };
        self.call_builtin(builtin, arguments, inputs, range)
    }
}

/// One read of a variable.
struct Read {
    kind: Kind,
    name: String,
    cast: Cast,
    default: Option<PyValue>,
    /// The file that the reader was told.
    file: Option<String>,
}

impl Read {
    /// Whether a text that is known in parts comes out as it is.
    fn keeps(&self, value: &PyValue) -> bool {
        let PyValue::Pattern(parts) = value else { return false };
        let is_text = match (&self.cast, &self.default) {
            (Cast::None, Some(default)) if self.kind == Kind::Environ => {
                matches!(default, PyValue::None | PyValue::Str(_))
            }
            (Cast::None | Cast::Text | Cast::Database, _) => true,
            _ => false,
        };
        // `$OTHER` reads another variable.
        let starts = parts.to_model().into_iter().next();
        let is_own = matches!(starts, Some(TextPart::Known(text)) if !text.starts_with('$'));
        is_text && (self.kind != Kind::Environ || is_own)
    }

    /// Takes the arguments of a read apart. `None` when the name of the variable is not known.
    fn of(reader: &Reader, mut cast: Cast, arguments: &mut Arguments) -> Option<Self> {
        let default = arguments.take("default");
        let given = arguments.take("cast").or_else(|| arguments.take("subcast"));
        let keyword = arguments.take(if reader.kind == Kind::Starlette { "key" } else { "var" });
        let mut positional = arguments.positional.clone().into_iter();
        let name = match (positional.next().or(keyword), &cast) {
            (Some(PyValue::Str(name)), _) => name.to_string(),
            (None, Cast::Database) => "DATABASE_URL".to_owned(),
            _ => return None,
        };
        let (second, third) = (positional.next(), positional.next());
        // `env(name, cast, default)` and `env.list(name, cast, default)` of django-environ have the
        // default in third place, as Starlette has it.
        let cast_first = match reader.kind {
            Kind::Environ => matches!(reader.method.as_str(), "" | "list" | "tuple"),
            // `config(name, cast, default)`
            Kind::Starlette => true,
            Kind::Decouple | Kind::Environs => false,
        };
        let (at_cast, at_default) = if cast_first { (second, third) } else { (third, second) };
        let (planned_cast, planned_default) = reader.planned(&name);
        let default = default.or(at_default).or(planned_default);
        match (given.or(at_cast), planned_cast) {
            (Some(given), _) if matches!(cast, Cast::None) => cast = Cast::of(&given),
            (Some(_), _) => cast = Cast::Other,
            (None, Some(planned)) if matches!(cast, Cast::None) => cast = Cast::of(&planned),
            (None, _) => {}
        }
        arguments.positional.clear();
        let file = match &reader.scheme {
            PyValue::Dict(scheme) if reader.kind == Kind::Starlette => scheme.get(ENV_FILE),
            _ => None,
        };
        let file = file.map(|it| match it {
            PyValue::Str(path) => path.to_string(),
            _ => "the file of variables".to_owned(),
        });
        Some(Self { kind: reader.kind, name, cast, default, file })
    }
}
