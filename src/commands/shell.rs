//! The state of a shell: variables, arguments, folder, functions.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::code::Code;
use super::{Dialect, Surroundings};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::Word;
use crate::parse::shell::Command;
use crate::project::{Environment, Lookup};
use crate::source::Span;

/// What is known of a shell variable.
pub(super) enum Variable<'a> {
    Set(&'a Fact),
    Unset,
    Unmentioned,
}

/// A variable that is not exported; `None` is unset.
type Local = Option<Arc<Fact>>;

/// A function, and the text it stands in; `None` when it depends on a condition which one it is.
type Function = Option<(Rc<Code>, Rc<Command>)>;

/// The state of a shell. Copies share what they have until one of them is changed.
#[derive(Clone, Debug)]
pub(super) struct Shell {
    /// Exported variables: what programs see.
    pub(super) environment: Environment,
    locals: Arc<BTreeMap<String, Local>>,
    /// Names that are exported as soon as they are assigned.
    exported: Arc<BTreeSet<String>>,
    /// Names of which a condition decides whether they are exported.
    maybe_exported: Arc<BTreeSet<String>>,
    /// Names with an attribute of bash that changes what is assigned: `declare -i`.
    transformed: Arc<BTreeSet<String>>,
    /// Arrays of bash by name; `None` when the elements are not known.
    arrays: Arc<BTreeMap<String, Option<Arc<[Word]>>>>,
    /// What `local` hides, for each function that runs.
    scopes: Vec<Vec<Saved>>,
    /// `$0`; `None` when it is not known.
    pub(super) name: Option<Arc<str>>,
    /// `$1` and on; `None` when they are not known.
    pub(super) arguments: Option<Arc<[Word]>>,
    pub(super) folder: Result<String, Unknown>,
    /// Folders that `pushd` left.
    pub(super) folders: Vec<Result<String, Unknown>>,
    /// The folder of the project.
    pub(super) root: Arc<str>,
    pub(super) functions: Arc<BTreeMap<String, Function>>,
    /// Which shell it is.
    pub(super) dialect: Dialect,
    /// Which shell `sh` is here.
    pub(super) sh: Dialect,
    /// Options that are on, or may be: `allexport`, `pipefail`, `nullglob`.
    options: Arc<BTreeSet<String>>,
}

/// A variable as it was before `local`.
#[derive(Clone, Debug)]
struct Saved {
    name: String,
    local: Option<Local>,
    environment: Option<Arc<Fact>>,
    array: Option<Option<Arc<[Word]>>>,
    exported: bool,
}

impl Shell {
    pub(super) fn new(surroundings: &Surroundings<'_>) -> Self {
        Self {
            environment: surroundings.environment.clone(),
            locals: Arc::default(),
            exported: Arc::default(),
            maybe_exported: Arc::default(),
            transformed: Arc::default(),
            arrays: Arc::default(),
            scopes: Vec::new(),
            name: None,
            arguments: Some(Arc::default()),
            folder: Ok(surroundings.folder.to_owned()),
            folders: Vec::new(),
            root: surroundings.folder.into(),
            functions: Arc::default(),
            dialect: surroundings.shell,
            sh: surroundings.sh,
            options: Arc::default(),
        }
    }

    /// A shell that this one starts: it sees exported variables only.
    pub(super) fn child(&self, environment: Environment, arguments: Vec<Word>) -> Self {
        Self {
            environment,
            locals: Arc::default(),
            exported: Arc::default(),
            maybe_exported: Arc::default(),
            transformed: Arc::default(),
            arrays: Arc::default(),
            scopes: Vec::new(),
            arguments: Some(arguments.into()),
            folders: Vec::new(),
            functions: Arc::default(),
            ..self.clone()
        }
    }

    /// The same with the options that a shell has when it starts.
    #[must_use]
    pub(super) fn without_options(self) -> Self {
        Self { options: Arc::default(), ..self }
    }

