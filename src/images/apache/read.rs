//! A httpd.conf with what it includes: the places where requests go on to a server.

use super::pass::{self, Scope};
use super::{FOLDER, LENGTH_MAX, PROGRAM};
use crate::fact::Unknown;
use crate::glob;
use crate::images::container::Container;
use crate::images::proxy::Configuration;
use crate::parse::apache;
use crate::parse::nginx::Directive;
use crate::source::FileId;
use crate::workspace::{Opened, Workspace, parent};

/// Files of one configuration.
const FILES_MAX: usize = 50;

/// Places where requests go on: more are none that somebody wrote.
const PASSES_MAX: usize = 500;

/// Sections of which it is decided elsewhere whether they count: httpd is asked with `-D`, and has the
/// modules that its image loads.
const TRANSPARENT: &[&str] = &["ifmodule", "requireall", "requireany"];

/// Reads the file.
pub(super) fn file(
    workspace: &mut Workspace<'_>,
    container: &Container,
    file: FileId,
) -> Result<Configuration, Unknown> {
    let mut files = Files { workspace, container, seen: 0 };
    let lines = files.lines(file)?;
    let mut listens = Vec::new();
    for line in lines.iter().filter(|it| it.name.value == "listen") {
        let port = line.argument(0).and_then(|it| it.rsplit(':').next());
        listens.extend(port.and_then(|it| it.parse::<u16>().ok()));
    }
    let server = Scope::default().inside(&lines);
    let mut passes = Vec::new();
    for line in &lines {
        match (line.name.value.as_str(), line.block.as_deref()) {
            ("virtualhost", Some(block)) => {
                let host = server.inside(block);
                let balancers = [pass::balancers(&lines), pass::balancers(block)].concat();
                passes.extend(pass::of_host(block, &host, &balancers, container));
            }
            _ => passes.extend(pass::of_line(line, &server, &pass::balancers(&lines), container)),
        }
        if passes.len() > PASSES_MAX {
            return Err(too_long());
        }
    }
    Ok(Configuration { passes, hidden: None, listens, refused: Vec::new(), folders: Vec::new() })
}

fn too_long() -> Unknown {
    Unknown::because(format!("the file of {PROGRAM} is too long to be worked out"))
}

/// Where included files are looked for.
struct Files<'w, 'a> {
    workspace: &'w mut Workspace<'a>,
    container: &'w Container,
    seen: usize,
}

impl Files<'_, '_> {
    /// The lines of a file, those of included files and of transparent sections among them.
    fn lines(&mut self, file: FileId) -> Result<Vec<Directive>, Unknown> {
        self.seen += 1;
        let text = self.workspace.sources.file(file).shared_text();
        if text.len() > LENGTH_MAX || self.seen > FILES_MAX {
            return Err(too_long());
        }
        if text.contains("{{") || text.contains("{%") {
            return Err(Unknown::because(format!("the file of {PROGRAM} is a template")));
        }
        self.open(apache::parse(file, &text))
    }

    fn open(&mut self, lines: Vec<Directive>) -> Result<Vec<Directive>, Unknown> {
        let mut opened = Vec::new();
        for mut line in lines {
            match line.name.value.as_str() {
                "include" | "includeoptional" => {
                    let Some(pattern) = line.argument(0) else { continue };
                    for file in self.included(pattern)? {
                        opened.extend(self.lines(file)?);
                    }
                }
                it if TRANSPARENT.contains(&it) => {
                    opened.extend(self.open(line.block.unwrap_or_default())?);
                }
                "ifdefine" | "ifversion" | "if" | "elseif" | "else" | "macro" | "use"
                    if line.block.as_ref().is_none_or(|it| it.iter().any(passes)) =>
                {
                    let reason = format!("conditions decide what {PROGRAM} reads of its file");
                    return Err(Unknown::because(reason));
                }
                _ => {
                    line.block = line.block.map(|it| self.open(it)).transpose()?;
                    opened.push(line);
                }
            }
        }
        Ok(opened)
    }

    /// The files of the project that a pattern includes: those of the image are its own defaults.
    fn included(&mut self, pattern: &str) -> Result<Vec<FileId>, Unknown> {
        let Some(path) = Container::absolute(FOLDER, pattern) else { return Ok(Vec::new()) };
        if pattern.contains("${") || parent(&path).contains('*') {
            let reason = format!("variables or folders decide what {PROGRAM} includes");
            return Err(Unknown::because(reason));
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let own = self.container.names(self.workspace, parent(&path));
        let paths = own.into_iter().filter(|(it, _)| glob::matches(name, it)).map(|(_, it)| it);
        let paths: Vec<String> = paths.collect();
        // A host has files of its own; those of certbot say how TLS is spoken.
        if self.container.is_host && paths.is_empty() && !pattern.contains("/letsencrypt/") {
            return Err(Unknown::because(format!("`{pattern}` is not in this project")));
        }
        let mut files = Vec::new();
        for path in paths {
            match self.workspace.try_open(&path) {
                Opened::File(file) => files.push(file),
                Opened::Missing => {}
                Opened::Unknown(unknown) => return Err(unknown),
            }
        }
        Ok(files)
    }
}

/// Whether requests may go on from a line, or from one inside of it.
fn passes(line: &Directive) -> bool {
    let name = line.name.value.as_str();
    name.starts_with("proxypass") && !name.starts_with("proxypassreverse")
        || name == "rewriterule"
        || line.block.iter().flatten().any(passes)
}
