//! Command line, environment and defaults → the value of each setting.

use super::Server;
use super::arguments::{Given, GivenOption, GivenValue};
use super::celery::Configuration;
use super::default_fact;
use super::options::{Default, Opt, Table, Ty};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::fact::{Case, Fact, Input, Origin, OriginKind, State, TextPart, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::project::Lookup;
use crate::quantity::java;

/// The settings of a server, and the facts that its table feeds.
pub(super) fn settings(
    acc: &mut Vec<Diagnostic>,
    table: &Table,
    given: &Given,
    launch: &Launch,
    cpus: &Fact,
    configuration: Option<&Configuration>,
) -> Server {
    let around = Around { launch, cpus, configuration };
    let mut server = Server::default();
    for (idx, option) in table.options.iter().enumerate() {
        let fact = setting(acc, table, (idx, option), given, &around);
        if let Some(id) = option.fact {
            server.facts.set(id, in_unit(option.ty, fact.clone()));
        }
        server.settings.insert(option.name.to_owned(), fact);
    }
    server
}

/// What decides about options that no flag sets.
struct Around<'a> {
    launch: &'a Launch,
    cpus: &'a Fact,
    configuration: Option<&'a Configuration>,
}

fn setting(
    acc: &mut Vec<Diagnostic>,
    table: &Table,
    (idx, option): (usize, &Opt),
    given: &Given,
    around: &Around<'_>,
) -> Fact {
    let below = below_flags(acc, table, option, given, around);
    if option.ty == Ty::Addresses {
        let all = given.options.iter().filter(|it| it.idx == idx);
        let all = all.map(|it| flag_fact(acc, table, option, it)).collect();
        return several(all).map_or(below.clone(), |it| it.over(below));
    }
    let mut winner: Option<Fact> = None;
    for it in given.options.iter().filter(|it| it.idx == idx) {
        let fact = flag_fact(acc, table, option, it);
        winner = Some(match winner {
            Some(loser) => fact.over(loser),
            None => fact,
        });
    }
    match winner {
        Some(fact) => fact.over(below),
        None => below,
    }
}

/// Values that stand side by side: the one itself, or a list. Where one is not known, the list is
/// not.
fn several(mut all: Vec<Fact>) -> Option<Fact> {
    if all.len() < 2 {
        return all.pop();
    }
    let values: Vec<Value> = all.iter().filter_map(|it| it.value().cloned()).collect();
    let is_known = values.len() == all.len();
    let first = all.swap_remove(0);
    let state = match is_known {
        true => State::Known(Value::List(values)),
        false => State::Unknown(Unknown::because("not all of its addresses are known")),
    };
    Some(Fact { state, ..first })
}

fn flag_fact(acc: &mut Vec<Diagnostic>, table: &Table, option: &Opt, it: &GivenOption) -> Fact {
    let source = format!("`{}`", it.flag);
    let word = match &it.value {
        GivenValue::Word(word) => word,
        value => {
            let on = matches!(value, GivenValue::On);
            return Fact::known(Value::Bool(on), Origin::written(it.span, source));
        }
    };
    let fact = read(option.ty, word.fact(source));
    if let (Some(text), State::Unknown(_)) = (word.text(), &fact.state)
        && is_refused(option.ty, &text)
    {
        let message = format!("`{} {text}`: {} does not accept this value", it.flag, table.program);
        acc.push(refused(option.ty, message, Label::new(word.span, "")));
    }
    fact
}

