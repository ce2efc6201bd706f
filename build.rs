//! Embeds `rules/`, `platforms/`, `languages/`, `memory/`, `keys/` and `programs/`, so that adding one
//! is adding a file.
//!
//! Parsing them would take longer than most projects, so it is done here: files of data are packed,
//! and of rules, with which every run starts, what it needs is taken out.
#![expect(clippy::disallowed_methods, reason = "a build script reads the folders it embeds")]

#[path = "build/needs.rs"]
mod needs;
#[path = "build/pack.rs"]
mod pack;
#[path = "build/programs.rs"]
mod programs;

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

fn main() -> io::Result<()> {
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    for folder in ["rules", "platforms", "languages", "memory", "keys"] {
        println!("cargo::rerun-if-changed={folder}");
        let mut table = String::from("&[\n");
        let mut paths = toml_files(Path::new(folder))?;
        if folder == "rules" {
            // Rules are looked for by their ids: `a` stands before `a-b`, but `a-b.toml` before
            // `a.toml`.
            paths.sort_by_key(|it| stem(it));
        }
        for path in paths {
            let row = match folder {
                "rules" => rule(&path)?,
                _ => data(&path, &Path::new(&out).join(format!("{folder}-{}", stem(&path))))?,
            };
            table.push_str(&row);
        }
        table.push_str("]\n");
        fs::write(Path::new(&out).join(format!("{folder}.rs")), table)?;
    }
    println!("cargo::rerun-if-changed=programs");
    let programs = programs::table(&toml_files(Path::new("programs"))?)?;
    fs::write(Path::new(&out).join("programs.rs"), programs)
}

/// The TOML files of a folder, sorted by name.
fn toml_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|it| Ok(it?.path())).collect::<io::Result<Vec<_>>>()?;
    let is_toml = |it: &PathBuf| it.extension().is_some_and(|it| it == "toml");
    let mut paths: Vec<_> = paths.into_iter().filter(is_toml).collect();
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn included(path: &Path) -> io::Result<String> {
    Ok(format!("include_str!({:?})", fs::canonicalize(path)?))
}

/// The `Embedded` of a file of data, whose packed form is put into the file `packed`.
fn data(path: &Path, packed: &Path) -> io::Result<String> {
    let bytes = pack::file(&fs::read_to_string(path)?)
        .map_err(|it| io::Error::other(format!("{}: {it}", path.display())))?;
    fs::write(packed, bytes)?;
    let text = included(path)?;
    Ok(format!("({:?}, {text}, include_bytes!({packed:?})),\n", stem(path)))
}

/// The `Embedded { … }` of a rule file. A file that is not TOML, or has no table where a rule has
/// one, is left for the parser, which says what is wrong: `checked` is then `None`.
fn rule(path: &Path) -> io::Result<String> {
    let text = fs::read_to_string(path)?;
    let head = DeTable::parse(&text).ok().and_then(|it| head(&text, it.get_ref()));
    let head = head.map_or_else(|| "None".to_owned(), |it| format!("Some({it})"));
    let (id, text) = (stem(path), included(path)?);
    Ok(format!("Embedded {{ id: {id:?}, text: {text}, head: {head} }},\n"))
}

/// The `Head { … }` of a rule: everything but its examples.
fn head(file: &str, root: &DeTable<'_>) -> Option<String> {
    let mut head = String::from("Head { ");
    for key in ["since", "level", "group", "summary", "why", "help"] {
        head += &format!("{key}: {}, ", written(file, root, key)?);
    }
    let sources = root.get("sources")?.get_ref().as_array()?;
    let sources: Option<Vec<&str>> = sources.iter().map(|it| it.get_ref().as_str()).collect();
    head += &format!("sources: &{:?}, ", sources?);
    let locked = root.get("locked").and_then(|it| it.get_ref().as_bool()).unwrap_or(false);
    let check = root.get("check")?.get_ref().as_table()?;
    let builtin = check.get("builtin").and_then(|it| it.get_ref().as_bool()).unwrap_or(false);
    head += &format!("locked: {locked}, builtin: {builtin}, on: {}, ", written(file, check, "on")?);
    for key in ["when", "select", "require", "message"] {
        head += &format!("{key}: {}, ", optional(file, check, key)?);
    }
    let mut related = String::new();
    if let Some(tables) = check.get("related") {
        for table in tables.get_ref().as_array()? {
            let table = table.get_ref().as_table()?;
            let (at, label) = (written(file, table, "at")?, written(file, table, "label")?);
            related += &format!("({at}, {label}), ");
        }
    }
    head += &format!("related: &[{related}], ");
    let mut fixes = String::new();
    if let Some(tables) = check.get("fix") {
        for table in tables.get_ref().as_array()? {
            fixes += &fix(file, table.get_ref().as_table()?)?;
        }
    }
    head += &format!("fixes: &[{fixes}], ");
    let text = |key| check.get(key).and_then(|it| it.get_ref().as_str()).unwrap_or_default();
    head += &format!("format: {:?}, ", needs::format(text("select")));
    // Files have no facts.
    let when = if text("on") == "file" { "" } else { text("when") };
    Some(head + &format!("needs: &[{}] }}", needs::of(when, text("select"))))
}

/// The `HeadFix { … }` of a `[[check.fix]]`.
fn fix(file: &str, table: &DeTable<'_>) -> Option<String> {
    let mut fix = String::from("HeadFix { ");
    for key in ["title", "safety"] {
        fix += &format!("{key}: {}, ", written(file, table, key)?);
    }
    let also = table.get("also").and_then(|it| it.get_ref().as_bool()).unwrap_or(false);
    fix += &format!("also: {also}, ");
    for key in [
        "when",
        "set",
        "rename",
        "remove",
        "beside",
        "or_beside",
        "directives",
        "flag",
        "setting",
        "to",
    ] {
        fix += &format!("{key}: {}, ", optional(file, table, key)?);
    }
    Some(fix + "}, ")
}

/// `Some(…)` for a key that is there, `None` for one that is not; no text is a mistake.
fn optional(file: &str, table: &DeTable<'_>, key: &str) -> Option<String> {
    match table.get(key) {
        Some(_) => written(file, table, key).map(|it| format!("Some({it})")),
        None => Some("None".to_owned()),
    }
}

/// The `Written { … }` of a text: what it says, the bytes of its literal, and where it begins in the
/// file if it stands there as it is.
fn written(file: &str, table: &DeTable<'_>, key: &str) -> Option<String> {
    let value: &Spanned<DeValue<'_>> = table.get(key)?;
    let text = value.get_ref().as_str()?;
    let (start, end) = (value.span().start, value.span().end);
    let verbatim = file.get(start..end)?.find(text).map(|it| start + it);
    Some(format!(
        "Written {{ value: {text:?}, start: {start}, end: {end}, verbatim: {verbatim:?} }}"
    ))
}
