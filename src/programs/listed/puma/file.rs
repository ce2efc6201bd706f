//! Statements of a configuration of Puma or Unicorn → settings.
//!
//! Read in puma 5.6.5: lib/puma/dsl.rb; in unicorn 6.0.0: lib/unicorn/configurator.rb

use std::collections::BTreeMap;
use std::ops::Range;

use crate::budget::Budget;
use crate::fact::{Fact, Input, Origin, State, Unknown, Value};
use crate::launch::Launch;
use crate::parse::ruby::{Call, Kind, Node};
use crate::source::{FileId, Span};

use super::names::{Dsl, PLUGINS};
use super::value::Val;

/// What reads a file.
pub(super) struct Reader<'a> {
    pub(super) dsl: &'static Dsl,
    pub(super) launch: &'a Launch,
    pub(super) cpus: &'a Fact,
    pub(super) file: FileId,
    pub(super) path: &'a str,
    /// What texts that are made of others may cost.
    pub(super) budget: &'a Budget,
}

/// What is known at a place of the file.
#[derive(Clone, Default)]
pub(super) struct Scope {
    pub(super) variables: BTreeMap<String, Val>,
    /// Variables of the environment that the file sets.
    pub(super) environment: BTreeMap<String, Val>,
    settings: BTreeMap<&'static str, Setting>,
    /// What decided conditions that a setting stands under.
    conditions: Vec<Input>,
    hidden: Option<Unknown>,
}

/// A setting, and the call that says it.
#[derive(Clone, PartialEq)]
struct Setting {
    value: Val,
    range: Range<usize>,
}

/// The settings of a file.
pub(in crate::programs::listed) struct Settings {
    facts: BTreeMap<&'static str, Fact>,
    /// Why there may be others.
    hidden: Option<Unknown>,
    conditions: Vec<Input>,
}

impl Settings {
    /// Settings that cannot be read.
    pub(in crate::programs::listed) fn hidden(unknown: Unknown) -> Self {
        Self { facts: BTreeMap::new(), hidden: Some(unknown), conditions: Vec::new() }
    }

    /// No file.
    pub(in crate::programs::listed) fn none() -> Self {
        Self { facts: BTreeMap::new(), hidden: None, conditions: Vec::new() }
    }

    /// What the file says of a setting, else this default.
    pub(in crate::programs::listed) fn or_default(&self, name: &str, default: Fact) -> Fact {
        let mut fact = match (self.facts.get(name), &self.hidden) {
            (Some(fact), None) => fact.clone(),
            (Some(fact), Some(unknown)) => {
                Fact { state: State::Unknown(unknown.clone()), ..fact.clone() }
            }
            (None, Some(unknown)) => Fact { state: State::Unknown(unknown.clone()), ..default },
            (None, None) => default,
        };
        for it in &self.conditions {
            fact.origin = fact.origin.with_input(&it.name, it.fact.clone());
        }
        fact
    }

    /// Whether the file says it, or may.
    pub(in crate::programs::listed) fn says(&self, name: &str) -> bool {
        self.facts.contains_key(name) || self.hidden.is_some()
    }
}

