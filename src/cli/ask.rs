//! Questions about a new rule, asked on a terminal.

use std::io::{BufRead, Write};

use anyhow::bail;

use crate::examples::{self, NewRule, Start};

type Answer = fn(&mut Start) -> &mut Option<String>;

/// In the order in which somebody thinks about a rule.
const QUESTIONS: &[(&str, Answer)] = &[
    ("The bad state in one line", |it| &mut it.summary),
    ("How bad it is: error, warning, info, off", |it| &mut it.level),
    ("What it is about, such as `capacity`", |it| &mut it.group),
    ("What it is evaluated for: process, deployment, project, file", |it| &mut it.on),
    ("When it applies", |it| &mut it.when),
    ("Where the label goes, such as `workers` or `file.fly.primary_region`", |it| &mut it.select),
    ("What must hold", |it| &mut it.require),
    ("What happens where that is not known: passes, fails", |it| &mut it.unknown),
    ("What is said when it does not hold; `{…}` holds an expression", |it| &mut it.message),
    ("What to do", |it| &mut it.help),
];

/// Asks until the answers make a rule that loads. An empty answer keeps what is shown in brackets:
/// the answer of the round before, else that of the template.
///
/// # Errors
/// When the input ends or cannot be read, and when the name is none for a rule.
pub(super) fn rule(
    name: &str,
    platforms: &[&str],
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> anyhow::Result<NewRule> {
    let mut start = Start::default();
    // A name that is none cannot be answered away.
    examples::new_rule(name, &start, platforms)?;
    let mut template = Start::template();
    writeln!(out, "Press Enter to keep what is in brackets; Ctrl-D stops without writing.")?;
    loop {
        for (question, answer) in QUESTIONS {
            let kept = answer(&mut start).as_ref().or(answer(&mut template).as_ref());
            write!(out, "{question} [{}]: ", kept.map_or("", String::as_str))?;
            out.flush()?;
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                writeln!(out)?;
                bail!("the questions were not answered to the end, so nothing was written");
            }
            let line = line.trim();
            if !line.is_empty() {
                *answer(&mut start) = Some(line.to_owned());
            }
        }
        match examples::new_rule(name, &start, platforms) {
            Ok(rule) => return Ok(rule),
            Err(error) => writeln!(out, "This does not make a rule yet: {error:#}")?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str, lines: &str) -> (anyhow::Result<NewRule>, String) {
        let mut out = Vec::new();
        let text = rule(name, &[], &mut lines.as_bytes(), &mut out);
        (text, String::from_utf8(out).unwrap())
    }

    #[test]
    fn empty_answers_give_the_template() {
        let (text, out) = asked("too-many-workers-here", &"\n".repeat(QUESTIONS.len()));
        assert_eq!(text.unwrap(), examples::new_rule("x", &Start::default(), &[]).unwrap());
        assert!(out.contains("What must hold [workers <= 8]: "), "{out}");
    }

    #[test]
    fn a_mistake_is_said_and_asked_again_with_the_other_answers_kept() {
        let first = "too few\n\n\n\n\nscale.min\nscale.mni >= 2\n\none\n\n";
        let second = "\n\n\n\n\n\nscale.min >= 2\n\n\n\n";
        let (text, out) = asked("too-few-instances", &[first, second].concat());
        let text = text.unwrap().text;
        assert!(out.contains("This does not make a rule yet: "), "{out}");
        assert!(out.contains("The bad state in one line [too few]: "), "{out}");
        assert!(text.contains("require = \"scale.min >= 2\""), "{text}");
        assert!(text.contains("summary = \"too few\""), "{text}");
    }

    #[test]
    fn an_input_that_ends_and_a_bad_name_write_nothing() {
        assert!(asked("a-rule", "one\n").0.is_err());
        let (text, out) = asked("A Rule", "");
        assert!(text.is_err() && out.is_empty());
    }
}
