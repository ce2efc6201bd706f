//! Files that a step of a build writes: `RUN printf '#!/bin/sh\\n…' > start.sh`.
//!
//! What `echo` and `printf` print is known where the shells agree about it; anything else that a step
//! does to a file leaves its text unknown.

use std::collections::BTreeSet;

use crate::parse::shell::{self, Command, CommandKind, Part, PartKind, Pipeline, Simple, Word};

/// Programs that leave the text of a file as it is.
const HARMLESS: &[&str] = &["chmod", "chown", "chgrp", "ls", "test", "[", "cat", "mkdir", "touch"];

/// What a step does to a file.
#[derive(Debug, PartialEq)]
pub(super) enum Change {
    /// The text of the next here-document becomes this file; `None` where it becomes no file.
    HereDocument {
        /// The path as written.
        path: Option<String>,
        /// Whether variables in the text stay as they are.
        is_left_alone: bool,
    },
    /// A text is written, or added to what is there. Without a text, nobody knows what is there.
    Writes {
        /// The path as written.
        path: String,
        /// What is printed.
        text: Option<String>,
        /// Whether it is added to what is there.
        appends: bool,
    },
}

/// What the text of a `RUN` does to files. `value_of` are the variables of the build.
pub(super) fn changes(text: &str, value_of: &dyn Fn(&str) -> Option<String>) -> Vec<Change> {
    let mut found = Vec::new();
    let path = if text.contains("<<") { here_document(text) } else { None };
    for (_, delimiter) in text.split_whitespace().filter_map(|it| it.split_once("<<")) {
        let is_left_alone = delimiter.trim_start_matches('-').starts_with(['"', '\'']);
        found.push(Change::HereDocument { path: path.clone(), is_left_alone });
    }
    if !found.is_empty() || !text.contains('>') {
        return found;
    }
    let script = shell::parse(text);
    if script.problem.is_some() {
        return found;
    }
    // The files whose text is known.
    let mut names: BTreeSet<String> = BTreeSet::new();
    for item in &script.items {
        for pipeline in std::iter::once(&item.first).chain(item.rest.iter().map(|it| &it.1)) {
            let Some(simple) = simple(pipeline) else {
                // What a loop or a condition does is not followed.
                found.extend(std::mem::take(&mut names).iter().map(|it| unknown(it)));
                continue;
            };
            for output in &simple.outputs {
                let Some(path) = plain(output, &|_| None) else { continue };
                let appends = text[..output.range.start].trim_end().ends_with(">>");
                let text = printed(simple, value_of);
                names.insert(path.clone());
                found.push(Change::Writes { path, text, appends });
            }
            let program = simple.words.first().and_then(Word::literal).unwrap_or_default();
            if simple.outputs.is_empty() && !HARMLESS.contains(&program) {
                let words = simple.words.iter().filter_map(|it| plain(it, &|_| None));
                found.extend(words.filter(|it| names.remove(it)).map(|it| unknown(&it)));
            }
        }
    }
    found
}

fn unknown(path: &str) -> Change {
    Change::Writes { path: path.to_owned(), text: None, appends: false }
}

/// The file of `cat <<EOF > start.sh`, in any order.
fn here_document(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let ["cat", rest @ ..] = words.as_slice() else { return None };
    let rest: Vec<&str> = rest.iter().copied().filter(|it| !it.contains("<<")).collect();
    let path = match rest.as_slice() {
        [">", path] => path,
        [path] => path.strip_prefix('>')?,
        _ => return None,
    };
    let is_plain = !path.is_empty() && !path.contains(['$', '"', '\'', '>', '&', '|', ';']);
    is_plain.then(|| path.to_owned())
}

/// The one command of a pipeline, where it has neither branches nor loops.
fn simple(pipeline: &Pipeline) -> Option<&Simple> {
    let [Command { kind: CommandKind::Simple(simple), .. }] = pipeline.commands.as_slice() else {
        return None;
    };
    Some(simple)
}

