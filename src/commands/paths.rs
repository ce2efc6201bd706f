//! Paths that a shell works with: where the project is on the machine, and what lies in it.
//!
//! A script asks where it is (`cd "$(dirname "$0")" && pwd`) and builds paths from the answer. The
//! answer is an absolute path of a machine that nobody knows here, but which file of the project it
//! names is known. [`PROJECT`] stands for the first part of such a path while the shell works with
//! it; [`relative`] takes it out again before a program sees it.

use super::shell::Shell;
use crate::fact::Unknown;
use crate::project::Lookup;
use crate::workspace::{self, Workspace};

/// Stands for the folder of the project in a text. It is in a plane for private use, behind the
/// characters of [`crate::parse::shell::HOLE_FIRST`], so no real path has it.
pub(super) const PROJECT: char = '\u{F1FFF}';

/// Folders that platforms put a project in. A path below one of them is a path of the project when
/// there is such a file.
///
/// Heroku and AppPack: `/app`; Render: `/opt/render/project/src`; Cloud Native Buildpacks:
/// `/workspace`.
pub(crate) const PROJECT_FOLDERS: [&str; 3] = ["/app", "/opt/render/project/src", "/workspace"];

/// Why the path of the project is not known as text.
pub(super) fn unknown_folder() -> Unknown {
    Unknown::because("the folder of the project on the machine is only known there")
}

/// Whether a text has the folder of the project in it.
pub(super) fn has_project(text: &str) -> bool {
    text.contains(PROJECT)
}

impl Shell {
    /// `cd path`.
    pub(super) fn change_folder(&mut self, workspace: &Workspace<'_>, path: Option<&str>) {
        let folder = path.and_then(|it| self.project_path(workspace, it));
        self.folder = folder.ok_or_else(|| {
            let shown = match path.filter(|it| !has_project(it)) {
                Some(path) => format!("`{path}`"),
                None => "that folder".to_owned(),
            };
            Unknown::because(format!("the command runs in {shown}, which is not in the project"))
        });
    }

    /// A path that the shell would open as a path shown to the user; `None` outside the project.
    pub(super) fn project_path(&self, workspace: &Workspace<'_>, path: &str) -> Option<String> {
        if let Some(inside) = path.strip_prefix(PROJECT) {
            let joined = workspace::join(&self.root, inside.trim_start_matches('/'))?;
            return (!joined.starts_with("..")).then_some(joined);
        }
        if has_project(path) {
            return None;
        }
        if workspace.is_in_image() {
            return workspace.join(self.folder.as_ref().ok()?, path);
        }
        for folder in PROJECT_FOLDERS {
            if let Some(inside) = path.strip_prefix(folder)
                && (inside.is_empty() || inside.starts_with('/'))
            {
                return workspace::join(&self.root, inside.trim_start_matches('/'));
            }
        }
        workspace::join(self.folder.as_ref().ok()?, path)
    }

    /// Folders that programs are looked for in where an image decides about them.
    ///
    /// Source: <https://github.com/moby/moby/blob/v28.0.0/oci/defaults.go> (`DefaultPathEnv`)
    pub(super) fn search_folders(&self, workspace: &Workspace<'_>) -> Vec<String> {
        const DEFAULT: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        if !workspace.is_in_image() {
            return Vec::new();
        }
        let own = match self.environment.get("PATH") {
            Lookup::Set(fact) => fact.known_text().unwrap_or_default(),
            Lookup::Unset | Lookup::Unmentioned => String::new(),
        };
        let folders = own.split(':').chain(DEFAULT.split(':'));
        folders.filter(|it| it.starts_with('/')).map(str::to_owned).collect()
    }

    /// The absolute path of the folder it is in: what `pwd` prints.
    pub(super) fn absolute_folder(&self, workspace: &Workspace<'_>) -> Option<String> {
        self.absolute(workspace, self.folder.as_ref().ok()?)
    }