impl Reader<'_> {
    /// The settings that statements come to.
    pub(super) fn settings(&self, statements: &[Node]) -> Settings {
        let mut scope = Scope::default();
        self.all(&mut scope, statements);
        let fact = |name: &str, setting: Setting| {
            let range = setting.range;
            let span = Span::new(self.file, range.start, range.end);
            let source = format!("`{name}` in {}", self.path);
            let mut origin = Origin::written(span, source);
            for it in setting.value.inputs {
                origin = origin.with_input(it.name, it.fact);
            }
            Fact::new(setting.value.state, origin)
        };
        let facts = scope.settings.into_iter().map(|(name, it)| (name, fact(name, it))).collect();
        Settings { facts, hidden: scope.hidden, conditions: scope.conditions }
    }

    fn all(&self, scope: &mut Scope, statements: &[Node]) {
        statements.iter().for_each(|it| self.statement(scope, it));
    }

    fn statement(&self, scope: &mut Scope, node: &Node) {
        match &node.kind {
            Kind::Assign(name, value) => {
                let value = self.assigned(scope, value);
                scope.variables.insert(name.clone(), value);
            }
            Kind::AssignUnless(name, value) => {
                let value = self.value(scope, value);
                let value = match scope.variables.get(name) {
                    Some(before) => match before.is_true() {
                        Some(true) => before.clone(),
                        Some(false) => value,
                        None => before.clone().either(value),
                    },
                    None => value,
                };
                scope.variables.insert(name.clone(), value);
            }
            Kind::AssignIndex(receiver, at, value) => {
                let is_environment = receiver.kind == Kind::Constant("ENV".to_owned());
                let name = at.first().map(|it| self.value(scope, it));
                if let (true, Some(Value::Text(name))) =
                    (is_environment, name.as_ref().and_then(Val::value))
                {
                    let value = self.value(scope, value);
                    scope.environment.insert(name.clone(), value);
                }
            }
            Kind::If(condition, then, otherwise) => self.branch(scope, condition, then, otherwise),
            Kind::Binary("&&", a, b) => self.branch(scope, a, std::slice::from_ref(b), &[]),
            Kind::Binary("||", a, b) => self.branch(scope, a, &[], std::slice::from_ref(b)),
            Kind::Block(body) => self.all(scope, body),
            Kind::Perhaps(body) => body.iter().for_each(|it| self.spoil(scope, it)),
            Kind::Name(name) if !scope.variables.contains_key(name) => {
                self.setting(scope, node, name, &[]);
            }
            Kind::Call(call) => self.called(scope, node, call),
            _ => {}
        }
    }

    /// The value of an assignment, whose right side may be another one.
    fn assigned(&self, scope: &mut Scope, value: &Node) -> Val {
        if let Kind::Assign(..) = &value.kind {
            self.statement(scope, value);
        }
        match &value.kind {
            Kind::Assign(name, _) => {
                scope.variables.get(name).cloned().unwrap_or_else(|| Val::unknown("not followed"))
            }
            _ => self.value(scope, value),
        }
    }

    fn called(&self, scope: &mut Scope, node: &Node, call: &Call) {
        if call.receiver.is_none() {
            return self.setting(scope, node, &call.name, &call.arguments);
        }
        // A method of something else calls its block never, once or often.
        call.block.iter().flatten().for_each(|it| self.spoil(scope, it));
        if matches!(call.name.as_str(), "send" | "instance_eval" | "public_send") {
            self.hide(scope, &call.name);
        }
    }

    fn branch(&self, scope: &mut Scope, condition: &Node, then: &[Node], otherwise: &[Node]) {
        if self.matters(condition) {
            self.statement(scope, condition);
        }
        let condition = self.value(scope, condition);
        if then.iter().chain(otherwise).any(|it| self.matters(it)) {
            for it in &condition.inputs {
                if !scope.conditions.contains(it) {
                    scope.conditions.push(it.clone());
                }
            }
        }
        match condition.is_true() {
            Some(true) => self.all(scope, then),
            Some(false) => self.all(scope, otherwise),
            None => {
                let mut other = scope.clone();
                self.all(scope, then);
                self.all(&mut other, otherwise);
                scope.join(other);
            }
        }
    }

    /// A call of the object that the file configures.
    fn setting(&self, scope: &mut Scope, node: &Node, name: &str, arguments: &[Node]) {
        let argument =
            |scope: &Scope, idx: usize| arguments.get(idx).map(|it| self.value(scope, it));
        let first = argument(scope, 0);
        let set = |scope: &mut Scope, name, value| {
            scope.settings.insert(name, Setting { value, range: node.range.clone() });
        };
        match (name, first) {
            (name, _) if !self.dsl.sets(name) && name != "plugin" => {
                self.spoil_setting(scope, name);
            }
            ("workers" | "worker_processes", Some(count)) => {
                let count = self.count(count);
                set(scope, "workers", count);
            }
            ("threads", Some(min)) => {
                let max = argument(scope, 1).unwrap_or(min);
                let max = self.count(max);
                set(scope, "threads", max);
            }
            ("persistent_timeout", Some(seconds)) => {
                let seconds = self.count(seconds);
                set(scope, "persistent_timeout", seconds);
            }
            ("timeout", Some(seconds)) => {
                let seconds = self.count(seconds);
                set(scope, "timeout", seconds);
            }
            ("preload_app", Some(answer)) => set(scope, "preload_app", answer),
            ("listen", Some(address)) => self.listen(scope, node, address),
            ("enable_keep_alives", Some(answer)) => set(scope, "enable_keep_alives", answer),
            ("preload_app!", answer) => {
                let answer = answer.unwrap_or_else(|| Val::known(Value::Bool(true)));
                set(scope, "preload_app", answer);
            }
            ("port", Some(port)) => {
                let default = scope.settings.get("default_host").map(|it| it.value.clone());
                let host = argument(scope, 1).or(default);
                let host = host.unwrap_or_else(|| Val::known(Value::Text("0.0.0.0".to_owned())));
                let port = self.count(port);
                self.listens(scope, node, host, port);
            }
            ("bind", Some(address)) => self.bind(scope, node, address),
            ("ssl_bind", Some(host)) => {
                let port = argument(scope, 1).map(|it| self.count(it));
                let port = port.unwrap_or_else(|| Val::unknown("the port is not known"));
                self.listens(scope, node, host, port);
            }
            ("clear_binds!", _) => {
                scope.settings.remove("host");
                scope.settings.remove("port");
            }
            ("set_default_host", Some(host)) => set(scope, "default_host", host),
            ("plugin", Some(plugin)) => {
                let is_known =
                    plugin.value().and_then(Value::as_str).is_some_and(|it| PLUGINS.contains(&it));
                if !is_known {
                    self.hide(scope, "plugin");
                }
            }
            (name, _) => self.hide(scope, name),
        }
    }

    /// A whole number; `auto` is one for each CPU that the program sees.
    fn count(&self, value: Val) -> Val {
        if value.value().and_then(Value::as_str) == Some("auto") {
            let input = Input::new("cpu_count()", self.cpus.clone());
            return Val { state: self.cpus.state.clone(), inputs: vec![input] };
        }
        value.into_int()
    }

    /// `bind "tcp://0.0.0.0:3000?backlog=64"`
    fn bind(&self, scope: &mut Scope, node: &Node, address: Val) {
        let rest = |text: &str| {
            let text = text.strip_prefix("tcp://").or_else(|| text.strip_prefix("ssl://"))?;
            Some(text.split(['?', '/']).next().unwrap_or_default().to_owned())
        };
        let inputs = address.inputs.clone();
        let state = match &address.state {
            State::Known(Value::Text(text)) => match rest(text) {
                Some(text) => State::Known(Value::Text(text)),
                None => {
                    let socket = text.trim_start_matches("unix://").to_owned();
                    let host = Val { inputs, ..Val::known(Value::Text(format!("unix:{socket}"))) };
                    return self.listens(scope, node, host, Val::known(Value::Null));
                }
            },
            State::Pattern(parts) => State::Pattern(super::without_scheme(parts)),
            other => other.clone(),
        };
        let fact = Fact::new(state, Origin::written(self.span(node), self.path));
        let (host, port) = crate::programs::settle::address(&fact, None);
        let host = Val { state: host.state, inputs: inputs.clone() };
        self.listens(scope, node, host, Val { state: port.state, inputs });
    }

    fn span(&self, node: &Node) -> Span {
        Span::new(self.file, node.range.start, node.range.end)
    }

    /// Listens at an address, too. Of several, the first with a port counts.
    fn listens(&self, scope: &mut Scope, node: &Node, host: Val, port: Val) {
        let has_port = |it: &Setting| it.value.value() != Some(&Value::Null);
        if scope.settings.get("port").is_some_and(has_port) {
            return;
        }
        let setting = |value| Setting { value, range: node.range.clone() };
        scope.settings.insert("host", setting(host));
        scope.settings.insert("port", setting(port));
    }
}

