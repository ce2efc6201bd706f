//! `opslint explain NAME` for what is no rule: a fact, a platform.

use std::io::Write;

use anyhow::bail;

use super::said::said;
use super::terminal::Terminal;
use crate::analysis::Setup;
use crate::nearest::nearest;
use crate::policy::rule::{Check, Rule};
use crate::report::listed;
use crate::report::platforms::write_platform;
use crate::vocabulary::{FactDef, Scope, Type, Unit, VOCABULARY};

/// Rules that are named on the page of a fact; beyond these they are counted.
const RULES_MAX: usize = 12;

/// Writes the page of a fact or platform.
///
/// # Errors
/// When there is nothing of this name, or `out` refuses.
pub(super) fn explain(
    out: &mut dyn Write,
    name: &str,
    setup: &Setup,
    terminal: Terminal,
) -> anyhow::Result<()> {
    if let Some(def) = VOCABULARY.iter().find(|it| it.name == name) {
        return fact(out, def, setup);
    }
    let catalog = &setup.surroundings.catalog;
    if let Some(platform) = catalog.platform(name) {
        return Ok(write_platform(out, platform, terminal.width, terminal.ink())?);
    }
    let rules = setup.policy.rules.iter().map(|it| it.id.as_ref());
    let facts = VOCABULARY.iter().map(|it| it.name);
    match nearest(name, rules.chain(facts).chain(catalog.ids())) {
        Some(near) => bail!("there is no rule, fact or platform `{name}`; did you mean `{near}`?"),
        None => bail!(
            "there is no rule, fact or platform `{name}`; \
             `opslint rules`, `opslint facts` and `opslint platforms` list them"
        ),
    }
}

/// The type of a fact, as an author of rules would say it.
pub(super) fn type_name(def: &FactDef) -> &'static str {
    match def.ty {
        Type::Bool => "bool",
        Type::Int => "integer",
        Type::Number => "number",
        Type::Text | Type::Enum(_) => "text",
        Type::List => "list",
    }
}

/// The unit of a fact; empty for one that has none.
pub(super) fn unit_name(def: &FactDef) -> &'static str {
    match def.unit {
        Unit::Seconds => "s",
        Unit::Megabytes => "MB",
        Unit::UsdMonth => "USD/month",
        Unit::None | Unit::Count | Unit::Port => "",
    }
}

fn fact(out: &mut dyn Write, def: &FactDef, setup: &Setup) -> anyhow::Result<()> {
    let unit = unit_name(def);
    let unit = if unit.is_empty() { String::new() } else { format!(" in {unit}") };
    let of = match def.scope {
        Scope::Process => "process",
        Scope::Deployment => "deployment",
    };
    writeln!(out, "{}  {}{unit} · of a {of}\n\n{}", def.name, type_name(def), def.doc)?;
    if let Type::Enum(values) = def.ty {
        writeln!(out, "\nOne of: {}", values.join(", "))?;
    }
    let columns = Terminal::list_columns();
    let said = said(def.name);
    for (head, names) in
        [("Said in: ", said.formats), ("Programs with a default of it: ", said.programs)]
    {
        if !names.is_empty() {
            write!(out, "\n{}", listed(head, names, columns))?;
        }
    }
    if !def.is_trait() {
        let table = match def.scope {
            Scope::Process => "[deployments.\"MANIFEST\".processes.NAME]",
            Scope::Deployment => "[deployments.\"MANIFEST\"]",
        };
        writeln!(out, "\nWhere no file says it, state it in opslint.toml:\n  {table}")?;
        writeln!(out, "  {} = …", def.name)?;
    }
    let named: Vec<&str> = {
        let rules = setup.policy.rules.iter().filter(|it| names(it, def.name));
        rules.map(|it| it.id.as_ref()).collect()
    };
    if !named.is_empty() {
        let more = named.len().saturating_sub(RULES_MAX);
        let shown = named[..named.len() - more].join(", ");
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let shown = format!("{shown}{more}");
        write!(out, "\n{}", listed("Rules that ask for it: ", &shown, columns))?;
    }
    Ok(())
}

/// Whether the condition of a rule names a fact.
fn names(rule: &Rule, fact: &str) -> bool {
    let Some(Check { when, require, .. }) = &rule.check else { return false };
    let is_part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '.');
    let has = |text: &str| text.split(|it| !is_part(it)).any(|it| it == fact);
    has(require.value()) || when.as_ref().is_some_and(|it| has(it.value()))
}
