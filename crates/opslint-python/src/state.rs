//! What every name means at one point of the evaluation, and how two such points are joined.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::source::Span;

use super::names::Effects;
use super::storage::{Heap, Opaque};
use super::text::Writer;
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
    /// The slot as one that others may stand in front of.
    fn within_past(self) -> Self {
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

    fn join(mut self, right: Self, reason: &Opaque) -> Self {
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

/// Why and by what two states are joined.
pub(super) struct Join<'a> {
    pub(super) reason: &'a Opaque,
    /// What the undecided condition was computed from.
    pub(super) inputs: &'a Inputs,
    /// Ids of containers of which it is no longer sure which names share them.
    pub(super) entangled: &'a mut BTreeSet<u32>,
    pub(super) heap: &'a Heap,
    /// The last version that was given out.
    pub(super) next_version: &'a mut u64,
}

impl Join<'_> {
    /// The state after either of two paths.
    pub(super) fn states(&mut self, left: State, right: State) -> State {
        // What never gets here has no part in what is here.
        match (&left.stuck, &right.stuck) {
            (Some(_), None) => return right,
            (None, Some(_)) => return left,
            (Some(_), Some(_)) | (None, None) => {}
        }
        State {
            stuck: left.stuck,
            globals: self.scopes(left.globals, right.globals),
            locals: self.scopes(left.locals, right.locals),
            closed: self.shared(left.closed, right.closed, Self::scope),
            classes: self.shared(left.classes, right.classes, Self::attributes),
            environ: left.environ.join(right.environ, self.reason),
            replaced: self.replaced(left.replaced, right.replaced),
        }
    }

    /// Joins what both paths have, and keeps what only one of them has: on the other nothing can
    /// name it.
    fn shared<T: Clone>(
        &mut self,
        left: Arc<BTreeMap<u32, T>>,
        right: Arc<BTreeMap<u32, T>>,
        join: impl Fn(&mut Self, T, T) -> T,
    ) -> Arc<BTreeMap<u32, T>> {
        if Arc::ptr_eq(&left, &right) {
            return left;
        }
        let mut joined = BTreeMap::new();
        let mut right = Arc::unwrap_or_clone(right);
        for (id, scope) in Arc::unwrap_or_clone(left) {
            let scope = match right.remove(&id) {
                Some(other) => join(self, scope, other),
                None => scope,
            };
            joined.insert(id, scope);
        }
        joined.extend(right);
        Arc::new(joined)
    }

    fn attributes(&mut self, left: Attributes, right: Attributes) -> Attributes {
        Attributes { scope: self.scope(left.scope, right.scope), bases: left.bases }
    }

    /// An attribute that only one path replaced is what it was on the other: not known here.
    fn replaced(
        &mut self,
        mut left: BTreeMap<String, Traced>,
        right: BTreeMap<String, Traced>,
    ) -> BTreeMap<String, Traced> {
        let unknown = || -> Traced { PyValue::Unknown(self.reason.clone()).into() };
        for (name, value) in &mut left {
            if right.get(name).is_none_or(|it| it.value != value.value) {
                *value = unknown();
            }
        }
        for name in right.into_keys() {
            left.entry(name).or_insert_with(unknown);
        }
        left
    }

    fn scopes(&mut self, left: Vec<Scope>, right: Vec<Scope>) -> Vec<Scope> {
        let mut joined = Vec::with_capacity(left.len().max(right.len()));
        let mut right = right.into_iter();
        for scope in left {
            joined.push(match right.next() {
                Some(other) => self.scope(scope, other),
                None => scope,
            });
        }
        joined.extend(right);
        joined
    }

    fn scope(&mut self, mut left: Scope, mut right: Scope) -> Scope {
        // A module that only one path loaded: its names mean what they mean there.
        if left.loaded != right.loaded {
            return if left.loaded { left } else { right };
        }
        left.opaque = left.opaque.take().or(right.opaque.take());
        for idx in 0..left.slots.len() {
            let other = right.index.get(&left.slots[idx].name).map(|&it| &right.slots[it]);
            let slot = match other.filter(|it| it.bound) {
                Some(other) if other.version == left.slots[idx].version => continue,
                Some(other) if left.slots[idx].bound => self.slots(&left.slots[idx], other),
                Some(other) => self.one_sided(other),
                None if left.slots[idx].bound => self.one_sided(&left.slots[idx]),
                None => continue,
            };
            left.slots[idx] = slot;
        }
        for slot in right.slots {
            if !left.index.contains_key(&slot.name) {
                left.bind(if slot.bound { self.one_sided(&slot) } else { slot });
            }
        }
        left
    }

    fn slots(&mut self, left: &Slot, right: &Slot) -> Slot {
        let value = self.values(&left.value.value, &right.value.value);
        let mut inputs = left.value.inputs.clone().with(&right.value.inputs);
        inputs.add(self.inputs);
        *self.next_version += 1;
        // The later place in the file is the one that a reader meets last.
        let swapped = left.span.file == right.span.file && right.span.order() < left.span.order();
        let (first, last) = if swapped { (right, left) } else { (left, right) };
        let same = left.value.value == right.value.value && left.span == right.span;
        let alternatives = match same {
            true => Vec::new(),
            false => [first, last].map(|it| Arc::new(it.clone().within_past())).to_vec(),
        };
        let past = alternatives.iter().map(|it| it.past + 1).max().unwrap_or(0);
        Slot {
            value: Traced::new(value, inputs),
            maybe_unset: left.maybe_unset || right.maybe_unset,
            earlier: None,
            alternatives,
            past,
            version: *self.next_version,
            ..last.clone()
        }
    }

    fn one_sided(&mut self, slot: &Slot) -> Slot {
        *self.next_version += 1;
        let inputs = slot.value.inputs.clone().with(self.inputs);
        Slot {
            value: Traced::new(slot.value.value.clone(), inputs),
            maybe_unset: true,
            version: *self.next_version,
            ..slot.clone()
        }
    }

    /// A value that is either of two.
    pub(super) fn values(&mut self, left: &PyValue, right: &PyValue) -> PyValue {
        let unknown = || PyValue::Unknown(self.reason.clone());
        if !self.heap.walk(left) || !self.heap.walk(right) {
            return unknown();
        }
        match (left, right) {
            (PyValue::List(a), PyValue::List(b)) | (PyValue::Set(a), PyValue::Set(b))
                if a.id() != b.id() =>
            {
                self.entangled.extend([a.id(), b.id()]);
                if left == right { left.clone() } else { unknown() }
            }
            (PyValue::Dict(a), PyValue::Dict(b)) if a.id() != b.id() => {
                self.entangled.extend([a.id(), b.id()]);
                if left == right { left.clone() } else { unknown() }
            }
            _ if left == right => {
                self.entangle(left, right);
                left.clone()
            }
            (PyValue::Tuple(a), PyValue::Tuple(b)) if a.len() == b.len() => {
                let joined = a.iter().zip(b.iter()).map(|(a, b)| self.values(a, b)).collect();
                self.heap.tuple(joined)
            }
            (PyValue::Dict(a), PyValue::Dict(b)) if same_keys(a, b) => {
                let joined = a.iter().zip(b.iter());
                let joined = joined.map(|((key, a), (_, b))| (key.clone(), self.values(a, b)));
                let joined = joined.collect();
                self.heap.dict_as(a.id(), joined)
            }
            (PyValue::Str(_) | PyValue::Pattern(_), PyValue::Str(_) | PyValue::Pattern(_)) => {
                joined_texts(self.heap, left, right, self.reason)
            }
            (PyValue::Bool(_), _) | (_, PyValue::Bool(_)) => unknown(),
            _ => match (left.bounds(), right.bounds()) {
                (Some((min, max, is_int)), Some((other_min, other_max, other_int))) => {
                    PyValue::range(min.min(other_min), max.max(other_max), is_int && other_int)
                }
                _ => unknown(),
            },
        }
    }
}

