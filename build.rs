//! Embeds `rules/`, `platforms/`, `languages/`, `memory/`, `keys/`, `programs/` and `bases/`, so that
//! adding one is adding a file.
//!
//! Parsing them would take longer than most projects, so it is done here: files of data are packed,
//! and of rules, with which every run starts, what it needs is taken out, expressions as trees.
#![expect(clippy::disallowed_methods, reason = "a build script reads the folders it embeds")]

#[path = "build/bases.rs"]
mod bases;
#[path = "src/packed/form.rs"]
mod form;
#[path = "build/needs.rs"]
mod needs;
#[path = "src/packed/pack.rs"]
mod pack;
#[path = "build/programs.rs"]
mod programs;
#[path = "build/rule.rs"]
mod rule;

use std::path::{Path, PathBuf};
use std::{env, fs, io};

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
                "rules" => rule::embedded(&path)?,
                _ => data(&path, &Path::new(&out).join(format!("{folder}-{}", stem(&path))))?,
            };
            table.push_str(&row);
        }
        table.push_str("]\n");
        fs::write(Path::new(&out).join(format!("{folder}.rs")), table)?;
    }
    println!("cargo::rerun-if-changed=programs");
    let programs = programs::table(&toml_files(Path::new("programs"))?)?;
    fs::write(Path::new(&out).join("programs.rs"), programs)?;
    println!("cargo::rerun-if-changed=bases");
    let bases = bases::table(&toml_files(Path::new("bases"))?)?;
    fs::write(Path::new(&out).join("bases.rs"), bases)
}

/// The TOML files of a folder, sorted by name: of programs, `php-server` comes before `php`, which
/// is less exact.
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
    let bytes = pack::file(&fs::read_to_string(path)?, |_| None).map_err(|it| {
        let at = it.range.start;
        io::Error::other(format!("{}: byte {at}: {}", path.display(), it.reason))
    })?;
    fs::write(packed, bytes)?;
    let text = included(path)?;
    Ok(format!("({:?}, {text}, include_bytes!({packed:?})),\n", stem(path)))
}
