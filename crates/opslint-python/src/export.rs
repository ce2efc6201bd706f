//! Runs an evaluation, and turns its names into a [`Module`].

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use ruff_text_size::TextRange;

use crate::fact::{Fact, Input, Origin, Overridden, State, Value};
use crate::source::FileId;

use super::branch::Flow;
use super::call::Arguments;
use super::evaluator::{Evaluator, STEPS_MAX, Unit};
use super::raise::{Evaluated, Raised};
use super::record;
use super::sites::{SITE, Site};
use super::state::{Scope, Slot, State as Names};
use super::storage::{Heap, Opaque, Part};
use super::trace::{InputTable, Inputs};
use super::value::PyValue;
use super::{Binding, ClassFacts, Failure, Host, Module, Plan};

/// How often an evaluation may start over because a variable turns out to be set.
const RUNS_MAX: usize = 12;

/// How many alternatives and losers are followed into their own past.
const PAST_MAX: usize = 3;

pub(super) fn evaluate<'h>(host: &'h mut Host<'_, '_>, file: FileId, plan: Plan<'h>) -> Module {
    let mut evaluator = Evaluator::new(host, plan);
    let opaque = evaluator.too_large(file);
    let (parsed, names) = match opaque {
        Some(_) => super::syntax::empty(),
        None => evaluator.parse(file),
    };
    let mut runs = 0;
    loop {
        runs += 1;
        evaluator.reset(opaque.clone());
        let unit = Unit {
            file,
            name: String::new(),
            parsed: Arc::clone(&parsed),
            names: names.clone(),
            opaque: opaque.clone(),
        };
        evaluator.units.push(unit);
        evaluator.set_argv();
        let flow = evaluator.exec_block(parsed.suite());
        let mut result = None;
        let raised = match flow {
            Flow::Raise(raised) => Some(raised),
            _ => match evaluator.call_planned() {
                Ok(value) => {
                    result = value;
                    None
                }
                Err(raised) => Some(raised),
            },
        };
        let mut contradicted = std::mem::take(&mut evaluator.contradicted);
        if let Some(raised) = &raised {
            contradicted.extend(evaluator.table.assumed_unset(&raised.inputs));
        }
        // Loading the file would fail if these were unset, so whoever deploys it sets them.
        let news = contradicted.iter().any(|it| !evaluator.must_be_set.contains(it))
            || (!contradicted.is_empty() && evaluator.table_has(&contradicted));
        if news && !evaluator.all_set {
            evaluator.must_be_set.extend(contradicted);
            evaluator.all_set = runs >= RUNS_MAX;
            continue;
        }
        // A script is there to go on for ever; whoever loads a module with such a loop waits for ever,
        // so that nothing of what it says is used.
        if let (Some(reason), None) = (evaluator.state.stuck.clone(), evaluator.plan.calls) {
            evaluator.state.locals.clear();
            evaluator.forget_all(&reason);
            result = None;
        }
        // What is looked at next is not what the module does by itself.
        let mut sites = Vec::new();
        if raised.is_none() && evaluator.state.stuck.is_none() {
            sites = evaluator.sites_of(&evaluator.state.globals[0].slots);
            sites.extend(evaluator.later_sites());
        }
        if raised.is_none() {
            evaluator.note_within();
        }
        return evaluator.module(raised, result, sites);
    }
}

impl<'h, 'w, 'f> Evaluator<'h, 'w, 'f> {
    fn new(host: &'h mut Host<'w, 'f>, plan: Plan<'h>) -> Self {
        let heap = Heap::new(host.workspace.budget(), STEPS_MAX);
        Self {
            host,
            plan,
            state: Names::default(),
            table: InputTable::default(),
            units: Vec::new(),
            unit: 0,
            control: Inputs::default(),
            heap,
            depth: 0,
            tasks: 0,
            tries: Vec::new(),
            loops: Vec::new(),
            calls: Vec::new(),
            may_raise: Vec::new(),
            followed: true,
            handling: Vec::new(),
            trees: Vec::new(),
            read_bytes: 0,
            texts: Vec::new(),
            place: None,
            problems: Vec::new(),
            annotations: Vec::new(),
            annotated: HashSet::new(),
            effects: HashMap::new(),
            foreign_modules: BTreeSet::new(),
            programs: Vec::new(),
            all_set: false,
            must_be_set: BTreeSet::new(),
            contradicted: BTreeSet::new(),
            lacked: None,
            named: None,
            latest: Vec::new(),
            changes: HashMap::new(),
            entangled: BTreeSet::new(),
            prefixes: Vec::new(),
            next_version: 0,
        }
    }
}

