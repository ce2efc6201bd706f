//! States of two paths that come together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::state::{Attributes, Scope, Slot, State};
use super::storage::{Heap, Opaque};
use super::text::Writer;
use super::trace::{Inputs, Traced};
use super::value::PyValue;
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
        let has_objects = left.measure().has_objects() || right.measure().has_objects();
        let reason = self.reason;
        let unknown = || match has_objects {
            true => PyValue::Unknown(reason.clone().sharing()),
            false => PyValue::Unknown(reason.clone()),
        };
        if !self.heap.walk(left) || !self.heap.walk(right) {
            return unknown();
        }
        if has_objects && left != right {
            self.entangle(left, right);
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
            // 0.0 and -0.0 are equal, and not the same.
            (PyValue::Float(a), PyValue::Float(b)) if a.to_bits() != b.to_bits() => unknown(),
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
