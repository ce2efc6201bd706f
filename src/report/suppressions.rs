//! `opslint suppressions`: everything that is allowed somewhere, why, and whether it is needed.

use super::ink::Ink;
use super::position::{Columns, Positions};
use super::safe::Wire;
use super::text::one_line;
use crate::check::suppress::{State, Suppression};
use crate::policy::config::{Config, RuleLevel};
use crate::policy::levels::Level;
use crate::report::line;
use crate::secret::{Grammar, Secrets};
use crate::source::{SourceMap, Span};

/// One paragraph for each suppression, in the order of path and place.
pub fn suppressions(list: &[Suppression], sources: &SourceMap) -> String {
    let mut list: Vec<_> = list.iter().collect();
    let path = |it: &Suppression| sources.file(it.rule.span.file).path().to_owned();
    list.sort_by_key(|it| (path(it), it.rule.span.start));
    let positions = Positions::new(sources, Columns::CodePoints);
    let paragraphs = list.into_iter().map(|it| paragraph(it, sources, &positions));
    let paragraphs: String = paragraphs.collect();
    Wire::Prose(Ink::Plain).safe(&Secrets::none_known().mask(&paragraphs, Grammar::Prose))
}

/// One line for each place of configuration that makes less be said: levels below those that rules
/// have themselves, files that are left out, the baseline. `refused` are the places of those that a
/// locked rule does not follow.
pub fn decisions(
    config: &Config,
    sources: &SourceMap,
    refused: &[Span],
    own: impl Fn(&str) -> Option<Level>,
) -> String {
    let place = |span: Span| line(sources, span);
    let is_lower = |it: &&RuleLevel| own(&it.0.value).is_none_or(|own| it.1.value < own);
    let level = |it: &RuleLevel, behind: &str| {
        let (rule, level) = (&it.0.value, it.1.value.name());
        let locked = match (refused.contains(&it.0.span), own(rule).is_some()) {
            (true, true) => "; it has no effect, because the rule is locked",
            // A group, or all rules.
            (true, false) => "; it has no effect on rules that are locked",
            (false, _) => "",
        };
        format!("{}: {rule} is {level}{behind}{locked}\n", place(it.0.span))
    };
    let mut text = String::new();
    for layer in config.ordered() {
        text.extend(layer.levels.iter().filter(is_lower).map(|it| level(it, "")));
        for it in &layer.overrides {
            let paths: Vec<&str> = it.paths.iter().map(|it| it.value.text()).collect();
            let behind = format!(" for {}", paths.join(", "));
            text.extend(it.levels.iter().filter(is_lower).map(|it| level(it, &behind)));
        }
        let exclude = layer.exclude.iter();
        text.extend(
            exclude.map(|it| format!("{}: {} is not checked\n", place(it.span), it.value.text())),
        );
        let baseline = layer.baseline.iter();
        text.extend(
            baseline
                .map(|it| format!("{}: what {} knows is held back\n", place(it.span), it.value)),
        );
    }
    Wire::Prose(Ink::Plain).safe(&Secrets::none_known().mask(&text, Grammar::Prose))
}

/// Characters of a reason that are shown; all rules of one comment have the same.
const REASON_MAX: usize = 1_000;

fn paragraph(it: &Suppression, sources: &SourceMap, positions: &Positions<'_>) -> String {
    let file = sources.file(it.rule.span.file);
    let line_number = positions.start(it.rule.span).line_number;
    let mut text = format!("{}:{line_number}: {}: {}", file.path(), it.rule.value, state(it.state));
    if let Some(pattern) = it.pattern() {
        text += &format!(", for `{pattern}`");
    }
    if let Some(process) = &it.process {
        text += &format!(", process `{process}`");
    }
    if let Some(until) = it.until {
        text += &format!(", until {until}");
    }
    let reason = match it.reason.char_indices().nth(REASON_MAX) {
        Some((end, _)) => format!("{}…", &it.reason[..end]),
        None => it.reason.to_string(),
    };
    one_line(&text) + &format!("\n    {}\n", one_line(&reason))
}

fn state(state: State) -> String {
    match state {
        State::Used(1) => "holds back 1 diagnostic".to_owned(),
        State::Used(count) => format!("holds back {count} diagnostics"),
        state => state.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::suppress::{Input, RuleState, apply};
    use crate::parse::{self, Syntax};
    use crate::platforms::Date;
    use crate::policy::config::{Request, load};
    use crate::workspace::{MemoryFiles, Workspace};
    use expect_test::expect;
    use std::sync::Arc;

    #[test]
    fn the_list_says_where_what_why_and_how_long() {
        let config = "[[suppressions]]\nrule = \"too-slow\"\npath = \"fly.json\"\n\
                      process = \"web\"\nreason = \"streams\"\n";
        let fly = "\n[vm] # opslint: allow[too-slow, too-big] measured until=2027-01-31\n";
        let files = MemoryFiles::new().with("opslint.toml", config);
        let mut workspace = Workspace::new(&files);
        let candidates = ["opslint.toml".to_owned()];
        let request = Request { candidates: &candidates, ..Request::default() };
        let config = load(&mut Vec::new(), &mut workspace, &request);
        let file = workspace.sources.add("fly.toml", fly);
        let documents = [Arc::new(parse::document(Syntax::Toml, file, fly))];
        let rule = |id| RuleState { id, is_locked: false, runs: true };
        let input = Input {
            sources: &workspace.sources,
            documents: &documents,
            paths: &Default::default(),
            rules: &[rule("too-slow"), rule("too-big")],
            undecided: &[],
            today: Date::from_iso("2027-01-01").unwrap(),
        };
        let applied = apply(&mut Vec::new(), &config, &input);
        expect![[r#"
            fly.toml:2: too-slow: unused, until 2027-01-31
                measured
            fly.toml:2: too-big: unused, until 2027-01-31
                measured
            opslint.toml:2: too-slow: idle, for `fly.json`, process `web`
                streams
        "#]]
        .assert_eq(&suppressions(&applied.suppressions, &workspace.sources));
    }
}
