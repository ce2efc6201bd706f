//! What calls a function, and what stands between it and a client that waits.

use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::platforms::{Platform, Sourced, ToValue, Trigger as Row};
use crate::project::Facts;
use crate::source::Span;
use crate::vocabulary::{self, FactId, TRIGGERS};

/// Everything that calls a function.
#[derive(Debug, Default)]
pub(super) struct Triggers {
    known: Vec<Trigger>,
    /// Why some of them, or all, are not known.
    unknown: Option<String>,
}

/// One thing that calls a function.
#[derive(Debug)]
pub(super) struct Trigger {
    /// A name of [`TRIGGERS`].
    name: &'static str,
    span: Span,
    wait: Wait,
}

/// How long what stands before the function waits for it.
#[derive(Debug)]
pub(super) enum Wait {
    /// As long as is published.
    Published,
    /// As long as a file says.
    Written(Fact),
    /// Not known, for this reason.
    Unknown(String),
}

impl Triggers {
    pub(super) fn add(&mut self, name: &'static str, span: Span) {
        self.add_waiting(name, span, Wait::Published);
    }

    pub(super) fn add_waiting(&mut self, name: &'static str, span: Span, wait: Wait) {
        self.known.push(Trigger { name, span, wait });
    }

    /// Something calls the function, and it is not known what.
    pub(super) fn add_unknown(&mut self, reason: impl Into<String>) {
        self.unknown.get_or_insert(reason.into());
    }

    /// The one that counts, and the facts about what stands before the function.
    pub(super) fn facts(&self, platform: Option<&Platform>, place: Span) -> Facts {
        let mut facts = Facts::new();
        for id in [vocabulary::FUNCTION_TRIGGER, vocabulary::FUNCTION_TRIGGERS] {
            facts.anchor(id, place);
        }
        let rank = |it: &&Trigger| TRIGGERS.iter().position(|name| *name == it.name);
        let first = self.known.iter().min_by_key(rank);
        let (Some(first), None) = (first, &self.unknown) else {
            let reason = self.unknown.as_deref();
            let reason = reason.unwrap_or("the file does not say what calls the function");
            for id in [vocabulary::FUNCTION_TRIGGER, vocabulary::FUNCTION_TRIGGERS] {
                let settle_with = format!("`{}` for the process in opslint.toml", id.name());
                let origin = Origin::new(OriginKind::Default, "what calls the function");
                facts.set(id, Fact::unknown(Unknown::new(reason, settle_with), origin));
            }
            return facts;
        };
        let origin = Origin::written(first.span, "what calls the function");
        let name = Value::Text(first.name.to_owned());
        facts.set(vocabulary::FUNCTION_TRIGGER, Fact::known(name, origin.clone()));
        let mut names: Vec<&str> = self.known.iter().map(|it| it.name).collect();
        names.sort_by_key(|name| TRIGGERS.iter().position(|it| it == name));
        names.dedup();
        let names = names.into_iter().map(|it| Value::Text(it.to_owned())).collect();
        facts.set(vocabulary::FUNCTION_TRIGGERS, Fact::known(Value::List(names), origin));
        let row = platform.and_then(|it| Some((it, it.trigger(first.name)?)));
        if let Some((platform, row)) = row {
            self.router(platform, row, &mut facts);
        }
        facts
    }

    fn router(&self, platform: &Platform, row: &Row, facts: &mut Facts) {
        let what = format!("{} {}", platform.name(), row.name);
        let mut set = |id: FactId, fact: Option<Fact>| {
            if let Some(fact) = fact {
                facts.set(id, fact);
            }
        };
        let idle = row.idle_timeout_s.as_ref().map(|it| sourced(it, &what));
        set(vocabulary::ROUTER_IDLE_TIMEOUT_S, idle);
        let body = row.body_limit_mb.as_ref();
        set(vocabulary::ROUTER_BODY_LIMIT_MB, body.map(|it| sourced(it, &what)));
        let payload = row.payload_limit_mb.as_ref().or(body);
        set(vocabulary::FUNCTION_PAYLOAD_LIMIT_MB, payload.map(|it| sourced(it, &what)));
        let published = row.request_timeout_s.as_ref().map(|it| sourced(it, &what));
        if let Some(published) = published {
            let wait = self.wait(row, published);
            facts.set(vocabulary::ROUTER_REQUEST_TIMEOUT_S, wait);
        }
    }

    /// How long the least patient of the events of one kind waits.
    fn wait(&self, row: &Row, published: Fact) -> Fact {
        let same = self.known.iter().filter(|it| it.name == row.name);
        let waits = same.map(|it| match &it.wait {
            Wait::Published => published.clone(),
            Wait::Written(fact) => fact.clone(),
            Wait::Unknown(reason) => {
                let id = vocabulary::ROUTER_REQUEST_TIMEOUT_S.name();
                let settle_with = format!("`{id}` for the process in opslint.toml");
                let origin = Origin::written(it.span, "what calls the function");
                Fact::unknown(Unknown::new(reason.clone(), settle_with), origin)
            }
        });
        let less = |a: Fact, b: Fact| match (a.number(), b.number()) {
            (Some(left), Some(right)) if right < left => b,
            (Some(_), None) => b,
            _ => a,
        };
        waits.reduce(less).unwrap_or(published)
    }
}

fn sourced<T: ToValue>(value: &Sourced<T>, what: &str) -> Fact {
    value.fact(what)
}
