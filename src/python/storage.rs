//! What values are made of: shared, immutable, and made by the [`Heap`] alone.
//!
//! Fields are private to this module, so no operator can make a text or a container without the
//! [`Budget`] of the project being asked. Each container knows how large it is when all that it
//! shares is written out ([`Measure`]), so that whoever walks it can pay first; one that is larger
//! than [`INSIDE_MAX`] written out is not made at all.

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::budget::{Budget, INSIDE_BYTES_MAX, INSIDE_MAX, LEN_MAX, Spent, TEXT_MAX};
use crate::fact::{TextPart, Unknown};

use super::kinds::Kinds;
use super::value::{Function, PyValue};

/// The longest name of an object of a library: `os.path.sep.join`.
const NAME_MAX: usize = 200;

/// The longest reason that is kept. Names in it are as long as whoever wrote the file likes.
const REASON_MAX: usize = 300;

/// A text that is shared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

/// A part of a text that is known in parts.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// This text.
    Known(String),
    /// Some text, not known.
    Gap(Opaque),
}

/// The parts of a text of which some are not known. Derefs to a slice.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts(Arc<[Part]>);

/// Why a value is not known, and what it may be. Derefs to the reason.
#[derive(Clone, PartialEq)]
pub struct Opaque {
    why: Arc<Unknown>,
    /// What it may be all the same.
    pub(super) kinds: Kinds,
    /// Whether a package that is not part of the project computes it.
    pub(super) is_foreign: bool,
}

/// How large a value is when everything that it shares is written out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measure {
    /// Values, itself included.
    pub(super) nodes: u32,
    /// Bytes of text.
    pub(super) bytes: u32,
    /// How deep containers stand in containers; 0 for a plain value.
    nesting: u32,
    /// Which lists, dicts and sets may be inside: a bit for each, by its id.
    ids: u64,
}

#[derive(Debug)]
struct Block<T> {
    items: Vec<T>,
    measure: Measure,
    /// The first part that is not known.
    unknown: Option<Opaque>,
}

/// The elements of a list or a set. Derefs to a slice.
#[derive(Clone, Debug)]
pub struct Items {
    id: u32,
    block: Arc<Block<PyValue>>,
}

/// The elements of a tuple. Derefs to a slice.
#[derive(Clone, Debug)]
pub struct Tuple(Arc<Block<PyValue>>);

/// The entries of a dict in insertion order. Derefs to a slice.
#[derive(Clone, Debug)]
pub struct Entries {
    id: u32,
    block: Arc<Block<(PyValue, PyValue)>>,
}

/// A method together with its object; also what iterating yields, see [`PyValue::iterated`].
#[derive(Clone, Debug)]
pub struct Bound(Arc<(PyValue, Text, Measure)>);

/// A function and the values that it holds on to.
#[derive(Clone, Debug)]
pub struct Held(Arc<(Function, Measure)>);

/// Makes values, and counts what the evaluation costs.
#[derive(Debug)]
pub(super) struct Heap {
    budget: Arc<Budget>,
    /// What this evaluation may still take; the budget of the project is told at its end.
    steps: Cell<usize>,
    steps_max: usize,
    next_id: Cell<u32>,
}

impl Heap {
    /// For one evaluation that takes at most `steps`.
    pub(super) fn new(budget: &Arc<Budget>, steps: usize) -> Self {
        let steps_max = steps.min(budget.steps_left());
        let budget = Arc::clone(budget);
        Self { budget, steps: Cell::new(steps_max), steps_max, next_id: Cell::new(0) }
    }

    /// Takes steps: one for each node of code or part of a value that is looked at. False when there
    /// are none left.
    pub(super) fn spend(&self, steps: usize) -> bool {
        self.steps.set(self.steps.get().saturating_sub(steps));
        self.steps.get() > 0
    }

    /// Whether there are no steps left.
    pub(super) fn is_spent(&self) -> bool {
        self.steps.get() == 0
    }

    /// Takes what looking at every part of a value costs. False when there are no steps left: the
    /// value must not be walked then.
    pub(super) fn walk(&self, value: &PyValue) -> bool {
        let Measure { nodes, bytes, .. } = value.measure();
        self.spend(nodes as usize + bytes as usize / 64)
    }

    /// The number of an object, which no other object of this evaluation has.
    pub(super) fn fresh_id(&self) -> u32 {
        self.next_id.set(self.next_id.get() + 1);
        self.next_id.get()
    }

    /// Whether a text of this length may be made; to be asked before it is put together.
    pub(super) fn allows(&self, bytes: usize) -> Result<(), Opaque> {
        match bytes > TEXT_MAX {
            true => Err(Spent::Text.into()),
            false => Ok(()),
        }
    }

    /// Whether a part of a value may be copied to the model, of a text with this many bytes.
    pub(super) fn exports(&self, bytes: usize) -> bool {
        self.budget.text(bytes).is_ok()
    }

