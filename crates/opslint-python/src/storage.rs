//! What values are made of: shared, immutable, and made by the [`Heap`] alone.
//!
//! Fields are private to this module, so no operator can make a text or a container without the
//! [`Budget`](crate::budget::Budget) of the project being asked. Each container knows how large it
//! is when all that it shares is written out ([`Measure`]), so that whoever walks it can pay first.
//! One with more than [`INSIDE_MAX`](crate::budget::INSIDE_MAX) values inside is not made at all.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::budget::Spent;
use crate::fact::{GapKind, TextPart, Unknown};

use super::kinds::Kinds;
use super::value::{Function, PyValue};

pub(super) use self::heap::Heap;

mod heap;

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
pub struct Opaque(Arc<Why>);

#[derive(Clone, Debug, PartialEq)]
struct Why {
    unknown: Unknown,
    kinds: Kinds,
    import: Option<Text>,
    shares: bool,
}

/// A class of the project, or an object of one.
#[derive(Clone, Debug)]
pub struct Class(Arc<ClassParts>);

#[derive(Debug)]
struct ClassParts {
    id: u32,
    name: Text,
    bases: Vec<Text>,
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
    /// Whether a module, the names of one or the environment may be inside.
    world: bool,
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

impl Measure {
    /// A value without parts, with a text of this length.
    pub(super) fn plain(bytes: usize) -> Self {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        Self { nodes: 1, bytes, ..Self::default() }
    }

    /// A module or an object that leads to more than itself.
    pub(super) fn world(bytes: usize) -> Self {
        Self { world: true, ..Self::plain(bytes) }
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

    /// Whether whoever is given the value can change more than the objects inside.
    pub(super) fn reaches_world(self) -> bool {
        self.world
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

impl Class {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The dotted names of its bases that are imported from elsewhere.
    pub fn bases(&self) -> impl Iterator<Item = &str> {
        self.0.bases.iter().map(|it| &**it)
    }

    /// Which class or object this is.
    pub(super) fn id(&self) -> u32 {
        self.0.id
    }
}

impl PartialEq for Class {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
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
        Arc::make_mut(&mut self.0).kinds = kinds;
        self
    }

    /// The same, of something that is imported from a package that is not part of the project.
    #[must_use]
    pub(super) fn imported(mut self, dotted: &str) -> Self {
        let name = dotted.get(..NAME_MAX).unwrap_or(dotted);
        Arc::make_mut(&mut self.0).import = Some(Text(name.into()));
        self
    }

    /// The same, of a value that may be one of the objects that names have: one of two lists, an
    /// element of a list. Who changes it changes those.
    #[must_use]
    pub(super) fn sharing(mut self) -> Self {
        Arc::make_mut(&mut self.0).shares = true;
        self
    }

    /// Whether it may be, or be a part of, an object that names have.
    pub(super) fn shares(&self) -> bool {
        self.0.shares
    }

    /// What it may be all the same.
    pub fn kinds(&self) -> Kinds {
        self.0.kinds
    }

    /// The dotted name that it is imported by, from a package that is not part of the project.
    pub fn import(&self) -> Option<&str> {
        self.0.import.as_deref()
    }

    /// The same as the reason why another value is not known. What a variable is known not to be
    /// says nothing of what is made of it: `ENV.lower()` may be a text that `ENV` is not.
    #[must_use]
    pub(super) fn into_reason(mut self) -> Self {
        if let GapKind::NoneOf(_) = self.kind {
            Arc::make_mut(&mut self.0).unknown.kind = GapKind::default();
        }
        self
    }

    /// The reason in the model's terms.
    pub fn to_model(&self) -> Unknown {
        self.0.unknown.clone()
    }
}

impl From<Unknown> for Opaque {
    fn from(mut unknown: Unknown) -> Self {
        if unknown.reason.len() > REASON_MAX {
            unknown.reason.truncate(unknown.reason.floor_char_boundary(REASON_MAX));
            unknown.reason.push('…');
        }
        Self(Arc::new(Why { unknown, kinds: Kinds::ANY, import: None, shares: false }))
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
        &self.0.unknown
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({:?})", self.0.unknown.reason, self.0.kinds)
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
