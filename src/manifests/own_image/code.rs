//! Which code of the project a command names: `gunicorn shop.wsgi`, `celery -A shop`, `node server.js`.
//!
//! The words are looked at as text, however deep in quotes they stand: what they start is worked out
//! later, in the image that they lead to.

use crate::images::dockerfile::Image;
use crate::programs;
use crate::programs::listed::{PROGRAMS, Serves};
use crate::workspace::Workspace;

/// Options whose value is a module, as a plain name.
const MODULE_OPTIONS: &[&str] = &["-A", "--app", "-F"];

/// Options and commands whose value is a folder that modules are looked for in.
const FOLDER_OPTIONS: &[&str] = &["--app-dir", "--chdir", "--directory", "--workdir", "cd"];

/// Endings of files that programs run, or read because the command says so.
const CODE: &[&str] = &[
    ".cfg", ".cjs", ".conf", ".ini", ".js", ".json", ".mjs", ".php", ".py", ".rb", ".ru", ".sh",
    ".toml", ".ts", ".yaml", ".yml",
];

/// Words in front of the program that a command starts.
const IN_FRONT: &[&str] = &[
    "bash",
    "bundle",
    "dumb-init",
    "env",
    "exec",
    "hatch",
    "npx",
    "pdm",
    "pipenv",
    "poetry",
    "python",
    "python3",
    "rye",
    "run",
    "sh",
    "tini",
    "uv",
];

/// The words of texts: those of a list, and of what is quoted in them.
fn words(texts: &[String]) -> Vec<&str> {
    let is_between = |it: char| it.is_whitespace() || "'\"`;&|()=".contains(it);
    let words = texts.iter().flat_map(|it| it.split(is_between));
    words.filter(|it| !it.is_empty()).collect()
}

/// The files that words may name, as paths from the folder that the command starts in.
fn files(words: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    for (idx, word) in words.iter().enumerate() {
        if CODE.iter().any(|it| word.ends_with(it)) && !word.starts_with('-') {
            files.push((*word).to_owned());
        }
        let (module, attribute) =
            word.split_once(':').map_or((*word, None), |it| (it.0, Some(it.1)));
        let is_name = |it: &str| {
            let mut signs = it.chars();
            signs.next().is_some_and(|it| it.is_alphabetic() || it == '_')
                && signs.all(|it| it.is_alphanumeric() || it == '_')
        };
        let is_asked_for = idx.checked_sub(1).is_some_and(|it| MODULE_OPTIONS.contains(&words[it]));
        let is_module = is_asked_for || attribute.is_some() || module.contains('.');
        if !is_module || !module.split('.').all(is_name) {
            continue;
        }
        let path = module.replace('.', "/");
        files.push(format!("{path}.py"));
        files.push(format!("{path}/__init__.py"));
        // The last part may be a name in the module: `shop.celery.app`.
        if let Some((above, _)) = path.rsplit_once('/') {
            files.push(format!("{above}.py"));
        }
    }
    files
}

/// The files of the project that a command names and that `is_there` finds.
fn found(texts: &[String], is_there: &mut dyn FnMut(&str) -> bool) -> Vec<String> {
    let words = words(texts);
    let in_folder = words.windows(2).filter(|it| FOLDER_OPTIONS.contains(&it[0])).map(|it| it[1]);
    let folders: Vec<&str> = ["", "src"].into_iter().chain(in_folder).collect();
    let mut found = Vec::new();
    for file in files(&words) {
        let mut paths = folders.iter().map(|folder| match *folder {
            "" => file.clone(),
            folder => format!("{folder}/{file}"),
        });
        found.extend(paths.find(|it| is_there(it)));
    }
    found
}

/// The files that a command names and that an image has.
pub(super) fn in_image(
    workspace: &mut Workspace<'_>,
    image: &Image,
    texts: &[String],
) -> Vec<String> {
    found(texts, &mut |path| image.has(workspace, path))
}

