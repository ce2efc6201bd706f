//! Files of an application that are certainly on no disk that lasts, although the process has one.
//!
//! Most settings make paths of their own place: `BASE_DIR / "db.sqlite3"`. Where that is on the
//! machine is known of an image, and of platforms without one it is one of few folders; a disk is
//! mounted elsewhere.

use crate::commands::PROJECT_FOLDERS;
use crate::draft::{BuildStep, Command};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::project::{Facts, NamedFacts};
use crate::source::SourceMap;
use crate::vocabulary as v;
use crate::workspace::{Workspace, is_within, join, parent};

/// Settings that are paths, and the fact that says that the disk misses them.
const PATHS: &[(&str, v::FactId)] = &[
    ("DATABASES.default.NAME", v::STORAGE_MISSES_DATABASE),
    ("MEDIA_ROOT", v::STORAGE_MISSES_UPLOADS),
];

/// Facts that are paths as code says them, and the same.
const OF_CODE: &[(v::FactId, v::FactId)] = &[
    (v::CODE_DATABASE_FILE, v::STORAGE_MISSES_DATABASE),
    (v::CODE_UPLOAD_FOLDER, v::STORAGE_MISSES_UPLOADS),
];

/// A path as settings say it.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// On the machine.
    Absolute(String),
    /// Below the folder of the project.
    OfProject(String),
}

/// Says which files are beside the disk. `folder` is the one that the process starts in.
pub(super) fn facts(
    workspace: &Workspace<'_>,
    (command, folder): (&Command, &str),
    facts: &mut Facts,
    settings: &NamedFacts,
) {
    let Some(Value::List(mounted)) = facts.get(v::STORAGE_PATHS).and_then(Fact::value) else {
        return;
    };
    let mounted: Option<Vec<String>> =
        mounted.iter().map(|it| it.as_str().map(str::to_owned)).collect();
    let Some(mounted) = mounted.filter(|it| !it.is_empty()) else { return };
    let commands = facts.get(v::START_COMMANDS).map(|it| it.state.to_string());
    // A link leads from the one place to the other, and another folder is not the one of the start.
    if commands.is_some_and(|it| ["ln -", "cd ", "chdir"].iter().any(|word| it.contains(word)))
        || links(command)
    {
        return;
    }
    let disk = Disk { workspace, command, mounted: &mounted };
    for (setting, id) in PATHS {
        let Some(fact) = settings.get(setting) else { continue };
        let Some(place) = place(&workspace.sources, fact, folder) else { continue };
        if let Some(shown) = disk.misses(&[place]) {
            facts.set(*id, missed(shown, fact));
        }
    }
    for (of_code, id) in OF_CODE {
        let missing = facts.get(*of_code).and_then(|fact| {
            let places = places_of_code(&workspace.sources, fact, folder)?;
            Some(missed(disk.misses(&places)?, fact))
        });
        if let Some(missing) = missing {
            facts.set(*id, missing);
        }
    }
}

/// A file that no disk has, where the code says it.
fn missed(shown: String, fact: &Fact) -> Fact {
    let kind = OriginKind::Derived;
    let origin = Origin { kind, inputs: Vec::new(), ..fact.origin.clone() };
    Fact::known(Value::Text(shown), origin)
}

/// Disks that outlive a process, by where they are mounted.
struct Disk<'a, 'f> {
    workspace: &'a Workspace<'f>,
    command: &'a Command,
    mounted: &'a [String],
}

impl Disk<'_, '_> {
    /// The path of a file that is at one of these places and on no disk.
    fn misses(&self, places: &[Place]) -> Option<String> {
        let is_on = |disk: &String, path: &str| is_within(disk.trim_end_matches('/'), path);
        let is_beside = |path: &String| self.mounted.iter().all(|disk| !is_on(disk, path));
        let mut shown = None;
        for place in places {
            let paths = match place {
                Place::Absolute(path) => vec![path.clone()],
                Place::OfProject(path) => match self.command {
                    Command::Image(_) => Vec::from_iter(self.workspace.path_in_image(path)),
                    _ => PROJECT_FOLDERS.iter().map(|it| format!("{it}/{path}")).collect(),
                },
            };
            if paths.is_empty() || !paths.iter().all(is_beside) {
                return None;
            }
            let (Place::Absolute(own) | Place::OfProject(own)) = place;
            let is_image = matches!(self.command, Command::Image(_));
            let own = paths.into_iter().next().filter(|_| is_image).unwrap_or_else(|| own.clone());
            shown.get_or_insert(own);
        }
        shown
    }
}

/// Where the file may be that code opens by a relative path: packages take it from the folder of the
/// process, from that of the code, or from the `instance` beside it.
///
/// Source: <https://flask-sqlalchemy.readthedocs.io/en/stable/config/#connection-url-format>
fn places_of_code(sources: &SourceMap, fact: &Fact, folder: &str) -> Option<Vec<Place>> {
    let address = fact.text().filter(|it| !it.contains('…'))?;
    let path = match address.split_once("://") {
        Some((_, path)) => path.strip_prefix('/').unwrap_or(path),
        None => address.split_once(':').map_or(address, |it| it.1),
    };
    let path = path.split('?').next().unwrap_or(path);
    if path.starts_with('/') {
        return Some(vec![Place::Absolute(path.to_owned())]);
    }
    let mut folders = vec![folder];
    folders.extend(fact.origin.span.map(|it| parent(sources.file(it.file).path())));
    folders.dedup();
    let beside = folders.iter().map(|it| join(it, path));
    let instance = folders.iter().map(|it| join(it, &format!("instance/{path}")));
    beside.chain(instance).map(|it| it.map(Place::OfProject)).collect()
}

