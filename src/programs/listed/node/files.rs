//! Files that a program of Node.js writes beside itself: databases, and what users upload.
//!
//! Sources: <https://github.com/WiseLibs/better-sqlite3/blob/master/docs/api.md#new-databasepath-options>,
//! <https://github.com/TryGhost/node-sqlite3/wiki/API>, <https://nodejs.org/api/sqlite.html>,
//! <https://sequelize.org/docs/v6/other-topics/dialect-specific-things/#sqlite>,
//! <https://github.com/expressjs/multer#diskstorage>, <https://github.com/node-formidable/formidable#options>

use std::ops::Range;

use super::state::unless;
use super::text::{bound, quoted};
use super::{Script, prisma, text};
use crate::fact::Value;
use crate::launch::Launch;
use crate::programs::Server;
use crate::source::Span;
use crate::vocabulary as v;
use crate::workspace::{Workspace, join, parent};

/// Packages whose class opens a file of SQLite: the package, the class, and whether it is a part of
/// what the package is imported as.
const OPENERS: &[(&str, &str, bool)] = &[
    ("better-sqlite3", "", false),
    ("sqlite3", "Database", true),
    ("node:sqlite", "DatabaseSync", false),
    ("bun:sqlite", "Database", false),
];

/// Packages of which an option says that they use SQLite, the words of that option, and the key of the
/// option with the path.
const OPTIONS: &[(&str, &str, &str)] = &[
    ("sequelize", "dialect: \"sqlite\"", "storage"),
    ("typeorm", "type: \"sqlite\"", "database"),
    ("typeorm", "type: \"better-sqlite3\"", "database"),
    ("knex", "client: \"sqlite3\"", "filename"),
    ("knex", "client: \"better-sqlite3\"", "filename"),
    ("sqlite", "filename:", "filename"),
];

/// Words of code that moves uploads somewhere else.
const MOVES: &[&str] =
    &["unlink", "s3", "S3", "cloudinary", "storage.googleapis", "createReadStream", "fs.rm"];

/// A path in the code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The path as a reader sees it, relative to the folder of the file or of the program.
    path: String,
    /// The variable that names another one where it is set, and its place.
    variable: Option<(String, Range<usize>)>,
}

/// Adds the file that the scripts open as their database.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    scripts: &[Script],
    launch: &Launch,
) {
    // A file that comes with the project, and that nothing writes to, is data and no database.
    let writes = ["insert", "update ", "create table", "delete from", ".create(", ".save("];
    let is_written = scripts.iter().any(|it| {
        let code = it.code.lower();
        writes.iter().any(|word| code.contains(word))
    });
    let found = scripts.iter().find_map(|it| it.database_file().map(|found| (it, found)));
    let Some((script, (place, named))) = found else {
        if scripts.iter().any(|it| it.code.loads("@prisma/client"))
            && let Some(fact) = prisma::database_file(workspace, scripts, launch)
        {
            server.facts.set(v::CODE_DATABASE_FILE, fact);
        }
        return;
    };
    let is_there = join(&launch.folder, &named.path).is_some_and(|it| workspace.is_file(&it));
    if is_there && !is_written {
        return;
    }
    match named.variable {
        None => {
            let path = Value::Text(format!("sqlite:///{}", named.path));
            let fact = script.fact(place, path, "the path in the script");
            server.facts.set(v::CODE_DATABASE_FILE, fact);
        }
        Some((name, place)) => {
            let span = Span::new(script.file, place.start, place.end);
            let own = script.dotenv(workspace);
            if let Some(fact) = unless(&name, span, launch, &own) {
                server.facts.set(v::CODE_DATABASE_FILE_UNLESS, fact);
            }
        }
    }
}

impl Script {
    /// The file that the script opens as a database: its place, and its path.
    fn database_file(&self) -> Option<(Range<usize>, Named)> {
        let opened = OPENERS.iter().find_map(|(package, class, is_part)| {
            self.names_from(package).into_iter().find_map(|(name, own)| {
                let callee = match (is_part, own) {
                    (true, None) => format!("{name}.{class}"),
                    (false, Some(own)) if own == *class => name,
                    (false, None) if class.is_empty() => name,
                    (true, Some(own)) if own == *class => name,
                    _ => return None,
                };
                let (_, given) = self.calls(&callee).into_iter().next()?;
                let is_read = given.get(1).is_some_and(|it| {
                    let options = self.text(it).to_ascii_lowercase();
                    options.contains("readonly") || options.contains("open_readonly")
                });
                given.first().filter(|_| !is_read).cloned()
            })
        });
        let of_option = || {
            let code = self.code.replace('\'', "\"");
            let (_, _, key) = OPTIONS
                .iter()
                .find(|(package, words, _)| self.code.loads(package) && code.contains(words))?;
            match self.keyed(key).as_slice() {
                [(_, value)] => Some(value.clone()),
                _ => None,
            }
        };
        let value = opened.or_else(of_option)?;
        let named = self.path(&value, 0)?;
        let is_lasting = !named.path.is_empty()
            && !["memory", "tmp", "temp", "cache", "test"].iter().any(|it| named.path.contains(it));
        is_lasting.then_some((value, named))
    }

