//! A partial evaluator for Python settings files. No user code ever runs.
//!
//! [`evaluate`] walks the syntax tree as Python would, with values that are known, known by their
//! bounds, known in parts, or unknown with a reason. Where a condition is not decided both paths
//! are taken and joined. Code that is not followed (third-party calls, `exec`) makes unknown what
//! it may change. The work is bounded by a budget of steps and a depth.
//!
//! Limits: generators are not run, `int` is 64 bits wide, and an exception's text is not kept. Each of these yields an unknown, never a guess.
//!
//! | file | holds |
//! | --- | --- |
//! | `syntax` | text → tree |
//! | `value`, `storage`, `kinds` | values, what they are made of and cost, what they may be |
//! | `state`, `trace`, `raise` | names, what values depend on, exceptions |
//! | `evaluator`, `branch`, `forget` | the machine, paths that are not decided, code that is given up |
//! | `eval`, `operators`, `access`, `call`, `function`, `coroutines` | expressions |
//! | `exec`, `assign`, `loops`, `tries`, `import` | statements |
//! | `classes`, `fields`, `inherited` | classes of the project and objects of them |
//! | `namespace` | names that are set by another way than an assignment |
//! | `numbers`, `compare`, `convert`, `render`, `template`, `text`, `containers` | Python's data |
//! | `builtins`, `scalars`, `library`, `environment`, `dotenv`, `argv`, `argparse`, `reflection` | what Python brings along |
//! | `command_line` | click and typer, which make functions of words |
//! | `packages`, `record`, `calls`, `within` | packages that settings go through, and what they are told |
//! | `sites`, `later`, `reach`, `shapes` | single calls into packages, and those in functions that run later |
//! | `every_variable` | loops over all variables of the environment |
//! | `jobs`, `handed` | jobs that functions hand to a queue, and to which |
//! | `export` | names → [`Module`] |

use opslint_model::{budget, diagnostic, fact, project, settings, source};
use opslint_syntax::workspace;

use std::sync::Arc;

use ruff_python_ast::ModModule;
use ruff_python_parser::Parsed;

use crate::diagnostic::Diagnostic;
use crate::fact::{Fact, Input};
use crate::project::Environment;
use crate::source::{FileId, Span, Spanned};
use crate::workspace::{Workspace, join};

pub use self::digits::with_latin_digits;
pub use self::handed::{Handed, To, application, handed};
pub use self::jobs::{JOB_PACKAGES, Jobs, first_sent};
pub use self::kinds::Kinds;
pub use self::library::{kinds_of, library_has, seconds};
pub use self::sites::{Argument, Site, Wanted};
pub use self::storage::{Bound, Class, Entries, Held, Items, Opaque, Part, Parts, Text, Tuple};
pub use self::value::{Function, PyValue};
pub use self::versions::PythonVersion;

mod access;
mod argparse;
mod arguments;
mod argv;
mod assign;
mod attributes;
mod branch;
mod builtins;
mod call;
mod calls;
mod classes;
mod command_line;
mod compare;
mod containers;
mod convert;
mod coroutines;
mod digits;
mod dotenv;
mod environment;
mod eval;
mod evaluator;
mod every_variable;
mod exec;
mod export;
mod fields;
mod forget;
mod function;
mod handed;
mod import;
mod inherited;
mod jobs;
mod join;
mod kinds;
mod later;
mod library;
mod loops;
mod makers;
mod names;
mod namespace;
mod numbers;
mod operators;
mod packages;
mod raise;
mod reach;
mod record;
mod reflection;
mod render;
mod scalars;
mod sets;
mod shapes;
mod sites;
mod state;
mod storage;
mod syntax;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod trace;
mod tries;
mod turns;
mod value;
mod versions;
mod within;

type Tree = Arc<Parsed<ModModule>>;

/// The world that a settings file sees.
pub struct Host<'w, 'f> {
    /// Access to the modules that the file imports.
    pub workspace: &'w mut Workspace<'f>,
    /// The environment variables of the process.
    pub environment: &'w Environment,
    /// What `cpu_count()` returns on the machine; may be unknown.
    pub cpu_count: Fact,
    /// The folder that the process runs in, as shown to the user.
    pub folder: String,
    /// Further folders that modules are imported from, as shown to the user.
    pub python_path: Vec<String>,
    /// The version that runs the file, where a file says it.
    pub python: Option<PythonVersion>,
}

/// What is known of a module after it ran.
#[derive(Debug)]
pub struct Module {
    /// Its names, in the order of first assignment.
    pub bindings: Vec<Binding>,
    /// Syntax errors, here and in modules of the project that it imports. Python loads nothing of
    /// a file that has one; what was understood is in `bindings` all the same.
    pub problems: Vec<Diagnostic>,
    /// The exception that loading the module certainly ends with. `bindings` are as of then.
    pub failure: Option<Failure>,
    /// Names with an annotation and no value: `workers: 6` assigns nothing.
    pub annotations: Vec<Spanned<String>>,
    /// What the code told packages that keep settings, and the variables that it set: see
    /// [`Module::record`].
    pub records: Vec<Binding>,
    /// The calls that [`Plan::sites`] asks for and that are certainly made: while the module is
    /// loaded, or where a function of it or of a module that it imports is called.
    pub sites: Vec<Site>,
    /// The files of the project that were loaded, this one first.
    pub loaded: Vec<FileId>,
    /// What the function gave that [`Plan::call`] names.
    pub result: Option<PyValue>,
    /// The class that [`Plan::class`] names.
    pub class: Option<ClassFacts>,
    /// False when there may be names that we do not see: after `exec`, or a star import of a
    /// module that is not in the project.
    pub complete: bool,
    /// False when something that is not followed may raise, so that the file may not load for a
    /// reason that is not in `failure`.
    pub followed: bool,
}

