//! Imports: the standard library, modules of the project, and everything else.

use std::sync::Arc;

use ruff_python_ast as ast;
use ruff_text_size::TextRange;

use super::storage::Opaque;
use crate::diagnostic::Diagnostic;
use crate::source::FileId;
use crate::workspace::{Opened, join, parent};

use super::access::foreign;
use super::branch::Flow;
use super::evaluator::{DEPTH_MAX, Evaluator, Unit};
use super::names::Names;
use super::packages;
use super::raise::{Error, Evaluated};
use super::state::Scope;
use super::trace::{Inputs, Traced};
use super::value::PyValue;
use super::versions::PythonVersion;

/// Modules of the standard library that a settings file may import.
const STANDARD: [&str; 78] = [
    "__future__",
    "abc",
    "argparse",
    "ast",
    "asyncio",
    "atexit",
    "base64",
    "builtins",
    "calendar",
    "codecs",
    "collections",
    "concurrent",
    "configparser",
    "contextlib",
    "copy",
    "csv",
    "ctypes",
    "dataclasses",
    "datetime",
    "decimal",
    "email",
    "enum",
    "errno",
    "faulthandler",
    "fcntl",
    "fnmatch",
    "fractions",
    "functools",
    "graphlib",
    "gc",
    "getpass",
    "glob",
    "gzip",
    "hashlib",
    "hmac",
    "html",
    "http",
    "importlib",
    "inspect",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "locale",
    "logging",
    "math",
    "multiprocessing",
    "operator",
    "os",
    "pathlib",
    "pickle",
    "platform",
    "pprint",
    "queue",
    "random",
    "re",
    "resource",
    "secrets",
    "select",
    "shlex",
    "shutil",
    "signal",
    "site",
    "socket",
    "ssl",
    "statistics",
    "string",
    "struct",
    "subprocess",
    "sys",
    "sysconfig",
    "tempfile",
    "textwrap",
    "threading",
    "time",
    "tomllib",
    "traceback",
    "typing",
];

const MORE_STANDARD: [&str; 9] =
    ["types", "unittest", "urllib", "uuid", "warnings", "weakref", "xml", "zipfile", "zoneinfo"];

/// How many modules one evaluation may load.
const UNITS_MAX: usize = 40;

/// The largest file that is evaluated, in bytes. Its syntax tree takes thirty times as much memory.
const SOURCE_MAX: usize = 1 << 20;

/// Bytes of all files that one evaluation reads.
const SOURCES_MAX: usize = 4 << 20;

/// What an import finds.
pub(super) enum Found {
    Unit(usize),
    Standard,
    Foreign,
}

/// Whether a module is one of Python's own. `distutils` left with Python 3.12.
pub(super) fn is_standard(module: &str) -> bool {
    let first = module.split('.').next().unwrap_or(module);
    STANDARD.contains(&first) || MORE_STANDARD.contains(&first) || first == "distutils"
}

/// Whether a name in a library module is a module itself.
pub(super) fn is_submodule(dotted: &str) -> bool {
    const SUBMODULES: [&str; 9] = [
        "os.path",
        "logging.config",
        "logging.handlers",
        "distutils.util",
        "urllib.parse",
        "concurrent.futures",
        "importlib.util",
        "multiprocessing.pool",
        "collections.abc",
    ];
    SUBMODULES.contains(&dotted)
}

