//! The machine of a process group: `[[vm]]`, presets, and what applies when nothing is written.
//!
//! Source: flyctl `internal/appconfig/machines.go` (`computeToGuest`) and `processgroups.go`
//! (`ComputeForGroup`); `internal/command/deploy/machines_releasecommand.go` for the release machine.

use crate::document::{Node, NodeKind};
use crate::draft::Context;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::fly::{PLATFORM, groups};
use crate::manifests::{catalog, read};
use crate::platforms::Plan;
use crate::project::Facts;
use crate::quantity::go;
use crate::vocabulary::{self, FactId};

use super::{Groups, deployed};

/// The machine facts of a group.
pub(super) fn facts(context: &Context<'_, '_>, root: &Node, group: &str) -> Facts {
    let mut facts = Facts::new();
    match compute(root, group) {
        Some(table) => written(context, table, &mut facts),
        None => of_new(context, root, &mut facts),
    }
    swap(root, &mut facts);
    facts
}

/// Every machine of the app has it, that of the release command included.
fn swap(root: &Node, facts: &mut Facts) {
    if let Some(node) = root.get("swap_size_mb") {
        facts.set(vocabulary::MACHINE_SWAP_MB, read::written(node, "`swap_size_mb`"));
    }
}

/// The `[[vm]]` of a group: the last one that names it, else the first one that names none.
fn compute<'a>(root: &'a Node, group: &str) -> Option<&'a Node> {
    let tables = groups::tables(root, "vm");
    let names_it = |it: &&&Node| groups::named_groups(it).is_some_and(|it| it.contains(&group));
    let named = tables.iter().rev().find(names_it);
    named.or_else(|| tables.iter().find(|it| groups::named_groups(it).is_none())).copied()
}

fn written(context: &Context<'_, '_>, table: &Node, facts: &mut Facts) {
    for id in [
        vocabulary::MACHINE_PLAN,
        vocabulary::MACHINE_CPUS,
        vocabulary::MACHINE_CPU_KIND,
        vocabulary::MACHINE_MEMORY_MB,
        vocabulary::MACHINE_VISIBLE_CPUS,
        vocabulary::MACHINE_PRICE_USD_MONTH,
    ] {
        facts.anchor(id, table.span);
    }
    let plan = base_plan(table);
    match plan.and_then(|it| preset(context, it)) {
        Some(machine) => from_plan(&machine, table, facts),
        None => unknown_plan(table, facts),
    }
    cpus(table, facts);
    rename(context, table, facts);
    memory(table, facts);
    price(context, facts);
}

/// The preset that a table starts from.
fn base_plan(table: &Node) -> Option<&str> {
    match (table.get("size"), table.get("gpu_kind")) {
        (Some(size), _) => size.as_str(),
        (None, Some(_)) => Some("performance-8x"),
        (None, None) => Some("shared-cpu-1x"),
    }
}

/// The machine of a preset.
fn preset(context: &Context<'_, '_>, name: &str) -> Option<Facts> {
    let platform = context.catalog.platform(PLATFORM)?;
    let plan: &Plan = platform.plan_of_any_kind(name)?;
    Some(catalog::machine(platform, plan))
}

fn from_plan(machine: &Facts, table: &Node, facts: &mut Facts) {
    catalog::set_machine(facts, machine, Some(table.span));
    if let Some(size) = table.get("size") {
        facts.set(vocabulary::MACHINE_PLAN, read::written(size, "`size`"));
    }
}

fn unknown_plan(table: &Node, facts: &mut Facts) {
    let Some(size) = table.get("size") else { return };
    facts.set(vocabulary::MACHINE_PLAN, read::written(size, "`size`"));
    for id in
        [vocabulary::MACHINE_CPUS, vocabulary::MACHINE_MEMORY_MB, vocabulary::MACHINE_VISIBLE_CPUS]
    {
        let unknown = Unknown::because("the catalog has no machine of this `size`");
        facts.set(id, Fact::unknown(unknown, Origin::written(size.span, "`size`")));
    }
}