/// What a command prints, where that is known.
fn printed(simple: &Simple, value_of: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let (program, rest) = simple.words.split_first()?;
    let words: Option<Vec<String>> = rest.iter().map(|it| plain(it, value_of)).collect();
    let words = words?;
    match (program.literal()?, words.as_slice()) {
        ("printf", [format]) => unescaped(&format.replace("%%", "\0")),
        ("echo", [first, text @ ..]) if first == "-e" => {
            unescaped(&text.join(" ")).map(|it| it + "\n")
        }
        // Whether `echo` understands a backslash, and an option, is another matter in each shell.
        ("echo", words) if !words.iter().any(|it| it.contains('\\') || it.starts_with('-')) => {
            Some(words.join(" ") + "\n")
        }
        _ => None,
    }
}

/// A text with its escapes decoded; `None` where something else than an escape stands in it.
fn unescaped(text: &str) -> Option<String> {
    if text.contains('%') {
        return None;
    }
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(it) = chars.next() {
        match it {
            '\0' => out.push('%'),
            '\\' => out.push(match chars.next()? {
                'n' => '\n',
                't' => '\t',
                '\\' => '\\',
                '"' => '"',
                '\'' => '\'',
                _ => return None,
            }),
            it => out.push(it),
        }
    }
    Some(out)
}

/// The text of a word, where nothing in it is only known when it runs.
fn plain(word: &Word, value_of: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let part = |it: &Part| match &it.kind {
        PartKind::Literal(text) | PartKind::AnsiC(text) => Some(text.clone()),
        PartKind::Parameter(parameter) => value_of(parameter.plain_name()?),
        _ => None,
    };
    word.parts.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[(&str, Option<&str>, bool)]) {
        let value_of = |name: &str| (name == "NAME").then(|| "shop".to_owned());
        let changes = changes(text, &value_of);
        let shown: Vec<(String, Option<String>, bool)> = changes
            .into_iter()
            .map(|it| match it {
                Change::Writes { path, text, appends } => (path, text, appends),
                Change::HereDocument { path, is_left_alone } => {
                    (format!("<< {path:?}"), None, is_left_alone)
                }
            })
            .collect();
        let expect: Vec<(String, Option<String>, bool)> = expect
            .iter()
            .map(|(path, text, flag)| ((*path).to_owned(), text.map(str::to_owned), *flag))
            .collect();
        assert_eq!(shown, expect, "{text}");
    }

    #[test]
    fn what_is_printed_into_a_file_is_its_text() {
        check(
            "printf '#!/bin/sh\\nrun\\n' > /s.sh && chmod +x /s.sh",
            &[("/s.sh", Some("#!/bin/sh\nrun\n"), false)],
        );
        check("echo \"run $NAME\" >> s.sh", &[("s.sh", Some("run shop\n"), true)]);
        check(
            "echo a > b; printf \"c \\\"\\$X\\\"\" >> b",
            &[("b", Some("a\n"), false), ("b", Some("c \"$X\""), true)],
        );
        check("echo -e 'a\\tb' > c", &[("c", Some("a\tb\n"), false)]);
    }

    #[test]
    fn what_nobody_knows_is_no_text() {
        check("echo $OTHER > a", &[("a", None, false)]);
        check("echo 'a\\n' > a", &[("a", None, false)]);
        check("printf '%s' x > a", &[("a", None, false)]);
        check("date > a", &[("a", None, false)]);
        check("echo a > b && sed -i s/a/c/ b", &[("b", Some("a\n"), false), ("b", None, false)]);
        check("apt-get update", &[]);
    }

    #[test]
    fn a_here_document_becomes_a_file() {
        check("cat <<EOF > /s.sh", &[("<< Some(\"/s.sh\")", None, false)]);
        check("cat > s.sh <<'EOF'", &[("<< Some(\"s.sh\")", None, true)]);
        check("<<EOF", &[("<< None", None, false)]);
        check("python - <<EOF > x", &[("<< None", None, false)]);
    }
}
