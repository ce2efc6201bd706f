//! Where a Laravel application keeps its database and its sessions when no variable says otherwise: new
//! applications come with SQLite in a file, older ones with sessions in files.
//!
//! Sources: <https://laravel.com/docs/12.x/database#configuration>,
//! <https://github.com/laravel/laravel/blob/12.x/config/database.php>,
//! <https://github.com/laravel/laravel/blob/10.x/config/session.php>,
//! <https://github.com/laravel/framework/blob/12.x/src/Illuminate/Support/ConfigurationUrlParser.php>
//! (an address counts before the driver of its connection)

use super::config::{Read, block, place, quoted, read, text, value};
use crate::fact::{Fact, Origin, Value};
use crate::launch::Launch;
use crate::parse::env_file::{self, Flavour};
use crate::programs::Server;
use crate::programs::listed::sources;
use crate::source::Span;
use crate::vocabulary as v;
use crate::workspace::{Workspace, join};

/// What is in the folder of each application.
pub(super) const CONSOLE: &str = "artisan";

/// The file of variables that the application reads. A build may copy another one there, whose name
/// begins like this.
const DOTENV: &str = ".env";

/// Files of variables of other places than where it is deployed.
const DOTENV_OF_OTHERS: &[&str] = &[".env.testing", ".env.ci", ".env.dusk.local", ".env.local"];

/// Words of code that works out a configuration, or changes it once it is read.
const CHANGES: &[&str] = &["parse_url", "getenv", "$_ENV", "$_SERVER", "array_merge"];

/// Code that every application starts with.
const PROVIDER: &str = "app/Providers/AppServiceProvider.php";

/// Adds what the application does without a variable.
pub(super) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    if sources::open(workspace, launch, CONSOLE).is_none() {
        return;
    }
    let provider = sources::text(workspace, launch, PROVIDER).unwrap_or_default();
    if let Some(found) = database(workspace, launch, &provider) {
        set(server, (v::CODE_DATABASE_FILE, v::CODE_DATABASE_FILE_UNLESS), found);
    }
    if let Some(found) = sessions(workspace, launch, &provider) {
        set(server, (v::CODE_SESSION_FILES, v::CODE_SESSION_FILES_UNLESS), found);
    }
    if let Some(uploads) = uploads(workspace, launch, &provider) {
        server.facts.set(v::CODE_UPLOAD_FOLDER, uploads);
    }
}

/// What is kept in files, where that is said, and the variable that may say otherwise.
struct Kept {
    what: String,
    place: Span,
    source: String,
    unless: Option<String>,
}

fn set(server: &mut Server, (id, unless): (v::FactId, v::FactId), found: Kept) {
    match found.unless {
        Some(name) => server.facts.set(unless, sources::hanging_on(&name, found.place)),
        None => {
            let origin = Origin::written(found.place, found.source);
            server.facts.set(id, Fact::known(Value::Text(found.what), origin));
        }
    }
}

/// The file of SQLite that the application opens. What a manifest sets itself, other rules look at.
fn database(workspace: &mut Workspace<'_>, launch: &Launch, provider: &str) -> Option<Kept> {
    let path = "config/database.php";
    let (_, file) = sources::open(workspace, launch, path)?;
    let code = workspace.sources.file(file).shared_text();
    let is_changed = ["database.", "setDefaultConnection"].iter().any(|it| provider.contains(it));
    if is_changed || CHANGES.iter().any(|it| code.contains(it)) {
        return None;
    }
    let of_default = place(&code, "default")?;
    let (connection, mut unless) = said(read(&code[of_default.clone()], launch, text)?)?;
    let (_, block) = block(&code, &connection)?;
    if quoted(value(block, "driver")?)? != "sqlite" {
        return None;
    }
    if let Some(name) = &unless
        && is_said_beside(workspace, launch, name, &connection)
    {
        return None;
    }
    if let Some(url) = value(block, "url") {
        let null = |it: &str| (it == "null").then(String::new);
        let (_, name) = said(read(url, launch, null)?)?;
        if let Some(name) = &name
            && is_said_beside(workspace, launch, name, "")
        {
            return None;
        }
        unless = unless.or(name);
    }
    let name = match read(value(block, "database")?, launch, database_path)? {
        Read::Written(path) => path,
        // Where it is, a variable that no file sets may say; that it is a file, it does not change.
        Read::Unless(path, _) => format!("…/{}", path.rsplit('/').next().unwrap_or(&path)),
        Read::Set(fact) => fact.text()?.to_owned(),
    };
    if name.contains(":memory:") {
        return None;
    }
    let source = format!("the connection `{connection}` in {path}");
    let place = Span::new(file, of_default.start, of_default.end);
    Some(Kept { what: format!("sqlite:{name}"), place, source, unless })
}