    pub(super) fn get(&self, name: &str) -> Variable<'_> {
        match self.locals.get(name) {
            Some(Some(fact)) => return Variable::Set(fact),
            Some(None) => return Variable::Unset,
            None => {}
        }
        match self.environment.get(name) {
            Lookup::Set(fact) => Variable::Set(fact),
            Lookup::Unset => Variable::Unset,
            Lookup::Unmentioned => Variable::Unmentioned,
        }
    }

    /// `NAME=value`. A variable that is exported stays exported.
    pub(super) fn assign(&mut self, name: &str, mut fact: Fact) {
        self.take_array(name);
        if self.transformed.contains(name) {
            let reason = format!("an attribute of `{name}` changes what is assigned to it");
            fact.state = State::Unknown(Unknown::because(reason));
        }
        if self.maybe_exported.contains(name) {
            let reason = format!("it depends on a condition whether `{name}` is exported");
            let seen = Fact::unknown(Unknown::because(reason), fact.origin.clone());
            self.environment.set(name, seen);
            Arc::make_mut(&mut self.locals).insert(name.to_owned(), Some(Arc::new(fact)));
            return;
        }
        let is_exported = self.may_have("allexport") || self.exported.contains(name);
        if is_exported || self.environment.sets(name) {
            if self.locals.contains_key(name) {
                Arc::make_mut(&mut self.locals).remove(name);
            }
            self.environment.set(name, fact);
        } else {
            Arc::make_mut(&mut self.locals).insert(name.to_owned(), Some(Arc::new(fact)));
        }
    }

    /// `declare -i NAME` and the like.
    pub(super) fn transforms(&mut self, name: &str) {
        Arc::make_mut(&mut self.transformed).insert(name.to_owned());
    }

    /// `export NAME`, which stays so whatever is assigned later.
    pub(super) fn export(&mut self, name: &str) {
        self.settle_export(name);
        if !self.exported.contains(name) {
            Arc::make_mut(&mut self.exported).insert(name.to_owned());
        }
        if let Some(Some(fact)) = self.locals.get(name).cloned() {
            Arc::make_mut(&mut self.locals).remove(name);
            self.environment.set(name, Arc::unwrap_or_clone(fact));
        }
    }

    fn settle_export(&mut self, name: &str) {
        if self.maybe_exported.contains(name) {
            Arc::make_mut(&mut self.maybe_exported).remove(name);
        }
    }

    /// `export -n NAME`: the variable stays, and programs do not see it.
    pub(super) fn unexport(&mut self, name: &str, span: Span) {
        let value = match self.get(name) {
            Variable::Set(fact) => Some(Arc::new(fact.clone())),
            Variable::Unset | Variable::Unmentioned => None,
        };
        self.unset(name, span);
        Arc::make_mut(&mut self.locals).insert(name.to_owned(), value);
    }

    /// `unset NAME`.
    pub(super) fn unset(&mut self, name: &str, span: Span) {
        let origin = Origin { kind: OriginKind::Env, ..Origin::written(span, "`unset`") };
        self.take_array(name);
        self.settle_export(name);
        Arc::make_mut(&mut self.locals).remove(name);
        Arc::make_mut(&mut self.exported).remove(name);
        self.environment.unset(name, origin);
    }

    /// Whether the command or a file says what this variable is, and not only the machine.
    pub(super) fn has(&self, name: &str) -> bool {
        self.locals.contains_key(name) || self.environment.has(name)
    }

    /// The elements of an array. `None` when there is no array of this name.
    pub(super) fn array(&self, name: &str) -> Option<Option<Arc<[Word]>>> {
        self.arrays.get(name).cloned()
    }

    /// `NAME=(…)`.
    pub(super) fn assign_array(&mut self, name: &str, elements: Option<Vec<Word>>) {
        let elements = elements.map(Arc::from);
        if self.locals.contains_key(name) {
            Arc::make_mut(&mut self.locals).remove(name);
        }
        Arc::make_mut(&mut self.arrays).insert(name.to_owned(), elements);
    }

    fn take_array(&mut self, name: &str) {
        if self.arrays.contains_key(name) {
            Arc::make_mut(&mut self.arrays).remove(name);
        }
    }

    /// Something may have set any variable: a file that is not in the project, `eval` of a text
    /// that is not known. From here on none of them is known.
    pub(super) fn forget_all(&mut self, unknown: Unknown, span: Span) {
        let origin = Origin { kind: OriginKind::Env, ..Origin::written(span, "the command") };
        self.environment.open(Fact::unknown(unknown, origin));
        self.locals = Arc::default();
        self.arrays = Arc::default();
    }

    /// Something may have set this variable.
    pub(super) fn forget(&mut self, name: &str, unknown: Unknown, span: Span) {
        let origin = Origin::written(span, "");
        self.assign(name, super::run::assigned(Fact::unknown(unknown, origin), name, span));
    }

    /// `set -o name`, `shopt -s name`, and the same the other way round.
    pub(super) fn set_option(&mut self, name: &str, is_on: bool) {
        let options = Arc::make_mut(&mut self.options);
        match is_on {
            true => options.insert(name.to_owned()),
            false => options.remove(name),
        };
    }

    /// Whether an option is on, or may be.
    pub(super) fn may_have(&self, option: &str) -> bool {
        self.options.contains(option)
    }

    /// How many functions run.
    pub(super) fn scope_count(&self) -> usize {
        self.scopes.len()
    }

    /// A function starts.
    pub(super) fn enter_function(&mut self) {
        self.scopes.push(Vec::new());
    }

    /// A function ends: what `local` hid is back.
    pub(super) fn leave_function(&mut self) {
        for saved in self.scopes.pop().unwrap_or_default().into_iter().rev() {
            let locals = Arc::make_mut(&mut self.locals);
            match saved.local {
                Some(local) => locals.insert(saved.name.clone(), local),
                None => locals.remove(&saved.name),
            };
            let arrays = Arc::make_mut(&mut self.arrays);
            match saved.array {
                Some(array) => arrays.insert(saved.name.clone(), array),
                None => arrays.remove(&saved.name),
            };
            let exported = Arc::make_mut(&mut self.exported);
            match saved.exported {
                true => exported.insert(saved.name.clone()),
                false => exported.remove(&saved.name),
            };
            self.environment.put_back(&saved.name, saved.environment);
        }
    }

    /// `local NAME`: whatever is assigned to it ends with the function. `false` outside of one.
    pub(super) fn localize(&mut self, name: &str) -> bool {
        let saved = Saved {
            name: name.to_owned(),
            local: self.locals.get(name).cloned(),
            environment: self.environment.shared(name),
            array: self.arrays.get(name).cloned(),
            exported: self.exported.contains(name),
        };
        let Some(scope) = self.scopes.last_mut() else { return false };
        if scope.iter().all(|it| it.name != name) {
            scope.push(saved);
        }
        true
    }

    /// This state where it agrees with `other`, and unknown where the two differ.
    #[must_use]
    pub(super) fn join(mut self, other: &Self) -> Self {
        let differing = self.differing(other);
        let disputed = self.exported_in_one(other, &differing);
        for name in differing {
            let reason = format!("`${name}` depends on a condition in the command");
            let source = format!("`${name}` in the command");
            let origin = Origin::new(OriginKind::Env, source);
            let fact = match self.get(&name) {
                Variable::Set(fact) => fact.clone(),
                _ => Fact::unknown(Unknown::because(""), origin.clone()),
            };
            let span = fact.origin.span;
            let origin = Origin { span, ..origin };
            let fact = Fact::unknown(Unknown::because(reason), origin);
            // What a program may see counts as exported.
            let is_set = |it: &Self| matches!(it.environment.get(&name), Lookup::Set(_));
            match is_set(&self) || is_set(other) {
                true => {
                    Arc::make_mut(&mut self.locals).remove(&name);
                    self.environment.set(&name, fact);
                }
                false => self.assign(&name, fact),
            }
        }
        if !disputed.is_empty() {
            Arc::make_mut(&mut self.exported).retain(|it| !disputed.contains(it));
            Arc::make_mut(&mut self.maybe_exported).extend(disputed);
        }
        self.join_arrays(other);
        if self.folder != other.folder {
            let reason = "the folder it runs in depends on a condition in the command";
            self.folder = Err(Unknown::because(reason));
        }
        let texts = |it: &Self| -> Option<Vec<Option<String>>> {
            Some(it.arguments.as_ref()?.iter().map(Word::text).collect())
        };
        if texts(&self) != texts(other) {
            self.arguments = None;
        }
        if !Arc::ptr_eq(&self.functions, &other.functions) {
            self.join_functions(other);
        }
        if !Arc::ptr_eq(&self.options, &other.options) {
            Arc::make_mut(&mut self.options).extend(other.options.iter().cloned());
        }
        self.join_open(other)
    }

    /// This state, in which any variable may have been set where that is so in `other`.
    #[must_use]
    pub(super) fn join_open(mut self, other: &Self) -> Self {
        // What is taken to be unset there is so here, once any variable may be set.
        for name in other.environment.names() {
            let is_new = !self.environment.has(name);
            if is_new && self.is_taken_unset(name) && other.is_taken_unset(name) {
                self.environment.put_back(name, other.environment.shared(name));
            }
        }
        self.environment.open_like(&other.environment);
        self
    }

    /// The names that are exported here or in `other`, and not in both: of `differing`, and of those
    /// that are exported once they are assigned.
    fn exported_in_one(&self, other: &Self, differing: &BTreeSet<String>) -> BTreeSet<String> {
        let is_exported = |it: &Self, name: &String| {
            it.exported.contains(name) || matches!(it.environment.get(name), Lookup::Set(_))
        };
        let later = self.exported.symmetric_difference(&other.exported);
        let names = differing.iter().chain(later);
        let mut names: BTreeSet<String> =
            names.filter(|it| is_exported(self, it) != is_exported(other, it)).cloned().collect();
        names.extend(self.maybe_exported.union(&other.maybe_exported).cloned());
        names
    }

    fn join_arrays(&mut self, other: &Self) {
        if Arc::ptr_eq(&self.arrays, &other.arrays) {
            return;
        }
        let names: BTreeSet<&String> = self.arrays.keys().chain(other.arrays.keys()).collect();
        let same = |a: &Option<Arc<[Word]>>, b: &Option<Arc<[Word]>>| match (a, b) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        let joined = names.into_iter().map(|name| {
            let (a, b) = (self.arrays.get(name), other.arrays.get(name));
            let elements = match (a, b) {
                (Some(a), Some(b)) if same(a, b) => a.clone(),
                _ => None,
            };
            (name.clone(), elements)
        });
        self.arrays = Arc::new(joined.collect());
    }

    fn join_functions(&mut self, other: &Self) {
        let functions = Arc::make_mut(&mut self.functions);
        for (name, theirs) in other.functions.iter() {
            let same = match (functions.get(name), theirs) {
                (Some(Some((_, a))), Some((_, b))) => Rc::ptr_eq(a, b),
                _ => false,
            };
            if !same {
                functions.insert(name.clone(), None);
            }
        }
        for (name, ours) in functions.iter_mut() {
            if !other.functions.contains_key(name) {
                *ours = None;
            }
        }
    }

    /// The variables whose values are not the same here as in `other`.
    pub(super) fn differing(&self, other: &Self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        if !Arc::ptr_eq(&self.locals, &other.locals) {
            names.extend(self.locals.keys().chain(other.locals.keys()).cloned());
        }
        if !self.environment.is_same(&other.environment) {
            for shell in [self, other] {
                names.extend(shell.environment.names().map(str::to_owned));
            }
        }
        let exported = |it: &Self, name: &str| match it.environment.get(name) {
            Lookup::Set(fact) => Some(fact.state.clone()),
            Lookup::Unset | Lookup::Unmentioned => None,
        };
        names.retain(|it| {
            self.state(it) != other.state(it) || exported(self, it) != exported(other, it)
        });
        names.retain(|it| !(self.is_taken_unset(it) && other.is_taken_unset(it)));
        names
    }

    /// Whether no file sets a variable, be it for that it is not mentioned or for that what may set
    /// any is taken to leave it alone.
    fn is_taken_unset(&self, name: &str) -> bool {
        match (self.locals.contains_key(name), self.environment.get(name)) {
            (false, Lookup::Unmentioned) => true,
            (false, Lookup::Unset) => {
                let fact = self.environment.shared(name);
                fact.is_some_and(|it| it.origin.kind == OriginKind::Assumed)
            }
            _ => false,
        }
    }

    fn state(&self, name: &str) -> Option<State> {
        match self.get(name) {
            Variable::Set(fact) => Some(fact.state.clone()),
            Variable::Unset => Some(State::Known(Value::Null)),
            Variable::Unmentioned => None,
        }
    }

    /// Notes that the value of a variable rests on an assumption.
    pub(super) fn rests_on(&mut self, name: &str, assumed: &Fact) {
        let Variable::Set(fact) = self.get(name) else { return };
        let mut fact = fact.clone();
        let input = assumed.origin.source.clone();
        fact.origin = fact.origin.with_input(input, assumed.clone());
        let fact = Arc::new(fact);
        if !self.locals.contains_key(name) && self.environment.has(name) {
            self.environment.put_back(name, Some(fact));
        } else {
            Arc::make_mut(&mut self.locals).insert(name.to_owned(), Some(fact));
        }
    }
}