impl Module {
    /// The binding of a name.
    pub fn get(&self, name: &str) -> Option<&Binding> {
        self.bindings.iter().find(|it| it.name.value == name)
    }

    /// What the code told something beside its own names:
    ///
    /// | name | is |
    /// | --- | --- |
    /// | `env NAME` | the environment variable that the code set |
    /// | `env default NAME` | the one that it set because it was not set |
    /// | `flask config NAME` | a key of the configuration of a Flask application |
    /// | `flask config *` | why keys may be set that we do not see |
    /// | `call NAME` | that a function was called that the plan asks for |
    /// | `call NAME ARG` | an argument of it, by position or name; `self` is the object it is of |
    /// | `call NAME *` | why it may have arguments that we do not see |
    /// | `commands *` | a tuple of the calls that start commands, in their order: each one of its name, its arguments and its named ones |
    /// | `celery app` | that there is a Celery application |
    /// | `celery conf NAME` | a setting of `app.conf` |
    /// | `celery conf *` | why settings may be set that we do not see |
    /// | `celery source` | what `config_from_object` was given |
    /// | `celery namespace` | the namespace of its names |
    /// | `celery object NAME` | a name of that object, Django's settings apart |
    /// | `celery object *` | why it may have names that we do not see |
    /// | `gunicorn cfg NAME` | a setting that an application tells gunicorn |
    /// | `gunicorn cfg *` | why settings may be set that we do not see |
    /// | `gunicorn made` | that there is an application of a class of the project |
    /// | `gunicorn app` | the application that it names |
    /// | `sqlalchemy engine` | a dict of the arguments that an engine is made with |
    pub fn record(&self, name: &str) -> Option<&Binding> {
        self.records.iter().find(|it| it.name.value == name)
    }
}

/// What an environment variable is taken to be that no file mentions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unmentioned {
    /// Unset, so that a default beside it applies. What rests on it is assumed.
    #[default]
    Unset,
    /// Not known, and so is everything that depends on it.
    Unknown,
    /// Unset, and a file of variables that the project does not have sets nothing either.
    Nowhere,
}

/// How a file is evaluated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plan<'a> {
    /// What variables are that no file mentions.
    pub unmentioned: Unmentioned,
    /// A function of the file to call without arguments once it is loaded.
    pub call: Option<&'a str>,
    /// Whether the file is run by its path, and so is part of no package: it has no `from .`.
    pub by_path: bool,
    /// Calls of functions and methods of packages to record, by dotted name. The file then runs as
    /// a script: its `__name__` is `__main__`.
    pub calls: Option<fn(&str) -> bool>,
    /// Calls to record in a file that is loaded as a module.
    pub watched: Option<fn(&str) -> bool>,
    /// Functions of packages whose calls are recorded in functions as well that nothing calls while
    /// the file is loaded, by dotted name.
    pub within: Option<&'a [&'a str]>,
    /// Calls that start commands, by dotted name, which are recorded in their order.
    pub commands: Option<fn(&str) -> bool>,
    /// Calls to tell of at each of their places.
    pub sites: Option<Wanted>,
    /// A name of the file that is a class, of which [`Module::class`] is to tell.
    pub class: Option<&'a str>,
    /// What `sys.argv` is: texts. Unknown where nothing says it.
    pub argv: Option<&'a [Fact]>,
}

/// A name of a module.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The name, at its last assignment.
    pub name: Spanned<String>,
    /// The value in Python's terms.
    pub value: PyValue,
    /// The value in the model's terms, written at the expression that was assigned.
    ///
    /// Lists and tuples of plain values are lists. Sets, dicts, functions, classes, modules and
    /// objects of libraries have no counterpart: they are known as the text they are written in.
    pub fact: Fact,
    /// Whether some path through the file leaves the name without a value.
    pub maybe_unset: bool,
    /// Whether the file reads the name anywhere.
    pub used: bool,
}

/// What is known of a class.
#[derive(Clone, Debug, Default)]
pub struct ClassFacts {
    /// The classes of packages that it is made from, by dotted name, the nearest first; itself, where
    /// it is one of those.
    pub bases: Vec<String>,
    /// Its attributes, with those of the classes of the project behind it.
    pub attributes: Vec<Binding>,
    /// How many of them, the first ones, stand in the class itself.
    pub own: usize,
}

/// An exception that no handler takes.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The expression or statement that raises it.
    pub span: Span,
    /// Class and text, such as "ValueError: invalid literal for int() with base 10: 'two'".
    pub message: String,
    /// What decided that it is raised, such as an environment variable.
    pub inputs: Vec<Input>,
    /// The environment variable that it is raised for because it is not set.
    pub variable: Option<String>,
}

/// Evaluates the module in `file`.
pub fn evaluate(host: &mut Host<'_, '_>, file: FileId) -> Module {
    export::evaluate(host, file, Plan::default())
}

/// Evaluates the module in `file` in another way than [`evaluate`] does.
pub fn evaluate_as<'h>(host: &'h mut Host<'_, '_>, file: FileId, plan: Plan<'h>) -> Module {
    export::evaluate(host, file, plan)
}

/// The folder that holds the packages of a project of the src layout: once the project is installed,
/// they are imported from anywhere.
///
/// Source: <https://packaging.python.org/en/latest/discussions/src-layout-vs-flat-layout/>
pub fn source_folder(workspace: &Workspace<'_>, folder: &str) -> Option<String> {
    const MARKS: [&str; 3] = ["pyproject.toml", "setup.py", "setup.cfg"];
    let is_there = |it: &&str| join(folder, it).is_some_and(|it| workspace.is_there(&it));
    MARKS.into_iter().find(is_there)?;
    join(folder, "src")
}
