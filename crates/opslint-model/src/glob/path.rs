//! Which files a pattern of opslint.toml is about.
//!
//! Patterns are relative to the folder of the file they stand in; paths of a run are relative to
//! the folder opslint was started in, which may lie below the first.

use globset::{GlobBuilder, GlobMatcher};

/// The longest pattern, in bytes: what is made of one grows with its length, and beyond some 100 kB
/// the library that makes it gives up.
const LEN_MAX: usize = 1_024;

/// A pattern such as `legacy/**`, ready to match paths.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    matcher: GlobMatcher,
    /// Parts of the folder it is relative to, seen from the outermost folder that is known.
    folder: Vec<String>,
    /// Parts of the folder opslint was started in, likewise.
    start: Vec<String>,
}

impl Pattern {
    /// A pattern written in a file of `folder`, a path as shown to the user.
    ///
    /// `above` are the names of the folders around the one opslint was started in, outermost first:
    /// only with them can `legacy/**` in `../../opslint.toml` match a file below the start folder.
    ///
    /// # Errors
    /// Why the text is not a pattern, such as an unclosed `[`, or that it is too long.
    pub fn new(folder: &str, text: &str, above: &[String]) -> Result<Self, String> {
        if text.len() > LEN_MAX {
            return Err(format!("it has {} bytes, and a pattern at most 1,024", text.len()));
        }
        // A folder may be written with a slash at its end.
        let glob = GlobBuilder::new(text.trim_start_matches("./").trim_end_matches('/'))
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| error.kind().to_string())?;
        Ok(Self {
            text: text.to_owned(),
            matcher: glob.compile_matcher(),
            folder: absolute(above, folder),
            start: above.to_vec(),
        })
    }

    /// The pattern as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it matches a file, or a folder that holds it. `path` is as shown to the user.
    pub fn matches(&self, path: &str) -> bool {
        let parts = absolute(&self.start, path);
        let Some(below) = parts.strip_prefix(self.folder.as_slice()) else { return false };
        (1..=below.len()).any(|len| self.matcher.is_match(below[..len].join("/")))
    }
}

/// Whether a text describes many paths rather than naming one.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// The parts of a path seen from the outermost folder that is known. A `..` beyond that one stays.
fn absolute(above: &[String], path: &str) -> Vec<String> {
    let mut parts = above.to_vec();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|it| it != "..") => {
                parts.pop();
            }
            part => parts.push(part.to_owned()),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(folder: &str, text: &str, path: &str, expect: bool) {
        let above = ["repo".to_owned(), "apps".to_owned()];
        let pattern = Pattern::new(folder, text, &above).unwrap();
        assert_eq!(pattern.matches(path), expect, "`{text}` in `{folder}` and `{path}`");
    }

    #[test]
    fn stars_stop_at_folders_and_double_stars_do_not() {
        check("", "*.toml", "fly.toml", true);
        check("", "*.toml", "a/fly.toml", false);
        check("", "**/*.toml", "a/b/fly.toml", true);
        check("", "legacy/**", "legacy/a/Procfile", true);
        check("", "legacy/**", "Procfile", false);
    }

    #[test]
    fn a_folder_stands_for_everything_in_it() {
        check("", "legacy", "legacy/a/Procfile", true);
        check("", "legacy/", "legacy/Procfile", true);
        check("", "./legacy", "legacy/Procfile", true);
        check("", "legacy", "legacy2/Procfile", false);
    }

    #[test]
    fn patterns_are_relative_to_their_own_file() {
        check("a", "Procfile", "a/Procfile", true);
        check("a", "Procfile", "Procfile", false);
        check("../..", "apps/*/Procfile", "Procfile", false);
        check("..", "apps/Procfile", "Procfile", true);
        check("../..", "repo/apps/**", "Procfile", true);
        check("..", "other/**", "../other/Procfile", true);
    }

    #[test]
    fn a_broken_pattern_says_what_is_broken() {
        let long = Pattern::new("", &"**/*".repeat(60_000), &[]).unwrap_err();
        assert!(long.contains("240000 bytes"), "{long}");
        let error = Pattern::new("", "a[", &[]).unwrap_err();
        assert!(error.starts_with("unclosed character class"), "{error}");
    }
}
