//! Embeds `rules/`, `platforms/` and `keys/` as they are, so that adding one is adding a file.
#![expect(clippy::disallowed_methods, reason = "a build script reads the folders it embeds")]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    for folder in ["rules", "platforms", "keys"] {
        println!("cargo::rerun-if-changed={folder}");
        let table = embedded(Path::new(folder))?;
        fs::write(Path::new(&out).join(format!("{folder}.rs")), table)?;
    }
    Ok(())
}

/// The Rust expression `&[("stem", "text"), …]` for every TOML file of a folder, sorted by name.
fn embedded(folder: &Path) -> io::Result<String> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut table = String::from("&[\n");
    for path in paths {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let absolute = fs::canonicalize(&path)?;
        writeln!(table, "    ({stem:?}, include_str!({absolute:?})),").map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    Ok(table)
}
