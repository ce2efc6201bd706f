//! Makes values: the only place where the project's [`Budget`] can be passed by, and it is not.

use std::cell::Cell;
use std::sync::Arc;

use crate::budget::{Budget, INSIDE_BYTES_MAX, INSIDE_MAX, LEN_MAX, Spent, TEXT_MAX};

use super::super::kinds::Kinds;
use super::super::value::{Function, PyValue};
use super::{
    Block, Bound, Class, ClassParts, Entries, Held, Items, Measure, NAME_MAX, Opaque, Part, Parts,
    Text, Tuple,
};

/// Makes values, and counts what the evaluation costs.
#[derive(Debug)]
pub(in super::super) struct Heap {
    budget: Arc<Budget>,
    /// What this evaluation may still take; the budget of the project is told at its end.
    steps: Cell<usize>,
    steps_max: usize,
    next_id: Cell<u32>,
}

impl Heap {
    /// For one evaluation that takes at most `steps`.
    pub(in super::super) fn new(budget: &Arc<Budget>, steps: usize) -> Self {
        let steps_max = steps.min(budget.steps_left());
        let budget = Arc::clone(budget);
        Self { budget, steps: Cell::new(steps_max), steps_max, next_id: Cell::new(0) }
    }

    /// Takes steps: one for each node of code or part of a value that is looked at. False when there
    /// are none left.
    pub(in super::super) fn spend(&self, steps: usize) -> bool {
        self.steps.set(self.steps.get().saturating_sub(steps));
        self.steps.get() > 0
    }

    /// Whether there are no steps left.
    pub(in super::super) fn is_spent(&self) -> bool {
        self.steps.get() == 0
    }

    /// Takes what looking at every part of a value costs. False when there are no steps left: the
    /// value must not be walked then.
    pub(in super::super) fn walk(&self, value: &PyValue) -> bool {
        let Measure { nodes, bytes, .. } = value.measure();
        self.spend(nodes as usize + bytes as usize / 64)
    }

    /// The number of an object, which no other object of this evaluation has.
    pub(in super::super) fn fresh_id(&self) -> u32 {
        self.next_id.set(self.next_id.get() + 1);
        self.next_id.get()
    }

    /// Whether a text of this length may be made; to be asked before it is put together.
    pub(in super::super) fn allows(&self, bytes: usize) -> Result<(), Opaque> {
        match bytes > TEXT_MAX {
            true => Err(Spent::Text.into()),
            false => Ok(()),
        }
    }

    /// Whether a part of a value may be copied to the model, of a text with this many bytes.
    pub(in super::super) fn exports(&self, bytes: usize) -> bool {
        self.budget.text(bytes).is_ok()
    }

    /// Takes what parsing a file of this many bytes costs.
    pub(in super::super) fn reads(&self, bytes: usize, is_kept: bool) -> Result<(), Opaque> {
        Ok(self.budget.steps(bytes / if is_kept { 64 } else { 4 })?)
    }

    /// Whether so many inputs may be copied to the model, with what they were computed from.
    pub(in super::super) fn exports_inputs(&self, inputs: usize) -> bool {
        let cost = inputs * 16;
        cost == 0 || (cost <= LEN_MAX && self.budget.container(cost, 1).is_ok())
    }

    /// A text. One that grows with its inputs is to be [allowed](Self::allows) first.
    pub(in super::super) fn text(&self, text: impl AsRef<str> + Into<Arc<str>>) -> PyValue {
        self.shared(text).map_or_else(|it| PyValue::Unknown(it.may_be(Kinds::STR)), PyValue::Str)
    }

    /// The text of a path.
    pub(in super::super) fn path(&self, text: impl AsRef<str> + Into<Arc<str>>) -> PyValue {
        self.shared(text).map_or_else(PyValue::Unknown, PyValue::Path)
    }

    fn shared(&self, text: impl AsRef<str> + Into<Arc<str>>) -> Result<Text, Opaque> {
        self.budget.text(text.as_ref().len())?;
        self.spend(text.as_ref().len() / 64);
        Ok(Text(text.into()))
    }

