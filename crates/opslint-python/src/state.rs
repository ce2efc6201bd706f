//! What every name means at one point of the evaluation.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::source::Span;

use super::names::Effects;
use super::storage::Opaque;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// How many earlier assignments of a name are kept.
const HISTORY_MAX: usize = 8;

/// How many joins and assignments a slot reaches back. Bounds the recursion of whoever walks it.
const PAST_MAX: u8 = 16;

/// A name and what it is bound to.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) name: String,
    pub(super) name_span: Span,
    pub(super) value: Traced,
    /// The expression that was assigned.
    pub(super) span: Span,
    /// Whether some path leaves the name without a value.
    pub(super) maybe_unset: bool,
    /// False after `del`.
    pub(super) bound: bool,
    /// What this assignment replaced.
    pub(super) earlier: Option<Arc<Slot>>,
    /// The assignments of the branches that were joined here.
    pub(super) alternatives: Vec<Arc<Slot>>,
    /// How many slots stand behind one another in `earlier` and `alternatives`.
    pub(super) past: u8,
    /// Tells two assignments apart; equal in two states when neither assigned the name.
    pub(super) version: u64,
}

/// The names of a module or of one function call.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// Number of the scope; functions made in it name it as their parent.
    pub(super) id: u32,
    /// The module whose code runs in it.
    pub(super) unit: usize,
    /// Whether it is a module's, and the module has run.
    pub(super) loaded: bool,
    /// Whether it is a comprehension's, which assignment expressions skip.
    pub(super) comprehension: bool,
    /// Whether it is that of a class, which functions inside do not see.
    pub(super) class: bool,
    /// Whether a function was made in it, which may outlive the call.
    pub(super) captured: bool,
    /// What stands in front of the names of what is made in it: `make.<locals>.`.
    pub(super) prefix: String,
    /// The scope around a nested function.
    pub(super) parent: Option<u32>,
    /// In order of first assignment.
    pub(super) slots: Vec<Slot>,
    pub(super) index: HashMap<String, usize>,
    /// Why there may be names that we do not see; `None` when we see all of them.
    pub(super) opaque: Option<Opaque>,
    /// What the function does whose call it is.
    pub(super) effects: Option<Arc<Effects>>,
}

impl Scope {
    pub(super) fn get(&self, name: &str) -> Option<&Slot> {
        self.index.get(name).map(|&idx| &self.slots[idx]).filter(|it| it.bound)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Slot> {
        self.index.get(name).map(|&idx| &mut self.slots[idx]).filter(|it| it.bound)
    }

    /// Whether the function declares the name `global`.
    pub(super) fn is_global(&self, name: &str) -> bool {
        self.effects.as_ref().is_some_and(|it| it.global.contains(name))
    }

    /// Whether the function declares the name `nonlocal`.
    pub(super) fn is_nonlocal(&self, name: &str) -> bool {
        self.effects.as_ref().is_some_and(|it| it.nonlocal.contains(name))
    }

    /// Whether the function assigns the name, which makes it local in all of it.
    pub(super) fn is_local(&self, name: &str) -> bool {
        let assigned = self.effects.as_ref().is_some_and(|it| it.assigned.contains(name));
        assigned && !self.class && !self.is_global(name) && !self.is_nonlocal(name)
    }

    /// Binds a name; what it meant before becomes its history.
    pub(super) fn bind(&mut self, mut slot: Slot) {
        let Some(&idx) = self.index.get(&slot.name) else {
            self.index.insert(slot.name.clone(), self.slots.len());
            self.slots.push(slot);
            return;
        };
        let mut earlier = std::mem::replace(&mut self.slots[idx], slot.clone());
        // A loop assigns at the same place again and again: that is one assignment to a reader.
        if earlier.span == slot.span {
            slot.past = earlier.past;
            slot.earlier = earlier.earlier.take();
        } else if earlier.bound {
            let earlier = shortened(earlier);
            slot.past = slot.past.max(earlier.past + 1);
            slot.earlier = Some(Arc::new(earlier));
        }
        self.slots[idx] = slot;
    }

    /// Every name may have been set to anything.
    pub(super) fn forget(&mut self, reason: &Opaque, next_version: &mut u64) {
        self.opaque.get_or_insert_with(|| reason.clone());
        for slot in &mut self.slots {
            *next_version += 1;
            slot.version = *next_version;
            slot.value.value = PyValue::Unknown(reason.clone());
            slot.bound = true;
        }
    }

    pub(super) fn remove(&mut self, name: &str) -> bool {
        match self.get_mut(name) {
            Some(slot) => {
                slot.bound = false;
                true
            }
            None => false,
        }
    }
}

fn shortened(slot: Slot) -> Slot {
    let mut depth = 0;
    let mut next = slot.earlier.as_deref();
    while let Some(it) = next {
        depth += 1;
        next = it.earlier.as_deref();
    }
    if depth >= HISTORY_MAX { slot.without_past() } else { slot.within_past() }
}

impl Slot {
    /// A name that was certainly bound to `value`: the name stands at `name_span`, the value at
    /// `span`.
    pub(super) fn assigned(
        name: &str,
        value: Traced,
        (name_span, span): (Span, Span),
        version: u64,
    ) -> Self {
        Self {
            name: name.to_owned(),
            name_span,
            value,
            span,
            maybe_unset: false,
            bound: true,
            earlier: None,
            alternatives: Vec::new(),
            past: 0,
            version,
        }
    }

