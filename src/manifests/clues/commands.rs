//! The commands that people and workflows type around a project: in files of a Makefile's kind, in
//! scripts, in what a README shows, and in workflows.

use crate::draft::Context;
use crate::platforms::{Clue, ClueKind};
use crate::workspace::{join, parent};

/// Files beside the manifest whose lines may be commands.
const FILES: &[&str] = &[
    "Makefile",
    "makefile",
    "GNUmakefile",
    "justfile",
    "Justfile",
    "Taskfile.yml",
    "README.md",
    "README.rst",
    "README.txt",
    "README",
    "readme.md",
    "package.json",
    "pyproject.toml",
    "deploy.sh",
];

/// Files that say what is run where a change is pushed.
const WORKFLOWS: &[&str] = &[
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    ".travis.yml",
    "bitbucket-pipelines.yml",
    "azure-pipelines.yml",
];

/// Where GitHub has its workflows.
const GITHUB: &str = ".github/workflows";

/// Folders of scripts.
const SCRIPTS: &[&str] = &["bin", "scripts", "script"];

/// The most files of a folder that are looked into.
const FILES_MAX: usize = 24;

/// What stands in front of a command and only runs it.
const RUNNERS: &[&str] = &[
    "sudo", "env", "exec", "time", "nohup", "poetry", "pipenv", "uv", "pdm", "rye", "hatch", "run",
    "bundle", "npx", "npm", "yarn", "pnpm", "$", "@", "-", ">",
];

/// Adds the commands around the manifest in `folder`.
pub(super) fn add(clues: &mut Vec<Clue>, context: &mut Context<'_, '_>, folder: &str) {
    let manifest = context.manifest.rsplit('/').next().unwrap_or_default().to_owned();
    for (_, text) in around(context, folder) {
        text.lines().for_each(|it| line(clues, it, &manifest));
    }
    let mut at = folder.to_owned();
    loop {
        for text in workflows(context, &at) {
            // A workflow further out is about this folder where it names it.
            let inside = folder.strip_prefix(&at).unwrap_or(folder).trim_start_matches('/');
            if at == folder || names(&text, inside) {
                text.lines().for_each(|it| line(clues, it, &manifest));
            }
        }
        if at.is_empty() {
            break;
        }
        at = parent(&at).to_owned();
    }
}

/// The files in a folder, and the scripts below it, whose lines may be commands: name and text.
fn around(context: &mut Context<'_, '_>, folder: &str) -> Vec<(String, String)> {
    let here = context.workspace.names(folder);
    let is_there = |name: &&&str| here.iter().any(|it| it == **name);
    let files = FILES.iter().filter(is_there).map(|it| (folder.to_owned(), (*it).to_owned()));
    let mut files: Vec<(String, String)> = files.collect();
    for inner in SCRIPTS {
        let Some(path) = join(folder, inner) else { continue };
        let names = context.workspace.list(&path).into_iter();
        let scripts = names.filter(|it| it.ends_with(".sh") || !it.contains('.'));
        files.extend(scripts.take(FILES_MAX).map(|it| (path.clone(), it)));
    }
    let read = |(folder, name): (String, String)| {
        let text = super::text(context, &folder, &name);
        (name, text)
    };
    files.into_iter().map(read).collect()
}

/// Whether a command around a folder names a file of it. What a README says of a file is no command.
pub(in crate::manifests) fn is_named(
    context: &mut Context<'_, '_>,
    folder: &str,
    file: &str,
) -> bool {
    let is_prose = |name: &str| name.to_ascii_lowercase().starts_with("readme");
    let mut around = around(context, folder).into_iter();
    around.any(|(name, text)| !is_prose(&name) && text.contains(file))
        || workflows(context, folder).iter().any(|it| it.contains(file))
}

/// The texts of the workflows in a folder.
fn workflows(context: &mut Context<'_, '_>, folder: &str) -> Vec<String> {
    let here = context.workspace.names(folder);
    let is_there = |name: &&&str| name.contains('/') || here.iter().any(|it| it == **name);
    let mut texts: Vec<String> =
        WORKFLOWS.iter().filter(is_there).map(|it| super::text(context, folder, it)).collect();
    if let Some(path) = join(folder, GITHUB) {
        let names = context.workspace.list(&path).into_iter();
        let names = names.filter(|it| it.ends_with(".yml") || it.ends_with(".yaml"));
        for name in names.take(FILES_MAX).collect::<Vec<_>>() {
            texts.push(super::text(context, &path, &name));
        }
    }
    texts
}

