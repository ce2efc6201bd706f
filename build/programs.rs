//! `programs/*.toml` → a table of constants, so that a run parses none of it.
//!
//! What a file may say is `RawProgram`; the types that the table is made of are those of
//! `src/programs/listed/`. A file that does not fit stops the build with its name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use serde::Deserialize;

/// A program file as written. Unknown keys are errors.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProgram {
    id: String,
    title: String,
    language: Option<String>,
    serves: Serves,
    #[serde(default)]
    development: bool,
    workers: Option<i64>,
    memory: Option<RawMemory>,
    kind: Option<String>,
    listens: Option<String>,
    data: Option<String>,
    #[serde(default)]
    data_env: Vec<String>,
    #[serde(default)]
    ports: Vec<u16>,
    #[serde(default)]
    login_env: Vec<String>,
    #[serde(default)]
    open: bool,
    #[serde(default)]
    password_env: Vec<String>,
    #[serde(default)]
    needs: Vec<RawNeed>,
    #[serde(default)]
    schemes: Vec<String>,
    #[serde(default)]
    called: Vec<String>,
    sources: BTreeMap<String, RawSource>,
    #[serde(default)]
    runs: Vec<RawRun>,
    #[serde(default)]
    images: Vec<RawImage>,
    #[serde(default)]
    options_behind_code: bool,
    #[serde(default)]
    abbreviations: bool,
    env_prefix: Option<String>,
    #[serde(default)]
    words_env: Vec<String>,
    #[serde(default)]
    options: Vec<RawOption>,
    #[serde(default)]
    valued: Vec<String>,
    #[serde(default)]
    flags: Vec<String>,
    #[serde(default)]
    config_files: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Serves {
    Http,
    Jobs,
    Code,
    Once,
    Others,
}

/// Where something was read. Only its keys are checked here: `docs/programs.md` shows it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    url: String,
    checked: Option<String>,
    version: Option<String>,
    note: Option<String>,
}

