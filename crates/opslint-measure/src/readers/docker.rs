//! `docker stats` and `docker events` as JSON, and the API beneath `docker stats`.
//!
//! Sources: docs.docker.com/reference/cli/docker/container/stats/, …/system/events/, and
//! docs.docker.com/reference/api/engine/#tag/Container/operation/ContainerStats for what is counted:
//! the page cache that can be given up is not, as the command line does it.

use serde_json::Value;

use crate::number as numbers;
use crate::sample::{Event, Incident, Of, Sample, Sink, Source, Subject};
use crate::time::Time;

use super::{Around, at, number, text};

/// `{"Name":"shop-web-1","MemUsage":"33.5MiB / 512MiB",…}`.
pub(super) fn read_stats(value: &Value, around: Around<'_>, sink: &mut dyn Sink) -> Option<Source> {
    let source = Source::DockerStats;
    if let Some(usage) = text(value, &["MemUsage"]) {
        let name = text(value, &["Name"]).or_else(|| text(value, &["Container"]))?;
        let used = numbers::bytes(usage.split('/').next()?.trim().as_bytes());
        // `--` of a container that has just ended.
        if let Some(used) = used {
            let event = Event::Memory(Of::Instance, used);
            sink.take(Sample {
                source,
                subject: Subject::Container(name),
                time: around.time,
                event,
            });
        }
        return Some(source);
    }
    let usage = number(value, &["memory_stats", "usage"])?;
    let stats = at(value, &["memory_stats", "stats"]);
    let cache = ["inactive_file", "total_inactive_file"];
    let cache = stats.and_then(|it| cache.iter().find_map(|key| number(it, &[key])));
    let used = usage - cache.filter(|it| *it < usage).unwrap_or(0.0);
    let name = text(value, &["name"])?;
    let time = text(value, &["read"]).and_then(Time::from_iso);
    let event = Event::Memory(Of::Instance, used);
    sink.take(Sample { source, subject: Subject::Container(name), time, event });
    Some(source)
}

/// `{"Type":"container","Action":"die","Actor":{"Attributes":{"exitCode":"137","name":…}},…}`.
pub(super) fn read_event(value: &Value, around: Around<'_>, sink: &mut dyn Sink) -> Option<Source> {
    let source = Source::DockerEvents;
    let action = text(value, &["Action"])?;
    let attributes = at(value, &["Actor", "Attributes"])?;
    if text(value, &["Type"]) != Some("container") {
        return Some(source);
    }
    let name = text(attributes, &["com.docker.compose.service"])
        .or_else(|| text(attributes, &["name"]))
        .unwrap_or_default();
    let time = number(value, &["time"]).and_then(Time::from_seconds).or(around.time);
    let incident = match action {
        "oom" => Incident::MemoryKilled,
        "restart" => Incident::Restarted,
        "die" if text(attributes, &["exitCode"]) == Some("137") => Incident::Killed,
        _ => return Some(source),
    };
    let event = Event::Incident(incident, 1);
    sink.take(Sample { source, subject: Subject::Container(name), time, event });
    Some(source)
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_json;
    use super::*;

    #[test]
    fn stats_tell_the_memory_of_a_container() {
        check_json(
            r#"{"BlockIO":"0B / 0B","CPUPerc":"0.00%","Container":"7a","ID":"7a","MemPerc":"0.4%","MemUsage":"32MiB / 512MiB","Name":"shop-web-1","NetIO":"1kB / 2kB","PIDs":"3"}"#,
            Source::DockerStats,
            &[r#"docker-stats Container("shop-web-1")  Memory(Instance, 33554432.0)"#],
        );
        check_json(
            r#"{"read":"2026-11-28T15:00:00.5Z","name":"/shop-web-1","memory_stats":{"usage":1000,"stats":{"inactive_file":200},"limit":5000}}"#,
            Source::DockerStats,
            &[
                r#"docker-stats Container("/shop-web-1") 2026-11-28T15:00:00Z Memory(Instance, 800.0)"#,
            ],
        );
    }

    #[test]
    fn events_tell_who_was_killed() {
        let event = |action: &str, code: &str| {
            format!(
                r#"{{"status":"{action}","id":"7a","from":"shop","Type":"container","Action":"{action}","Actor":{{"ID":"7a","Attributes":{{"exitCode":"{code}","image":"shop","name":"shop-web-1"}}}},"scope":"local","time":1795878000,"timeNano":1795878000000000000}}"#
            )
        };
        let start = r#"docker-events Container("shop-web-1") 2026-11-28T15:00:00Z "#;
        for (action, code, expect) in
            [("die", "137", "Killed"), ("oom", "", "MemoryKilled"), ("restart", "", "Restarted")]
        {
            let expect = format!("{start}Incident({expect}, 1)");
            check_json(&event(action, code), Source::DockerEvents, &[&expect]);
        }
        check_json(&event("die", "0"), Source::DockerEvents, &[]);
    }
}