/// Whether a text names a folder, as a word of its own.
pub(super) fn names(text: &str, folder: &str) -> bool {
    let ends = |it: char| it.is_whitespace() || matches!(it, '"' | '\'' | '=' | ',' | '[' | ']');
    text.split(ends).any(|it| it.trim_start_matches("./").trim_end_matches('/') == folder)
}

/// Adds the action and the commands in a line.
fn line(clues: &mut Vec<Clue>, line: &str, manifest: &str) {
    let line = line.trim().trim_start_matches("- ");
    if line.starts_with('#') && !line.contains('`') {
        return;
    }
    if let Some(action) = line.strip_prefix("uses:") {
        let action = action.trim().trim_matches(['"', '\'']);
        clues.push(Clue::new(ClueKind::Action, action.split('@').next().unwrap_or_default()));
        return;
    }
    // `honcho start` in a sentence.
    if line.contains('`') {
        line.split('`').skip(1).step_by(2).for_each(|it| command(clues, it, manifest));
    }
    // `"dev": "honcho start"` of package.json, `dev = "honcho start"`, `run: honcho start`.
    for separator in ["\": \"", " = \"", "run: ", "cmd: ", "script: "] {
        if let Some((_, value)) = line.split_once(separator) {
            command(clues, value.trim_end_matches([',', '"']), manifest);
        }
    }
    command(clues, line.trim_start_matches('`'), manifest);
}

/// Adds each command of a line of a shell.
pub(super) fn command(clues: &mut Vec<Clue>, text: &str, manifest: &str) {
    for one in text.split(['&', ';', '|']) {
        let mut words = one.split_whitespace().map(|it| it.trim_matches(['"', '\''])).peekable();
        let is_before = |it: &&str| {
            let it = it.trim_start_matches(['@', '-', '$']);
            it.is_empty() || RUNNERS.contains(&it) || it.contains('=')
        };
        while words.next_if(is_before).is_some() {}
        let words: Vec<&str> = words.collect();
        if !words.is_empty() && !words.iter().any(|it| is_other_manifest(it, manifest)) {
            clues.push(Clue::new(ClueKind::Command, plain(&words)));
        }
    }
}

/// Whether a word of a command names another file of the manifest's kind: what is done with
/// `Procfile.dev` says nothing of `Procfile`.
fn is_other_manifest(word: &str, manifest: &str) -> bool {
    let word = word.rsplit(['=', '/']).next().unwrap_or_default();
    let kind = |it: &str| it.split('.').next().unwrap_or_default().to_ascii_lowercase();
    word != manifest && kind(manifest) == "procfile" && kind(word) == "procfile"
}

/// A command with its options behind all else: `honcho -f Procfile start` starts what `honcho start`
/// does.
fn plain(words: &[&str]) -> String {
    let first = words[0].trim_start_matches(['@', '-']);
    let verb = words.iter().skip(1).find(|it| **it == "start");
    match verb {
        Some(verb) if words.get(1).is_some_and(|it| it.starts_with('-')) => {
            format!("{first} {verb}")
        }
        _ => std::iter::once(first).chain(words[1..].iter().copied()).collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let mut clues = Vec::new();
        line(&mut clues, text, "Procfile");
        let is_it = |it: &Clue| {
            it.kind == ClueKind::Command
                && format!("{} ", it.text).starts_with(&format!("{expect} "))
        };
        assert!(clues.iter().any(is_it), "{text}: {clues:?}");
    }

    #[test]
    fn commands_are_seen_where_people_write_them() {
        check("\t@honcho start", "honcho start");
        check("Then run `honcho start` and open the page.", "honcho start");
        check("$ poetry run honcho start", "honcho start");
        check("cd shop && honcho start", "honcho start");
        check("    \"dev\": \"PORT=5000 honcho start\",", "honcho start");
        check("        run: git push dokku main", "git push dokku");
        check("  - git push https://x@git.heroku.com/a.git main", "git push");
        check("honcho -f Procfile start", "honcho start");
        check("overmind start --procfile Procfile", "overmind start");
    }

    #[test]
    fn what_is_done_with_another_procfile_is_no_clue() {
        for text in ["overmind start -f Procfile.dev", "honcho -f dev/Procfile.local start"] {
            let mut clues = Vec::new();
            line(&mut clues, text, "Procfile");
            assert!(clues.is_empty(), "{text}: {clues:?}");
        }
        assert!(names("working-directory: ./backend", "backend"));
        assert!(!names("working-directory: frontend", "backend"));
    }
}
