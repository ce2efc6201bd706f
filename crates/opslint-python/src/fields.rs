//! Classes whose fields make their objects: dataclasses, models of pydantic, and settings of
//! pydantic-settings, which read the environment.
//!
//! Code of such a class that may change a field leaves its objects unknown: validators, and methods
//! that run when an object is made.
//!
//! Sources: `Lib/dataclasses.py` of Python 3.13, pydantic 2.14 (`validate_default`, conversion of
//! texts), pydantic-settings 2.16 (`EnvSettingsSource`)

use std::sync::Arc;

use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::TextRange;

use crate::project::Lookup;

use super::call::Arguments;
use super::environment::Found;
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::raise::Evaluated;
use super::state::{Attributes, Scope, Slot};
use super::storage::{Class, Opaque};
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// The attribute of a class that has its fields: its kind, and a name and a type for each.
const FIELDS: &str = "class fields";

/// The method that stands for `field(…)` and `Field(…)`: of its arguments.
const FIELD: &str = "field";

/// The kind of a class that `@dataclass` makes.
pub(super) const DATACLASS: &str = "dataclass";
const MODEL: &str = "model";
const SETTINGS: &str = "settings";

/// Classes of packages that are made from fields, and the kind of it.
const BASES: [(&str, &str); 5] = [
    ("pydantic.BaseModel", MODEL),
    ("pydantic.BaseSettings", SETTINGS),
    ("pydantic.main.BaseModel", MODEL),
    ("pydantic_settings.BaseSettings", SETTINGS),
    ("pydantic_settings.main.BaseSettings", SETTINGS),
];

/// Methods that decide what an object has when it is made.
const DECIDING: [&str; 8] = [
    "__init__",
    "__new__",
    "__post_init__",
    "__getattr__",
    "__getattribute__",
    "__setattr__",
    "model_post_init",
    "settings_customise_sources",
];

/// Texts that pydantic takes for true and for false, in small letters.
const TRUE: [&str; 6] = ["1", "on", "t", "true", "y", "yes"];
const FALSE: [&str; 6] = ["0", "off", "f", "false", "n", "no"];

/// A field of a class.
struct Field {
    name: String,
    of: String,
    default: Option<Traced>,
}

/// How settings are named in the environment.
#[derive(Default)]
struct Naming {
    prefix: String,
    case_sensitive: bool,
    /// Whether a file may have some of them.
    has_file: bool,
    /// The only one that may, where its name is seen.
    file: Option<PyValue>,
}