impl Evaluator<'_, '_, '_> {
    /// Forgets everything but syntax trees and what earlier runs found out about variables.
    fn reset(&mut self, opaque: Option<Opaque>) {
        let scope = Scope { loaded: true, opaque, ..Scope::default() };
        self.state = Names { globals: vec![scope], ..Names::default() };
        self.table = InputTable::default();
        self.units.clear();
        self.unit = 0;
        self.control = Inputs::default();
        self.depth = 0;
        self.tasks = 0;
        self.tries.clear();
        self.loops.clear();
        self.calls.clear();
        self.may_raise.clear();
        self.followed = true;
        self.handling.clear();
        self.programs.clear();
        self.foreign_modules.clear();
        self.annotations.clear();
        self.place = None;
        self.annotated.clear();
        self.latest.clear();
        self.changes.clear();
        self.entangled.clear();
    }

    /// Calls the function that the plan names, with no arguments.
    fn call_planned(&mut self) -> Evaluated<Option<PyValue>> {
        let Some(name) = self.plan.call else { return Ok(None) };
        let Some(function) = self.lookup(name) else { return Ok(None) };
        let range = TextRange::default();
        let value = self.call(&function.value, Arguments::default(), function.inputs, range)?;
        Ok(Some(exported(&value.value)))
    }

    fn table_has(&self, names: &BTreeSet<String>) -> bool {
        names.iter().any(|it| self.table.asked(it))
    }

    fn module(
        mut self,
        raised: Option<Arc<Raised>>,
        result: Option<PyValue>,
        sites: Vec<Site>,
    ) -> Module {
        let names = Arc::clone(&self.units[0].names);
        let class = self.plan.class.and_then(|it| self.class_facts(it));
        let scope = std::mem::take(&mut self.state.globals[0]);
        let is_named = |it: &&Slot| it.bound && !it.name.starts_with(SITE);
        let bindings = scope.slots.iter().filter(is_named).map(|slot| Binding {
            name: crate::source::Spanned::new(slot.name.clone(), slot.name_span),
            value: exported(&slot.value.value),
            fact: self.slot_fact(slot),
            maybe_unset: slot.maybe_unset,
            used: names.read.contains(&slot.name),
        });
        let (records, bindings) =
            bindings.partition(|it: &Binding| record::is_record(&it.name.value));
        let failure = raised.map(|it| Failure {
            span: it.span,
            message: format!("{}: {}", it.kind, it.message),
            inputs: self.table.resolve(&it.inputs),
            variable: self.lacked.take().filter(|(span, _)| *span == it.span).map(|it| it.1),
        });
        Module {
            bindings,
            records,
            sites,
            loaded: self.units.iter().map(|it| it.file).collect(),
            result,
            class,
            failure,
            annotations: std::mem::take(&mut self.annotations),
            complete: scope.opaque.is_none(),
            followed: self.followed,
            problems: std::mem::take(&mut self.problems),
        }
    }

    /// The class under a name of the module.
    fn class_facts(&self, name: &str) -> Option<ClassFacts> {
        let mut facts = ClassFacts::default();
        let mut open = match &self.state.globals[0].get(name)?.value.value {
            PyValue::Class(class) => vec![class.clone()],
            PyValue::Unknown(unknown) => {
                facts.bases.push(unknown.import()?.to_owned());
                Vec::new()
            }
            _ => return None,
        };
        let mut seen = HashSet::new();
        let own = open.first().cloned();
        let mut classes = HashSet::new();
        while let Some(class) = open.pop() {
            // Of a class that stands behind two others, the order of the bases decides more.
            if !classes.insert(class.id()) {
                return None;
            }
            facts.bases.extend(class.bases().map(str::to_owned));
            let Some(of) = self.state.classes.get(&class.id()) else { continue };
            for slot in of.scope.slots.iter().filter(|it| it.bound) {
                if seen.insert(slot.name.clone()) {
                    facts.own += usize::from(own.as_ref() == Some(&class));
                    facts.attributes.push(Binding {
                        name: crate::source::Spanned::new(slot.name.clone(), slot.name_span),
                        value: exported(&slot.value.value),
                        fact: self.slot_fact(slot),
                        maybe_unset: slot.maybe_unset,
                        used: false,
                    });
                }
            }
            // A class stands behind those that are made from it, so the walk ends.
            open.extend(of.bases.iter().rev().filter_map(|it| match it {
                PyValue::Class(base) => Some(base.clone()),
                _ => None,
            }));
        }
        Some(facts)
    }

    /// A name's value in the model's terms, with what it depends on and what it replaced.
    pub(super) fn slot_fact(&self, slot: &Slot) -> Fact {
        self.fact_of(slot, PAST_MAX)
    }

    fn fact_of(&self, slot: &Slot, past_max: usize) -> Fact {
        let path = self.host.workspace.sources.file(slot.span.file).path();
        let mut origin = Origin::written(slot.span, format!("`{}` in {path}", slot.name));
        if self.heap.exports_inputs(slot.value.inputs.ids().len()) {
            origin.inputs = self.table.resolve(&slot.value.inputs);
        }
        let mut fact = Fact::new(self.fact_state(slot), origin);
        if past_max == 0 {
            return fact;
        }
        for alternative in &slot.alternatives {
            let other = self.fact_of(alternative, past_max - 1);
            if alternative.span != slot.span || other.state != fact.state {
                fact.origin.inputs.push(Input::new(slot.name.clone(), other));
            }
        }
        let mut earlier = slot.earlier.as_deref();
        while let Some(it) = earlier {
            let Fact { state, origin, .. } = self.fact_of(it, 0);
            fact.overridden.push(Overridden { state, origin });
            earlier = it.earlier.as_deref();
        }
        fact
    }

    fn fact_state(&self, slot: &Slot) -> State {
        let value = exported(&slot.value.value);
        if let Some(value) = plain(&self.heap, &value) {
            return State::Known(value);
        }
        match value {
            PyValue::Unknown(unknown) => State::Unknown(unknown.to_model()),
            PyValue::Range { min, max, .. } => State::Range { min, max },
            PyValue::Pattern(parts) => State::Pattern(parts.to_model()),
            PyValue::List(_) | PyValue::Tuple(_) if !value.is_known() => {
                let reason = || Opaque::because("a part of it is not known");
                State::Unknown(value.unknown().unwrap_or_else(reason).to_model())
            }
            PyValue::Path(text) => State::Known(Value::Text(text.to_string())),
            _ => State::Known(Value::Text(self.host.workspace.sources.text(slot.span).to_owned())),
        }
    }
}

