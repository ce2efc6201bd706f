//! What a run took for granted, as lines that can be pasted into opslint.toml.

use super::text::{count, one_line, width, wrap};
use crate::assumption::Assumption;
use crate::settings::Place;
use crate::vocabulary::MEMORY_PER_WORKER_MB;

/// Lines to paste that people are shown; JSON has all assumptions.
const SHOWN_MAX: usize = 8;

/// Lines of TOML, the most useful first, each with what it is about as a comment. Each can be pasted
/// for itself, and beside what was pasted before: first those with their full path, then those that
/// belong under a heading.
pub(super) fn lines(assumptions: &[Assumption], columns: usize) -> Vec<String> {
    let worth: Vec<&Assumption> = assumptions.iter().filter(|it| is_worth_it(it)).collect();
    let all = alike(&worth);
    // One more is shown rather than counted.
    let count: usize = all.iter().map(Vec::len).sum();
    let mut left = if count == SHOWN_MAX + 1 { SHOWN_MAX + 1 } else { SHOWN_MAX };
    let mut place = &Place::Anywhere;
    let mut lines = Vec::new();
    for group in &all {
        let shown = &group[..group.len().min(left)];
        left -= shown.len();
        let Some(first) = shown.first() else { break };
        if first.place != *place {
            place = &first.place;
            lines.push(match place {
                Place::Anywhere | Place::Top => "  # before the first heading:".to_owned(),
                Place::Below(it) => one_line(&format!("  [{it}]  # which is there: below it")),
                Place::Under(it) => one_line(&format!("  [{it}]")),
            });
        }
        lines.extend(explained(shown, columns));
    }
    let shown = if count == SHOWN_MAX + 1 { count } else { count.min(SHOWN_MAX) };
    if count > shown {
        lines.push(format!("  # and {} more; `--format json` has all", count - shown));
    }
    lines
}

/// Lines that say the same of several places, with the reason behind the last of them.
fn explained(group: &[&Assumption], columns: usize) -> Vec<String> {
    let mut lines: Vec<String> =
        group.iter().map(|it| format!("  {}", one_line(it.line()))).collect();
    let (Some(first), Some(last)) = (group.first(), lines.last_mut()) else { return lines };
    let each = if group.len() > 1 { " each" } else { "" };
    let counts = || group.iter().map(|it| it.rules.len());
    let least = counts().min().filter(|it| Some(*it) != counts().max());
    let from = least.map_or(String::new(), |it| format!("{it} to "));
    let most = group.iter().max_by_key(|it| it.rules.len()).unwrap_or(first);
    let note = format!("{from}{}", note(most).replacen(": ", &format!("{each}: "), 1));
    let together = format!("{last}  # {note}");
    if width(&together) <= columns {
        *last = together;
    } else {
        lines.extend(wrap(&note, columns - 6).into_iter().map(|it| format!("    # {it}")));
    }
    lines
}

/// Whether a person is asked: how much memory a worker takes has to be measured, and is worth that
/// where something is wrong.
fn is_worth_it(it: &Assumption) -> bool {
    it.behind.is_some() || it.name != MEMORY_PER_WORKER_MB.name()
}

/// Those that say the same for the same reasons about several places stand together, and those under
/// one heading.
fn alike<'a>(assumptions: &[&'a Assumption]) -> Vec<Vec<&'a Assumption>> {
    let mut groups: Vec<Vec<&Assumption>> = Vec::new();
    for it in assumptions.iter().copied() {
        match groups.iter_mut().find(|group| are_alike(group[0], it)) {
            Some(group) => group.push(it),
            None => groups.push(vec![it]),
        }
    }
    let mut places: Vec<&Place> = vec![&Place::Anywhere, &Place::Top];
    for it in assumptions {
        if !places.contains(&&it.place) {
            places.push(&it.place);
        }
    }
    groups.sort_by_key(|it| places.iter().position(|own| **own == it[0].place));
    groups
}