/// `cpus` and `cpu_kind` replace the preset's; every CPU is visible inside, it is a whole machine.
fn cpus(table: &Node, facts: &mut Facts) {
    if let Some(node) = table.get("cpus").filter(|it| it.as_int().is_some_and(|it| it > 0)) {
        for id in [vocabulary::MACHINE_CPUS, vocabulary::MACHINE_VISIBLE_CPUS] {
            replace(facts, id, read::written(node, "`cpus`"));
        }
    }
    if let Some(node) = table.get("cpu_kind").filter(|it| it.as_str().is_some()) {
        replace(facts, vocabulary::MACHINE_CPU_KIND, read::written(node, "`cpu_kind`"));
    }
}

/// A machine of other CPUs than the preset's is the one with these, where there is one: what a CPU
/// does in the long run goes by its name.
fn rename(context: &Context<'_, '_>, table: &Node, facts: &mut Facts) {
    let Some(node) = table.get("cpu_kind").or_else(|| table.get("cpus")) else { return };
    let cpus = facts.get(vocabulary::MACHINE_CPUS).and_then(Fact::int);
    let kind = facts.get(vocabulary::MACHINE_CPU_KIND).and_then(Fact::text);
    let name = match (kind, cpus) {
        (Some("shared"), Some(cpus)) => format!("shared-cpu-{cpus}x"),
        (Some(kind), Some(cpus)) => format!("{kind}-{cpus}x"),
        _ => return,
    };
    if facts.get(vocabulary::MACHINE_PLAN).and_then(Fact::text) == Some(name.as_str()) {
        return;
    }
    let platform = context.catalog.platform(PLATFORM);
    match platform.and_then(|it| it.plan_of_any_kind(&name)) {
        Some(_) => {
            let origin = Origin::written(node.span, "`cpus` and `cpu_kind`");
            replace(facts, vocabulary::MACHINE_PLAN, Fact::known(Value::Text(name), origin));
        }
        None => facts.remove(vocabulary::MACHINE_PLAN),
    }
}

/// `memory` replaces the preset's memory, and `memory_mb` replaces that.
fn memory(table: &Node, facts: &mut Facts) {
    if let Some(node) = table.get("memory") {
        let origin = Origin::written(node.span, "`memory`");
        let fact = match memory_mb(node) {
            Some(memory_mb) => Fact::known(Value::Int(memory_mb), origin),
            None => Fact::unknown(Unknown::because("`memory` is not a size"), origin),
        };
        replace(facts, vocabulary::MACHINE_MEMORY_MB, fact);
    }
    if let Some(node) = table.get("memory_mb").filter(|it| it.as_int().is_some_and(|it| it > 0)) {
        replace(facts, vocabulary::MACHINE_MEMORY_MB, read::written(node, "`memory_mb`"));
    }
}

/// Megabytes of `memory`, as flyctl reads it.
pub(super) fn memory_mb(node: &Node) -> Option<i64> {
    match &node.kind {
        NodeKind::Integer(value) => Some(*value),
        NodeKind::String(text) => go::flyctl_mb(&text.value),
        _ => None,
    }
}

fn price(context: &Context<'_, '_>, facts: &mut Facts) {
    let known = |id| facts.get(id).and_then(Fact::number);
    let cpu_kind = facts.get(vocabulary::MACHINE_CPU_KIND).and_then(Fact::text);
    let (Some(cpus), Some(memory_mb), Some(cpu_kind)) =
        (known(vocabulary::MACHINE_CPUS), known(vocabulary::MACHINE_MEMORY_MB), cpu_kind)
    else {
        return;
    };
    let kind = context.catalog.platform(PLATFORM).and_then(|it| it.cpu_kind(cpu_kind));
    match kind.and_then(|it| it.price_usd_month(cpus, memory_mb as u32)) {
        Some(price) => {
            let fact = price.fact(&format!("Fly.io {cpu_kind} CPUs"));
            facts.set(vocabulary::MACHINE_PRICE_USD_MONTH, fact);
        }
        None => facts.remove(vocabulary::MACHINE_PRICE_USD_MONTH),
    }
}

