//! `bases/*.toml` → the constants of `src/images/bases.rs`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{fs, io};

use serde::Deserialize;

/// A file of `bases/`, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    sources: BTreeMap<String, RawSource>,
    images: Vec<RawImage>,
}

/// Where something was read. It stands there for people.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    url: String,
    checked: Option<String>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawImage {
    names: Vec<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    entrypoint: Vec<String>,
    #[serde(default)]
    takes_all: bool,
    command: Option<Vec<String>>,
    folder: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    source: String,
}

/// The Rust text of the table of all base images, those of a tag before those of any.
///
/// # Errors
/// When a file is not one of base images.
pub(crate) fn table(paths: &[PathBuf]) -> io::Result<String> {
    let mut images = Vec::new();
    for path in paths {
        let wrong = |what: String| io::Error::other(format!("{}: {what}", path.display()));
        let raw: RawFile =
            toml::from_str(&fs::read_to_string(path)?).map_err(|it| wrong(it.to_string()))?;
        for (key, source) in &raw.sources {
            let is_date = |it: &String| it.len() == 10 && it.matches('-').count() == 2;
            if !source.url.starts_with("https://") || !source.checked.iter().all(is_date) {
                return Err(wrong(format!("source `{key}` needs an address and a day")));
            }
        }
        for image in &raw.images {
            check(image, &raw.sources).map_err(wrong)?;
        }
        images.extend(raw.images);
    }
    images.sort_by_key(|it| it.tags.is_empty());
    let mut out = String::from("&[\n");
    for it in &images {
        let (env, files) = (pairs(&it.env), pairs(&it.files));
        let _ = write!(out, "Base {{ names: &{:?}, tags: &{:?}, ", it.names, it.tags);
        let _ = write!(out, "entrypoint: &{:?}, takes_all: {}, ", it.entrypoint, it.takes_all);
        let command = it.command.as_ref().map(|it| format!("Some(&{it:?})"));
        let _ = write!(out, "command: {}, ", command.unwrap_or_else(|| "None".to_owned()));
        let _ = write!(out, "folder: {:?}, env: &{env:?}, ", it.folder);
        let _ = writeln!(out, "files: &{files:?} }},");
    }
    out += "]\n";
    Ok(out)
}

fn pairs(map: &BTreeMap<String, String>) -> Vec<(&String, &String)> {
    map.iter().collect()
}

/// What the shape alone does not say.
fn check(image: &RawImage, sources: &BTreeMap<String, RawSource>) -> Result<(), String> {
    if !sources.contains_key(&image.source) {
        return Err(format!("there is no source `{}`", image.source));
    }
    if image.names.is_empty() {
        return Err("an image needs a name".to_owned());
    }
    let is_known = |(path, text): (&String, &String)| {
        path.starts_with('/') && (text.starts_with("#!") || path.ends_with(".conf"))
    };
    if !image.files.iter().all(is_known) {
        return Err("a file is a script or a configuration at an absolute path".to_owned());
    }
    Ok(())
}