impl Evaluator<'_, '_, '_> {
    /// The module of the project that is loaded under a dotted name.
    pub(super) fn unit_of(&self, name: &str) -> Option<usize> {
        let is_it = |it: &Unit| !it.name.is_empty() && it.name == name;
        let unit = match name {
            super::namespace::MAIN => 0,
            _ => self.units.iter().position(is_it)?,
        };
        self.state.globals.get(unit).filter(|it| it.loaded).map(|_| unit)
    }

    pub(super) fn exec_import(&mut self, stmt: &ast::StmtImport) -> Evaluated<()> {
        for alias in &stmt.names {
            let name = alias.name.as_str();
            let found = self.import(name, 0, alias.range)?;
            let is_asked = self.plan.commands.is_some() || self.plan.class.is_some();
            if matches!(found, Found::Foreign) && is_asked {
                self.foreign_modules.insert(name.to_owned());
            }
            let (bound, value) = match &alias.asname {
                Some(bound) => (bound.as_str(), name),
                None => {
                    let first = name.split('.').next().unwrap_or(name);
                    (first, first)
                }
            };
            let span = self.span(alias.range);
            let value = self.heap.module(value);
            self.bind(bound, alias.range, value.into(), span);
        }
        Ok(())
    }

    pub(super) fn exec_import_from(&mut self, stmt: &ast::StmtImportFrom) -> Evaluated<()> {
        let module = stmt.module.as_ref().map_or("", |it| it.as_str());
        if module == "__future__" {
            return Ok(());
        }
        let found = self.import(module, stmt.level, stmt.range)?;
        for alias in &stmt.names {
            if alias.name.as_str() == "*" {
                self.import_star(&found, module, alias.range);
                continue;
            }
            let name = alias.name.as_str();
            let bound = alias.asname.as_ref().unwrap_or(&alias.name);
            let (value, span) = self.imported(&found, module, stmt.level, name, alias.range)?;
            self.bind(bound, bound.range, value, span);
        }
        Ok(())
    }

    fn imported(
        &mut self,
        found: &Found,
        module: &str,
        level: u32,
        name: &str,
        range: TextRange,
    ) -> Evaluated<(Traced, crate::source::Span)> {
        let here = self.span(range);
        let unit = match found {
            Found::Unit(unit) => *unit,
            Found::Standard => {
                self.check_has(module, name, "ImportError", range)?;
                let object = self.heap.module(module);
                return Ok((self.attribute(object.into(), name, range)?, here));
            }
            Found::Foreign => {
                // `from . import base`: the folder is a package without code of its own.
                if let Found::Unit(unit) = self.import(&dotted(module, name), level, range)? {
                    let value = self.heap.module(&self.units[unit].name);
                    return Ok((value.into(), here));
                }
                self.may_raise("ImportError");
                if let Some(value) = packages::member(&self.heap, &dotted(module, name)) {
                    return Ok((value.into(), here));
                }
                let module = if module.is_empty() { name } else { module };
                let unknown = foreign(module, &dotted(module, name));
                return Ok((PyValue::Unknown(unknown).into(), here));
            }
        };
        let place = self.state.globals[unit].get(name).map(|it| it.span);
        if let Some(value) = self.imported_name(unit, name) {
            return Ok((value, place.unwrap_or(here)));
        }
        if let Found::Unit(unit) = self.import(&dotted(module, name), level, range)? {
            let value = self.heap.module(&self.units[unit].name);
            return Ok((value.into(), here));
        }
        if let Some(reason) = self.state.globals[unit].opaque.clone() {
            self.may_raise("ImportError");
            return Ok((PyValue::Unknown(reason).into(), here));
        }
        let message = format!("`{module}` has no `{name}`");
        Err(self.raised(Error::raise("ImportError", message), range, &Inputs::default()))
    }

    /// `from module import *`.
    fn import_star(&mut self, found: &Found, module: &str, range: TextRange) {
        let unit = match found {
            Found::Unit(unit) => *unit,
            Found::Standard | Found::Foreign => {
                let reason = Opaque::because(format!("`from {module} import *` may set it"));
                self.may_raise("ImportError");
                self.forget_all(&reason);
                for name in packages::brought_by_star(module) {
                    let value = PyValue::Unknown(foreign(module, &dotted(module, name)));
                    self.bind(name, range, value.into(), self.span(range));
                }
                return;
            }
        };
        let scope = &self.state.globals[unit];
        let names: Vec<_> =
            scope.slots.iter().filter(|it| it.bound).map(|it| it.name.clone()).collect();
        let opaque = scope.opaque.clone();
        let exported =
            scope.get("__all__").and_then(|it| it.value.value.elements()).map(<[_]>::to_vec);
        if let Some(reason) = opaque {
            self.forget_all(&reason);
        }
        for name in names {
            let listed = match &exported {
                Some(all) => all.iter().any(|it| matches!(it, PyValue::Str(it) if **it == *name)),
                None => !name.starts_with('_'),
            };
            let slot = self.state.globals[unit].get(&name).cloned();
            if let (true, Some(slot), Some(value)) = (listed, slot, self.imported_name(unit, &name))
            {
                self.bind(&name, range, value, slot.span);
                if slot.maybe_unset {
                    let own = self.unit;
                    if let Some(it) = self.state.globals[own].get_mut(&name) {
                        it.maybe_unset = true;
                    }
                }
            }
        }
    }

    /// Loads a module, and the packages around it.
    pub(super) fn import(
        &mut self,
        module: &str,
        level: u32,
        range: TextRange,
    ) -> Evaluated<Found> {
        if level == 0 && is_standard(module) {
            if module.starts_with("distutils") {
                self.may_raise("ImportError");
            }
            self.check_module_since(module, range)?;
            return Ok(Found::Standard);
        }
        if level > 0 && self.unit == 0 && self.plan.by_path {
            let message = "attempted relative import with no known parent package";
            let error = Error::raise("ImportError", message);
            return Err(self.raised(error, range, &Inputs::default()));
        }
        let here = self.host.workspace.sources.file(self.file()).path().to_owned();
        let mut folders = Vec::new();
        if level > 0 {
            let mut folder = parent(&here);
            for _ in 1..level {
                folder = parent(folder);
            }
            folders.push(folder.to_owned());
        } else {
            folders.push(self.host.folder.clone());
            folders.extend(self.host.python_path.iter().cloned());
            folders.push(parent(&here).to_owned());
        }
        let path = module.replace('.', "/");
        let prefix = if level > 0 { folders[0].replace('/', ".") } else { String::new() };
        for folder in folders {
            // A package runs before its modules do.
            let mut outer = String::new();
            for part in module.split('.').take(module.split('.').count() - 1) {
                outer = dotted(&outer, part);
                let init = join(&folder, &format!("{}/__init__.py", outer.replace('.', "/")));
                match init.map_or(Opened::Missing, |it| self.host.workspace.try_open(&it)) {
                    Opened::File(file) => {
                        self.load(&dotted(&prefix, &outer), file, range)?;
                    }
                    Opened::Missing => {}
                    Opened::Unknown(_) => return Ok(self.foreign()),
                }
            }
            for candidate in [format!("{path}.py"), format!("{path}/__init__.py")] {
                let Some(candidate) = join(&folder, &candidate) else { continue };
                // `shop/celery.py` that imports `celery` means the package of that name.
                if level == 0 && candidate == here {
                    continue;
                }
                match self.host.workspace.try_open(&candidate) {
                    Opened::File(file) => {
                        let unit = self.load(&dotted(&prefix, module), file, range)?;
                        return Ok(unit.map_or(Found::Foreign, Found::Unit));
                    }
                    Opened::Missing => {}
                    // What is there hides all that comes behind it.
                    Opened::Unknown(_) => return Ok(self.foreign()),
                }
            }
        }
        Ok(self.foreign())
    }

    fn foreign(&mut self) -> Found {
        self.may_raise("ImportError");
        Found::Foreign
    }

    /// Runs a module once. `None` when there are too many.
    fn load(&mut self, name: &str, file: FileId, range: TextRange) -> Evaluated<Option<usize>> {
        if let Some(unit) = self.unit_of(name) {
            return Ok(Some(unit));
        }
        if self.units.len() >= UNITS_MAX || self.depth + 4 >= DEPTH_MAX || name.is_empty() {
            return Ok(None);
        }
        let unit = match self.units.iter().position(|it| it.name == name) {
            Some(unit) => unit,
            None => {
                let opaque = self.too_large(file);
                let (parsed, names) = match opaque {
                    Some(_) => super::syntax::empty(),
                    None => self.parse(file),
                };
                self.units.push(Unit { file, name: name.to_owned(), parsed, names, opaque });
                self.units.len() - 1
            }
        };
        while self.state.globals.len() <= unit {
            self.state.globals.push(Scope::default());
        }
        let opaque = self.units[unit].opaque.clone();
        self.state.globals[unit] = Scope { loaded: true, unit, opaque, ..Scope::default() };
        let parsed = Arc::clone(&self.units[unit].parsed);
        if !parsed.errors().is_empty() {
            let error = Error::raise("SyntaxError", format!("`{name}` is not valid Python"));
            return Err(self.raised(error, range, &Inputs::default()));
        }
        let outer = std::mem::replace(&mut self.unit, unit);
        let place = self.place.take();
        let (loops, calls) = (std::mem::take(&mut self.loops), std::mem::take(&mut self.calls));
        self.depth += 1;
        let flow = self.exec_block(parsed.suite());
        self.depth -= 1;
        (self.loops, self.calls) = (loops, calls);
        self.unit = outer;
        self.place = place;
        match flow {
            Flow::Raise(raised) => {
                if let Some(scope) = self.state.globals.get_mut(unit) {
                    scope.loaded = false;
                }
                Err(raised)
            }
            _ => Ok(Some(unit)),
        }
    }

    /// Why a file is not evaluated: reading all that there is would take too long.
    pub(super) fn too_large(&mut self, file: FileId) -> Option<Opaque> {
        if self.trees.iter().any(|(it, _, _)| *it == file) {
            return None;
        }
        let bytes = self.host.workspace.sources.file(file).text().len();
        let read: usize = self.read_bytes + bytes;
        if bytes > SOURCE_MAX || read > SOURCES_MAX {
            let path = self.host.workspace.sources.file(file).path();
            let reason = format!("`{path}` has more code than opslint evaluates, 1 MB");
            return Some(Opaque::because(reason));
        }
        self.read_bytes = read;
        let is_kept = self.kept(file).is_some();
        self.heap.reads(bytes, is_kept).err()
    }

    /// The syntax tree of a file; its problems are kept.
    pub(super) fn parse(&mut self, file: FileId) -> (super::Tree, Arc<Names>) {
        if let Some((_, parsed, names)) = self.trees.iter().find(|(it, _, _)| *it == file) {
            return (Arc::clone(parsed), Arc::clone(names));
        }
        let known = self.kept(file);
        let known = known.unwrap_or_else(|| {
            let text = self.host.workspace.sources.file(file).shared_text();
            let version = self.host.python;
            let mut problems = Vec::new();
            let parsed = Arc::new(super::syntax::parse(&mut problems, file, &text, version));
            let names = Arc::new(Names::of(parsed.suite()));
            let made = Arc::new(OfFile { version, parsed, names, problems });
            self.host.workspace.keep(file, Arc::clone(&made));
            made
        });
        self.problems.extend(known.problems.iter().cloned());
        let (parsed, names) = (Arc::clone(&known.parsed), Arc::clone(&known.names));
        self.trees.push((file, Arc::clone(&parsed), Arc::clone(&names)));
        (parsed, names)
    }

    /// What another process of the project made of a file.
    fn kept(&self, file: FileId) -> Option<Arc<OfFile>> {
        let kept: Arc<OfFile> = self.host.workspace.kept(file)?;
        (kept.version == self.host.python).then_some(kept)
    }
}

/// What is made of the text of a file before it is evaluated, which is the same for all processes
/// that load it by the same version.
struct OfFile {
    version: Option<PythonVersion>,
    parsed: super::Tree,
    names: Arc<Names>,
    problems: Vec<Diagnostic>,
}

fn dotted(module: &str, name: &str) -> String {
    match (module, name) {
        ("", name) => name.to_owned(),
        (module, "") => module.to_owned(),
        (module, name) => format!("{module}.{name}"),
    }
}