impl Join<'_> {
    fn entangle(&mut self, left: &PyValue, right: &PyValue) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        left.collect_ids(&mut ours);
        right.collect_ids(&mut theirs);
        if ours != theirs {
            self.entangled.extend(ours);
            self.entangled.extend(theirs);
        }
    }
}

fn same_keys(left: &[(PyValue, PyValue)], right: &[(PyValue, PyValue)]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|((a, _), (b, _))| a == b)
}

/// What two texts have in common at both ends, and a gap between.
fn joined_texts(heap: &Heap, left: &PyValue, right: &PyValue, reason: &Opaque) -> PyValue {
    let (PyValue::Str(left), PyValue::Str(right)) = (left, right) else {
        return heap.some_text(reason.clone());
    };
    let same = left.chars().zip(right.chars()).take_while(|(a, b)| a == b);
    let prefix: usize = same.map(|(it, _)| it.len_utf8()).sum();
    let (rest, other) = (&left[prefix..], &right[prefix..]);
    let same = rest.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b);
    let suffix: usize = same.map(|(it, _)| it.len_utf8()).sum();
    let mut writer = Writer::default();
    writer.text(&left[..prefix]);
    writer.gap(reason.clone());
    writer.text(&rest[rest.len() - suffix..]);
    writer.finish(heap)
}
