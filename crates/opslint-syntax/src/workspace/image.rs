//! Which files of the project an image has, and where.
//!
//! Programs in an image name its paths, and find only what the build copied. Paths below the
//! folder that they start in are shown as paths of the project; all others stay absolute.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};

use super::{ImageView, Workspace};
use crate::document::Text;
use crate::fact::Unknown;

/// A file or folder that an image has at a place of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Its path in the image.
    pub to: String,
    /// The path in the project that it was copied from.
    pub from: String,
}

/// A file of an image that is no file of the project: its text is known all the same.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its path in the image.
    pub path: String,
    /// What it says.
    pub text: Text,
    /// Whether the base image brings it; the Dockerfile writes all others.
    pub is_of_base: bool,
}

/// The files of an image.
#[derive(Clone, Debug, Default)]
pub struct ImageFiles {
    /// The folder that programs start in, as a path of the image.
    pub start: String,
    /// The folder of the project that it is shown as.
    pub folder: String,
    /// What was copied, in the order of the build.
    pub copied: Vec<Copied>,
    /// What of the project is mounted: it hides what was copied there, and no build leaves it out.
    pub mounted: Vec<Copied>,
    /// Where something else is mounted, which nobody can look into.
    pub hidden: Vec<String>,
    /// Names of files that a step of the build may have made.
    pub made: Vec<String>,
    /// What the build leaves out.
    pub ignored: Ignored,
    /// Whether something was copied that nobody can tell: any file of the project may be there.
    pub is_open: bool,
    /// Files whose text stands elsewhere than in a file of the project, in the order of the build.
    pub written: Vec<Written>,
    /// The name of an image that no file of the project makes: it may have any file of its own, and
    /// none of the project's but what is mounted.
    pub unseen: Option<String>,
}

/// Where programs of an image start of which nothing is known. No path of an image leads there.
const UNSEEN: &str = "/\u{0}";

impl<'a> Workspace<'a> {
    /// The files as programs in an image see them. Where nothing is known to be in it, they see the
    /// project.
    pub fn in_image(&mut self, image: Option<&Arc<ImageFiles>>) -> ImageView<'_, 'a> {
        let has_files = |it: &&Arc<ImageFiles>| {
            let lists = [it.copied.is_empty(), it.mounted.is_empty(), it.written.is_empty()];
            lists.contains(&false) || it.unseen.is_some()
        };
        let inside = image.filter(has_files).map(Arc::clone);
        let outside = std::mem::replace(&mut self.image, inside);
        ImageView { workspace: self, outside }
    }

    /// Whether a program finds a file of the project at this path.
    pub fn is_there(&self, path: &str) -> bool {
        match &self.image {
            Some(image) => image.originals(path).iter().any(|it| self.is_file(it)),
            None => self.is_file(path),
        }
    }

    /// The files of the project that an image has directly in a folder, be it copied itself or as a
    /// part of another: the name of each there, and its path in the project. None without an image.
    pub fn copied_in(&self, folder: &str) -> Vec<(String, String)> {
        let mut found = self.copied_where(&|it| it == folder);
        let Some(image) = &self.image else { return found };
        for original in image.originals(folder) {
            for name in self.list(&original) {
                let path = super::join(&original, &name).filter(|it| !image.ignored.leaves_out(it));
                let Some(path) = path else { continue };
                if !found.iter().any(|(known, _)| *known == name) {
                    found.push((name, path));
                }
            }
        }
        found
    }

    /// The files of the project that an image has directly in folders that `is_wanted` takes: the
    /// name of each there, and its path in the project. None without an image.
    pub fn copied_where(&self, is_wanted: &dyn Fn(&str) -> bool) -> Vec<(String, String)> {
        let Some(image) = &self.image else { return Vec::new() };
        let mut found = Vec::new();
        for it in image.copied.iter().chain(&image.mounted) {
            if let Some((folder, name)) = it.to.rsplit_once('/')
                && is_wanted(folder)
                && self.is_file(&it.from)
            {
                found.push((name.to_owned(), it.from.clone()));
            } else if is_wanted(it.to.trim_end_matches('/')) {
                let names = self.list(&it.from).into_iter();
                found.extend(names.filter_map(|name| {
                    let path = super::join(&it.from, &name)?;
                    Some((name, path))
                }));
            }
        }
        // Of two files of one name, the one that was copied last is there.
        found.reverse();
        let is_mounted =
            |path: &str| image.mounted.iter().any(|it| inside(path, &it.from).is_some());
        found.retain(|(_, path)| is_mounted(path) || !image.ignored.leaves_out(path));
        found
    }