    /// Takes what parsing a file of this many bytes costs.
    pub(super) fn reads(&self, bytes: usize) -> Result<(), Opaque> {
        Ok(self.budget.steps(bytes / 16)?)
    }

    /// Whether so many inputs may be copied to the model, with what they were computed from.
    pub(super) fn exports_inputs(&self, inputs: usize) -> bool {
        let cost = inputs * 16;
        cost == 0 || (cost <= LEN_MAX && self.budget.container(cost, 1).is_ok())
    }

    /// A text. One that grows with its inputs is to be [allowed](Self::allows) first.
    pub(super) fn text(&self, text: impl AsRef<str> + Into<Arc<str>>) -> PyValue {
        self.shared(text).map_or_else(|it| PyValue::Unknown(it.may_be(Kinds::STR)), PyValue::Str)
    }

    /// The text of a path.
    pub(super) fn path(&self, text: impl AsRef<str> + Into<Arc<str>>) -> PyValue {
        self.shared(text).map_or_else(PyValue::Unknown, PyValue::Path)
    }

    fn shared(&self, text: impl AsRef<str> + Into<Arc<str>>) -> Result<Text, Opaque> {
        self.budget.text(text.as_ref().len())?;
        self.spend(text.as_ref().len() / 64);
        Ok(Text(text.into()))
    }

    /// An object of a library, by its dotted name.
    pub(super) fn native(&self, name: impl AsRef<str> + Into<Arc<str>>) -> PyValue {
        match name.as_ref().len() > NAME_MAX {
            true => PyValue::because("the name of the object is too long to follow"),
            false => self.shared(name).map_or_else(PyValue::Unknown, PyValue::Native),
        }
    }

    /// A module by its dotted name.
    pub(super) fn module(&self, name: &str) -> PyValue {
        self.shared(name).map_or_else(PyValue::Unknown, PyValue::Module)
    }

    /// A class by its name.
    pub(super) fn class(&self, name: &str) -> PyValue {
        self.shared(name).map_or_else(PyValue::Unknown, PyValue::Class)
    }