/// The value of an option that no flag sets: environment, configuration, then default.
fn below_flags(
    acc: &mut Vec<Diagnostic>,
    table: &Table,
    option: &Opt,
    given: &Given,
    around: &Around<'_>,
) -> Fact {
    let Around { launch, cpus, configuration } = *around;
    let call = configuration.filter(|it| it.is_call());
    let argument = call.and_then(|it| it.argument(option.name));
    if let Some(argument) = argument.filter(|it| it.value() != Some(&Value::Null)) {
        if let (Ty::Addresses, State::Known(Value::List(_))) = (option.ty, &argument.state) {
            return argument.clone();
        }
        return read(option.ty, argument.clone());
    }
    let prefixed = table.variable(option).filter(|_| call.is_none());
    let names = prefixed.iter().map(String::as_str).chain(option.env.iter().copied());
    let mut assumed = Vec::new();
    for name in names {
        match launch.environment.get(name) {
            // click and celery take a blank variable for none; uvicorn's own code does not.
            Lookup::Set(fact) if fact.text() == Some("") && name != "WEB_CONCURRENCY" => {}
            Lookup::Set(fact) => {
                let read = read(option.ty, fact.clone());
                if let (Some(text), State::Unknown(_), Some(span)) =
                    (fact.text(), &read.state, fact.origin.span)
                    && is_refused(option.ty, text)
                {
                    let message =
                        format!("`{name}={text}`: {} does not accept this value", table.program);
                    acc.push(refused(option.ty, message, Label::new(span, "")));
                }
                return read;
            }
            Lookup::Unmentioned | Lookup::Unset if option.env.contains(&name) => {
                let fact = launch.environment.taken_as_unset(name);
                assumed.extend(fact.map(|fact| Input::new(format!("${name}"), fact)));
            }
            Lookup::Unmentioned | Lookup::Unset => {}
        }
    }
    let configured = configuration.and_then(|it| it.option(option.name));
    if let Some(configured) = configured.filter(|it| it.value() != Some(&Value::Null)) {
        let mut fact = read(option.ty, configured.clone());
        if let Some(hidden) = &given.hidden {
            fact.state = State::Unknown(hidden.clone());
        }
        return fact;
    }
    let mut fact = default(table, option, cpus);
    if let Some(hidden) = call.and_then(|it| it.hidden()).or(given.hidden.as_ref()) {
        fact.state = State::Unknown(hidden.clone());
    }
    fact.origin.inputs.extend(assumed);
    if let (Some(settings), None) = (table.app_settings, configuration) {
        let source = format!("{settings} does not set `{}`", option.name);
        let origin = Origin::new(OriginKind::Assumed, source);
        let input = Fact::known(Value::Null, origin);
        let name = format!("{} {}", table.program, option.name);
        fact.origin.inputs.push(Input::new(name, input));
    }
    fact
}

fn default(table: &Table, option: &Opt, cpus: &Fact) -> Fact {
    let value = match option.default {
        Default::None => Value::Null,
        Default::Int(value) => Value::Int(value),
        Default::Text(value) => Value::Text(value.to_owned()),
        Default::Off => Value::Bool(false),
        Default::On => Value::Bool(true),
        Default::Cpus => {
            let source = format!("{} default: the number of CPUs", table.program);
            let origin = Origin::new(OriginKind::Default, source);
            return Fact::new(cpus.state.clone(), origin.with_input("cpu_count()", cpus.clone()));
        }
    };
    default_fact(value, table.program)
}

/// The value of a text as an option of this type; unknown when the text is not known or refused.
fn read(ty: Ty, mut fact: Fact) -> Fact {
    fact.state = match &fact.state {
        State::Known(value) => {
            let text = value.to_string();
            match value_of(ty, &text) {
                Some(value) => State::Known(value),
                None => {
                    State::Unknown(Unknown::because(format!("`{text}` is not understood here")))
                }
            }
        }
        // A part that is not known leaves a number unknown as a whole.
        State::Pattern(parts) if !is_text(ty) => {
            let gap = parts.iter().find_map(|it| match it {
                TextPart::Unknown(unknown) => Some(unknown.clone()),
                TextPart::Known(_) => None,
            });
            State::Unknown(gap.unwrap_or_else(|| Unknown::because("a part of it is not known")))
        }
        state => state.clone(),
    };
    fact
}

fn value_of(ty: Ty, text: &str) -> Option<Value> {
    let trimmed = text.trim();
    match ty {
        Ty::Int | Ty::Milliseconds | Ty::IntOrAuto => trimmed.parse().ok().map(Value::Int),
        Ty::Seconds | Ty::Duration => {
            let whole = trimmed.parse().ok().map(Value::Int);
            let number = || trimmed.parse::<f64>().ok().filter(|it| it.is_finite());
            whole.or_else(|| number().map(Value::Number))
        }
        Ty::LargestInt => {
            let numbers: Option<Vec<i64>> =
                trimmed.split(',').map(|it| it.trim().parse().ok()).collect();
            numbers?.into_iter().max().map(Value::Int)
        }
        Ty::JavaSize => java::size_mb(trimmed).map(Value::Int),
        Ty::Flag => match trimmed.to_ascii_lowercase().as_str() {
            "1" | "true" | "t" | "yes" | "y" | "on" => Some(Value::Bool(true)),
            "0" | "false" | "f" | "no" | "n" | "off" | "" => Some(Value::Bool(false)),
            _ => None,
        },
        Ty::Text | Ty::Address | Ty::Addresses | Ty::HostOrAll => {
            Some(Value::Text(text.to_owned()))
        }
    }
}

fn is_text(ty: Ty) -> bool {
    matches!(ty, Ty::Text | Ty::Address | Ty::Addresses | Ty::HostOrAll)
}

