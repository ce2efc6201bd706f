//! A rule with the numbers of a project: what it makes of one process, from which values, and what
//! it would make of it in the other worlds that the files allow.

use super::{Block, sentence};
use crate::check::trace::{Applied, Ruling, Trace};
use crate::diagnostic::{Missing, UsedFact};
use crate::report::position::{Columns, Positions};
use crate::report::redact::Redactor;
use crate::report::resolve::shown;
use crate::report::shown::Shown;
use crate::report::text::{one_line, width};
use crate::secret::Secrets;
use crate::source::SourceMap;
use crate::vocabulary::{FactId, Unit};

impl Shown<Vec<Applied>> {
    /// Rules beside processes, without the secrets of their files.
    pub fn applied(mut all: Vec<Applied>, sources: &SourceMap, secrets: &Secrets) -> Self {
        let redactor = Redactor::new(secrets);
        for it in &mut all {
            let worlds = it.worlds.iter_mut().flat_map(|it| &mut it.traces);
            it.traces.iter_mut().chain(worlds).for_each(|it| redact(redactor, it));
        }
        Self { what: all, sources: secrets.mask_sources(sources) }
    }
}

fn redact(redactor: Redactor<'_>, trace: &mut Trace) {
    trace.facts.iter_mut().for_each(|it| redactor.shared(&it.name, &mut it.fact));
    match &mut trace.ruling {
        Ruling::Fires(diagnostic) => redactor.diagnostic(diagnostic),
        Ruling::Undecided(missing) => {
            missing.iter_mut().for_each(|it| redactor.unknown(&mut it.unknown));
        }
        Ruling::NotApplicable(_) | Ruling::Holds => {}
    }
}

/// What a page says of these processes.
pub(super) fn blocks(shown: &Shown<Vec<Applied>>) -> Vec<Block> {
    let positions = Positions::new(&shown.sources, Columns::CodePoints);
    shown.what.iter().flat_map(|it| of_process(it, &positions)).collect()
}

fn of_process(it: &Applied, positions: &Positions<'_>) -> Vec<Block> {
    let name = format!("{} of {}", it.process, it.manifest);
    let mut blocks = vec![Block::Heading(format!("For {}", one_line(&name)).into())];
    if it.traces.is_empty() {
        let text = "opslint's own code looks for this in the text of files, and not in what a \
                    process runs with.";
        blocks.push(Block::Text(text.to_owned()));
        return blocks;
    }
    // A rule looks at several places with the same facts.
    let mut said: Vec<String> = Vec::new();
    for trace in &it.traces {
        for text in words(&trace.ruling) {
            if !said.contains(&text) {
                blocks.push(Block::Text(text.clone()));
                said.push(text);
            }
        }
    }
    let mut facts: Vec<&UsedFact> = Vec::new();
    for fact in it.traces.iter().flat_map(|it| &it.facts) {
        if facts.iter().all(|other| other.name != fact.name) {
            facts.push(fact);
        }
    }
    if !facts.is_empty() {
        blocks.push(Block::Text("It looked at".to_owned()));
        blocks.push(Block::Code { path: None, text: table(&facts, positions) });
    }
    blocks.extend(worlds(it));
    blocks
}

/// What came of it, in sentences.
fn words(ruling: &Ruling) -> Vec<String> {
    let of_missing = |it: &Missing| {
        let settle = match it.unknown.settle_with.as_str() {
            "" => String::new(),
            it => format!("; settle it with {it}"),
        };
        format!("`{}` is not known: {}{settle}.", it.name, it.unknown.reason)
    };
    match ruling {
        Ruling::Fires(diagnostic) => {
            let mut all = vec![format!("It fires: {}.", diagnostic.message)];
            all.extend(diagnostic.help.as_ref().map(|it| sentence(it)));
            all
        }
        Ruling::Undecided(missing) => {
            let mut all = vec!["It cannot be decided.".to_owned()];
            all.extend(missing.iter().map(of_missing));
            all
        }
        Ruling::NotApplicable(Some(reason)) => vec![format!("It does not apply: {reason}.")],
        Ruling::NotApplicable(None) | Ruling::Holds => vec![format!("It {}.", ruling.name())],
    }
}

/// Values with where they come from, in columns.
fn table(facts: &[&UsedFact], positions: &Positions<'_>) -> String {
    let value = |it: &UsedFact| {
        let unit = FactId::from_name(&it.name).map_or(Unit::None, |it| it.def().unit);
        one_line(&shown(&it.fact.state, unit))
    };
    let names = facts.iter().map(|it| width(&it.name)).max().unwrap_or_default();
    let values = facts.iter().map(|it| width(&value(it))).max().unwrap_or_default();
    let line = |it: &&UsedFact| {
        let (name, value) = (one_line(&it.name), value(it));
        let pad = |text: &str, to: usize| " ".repeat(to.saturating_sub(width(text)));
        let origin = &it.fact.origin;
        let place = origin.span.map(|it| format!("{}  ", positions.line_place(it)));
        let assumed = match origin.kind {
            crate::fact::OriginKind::Assumed => "assumed: ",
            _ => "",
        };
        let from = format!("{}{assumed}{}", place.unwrap_or_default(), origin.source);
        let name = format!("{name}{}", pad(&name, names));
        format!("{name}  {value}{}  {}", pad(&value, values), one_line(&from))
    };
    facts.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The other worlds, where the files leave open on what it runs.
fn worlds(it: &Applied) -> Vec<Block> {
    if it.worlds.is_empty() {
        return Vec::new();
    }
    let ruling = |all: &[Trace]| {
        let mut names: Vec<&str> = Vec::new();
        for it in all {
            if !names.contains(&it.ruling.name()) {
                names.push(it.ruling.name());
            }
        }
        names.join(", ")
    };
    let taken = it.taken.as_ref().map(|label| (format!("{label} (assumed)"), ruling(&it.traces)));
    let others = it.worlds.iter().map(|it| (it.label.clone(), ruling(&it.traces)));
    let rows: Vec<(String, String)> = taken.into_iter().chain(others).collect();
    let wide = rows.iter().map(|it| width(&it.0)).max().unwrap_or_default();
    let line = |(label, ruling): &(String, String)| {
        format!("{label}{}  {ruling}", " ".repeat(wide.saturating_sub(width(label))))
    };
    let text = rows.iter().map(line).collect::<Vec<_>>().join("\n");
    vec![Block::Text("If it runs on".to_owned()), Block::Code { path: None, text }]
}
