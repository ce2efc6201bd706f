//! `opslint pack`: a folder of rules as a package for pip and npm.
//!
//! The folder itself stays the pack: what is written beside its opslint.toml are the two files by
//! which the package managers know it, so the same folder serves as a submodule, a wheel and an npm
//! package.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::json;
use toml::{Table, Value};

use crate::analysis::{ConfigFile, ConfigOptions, Setup};
use crate::discover::{self, Disk};
use crate::policy::config::toml_text::TomlText;
use crate::policy::config::{FILE_NAME, Layer, Pack};
use crate::report::{Ink, Wire};
use crate::secret::Secrets;
use crate::workspace::{Opened, Workspace};

use super::rule_tests::TestArgs;
use super::{ExitStatus, rule_tests, say_broken, streams};

#[derive(Debug, Args)]
pub(super) struct PackArgs {
    /// The folder: its opslint.toml has `[pack]` with a name and a version
    #[arg(default_value = ".")]
    folder: PathBuf,

    /// The name in the npm registry, where it has a scope: `@acme/policy`
    #[arg(long, value_name = "NAME")]
    npm_name: Option<String>,
}

/// Tests the rules of a folder, and writes its pyproject.toml and package.json.
pub(super) fn run(args: &PackArgs) -> anyhow::Result<ExitStatus> {
    let file = args.folder.join(FILE_NAME);
    let disk = Disk::here()?;
    let file_of = discover::shown_path(disk.base(), &file);
    let options = ConfigOptions { file: ConfigFile::Named(file), ..ConfigOptions::default() };
    let setup = Setup::open(disk, &options)?;
    if !setup.broken.is_empty() {
        say_broken(setup.broken.into_iter(), &setup.sources, &Secrets::none_known())?;
        return Ok(ExitStatus::Failure);
    }
    let is_own = |it: &&Layer| {
        it.pack
            .as_ref()
            .is_some_and(|pack| setup.sources.file(pack.name.span.file).path() == file_of)
    };
    let Some(layer) = setup.config.layers.iter().find(is_own) else {
        bail!("{file_of} has no `[pack]` with `name` and `version`");
    };
    let Some(pack) = &layer.pack else { bail!("{file_of} has no `[pack]`") };
    for written in &layer.rules {
        let paths = vec![args.folder.join(&written.value)];
        let status = rule_tests::run(&TestArgs { paths })?;
        if status != ExitStatus::Clean {
            return Ok(status);
        }
    }
    let contents = contents(layer)?;
    let files = [
        ("pyproject.toml", pyproject(pack, &contents)?),
        ("package.json", package_json(pack, &contents, args.npm_name.as_deref())?),
    ];
    let mut out = streams::stdout(Wire::Prose(Ink::Plain));
    for (name, text) in files {
        write(&args.folder, name, &text)?;
        writeln!(out, "wrote {}", args.folder.join(name).display())?;
    }
    let folder = args.folder.display();
    writeln!(out, "\nBuild what you publish:  pip wheel --no-deps {folder}   npm pack {folder}")?;
    writeln!(out, "Use it in opslint.toml:  extends = [\"python:{}\"]", pack.name.value)?;
    out.flush()?;
    Ok(ExitStatus::Clean)
}

/// Writes a file, or leaves it when it was made by hand.
fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    let disk = Disk::here()?;
    let shown = discover::shown_path(disk.base(), &path);
    let mut workspace = Workspace::new(&disk);
    let old = match workspace.open_named(&shown) {
        Opened::File(file) => workspace.sources.file(file).text().to_owned(),
        Opened::Missing => String::new(),
        Opened::Unknown(it) => bail!("cannot write `{}`: {}", path.display(), it.reason),
    };
    if !old.is_empty() && !old.contains(MADE_BY) {
        bail!("{} is there and was not made by `opslint pack`: it stays as it is", path.display());
    }
    if disk.leads_out(&path) {
        bail!("cannot write `{}`: a link there leads out of the project", path.display());
    }
    discover::write(&path, text.as_bytes())
        .with_context(|| format!("cannot write `{}`", path.display()))
}

/// What tells files that may be written over.
const MADE_BY: &str = "made by opslint pack";

/// Patterns of the files that belong to the pack.
fn contents(layer: &Layer) -> anyhow::Result<Vec<String>> {
    let mut contents = vec![FILE_NAME.to_owned()];
    for written in &layer.rules {
        let folder = written.value.trim_start_matches("./").trim_end_matches('/');
        contents.push(if folder.is_empty() || folder == "." {
            "*.toml".to_owned()
        } else {
            format!("{folder}/*.toml")
        });
    }
    contents.extend(layer.platforms.iter().map(|it| it.value.clone()));
    contents.extend(layer.extends.iter().filter(|it| !it.value.contains(':')).map(|it| {
        let is_file = it.value.ends_with(".toml");
        if is_file { it.value.clone() } else { format!("{}/**", it.value.trim_end_matches('/')) }
    }));
    if let Some(outside) = contents.iter().find(|it| it.split('/').any(|it| it == "..")) {
        bail!("`{outside}` lies outside of the folder, and would not be in the package");
    }
    Ok(contents)
}

/// The file by which pip knows the package.
fn pyproject(pack: &Pack, contents: &[String]) -> anyhow::Result<String> {
    let (name, version) = (&pack.name.value, &pack.version.value);
    let module = name.replace('-', "_");
    let text = |it: &str| Value::String(it.to_owned());
    let list = |it: &[String]| Value::Array(it.iter().map(|it| text(it)).collect());
    let mut toml = TomlText::new();
    toml.comment(MADE_BY);
    toml.table(&["build-system"]);
    toml.line(&["requires"], &list(&["setuptools>=77".to_owned()]), "");
    toml.line(&["build-backend"], &text("setuptools.build_meta"), "");
    toml.blank();
    toml.table(&["project"]);
    toml.line(&["name"], &text(name), "");
    toml.line(&["version"], &text(version), "");
    toml.line(&["description"], &text("Rules for opslint"), "");
    toml.blank();
    toml.table(&["tool", "setuptools"]);
    toml.line(&["packages"], &list(std::slice::from_ref(&module)), "");
    toml.line(&["package-dir"], &Value::Table(Table::from_iter([(module.clone(), text("."))])), "");
    toml.line(&["package-data"], &Value::Table(Table::from_iter([(module, list(contents))])), "");
    toml.finish()
}

/// The file by which npm knows the package.
fn package_json(pack: &Pack, contents: &[String], npm: Option<&str>) -> anyhow::Result<String> {
    let document = json!({
        "//": MADE_BY,
        "name": npm.unwrap_or(&pack.name.value),
        "version": pack.version.value,
        "description": "Rules for opslint",
        "files": contents,
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