/// Whether a step of the build makes a link.
fn links(command: &Command) -> bool {
    let Command::Image(image) = command else { return false };
    let is_link = |it: &BuildStep| match &it.command {
        Command::Shell(text) => text.value.contains("ln -"),
        Command::Words { words, .. } => words.iter().any(|it| it.value == "ln"),
        _ => false,
    };
    image.build.iter().any(is_link)
}

/// Where a setting leads.
fn place(sources: &SourceMap, fact: &Fact, folder: &str) -> Option<Place> {
    if let Some(text) = fact.text() {
        let is_path = !text.is_empty() && !text.contains(':');
        return match text.starts_with('/') {
            true => Some(Place::Absolute(text.to_owned())),
            false if is_path => join(folder, text).map(Place::OfProject),
            false => None,
        };
    }
    let span = fact.origin.span?;
    let file = sources.file(span.file);
    let (name, below) = joined(sources.text(span))?;
    let base = own_folder(file.path(), defined(file.text(), name)?)?;
    join(&base, &below).map(Place::OfProject)
}

/// The name of a folder and the path below it: `BASE_DIR / "data" / "db.sqlite3"`,
/// `os.path.join(BASE_DIR, "db.sqlite3")`.
fn joined(text: &str) -> Option<(&str, String)> {
    let text = text.trim();
    let inside = |start: &str| text.strip_prefix(start)?.strip_suffix(')').map(str::trim);
    if let Some(text) = inside("str(") {
        return joined(text);
    }
    let parts: Vec<&str> = match inside("os.path.join(").or_else(|| inside("join(")) {
        Some(arguments) => arguments.trim_end_matches(',').split(',').map(str::trim).collect(),
        None => text.split('/').map(str::trim).collect(),
    };
    let (name, rest) = parts.split_first()?;
    let literal = |it: &&str| {
        let quote = it.chars().next().filter(|it| matches!(it, '"' | '\''))?;
        let text = it.strip_prefix(quote)?.strip_suffix(quote)?;
        (!text.is_empty() && !text.contains(['"', '\'', '\\'])).then(|| text.to_owned())
    };
    let rest: Vec<String> = rest.iter().map(literal).collect::<Option<_>>()?;
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let is_plain = !name.is_empty() && name.chars().all(is_name) && !rest.is_empty();
    is_plain.then(|| (*name, rest.join("/")))
}

/// What a module assigns to a name, where it does so once.
fn defined<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let value = |line: &'t str| {
        let rest = line.strip_prefix(name)?.trim_start();
        let rest = rest.strip_prefix('=').filter(|it| !it.starts_with('='))?;
        Some(rest.split(" #").next().unwrap_or(rest).trim())
    };
    let mut found = text.lines().filter_map(value);
    found.next().filter(|_| found.next().is_none())
}

/// The folder of the project that an expression makes of the place of its file.
fn own_folder(path: &str, expression: &str) -> Option<String> {
    let mut rest = expression;
    let mut up = 0;
    if let Some(behind) = rest.trim_start_matches("pathlib.").strip_prefix("Path(__file__)") {
        rest = behind;
        while !rest.is_empty() {
            let plain = [".resolve(strict=True)", ".resolve()", ".absolute()"];
            if let Some(behind) = plain.iter().find_map(|it| rest.strip_prefix(it)) {
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix(".parents[") {
                let (idx, behind) = behind.split_once(']')?;
                up += idx.parse::<usize>().ok()?.checked_add(1)?;
                rest = behind;
            } else {
                rest = rest.strip_prefix(".parent")?;
                up += 1;
            }
        }
    } else {
        let mut open = 0;
        while rest != "__file__" {
            rest = rest.strip_suffix(')')?.trim_start_matches("os.path.");
            let behind = rest.strip_prefix("dirname(");
            up += usize::from(behind.is_some());
            let plain = ["abspath(", "realpath("];
            rest = behind.or_else(|| plain.iter().find_map(|it| rest.strip_prefix(it)))?;
            open += 1;
        }
        (open > 0).then_some(())?;
    }
    let parts: Vec<&str> = path.split('/').collect();
    let left = parts.len().checked_sub(up).filter(|_| up > 0)?;
    Some(parts[..left].join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expression: &str, expect: Option<&str>) {
        assert_eq!(own_folder(path, expression).as_deref(), expect, "{expression}");
    }

    #[test]
    fn folders_are_counted_from_the_file() {
        check("shop/settings.py", "Path(__file__).resolve().parent.parent", Some(""));
        check("src/shop/settings.py", "Path(__file__).resolve().parent.parent", Some("src"));
        check("shop/settings/base.py", "pathlib.Path(__file__).resolve().parents[2]", Some(""));
        check("a/b.py", "os.path.dirname(os.path.dirname(os.path.abspath(__file__)))", Some(""));
        check("a/b.py", "os.path.abspath(os.path.dirname(__file__))", Some("a"));
        check("a.py", "Path(__file__).parent.parent", None);
        check("a/b.py", "Path(__file__).parent / \"..\"", None);
        check("a/b.py", "Path(\"/srv\")", None);
    }

    #[test]
    fn paths_are_joined_in_many_ways() {
        let expect = |below: &str| Some(("BASE_DIR", below.to_owned()));
        assert_eq!(joined("BASE_DIR / \"data\" / 'db.sqlite3'"), expect("data/db.sqlite3"));
        assert_eq!(joined("os.path.join(BASE_DIR, 'db.sqlite3')"), expect("db.sqlite3"));
        assert_eq!(joined("str(BASE_DIR / \"db.sqlite3\")"), expect("db.sqlite3"));
        assert_eq!(joined("BASE_DIR"), None);
        assert_eq!(joined("BASE_DIR / NAME"), None);
    }
}
