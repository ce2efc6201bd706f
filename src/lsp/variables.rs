//! Where the variable that is named at a place is set.

use crate::analysis::OpenProject;
use crate::document::Syntax;
use crate::parse;
use crate::project::Lookup;
use crate::source::{FileId, Span};
use crate::workspace::{join, parent};

/// The format whose variables are filled in before anything runs.
const COMPOSE: &str = "compose";

/// The name of the variable around a byte: of `$NAME`, or of `${NAME}` with what may follow it.
fn name_at(text: &str, at: usize) -> Option<&str> {
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let (before, behind) = (text.get(..at)?, text.get(at..)?);
    // The cursor may stand on the signs in front of the name.
    let signs = behind.len() - behind.trim_start_matches(['$', '{']).len();
    let start = match signs.min(2) {
        0 => before.trim_end_matches(is_part).len(),
        len => at + len,
    };
    let signs = text[..start].strip_suffix('{').unwrap_or(&text[..start]);
    let name = &text[start..];
    let name = &name[..name.find(|it| !is_part(it)).unwrap_or(name.len())];
    // `$$` is a dollar sign.
    let is_variable = signs.ends_with('$') && !signs.ends_with("$$");
    (is_variable && !name.is_empty()).then_some(name)
}

/// Where the variable at a place of a project is set: compose fills in those of `.env` beside its
/// file, and a command has those of its process.
pub(super) fn set_at(open: &OpenProject, at: Span) -> Vec<Span> {
    let text = open.sources.file(at.file).text();
    let Some(name) = name_at(text, at.start as usize) else { return Vec::new() };
    let is_compose = open.project.files.iter().any(|it| it.file == at.file && it.format == COMPOSE);
    if is_compose {
        return filled_in(open, at.file, name).into_iter().collect();
    }
    let processes = open.project.deployments.iter().flat_map(|it| &it.processes);
    let set = processes.filter_map(|it| match it.environment.get(name) {
        Lookup::Set(fact) => fact.origin.span,
        Lookup::Unset | Lookup::Unmentioned => None,
    });
    set.collect()
}

/// The last line of `.env` beside a file that sets a variable.
fn filled_in(open: &OpenProject, manifest: FileId, name: &str) -> Option<Span> {
    let path = join(parent(open.sources.file(manifest).path()), ".env")?;
    let file = open.sources.id(&path)?;
    let document = parse::document(Syntax::Env, file, open.sources.file(file).text());
    let mut entries = document.root.entries().iter().rev();
    entries.find(|it| it.key.value == name).map(|it| it.key.span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_found_around_the_cursor() {
        let text = "run $A ${BC:-1} $$NO x";
        for (of, name) in [
            ("$A", Some("A")),
            ("A ", Some("A")),
            ("${BC", Some("BC")),
            ("{BC", Some("BC")),
            ("C:-1", Some("BC")),
            ("NO", None),
            ("run", None),
            (" x", None),
        ] {
            assert_eq!(name_at(text, text.find(of).unwrap_or(0)), name, "{of}");
        }
    }
}