impl Evaluator<'_, '_, '_> {
    /// Whether a decorator makes a dataclass.
    pub(super) fn makes_dataclass(&mut self, decorator: &Expr) -> bool {
        let (named, is_plain) = match decorator {
            // Without `init`, objects are made in another way.
            Expr::Call(call) => {
                let given = &call.arguments.keywords;
                let told =
                    |it: &ast::Keyword| it.arg.as_ref().is_some_and(|it| it.as_str() == "init");
                (&*call.func, !given.iter().any(told))
            }
            other => (other, true),
        };
        let value = self.eval(named);
        let is_it =
            |it: &PyValue| matches!(it, PyValue::Native(it) if it == "dataclasses.dataclass");
        is_plain && value.is_ok_and(|it| is_it(&it.value))
    }

    /// The kind of a class that has this base.
    pub(super) fn kind_of_base(&self, base: &PyValue) -> Option<&'static str> {
        match base {
            // A class behind a dataclass is one only where it is decorated, too.
            PyValue::Class(class) => {
                let chain = self.class_chain(class).ok()?;
                chain.iter().find_map(kind_of).filter(|it| *it != DATACLASS)
            }
            other => {
                let unknown = other.unknown()?;
                let dotted = unknown.import()?;
                BASES.iter().find(|(name, _)| *name == dotted).map(|(_, kind)| *kind)
            }
        }
    }

    /// Makes a class one with fields. Why that is not possible, where its code may change them.
    pub(super) fn with_fields(
        &mut self,
        stmt: &ast::StmtClassDef,
        kind: &'static str,
        scope: &mut Scope,
    ) -> Result<(), Opaque> {
        let decides = |it: &Slot| DECIDING.contains(&it.name.as_str());
        if scope.slots.iter().any(decides) || stmt.body.iter().any(validates) {
            let reason = format!("code of `{}` decides what its fields are", stmt.name);
            return Err(Opaque::because(reason));
        }
        let mut fields = Vec::new();
        for it in &stmt.body {
            let Stmt::AnnAssign(it) = it else { continue };
            let (Expr::Name(name), of) = (&*it.target, type_of(&it.annotation)) else { continue };
            let is_own = name.id.starts_with('_') && kind != DATACLASS;
            if of != "ClassVar" && !is_own && name.id.as_str() != "model_config" {
                let pair = vec![self.heap.text(name.id.as_str()), self.heap.text(of)];
                fields.push(self.heap.tuple(pair));
            }
        }
        let parts = vec![self.heap.text(kind), self.heap.tuple(fields)];
        let value = self.heap.tuple(parts);
        let span = self.span(stmt.name.range);
        self.next_version += 1;
        scope.bind(Slot::assigned(FIELDS, value.into(), (span, span), self.next_version));
        Ok(())
    }

    /// Whether the classes behind an object are made from fields: they have more names than are seen.
    pub(super) fn has_fields(chain: &[Scope]) -> bool {
        chain.iter().any(|it| kind_of(it).is_some())
    }

    /// `field(…)` and `Field(…)`; the default may stand in the first place of the latter.
    pub(super) fn field(&self, mut arguments: Arguments) -> PyValue {
        if let Some(hidden) = arguments.hidden {
            return PyValue::Unknown(hidden);
        }
        let default = arguments.positional.into_iter().next();
        arguments.keywords.extend(default.map(|it| ("default".to_owned(), it)));
        let entries = arguments.keywords.into_iter().map(|(key, it)| (self.heap.text(key), it));
        let entries = entries.collect();
        self.heap.method(self.heap.dict(entries), FIELD)
    }

    /// An object of a class with fields.
    pub(super) fn object_of_fields(
        &mut self,
        class: &Class,
        chain: &[Scope],
        mut arguments: Arguments,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated {
        let kind = chain.iter().find_map(kind_of).unwrap_or(DATACLASS);
        let fields = fields(chain);
        let known = |name: &str| fields.iter().any(|it| it.name == name);
        let is_fit = arguments.keywords.iter().all(|(name, _)| known(name))
            && arguments.positional.len() <= if kind == DATACLASS { fields.len() } else { 0 };
        if arguments.hidden.is_some() || !is_fit {
            let reason = Opaque::because(format!("objects of `{}` are not followed", class.name()));
            return Ok(Traced::new(self.opaque_call(&arguments, &reason).value, inputs.clone()));
        }
        let id = self.heap.fresh_id();
        let Some(object) = self.heap.class(id, class.name(), &[]) else {
            return Ok(PyValue::because("the object is not followed").into());
        };
        let naming = self.naming(chain);
        let mut positional = std::mem::take(&mut arguments.positional).into_iter();
        let mut made = Vec::new();
        for field in fields {
            let given = positional.next().or_else(|| arguments.take(&field.name));
            let value = match given {
                Some(value) if kind == DATACLASS => Traced::new(value, inputs.clone()),
                Some(value) => Traced::new(self.as_type(value, &field.of), inputs.clone()),
                None if kind == SETTINGS => self.setting(&field, &naming, range)?,
                None => self.default_of(&field, range)?,
            };
            made.push((field.name, value));
        }
        let scope = Scope { id, unit: self.unit, ..Scope::default() };
        let attributes = Attributes { scope, bases: vec![PyValue::Class(class.clone())] };
        Arc::make_mut(&mut self.state.classes).insert(id, attributes);
        for (name, value) in made {
            self.set_class_attribute(&object, &name, value, (range, range));
        }
        Ok(Traced::new(PyValue::Object(object), inputs.clone()))
    }

    /// The default of a field, made where a function makes it.
    fn default_of(&mut self, field: &Field, range: TextRange) -> Evaluated {
        let Some(default) = &field.default else {
            let reason = format!("`{}` is given nowhere", field.name);
            return Ok(PyValue::because(reason).into());
        };
        let Traced { value, inputs } = default.clone();
        let Some(options) = options(&value) else { return Ok(Traced::new(value, inputs)) };
        let option = |name: &str| options.iter().find(|it| it.0 == name).map(|it| it.1.clone());
        match (option("default"), option("default_factory")) {
            (Some(value), _) => Ok(Traced::new(value, inputs)),
            (None, Some(factory)) => self.call(&factory, Arguments::default(), inputs, range),
            (None, None) => {
                let reason = format!("`{}` is given nowhere", field.name);
                Ok(PyValue::because(reason).into())
            }
        }
    }

    /// A field of settings: a variable, else its default.
    fn setting(&mut self, field: &Field, naming: &Naming, range: TextRange) -> Evaluated {
        let alias = field.default.as_ref().and_then(|it| options(&it.value)).map(|options| {
            let named = ["validation_alias", "alias", "env"];
            options.into_iter().find(|(name, _)| named.contains(&name.as_str())).map(|it| it.1)
        });
        let name = match alias.flatten() {
            None | Some(PyValue::None) => format!("{}{}", naming.prefix, field.name),
            Some(PyValue::Str(name)) => name.to_string(),
            // One of several names, or a path into a value.
            Some(_) => return Ok(PyValue::because("the name of the variable is not known").into()),
        };
        let name = match naming.case_sensitive {
            true => name,
            false => {
                let forms = [name.to_uppercase(), name.clone(), name.to_lowercase()];
                let is_set = |it: &&String| matches!(self.host.environment.get(it), Lookup::Set(_));
                forms.iter().find(is_set).unwrap_or(&forms[0]).clone()
            }
        };
        match self.variable(&name) {
            Found::Text(text, inputs) => Ok(Traced::new(self.as_type(text, &field.of), inputs)),
            Found::Unknown(unknown) => Ok(PyValue::Unknown(unknown).into()),
            Found::Unset(_) if naming.has_file && self.may_be_in(naming.file.as_ref()) => {
                let reason = format!("a file with variables may set `{name}`");
                Ok(PyValue::because(reason).into())
            }
            Found::Unset(inputs) => {
                let default = self.default_of(field, range)?;
                let value = match default.value {
                    text @ PyValue::Str(_) => self.as_type(text, &field.of),
                    other => other,
                };
                Ok(Traced::new(value, default.inputs.with(&inputs)))
            }
        }
    }

    /// A value as the type of a field of pydantic.
    fn as_type(&self, value: PyValue, of: &str) -> PyValue {
        let PyValue::Str(text) = &value else {
            let is_text = matches!(value, PyValue::Pattern(_));
            return match is_text && of != "str" {
                true => PyValue::Unknown(value.unknown().unwrap_or_else(not_seen)),
                false => value,
            };
        };
        let lower = text.trim().to_lowercase();
        let made = match of {
            "str" => Some(value.clone()),
            "int" => lower.parse().ok().map(PyValue::Int),
            "float" => lower.parse().ok().map(PyValue::Float),
            "bool" if TRUE.contains(&lower.as_str()) => Some(PyValue::Bool(true)),
            "bool" if FALSE.contains(&lower.as_str()) => Some(PyValue::Bool(false)),
            _ => None,
        };
        made.unwrap_or_else(|| PyValue::because(format!("the text is not followed into `{of}`")))
    }

    /// `model_config`, or `class Config`.
    fn naming(&self, chain: &[Scope]) -> Naming {
        let mut naming = Naming::default();
        for scope in chain.iter().rev() {
            if let Some(slot) = scope.get("model_config") {
                match &slot.value.value {
                    PyValue::Dict(entries) => {
                        for (key, value) in entries.iter() {
                            if let PyValue::Str(key) = key {
                                naming.told(key, value);
                            }
                        }
                    }
                    _ => naming.hide(),
                }
            }
            if let Some(PyValue::Class(class)) = scope.get("Config").map(|it| &it.value.value) {
                match self.class_chain(class) {
                    Ok(chain) => {
                        for slot in chain.iter().rev().flat_map(|it| &it.slots) {
                            naming.told(&slot.name, &slot.value.value);
                        }
                    }
                    Err(_) => naming.hide(),
                }
            }
        }
        naming
    }
}