fn is_constant(name: &str) -> bool {
    name.starts_with(|it: char| it.is_ascii_uppercase())
}

impl Reader<'_> {
    /// Unicorn listens at a port of all addresses, at a host and port, or at a socket.
    fn listen(&self, scope: &mut Scope, node: &Node, address: Val) {
        let port = address.value().and_then(|it| match it {
            Value::Text(text) => text.parse().ok(),
            other => other.as_int(),
        });
        if let Some(port) = port {
            let inputs = address.inputs;
            let host = Val::known(Value::Text("0.0.0.0".to_owned()));
            return self.listens(scope, node, host, Val { inputs, ..Val::known(Value::Int(port)) });
        }
        let is_socket = |it: &Value| it.as_str().is_some_and(|it| it.starts_with(['/', '~']));
        if address.value().is_some_and(is_socket) {
            return self.bind(scope, node, address);
        }
        let fact = Fact::new(address.state, Origin::written(self.span(node), self.path));
        let (host, port) = crate::programs::settle::address(&fact, None);
        let host = Val { state: host.state, inputs: address.inputs.clone() };
        self.listens(scope, node, host, Val { state: port.state, inputs: address.inputs });
    }

    fn hide(&self, scope: &mut Scope, name: &str) {
        let reason = format!("`{name}` of {}'s configuration is not followed", self.dsl.title);
        scope.hidden.get_or_insert_with(|| Unknown::because(reason));
    }

    /// Whether something in a statement sets a setting or a variable.
    fn matters(&self, node: &Node) -> bool {
        let itself = match &node.kind {
            Kind::Assign(..) | Kind::AssignUnless(..) | Kind::AssignIndex(..) => true,
            Kind::Call(call) => call.receiver.is_none() && self.dsl.sets(&call.name),
            Kind::Name(name) => self.dsl.sets(name),
            _ => false,
        };
        itself || node.children().into_iter().any(|it| self.matters(it))
    }

    /// Takes what a statement may set for not known: nobody knows whether it runs.
    fn spoil(&self, scope: &mut Scope, node: &Node) {
        let perhaps = || Val::unknown("it is not known whether this part of the file is run");
        match &node.kind {
            Kind::Assign(name, _) | Kind::AssignUnless(name, _) => {
                scope.variables.insert(name.clone(), perhaps());
            }
            Kind::AssignIndex(..) => self.hide(scope, "ENV[]="),
            Kind::Call(call) if call.receiver.is_none() => self.spoil_setting(scope, &call.name),
            Kind::Name(name) if !scope.variables.contains_key(name) => {
                self.spoil_setting(scope, name);
            }
            _ => {}
        }
        node.children().into_iter().for_each(|it| self.spoil(scope, it));
    }

    fn spoil_setting(&self, scope: &mut Scope, name: &str) {
        if !self.dsl.passes_over(name) && !is_constant(name) {
            self.hide(scope, name);
        }
    }
}

impl Scope {
    /// What holds behind two ways that a condition may go.
    fn join(&mut self, other: Self) {
        let perhaps = || Val::unknown("a condition that is not known decides");
        let mut variables = BTreeMap::new();
        for name in self.variables.keys().chain(other.variables.keys()) {
            let value = match (self.variables.get(name), other.variables.get(name)) {
                (Some(a), Some(b)) => a.clone().either(b.clone()),
                _ => perhaps(),
            };
            variables.insert(name.clone(), value);
        }
        let mut settings = BTreeMap::new();
        for (name, setting) in self.settings.iter().chain(&other.settings) {
            let value = match (self.settings.get(name), other.settings.get(name)) {
                (Some(a), Some(b)) => a.value.clone().either(b.value.clone()),
                _ => perhaps(),
            };
            settings.insert(*name, Setting { value, range: setting.range.clone() });
        }
        for (name, value) in other.environment {
            if self.environment.get(&name) != Some(&value) {
                self.environment.insert(name, perhaps());
            }
        }
        for it in other.conditions {
            if !self.conditions.contains(&it) {
                self.conditions.push(it);
            }
        }
        self.variables = variables;
        self.settings = settings;
        self.hidden = self.hidden.take().or(other.hidden);
    }
}
