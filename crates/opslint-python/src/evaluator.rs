//! The evaluator's own state and the operations that everything else is made of.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::TextRange;

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span, Spanned};

use super::assign::object_id;
use super::command_line::Program;
use super::join::Join;
use super::names::{Effects, Names};
use super::raise::{Error, Evaluated, Outcome, Raised};
use super::state::{Scope, Slot, State};
use super::storage::{Heap, Opaque};
use super::trace::{InputTable, Inputs, Traced};
use super::value::PyValue;
use super::{Host, Plan, Tree};

/// Steps that one evaluation may take. A real settings file takes a few hundred.
pub(super) const STEPS_MAX: usize = 250_000;

/// How deep expressions, blocks and calls may nest. Bounds the stack.
pub(super) const DEPTH_MAX: usize = 90;

/// A module that is being or has been evaluated. Its names are `State::globals` at its index.
pub(super) struct Unit {
    pub(super) file: FileId,
    /// Its dotted name; empty for the file that the evaluation started with.
    pub(super) name: String,
    pub(super) parsed: Tree,
    pub(super) names: Arc<Names>,
    /// Why its code is not looked at.
    pub(super) opaque: Option<Opaque>,
}

/// Where exceptions inside a `try` go.
#[derive(Default)]
pub(super) struct TryFrame {
    /// The state at every point that may raise, joined.
    pub(super) entry: Option<State>,
    /// Classes that may be raised; `*` for any.
    pub(super) kinds: Vec<String>,
    /// What decides whether they are raised.
    pub(super) inputs: Inputs,
    /// How many calls were in progress at the `try`.
    pub(super) calls: usize,
}

/// A path that left a loop or a function where it was not decided whether it does.
pub(super) struct Pending {
    pub(super) state: State,
    pub(super) value: Traced,
}

/// Which scope an assignment binds in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The innermost one, comprehensions included.
    Innermost,
    /// The innermost that is not a comprehension's, as `:=` does.
    Enclosing,
}

/// Paths that left a loop body.
#[derive(Default)]
pub(super) struct LoopFrame {
    pub(super) breaks: Vec<Pending>,
    pub(super) continues: Vec<Pending>,
}

pub(super) struct Evaluator<'h, 'w, 'f> {
    pub(super) host: &'h mut Host<'w, 'f>,
    pub(super) plan: Plan<'h>,
    pub(super) state: State,
    pub(super) table: InputTable,
    pub(super) units: Vec<Unit>,
    /// The module whose code runs.
    pub(super) unit: usize,
    /// What decided that the running code runs.
    pub(super) control: Inputs,
    /// Makes the values, and counts the steps.
    pub(super) heap: Heap,
    pub(super) depth: usize,
    /// How many tasks the running code is in, one around the other.
    pub(super) tasks: usize,
    pub(super) tries: Vec<TryFrame>,
    pub(super) loops: Vec<LoopFrame>,
    /// Paths that returned from each call in progress.
    pub(super) calls: Vec<Vec<Pending>>,
    /// Whether nothing may raise that is not seen, outside of every `try`.
    pub(super) followed: bool,
    /// Classes that the running statement may raise.
    pub(super) may_raise: Vec<String>,
    /// Exceptions that are being handled, for a bare `raise`.
    pub(super) handling: Vec<Arc<Raised>>,
    /// Syntax trees by file, kept when the evaluation starts over.
    pub(super) trees: Vec<(FileId, Tree, Arc<Names>)>,
    /// Trees of code that is a text.
    pub(super) texts: Vec<Tree>,
    /// Where the text stands whose code runs: places in it are none in the file.
    pub(super) place: Option<TextRange>,
    /// Bytes of the files in `trees`.
    pub(super) read_bytes: usize,
    pub(super) problems: Vec<Diagnostic>,
    /// Effects of blocks and expressions by their place in memory, which syntax trees keep.
    pub(super) effects: HashMap<(usize, usize), Arc<Effects>>,
    /// Modules of packages that were imported by a dotted name.
    pub(super) foreign_modules: BTreeSet<String>,
    /// Programs that functions were made into.
    pub(super) programs: Vec<Program>,
    /// Annotations without a value in the file that the evaluation started with.
    pub(super) annotations: Vec<Spanned<String>>,
    /// Where they stand.
    pub(super) annotated: HashSet<u32>,
    /// Whether every variable that no file sets is taken to be set.
    pub(super) all_set: bool,
    /// Variables that cannot be unset, because the file would not load.
    pub(super) must_be_set: BTreeSet<String>,
    /// Variables found to be such in this run.
    pub(super) contradicted: BTreeSet<String>,
    /// The last variable that an exception was raised for because it is not set, and where.
    pub(super) lacked: Option<(Span, String)>,
    /// Names that are set by a key of the dict of their module, while somebody asks for that.
    pub(super) named: Option<BTreeSet<(usize, String)>>,
    /// Objects that changed in the running statement, as they are now.
    pub(super) latest: Vec<(u32, PyValue)>,
    /// How often each object changed.
    pub(super) changes: HashMap<u32, usize>,
    /// Objects of which it is not sure which names share them.
    pub(super) entangled: BTreeSet<u32>,
    pub(super) next_version: u64,
    /// What environs puts before the names of variables, by the reader that does; that of the package
    /// has no number.
    pub(super) prefixes: Vec<(Option<u32>, String)>,
}