impl Naming {
    /// Any file may have some of them.
    fn hide(&mut self) {
        self.has_file = true;
        self.file = None;
    }

    fn told(&mut self, name: &str, value: &PyValue) {
        match (name, value) {
            ("env_prefix", PyValue::Str(prefix)) => self.prefix = prefix.to_string(),
            ("case_sensitive", PyValue::Bool(it)) => self.case_sensitive = *it,
            ("env_file", value) if !self.has_file => {
                self.has_file = !matches!(value, PyValue::None);
                self.file = Some(value.clone());
            }
            ("env_file" | "secrets_dir" | "toml_file" | "yaml_file" | "json_file", value) => {
                self.has_file |= !matches!(value, PyValue::None);
                self.file = None;
            }
            // What is not known may lead anywhere.
            ("env_prefix" | "case_sensitive", _) => self.hide(),
            _ => {}
        }
    }
}

/// The kind of a class with fields.
fn kind_of(scope: &Scope) -> Option<&'static str> {
    let PyValue::Tuple(parts) = &scope.get(FIELDS)?.value.value else { return None };
    let PyValue::Str(kind) = parts.first()? else { return None };
    [DATACLASS, MODEL, SETTINGS].into_iter().find(|it| **kind == **it)
}

/// The fields of a class and of those behind it, in the order in which they are filled.
fn fields(chain: &[Scope]) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for scope in chain.iter().rev() {
        let Some(PyValue::Tuple(parts)) = scope.get(FIELDS).map(|it| &it.value.value) else {
            continue;
        };
        let Some(PyValue::Tuple(pairs)) = parts.get(1) else { continue };
        for pair in pairs.iter() {
            let PyValue::Tuple(pair) = pair else { continue };
            let [PyValue::Str(name), PyValue::Str(of)] = &pair[..] else { continue };
            let slot = scope.get(name).filter(|it| !it.maybe_unset);
            let default = slot.map(|it| it.value.clone());
            let field = Field { name: name.to_string(), of: of.to_string(), default };
            match fields.iter().position(|it| it.name == field.name) {
                Some(at) => fields[at] = field,
                None => fields.push(field),
            }
        }
    }
    fields
}