/// What one process of a program usually needs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMemory {
    mb: i64,
    what: String,
    #[serde(default)]
    frameworks: BTreeMap<String, RawFramework>,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFramework {
    mb: i64,
    title: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRun {
    names: Vec<String>,
    #[serde(default)]
    subcommands: Vec<String>,
    #[serde(default)]
    bare: bool,
    #[serde(default)]
    flag: Option<String>,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNeed {
    images: Vec<String>,
    from: Option<u32>,
    one_of: Vec<String>,
    unless_mounted: Option<String>,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawImage {
    names: Vec<String>,
    tags: Option<Vec<String>>,
    command: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOption {
    name: String,
    #[serde(default)]
    flags: Vec<String>,
    #[serde(rename = "type")]
    ty: String,
    default: Option<toml::Value>,
    #[serde(default)]
    env: Vec<String>,
    fact: Option<String>,
    source: String,
}

/// The Rust text of the table of all programs.
///
/// # Errors
/// When a file is not one of a program.
pub(crate) fn table(paths: &[std::path::PathBuf]) -> io::Result<String> {
    let mut out = String::from("&[\n");
    let mut ids = BTreeSet::new();
    for path in paths {
        let text = fs::read_to_string(path)?;
        let wrong = |what: String| io::Error::other(format!("{}: {what}", path.display()));
        let raw: RawProgram = toml::from_str(&text).map_err(|it| wrong(it.to_string()))?;
        check(&raw, path).map_err(wrong)?;
        ids.insert(raw.id.clone());
        out += &program(&raw).map_err(wrong)?;
    }
    out += "]\n";
    Ok(out)
}

/// What the shape alone does not say.
fn check(raw: &RawProgram, path: &Path) -> Result<(), String> {
    if path.file_stem().and_then(|it| it.to_str()) != Some(raw.id.as_str()) {
        return Err(format!("its `id` is `{}`", raw.id));
    }
    for (key, source) in &raw.sources {
        let is_date = |it: &String| it.len() == 10 && it.matches('-').count() == 2;
        if !source.url.starts_with("https://") || !source.checked.iter().all(is_date) {
            return Err(format!("source `{key}` needs an address, and `checked` is a day"));
        }
        let texts = [&source.version, &source.note];
        if texts.into_iter().flatten().any(String::is_empty) {
            return Err(format!("source `{key}` has an empty text"));
        }
    }
    let runs = raw.runs.iter().map(|it| &it.source);
    let images = raw.images.iter().map(|it| &it.source);
    let options = raw.options.iter().map(|it| &it.source);
    let memory = raw.memory.iter().map(|it| &it.source);
    let needs = raw.needs.iter().map(|it| &it.source);
    for source in runs.chain(images).chain(options).chain(memory).chain(needs) {
        if !raw.sources.contains_key(source) {
            return Err(format!("there is no source `{source}`"));
        }
    }
    let flags = raw.options.iter().flat_map(|it| &it.flags);
    let all = flags.chain(&raw.valued).chain(&raw.flags).chain(&raw.config_files);
    let mut seen = BTreeSet::new();
    match all.into_iter().find(|it| !seen.insert(it.as_str())) {
        Some(twice) => Err(format!("`{twice}` is there twice")),
        None => Ok(()),
    }
}

fn program(raw: &RawProgram) -> Result<String, String> {
    let mut out = String::from("Program { ");
    let _ = write!(out, "id: {:?}, title: {:?}, language: {:?}, ", raw.id, raw.title, raw.language);
    let _ = write!(out, "serves: Serves::{:?}, development: {}, ", raw.serves, raw.development);
    let _ = write!(out, "workers: {:?}, kind: {:?}, ", raw.workers, raw.kind);
    out += &memory(raw.memory.as_ref());
    let _ = write!(out, "options_behind_code: {}, ", raw.options_behind_code);
    let _ = write!(out, "listens: {:?}, ", raw.listens);
    let _ = write!(out, "data: {:?}, ports: &{:?}, ", raw.data, raw.ports);
    let _ = write!(out, "data_env: &{:?}, ", raw.data_env);
    let _ = write!(out, "login_env: &{:?}, open: {:?}, ", raw.login_env, raw.open);
    let _ = write!(out, "password_env: &{:?}, needs: &[", raw.password_env);
    for it in &raw.needs {
        let _ = write!(out, "Need {{ images: &{:?}, from: {:?}, ", it.images, it.from);
        let _ =
            write!(out, "one_of: &{:?}, unless_mounted: {:?} }}, ", it.one_of, it.unless_mounted);
    }
    out += "], ";
    let _ = write!(out, "schemes: &{:?}, called: &{:?}, ", raw.schemes, raw.called);
    let _ = write!(out, "words_env: &{:?}, ", raw.words_env);
    out += "runs: &[";
    for it in &raw.runs {
        let _ = write!(out, "Runs {{ names: &{:?}, ", it.names);
        let _ = write!(out, "subcommands: &{:?}, bare: {}, ", it.subcommands, it.bare);
        let _ = write!(out, "flag: {:?} }}, ", it.flag);
    }
    out += "], images: &[";
    for it in &raw.images {
        let env: Vec<(&String, &String)> = it.env.iter().collect();
        let tags = it.tags.clone().unwrap_or_default();
        let _ = write!(out, "Image {{ names: &{:?}, tags: &{tags:?}, ", it.names);
        let _ = write!(out, "command: &{:?}, env: &{env:?} }}, ", it.command);
    }
    let abbreviations = if raw.abbreviations { "Allowed" } else { "Rejected" };
    let _ = write!(out, "], table: Table {{ program: {:?}, ", raw.title);
    let _ = write!(out, "abbreviations: Abbreviations::{abbreviations}, ");
    let _ = write!(out, "env_prefix: {:?}, options: &[", raw.env_prefix);
    for it in &raw.options {
        out += &option(it)?;
    }
    let _ = write!(out, "], valued: &{:?}, flags: &{:?}, ", raw.valued, raw.flags);
    let _ = writeln!(out, "config_files: &{:?}, app_settings: None }} }},", raw.config_files);
    Ok(out)
}

fn memory(raw: Option<&RawMemory>) -> String {
    let Some(raw) = raw else { return "memory: None, ".to_owned() };
    let framework =
        |(id, it): (&String, &RawFramework)| format!("({id:?}, {}, {:?})", it.mb, it.title);
    let frameworks: Vec<String> = raw.frameworks.iter().map(framework).collect();
    let (mb, what, frameworks) = (raw.mb, &raw.what, frameworks.join(", "));
    format!("memory: Some(Memory {{ mb: {mb}, what: {what:?}, frameworks: &[{frameworks}] }}), ")
}

fn option(raw: &RawOption) -> Result<String, String> {
    let RawOption { name, flags, ty, default, env, fact, .. } = raw;
    let ty = match ty.as_str() {
        "int" => "Int",
        "seconds" => "Seconds",
        "milliseconds" => "Milliseconds",
        "duration" => "Duration",
        "text" => "Text",
        "flag" => "Flag",
        "address" => "Address",
        "host-or-all" => "HostOrAll",
        "int-or-auto" => "IntOrAuto",
        "java-size" => "JavaSize",
        "percent" => "Seconds",
        other => return Err(format!("there is no type `{other}`")),
    };
    let default = match default {
        None if ty == "Flag" => "Off".to_owned(),
        None => "None".to_owned(),
        Some(toml::Value::Boolean(true)) => "On".to_owned(),
        Some(toml::Value::Boolean(false)) => "Off".to_owned(),
        Some(toml::Value::Integer(it)) => format!("Int({it})"),
        Some(toml::Value::String(it)) if it == "cpus" => "Cpus".to_owned(),
        Some(toml::Value::String(it)) => format!("Text({it:?})"),
        Some(_) => return Err(format!("a default of `{name}` is no text, number or boolean")),
    };
    let fact = fact.as_ref().map(|it| format!("Some(FactId::known({it:?}))"));
    let fact = fact.unwrap_or_else(|| "None".to_owned());
    Ok(format!(
        "Opt {{ flags: &{flags:?}, name: {name:?}, ty: Ty::{ty}, default: Default::{default}, \
         env: &{env:?}, fact: {fact} }}, "
    ))
}