/// A text of which nothing is known is just unknown to those outside.
pub(super) fn exported(value: &PyValue) -> PyValue {
    match value {
        PyValue::Pattern(parts) => match &**parts {
            [Part::Gap(unknown)] => PyValue::Unknown(unknown.clone()),
            _ => value.clone(),
        },
        PyValue::Native(name) if name == "__name__" => {
            PyValue::because("the name that the file is loaded under is not known")
        }
        other => other.clone(),
    }
}

/// A value that has a counterpart in the model. There nothing is shared, so that it costs anew.
fn plain(heap: &Heap, value: &PyValue) -> Option<Value> {
    let list = |items: &[PyValue]| {
        let values = items.iter().map(|it| plain(heap, it));
        values.collect::<Option<_>>().map(Value::List)
    };
    match value {
        PyValue::None => Some(Value::Null),
        PyValue::Bool(value) => Some(Value::Bool(*value)),
        PyValue::Int(value) => Some(Value::Int(*value)),
        PyValue::Float(value) => Some(Value::Number(*value)),
        PyValue::Str(value) => heap.exports(value.len()).then(|| Value::Text(value.to_string())),
        PyValue::List(items) => heap.exports(0).then(|| list(items))?,
        PyValue::Tuple(items) => heap.exports(0).then(|| list(items))?,
        _ => None,
    }
}