fn are_alike(one: &Assumption, other: &Assumption) -> bool {
    (&one.name, &one.text, &one.value, &one.place)
        == (&other.name, &other.text, &other.value, &other.place)
}

/// How many rules wait for it, and why this value is taken.
pub(super) fn note(it: &Assumption) -> String {
    format!("{}: {}", count(it.rules.len(), "rule"), one_line(&it.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Value;

    fn assumption(process: Option<&str>, name: &str, value: &str) -> Assumption {
        let inside = process.map_or_else(String::new, |it| format!("processes.{it}."));
        Assumption {
            manifest: "Procfile".to_owned(),
            file: "opslint.toml".to_owned(),
            process: process.map(str::to_owned),
            name: name.to_owned(),
            value: Value::Text(value.to_owned()),
            text: format!("a {value} of Heroku,\nsince no file names another"),
            settle_with: format!("deployments.Procfile.{inside}{name} = \"{value}\""),
            place: Place::Anywhere,
            behind: None,
            rules: ["a".to_owned(), "b".to_owned()].into(),
        }
    }

    #[test]
    fn the_lines_are_toml_whatever_fits_beside_them() {
        let mut all: Vec<_> =
            (0..11).map(|it| assumption(Some(&format!("worker-{it}")), "plan", "basic")).collect();
        for columns in [40, 200] {
            let lines = lines(&all, columns);
            let read: toml::Table = toml::from_str(&lines.join("\n")).unwrap();
            let processes = read["deployments"]["Procfile"]["processes"].as_table().unwrap();
            assert_eq!(processes.len(), SHOWN_MAX);
            assert!(lines.last().unwrap().contains("and 3 more"), "{lines:?}");
            assert!(lines.iter().any(|it| it.contains("2 rules each: ")), "{lines:?}");
        }
        all.truncate(SHOWN_MAX + 1);
        assert!(!lines(&all, 100).last().unwrap().contains("more"));
    }

    /// What is pasted in a second run stands beside what was pasted in the first.
    #[test]
    fn lines_can_be_pasted_beside_others() {
        let first = [assumption(None, "platform", "heroku"), assumption(Some("web"), "plan", "a")];
        let second = [assumption(Some("web"), "kind", "web"), assumption(Some("job"), "plan", "a")];
        let text = [lines(&first, 100), lines(&second, 100)].concat().join("\n");
        let read: toml::Table = toml::from_str(&text).unwrap();
        let own = &read["deployments"]["Procfile"];
        assert_eq!(own["platform"].as_str(), Some("heroku"), "{text}");
        assert_eq!(own["processes"]["web"]["plan"].as_str(), Some("a"), "{text}");
        assert_eq!(own["processes"]["web"]["kind"].as_str(), Some("web"), "{text}");
        assert_eq!(own["processes"]["job"]["plan"].as_str(), Some("a"), "{text}");
    }

    #[test]
    fn what_has_a_heading_in_the_file_stands_under_it() {
        let heading = "deployments.Procfile.processes.web";
        let below = |name: &str| Assumption {
            place: Place::Below(heading.to_owned()),
            ..assumption(Some("web"), name, "a")
        };
        let all = [below("plan"), assumption(None, "platform", "heroku"), below("kind")];
        let lines = lines(&all, 100);
        assert!(lines[0].starts_with("  deployments.Procfile.platform = "), "{lines:?}");
        let at = |text: &str| lines.iter().position(|it| it.starts_with(text));
        assert!(at(&format!("  [{heading}]")) < at("  plan = "), "{lines:?}");
        let read: toml::Table = toml::from_str(&lines.join("\n")).unwrap();
        let web = &read["deployments"]["Procfile"]["processes"]["web"];
        assert_eq!((web["plan"].as_str(), web["kind"].as_str()), (Some("a"), Some("a")));
    }
}