/// `database_path('database.sqlite')`, or a path that is written out.
fn database_path(code: &str) -> Option<String> {
    let below = code.strip_prefix("database_path(").and_then(|it| it.strip_suffix(')'));
    match below {
        Some(name) => Some(format!("database/{}", quoted(name.trim())?)),
        None => text(code),
    }
}

/// Folders of code that takes what users upload.
const CONTROLLERS: &[&str] = &[
    "app/Http/Controllers",
    "app/Http/Controllers/Admin",
    "app/Http/Controllers/Api",
    "app/Http/Controllers/Auth",
    "app/Livewire",
    "app/Services",
];
const CONTROLLERS_MAX: usize = 200;

/// The disk whose files are shown to others, so that they are there to stay.
const PUBLIC: &str = "public";

/// Words of code that keeps uploads on that disk by its name.
const KEEPS: &[&str] = &[
    "->store(",
    "->storeAs(",
    "->storePublicly(",
    "->storePubliclyAs(",
    "Storage::disk('public')->put",
    "Storage::disk(\"public\")->put",
];

/// Words of code that keeps them elsewhere, or removes them again.
const MOVES: &[&str] = &["s3", "cloud", "unlink", "tmp", "temp", "import", "fake("];

/// The folder in which uploads are kept: code stores them on the disk `public`, by its name.
fn uploads(workspace: &mut Workspace<'_>, launch: &Launch, provider: &str) -> Option<Fact> {
    let (folder, file) = sources::open(workspace, launch, "config/filesystems.php")?;
    let code = workspace.sources.file(file).shared_text();
    if provider.contains("filesystems") || CHANGES.iter().any(|it| code.contains(it)) {
        return None;
    }
    let (_, block) = block(&code, PUBLIC)?;
    let root = value(block, "root")?.strip_prefix("storage_path(")?.strip_suffix(')')?;
    let (driver, root) = (quoted(value(block, "driver")?)?, quoted(root)?);
    if driver != "local" {
        return None;
    }
    let folders: Vec<String> = CONTROLLERS.iter().filter_map(|it| join(&folder, it)).collect();
    let mut looked = 0;
    for folder in &folders {
        let names = workspace.names(folder);
        let paths = names.iter().filter(|it| it.ends_with(".php"));
        for path in paths.filter_map(|it| join(folder, it)) {
            looked += 1;
            if looked > CONTROLLERS_MAX {
                return None;
            }
            let Some(file) = workspace.open(&path) else { continue };
            if let Some((start, end)) = workspace.of_text(file, Upload::read).0 {
                let span = Span::new(file, start, end);
                let origin = Origin::written(span, "a call that keeps an upload");
                return Some(Fact::known(Value::Text(format!("storage/{root}")), origin));
            }
        }
    }
    None
}

/// The first call of a file that keeps an upload on the disk.
struct Upload(Option<(usize, usize)>);

impl Upload {
    fn read(text: &str) -> Self {
        let keeps = |line: &str| {
            let is_named = line.contains("'public'") || line.contains("\"public\"");
            let is_comment = ["//", "*", "#"].iter().any(|it| line.trim_start().starts_with(it));
            let at = KEEPS.iter().find_map(|it| line.find(it));
            at.filter(|_| is_named && !is_comment)
        };
        let mut start = 0;
        let mut found = None;
        for line in text.split_inclusive('\n') {
            if let Some(at) = keeps(line) {
                found = Some((start + at, start + line.trim_end().trim_end_matches(';').len()));
                break;
            }
            start += line.len();
        }
        // Elsewhere in the file, it may be taken away again.
        let lower = found.map(|_| text.to_lowercase()).unwrap_or_default();
        Self(found.filter(|_| !MOVES.iter().any(|it| lower.contains(it))))
    }
}

