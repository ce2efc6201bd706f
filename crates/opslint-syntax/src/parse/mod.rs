//! Text → `Document`. Total: what was understood, and problems.

mod align;
pub mod apache;
pub mod bounds;
pub mod caddy;
mod configparser;
pub mod dockerfile;
pub mod env_file;
mod erb;
pub mod haproxy;
mod ini;
pub mod js_object;
mod json;
mod nesting;
pub mod nginx;
mod procfile;
mod python;
pub mod ruby;
pub mod shell;
mod toml;
mod unit;
mod wording;
pub mod xml;
pub mod yaml;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Node, NodeKind};
use crate::source::{FileId, Span};
use opslint_model::visible::one_line;

pub use crate::document::Syntax;

/// Nesting beyond this is no configuration; parsers that recurse would run out of stack.
const DEPTH_MAX: usize = 128;

/// A larger text is data that has strayed into the way, in bytes: a tree takes up to eighty times
/// as much memory as its text, and what people write by hand has a hundredth of this.
pub const BYTES_MAX: usize = 2 * 1024 * 1024;

/// Parses a text. What is not understood becomes a problem; the rest is in the tree.
pub fn document(syntax: Syntax, file: FileId, text: &str) -> Document {
    let mut document = as_it_is(syntax, file, text);
    let first = document.problems.iter().find(|it| it.rule == SYNTAX_ERROR);
    if let Some(first) = first
        && let Some(span) = looks_like_template(file, text)
        && (syntax != Syntax::Toml || is_filled_in(text, first.primary.span))
    {
        document.problems = vec![template(span)];
    }
    document
}

/// The same of a text that no template engine fills in, such as a rule: braces are what they are.
pub fn as_it_is(syntax: Syntax, file: FileId, text: &str) -> Document {
    if let Some(problem) = out_of_bounds(syntax, file, text) {
        let (root, comments) = (empty(file), Vec::new());
        return Document { file, syntax, root, problems: vec![problem], comments };
    }
    let mut document = match syntax {
        Syntax::Toml => toml::document(file, text),
        Syntax::Yaml => match erb::without_statements(text) {
            Some(plain) => yaml::document(file, &plain),
            None => yaml::document(file, text),
        },
        Syntax::YamlStream => yaml::stream(file, text),
        Syntax::Json => json::document(file, text),
        Syntax::Procfile => procfile::document(file, text),
        Syntax::Dockerfile => dockerfile::document(file, text),
        Syntax::Unit => unit::document(file, text),
        Syntax::Ini => ini::document(file, text),
        Syntax::ConfigParser => configparser::document(file, text),
        Syntax::Nginx => nginx::document(file, text),
        Syntax::Env => env_file::document(file, text),
        Syntax::Python => python::document(file, text),
    };
    for problem in &mut document.problems {
        problem.primary.span = on_boundaries(problem.primary.span, text);
    }
    document.problems.sort_by_key(|it| it.primary.span.order());
    if let Some(span) = conflict(file, text)
        && document.problems.iter().any(|it| it.rule == SYNTAX_ERROR)
    {
        // All else that is wrong with the text follows from it.
        document.problems = vec![unresolved(span)];
    }
    document
}

/// Whether an engine puts something into the line of a mistake, which then is none of somebody's:
/// braces in other texts of the file do no harm.
fn is_filled_in(text: &str, mistake: Span) -> bool {
    let (before, behind) = text.split_at(mistake.start as usize);
    let start = before.rfind('\n').map_or(0, |it| it + 1);
    let end = behind.find('\n').map_or(text.len(), |it| before.len() + it);
    MARKERS
        .iter()
        .any(|(open, close)| text[start..end].contains(open) || text[start..end].contains(close))
}

/// The smallest span of whole characters that holds `span`: parsers count bytes of what they did
/// not understand.
fn on_boundaries(span: Span, text: &str) -> Span {
    let start = text.floor_char_boundary(span.start as usize);
    let end = text.ceil_char_boundary(span.end as usize);
    Span::new(span.file, start.min(end), end)
}

/// The rule of texts that are not of their format.
pub const SYNTAX_ERROR: &str = "syntax-error";

/// The rule of files of which opslint does not read all.
const UNREADABLE_FILE: &str = "unreadable-file";

/// The rule of texts that something else fills in before they are used.
const TEMPLATE_FILE: &str = "template-file";

/// Mistakes of one text that a parser keeps: a line that is none takes two bytes, and what is said
/// of it several hundred.
const MISTAKES_MAX: usize = 1_000;

/// Adds what `mistake` makes, while there are few.
fn note(problems: &mut Vec<Diagnostic>, mistake: impl FnOnce() -> Diagnostic) {
    if problems.len() < MISTAKES_MAX {
        problems.push(mistake());
    }
}