    /// The slot as one that others may stand in front of.
    pub(super) fn within_past(self) -> Self {
        if self.past >= PAST_MAX { self.without_past() } else { self }
    }

    fn without_past(self) -> Self {
        Self { earlier: None, alternatives: Vec::new(), past: 0, ..self }
    }
}

/// An environment variable that the file itself set or removed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Variable {
    Set(PyValue, Inputs),
    Removed,
    Unknown(Opaque),
}

/// What running code did to the environment.
#[derive(Clone, Debug, Default)]
pub(super) struct Environ {
    pub(super) variables: BTreeMap<String, Variable>,
    /// Whether the variables that the process started with are gone.
    pub(super) cleared: bool,
    /// What may have set variables that were not set, such as `load_dotenv()`.
    pub(super) unset: Option<Opaque>,
    /// What may have set or removed any variable that is not among `variables`.
    pub(super) any: Option<Opaque>,
}

impl Environ {
    /// Anything may have been done to any variable.
    pub(super) fn forget(&mut self, reason: &Opaque) {
        self.variables.clear();
        self.any = Some(reason.clone());
    }

    /// `os.environ.clear()`.
    pub(super) fn clear(&mut self) {
        *self = Self { cleared: true, ..Self::default() };
    }

    pub(super) fn join(mut self, right: Self, reason: &Opaque) -> Self {
        self.any = self.any.or(right.any);
        if self.cleared != right.cleared {
            self.any.get_or_insert_with(|| reason.clone());
        }
        self.unset = self.unset.or(right.unset);
        let unknown = || Variable::Unknown(reason.clone());
        for (name, variable) in &mut self.variables {
            if right.variables.get(name) != Some(variable) {
                *variable = unknown();
            }
        }
        for name in right.variables.into_keys() {
            self.variables.entry(name).or_insert_with(unknown);
        }
        self
    }
}

/// Everything that running code can change.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// The names of each module, in the order of loading.
    pub(super) globals: Vec<Scope>,
    /// The calls in progress, outermost first.
    pub(super) locals: Vec<Scope>,
    /// Calls that ended and whose names a function still sees, by the number of the scope.
    pub(super) closed: Arc<BTreeMap<u32, Scope>>,
    /// The attributes of each class and each object, by its number.
    pub(super) classes: Arc<BTreeMap<u32, Attributes>>,
    /// Changes to `os.environ`.
    pub(super) environ: Environ,
    /// Attributes of modules that are not ours, by dotted name, as the code replaced them.
    pub(super) replaced: BTreeMap<String, Traced>,
    /// Why nothing that stands behind here ever runs: a loop without an end.
    pub(super) stuck: Option<Opaque>,
}

/// The attributes of a class or of an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes {
    /// Its own.
    pub(super) scope: Scope,
    /// Where others are looked up: the bases of a class, the class of an object.
    pub(super) bases: Vec<PyValue>,
}

impl State {
    /// A scope of a function, whether its call is in progress or has ended.
    pub(super) fn scope(&self, id: u32) -> Option<&Scope> {
        self.locals.iter().find(|it| it.id == id).or_else(|| self.closed.get(&id))
    }

    /// The same, to be changed.
    pub(super) fn scope_mut(&mut self, id: u32) -> Option<&mut Scope> {
        match self.locals.iter().position(|it| it.id == id) {
            Some(at) => self.locals.get_mut(at),
            None => Arc::make_mut(&mut self.closed).get_mut(&id),
        }
    }

    /// Ends the innermost call; what a function made in it sees stays.
    pub(super) fn pop_local(&mut self) -> Scope {
        let scope = self.locals.pop().unwrap_or_default();
        if scope.captured {
            Arc::make_mut(&mut self.closed).insert(scope.id, scope.clone());
        }
        scope
    }

    /// Every scope that a value may be found in.
    pub(super) fn scopes_mut(&mut self) -> impl Iterator<Item = &mut Scope> {
        // Copying what is shared is only paid where there is something to copy.
        let closed = (!self.closed.is_empty()).then(|| Arc::make_mut(&mut self.closed));
        let classes = (!self.classes.is_empty()).then(|| Arc::make_mut(&mut self.classes));
        let attributes = classes.into_iter().flat_map(|it| it.values_mut().map(|it| &mut it.scope));
        let closed = closed.into_iter().flat_map(BTreeMap::values_mut);
        self.globals.iter_mut().chain(&mut self.locals).chain(closed).chain(attributes)
    }

    /// How much it costs to copy the state, in steps.
    pub(super) fn size(&self) -> usize {
        let names: usize = self.globals.iter().chain(&self.locals).map(|it| it.slots.len()).sum();
        names + self.closed.len() + self.classes.len()
    }
}