/// The arguments of `field(…)`.
fn options(value: &PyValue) -> Option<Vec<(String, PyValue)>> {
    let PyValue::Method(method) = value else { return None };
    let (FIELD, PyValue::Dict(entries)) = (method.name(), method.object()) else { return None };
    let option = |(key, value): &(PyValue, PyValue)| match key {
        PyValue::Str(key) => Some((key.to_string(), value.clone())),
        _ => None,
    };
    Some(entries.iter().filter_map(option).collect())
}

/// Whether a statement of a class is a function that pydantic calls when an object is made.
fn validates(stmt: &Stmt) -> bool {
    let Stmt::FunctionDef(function) = stmt else { return false };
    function.decorator_list.iter().any(|it| {
        let named = match &it.expression {
            Expr::Call(call) => &*call.func,
            other => other,
        };
        let name = match named {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return true,
        };
        name.contains("validator") || name.contains("serializer")
    })
}

/// The name of the type in an annotation, where it may be nothing as well.
fn type_of(annotation: &Expr) -> &str {
    match annotation {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        Expr::Subscript(it) => match type_of(&it.value) {
            "Optional" | "Final" => type_of(&it.slice),
            outer => outer,
        },
        Expr::BinOp(it) if matches!(&*it.right, Expr::NoneLiteral(_)) => type_of(&it.left),
        Expr::BinOp(it) if matches!(&*it.left, Expr::NoneLiteral(_)) => type_of(&it.right),
        _ => "",
    }
}
