//! What the files of a project show about the platform that it runs on, where none names it.
//!
//! This module says what is to be seen; what it means is data of the platforms.

use crate::draft::Context;
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::platforms::{Clue, ClueKind};
use crate::workspace::{join, parent};

/// Least weight on which a platform is taken for granted: one sign that is rarely found elsewhere.
const WEIGHT_MIN: i32 = 2;

/// Folders beside the manifest whose files are clues, too.
const FOLDERS: &[&str] = &["bin", ".github/workflows"];

/// Files that name packages, one a line.
const PACKAGES: &[&str] = &["requirements.txt", "requirements/base.txt", "requirements/prod.txt"];

/// Files whose lines may be commands.
const COMMANDS: &[&str] = &["Makefile", "justfile", "README.md", "package.json"];

/// Weight of what is of no use on other platforms: where it speaks for another one, a manifest that
/// several platforms read decides nothing.
const WEIGHT_ELSEWHERE: i32 = 3;

/// The platform that most speaks for among those that read a file of this name, as an assumption
/// that says why. `None` where nothing does, where two are equally likely, and where the project
/// plainly runs on a platform that does not read the file.
pub(super) fn platform(context: &mut Context<'_, '_>) -> Option<Fact> {
    let folder = parent(context.manifest).to_owned();
    let clues = clues(context, &folder);
    let name = context.manifest.rsplit('/').next().unwrap_or_default();
    let manifest = Clue::new(ClueKind::File, name);
    let (readers, others): (Vec<_>, Vec<_>) = context
        .catalog
        .weigh(&clues)
        .into_iter()
        .partition(|it| it.signs.iter().any(|it| it.is(&manifest)));
    if others.iter().any(|it| it.weight >= WEIGHT_ELSEWHERE) {
        return None;
    }
    let [first, others @ ..] = readers.as_slice() else { return None };
    if first.weight < WEIGHT_MIN || others.first().is_some_and(|it| it.weight == first.weight) {
        return None;
    }
    let mut seen: Vec<String> = Vec::new();
    for (sign, clue) in &first.found {
        if sign.adds > 0 && !seen.contains(&format!("`{}`", clue.text)) {
            seen.push(format!("`{}`", clue.text));
        }
    }
    let name = context.catalog.platform(first.platform)?.name();
    let source = format!("{name} runs this: {} is here", seen.join(", "));
    let origin = Origin::new(OriginKind::Assumed, source);
    Some(Fact::known(Value::Text(first.platform.to_owned()), origin))
}

fn clues(context: &mut Context<'_, '_>, folder: &str) -> Vec<Clue> {
    let mut clues = Vec::new();
    let name = context.manifest.rsplit('/').next().unwrap_or_default();
    clues.push(Clue::new(ClueKind::Manifest, name));
    clues
        .extend(context.workspace.list(folder).into_iter().map(|it| Clue::new(ClueKind::File, it)));
    for inner in FOLDERS {
        let Some(path) = join(folder, inner) else { continue };
        for name in context.workspace.list(&path) {
            if name.ends_with(".yml") || name.ends_with(".yaml") {
                let text = text(context, &path, &name);
                text.lines().for_each(|line| workflow_line(&mut clues, line));
            }
            clues.push(Clue::new(ClueKind::File, format!("{inner}/{name}")));
        }
    }
    for name in PACKAGES {
        for line in text(context, folder, name).lines() {
            let end = line.find(|it: char| !it.is_ascii_alphanumeric() && !"-_.".contains(it));
            let package = &line[..end.unwrap_or(line.len())];
            if !package.is_empty() {
                clues.push(Clue::new(ClueKind::Package, package));
            }
        }
    }
    for name in COMMANDS {
        for line in text(context, folder, name).lines() {
            let line = line.trim().trim_start_matches(['$', '@', '-', ' ', '`']);
            clues.push(Clue::new(ClueKind::Command, line));
            // `"dev": "honcho start"` of package.json.
            if let Some((_, value)) = line.split_once("\": \"") {
                clues.push(Clue::new(ClueKind::Command, value.trim_end_matches([',', '"'])));
            }
        }
    }
    clues
}

/// `uses: OWNER/ACTION@VERSION`, `run: COMMAND`, or a line of a longer script.
fn workflow_line(clues: &mut Vec<Clue>, line: &str) {
    let line = line.trim().trim_start_matches("- ");
    if let Some(action) = line.strip_prefix("uses:") {
        let action = action.split('@').next().unwrap_or_default();
        clues.push(Clue::new(ClueKind::Action, action.trim()));
    } else {
        let command = line.strip_prefix("run:").unwrap_or(line).trim();
        clues.push(Clue::new(ClueKind::Command, command));
    }
}

/// The text of a file beside the manifest; empty when there is none.
fn text(context: &mut Context<'_, '_>, folder: &str, name: &str) -> String {
    let file = join(folder, name).and_then(|it| {
        context.workspace.is_file(&it).then(|| context.workspace.open_if_text(&it)).flatten()
    });
    file.map_or_else(String::new, |it| context.workspace.sources.file(it).text().to_owned())
}