/// Without a `[[vm]]`, a new machine is what the options of `flyctl deploy` say.
fn of_new(context: &Context<'_, '_>, root: &Node, facts: &mut Facts) {
    let Some(options) = root.get(deployed::MACHINE) else {
        assumed_default(context, facts);
        return;
    };
    let mut own = Facts::new();
    written(context, options, &mut own);
    for (id, fact) in own.iter() {
        let option = match id {
            vocabulary::MACHINE_MEMORY_MB => options.get("memory").map(|_| "`--vm-memory`"),
            vocabulary::MACHINE_CPUS => options.get("cpus").map(|_| "`--vm-cpus`"),
            vocabulary::MACHINE_PLAN => options.get("size").map(|_| "`--vm-size`"),
            _ => None,
        };
        let source = format!(
            "{}: new machines get this from `flyctl deploy`; `fly scale` may have changed it",
            option.unwrap_or(&fact.origin.source)
        );
        let origin = Origin { kind: OriginKind::Assumed, source, ..fact.origin.clone() };
        facts.set(id, Fact { origin, ..fact.clone() });
        facts.anchor(id, options.span);
    }
}

/// Without a `[[vm]]`, a new machine is the smallest one, and an existing one keeps its size: what
/// `fly scale` did is not in the file.
fn assumed_default(context: &Context<'_, '_>, facts: &mut Facts) {
    let platform = context.catalog.platform(PLATFORM);
    let Some(machine) =
        platform.and_then(|it| Some(catalog::machine(it, catalog::default_plan(it, "web")?)))
    else {
        return;
    };
    for (id, fact) in machine.iter() {
        let source = format!(
            "{}: new machines get this without a `[[vm]]`; `fly scale` may have changed it",
            fact.origin.source
        );
        let origin = Origin { kind: OriginKind::Assumed, source, ..fact.origin.clone() };
        facts.set(id, Fact { origin, ..fact.clone() });
    }
}

/// The release machine: `release_command_vm`, else the largest machine of the default group. The
/// first time there is none yet, and `shared-cpu-2x` is taken instead.
///
/// Source: `inferReleaseCommandGuest` of flyctl at 0ebd6d04.
pub(super) fn release_facts(context: &Context<'_, '_>, root: &Node, groups: &Groups) -> Facts {
    let mut facts = Facts::new();
    let own = root.get("deploy").and_then(|it| it.get("release_command_vm"));
    match own.or_else(|| compute(root, groups.default_name())) {
        Some(table) => written(context, table, &mut facts),
        None => {
            of_new(context, root, &mut facts);
            for (_, fact) in facts.iter_mut() {
                fact.origin.source.push_str("; the first release runs on `shared-cpu-2x`");
            }
        }
    }
    swap(root, &mut facts);
    facts
}

fn replace(facts: &mut Facts, id: FactId, fact: Fact) {
    let fact = match facts.get(id) {
        Some(loser) => fact.over(loser.clone()),
        None => fact,
    };
    facts.set(id, fact);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Text;
    use crate::source::{SourceMap, Span};

    #[test]
    fn sizes_are_binary_and_bare_numbers_are_megabytes() {
        let span = Span::start_of(SourceMap::new().add("fly.toml", ""));
        let text = |it: &str| Node::new(NodeKind::String(Text::new(it, span, Vec::new())), span);
        for (text_in, expect) in [
            ("512mb", Some(512)),
            ("1gb", Some(1024)),
            ("1g", Some(1024)),
            ("2 GB", Some(2048)),
            ("256", Some(256)),
            ("lots", None),
        ] {
            assert_eq!(memory_mb(&text(text_in)), expect, "{text_in}");
        }
        assert_eq!(memory_mb(&Node::new(NodeKind::Integer(256), span)), Some(256));
    }
}