impl Evaluator<'_, '_, '_> {
    /// Takes steps off the budget. False when it is used up.
    pub(super) fn spend(&self, steps: usize) -> bool {
        self.heap.spend(steps)
    }

    /// What a block does.
    pub(super) fn effects_of(&mut self, body: &[Stmt]) -> Arc<Effects> {
        let key = (body.as_ptr().addr(), body.len());
        let known = self.effects.entry(key).or_insert_with(|| Arc::new(Effects::of(body)));
        Arc::clone(known)
    }

    /// What the expression of a lambda does.
    pub(super) fn effects_of_body(&mut self, body: &Expr) -> Arc<Effects> {
        let key = (std::ptr::from_ref(body).addr(), 0);
        let known = self.effects.entry(key).or_insert_with(|| Arc::new(Effects::of_target(body)));
        Arc::clone(known)
    }

    pub(super) fn exhausted() -> Opaque {
        Opaque::because("the file takes too many steps to evaluate")
    }

    pub(super) fn file(&self) -> FileId {
        self.units[self.unit].file
    }

    pub(super) fn span(&self, range: TextRange) -> Span {
        let range = self.place.unwrap_or(range);
        Span::new(self.file(), range.start().to_usize(), range.end().to_usize())
    }

    /// An exception at `range`, decided by `inputs` and by whatever decided that this code runs.
    pub(super) fn raised(&self, error: Error, range: TextRange, inputs: &Inputs) -> Arc<Raised> {
        Arc::new(Raised {
            kind: error.kind,
            message: error.message,
            span: self.span(range),
            inputs: inputs.clone().with(&self.control),
        })
    }

    /// An exception because a variable of the environment is not set.
    pub(super) fn lacks(
        &mut self,
        (kind, name): (&str, &str),
        range: TextRange,
        inputs: &Inputs,
    ) -> Arc<Raised> {
        let raised =
            self.raised(Error::raise(kind, format!("`${name}` is not set")), range, inputs);
        self.lacked = Some((raised.span, name.to_owned()));
        raised
    }

    /// An outcome of plain values as the value of the expression at `range`.
    pub(super) fn settle(
        &mut self,
        outcome: Outcome,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        match outcome {
            Ok(value) => {
                if matches!(value, PyValue::Unknown(_)) {
                    self.may_raise("*");
                }
                Ok(Traced::new(value, inputs))
            }
            Err(error) => Err(self.raised(error, range, &inputs)),
        }
    }

    /// Notes that the running statement may raise.
    pub(super) fn may_raise(&mut self, kind: &str) {
        self.followed &= !self.tries.is_empty();
        if !self.tries.is_empty() && !self.may_raise.iter().any(|it| it == kind) {
            self.may_raise.push(kind.to_owned());
        }
    }

    /// Notes an exception on a path that is given up, in the `try` around it if there is one.
    pub(super) fn give_up(&mut self, raised: &Raised, state: &State) {
        if self.tries.is_empty() {
            self.followed = false;
            self.contradicted.extend(self.table.assumed_unset(&raised.inputs));
            return;
        }
        self.note_raise(vec![raised.kind.clone()], state.clone(), &raised.inputs);
    }

    /// Notes in the innermost `try` that one of `kinds` may be raised in `state`.
    pub(super) fn note_raise(&mut self, kinds: Vec<String>, mut state: State, inputs: &Inputs) {
        let Some(mut frame) = self.tries.pop() else {
            // Nothing takes it, so that it may end the file.
            self.followed = false;
            return;
        };
        state.locals.truncate(frame.calls);
        self.spend(state.size());
        let reason = Opaque::because("an exception may be raised before");
        let entry = match frame.entry.take() {
            Some(entry) => self.join(entry, state, &reason, inputs),
            None => state,
        };
        frame.entry = Some(entry);
        frame.inputs.add(inputs);
        for kind in kinds {
            if !frame.kinds.contains(&kind) {
                frame.kinds.push(kind);
            }
        }
        self.tries.push(frame);
    }

    pub(super) fn joiner<'a>(&'a mut self, reason: &'a Opaque, inputs: &'a Inputs) -> Join<'a> {
        Join {
            reason,
            inputs,
            heap: &self.heap,
            entangled: &mut self.entangled,
            next_version: &mut self.next_version,
        }
    }

    pub(super) fn join(
        &mut self,
        left: State,
        right: State,
        reason: &Opaque,
        inputs: &Inputs,
    ) -> State {
        self.spend(left.size() + right.size());
        self.joiner(reason, inputs).states(left, right)
    }

    /// The scope that an assignment to `name` binds in.
    fn scope_for(&mut self, name: &str, target: Target) -> &mut Scope {
        let unit = self.unit;
        let skips = |it: &Scope| target == Target::Enclosing && it.comprehension;
        let mut locals = self.state.locals.iter().rev().filter(|it| it.unit == unit);
        let mut local = locals.find(|it| !skips(it)).filter(|it| !it.is_global(name));
        while let Some(it) = local.filter(|it| it.is_nonlocal(name)) {
            local = it.parent.and_then(|it| self.state.scope(it));
        }
        match local.map(|it| it.id) {
            Some(id) if self.state.scope(id).is_some() => {
                self.state.scope_mut(id).expect("it was just there")
            }
            _ => &mut self.state.globals[unit],
        }
    }

    /// Binds a name in the running scope.
    pub(super) fn bind(&mut self, name: &str, name_range: TextRange, value: Traced, span: Span) {
        self.bind_in(Target::Innermost, name, name_range, value, span);
    }

    /// Binds a name in the running scope, or around the comprehensions in progress.
    pub(super) fn bind_in(
        &mut self,
        target: Target,
        name: &str,
        name_range: TextRange,
        mut value: Traced,
        span: Span,
    ) {
        self.spend(self.latest.len() / 8);
        for (id, object) in &self.latest {
            if let Some(changed) = value.value.replaced(&self.heap, *id, object) {
                value.value = changed;
            }
        }
        if value.value.iterated().is_some() && !value.value.is_range() {
            value.value = PyValue::because("an iterator gives its elements once");
        }
        value.inputs.add(&self.control);
        self.next_version += 1;
        let slot = Slot::assigned(name, value, (self.span(name_range), span), self.next_version);
        self.scope_for(name, target).bind(slot);
    }

    /// The value that one of the elements of a container is, of which it is not known which one.
    pub(super) fn one_of(&mut self, container: &PyValue, reason: Opaque) -> PyValue {
        if !self.heap.walk(container) {
            return PyValue::Unknown(reason);
        }
        let mut ids = Vec::new();
        container.collect_ids(&mut ids);
        ids.retain(|it| Some(*it) != object_id(container));
        if ids.is_empty() {
            return PyValue::Unknown(reason);
        }
        self.entangled.extend(ids);
        PyValue::Unknown(reason.sharing())
    }

    /// Something is changed that is not known. Where it may be an object that names have, each of
    /// those is unknown from now on.
    pub(super) fn change_shared(&mut self, value: &PyValue) {
        if !value.unknown().is_some_and(|it| it.shares()) {
            return;
        }
        let unknown = PyValue::because("it is not sure which names share a changed object");
        for id in std::mem::take(&mut self.entangled) {
            self.replace_certain(id, &unknown, &Inputs::default());
        }
    }

    /// Replaces the object `id` wherever a name reaches it. Where it may be another object that is
    /// changed, each of those that it may be is unknown from now on, whatever becomes of this one.
    pub(super) fn replace_object(&mut self, id: u32, object: &PyValue, inputs: &Inputs) {
        if !self.entangled.contains(&id) {
            return self.replace_certain(id, object, inputs);
        }
        let unknown = PyValue::because("it is not sure which names share a changed object");
        for other in std::mem::take(&mut self.entangled) {
            self.replace_certain(other, &unknown, inputs);
        }
    }

    fn replace_certain(&mut self, id: u32, object: &PyValue, inputs: &Inputs) {
        self.spend(self.state.size() / 4);
        let inputs = inputs.clone().with(&self.control);
        let spent = Self::exhausted();
        for slot in self.state.scopes_mut().flat_map(|it| &mut it.slots) {
            let value = &mut slot.value.value;
            if !value.measure().may_hold(id) {
                continue;
            }
            // Without steps left nobody can tell what changes.
            let changed = match self.heap.is_spent() {
                true => Some(PyValue::Unknown(spent.clone())),
                false => value.replaced(&self.heap, id, object),
            };
            if let Some(changed) = changed {
                *value = changed;
                slot.value.inputs.add(&inputs);
                self.next_version += 1;
                slot.version = self.next_version;
            }
        }
        *self.changes.entry(id).or_default() += 1;
        self.latest.retain(|(it, _)| *it != id);
        self.latest.push((id, object.clone()));
    }
}