    /// A text with gaps, or known in full when there are none. See [`Writer`](super::text::Writer).
    pub(super) fn parts(&self, mut parts: Vec<Part>) -> PyValue {
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
    pub(super) fn some_text(&self, unknown: Opaque) -> PyValue {
        self.parts(vec![Part::Gap(unknown)])
    }

    /// A new list.
    pub(super) fn list(&self, values: Vec<PyValue>) -> PyValue {
        self.list_of(self.fresh_id(), values, Age::New)
    }

    /// The list `id` with other elements.
    pub(super) fn list_as(&self, id: u32, values: Vec<PyValue>) -> PyValue {
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
    pub(super) fn set(&self, values: Vec<PyValue>) -> PyValue {
        self.set_of(self.fresh_id(), values, Age::New)
    }

    /// The set `id` with other elements.
    pub(super) fn set_as(&self, id: u32, values: Vec<PyValue>) -> PyValue {
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
    pub(super) fn dict(&self, entries: Vec<(PyValue, PyValue)>) -> PyValue {
        self.dict_of(self.fresh_id(), entries, Age::New)
    }

    /// The dict `id` with other entries.
    pub(super) fn dict_as(&self, id: u32, entries: Vec<(PyValue, PyValue)>) -> PyValue {
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
    pub(super) fn tuple(&self, values: Vec<PyValue>) -> PyValue {
        let made = self.block(values, None, Age::New, Inside::of);
        made.map_or_else(
            |it| PyValue::Unknown(it.may_be(Kinds::TUPLE)),
            |block| PyValue::Tuple(Tuple(block)),
        )
    }

    /// A method of a value.
    pub(super) fn method(&self, object: PyValue, name: &str) -> PyValue {
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
    pub(super) fn iterator(&self, values: Vec<PyValue>, kind: &str) -> PyValue {
        match self.tuple(values) {
            PyValue::Unknown(unknown) => PyValue::Unknown(unknown.may_be(Kinds::OTHER)),
            tuple => self.method(tuple, &format!("iter {kind}")),
        }
    }

    /// A function.
    pub(super) fn function(&self, function: Function) -> PyValue {
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
        };
        Self { measure, unknown: self.unknown.or(other.unknown) }
    }
}

impl Measure {
    /// A value without parts, with a text of this length.
    pub(super) fn plain(bytes: usize) -> Self {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        Self { nodes: 1, bytes, ..Self::default() }
    }

    fn around(self, id: Option<u32>) -> Self {
        let nodes = self.nodes.saturating_add(1);
        let own = id.map_or(0, bit);
        Self { nodes, nesting: self.nesting + 1, ids: self.ids | own, ..self }
    }

    /// False when the object is certainly not inside.
    pub(super) fn may_hold(self, id: u32) -> bool {
        self.ids & bit(id) != 0
    }

    /// Whether there is a list, dict or set inside.
    pub(super) fn has_objects(self) -> bool {
        self.ids != 0
    }
}

fn bit(id: u32) -> u64 {
    1 << (id % 64)
}

impl Items {
    /// Whether both are the same in memory.
    pub(super) fn shares(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.block, &other.block)
    }

    /// Which object this is: values that share an id are one object in Python.
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    pub(super) fn measure(&self) -> Measure {
        self.block.measure
    }

    pub(super) fn unknown(&self) -> Option<Opaque> {
        self.block.unknown.clone()
    }
}

impl Entries {
    /// Whether both are the same in memory.
    pub(super) fn shares(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.block, &other.block)
    }

    /// Which object this is, see [`Items`].
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    pub(super) fn measure(&self) -> Measure {
        self.block.measure
    }

    pub(super) fn unknown(&self) -> Option<Opaque> {
        self.block.unknown.clone()
    }

    /// The value of a text key.
    pub fn get(&self, key: &str) -> Option<&PyValue> {
        let found = self.iter().find(|(it, _)| matches!(it, PyValue::Str(it) if it == key));
        found.map(|(_, value)| value)
    }
}

impl Tuple {
    /// Whether both are the same in memory.
    pub(super) fn shares(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn measure(&self) -> Measure {
        self.0.measure
    }

    pub(super) fn unknown(&self) -> Option<Opaque> {
        self.0.unknown.clone()
    }
}

impl Bound {
    pub(super) fn object(&self) -> &PyValue {
        &self.0.0
    }

    pub(super) fn name(&self) -> &str {
        &self.0.1
    }

    pub(super) fn measure(&self) -> Measure {
        self.0.2
    }
}

impl Held {
    pub(super) fn measure(&self) -> Measure {
        self.0.1
    }
}

impl Parts {
    pub(super) fn bytes(&self) -> usize {
        let known = |it: &Part| if let Part::Known(text) = it { text.len() } else { 0 };
        self.iter().map(known).sum()
    }

    /// The first gap.
    pub(super) fn gap(&self) -> Option<&Opaque> {
        self.iter().find_map(|it| match it {
            Part::Gap(unknown) => Some(unknown),
            Part::Known(_) => None,
        })
    }

    /// The parts in the model's terms.
    pub fn to_model(&self) -> Vec<TextPart> {
        let part = |it: &Part| match it {
            Part::Known(text) => TextPart::Known(text.clone()),
            Part::Gap(unknown) => TextPart::Unknown(unknown.to_model()),
        };
        self.iter().map(part).collect()
    }
}

impl Opaque {
    /// Not known, and nothing in the project settles it.
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Unknown::because(reason).into()
    }

    /// The same, of a value that is certainly of one of these kinds.
    #[must_use]
    pub(super) fn may_be(mut self, kinds: Kinds) -> Self {
        self.kinds = kinds;
        self
    }

    /// The reason in the model's terms.
    pub fn to_model(&self) -> Unknown {
        (*self.why).clone()
    }
}

impl From<Unknown> for Opaque {
    fn from(mut unknown: Unknown) -> Self {
        if unknown.reason.len() > REASON_MAX {
            unknown.reason.truncate(unknown.reason.floor_char_boundary(REASON_MAX));
            unknown.reason.push('…');
        }
        Self { why: Arc::new(unknown), kinds: Kinds::ANY, is_foreign: false }
    }
}

impl From<Spent> for Opaque {
    fn from(spent: Spent) -> Self {
        spent.unknown().into()
    }
}

impl Deref for Opaque {
    type Target = Unknown;

    fn deref(&self) -> &Unknown {
        &self.why
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({:?})", self.why.reason, self.kinds)
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl Deref for Parts {
    type Target = [Part];

    fn deref(&self) -> &[Part] {
        &self.0
    }
}

impl Deref for Items {
    type Target = [PyValue];

    fn deref(&self) -> &[PyValue] {
        &self.block.items
    }
}

impl Deref for Tuple {
    type Target = [PyValue];

    fn deref(&self) -> &[PyValue] {
        &self.0.items
    }
}

impl Deref for Entries {
    type Target = [(PyValue, PyValue)];

    fn deref(&self) -> &[(PyValue, PyValue)] {
        &self.block.items
    }
}

impl Deref for Held {
    type Target = Function;

    fn deref(&self) -> &Function {
        &self.0.0
    }
}

// Two values that share their storage are equal without a look at it.

impl PartialEq for Items {
    fn eq(&self, other: &Self) -> bool {
        self.shares(other) || **self == **other
    }
}

impl PartialEq for Tuple {
    fn eq(&self, other: &Self) -> bool {
        self.shares(other) || **self == **other
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        self.shares(other) || **self == **other
    }
}

impl PartialEq for Bound {
    fn eq(&self, other: &Self) -> bool {
        let same = |it: &Self| (it.0.1.clone(), it.0.0.clone());
        Arc::ptr_eq(&self.0, &other.0) || same(self) == same(other)
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || **self == **other
    }
}
