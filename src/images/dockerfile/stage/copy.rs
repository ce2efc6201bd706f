//! Files that a stage gets: what `COPY` and `ADD` bring, and what stands in the Dockerfile itself.

use super::{Stage, WRITTEN_MAX, stage};
use crate::budget::LEN_MAX;
use crate::document::Text;
use crate::glob;
use crate::images::dockerfile::Project;
use crate::images::dockerfile::places::join_image;
use crate::images::dockerfile::words::{list, words};
use crate::images::dockerfile::written::{self, Change};
use crate::workspace::{Written, join, parent};

/// Folders that are there before anything is copied: those of every Linux image, and those that the
/// images and packages of programs bring. A file that is copied to one of them goes into it.
///
/// Sources: <https://refspecs.linuxfoundation.org/FHS_3.0/fhs-3.0.html>, the image `nginx:1.29`, the
/// packages `nginx` and `supervisor` of Debian 12.
const FOLDERS: &[&str] = &[
    "/bin",
    "/docker-entrypoint-initdb.d",
    "/docker-entrypoint.d",
    "/etc",
    "/etc/cron.d",
    "/etc/init.d",
    "/etc/nginx",
    "/etc/nginx/conf.d",
    "/etc/nginx/sites-available",
    "/etc/nginx/sites-enabled",
    "/etc/supervisor",
    "/etc/supervisor/conf.d",
    "/home",
    "/opt",
    "/root",
    "/srv",
    "/tmp",
    "/usr/bin",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/etc",
    "/usr/local/lib",
    "/usr/sbin",
    "/usr/share/nginx/html",
    "/var",
    "/var/lib",
    "/var/www",
    "/var/www/html",
];

impl Stage {
    pub(super) fn copy(&mut self, project: &Project<'_>, earlier: &[Self], text: &Text) {
        let mut from = None;
        let mut moves = false;
        let mut rest = 0;
        for range in words(&text.value, project.escape) {
            let Some(flag) = text.value[range.clone()].strip_prefix("--") else { break };
            from = flag.strip_prefix("from=").map(str::to_owned).or(from);
            // `--parents` keeps the folders of the source.
            moves |= flag.starts_with("parents");
            rest = range.end;
        }
        let text = text.slice(rest..text.value.len());
        let paths: Option<Vec<String>> = match list(&text) {
            Some(words) => Some(words.into_iter().map(|it| it.value).collect()),
            None => words(&text.value, project.escape)
                .into_iter()
                .map(|it| self.expand(project, &text.value[it]).text().map(str::to_owned))
                .collect(),
        };
        let paths = paths.filter(|_| !moves);
        let Some((to, sources)) = paths.as_deref().and_then(<[String]>::split_last) else {
            return self.places.add_unknown();
        };
        let image = join_image(&self.folder, to);
        let into = to.ends_with('/')
            || to.rsplit('/').next() == Some(".")
            || sources.len() > 1
            || image == self.folder
            || FOLDERS.contains(&image.as_str())
            || self.places.has_folder(&image);
        let stage = from.as_deref().map(|it| stage(earlier, it));
        for source in sources {
            if let Some(delimiter) = source.strip_prefix("<<") {
                let name = delimiter.trim_start_matches('-').trim_matches(['"', '\'']);
                let path = if into { join_image(&image, name) } else { image.clone() };
                let is_quoted =
                    ['"', '\''].iter().any(|it| text.value.contains(&format!("{it}{name}{it}")));
                self.expected.push(Some((path, is_quoted)));
                continue;
            }
            match stage {
                Some(stage) => self.copy_from(project, stage, source, (&image, into)),
                None => self.copy_file(project, source, (&image, into)),
            }
        }
    }

    /// From another stage, by name or number. An image that is not made here has nothing of ours.
    fn copy_from(
        &mut self,
        project: &Project<'_>,
        stage: Option<&Self>,
        source: &str,
        (image, into): (&str, bool),
    ) {
        let Some(stage) = stage else { return };
        self.steps.extend(stage.steps.iter().cloned());
        let source = join_image("/", source);
        let name = source.rsplit('/').next().unwrap_or_default();
        if source.contains(['*', '?', '[']) {
            return self.copy_matches(project, stage, &source, image);
        }
        let target = if into { join_image(image, name) } else { image.to_owned() };
        self.compiled.copy(&stage.compiled, &source, target);
        self.compiled.copy_release(&stage.compiled, &source, image);
        match stage.places.resolve(&source).filter(|it| (project.is_file)(it)) {
            Some(file) => {
                let name = if into { source.rsplit('/').next().unwrap_or_default() } else { "." };
                self.places.add_file(join_image(image, &format!("./{name}")), file);
            }
            None => self.places.copy(&stage.places, &source, image),
        }
    }