    /// Where uploads go, as multer or formidable is told.
    pub(super) fn upload_folder(&self) -> Option<(Range<usize>, String)> {
        if MOVES.iter().any(|it| self.code.contains(it)) {
            return None;
        }
        let of_multer = || {
            let (_, given) = self.call("multer", "multer(")?;
            self.option(&given, 0, "dest")
        };
        let of_storage = || {
            let (_, given) = self.call("multer", "diskStorage(")?;
            let value = self.option(&given, 0, "destination")?;
            // `(req, file, cb) => cb(null, "uploads")`
            let text = self.text(&value);
            let Some((before, _)) = text.split_once("(null,") else { return Some(value) };
            let open = value.start + before.len();
            text::arguments(&self.code, open)?.get(1).cloned()
        };
        let of_formidable = || {
            let values = self.keyed("uploadDir");
            let [(_, value)] = values.as_slice() else { return None };
            self.code.loads("formidable").then(|| value.clone())
        };
        let value = of_multer().or_else(of_storage).or_else(of_formidable)?;
        let named = self.path(&value, 0).filter(|it| it.variable.is_none())?;
        (!named.path.contains("tmp")).then_some((value, named.path))
    }

    /// A path that is written: `"data/app.db"`, `path.join(__dirname, "data", "app.db")`,
    /// `process.env.DB_PATH || "data/app.db"`.
    fn path(&self, value: &Range<usize>, depth: usize) -> Option<Named> {
        let text = self.text(value);
        if let Some(path) = quoted(text) {
            return Some(Named { path: path.to_owned(), variable: None });
        }
        if let Some(inner) = text.strip_prefix("`${__dirname}/").and_then(|it| it.strip_suffix('`'))
        {
            let is_plain = !inner.contains('$');
            return is_plain.then(|| Named { path: inner.to_owned(), variable: None });
        }
        if text.starts_with("path.join(")
            || text.starts_with("path.resolve(")
            || text.starts_with("join(")
            || text.starts_with("resolve(")
        {
            return self.joined(value.start + text.find('(')?);
        }
        if let Some(rest) = text.strip_prefix("process.env.") {
            let len = rest.find(|it: char| !it.is_alphanumeric() && it != '_')?;
            let (name, behind) = rest.split_at(len);
            let start = value.end - behind.trim_start().len();
            let behind = behind.trim_start();
            let default = behind.strip_prefix("||").or_else(|| behind.strip_prefix("??"))?;
            let start = start + (behind.len() - default.trim_start().len());
            let named = self.path(&(start..value.end), depth + 1)?;
            let place = value.start..value.start + "process.env.".len() + len;
            let variable = Some((name.to_owned(), place)).filter(|_| named.variable.is_none())?;
            return Some(Named { variable: Some(variable), ..named });
        }
        let is_name = text.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '$'));
        let bound = bound(&self.code, text, value.start).filter(|_| is_name && depth < 4)?;
        self.path(&bound, depth + 1)
    }

    /// `path.join(__dirname, "..", "data")`: what stands behind the folder of the file.
    fn joined(&self, open: usize) -> Option<Named> {
        let parts = text::arguments(&self.code, open)?;
        let (first, rest) = parts.split_first()?;
        let first = match self.text(first) {
            "__dirname" | "import.meta.dirname" | "process.cwd()" => "",
            written => quoted(written)?,
        };
        let rest: Option<Vec<&str>> = rest.iter().map(|it| quoted(self.text(it))).collect();
        let mut path = first.to_owned();
        for part in rest? {
            if !path.is_empty() && !path.ends_with('/') {
                path.push('/');
            }
            path.push_str(part);
        }
        Some(Named { path: path.trim_start_matches("../").to_owned(), variable: None })
    }

    /// What `.env` says, where the code reads it when it starts.
    pub(super) fn dotenv(&self, workspace: &mut Workspace<'_>) -> String {
        if !self.code.contains("dotenv") {
            return String::new();
        }
        let folder = parent(workspace.sources.file(self.file).path()).to_owned();
        let file = join(&folder, ".env").and_then(|it| workspace.open(&it));
        file.map(|it| workspace.sources.file(it).text().to_owned()).unwrap_or_default()
    }
}