/// Whether sessions are files of the application.
fn sessions(workspace: &mut Workspace<'_>, launch: &Launch, provider: &str) -> Option<Kept> {
    let path = "config/session.php";
    let (_, file) = sources::open(workspace, launch, path)?;
    let code = workspace.sources.file(file).shared_text();
    if provider.contains("session.") || CHANGES.iter().any(|it| code.contains(it)) {
        return None;
    }
    let of_driver = place(&code, "driver")?;
    let (driver, unless) = said(read(&code[of_driver.clone()], launch, text)?)?;
    if driver != "file"
        || unless.as_ref().is_some_and(|it| is_said_beside(workspace, launch, it, &driver))
    {
        return None;
    }
    let place = Span::new(file, of_driver.start, of_driver.end);
    let source = format!("`driver` in {path}");
    Some(Kept { what: "Laravel".to_owned(), place, source, unless })
}

/// What the file of a configuration says itself, and the variable that may say otherwise.
fn said(read: Read) -> Option<(String, Option<String>)> {
    match read {
        Read::Written(text) => Some((text, None)),
        Read::Unless(text, name) => Some((text, Some(name))),
        Read::Set(_) => None,
    }
}

/// Folders with scripts that may set a variable where the application is deployed.
const SCRIPTS: &[&str] = &["", ".github/workflows", "bin", "ci", "deploy", "scripts"];

/// Endings of such scripts; some have none.
const SCRIPT_ENDINGS: &[&str] = &[".sh", ".yml", ".yaml", ".mk"];

/// Words of a script that sets variables of a platform.
const SETTING: &[&str] =
    &["secrets set", "secrets import", "config:set", "variables set", "variables --set", "set-env"];

/// Whether a script sets the variable: `fly secrets set SESSION_DRIVER=redis`.
fn is_said_in_script(
    workspace: &mut Workspace<'_>,
    folder: &str,
    name: &str,
    default: &str,
) -> bool {
    let folders: Vec<String> = SCRIPTS.iter().filter_map(|it| join(folder, it)).collect();
    folders.iter().any(|folder| {
        let names = workspace.names(folder);
        let is_script =
            |it: &&String| !it.contains('.') || SCRIPT_ENDINGS.iter().any(|end| it.ends_with(end));
        let paths: Vec<String> =
            names.iter().filter(is_script).filter_map(|it| join(folder, it)).collect();
        paths.iter().any(|path| {
            let Some(file) = workspace.open_if_text(path) else { return false };
            let sets = workspace.of_text(file, Sets::read);
            sets.0.iter().any(|it| it.0 == name && it.1 != default)
        })
    })
}

/// What a script sets of a platform: `fly secrets set SESSION_DRIVER=redis`.
struct Sets(Vec<(String, String)>);

/// The most that are looked at.
const SETS_MAX: usize = 1000;

impl Sets {
    fn read(text: &str) -> Self {
        if !SETTING.iter().any(|it| text.contains(it)) {
            return Self(Vec::new());
        }
        let is_name =
            |it: &str| !it.is_empty() && it.chars().all(|it| it.is_ascii_uppercase() || it == '_');
        let between = |it: char| it.is_whitespace() || "\"';&|".contains(it);
        let set = |(at, _): (usize, &str)| {
            let before = text[..at].rsplit(|it: char| !(it.is_ascii_alphanumeric() || it == '_'));
            let name = before.into_iter().next().filter(|it| is_name(it))?;
            let value = text[at + 1..].trim_start_matches(['"', '\'']);
            let value = value.split(between).next().unwrap_or_default();
            Some((name.to_owned(), value.to_owned()))
        };
        Self(text.match_indices('=').filter_map(set).take(SETS_MAX).collect())
    }
}

/// Whether a file of variables beside the application may decide: `.env` by naming the variable, the
/// others by a value that is not the default. A script may do so as well.
pub(super) fn is_said_beside(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    name: &str,
    default: &str,
) -> bool {
    let names = workspace.list(&launch.folder);
    let is_one = |it: &&String| {
        it.as_str() == DOTENV || it.starts_with(".env.") && !DOTENV_OF_OTHERS.contains(&it.as_str())
    };
    let is_said = names.iter().filter(is_one).any(|file| {
        let file_id = join(&launch.folder, file).and_then(|it| workspace.open_in_project(&it));
        let Some(file_id) = file_id else { return false };
        let text = workspace.sources.file(file_id).shared_text();
        let mut all = env_file::assignments(&text, Flavour::Compose).into_iter();
        all.any(|it| it.name == name && (file == DOTENV || it.value.as_deref() != Some(default)))
    });
    is_said || is_said_in_script(workspace, &launch.folder, name, default)
}