    /// The files of another stage whose names match: `COPY --from=build /app/package*.json ./`.
    fn copy_matches(&mut self, project: &Project<'_>, stage: &Self, source: &str, image: &str) {
        let (folder, name) = source.rsplit_once('/').unwrap_or(("", source));
        let own = stage.places.folder(folder);
        let Some(own) = own.filter(|_| !folder.contains('*') && !source.contains(['?', '[']))
        else {
            return self.places.add_unknown();
        };
        for file in (project.list)(&own).iter().filter(|it| glob::matches(name, it)) {
            let original = stage.places.resolve(&join_image(folder, file));
            match original.filter(|it| (project.is_file)(it)) {
                Some(original) => self.places.add_file(join_image(image, file), original),
                None => self.places.add_unknown(),
            }
        }
    }

    /// From the build context.
    fn copy_file(&mut self, project: &Project<'_>, source: &str, (image, into): (&str, bool)) {
        let remote = source.contains("://") || source.starts_with("git@");
        let path = join(project.context, source.trim_start_matches('/'));
        let Some(path) = path.filter(|it| !remote && !it.starts_with("..")) else { return };
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        if name.contains(['?', '[']) || parent(&path).contains(['*', '?', '[']) {
            self.places.add_unknown();
        } else if name.contains('*') {
            for file in (project.list)(parent(&path)).iter().filter(|it| glob::matches(&name, it)) {
                let original = join(parent(&path), file).unwrap_or_default();
                self.places.add_file(join_image(image, file), original);
            }
        } else if is_archive(&name) {
            // `ADD` unpacks it.
            self.places.add_unknown();
        } else if !(project.is_file)(&path) {
            // A file that is only there when the image is built is no folder of the project.
            if name.trim_start_matches('.').contains('.') && (project.list)(&path).is_empty() {
                return;
            }
            self.places.add_folder(image.to_owned(), path);
        } else if into {
            self.places.add_file(join_image(image, &name), path);
        } else {
            self.places.add_file(image.to_owned(), path);
        }
    }

    /// A file whose text is a here-document. In one without quotes, the build fills variables in.
    pub(super) fn here_document(&mut self, path: String, text: &Text, is_left_alone: bool) {
        self.written.retain(|it| it.path != path);
        if (is_left_alone || !text.value.contains('$')) && self.written.len() < WRITTEN_MAX {
            self.written.push(Written { path, text: text.clone(), is_of_base: false });
        }
    }

    /// The files that a step writes with `echo`, `printf` and `cat`.
    pub(super) fn write(&mut self, text: &Text) {
        // What a step makes of a configuration of the base image, nobody knows.
        self.written.retain(|it| {
            let mut parts = it.path.rsplit('/');
            let (name, folder) = (parts.next(), parts.next().map(|it| it.trim_end_matches(".d")));
            let is_named = |it: &str| text.value.contains(it);
            is_script(it) || !name.is_some_and(is_named) && !folder.is_some_and(is_named)
        });
        let value_of = |name: &str| {
            let fact = self.environment.get(name).or_else(|| self.arguments.get(name))?;
            fact.text().map(str::to_owned)
        };
        for change in written::changes(&text.value, &value_of) {
            let path = |path: &str| join_image(&self.folder, path);
            match change {
                Change::HereDocument { path: to, is_left_alone } => {
                    let expected = to.map(|to| (path(&to), is_left_alone));
                    self.expected.push(expected);
                }
                Change::Writes { path: to, text: more, appends } => {
                    let to = path(&to);
                    let before = self.written.iter().position(|it| it.path == to);
                    let before = before.map(|it| self.written.remove(it).text.value);
                    let whole = match (appends, before, more) {
                        (false, _, Some(text)) => Some(text),
                        (true, Some(before), Some(more)) => Some(before + &more),
                        _ => None,
                    };
                    let fits =
                        |it: &String| it.len() <= LEN_MAX && self.written.len() < WRITTEN_MAX;
                    if let Some(whole) = whole.filter(fits) {
                        let text = Text::new(whole, text.span(), Vec::new());
                        self.written.push(Written { path: to, text, is_of_base: false });
                    }
                }
            }
        }
    }
}

fn is_archive(name: &str) -> bool {
    [".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2"].iter().any(|it| name.ends_with(it))
}

/// Whether a file is run, and not only read.
fn is_script(written: &Written) -> bool {
    written.text.value.starts_with("#!")
}
