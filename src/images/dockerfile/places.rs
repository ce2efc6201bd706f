//! Where the files of the project are in an image.
//!
//! A command in an image names paths of the image. `COPY . /code` says which file of the project
//! `/code/gunicorn.conf.py` is.

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

/// Most files and folders whose places in an image are kept.
const PLACES_MAX: usize = 1_000;

/// A folder or file of the project and its place in an image.
#[derive(Clone, Debug)]
struct Place {
    image: String,
    project: String,
    is_file: bool,
}

/// Folders and files of the project by their place in an image, in the order of the build.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    all: Vec<Place>,
    is_open: bool,
}

impl Places {
    /// The content of a folder of the project was copied to a folder of the image.
    pub(super) fn add_folder(&mut self, image: String, project: String) {
        self.add(Place { image, project, is_file: false });
    }

    /// A file of the project was copied to a path of the image.
    pub(super) fn add_file(&mut self, image: String, project: String) {
        self.add(Place { image, project, is_file: true });
    }

    /// Stages that copy from one another may double what they have each time.
    fn add(&mut self, place: Place) {
        match self.all.len() < PLACES_MAX {
            true => self.all.push(place),
            false => self.is_open = true,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Something was copied, and what or whereto is not known.
    pub(super) fn add_unknown(&mut self) {
        self.is_open = true;
    }

    /// Whether something was copied that is not among the places.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether a folder of the project was copied to this one.
    pub(super) fn has_folder(&self, image: &str) -> bool {
        self.all.iter().any(|it| !it.is_file && it.image == image)
    }

    /// What another image has at `from` was copied to `to`.
    pub(super) fn copy(&mut self, other: &Self, from: &str, to: &str) {
        self.is_open |= other.is_open;
        for place in &other.all {
            let is_file = place.is_file;
            if let Some(rest) = inside(&place.image, from) {
                let image = join_image(to, &format!(".{rest}"));
                self.add(Place { image, project: place.project.clone(), is_file });
            } else if let (Some(rest), false) = (inside(from, &place.image), is_file) {
                self.add_folder(to.to_owned(), below(&place.project, rest));
            }
        }
    }

    /// The path of the project that a path of the image is a copy of.
    pub(super) fn resolve(&self, image: &str) -> Option<String> {
        let file = self.all.iter().rfind(|it| it.is_file && it.image == image);
        file.map(|it| it.project.clone()).or_else(|| self.within(image))
    }

    /// By the nearest folder above it that was copied as a whole.
    fn within(&self, image: &str) -> Option<String> {
        let found = |it: &Place| {
            inside(image, &it.image).map(|rest| (it.image.len(), below(&it.project, rest)))
        };
        let folders = self.all.iter().filter(|it| !it.is_file);
        folders.filter_map(found).max_by_key(|(len, _)| *len).map(|(_, path)| path)
    }

    /// The folder of the project that a folder of the image is a copy of, as far as it can be
    /// told: copied as a whole, or file by file from there.
    pub(super) fn folder(&self, image: &str) -> Option<String> {
        if let Some(found) = self.within(image) {
            return Some(found);
        }
        let part = |it: &Place| {
            let rest = inside(&it.image, image)?;
            let folder = it.project.strip_suffix(rest.trim_start_matches('/'))?;
            Some(folder.trim_end_matches('/').to_owned())
        };
        let mut files =
            self.all.iter().filter(|it| it.is_file && inside(&it.image, image).is_some());
        let mut parts = self.all.iter();
        parts.find_map(part).or_else(|| files.next().map(|it| parent(&it.project).to_owned()))
    }

    /// All of them, in order.
    pub(super) fn copied(self) -> Vec<Copied> {
        self.all.into_iter().map(|it| Copied { to: it.image, from: it.project }).collect()
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
        assert_eq!(places.resolve("/app/web/x").as_deref(), Some("frontend/x"));
    }

    #[test]
    fn a_folder_copied_file_by_file_is_found() {
        let mut places = Places::default();
        places.add_folder("/code/app".to_owned(), "backend/app".to_owned());
        places.add_file("/code/gunicorn.conf.py".to_owned(), "ops/gunicorn.conf.py".to_owned());
        assert_eq!(places.folder("/code").as_deref(), Some("backend"));
        let file = places.resolve("/code/gunicorn.conf.py");
        assert_eq!(file.as_deref(), Some("ops/gunicorn.conf.py"));
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