    /// An object of a library, by its dotted name.
    pub(in super::super) fn native(&self, name: impl AsRef<str> + Into<Arc<str>>) -> PyValue {
        match name.as_ref().len() > NAME_MAX {
            true => PyValue::because("the name of the object is too long to follow"),
            false => self.shared(name).map_or_else(PyValue::Unknown, PyValue::Native),
        }
    }

    /// A module by its dotted name.
    pub(in super::super) fn module(&self, name: &str) -> PyValue {
        self.shared(name).map_or_else(PyValue::Unknown, PyValue::Module)
    }

    /// A class or an object with this number, by its name and the imported bases it has.
    pub(in super::super) fn class(&self, id: u32, name: &str, bases: &[String]) -> Option<Class> {
        let name = self.shared(name).ok()?;
        let bases = bases.iter().map(|it| self.shared(it.as_str()).ok());
        let bases = bases.collect::<Option<Vec<_>>>()?;
        Some(Class(Arc::new(ClassParts { id, name, bases })))
    }

    /// A text with gaps, or known in full when there are none. See [`Writer`](super::super::text::Writer).
    pub(in super::super) fn parts(&self, mut parts: Vec<Part>) -> PyValue {
        match parts.as_mut_slice() {
            [] => return self.text(""),
            [Part::Known(text)] => return self.text(std::mem::take(text)),
            _ => {}
        }
        let known = |it: &Part| if let Part::Known(text) = it { text.len() } else { 0 };
        let bytes = parts.iter().map(known).sum();
        self.spend(bytes / 64 + parts.len());
        let paid = self.budget.text(bytes).and_then(|()| self.budget.container(parts.len(), 1));
        match paid {
            Ok(()) => PyValue::Pattern(Parts(parts.into())),
            Err(spent) => PyValue::Unknown(Opaque::from(spent).may_be(Kinds::STR)),
        }
    }

    /// A text that is not known, but certainly is a text.
    pub(in super::super) fn some_text(&self, unknown: Opaque) -> PyValue {
        self.parts(vec![Part::Gap(unknown)])
    }

    /// A new list.
    pub(in super::super) fn list(&self, values: Vec<PyValue>) -> PyValue {
        self.list_of(self.fresh_id(), values, Age::New)
    }

    /// The list `id` with other elements.
    pub(in super::super) fn list_as(&self, id: u32, values: Vec<PyValue>) -> PyValue {
        self.list_of(id, values, Age::Changed)
    }

    fn list_of(&self, id: u32, values: Vec<PyValue>, age: Age) -> PyValue {
        let made = self.block(values, Some(id), age, Inside::of);
        made.map_or_else(
            |it| PyValue::Unknown(it.may_be(Kinds::LIST)),
            |block| PyValue::List(Items { id, block }),
        )
    }

    /// A new set of elements that differ.
    pub(in super::super) fn set(&self, values: Vec<PyValue>) -> PyValue {
        self.set_of(self.fresh_id(), values, Age::New)
    }

    /// The set `id` with other elements.
    pub(in super::super) fn set_as(&self, id: u32, values: Vec<PyValue>) -> PyValue {
        self.set_of(id, values, Age::Changed)
    }

    fn set_of(&self, id: u32, values: Vec<PyValue>, age: Age) -> PyValue {
        let made = self.block(values, Some(id), age, Inside::of);
        made.map_or_else(
            |it| PyValue::Unknown(it.may_be(Kinds::SET)),
            |block| PyValue::Set(Items { id, block }),
        )
    }

    /// A new dict of entries whose keys differ.
    pub(in super::super) fn dict(&self, entries: Vec<(PyValue, PyValue)>) -> PyValue {
        self.dict_of(self.fresh_id(), entries, Age::New)
    }

    /// The dict `id` with other entries.
    pub(in super::super) fn dict_as(&self, id: u32, entries: Vec<(PyValue, PyValue)>) -> PyValue {
        self.dict_of(id, entries, Age::Changed)
    }

    fn dict_of(&self, id: u32, entries: Vec<(PyValue, PyValue)>, age: Age) -> PyValue {
        let inside = |(key, value): &(PyValue, PyValue)| Inside::of(key).with(Inside::of(value));
        let made = self.block(entries, Some(id), age, inside);
        made.map_or_else(
            |it| PyValue::Unknown(it.may_be(Kinds::DICT)),
            |block| PyValue::Dict(Entries { id, block }),
        )
    }

