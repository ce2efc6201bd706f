//! The code of a script, and what is asked of it again and again: by each process that loads it, and
//! for each of dozens of packages.

use std::collections::{BTreeSet, HashSet};
use std::ops::{Bound, Deref};
use std::sync::OnceLock;

use super::text;

/// Openings of what loads a module; each ends with the quote around its name.
const OPENINGS: &[&str] =
    &["require('", "require(\"", "from '", "from \"", "import '", "import \""];

/// No package that is asked for has a longer name.
const NAME_MAX: usize = 100;

/// A code without its comments.
pub(super) struct Code {
    text: String,
    /// The modules that it loads, each as far as the name of a package may go.
    loaded: OnceLock<BTreeSet<Box<str>>>,
    local: OnceLock<Vec<Box<str>>>,
    lower: OnceLock<String>,
}

impl Code {
    /// The code of a text with comments.
    pub(super) fn read(text: &str) -> Self {
        let text = text::without_comments(text);
        Self { text, loaded: OnceLock::new(), local: OnceLock::new(), lower: OnceLock::new() }
    }

    /// Whether it loads a package, or a module of one.
    pub(super) fn loads(&self, package: &str) -> bool {
        let loaded = self.loaded.get_or_init(|| loaded(&self.text));
        loaded.contains(package) || {
            let inside = format!("{package}/");
            let from = (Bound::Included(inside.as_str()), Bound::Unbounded);
            let next = loaded.range::<str, _>(from).next();
            next.is_some_and(|it| it.starts_with(&inside))
        }
    }

    /// The same in small letters.
    pub(super) fn lower(&self) -> &str {
        self.lower.get_or_init(|| self.text.to_ascii_lowercase())
    }

    /// Files of the project that it loads, each once: `require('./bot')`, `from "../lib/bot.js"`.
    pub(super) fn local(&self) -> &[Box<str>] {
        self.local.get_or_init(|| {
            let mut seen = HashSet::new();
            text::local(&self.text).filter(|it| seen.insert(*it)).map(Box::from).collect()
        })
    }
}

impl Deref for Code {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

/// What stands behind the openings: to the quote that ends it, or as far as matters.
fn loaded(code: &str) -> BTreeSet<Box<str>> {
    let mut found = BTreeSet::new();
    for opening in OPENINGS {
        let quote = opening.chars().last().unwrap_or('\'');
        for (at, _) in code.match_indices(opening) {
            let rest = &code[at + opening.len()..];
            let rest = &rest[..rest.floor_char_boundary(NAME_MAX)];
            found.insert(rest.split(quote).next().unwrap_or_default().into());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_loaded_by_their_names() {
        let loads = |code: &str, package: &str| Code::read(code).loads(package);
        assert!(loads("const x = require('ws');", "ws"));
        assert!(loads("import x from \"socket.io\"", "socket.io"));
        assert!(loads("import x from '@a/b/c'", "@a/b"));
        assert!(loads("import 'a/b'; import 'a-b'", "a"));
        assert!(!loads("require('wscat')", "ws"));
        assert!(!loads("import 'a-b'; import 'a0'", "a"));
        assert!(!loads("require('ws", "ws/x"));
    }
}
