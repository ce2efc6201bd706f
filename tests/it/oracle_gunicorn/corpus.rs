//! Real files: every gunicorn configuration of `fixtures/` and of the corpus beside the repository.
#![expect(clippy::disallowed_methods, reason = "this test reads folders")]

use std::fs;
use std::path::{Path, PathBuf};

use super::cases::Case;

/// A case for each configuration file and environment, and one for each plain command.
pub(crate) fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut projects = folders(&root.join("fixtures"));
    projects.extend(folders(&root.join("../shared/corpus/repos")));
    let mut cases = Vec::new();
    for project in projects {
        let files = texts(&project);
        for path in files.iter().map(|(path, _)| path).filter(|it| is_config(it)) {
            for variables in ENVIRONMENTS {
                let mut case = Case::new(&["app:app", "-c", path]);
                case.files.extend(files.iter().cloned());
                for (name, value) in *variables {
                    case = case.env(name, value);
                }
                cases.push(case);
            }
        }
        for (_, text) in files.iter().filter(|(path, _)| path.ends_with("Procfile")) {
            cases.extend(text.lines().filter_map(command).map(|mut case| {
                case.files.extend(files.iter().cloned());
                case
            }));
        }
    }
    cases
}

const ENVIRONMENTS: &[&[(&str, &str)]] = &[
    &[],
    &[("PORT", "5000"), ("WEB_CONCURRENCY", "3"), ("LOG_LEVEL", "debug")],
    &[("PORT", "10000"), ("DEBUG", "true"), ("WORKERS_PER_CORE", "0.5"), ("MAX_WORKERS", "2")],
];

fn is_config(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.contains("gunicorn") && (name.ends_with(".py") || name.ends_with(".conf"))
}

/// A line of a Procfile that starts gunicorn and that needs no shell.
fn command(line: &str) -> Option<Case> {
    let (_, command) = line.split_once(':')?;
    let command = command.trim().replace("${PORT}", "5000").replace("$PORT", "5000");
    let plain = |it: char| !"$`'\"\\&|;<>()*?[]{}~#".contains(it);
    let args = command.strip_prefix("gunicorn ")?;
    if !args.chars().all(plain) {
        return None;
    }
    Some(Case::new(&args.split_whitespace().collect::<Vec<_>>()).env("PORT", "5000"))
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries.map(|it| it.path()).filter(|it| it.is_dir()).collect();
    folders.sort();
    folders
}

/// Python files, configuration files and Procfiles below a folder, by relative path.
fn texts(root: &Path) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let Ok(relative) = path.strip_prefix(root) else { continue };
            let name = relative.to_string_lossy().replace('\\', "/");
            let wanted = name.ends_with(".py") || name.ends_with("Procfile") || is_config(&name);
            if wanted && let Ok(text) = fs::read_to_string(&path) {
                texts.push((name, text));
            }
        }
    }
    texts.sort();
    texts
}