    /// A tuple.
    pub(in super::super) fn tuple(&self, values: Vec<PyValue>) -> PyValue {
        let made = self.block(values, None, Age::New, Inside::of);
        made.map_or_else(
            |it| PyValue::Unknown(it.may_be(Kinds::TUPLE)),
            |block| PyValue::Tuple(Tuple(block)),
        )
    }

    /// A method of a value.
    pub(in super::super) fn method(&self, object: PyValue, name: &str) -> PyValue {
        let inside = Inside::of(&object);
        let measure = inside.measure.around(None);
        let paid = self.budget.container(1, measure.nesting as usize).map_err(Opaque::from);
        let name = paid.and_then(|()| self.shared(name));
        name.map_or_else(PyValue::Unknown, |it| {
            PyValue::Method(Bound(Arc::new((object, it, measure))))
        })
    }

    /// What iterating yields in place of an object that is only good for iterating: `range(3)`,
    /// `dict.items()`, a generator.
    pub(in super::super) fn iterator(&self, values: Vec<PyValue>, kind: &str) -> PyValue {
        match self.tuple(values) {
            PyValue::Unknown(unknown) => PyValue::Unknown(unknown.may_be(Kinds::OTHER)),
            tuple => self.method(tuple, &format!("iter {kind}")),
        }
    }

    /// A function.
    pub(in super::super) fn function(&self, function: Function) -> PyValue {
        let inside = function.defaults.iter().map(|(_, it)| Inside::of(it));
        let measure = inside.fold(Inside::default(), Inside::with).measure.around(None);
        let count = function.defaults.len();
        match self.budget.container(count, measure.nesting as usize) {
            Ok(()) if measure.nodes as usize <= INSIDE_MAX => {
                PyValue::Function(Held(Arc::new((function, measure))))
            }
            Ok(()) => PyValue::Unknown(Opaque::from(Spent::Nesting).may_be(Kinds::FUNCTION)),
            Err(spent) => PyValue::Unknown(Opaque::from(spent).may_be(Kinds::FUNCTION)),
        }
    }

    fn block<T>(
        &self,
        items: Vec<T>,
        id: Option<u32>,
        age: Age,
        inside: impl Fn(&T) -> Inside,
    ) -> Result<Arc<Block<T>>, Opaque> {
        self.spend(items.len() / 8);
        if items.len() > LEN_MAX {
            return Err(Spent::Len.into());
        }
        let all = items.iter().map(inside).fold(Inside::default(), Inside::with);
        let measure = all.measure.around(id);
        if measure.nodes as usize > INSIDE_MAX || measure.bytes as usize > INSIDE_BYTES_MAX {
            return Err(Spent::Size.into());
        }
        let count = if age == Age::New { items.len() } else { 0 };
        self.budget.container(count, measure.nesting as usize)?;
        Ok(Arc::new(Block { items, measure, unknown: all.unknown }))
    }
}

/// Whether a container is new, or takes the place of one that was paid for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    New,
    Changed,
}

impl Drop for Heap {
    fn drop(&mut self) {
        // Whether that was the last step shows at the next evaluation.
        let taken = self.steps_max - self.steps.get();
        let _ = self.budget.steps(taken.min(self.budget.steps_left()));
    }
}

/// What the elements of a container come to.
#[derive(Default)]
struct Inside {
    measure: Measure,
    unknown: Option<Opaque>,
}

impl Inside {
    fn of(value: &PyValue) -> Self {
        Self { measure: value.measure(), unknown: value.unknown() }
    }

    fn with(self, other: Self) -> Self {
        let (a, b) = (self.measure, other.measure);
        let measure = Measure {
            nodes: a.nodes.saturating_add(b.nodes),
            bytes: a.bytes.saturating_add(b.bytes),
            nesting: a.nesting.max(b.nesting),
            ids: a.ids | b.ids,
            world: a.world || b.world,
        };
        Self { measure, unknown: self.unknown.or(other.unknown) }
    }
}