/// Whether a server certainly refuses a text; texts that only newer versions take are not refused.
fn is_refused(ty: Ty, text: &str) -> bool {
    matches!(ty, Ty::Int | Ty::Milliseconds | Ty::Seconds) && value_of(ty, text).is_none()
}

fn refused(ty: Ty, message: String, label: Label) -> Diagnostic {
    let what = if ty == Ty::Seconds { "a number" } else { "a whole number" };
    Diagnostic::new("invalid-setting", Severity::Error, message, label)
        .with_help(format!("give it {what}"))
}

/// A setting in the unit of its fact.
fn in_unit(ty: Ty, mut fact: Fact) -> Fact {
    if ty == Ty::Milliseconds
        && let Some(value) = fact.number()
    {
        fact.state = State::Known(Value::Number(value / 1000.0));
    }
    fact
}

/// The hosts and the ports of addresses: one of few where they differ. Sockets have neither, so
/// they count only where there is nothing else.
pub(super) fn of_addresses(fact: &Fact, default_port: Option<i64>) -> (Fact, Fact) {
    let Some(Value::List(all)) = fact.value() else { return address(fact, default_port) };
    let each = all.iter().map(|it| Fact { state: State::Known(it.clone()), ..fact.clone() });
    let each: Vec<(Fact, Fact)> = each.map(|it| address(&it, default_port)).collect();
    let has_port = |it: &&(Fact, Fact)| it.1.value() != Some(&Value::Null);
    let counted: Vec<&(Fact, Fact)> = match each.iter().any(|it| has_port(&it)) {
        true => each.iter().filter(has_port).collect(),
        false => each.iter().collect(),
    };
    let one_of = |part: &dyn Fn(&(Fact, Fact)) -> Option<Value>| {
        let values: Option<Vec<Value>> = counted.iter().map(|it| part(it)).collect();
        let cases = values.unwrap_or_default().into_iter();
        let cases = cases.map(|it| Case::new(it, fact.origin.span)).collect();
        let unknown = || Unknown::because("a part of the addresses is not known");
        let state = State::one_of(cases).unwrap_or_else(|| State::Unknown(unknown()));
        Fact { state, ..fact.clone() }
    };
    (one_of(&|it| it.0.value().cloned()), one_of(&|it| it.1.value().cloned()))
}

/// The host and the port of an address such as `0.0.0.0:8000`; the port alone may be unknown.
pub(super) fn address(fact: &Fact, default_port: Option<i64>) -> (Fact, Fact) {
    let with = |state| Fact { state, ..fact.clone() };
    let text = |it: &str| State::Known(Value::Text(it.to_owned()));
    let port_of = |it: &str| match it.parse::<i64>() {
        Ok(port) => State::Known(Value::Int(port)),
        Err(_) => State::Unknown(Unknown::because(format!("`{it}` is not a port"))),
    };
    match &fact.state {
        State::Known(Value::Text(address)) => {
            if address.starts_with("unix:") || address.starts_with("fd:") {
                return (with(text(address)), with(State::Known(Value::Null)));
            }
            // A path from the folder that it starts in is a socket, too.
            let is_path = address.starts_with('/')
                || !address.contains(':') && (address.contains('/') || address.ends_with(".sock"));
            if is_path {
                return (with(text(&format!("unix:{address}"))), with(State::Known(Value::Null)));
            }
            match address.rsplit_once(':') {
                Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                    (with(text(any_host(host))), with(port_of(port)))
                }
                _ => {
                    let port = default_port.map_or(Value::Null, Value::Int);
                    (with(text(any_host(address))), with(State::Known(port)))
                }
            }
        }
        State::Pattern(parts) => match parts.as_slice() {
            [TextPart::Known(before), TextPart::Unknown(unknown)] if before.ends_with(':') => {
                let host = before.trim_end_matches(':');
                (with(text(any_host(host))), with(State::Unknown(unknown.clone())))
            }
            _ => {
                let unknown =
                    State::Unknown(Unknown::because("a part of the address is not known"));
                (with(unknown.clone()), with(unknown))
            }
        },
        state => (with(state.clone()), with(state.clone())),
    }
}

/// A host as a server binds it: none and `*` are every address.
fn any_host(host: &str) -> &str {
    match host {
        "" | "*" => "0.0.0.0",
        host => host.trim_start_matches('[').trim_end_matches(']'),
    }
}

/// The first operand as a fact, for servers whose address is an operand.
pub(super) fn operand(operands: &[Word]) -> Option<Fact> {
    operands.first().map(|it| it.fact("the address in the command"))
}