    /// A file whose text no file of the project has, by a path shown to the user: where one is copied
    /// over it, there is none.
    pub fn written_in_image(&self, path: &str) -> Option<&Written> {
        let image = self.image.as_ref()?;
        let in_image = image.image_path(path);
        let found = image.written.iter().rev().find(|it| it.path == in_image)?;
        (!self.is_there(path)).then_some(found)
    }

    /// Whether an image says all that it has: what was not copied is not there, unless a step of the
    /// build makes it.
    pub fn knows_all_files(&self) -> bool {
        self.image.as_ref().is_some_and(|it| !it.is_open)
    }

    /// The image that programs see the files of, where no file of the project makes it.
    pub fn unseen_image(&self) -> Option<&str> {
        self.image.as_ref()?.unseen.as_deref()
    }

    /// The absolute path that programs know a path shown to the user by. `None` without an image,
    /// or where only its base says in which folder programs start.
    pub fn path_in_image(&self, path: &str) -> Option<String> {
        let path = self.image.as_ref().map(|it| it.image_path(path));
        path.filter(|it| it.starts_with('/') && !it.starts_with(UNSEEN))
    }
}

impl ImageFiles {
    /// The files of an image that no file of the project makes. `start` is the folder that its
    /// programs start in, where that is known, and `folder` what it is shown as.
    pub fn unseen(image: &str, start: Option<&str>, folder: &str) -> Self {
        Self {
            start: start.unwrap_or(UNSEEN).to_owned(),
            folder: folder.to_owned(),
            unseen: Some(image.to_owned()),
            ..Self::default()
        }
    }

    /// The files of an image that nobody looks into, and which has those of the project in the folder
    /// that its programs start in, shown as `folder`.
    pub fn with_all(folder: &str) -> Self {
        Self {
            start: UNSEEN.to_owned(),
            folder: folder.to_owned(),
            is_open: true,
            ..Self::default()
        }
    }

    /// An absolute path of the image as a path shown to the user. `None` where nothing of the
    /// project is, and nothing is mounted.
    pub(super) fn shown(&self, path: &str) -> Option<String> {
        let path = super::join("", path.trim_start_matches('/'))?;
        if let Some(rest) = inside(&format!("/{path}"), &self.start) {
            return super::join(&self.folder, rest.trim_start_matches('/'));
        }
        let path = format!("/{path}");
        let is_near = |it: &Copied| inside(&path, &it.to).is_some() || it.to.starts_with(&path);
        let is_written = self.written.iter().any(|it| it.path == path);
        let mut copied = self.copied.iter().chain(&self.mounted);
        let is_copied = copied.any(|it| it.to.starts_with('/') && is_near(it));
        (is_written || is_copied || self.is_hidden(&path)).then_some(path)
    }

    /// The paths in the project that a path in the image may be a copy of, the likeliest first:
    /// the nearest folder counts, and then the one copied last.
    pub(super) fn originals(&self, path: &str) -> Vec<String> {
        let image_path = self.image_path(path);
        let mounts = self.mounted.iter().filter_map(|it| Some((it, inside(&image_path, &it.to)?)));
        if let Some((it, rest)) = mounts.max_by_key(|(it, _)| it.to.len()) {
            return super::join(&it.from, rest.trim_start_matches('/')).into_iter().collect();
        }
        let mut found: Vec<(usize, usize, String)> = Vec::new();
        for (idx, it) in self.copied.iter().enumerate() {
            let Some(rest) = inside(&image_path, &it.to) else { continue };
            let original = super::join(&it.from, rest.trim_start_matches('/'));
            found.extend(original.map(|original| (it.to.len(), idx, original)));
        }
        found.sort_by(|a, b| b.cmp(a));
        let mut paths: Vec<String> = found.into_iter().map(|(_, _, path)| path).collect();
        if self.is_open && !path.starts_with('/') {
            paths.push(path.to_owned());
        }
        paths.retain(|it| !self.ignored.leaves_out(it));
        paths
    }

    /// Mounts parts of the project, and at `hidden` what nobody can look into: what was copied or
    /// written below is not seen. Where the folder that programs start in is hidden, any file of the
    /// project may be there.
    pub fn mount(&mut self, mounted: Vec<Copied>, hidden: &[String]) {
        let is_below = |path: &str| {
            let targets = mounted.iter().map(|it| &it.to).chain(hidden);
            targets.into_iter().any(|it| inside(path, it).is_some())
        };
        self.copied.retain(|it| !is_below(&it.to));
        self.written.retain(|it| !is_below(&it.path));
        let at_start = |it: &&Copied| inside(&self.start, &it.to).is_some();
        let nearest = mounted.iter().filter(at_start).max_by_key(|it| it.to.len());
        if let Some(it) = nearest
            && let Some(rest) = inside(&self.start, &it.to)
            && let Some(folder) = super::join(&it.from, rest.trim_start_matches('/'))
        {
            self.folder = folder;
        } else if self.unseen.is_none() && hidden.iter().any(|it| inside(&self.start, it).is_some())
        {
            self.is_open = true;
        }
        self.mounted = mounted;
        hidden.clone_into(&mut self.hidden);
    }

