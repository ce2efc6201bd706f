//! What the code beside a manifest shows of the platform: host names in settings, and the variables
//! of the environment that are read.
//!
//! Nothing is evaluated: a name that stands in the code of a project is a clue, whatever becomes of
//! it there. Comments are passed over, because what was is often left in them.

use crate::draft::Context;
use crate::platforms::{Clue, ClueKind};
use crate::workspace::join;

/// The most files that are looked into.
const FILES_MAX: usize = 24;

/// The most bytes of a file that are looked into: settings are shorter.
const BYTES_MAX: usize = 128 * 1_024;

/// Ends of names of files that are code.
const CODE: &[&str] = &[".py", ".js", ".ts", ".mjs", ".cjs", ".rb"];

/// Where frameworks keep what depends on the place, from the folder of the project.
const SETTINGS: &[&str] = &[
    "config/environments/production.rb",
    "config/puma.rb",
    "config/settings.py",
    "app/config.py",
    "app/main.py",
    "src/config.py",
    "src/server.js",
];

/// Variable that names the settings module of Django.
const SETTINGS_MODULE: &str = "DJANGO_SETTINGS_MODULE";

/// Adds the clues in the code of the project in `folder`.
pub(super) fn add(clues: &mut Vec<Clue>, context: &mut Context<'_, '_>, folder: &str) {
    let names = context.workspace.list(folder);
    let own = names.iter().filter(|name| CODE.iter().any(|it| name.ends_with(it)));
    let mut paths: Vec<String> = own.cloned().collect();
    paths.truncate(FILES_MAX);
    let name = context.manifest.rsplit('/').next().unwrap_or_default().to_owned();
    paths.extend(started(&super::text(context, folder, &name)));
    let mut modules = Vec::new();
    for path in &paths {
        let text = super::text(context, folder, path);
        look(clues, &text);
        modules.extend(settings_module(&text));
    }
    let mut more: Vec<String> = SETTINGS.iter().map(|it| (*it).to_owned()).collect();
    for module in modules {
        let path = module.replace('.', "/");
        more.push(format!("{path}.py"));
        if let Some(inner) = join(folder, &path) {
            let inside = context.workspace.list(&inner).into_iter();
            let inside = inside.filter(|it| it.ends_with(".py"));
            more.extend(inside.map(|it| format!("{path}/{it}")));
        }
    }
    more.truncate(FILES_MAX);
    for path in more.iter().filter(|it| !paths.contains(it)) {
        look(clues, &super::text(context, folder, path));
    }
}

/// The files of the modules that commands of a manifest start: `shop/wsgi.py` of `shop.wsgi:app`.
fn started(manifest: &str) -> Vec<String> {
    let ends = |it: char| it.is_whitespace() || matches!(it, '"' | '\'' | ',' | '[' | ']');
    let module = |word: &str| {
        let name = word.split(':').next().unwrap_or_default();
        let is_name = |it: &str| {
            it.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
                && it.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
        };
        let is_module = name.contains('.') && name.split('.').all(is_name);
        is_module.then(|| format!("{}.py", name.replace('.', "/")))
    };
    manifest.split(ends).filter_map(module).take(FILES_MAX).collect()
}

/// The settings module that code names as the default one, and the package of it.
fn settings_module(text: &str) -> Vec<String> {
    let line = text.lines().find(|it| it.contains(SETTINGS_MODULE));
    let Some((_, rest)) = line.and_then(|it| it.split_once(SETTINGS_MODULE)) else {
        return Vec::new();
    };
    let is_dotted = |it: &&str| {
        !it.is_empty() && it.chars().all(|it| it.is_ascii_alphanumeric() || "._".contains(it))
    };
    // `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")`
    let Some(named) = rest.split(['"', '\'']).skip(1).find(is_dotted) else { return Vec::new() };
    let package = named.rsplit_once('.').map(|(package, _)| package.to_owned());
    std::iter::once(named.to_owned()).chain(package).collect()
}

/// What a name has that lists the hosts under which an application is reached itself. Origins that
/// may call it, and services that it calls, are often elsewhere.
const OWN_HOSTS: &[&str] = &["ALLOWED_HOST", "SERVER_NAME", "ALLOWEDHOSTS", "CONFIG.HOSTS"];