    /// The absolute path of a path shown to the user.
    pub(super) fn absolute(&self, workspace: &Workspace<'_>, shown: &str) -> Option<String> {
        if let Some(path) = workspace.path_in_image(shown) {
            return Some(path);
        }
        let root = self.root.as_ref();
        let inside = match root.is_empty() {
            true => shown,
            false => shown.strip_prefix(root)?,
        };
        if inside.starts_with("..") || shown.starts_with('/') || !is_below(root, inside) {
            return None;
        }
        let inside = inside.trim_start_matches('/');
        let slash = if inside.is_empty() { "" } else { "/" };
        Some(format!("{PROJECT}{slash}{inside}"))
    }
}

fn is_below(root: &str, inside: &str) -> bool {
    root.is_empty() || inside.is_empty() || inside.starts_with('/')
}

/// A path below the folder of the project as a program in `folder` could name it as well: from
/// where it is. `None` when the text is no such path.
pub(super) fn relative(text: &str, root: &str, folder: &str) -> Option<String> {
    let inside = text.strip_prefix(PROJECT)?;
    if has_project(inside) || inside.contains([' ', ':']) {
        return None;
    }
    let target = workspace::join(root, inside.trim_start_matches('/'))?;
    let parts = |it: &'_ str| -> Vec<String> {
        it.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (target, folder) = (parts(&target), parts(folder));
    let common = target.iter().zip(&folder).take_while(|(a, b)| a == b).count();
    let up = vec!["..".to_owned(); folder.len() - common];
    let path = [up.as_slice(), &target[common..]].concat().join("/");
    Some(if path.is_empty() { ".".to_owned() } else { path })
}

/// `dirname path`.
pub(super) fn dirname(path: &str) -> Option<String> {
    if path.chars().eq([PROJECT]) {
        return None;
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return Some(if path.is_empty() { "." } else { "/" }.to_owned());
    }
    Some(match trimmed.rsplit_once('/') {
        None => ".".to_owned(),
        Some((folder, _)) => match folder.trim_end_matches('/') {
            "" => "/".to_owned(),
            folder => folder.to_owned(),
        },
    })
}

/// `basename path [suffix]`.
pub(super) fn basename(path: &str, suffix: Option<&str>) -> Option<String> {
    let trimmed = path.trim_end_matches('/');
    let name = match trimmed.is_empty() && !path.is_empty() {
        true => "/",
        false => trimmed.rsplit('/').next().unwrap_or_default(),
    };
    if has_project(name) {
        return None;
    }
    let name =
        suffix.and_then(|it| name.strip_suffix(it)).filter(|it| !it.is_empty()).unwrap_or(name);
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_as_coreutils_do() {
        for (path, folder, name) in [
            ("bin/start.sh", "bin", "start.sh"),
            ("start.sh", ".", "start.sh"),
            ("/start.sh", "/", "start.sh"),
            ("a/b/", "a", "b"),
            ("a//b", "a", "b"),
            ("/", "/", "/"),
            ("", ".", ""),
        ] {
            assert_eq!(dirname(path).as_deref(), Some(folder), "{path}");
            assert_eq!(basename(path, None).as_deref(), Some(name), "{path}");
        }
        assert_eq!(basename("a.sh", Some(".sh")).as_deref(), Some("a"));
        assert_eq!(basename(".sh", Some(".sh")).as_deref(), Some(".sh"));
        let root = PROJECT.to_string();
        assert_eq!(dirname(&root), None);
        assert_eq!(basename(&root, None), None);
        assert_eq!(dirname(&format!("{root}/bin")).as_deref(), Some(root.as_str()));
    }

    #[test]
    fn a_program_gets_a_path_from_where_it_is() {
        let path = |rest: &str| format!("{PROJECT}{rest}");
        assert_eq!(relative(&path("/conf.py"), "", "").as_deref(), Some("conf.py"));
        assert_eq!(relative(&path("/conf.py"), "", "bin").as_deref(), Some("../conf.py"));
        assert_eq!(relative(&path("/bin/x"), "api", "api/bin").as_deref(), Some("x"));
        assert_eq!(relative(&path(""), "", "").as_deref(), Some("."));
        assert_eq!(relative("conf.py", "", ""), None);
        assert_eq!(relative(&path("/a:/b"), "", ""), None);
    }
}
