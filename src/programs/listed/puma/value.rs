//! Expressions of Puma's configuration → values.

use crate::budget::Spent;
use crate::fact::{Case, Fact, Input, State, TextPart, Unknown, Value};
use crate::parse::ruby::{Call, Kind, Node, Piece};
use crate::project::{Lookup, unmentioned};

use super::file::{Reader, Scope};

/// A value, and what it was computed from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Val {
    pub(super) state: State,
    pub(super) inputs: Vec<Input>,
}

/// Variables that say which environment runs. Without a value it is that of a developer, so that
/// nobody leaves it open where an application is deployed.
const STAGES: &[&str] = &["RAILS_ENV", "RACK_ENV", "APP_ENV", "NODE_ENV"];

impl Val {
    pub(super) fn known(value: Value) -> Self {
        Self { state: State::Known(value), inputs: Vec::new() }
    }

    pub(super) fn unknown(reason: impl Into<String>) -> Self {
        Self { state: State::Unknown(Unknown::because(reason)), inputs: Vec::new() }
    }

    fn spent(spent: Spent) -> Self {
        Self { state: State::Unknown(spent.unknown()), inputs: Vec::new() }
    }

    fn with(mut self, inputs: &[Input]) -> Self {
        for it in inputs {
            if !self.inputs.contains(it) {
                self.inputs.push(it.clone());
            }
        }
        self
    }