/// Ends of names of variables that are credentials: for a platform's API, which is called from
/// anywhere.
const CREDENTIALS: &[&str] = &["TOKEN", "KEY", "SECRET", "PASSWORD", "AUTH"];

/// Adds the host names and variables in a text.
fn look(clues: &mut Vec<Clue>, text: &str) {
    let mut is_own = false;
    for line in text[..text.floor_char_boundary(BYTES_MAX)].lines() {
        let is_inner = line.starts_with([' ', '\t', ')', ']', '}']);
        let line = line.trim_start();
        if line.starts_with('#') || line.starts_with("//") {
            continue;
        }
        // A list goes on in the lines below, which stand further to the right.
        let upper = line.to_ascii_uppercase();
        is_own = OWN_HOSTS.iter().any(|it| upper.contains(it))
            || is_own && is_inner && !line.contains('=');
        if is_own {
            line.split(['"', '\'', '`']).skip(1).step_by(2).for_each(|it| address(clues, it));
        }
        if upper.contains("ENV") {
            let is_sign = |it: char| it.is_ascii_alphanumeric() || it == '_';
            let words = line.split(|it| !is_sign(it)).filter(|it| is_variable(it));
            clues.extend(words.map(|it| Clue::new(ClueKind::Variable, it)));
        }
    }
}

fn is_variable(name: &str) -> bool {
    let is_sign = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_';
    name.len() > 1
        && name.starts_with(|it: char| it.is_ascii_uppercase())
        && name.chars().all(is_sign)
        && !CREDENTIALS.iter().any(|it| name.ends_with(it))
}

/// A host name, a pattern for several (`.fly.dev`, `*.fly.dev`), or an address with one.
fn address(clues: &mut Vec<Clue>, text: &str) {
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = host.split(['/', ':', '?', '#']).next().unwrap_or_default();
    let host = host.strip_prefix('*').unwrap_or(host);
    let is_sign = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '.';
    if host.contains('.') && host.len() < 254 && host.chars().all(is_sign) {
        clues.push(Clue::new(ClueKind::Address, host));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[(ClueKind, &str)]) {
        let mut clues = Vec::new();
        look(&mut clues, text);
        let found: Vec<_> = clues.iter().map(|it| (it.kind, it.text.as_str())).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn hosts_and_variables_are_seen_where_they_are_used() {
        use ClueKind::{Address, Variable};
        check(
            "ALLOWED_HOSTS = ['.herokuapp.com', \"*.fly.dev\"]",
            &[(Address, ".herokuapp.com"), (Address, ".fly.dev")],
        );
        check("ALLOWED_HOSTS = [\n    'shop.onrender.com',\n]", &[(Address, "shop.onrender.com")]);
        check("if 'DYNO' in os.environ:", &[(Variable, "DYNO")]);
        check("const app = process.env.FLY_APP_NAME", &[(Variable, "FLY_APP_NAME")]);
    }

    #[test]
    fn comments_and_other_words_are_no_clues() {
        check("# ALLOWED_HOSTS = ['.herokuapp.com']", &[]);
        check("// https://shop.onrender.com", &[]);
        check("DYNO = 3", &[]);
        check("CORS_ALLOWED_ORIGINS = [\n    'https://shop.vercel.app',\n]", &[]);
        check("URL = 'https://shop.onrender.com/api'", &[]);
        check("key = os.environ['HEROKU_API_KEY']", &[]);
        check("x = 'a sentence. And another'", &[]);
    }

    #[test]
    fn modules_that_commands_start_are_files() {
        let procfile = "web: gunicorn shop.wsgi:application --workers 2\nw: python a.py 1.5";
        assert_eq!(started(procfile), ["shop/wsgi.py", "a/py.py"]);
        assert_eq!(started("CMD [\"uvicorn\", \"app.main:app\"]"), ["app/main.py"]);
    }

    #[test]
    fn the_settings_module_is_found_beside_its_package() {
        let line = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings.base')";
        assert_eq!(settings_module(line), ["shop.settings.base", "shop.settings"]);
        assert_eq!(settings_module("print()"), [""; 0]);
    }
}
