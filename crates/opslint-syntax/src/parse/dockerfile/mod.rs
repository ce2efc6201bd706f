//! Dockerfile: one entry for each instruction, in file order, with its arguments as text.
//!
//! Lines are read as BuildKit reads them (`frontend/dockerfile/parser` of moby/buildkit): comments
//! and blank lines inside a continued instruction are left out, and here-documents belong to the
//! instruction that opens them. What the arguments mean is a matter of lowering.

mod arguments;
mod flags;

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::document::{Document, Entry, Node, NodeKind, Segment, Text};
use crate::source::{FileId, Span, Spanned};

use super::{MISTAKES_MAX, syntax_error};

/// Every instruction: docs.docker.com/reference/dockerfile.
const INSTRUCTIONS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Instructions that may open a here-document.
const WITH_HEREDOC: [&str; 3] = ["ADD", "COPY", "RUN"];

/// The key of the text of a here-document, which follows the instruction that opens it.
pub const HEREDOC: &str = "<<";

/// Parses a Dockerfile. Names of instructions are in upper case in the tree, as docs have them.
pub(super) fn document(file: FileId, text: &str) -> Document {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let directives = Directives::read(&text[start..]);
    let mut reader =
        Reader { file, text, at: start, escape: directives.escape, comments: Vec::new() };
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    let mut has_stage = false;
    while let Some(line) = reader.logical_line() {
        let entry = entry(&line);
        let mut bodies = Vec::new();
        if WITH_HEREDOC.contains(&entry.key.value.as_str()) {
            problems.extend(reader.heredocs(&line, &mut bodies));
        }
        // Another syntax may have instructions of its own.
        let known = INSTRUCTIONS.contains(&entry.key.value.as_str());
        if !directives.other_syntax && problems.len() < MISTAKES_MAX {
            let is_early =
                !has_stage && known && !matches!(entry.key.value.as_str(), "ARG" | "FROM");
            problems.extend(match () {
                () if !known => Some(unknown_instruction(&entry.key)),
                () if is_early => Some(before_the_first_stage(&entry.key)),
                () => arguments::check(&entry, directives.escape),
            });
        }
        has_stage |= entry.key.value == "FROM";
        entries.push(entry);
        entries.append(&mut bodies);
    }
    // Docker stops at the first line. Saying more of a file that is something else helps nobody.
    if let Some(first) = entries.first()
        && entries.iter().all(|it: &Entry| it.key.value != "FROM")
    {
        let message = "a Dockerfile without `FROM` builds no image".to_owned();
        problems = vec![syntax_error(first.key.span, message)];
    }
    // BuildKit: "file with no instructions". Other syntaxes may need none.
    if entries.is_empty() && !directives.other_syntax {
        let message = "a Dockerfile without instructions builds no image".to_owned();
        problems.push(syntax_error(Span::start_of(file), message));
    }
    let root = Node::new(NodeKind::Map(entries), Span::new(file, 0, text.len()));
    Document { file, syntax: super::Syntax::Dockerfile, root, problems, comments: reader.comments }
}

/// The character that continues a line and protects others, as the `escape` directive of a file
/// says; a backslash without one.
pub fn escape(text: &str) -> char {
    Directives::read(text.trim_start_matches('\u{feff}')).escape
}

/// `# key=value` comments above everything else.
struct Directives {
    escape: char,
    /// Whether `syntax` names something else than Docker's own.
    other_syntax: bool,
}

impl Directives {
    fn read(text: &str) -> Self {
        let mut directives = Self { escape: '\\', other_syntax: false };
        for line in text.lines() {
            let comment = line.trim().strip_prefix('#').and_then(|it| it.split_once('='));
            let Some((key, value)) = comment else { break };
            match (key.trim().to_ascii_lowercase().as_str(), value.trim()) {
                ("escape", "`") => directives.escape = '`',
                ("escape" | "check", _) => {}
                ("syntax", value) => {
                    directives.other_syntax = !value.starts_with("docker/dockerfile");
                }
                _ => break,
            }
        }
        directives
    }
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
    escape: char,
    comments: Vec<Span>,
}

