//! Where the files of the project are in an image.
//!
//! A command in an image names paths of the image. `COPY . /code` says which file of the project
//! `/code/gunicorn.conf.py` is.

use std::collections::BTreeMap;

use crate::workspace::{Copied, parent};

/// The folder an image starts in when only its base says which: below no folder that is written.
pub(super) const BASE_FOLDER: &str = "?";

/// A path in an image: absolute, or below the folder that the base image starts in.
pub(super) fn join_image(folder: &str, path: &str) -> String {
    let (root, inside) = match path.strip_prefix('/') {
        Some(path) => ("", path.to_owned()),
        None => ("", format!("{folder}/{path}")),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in inside.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    match parts.first() {
        Some(&BASE_FOLDER) => parts.join("/"),
        _ => format!("{root}/{}", parts.join("/")),
    }
}

/// What stands behind `folder` in `path`; `None` when the path is not in that folder.
fn inside<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// `rest` starts with a slash, or is empty.
fn below(folder: &str, rest: &str) -> String {
    format!("{folder}{rest}").trim_start_matches('/').to_owned()
}

/// Folders and files of the project by their place in an image.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    folders: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
}

impl Places {
    /// The content of a folder of the project was copied to a folder of the image.
    pub(super) fn add_folder(&mut self, image: String, project: String) {
        self.folders.insert(image, project);
    }

    /// A file of the project was copied to a path of the image.
    pub(super) fn add_file(&mut self, image: String, project: String) {
        self.files.insert(image, project);
    }

    /// What another image has at `from` was copied to `to`.
    pub(super) fn copy(&mut self, other: &Self, from: &str, to: &str) {
        for (image, project) in &other.files {
            if let Some(rest) = inside(image, from) {
                self.files.insert(join_image(to, &format!(".{rest}")), project.clone());
            }
        }
        for (image, project) in &other.folders {
            if let Some(rest) = inside(image, from) {
                self.folders.insert(join_image(to, &format!(".{rest}")), project.clone());
            } else if let Some(rest) = inside(from, image) {
                self.folders.insert(to.to_owned(), below(project, rest));
            }
        }
    }

    /// The path of the project that a path of the image is a copy of.
    pub(super) fn resolve(&self, image: &str) -> Option<String> {
        self.files.get(image).cloned().or_else(|| self.within(image))
    }

    /// By the nearest folder above it that was copied as a whole.
    fn within(&self, image: &str) -> Option<String> {
        let found = |(folder, project): (&String, &String)| {
            inside(image, folder).map(|rest| (folder.len(), below(project, rest)))
        };
        self.folders.iter().filter_map(found).max().map(|(_, path)| path)
    }

    /// The folder of the project that a folder of the image is a copy of, as far as it can be
    /// told: copied as a whole, or file by file from there.
    pub(super) fn folder(&self, image: &str) -> Option<String> {
        if let Some(found) = self.within(image) {
            return Some(found);
        }
        let part = |(path, project): (&String, &String)| {
            let rest = inside(path, image)?;
            let folder = project.strip_suffix(rest.trim_start_matches('/'))?;
            Some(folder.trim_end_matches('/').to_owned())
        };
        let beside = || {
            let files = self.files.iter().filter(|(path, _)| inside(path, image).is_some());
            files.map(|(_, project)| parent(project).to_owned()).next()
        };
        self.folders.iter().chain(&self.files).find_map(part).or_else(beside)
    }

    /// Paths below `image`, which stands for `folder` of the project, that are copies of other
    /// files; and every path outside of it.
    pub(super) fn copied(&self, image: &str, folder: &str) -> Vec<Copied> {
        let copied = |(path, project): (&String, &String)| {
            let to = match inside(path, image) {
                Some(rest) => below(folder, rest),
                None => path.clone(),
            };
            let from = project.clone();
            (to != from && !to.is_empty()).then_some(Copied { to, from })
        };
        self.folders.iter().chain(&self.files).filter_map(copied).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_paths_are_joined_as_in_a_file_system() {
        assert_eq!(join_image("/app", "x/../y/"), "/app/y");
        assert_eq!(join_image("/app", "/srv"), "/srv");
        assert_eq!(join_image(BASE_FOLDER, "."), BASE_FOLDER);
        assert_eq!(join_image("/", "../.."), "/");
    }

    #[test]
    fn the_nearest_copied_folder_counts() {
        let mut places = Places::default();
        places.add_folder("/app".to_owned(), String::new());
        places.add_folder("/app/web".to_owned(), "frontend".to_owned());
        assert_eq!(places.folder("/app").as_deref(), Some(""));
        assert_eq!(places.folder("/app/web/src").as_deref(), Some("frontend/src"));
        assert_eq!(places.folder("/application"), None);
        let expect = Copied { to: "web".to_owned(), from: "frontend".to_owned() };
        assert_eq!(places.copied("/app", ""), [expect]);
    }

    #[test]
    fn a_folder_copied_file_by_file_is_found() {
        let mut places = Places::default();
        places.add_folder("/code/app".to_owned(), "backend/app".to_owned());
        places.add_file("/code/gunicorn.conf.py".to_owned(), "ops/gunicorn.conf.py".to_owned());
        assert_eq!(places.folder("/code").as_deref(), Some("backend"));
        let expect = Copied {
            to: "backend/gunicorn.conf.py".to_owned(),
            from: "ops/gunicorn.conf.py".to_owned(),
        };
        assert_eq!(places.copied("/code", "backend"), [expect]);
    }

    #[test]
    fn what_one_stage_copied_another_may_take() {
        let mut builder = Places::default();
        builder.add_folder("/src".to_owned(), String::new());
        let mut places = Places::default();
        places.copy(&builder, "/src/api", "/app");
        assert_eq!(places.folder("/app").as_deref(), Some("api"));
    }
}
