//! What a run took for granted, as lines that can be pasted into opslint.toml.

use super::text::{count, one_line, width, wrap};
use crate::assumption::Assumption;
use crate::vocabulary::MEMORY_PER_WORKER_MB;

/// Lines to paste that people are shown; JSON has all assumptions.
const SHOWN_MAX: usize = 6;

/// Lines of TOML, the most useful first, each with what it is about as a comment. What is assumed of
/// a deployment is one line; where it has several processes, it is one for each.
pub(super) fn lines(assumptions: &[Assumption], columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let worth: Vec<&Assumption> = assumptions.iter().filter(|it| is_worth_it(it)).collect();
    let groups = groups(&worth);
    // One more is shown rather than counted.
    let shown = if groups.len() == SHOWN_MAX + 1 { SHOWN_MAX + 1 } else { SHOWN_MAX };
    let listed = &groups[..groups.len().min(shown)];
    for (idx, group) in listed.iter().enumerate() {
        let line = one_line(&statement(group));
        // The same of several processes is explained behind the last of them.
        if listed.get(idx + 1).is_some_and(|next| are_alike(group, next)) {
            lines.push(format!("  {line}"));
            continue;
        }
        let is_last_of_many = idx > 0 && are_alike(&listed[idx - 1], group);
        let each = |note: String| match is_last_of_many {
            true => note.replacen(": ", " each: ", 1),
            false => note,
        };
        if let [only] = group.as_slice() {
            let together = format!("  {line}  # {}", each(note(only)));
            if width(&together) <= columns {
                lines.push(together);
                continue;
            }
        }
        lines.push(format!("  {line}"));
        for it in group {
            let note = each(note(it));
            let note = if group.len() == 1 { note } else { format!("{}, {note}", it.name) };
            lines.extend(wrap(&note, columns - 6).into_iter().map(|it| format!("    # {it}")));
        }
    }
    let left: usize = groups.iter().skip(shown).map(Vec::len).sum();
    if left > 0 {
        lines.push(format!("  # and {left} more; `--format json` has all"));
    }
    lines
}

/// Whether a person is asked: how much memory a worker takes has to be measured, and is worth that
/// where something is wrong.
fn is_worth_it(it: &Assumption) -> bool {
    it.behind.is_some() || it.name != MEMORY_PER_WORKER_MB.name()
}

/// What one line says, in the order of the list: all of a deployment, or all of one process of it.
/// What is said of a deployment beside lines of its processes is a line each: TOML adds nothing to a
/// table that is written in one line.
fn groups<'a>(assumptions: &[&'a Assumption]) -> Vec<Vec<&'a Assumption>> {
    let mut groups: Vec<Vec<&Assumption>> = Vec::new();
    for it in assumptions.iter().copied() {
        let of_deployment = assumptions.iter().filter(|other| other.table == it.table);
        let mut processes = of_deployment.filter_map(|it| it.process.as_deref());
        let first = processes.next();
        let is_one = processes.all(|it| Some(it) == first);
        let is_same = |known: &Assumption| {
            let is_process = it.process.is_some() && known.process == it.process;
            known.table == it.table && (is_one || is_process)
        };
        match groups.iter_mut().find(|group| is_same(group[0])) {
            Some(group) => group.push(it),
            None => groups.push(vec![it]),
        }
    }
    groups
}

/// `deployments.Procfile = { platform = "heroku", processes.web = { plan = "basic", instances = 1 } }`
///
/// An inline table can be pasted wherever the deployment has no table yet.
fn statement(group: &[&Assumption]) -> String {
    let (own, inside): (Vec<&Assumption>, Vec<&Assumption>) =
        group.iter().copied().partition(|it| it.process.is_none());
    let mut entries: Vec<String> = own.iter().map(|it| it.in_table().to_owned()).collect();
    if let Some(first) = inside.first() {
        let end = format!(".{} = ", first.name);
        let place = first.in_table().rsplit_once(&end).map_or("", |it| it.0);
        let within = |it: &&Assumption| {
            let rest = it.in_table().strip_prefix(place).and_then(|it| it.strip_prefix('.'));
            rest.unwrap_or(it.in_table()).to_owned()
        };
        entries.push(joined(place, &inside.iter().map(within).collect::<Vec<_>>()));
    }
    joined(group.first().map_or("", |it| it.table.as_str()), &entries)
}

/// Entries of a table in one line.
fn joined(table: &str, entries: &[String]) -> String {
    match entries {
        [only] => format!("{table}.{only}"),
        _ => format!("{table} = {{ {} }}", entries.join(", ")),
    }
}

/// Whether two lines say the same for the same reasons, about two places.
fn are_alike(one: &[&Assumption], other: &[&Assumption]) -> bool {
    let same = |it: &&Assumption| (it.name.clone(), it.text.clone(), it.rules.len());
    one.iter().map(same).eq(other.iter().map(same))
        && one.iter().map(|it| &it.value).eq(other.iter().map(|it| &it.value))
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
        let table = "deployments.Procfile".to_owned();
        let inside = process.map_or_else(String::new, |it| format!("processes.{it}."));
        Assumption {
            manifest: "Procfile".to_owned(),
            file: "opslint.toml".to_owned(),
            process: process.map(str::to_owned),
            name: name.to_owned(),
            value: Value::Text(value.to_owned()),
            text: format!("a {value} of Heroku,\nsince no file names another"),
            settle_with: format!("{table}.{inside}{name} = \"{value}\""),
            table,
            behind: None,
            rules: ["a".to_owned(), "b".to_owned()].into(),
        }
    }

    #[test]
    fn the_lines_are_toml_whatever_fits_beside_them() {
        let all: Vec<_> =
            (0..9).map(|it| assumption(Some(&format!("worker-{it}")), "plan", "basic")).collect();
        for columns in [40, 200] {
            let lines = lines(&all, columns);
            let read: toml::Table = toml::from_str(&lines.join("\n")).unwrap();
            let processes = read["deployments"]["Procfile"]["processes"].as_table().unwrap();
            assert_eq!(processes.len(), SHOWN_MAX);
            assert!(lines.last().unwrap().contains("and 3 more"), "{lines:?}");
        }
    }

    /// One line to paste for a deployment of one process, and one for each process of several.
    #[test]
    fn what_is_assumed_of_one_place_is_one_line() {
        let mut all = vec![
            assumption(None, "platform", "heroku"),
            assumption(Some("web"), "plan", "basic"),
            assumption(Some("web"), "kind", "web"),
        ];
        let pasted = |all: &[Assumption]| {
            let lines = lines(all, 100);
            let read: toml::Table = toml::from_str(&lines.join("\n")).unwrap();
            let own = read["deployments"]["Procfile"].clone();
            assert_eq!(own["platform"].as_str(), Some("heroku"), "{lines:?}");
            assert_eq!(own["processes"]["web"]["plan"].as_str(), Some("basic"), "{lines:?}");
            assert_eq!(own["processes"]["web"]["kind"].as_str(), Some("web"), "{lines:?}");
            lines.iter().filter(|it| !it.trim_start().starts_with('#')).count()
        };
        assert_eq!(pasted(&all), 1);
        all.push(assumption(Some("job"), "plan", "basic"));
        all.push(assumption(Some("job"), "kind", "worker"));
        assert_eq!(pasted(&all), 3);
        all.insert(0, assumption(None, "purpose", "production"));
        assert_eq!(pasted(&all), 4);
    }
}