impl Reader<'_> {
    /// The next line without its end.
    fn line(&mut self) -> Option<Range<usize>> {
        let rest = self.text.get(self.at..).filter(|it| !it.is_empty())?;
        let start = self.at;
        let end = rest.find('\n').map_or(self.text.len(), |it| start + it);
        self.at = (end + 1).min(self.text.len());
        let line = self.text[start..end].trim_end_matches('\r');
        Some(start..start + line.len())
    }

    /// The next instruction with the lines that continue it.
    fn logical_line(&mut self) -> Option<Text> {
        let mut value = String::new();
        let mut segments = Vec::new();
        while let Some(range) = self.line() {
            let line = &self.text[range.clone()];
            let content = line.trim();
            let indent = line.len() - line.trim_start().len();
            if content.is_empty() {
                continue;
            }
            if content.starts_with('#') {
                let start = range.start + indent;
                self.comments.push(Span::new(self.file, start, start + content.len()));
                continue;
            }
            // Blanks in front of a continued line are part of it.
            let start = range.start + if value.is_empty() { indent } else { 0 };
            let (end, continues) = self.continuation(start..range.end);
            if start < end {
                segments.push(Segment { decoded: value.len(), source: start, len: end - start });
                value.push_str(&self.text[start..end]);
            }
            if !continues && !value.trim().is_empty() {
                break;
            }
        }
        let (first, last) = (segments.first()?, segments.last()?);
        let span = Span::new(self.file, first.source, last.source + last.len);
        Some(Text::new(value, span, segments))
    }

    /// Where the content of a line ends, and whether the next line continues it. A protected
    /// escape character at the end of a line does not.
    fn continuation(&self, range: Range<usize>) -> (usize, bool) {
        let body = self.text[range.clone()].trim_end_matches([' ', '\t']);
        match body.strip_suffix(self.escape) {
            Some(before) if !before.ends_with(self.escape) => (range.start + before.len(), true),
            _ => (range.end, false),
        }
    }

    /// Reads over the here-documents that an instruction opens; `bodies` gets an entry for each. One
    /// that is never closed takes the rest of the file, and BuildKit refuses it.
    fn heredocs(&mut self, instruction: &Text, bodies: &mut Vec<Entry>) -> Option<Diagnostic> {
        for (strips_tabs, delimiter) in heredocs(&instruction.value) {
            let start = self.at;
            loop {
                let Some(range) = self.line() else {
                    return Some(unclosed_heredoc(instruction, &delimiter));
                };
                let line = &self.text[range.clone()];
                let line = if strips_tabs { line.trim_start_matches('\t') } else { line };
                if line == delimiter {
                    bodies.push(self.body(start..range.start, strips_tabs));
                    break;
                }
            }
        }
        None
    }

    /// The lines of a here-document, which lose their tabs behind `<<-`.
    fn body(&self, range: Range<usize>, strips_tabs: bool) -> Entry {
        let span = Span::new(self.file, range.start, range.end);
        let body = &self.text[range.clone()];
        let text = match strips_tabs && body.contains('\t') {
            true => {
                let lines = body.split_inclusive('\n').map(|it| it.trim_start_matches('\t'));
                Text::new(lines.collect::<String>(), span, Vec::new())
            }
            false => Text::verbatim(body, span, range.start),
        };
        let value = Node::new(NodeKind::String(text), span);
        Entry { key: Spanned::new(HEREDOC.to_owned(), span), value }
    }
}

fn unclosed_heredoc(instruction: &Text, delimiter: &str) -> Diagnostic {
    let start = instruction.value.find("<<").unwrap_or_default();
    let rest = &instruction.value[start..];
    let len = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let span = instruction.span_of(start..start + len);
    syntax_error(span, format!("no line `{delimiter}` closes this here-document"))
        .with_help("the rest of the file belongs to it, and the build fails")
}

/// The here-documents of an instruction: whether leading tabs are taken off, and the delimiter.
fn heredocs(instruction: &str) -> Vec<(bool, String)> {
    let is_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.');
    let heredoc = |word: &str| {
        let word = word.trim_start_matches(|it: char| it.is_ascii_digit());
        let word = word.strip_prefix("<<")?;
        let (strips_tabs, word) = match word.strip_prefix('-') {
            Some(word) => (true, word),
            None => (false, word),
        };
        let name: String = word.chars().filter(|it| !matches!(it, '"' | '\'')).collect();
        (!name.is_empty() && name.chars().all(is_name)).then_some((strips_tabs, name))
    };
    instruction.split_whitespace().filter_map(heredoc).collect()
}

/// The name of an instruction and its arguments.
fn entry(line: &Text) -> Entry {
    let value = line.value.as_str();
    let name = value.find(char::is_whitespace).unwrap_or(value.len());
    let key = Spanned::new(value[..name].to_ascii_uppercase(), line.span_of(0..name));
    let end = value.trim_end().len();
    let start = name + (value[name..].len() - value[name..].trim_start().len());
    if start >= end {
        let at = Span { start: key.span.end, ..key.span };
        return Entry { key, value: Node::new(NodeKind::Null, at) };
    }
    let arguments = line.slice(start..end);
    let span = arguments.span();
    Entry { key, value: Node::new(NodeKind::String(arguments), span) }
}

fn before_the_first_stage(name: &Spanned<String>) -> Diagnostic {
    let message = format!("`{}` comes before the first `FROM`", name.value);
    syntax_error(name.span, message).with_help("only `ARG` may stand there")
}

