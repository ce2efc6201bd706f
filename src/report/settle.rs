//! What a run took for granted, as lines that can be pasted into opslint.toml.

use super::text::{count, one_line, width, wrap};
use crate::assumption::Assumption;

/// Assumptions that people are shown; JSON has all of them.
const SHOWN_MAX: usize = 6;

/// Lines of TOML, the most useful first, each with what it is about as a comment.
pub(super) fn lines(assumptions: &[Assumption], columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    // One more is shown rather than counted.
    let shown = if assumptions.len() == SHOWN_MAX + 1 { SHOWN_MAX + 1 } else { SHOWN_MAX };
    let listed = &assumptions[..assumptions.len().min(shown)];
    for (idx, it) in listed.iter().enumerate() {
        let (line, note) = (one_line(&it.settle_with), note(it));
        // The same of several processes is explained behind the last of them.
        if listed.get(idx + 1).is_some_and(|next| is_alike(it, next)) {
            lines.push(format!("  {line}"));
            continue;
        }
        let is_last_of_many = idx > 0 && is_alike(&listed[idx - 1], it);
        let note = if is_last_of_many { note.replacen(": ", " each: ", 1) } else { note };
        let together = format!("  {line}  # {note}");
        if width(&together) <= columns {
            lines.push(together);
            continue;
        }
        lines.push(format!("  {line}"));
        lines.extend(wrap(&note, columns - 6).into_iter().map(|it| format!("    # {it}")));
    }
    if assumptions.len() > shown {
        lines.push(format!("  # and {} more; `--format json` has all", assumptions.len() - shown));
    }
    lines
}

/// Whether two are the same assumption for the same reason, about two places.
fn is_alike(one: &Assumption, other: &Assumption) -> bool {
    let same = |it: &Assumption| (it.name.clone(), it.text.clone(), it.rules.len());
    same(one) == same(other) && one.value == other.value
}

/// How many rules wait for it, and why this value is taken.
pub(super) fn note(it: &Assumption) -> String {
    format!("{}: {}", count(it.rules.len(), "rule"), one_line(&it.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Value;

    fn assumption(process: &str) -> Assumption {
        Assumption {
            manifest: "Procfile".to_owned(),
            file: "opslint.toml".to_owned(),
            process: Some(process.to_owned()),
            name: "plan".to_owned(),
            value: Value::Text("basic".to_owned()),
            text: "a basic of Heroku,\nsince no file names another".to_owned(),
            settle_with: format!("deployments.Procfile.processes.{process}.plan = \"basic\""),
            rules: ["a".to_owned(), "b".to_owned()].into(),
        }
    }

    #[test]
    fn the_lines_are_toml_whatever_fits_beside_them() {
        let all: Vec<_> = (0..9).map(|it| assumption(&format!("worker-{it}"))).collect();
        for columns in [40, 200] {
            let lines = lines(&all, columns);
            let read: toml::Table = toml::from_str(&lines.join("\n")).unwrap();
            let processes = read["deployments"]["Procfile"]["processes"].as_table().unwrap();
            assert_eq!(processes.len(), SHOWN_MAX);
            assert!(lines.last().unwrap().contains("and 3 more"), "{lines:?}");
        }
    }
}