    pub(super) fn value(&self) -> Option<&Value> {
        match &self.state {
            State::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Whether Ruby takes it for true; `None` when that is not known.
    pub(super) fn is_true(&self) -> Option<bool> {
        let of = |it: &Value| !matches!(it, Value::Null | Value::Bool(false));
        match &self.state {
            State::Known(value) => Some(of(value)),
            State::OneOf(cases) => {
                let first = of(&cases.first()?.value);
                cases.iter().all(|it| of(&it.value) == first).then_some(first)
            }
            State::Range { .. } | State::Pattern(_) => Some(true),
            State::Unknown(_) => None,
        }
    }

    /// The value by a function that may not know an answer. Candidates are asked one by one.
    fn map(self, compute: impl Fn(&Value) -> Option<Value>) -> Self {
        let unknown = || State::Unknown(Unknown::because("this value is not followed"));
        let state = match &self.state {
            State::Known(value) => compute(value).map_or_else(unknown, State::Known),
            State::OneOf(cases) => {
                let all: Option<Vec<Case>> =
                    cases.iter().map(|it| Some(Case::new(compute(&it.value)?, it.span))).collect();
                all.and_then(State::one_of).unwrap_or_else(unknown)
            }
            State::Range { .. } | State::Unknown(_) => self.state.clone(),
            State::Pattern(_) => unknown(),
        };
        Self { state, ..self }
    }

    /// A whole number, as `to_i` reads it.
    pub(super) fn into_int(self) -> Self {
        self.map(to_int)
    }

    /// One of two values: a condition that is not known decides.
    pub(super) fn either(self, other: Self) -> Self {
        let cases = |it: &State| match it {
            State::Known(value) => Some(vec![Case::new(value.clone(), None)]),
            State::OneOf(cases) => Some(cases.clone()),
            _ => None,
        };
        let state = match (cases(&self.state), cases(&other.state)) {
            _ if self.state == other.state => Some(self.state.clone()),
            (Some(mut a), Some(b)) => {
                a.extend(b);
                State::one_of(a)
            }
            _ => None,
        };
        let unknown = || Unknown::because("a condition that is not known decides");
        let state = state.unwrap_or_else(|| State::Unknown(unknown()));
        Self { state, inputs: self.inputs }.with(&other.inputs)
    }
}

/// A whole number as `to_i` reads it: the digits that a text begins with.
fn to_int(value: &Value) -> Option<Value> {
    let int = match value {
        Value::Null => 0,
        Value::Int(number) => *number,
        Value::Number(number) if number.abs() < 9e15 => number.trunc() as i64,
        Value::Text(text) => {
            let text = text.trim_start();
            let digits = text.strip_prefix('-').unwrap_or(text);
            let len = digits.find(|it: char| !it.is_ascii_digit()).unwrap_or(digits.len());
            let sign = text.len() - digits.len();
            text.get(..sign + len)?.parse().unwrap_or(0)
        }
        Value::Bool(_) | Value::Number(_) | Value::List(_) => return None,
    };
    Some(Value::Int(int))
}

/// A whole number as `Integer(…)` reads it. What it refuses stops Puma.
fn strict_int(value: &Value) -> Option<Value> {
    match value {
        Value::Text(text) => text.trim().parse().ok().map(Value::Int),
        Value::Int(_) | Value::Number(_) => to_int(value),
        Value::Null | Value::Bool(_) | Value::List(_) => None,
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

impl Reader<'_> {
    /// The value of an expression.
    pub(super) fn value(&self, scope: &Scope, node: &Node) -> Val {
        match &node.kind {
            Kind::Nil => Val::known(Value::Null),
            Kind::Bool(value) => Val::known(Value::Bool(*value)),
            Kind::Int(value) => Val::known(Value::Int(*value)),
            Kind::Float(value) => Val::known(Value::Number(*value)),
            Kind::Symbol(name) => Val::known(Value::Text(name.clone())),
            Kind::Text(pieces) => self.text(scope, pieces),
            Kind::Name(name) | Kind::Constant(name) => match scope.variables.get(name) {
                Some(value) => value.clone(),
                None => Val::unknown(format!("`{name}` is not followed")),
            },
            Kind::Call(call) => self.call(scope, call),
            Kind::Binary(op, a, b) => self.binary(scope, op, a, b),
            Kind::Not(inner) => {
                let inner = self.value(scope, inner);
                match inner.is_true() {
                    Some(truth) => Val::known(Value::Bool(!truth)).with(&inner.inputs),
                    None => inner,
                }
            }
            Kind::Minus(inner) => {
                let inner = self.value(scope, inner);
                Val { state: inner.state.map_number(|it| -it), inputs: inner.inputs }
            }
            Kind::If(condition, then, otherwise) => {
                let condition = self.value(scope, condition);
                let value = match condition.is_true() {
                    Some(true) => self.last(scope, then),
                    Some(false) => self.last(scope, otherwise),
                    None => self.last(scope, then).either(self.last(scope, otherwise)),
                };
                value.with(&condition.inputs)
            }
            Kind::Block(body) => self.last(scope, body),
            Kind::Assign(..)
            | Kind::AssignUnless(..)
            | Kind::AssignIndex(..)
            | Kind::Array(_)
            | Kind::Perhaps(_)
            | Kind::Later(_)
            | Kind::Other => Val::unknown("this expression is not followed"),
        }
    }

    /// The value of a body of one expression.
    fn last(&self, scope: &Scope, body: &[Node]) -> Val {
        match body {
            [] => Val::known(Value::Null),
            [only] => self.value(scope, only),
            _ => Val::unknown("this expression is not followed"),
        }
    }

    fn text(&self, scope: &Scope, pieces: &[Piece]) -> Val {
        let mut parts: Vec<TextPart> = Vec::new();
        let mut inputs = Vec::new();
        let mut bytes = 0;
        let mut add = |text: &str| match parts.last_mut() {
            Some(TextPart::Known(known)) => known.push_str(text),
            _ => parts.push(TextPart::Known(text.to_owned())),
        };
        let mut open = None;
        for piece in pieces {
            match piece {
                Piece::Literal(text) => {
                    bytes += text.len();
                    add(text);
                }
                Piece::Code(body) => {
                    let value = self.last(scope, body);
                    for it in value.inputs {
                        if !inputs.contains(&it) {
                            inputs.push(it);
                        }
                    }
                    match &value.state {
                        State::Known(Value::Null) => {}
                        State::Known(value) => {
                            let text = value.to_string();
                            bytes += text.len();
                            // What doubles is stopped before it is made.
                            if let Err(spent) = self.budget.text(bytes) {
                                return Val { inputs, ..Val::spent(spent) };
                            }
                            add(&text);
                        }
                        other => {
                            let unknown = other.unknown().cloned();
                            open = unknown.or_else(|| other.open());
                            break;
                        }
                    }
                }
            }
        }
        let state = match (open, parts.as_slice()) {
            (Some(unknown), _) => {
                parts.push(TextPart::Unknown(unknown));
                State::Pattern(parts)
            }
            (None, [TextPart::Known(text)]) => State::Known(Value::Text(text.clone())),
            (None, _) => State::Known(Value::Text(String::new())),
        };
        Val { state, inputs }
    }

    fn binary(&self, scope: &Scope, op: &str, a: &Node, b: &Node) -> Val {
        let left = self.value(scope, a);
        if matches!(op, "||" | "&&") {
            return match (op, left.is_true()) {
                ("||", Some(true)) | ("&&", Some(false)) => left,
                (_, Some(_)) => self.value(scope, b).with(&left.inputs),
                (_, None) => left.clone().either(self.value(scope, b)),
            };
        }
        let right = self.value(scope, b);
        let inputs = left.clone().with(&right.inputs).inputs;
        let is_number = |it: &Val| it.state.bounds().is_some();
        let compare = |holds: fn(f64, f64) -> bool| {
            let (a, b) = (left.state.bounds()?, right.state.bounds()?);
            let all = [holds(a.0, b.0), holds(a.0, b.1), holds(a.1, b.0), holds(a.1, b.1)];
            let first = all[0];
            all.iter().all(|it| *it == first).then_some(Value::Bool(first))
        };
        let equal = || Some(Value::Bool(left.value()?.is_same(right.value()?)));
        let known = match op {
            "==" => equal(),
            "!=" => equal().and_then(|it| it.as_bool()).map(|it| Value::Bool(!it)),
            ">" => compare(|a, b| a > b),
            "<" => compare(|a, b| a < b),
            ">=" => compare(|a, b| a >= b),
            "<=" => compare(|a, b| a <= b),
            "+" | "-" | "*" if is_number(&left) && is_number(&right) => {
                let state = left.state.map2_number(&right.state, |a, b| match op {
                    "+" => a + b,
                    "-" => a - b,
                    _ => a * b,
                });
                return Val { state, inputs };
            }
            // Whole numbers are divided without a rest.
            "/" => match (left.value(), right.value()) {
                (Some(Value::Int(a)), Some(Value::Int(b))) if *b > 0 => {
                    Some(Value::Int(a.div_euclid(*b)))
                }
                _ => None,
            },
            _ => None,
        };
        match known {
            Some(value) => Val { inputs, ..Val::known(value) },
            None => Val { inputs, ..Val::unknown(format!("the result of `{op}` is not known")) },
        }
    }

    fn call(&self, scope: &Scope, call: &Call) -> Val {
        let argument = |idx: usize| call.arguments.get(idx).map(|it| self.value(scope, it));
        let Some(receiver) = &call.receiver else {
            return match (call.name.as_str(), argument(0)) {
                ("Integer", Some(value)) => value.map(strict_int),
                ("String", Some(value)) => value.map(|it| Some(Value::Text(it.to_string()))),
                (name, _) => Val::unknown(format!("`{name}` is not followed")),
            };
        };
        if let Kind::Constant(name) = &receiver.kind {
            if name == "ENV" {
                return self.variable(scope, call);
            }
            if let Some(value) = self.processors(name, &call.name) {
                return value;
            }
        }
        let value = self.value(scope, receiver);
        match call.name.as_str() {
            "to_i" => value.into_int(),
            "to_s" | "to_str" => value.map(|it| match it {
                Value::Null => Some(Value::Text(String::new())),
                other => Some(Value::Text(other.to_string())),
            }),
            "freeze" | "to_sym" | "itself" | "dup" => value,
            "strip" => value.map(|it| Some(Value::Text(it.as_str()?.trim().to_owned()))),
            "downcase" => value.map(|it| Some(Value::Text(it.as_str()?.to_lowercase()))),
            "nil?" => value.map(|it| Some(Value::Bool(*it == Value::Null))),
            "blank?" => value.map(|it| Some(Value::Bool(is_blank(it)))),
            "present?" => value.map(|it| Some(Value::Bool(!is_blank(it)))),
            "empty?" => value.map(|it| Some(Value::Bool(it.as_str()?.is_empty()))),
            "presence" => value.map(|it| Some(if is_blank(it) { Value::Null } else { it.clone() })),
            "positive?" => value.map(|it| Some(Value::Bool(it.as_number()? > 0.0))),
            "zero?" => value.map(|it| Some(Value::Bool(it.as_number()? == 0.0))),
            name => Val::unknown(format!("`{name}` is not followed")),
        }
    }

    /// What the machine has.
    fn processors(&self, module: &str, name: &str) -> Option<Val> {
        let input = |name: &str| vec![Input::new(name, self.cpus.clone())];
        match (module, name) {
            ("Etc", "nprocessors") | ("Concurrent", "processor_count") => {
                Some(Val { state: self.cpus.state.clone(), inputs: input("cpu_count()") })
            }
            // One for each that the program sees, or for each two that share a core: it counts the
            // pairs of `physical id` and `core id` in /proc/cpuinfo.
            // Source: <https://github.com/ruby-concurrency/concurrent-ruby/blob/master/lib/concurrent-ruby/concurrent/utility/processor_counter.rb>
            ("Concurrent", "physical_processor_count") => {
                let unknown = || Unknown::because("the cores of the machine are not known");
                let state = match self.cpus.state.bounds() {
                    Some((_, 1.0)) => self.cpus.state.clone(),
                    Some((min, max)) => State::Range { min: (min / 2.0).ceil(), max },
                    None => self
                        .cpus
                        .state
                        .unknown()
                        .cloned()
                        .map_or_else(|| State::Unknown(unknown()), State::Unknown),
                };
                Some(Val { state, inputs: input("cpu_count()") })
            }
            _ => None,
        }
    }

    /// `ENV["NAME"]`, `ENV.fetch("NAME", default)`, `ENV.fetch("NAME") { default }`.
    fn variable(&self, scope: &Scope, call: &Call) -> Val {
        let name = call.arguments.first().map(|it| self.value(scope, it));
        let Some(Value::Text(name)) = name.as_ref().and_then(Val::value).cloned() else {
            return Val::unknown("the name of the variable is not known");
        };
        let value = self.environment(scope, &name);
        match call.name.as_str() {
            "[]" => value,
            "key?" | "has_key?" | "include?" => {
                value.map(|it| Some(Value::Bool(*it != Value::Null)))
            }
            "fetch" => {
                let default = match (call.arguments.get(1), &call.block) {
                    (Some(default), _) => self.value(scope, default),
                    (None, Some(body)) => self.last(scope, body),
                    (None, None) => Val::unknown(format!("`{name}` must be set")),
                };
                match &value.state {
                    State::Known(Value::Null) => default.with(&value.inputs),
                    State::OneOf(cases) if cases.iter().any(|it| it.value == Value::Null) => {
                        value.either(default)
                    }
                    _ => value,
                }
            }
            other => Val::unknown(format!("`ENV.{other}` is not followed")),
        }
    }

    /// The value of a variable. One that no file sets is taken to be unset.
    pub(super) fn environment(&self, scope: &Scope, name: &str) -> Val {
        if let Some(value) = scope.environment.get(name) {
            return value.clone();
        }
        let input = |fact: Fact| vec![Input::new(format!("${name}"), fact)];
        match self.launch.environment.get(name) {
            Lookup::Set(fact) => Val { state: fact.state.clone(), inputs: input(fact.clone()) },
            Lookup::Unmentioned if STAGES.contains(&name) => {
                Val { state: State::Unknown(unmentioned(name)), inputs: Vec::new() }
            }
            Lookup::Unmentioned | Lookup::Unset => {
                let unset = self.launch.environment.taken_as_unset(name);
                let inputs = unset.map(input).unwrap_or_default();
                Val { state: State::Known(Value::Null), inputs }
            }
        }
    }
}