/// Whether a folder of the project has a file that a command names.
pub(super) fn is_in_folder(workspace: &Workspace<'_>, folder: &str, texts: &[String]) -> bool {
    let mut is_there =
        |path: &str| crate::workspace::join(folder, path).is_some_and(|it| workspace.is_file(&it));
    !found(texts, &mut is_there).is_empty()
}

/// Whether a command starts a program of an application that is known.
pub(in crate::manifests) fn starts_program(texts: &[String]) -> bool {
    let between = |it: &str| matches!(it, "&&" | "||" | ";" | "|");
    let whole = texts.join(" ");
    let spaced =
        ["&&", "||", ";"].iter().fold(whole, |it, sign| it.replace(sign, &format!(" {sign} ")));
    let quotes = |it: char| it == '\'' || it == '"';
    let words: Vec<&str> = spaced.split_whitespace().map(|it| it.trim_matches(quotes)).collect();
    let name = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let is_in_front = |it: &str| {
        it.is_empty()
            || it.starts_with('-')
            || it.contains('=')
            || IN_FRONT.contains(&it.rsplit('/').next().unwrap_or_default())
    };
    words.split(|it| between(it)).any(|part| {
        let first = part.iter().find(|it| !is_in_front(it)).map(|it| name(it));
        first.is_some_and(|it| programs::is_program(&it) || is_of_applications(&it))
    })
}

/// Whether a listed program of this name runs an application: no database, and no proxy.
fn is_of_applications(name: &str) -> bool {
    let mut all = PROGRAMS.iter().filter(|it| it.serves != Serves::Others && !it.open);
    all.any(|it| it.runs.iter().any(|it| it.names.contains(&name)))
}

/// Whether a command is one of those that developers start.
pub(in crate::manifests) fn is_for_developers(texts: &[String]) -> bool {
    let words = words(texts);
    words.iter().any(|it| {
        let is_option = it.starts_with("--reload") || matches!(*it, "--debug" | "--watch");
        is_option || matches!(*it, "dev" | "nodemon" | "runserver" | "watch")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_found(texts: &[&str], there: &[&str], expect: &[&str]) {
        assert_eq!(found(&owned(texts), &mut |it| there.contains(&it)), expect, "{texts:?}");
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn a_module_is_a_file_or_a_package() {
        check_found(&["gunicorn", "-w", "2", "shop.wsgi"], &["shop/wsgi.py"], &["shop/wsgi.py"]);
        check_found(&["gunicorn shop.wsgi:app"], &["shop/wsgi.py"], &["shop/wsgi.py"]);
        let package = ["shop/__init__.py"];
        check_found(&["celery", "-A", "shop", "worker"], &package, &package);
        check_found(&["celery", "-A", "shop.celery.app"], &["shop/celery.py"], &["shop/celery.py"]);
        check_found(&["uvicorn", "main:app"], &["src/main.py"], &["src/main.py"]);
        check_found(
            &["sh", "-c", "cd web && exec node server.js"],
            &["web/server.js"],
            &["web/server.js"],
        );
    }

    #[test]
    fn words_that_name_no_code_lead_nowhere() {
        check_found(&["celery", "-A", "shop", "worker"], &["worker.py", "celery.py"], &[]);
        check_found(&["gunicorn", "-b", "0.0.0.0:8000"], &["0.py"], &[]);
        check_found(&["gunicorn", "shop.wsgi"], &["app.py", "wsgi.py"], &[]);
    }

    #[test]
    fn a_program_is_the_first_word_behind_what_starts_it() {
        let all: [&[&str]; 6] = [
            &["gunicorn app:app"],
            &["sh", "-c", "python manage.py migrate && exec gunicorn shop.wsgi"],
            &["bundle exec puma -C config/puma.rb"],
            &["/usr/local/bin/celery", "-A", "shop", "worker"],
            &["python", "-m", "uvicorn", "main:app"],
            &["env A=1 tini -- gunicorn app:app"],
        ];
        for it in all {
            assert!(starts_program(&owned(it)), "{it:?}");
        }
        let none: [&[&str]; 3] = [&["redis-server"], &["server"], &["pip install gunicorn"]];
        for it in none {
            assert!(!starts_program(&owned(it)), "{it:?}");
        }
    }
}