    /// Why a file that nothing puts at a path shown to the user may be there all the same.
    pub(super) fn may_have(&self, path: &str) -> Option<Unknown> {
        let path = self.image_path(path);
        if self.is_hidden(&path) {
            return Some(Unknown::because(format!("what is mounted at `{path}` is not known")));
        }
        if let Some(image) = &self.unseen {
            let path = path.strip_prefix(UNSEEN).map_or(&*path, |it| it.trim_start_matches('/'));
            let reason = format!("`{image}` is made elsewhere, and may have `{path}`");
            return Some(Unknown::because(reason));
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let is_made =
            self.written.iter().any(|it| it.path == path) || self.made.iter().any(|it| it == name);
        is_made.then(|| Unknown::because(format!("a step of the build may make `{path}`")))
    }

    /// Whether something is mounted at a path of the image, or above it, that nobody can look into.
    fn is_hidden(&self, path: &str) -> bool {
        self.hidden.iter().any(|it| inside(path, it).is_some())
    }

    /// The path in the image of a path shown to the user.
    pub(super) fn image_path(&self, path: &str) -> String {
        if path.starts_with('/') {
            return path.to_owned();
        }
        let shown: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
        let folder: Vec<&str> = self.folder.split('/').filter(|it| !it.is_empty()).collect();
        let common = shown.iter().zip(&folder).take_while(|(a, b)| a == b).count();
        let up = vec![".."; folder.len() - common];
        let relative = [up.as_slice(), &shown[common..]].concat().join("/");
        super::join(&self.start, &relative).unwrap_or_default()
    }
}

/// What stands behind `folder` in `path`; `None` when the path is not in that folder.
fn inside<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// Most lines of a `.dockerignore` that are read.
const LINES_MAX: usize = 2_000;

/// The longest pattern, in bytes, that is looked at.
const PATTERN_MAX: usize = 1_024;

/// A `.dockerignore`: what a build does not see of its context.
///
/// Source: <https://docs.docker.com/build/concepts/context/#dockerignore-files>
#[derive(Clone, Debug, Default)]
pub struct Ignored {
    /// The folder that the patterns are about.
    context: String,
    /// Patterns in file order, and whether each takes files in again.
    patterns: Vec<(bool, GlobMatcher)>,
}

impl Ignored {
    /// Reads the patterns of a file about `context`. A pattern that is none matches nothing.
    pub fn read(context: &str, text: &str) -> Self {
        let pattern = |line: &str| {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                return None;
            }
            let (again, line) = match line.strip_prefix('!') {
                Some(line) => (true, line),
                None => (false, line),
            };
            let line = super::join("", line.trim().trim_start_matches('/'))?;
            if line.len() > PATTERN_MAX {
                return None;
            }
            let glob = GlobBuilder::new(&line).literal_separator(true).build().ok()?;
            Some((again, glob.compile_matcher()))
        };
        let text = text.trim_start_matches('\u{feff}');
        let context = context.to_owned();
        // With more patterns than anybody checks, any file may be left out.
        let patterns = match text.lines().count() > LINES_MAX {
            true => pattern("**").into_iter().collect(),
            false => text.lines().filter_map(pattern).collect(),
        };
        Self { context, patterns }
    }

    /// Whether a build lacks the file at this path: the last pattern that matches it, or a folder
    /// that it is in, decides.
    fn leaves_out(&self, path: &str) -> bool {
        let Some(path) = inside(path, &self.context) else { return false };
        let path = path.trim_start_matches('/');
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        let parts: Vec<&str> = folders.chain([path]).collect();
        let matching = |(_, glob): &&(bool, GlobMatcher)| parts.iter().any(|it| glob.is_match(it));
        self.patterns.iter().rev().find(matching).is_some_and(|(again, _)| !again)
    }
}

impl<'a> Deref for ImageView<'_, 'a> {
    type Target = Workspace<'a>;

    fn deref(&self) -> &Self::Target {
        self.workspace
    }
}

impl DerefMut for ImageView<'_, '_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.workspace
    }
}

