//! The queues that workers take jobs from.
//!
//! Sources: `celery.bin.worker` and `celery.app.amqp.Queues.consume_from` (5.7.0), `rq.cli.cli` (3.0.0:
//! the names behind `worker`, else `QUEUES` of the settings, else `default`), `dramatiq.cli` (2.2.1:
//! without `--queues`, those of all actors)

use super::{Server, ServerKind, default_fact};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::{Launch, Word};
use crate::project::Lookup;
use crate::vocabulary as v;

/// What is written where a setting is known to be left alone.
const UNUSED: Option<&Value> = Some(&Value::Null);

/// Sets the queues, where all of them are known.
pub(super) fn facts(server: &mut Server, kind: ServerKind, operands: &[Word], launch: &Launch) {
    let fact = match kind {
        ServerKind::Celery => celery(server),
        ServerKind::Rq | ServerKind::RqPool => rq(operands, launch),
        ServerKind::Dramatiq => dramatiq(launch),
        _ => None,
    };
    if let Some(fact) = fact {
        server.facts.set(v::JOBS_QUEUES, fact);
    }
}

fn names<'n>(names: impl Iterator<Item = &'n str>) -> Option<Value> {
    // A blank is a part of the name, and surely none that somebody wanted.
    let is_name = |it: &&str| !it.is_empty() && !it.contains(char::is_whitespace);
    let names: Vec<&str> = names.collect();
    let all = || names.iter().map(|it| Value::Text((*it).to_owned())).collect();
    (!names.is_empty() && names.iter().all(is_name)).then(|| Value::List(all()))
}

/// `-Q` wins over what the application has; without both, it is the default queue.
fn celery(server: &Server) -> Option<Fact> {
    let setting = |name: &str| server.settings.get(name);
    let is_left = |name: &str| setting(name).is_none_or(|it| it.value() == UNUSED);
    if !is_left("exclude_queues") || !is_left("task_create_missing_queues") {
        return None;
    }
    // What is sent to one exchange may come to several queues.
    let is_plain = |it: &&Fact| matches!(it.value(), Some(Value::Null | Value::List(_)));
    let (asked, all) = (setting("queues")?, setting("task_queues").filter(is_plain)?);
    if asked.value() != UNUSED {
        let value = names(asked.text()?.split(','))?;
        return Some(Fact::known(value, asked.origin.clone()));
    }
    let usual = setting("task_default_queue")?;
    if let Some(Value::List(_)) = all.value() {
        return Some(all.clone());
    }
    let name = match usual.value()? {
        Value::Null => "celery",
        Value::Text(name) => name,
        _ => return None,
    };
    Some(Fact::known(names([name].into_iter())?, usual.origin.clone()))
}

fn rq(operands: &[Word], launch: &Launch) -> Option<Fact> {
    let is_own = |it: &Word| matches!(it.text().as_deref(), Some("worker" | "worker-pool"));
    let behind = usize::from(operands.first().is_some_and(is_own));
    let words = &operands[behind..];
    let Some(first) = words.first() else {
        // A module of settings may name some.
        let is_told = |it: &Word| {
            let text = it.known_prefix();
            text.starts_with("-c") || text.starts_with("--c")
        };
        let is_set =
            !matches!(launch.environment.get("RQ_CONFIG"), Lookup::Unmentioned | Lookup::Unset);
        let has_config = is_set || launch.argv.iter().any(is_told);
        let usual = Value::List(vec![Value::Text("default".to_owned())]);
        return (!has_config).then(|| default_fact(usual, "rq"));
    };
    let all: Option<Vec<String>> = words.iter().map(Word::text).collect();
    let value = names(all?.iter().map(String::as_str))?;
    let span = words.iter().fold(first.span, |it, word| it.cover(word.span));
    Some(Fact::known(value, Origin::written(span, "the queues in the command")))
}

/// The words behind `--queues`, up to the next option. Without it, it is all of them.
fn dramatiq(launch: &Launch) -> Option<Fact> {
    let is_option = |it: &Word| {
        let text = it.known_prefix();
        text.starts_with("-Q")
            || text.len() > 3 && "--queues".starts_with(text.split('=').next().unwrap_or(&text))
    };
    let mut options = launch.argv.iter().enumerate().filter(|(_, it)| is_option(it));
    let (Some((at, option)), None) = (options.next(), options.next()) else { return None };
    // `-Qlow` and `--queues=low` are one word; others are read.
    if !matches!(option.text()?.as_str(), "-Q" | "--queues") {
        return None;
    }
    let is_value = |it: &&Word| !it.known_prefix().starts_with('-');
    let words: Vec<&Word> = launch.argv[at + 1..].iter().take_while(is_value).collect();
    let all: Option<Vec<String>> = words.iter().map(|it| it.text()).collect();
    let value = names(all?.iter().map(String::as_str))?;
    let origin = Origin { kind: OriginKind::Written, ..Origin::written(option.span, "`--queues`") };
    Some(Fact::known(value, origin))
}