fn unknown_instruction(name: &Spanned<String>) -> Diagnostic {
    let diagnostic = syntax_error(name.span, format!("`{}` is not an instruction", name.value));
    let near = INSTRUCTIONS.iter().filter(|it| it.len().abs_diff(name.value.len()) <= 2);
    let near = near.map(|it| (strsim::damerau_levenshtein(it, &name.value), it));
    match near.min().filter(|(distance, _)| *distance <= 2) {
        Some((_, near)) => diagnostic.with_help(format!("did you mean `{near}`?")),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[track_caller]
    fn check(text: &str, expect: &[(&str, &str)]) {
        let file = SourceMap::new().add("Dockerfile", text);
        let document = document(file, text);
        let argument = |it: &Entry| it.value.as_str().unwrap_or_default().to_owned();
        let entries: Vec<_> =
            document.root.entries().iter().map(|it| (it.key.value.clone(), argument(it))).collect();
        let entries: Vec<_> = entries.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(entries, expect);
        assert!(document.problems.is_empty(), "{:?}", document.problems);
    }

    #[test]
    fn an_instruction_may_span_lines_with_comments_between() {
        let text = "from a\n# one\nRUN x && \\\n  # two\n\n  y\nCMD z\n";
        check(text, &[("FROM", "a"), ("RUN", "x &&   y"), ("CMD", "z")]);
    }

    #[test]
    fn a_protected_escape_does_not_continue() {
        check("FROM a\nRUN x \\\\\nCMD y", &[("FROM", "a"), ("RUN", "x \\\\"), ("CMD", "y")]);
    }

    #[test]
    fn the_escape_directive_counts_above_everything_else() {
        check("# escape=`\nFROM a\nRUN x `\n y", &[("FROM", "a"), ("RUN", "x  y")]);
        check("FROM a\n# escape=`\nRUN x `\nCMD y", &[("FROM", "a"), ("RUN", "x `"), ("CMD", "y")]);
    }

    #[test]
    fn a_heredoc_hides_its_lines() {
        let text = "FROM a\nRUN <<EOF\nCMD no\nEOF\nCMD yes";
        check(text, &[("FROM", "a"), ("RUN", "<<EOF"), ("<<", "CMD no\n"), ("CMD", "yes")]);
        let text = "FROM a\nCOPY <<-'A' <<B /x/\n\tA\nCMD no\nB\nCMD yes";
        check(
            text,
            &[
                ("FROM", "a"),
                ("COPY", "<<-'A' <<B /x/"),
                ("<<", ""),
                ("<<", "CMD no\n"),
                ("CMD", "yes"),
            ],
        );
        let text = "FROM a\nCOPY <<-A /x\n\t\tb\n\tA\n";
        check(text, &[("FROM", "a"), ("COPY", "<<-A /x"), ("<<", "b\n")]);
    }

    #[test]
    fn a_heredoc_that_is_never_closed_is_named() {
        let text = "FROM a\nRUN <<EOF\necho x\n EOF\nCMD x";
        let mut sources = SourceMap::new();
        let file = sources.add("Dockerfile", text);
        let problems = document(file, text).problems;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(sources.text(problems[0].primary.span), "<<EOF");
        assert_eq!(problems[0].message, "no line `EOF` closes this here-document");
    }

    #[test]
    fn a_shift_is_no_heredoc() {
        let text = "FROM a\nRUN echo $((1<<2)) <<<x\nCMD y";
        check(text, &[("FROM", "a"), ("RUN", "echo $((1<<2)) <<<x"), ("CMD", "y")]);
    }

    #[test]
    fn places_survive_continuation() {
        let text = "FROM a\r\nCMD [\"x\", \\\r\n # no\r\n  \"--workers\"]\r\n";
        let mut sources = SourceMap::new();
        let file = sources.add("Dockerfile", text);
        let document = document(file, text);
        let arguments = document.root.get("CMD").and_then(Node::as_text).unwrap();
        let start = arguments.value.find("--workers").unwrap();
        let span = arguments.span_of(start..start + "--workers".len());
        assert_eq!(sources.text(span), "--workers");
        assert_eq!(sources.text(document.comments[0]), "# no");
    }

    #[test]
    fn an_unknown_instruction_is_named() {
        let text = "FROM a\nENTRYPONT x\n";
        let mut sources = SourceMap::new();
        let file = sources.add("Dockerfile", text);
        let problems = document(file, text).problems;
        assert_eq!(sources.text(problems[0].primary.span), "ENTRYPONT");
        assert_eq!(problems[0].help.as_deref(), Some("did you mean `ENTRYPOINT`?"));
        let other = format!("# syntax=example.org/mine\n{text}");
        assert!(document(file, &other).problems.is_empty());
    }

    #[test]
    fn a_file_without_from_is_one_problem() {
        let text = "package main\n\nfunc main() {\n}\n";
        let mut sources = SourceMap::new();
        let file = sources.add("Dockerfile", text);
        let problems = document(file, text).problems;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(sources.text(problems[0].primary.span), "package");
        for text in ["", "\n\n", "# nothing yet\n", "# syntax=docker/dockerfile:1\n"] {
            let problems = document(file, text).problems;
            let messages: Vec<_> = problems.iter().map(|it| it.message.as_str()).collect();
            assert_eq!(messages, ["a Dockerfile without instructions builds no image"], "{text}");
        }
        assert!(document(file, "# syntax=example.org/mine\n").problems.is_empty());
    }
}