impl Drop for ImageView<'_, '_> {
    fn drop(&mut self) {
        self.workspace.image = self.outside.take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_ignored(patterns: &str, path: &str, expect: bool) {
        assert_eq!(Ignored::read("", patterns).leaves_out(path), expect, "{patterns:?} {path}");
    }

    #[test]
    fn the_last_pattern_that_matches_decides() {
        check_ignored("*.py\n!gunicorn.conf.py\n", "gunicorn.conf.py", false);
        check_ignored("!gunicorn.conf.py\n*.py\n", "gunicorn.conf.py", true);
        check_ignored("*\n!src\n", "src/app.py", false);
        check_ignored("*\n!src\n", "start.sh", true);
    }

    #[test]
    fn patterns_start_at_the_context() {
        check_ignored("*.py", "src/app.py", false);
        check_ignored("**/*.py", "src/app.py", true);
        check_ignored("/src/", "src/app.py", true);
        check_ignored("src", "lib/src/app.py", false);
        check_ignored("# src\n\n[", "src/app.py", false);
        assert!(Ignored::read("web", "*.py").leaves_out("web/app.py"));
        assert!(!Ignored::read("web", "*.py").leaves_out("app.py"));
    }

    fn image(copied: &[(&str, &str)]) -> ImageFiles {
        let copied = copied
            .iter()
            .map(|(to, from)| Copied { to: (*to).to_owned(), from: (*from).to_owned() });
        ImageFiles { start: "/code".to_owned(), copied: copied.collect(), ..ImageFiles::default() }
    }

    #[test]
    fn only_what_was_copied_is_there() {
        let image = image(&[("/code/src", "src"), ("/start.sh", "ops/start.sh")]);
        assert_eq!(image.originals("src/app.py"), ["src/app.py"]);
        assert_eq!(image.originals("gunicorn.conf.py"), [""; 0]);
        assert_eq!(image.originals("/start.sh"), ["ops/start.sh"]);
        assert_eq!(image.shown("/code/src/../x").as_deref(), Some("x"));
        assert_eq!(image.shown("/start.sh").as_deref(), Some("/start.sh"));
        assert_eq!(image.shown("/etc/passwd"), None);
    }

    #[test]
    fn the_nearest_and_last_copy_counts() {
        let image = image(&[("/code", ""), ("/code", "web"), ("/code/conf.py", "ops/conf.py")]);
        assert_eq!(image.originals("conf.py"), ["ops/conf.py", "web/conf.py", "conf.py"]);
    }

    #[test]
    fn what_is_mounted_hides_what_was_copied_there_and_nothing_else() {
        let mut files =
            image(&[("/code", ""), ("/code/conf", "ops"), ("/start.sh", "ops/start.sh")]);
        files.ignored = Ignored::read("", "src");
        let source = Copied { to: "/code/src".to_owned(), from: "src".to_owned() };
        files.mount(vec![source], &["/code/conf".to_owned(), "/media".to_owned()]);
        assert_eq!(files.originals("/start.sh"), ["ops/start.sh"]);
        assert_eq!(files.originals("src/app.py"), ["src/app.py"]);
        assert_eq!(files.originals("conf/gunicorn.py"), ["conf/gunicorn.py"]);
        assert!(!files.is_open);
        files.mount(Vec::new(), &["/code".to_owned()]);
        assert_eq!(files.originals("gunicorn.conf.py"), ["gunicorn.conf.py"]);
        assert_eq!(files.originals("/start.sh"), ["ops/start.sh"]);
    }

    #[test]
    fn programs_that_start_in_a_mounted_folder_see_that_of_the_project() {
        let mut files = image(&[("/code", "")]);
        files.mount(vec![Copied { to: "/code".to_owned(), from: "app".to_owned() }], &[]);
        assert_eq!(files.folder, "app");
        assert_eq!(files.originals("app/run.sh"), ["app/run.sh"]);
        assert_eq!(files.shown("/code/run.sh").as_deref(), Some("app/run.sh"));
    }

    #[test]
    fn programs_may_start_below_what_was_copied() {
        let image = ImageFiles {
            start: "/app/src".to_owned(),
            folder: "src".to_owned(),
            copied: vec![Copied { to: "/app".to_owned(), from: String::new() }],
            ..ImageFiles::default()
        };
        assert_eq!(image.originals("src/config/gunicorn.py"), ["src/config/gunicorn.py"]);
        assert_eq!(image.originals("start.sh"), ["start.sh"]);
        assert_eq!(image.shown("/app/start.sh").as_deref(), Some("/app/start.sh"));
        assert_eq!(image.originals("/app/start.sh"), ["start.sh"]);
    }
}