/// A syntax error that a parser reports, at its place.
pub fn syntax_error(span: Span, message: impl AsRef<str>) -> Diagnostic {
    let message = wording::reworded(message.as_ref());
    Diagnostic::new(SYNTAX_ERROR, Severity::Error, message, Label::new(span, ""))
}

/// What opslint does not read of a file whose format allows it, from a place on.
fn out_of_reach(span: Span, message: String) -> Diagnostic {
    Diagnostic::new(UNREADABLE_FILE, Severity::Error, message, Label::new(span, ""))
}

/// What is said where values stand deeper in one another than opslint reads.
fn nested_too_deep(span: Span) -> Diagnostic {
    let message = format!("nested more than {DEPTH_MAX} levels deep, which opslint does not read");
    out_of_reach(span, message)
}

/// A key that stands twice in one table.
pub fn duplicate_key(second: Span, first: Span, key: &str) -> Diagnostic {
    let label = Label::new(second, "again here");
    // A key whose quote is left open goes on over line ends.
    let key = one_line(key);
    let message = format!("duplicate key `{key}`");
    Diagnostic::new("duplicate-key", Severity::Error, message, label)
        .with_related(first, "first here")
        .with_help("keep one of the two, or rename the one that means something else")
}

fn template(span: Span) -> Diagnostic {
    let message = "the file is a template, so what it fills in is not checked";
    let label = Label::new(span, "filled in before the file is used");
    Diagnostic::new(TEMPLATE_FILE, Severity::Info, message, label)
        .with_help("check the file that the template produces, or name this one under `exclude`")
}

/// The marker that Git writes in front of the first of two versions of some lines, where the others
/// of it follow.
fn conflict(file: FileId, text: &str) -> Option<Span> {
    let is_marker = |line: &str, sign: char| {
        let rest = line.trim_start_matches(sign);
        line.len() - rest.len() == 7 && (rest.is_empty() || rest.starts_with([' ', '\r']))
    };
    let mut at = 0;
    let mut first = None;
    let mut is_parted = false;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        match first {
            None if is_marker(content, '<') => {
                first = Some(Span::new(file, at, at + content.len()))
            }
            Some(_) if is_marker(content, '=') => is_parted = true,
            Some(span) if is_parted && is_marker(content, '>') => return Some(span),
            _ => {}
        }
        at += line.len();
    }
    None
}

fn unresolved(span: Span) -> Diagnostic {
    let label = Label::new(span, "two versions of these lines are in the file");
    Diagnostic::new(SYNTAX_ERROR, Severity::Error, "a merge conflict is not resolved", label)
        .with_help("keep the lines that are meant, and remove the three markers")
}

/// An empty map at the start of a file.
pub fn empty(file: FileId) -> Node {
    Node::new(NodeKind::Map(Vec::new()), Span::start_of(file))
}

/// What stands around the places that template engines replace.
const MARKERS: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("<%", "%>")];

/// The first place that a template engine would replace: `{{ … }}`, `{% … %}`, `<% … %>`.
fn looks_like_template(file: FileId, text: &str) -> Option<Span> {
    MARKERS
        .iter()
        .filter_map(|(open, close)| {
            let start = text.find(open)?;
            let end = start + text[start..].find(close)? + close.len();
            Some(Span::new(file, start, end))
        })
        .min_by_key(|it| it.order())
}

/// What is said of a file of more than [`BYTES_MAX`] bytes: both in MB, rounded up.
pub(crate) fn too_large(bytes: u64) -> String {
    let mb = |it: u64| it.div_ceil(1 << 20);
    format!("the file is too large ({} MB; the limit is {} MB)", mb(bytes), BYTES_MAX >> 20)
}

/// A text that no parser is let near: too large, or nested so deep that recursion would overflow.
fn out_of_bounds(syntax: Syntax, file: FileId, text: &str) -> Option<Diagnostic> {
    if text.len() > BYTES_MAX {
        let message = too_large(text.len() as u64);
        return Some(out_of_reach(Span::start_of(file), message));
    }
    // Nothing nests in these.
    if matches!(syntax, Syntax::Procfile | Syntax::Dockerfile | Syntax::Env) {
        return None;
    }
    let python = || (syntax == Syntax::Python).then(|| nesting::too_deep(text)).flatten();
    let at = too_deep(text).or_else(python)?;
    let end = text[at..].chars().next().map_or(at, |it| at + it.len_utf8());
    Some(nested_too_deep(Span::new(file, at, end)))
}

/// The offset of the bracket that opens one level too many. Brackets in strings count too: the
/// bound is far above what a configuration has, and a scan that knew strings would be a parser.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' | b'(' => depth += 1,
            b']' | b'}' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests;
