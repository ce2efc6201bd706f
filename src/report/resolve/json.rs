//! `opslint resolve --format json`, version 1: fields are added, never renamed or removed.
//!
//! Lines and columns count from 1; columns count Unicode code points; offsets count bytes from 0.

use std::io;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::{ResolvedOptions, worlds};
use crate::assumption::Assumption;
use crate::fact::Fact;
use crate::plan::OtherWorld;
use crate::project::{Deployment, Facts, Process, Project};
use crate::report::json::{AssumptionV1, assumption_v1};
use crate::report::position::{Columns, Positions};
use crate::report::wire::{LabelV1, NamedFactV1, Writer};
use crate::source::SourceMap;
use crate::vocabulary::{self, FactId, Scope};

#[derive(Serialize)]
struct ResolvedV1<'a> {
    version: u32,
    projects: Vec<ProjectV1<'a>>,
    assumptions: Vec<AssumptionV1<'a>>,
}

#[derive(Serialize)]
struct ProjectV1<'a> {
    path: &'a str,
    deployments: Vec<DeploymentV1<'a>>,
}

#[derive(Serialize)]
struct DeploymentV1<'a> {
    manifest: &'a str,
    name: &'a str,
    platform: Option<&'a str>,
    facts: MapV1<'a>,
    processes: Vec<ProcessV1<'a>>,
}

#[derive(Serialize)]
struct ProcessV1<'a> {
    name: &'a str,
    kind: Option<&'a str>,
    command: Option<&'a str>,
    place: LabelV1<'a>,
    facts: MapV1<'a>,
    settings: MapV1<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    worlds: Vec<WorldV1<'a>>,
}

/// What differs in another world that the files allow.
#[derive(Serialize)]
struct WorldV1<'a> {
    label: &'a str,
    facts: MapV1<'a>,
}

/// Facts by name, in the order in which people see them.
struct MapV1<'a>(Vec<(&'a str, NamedFactV1<'a>)>);

impl Serialize for MapV1<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, fact) in &self.0 {
            map.serialize_entry(name, fact)?;
        }
        map.end()
    }
}

/// Writes one indented document. It has every setting, whatever is asked for people.
pub(super) fn write(
    out: &mut dyn io::Write,
    projects: &[Project],
    assumptions: &[Assumption],
    sources: &SourceMap,
    options: &ResolvedOptions<'_>,
) -> io::Result<()> {
    let positions = Positions::new(sources, Columns::CodePoints);
    let writer = Writer { positions: &positions };
    let document = ResolvedV1 {
        version: 1,
        projects: projects
            .iter()
            .map(|it| ProjectV1 {
                path: if it.root.is_empty() { "." } else { &it.root },
                deployments: it
                    .deployments
                    .iter()
                    .map(|deployment| self::deployment(&it.root, deployment, writer, options))
                    .collect(),
            })
            .collect(),
        assumptions: assumptions.iter().map(assumption_v1).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn deployment<'a>(
    root: &str,
    it: &'a Deployment,
    writer: Writer<'a>,
    options: &'a ResolvedOptions<'_>,
) -> DeploymentV1<'a> {
    let own = |process: &'a Process| {
        let all = worlds::of(options.other_worlds(), root, it, process);
        self::process(process, all, writer)
    };
    let wanted = |process: &&Process| options.process.is_none_or(|name| process.name.value == name);
    DeploymentV1 {
        manifest: &it.manifest,
        name: &it.name,
        platform: text(&it.facts, vocabulary::PLATFORM),
        facts: facts(&it.facts, Scope::Deployment, writer),
        processes: it.processes.iter().filter(wanted).map(own).collect(),
    }
}

fn process<'a>(it: &'a Process, worlds: Vec<&'a OtherWorld>, writer: Writer<'a>) -> ProcessV1<'a> {
    let ids = worlds::differing(it, &worlds);
    let world = |it: &'a OtherWorld| {
        let facts = ids.iter().filter_map(|id| Some((*id, it.facts.get(*id)?)));
        let facts = facts.map(|(id, fact)| (id.name(), writer.fact(id.name(), fact)));
        WorldV1 { label: &it.label, facts: MapV1(facts.collect()) }
    };
    let settings = it.settings.iter().map(|(name, fact)| {
        // A setting has no unit of the vocabulary, even where it has a name of it.
        (name, writer.setting(fact))
    });
    ProcessV1 {
        name: &it.name.value,
        kind: text(&it.facts, vocabulary::KIND),
        command: text(&it.facts, vocabulary::COMMAND),
        place: writer.place(it.span),
        facts: facts(&it.facts, Scope::Process, writer),
        settings: MapV1(settings.collect()),
        worlds: worlds.iter().map(|it| world(it)).filter(|it| !it.facts.0.is_empty()).collect(),
    }
}

fn facts<'a>(facts: &'a Facts, scope: Scope, writer: Writer<'a>) -> MapV1<'a> {
    let own = facts.iter().filter(|(id, _)| id.def().scope == scope);
    MapV1(own.map(|(id, fact)| (id.name(), writer.fact(id.name(), fact))).collect())
}

fn text(facts: &Facts, id: FactId) -> Option<&str> {
    facts.get(id).and_then(Fact::text)
}
