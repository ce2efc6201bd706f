//! What speaks for a platform when no file names one: evidence as data, and how it is weighed.
//!
//! Callers look at the files of a project and say what they saw, as [`Clue`]s; the catalog says what
//! that means. A weight is a small number that a person can add up: 3 is of no use elsewhere, 2 is
//! rarely found elsewhere, 1 is a hint. Evidence against a platform takes its weight away.

use super::rows::Evidence;
use super::{Catalog, Platform};

/// What a clue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClueKind {
    /// A file of the project, by its path from the project's folder.
    File,
    /// The name of the manifest itself: a `Procfile.dev` is no Procfile of a platform.
    Manifest,
    /// A package that the project depends on, by its name in the package index.
    Package,
    /// An environment variable that the project's code or files read.
    Variable,
    /// A host name in settings or files.
    Address,
    /// An action that a workflow of GitHub uses, without its version.
    Action,
    /// A command in a workflow, a Makefile, a script or a README.
    Command,
}

impl ClueKind {
    /// Every kind with its name in files of platforms.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::File, "file"),
        (Self::Manifest, "manifest"),
        (Self::Package, "package"),
        (Self::Variable, "variable"),
        (Self::Address, "address"),
        (Self::Action, "action"),
        (Self::Command, "command"),
    ];

    /// The name in files of platforms.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// Something that was seen in a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clue {
    /// What it is.
    pub kind: ClueKind,
    /// The path, name, host or command.
    pub text: String,
}

impl Clue {
    /// A clue of a kind.
    pub fn new(kind: ClueKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

/// A platform with what speaks for it and against it.
#[derive(Debug)]
pub struct Weighed<'a> {
    /// The platform.
    pub platform: &'a Platform,
    /// The sum of the weights; always above 0.
    pub weight: i32,
    /// The evidence that was found, each with the clue that it is, in the order of the file.
    pub found: Vec<(&'a Evidence, &'a Clue)>,
}

impl Evidence {
    /// Whether a clue is this evidence.
    ///
    /// A `*` at the end of a name stands for any rest. Packages are compared as package indexes
    /// compare them; an address that begins with a dot stands for every host below it; a command
    /// stands for every command that begins with its words.
    pub fn is(&self, clue: &Clue) -> bool {
        let wanted = self.text.as_str();
        self.kind == clue.kind
            && match clue.kind {
                ClueKind::Package => package(wanted) == package(&clue.text),
                ClueKind::Address => {
                    let host = clue.text.to_ascii_lowercase();
                    match wanted.strip_prefix('.') {
                        // `.fly.dev` in ALLOWED_HOSTS is itself a pattern for all hosts below.
                        Some(domain) => host.ends_with(wanted) || host == domain,
                        None => host == wanted,
                    }
                }
                ClueKind::Command => {
                    let mut words = clue.text.split_whitespace();
                    wanted.split_whitespace().all(|it| words.next() == Some(it))
                }
                ClueKind::File | ClueKind::Manifest | ClueKind::Variable | ClueKind::Action => {
                    match wanted.strip_suffix('*') {
                        Some(start) => clue.text.starts_with(start),
                        None => clue.text == wanted,
                    }
                }
            }
    }

    /// What it adds to the weight of its platform; negative for evidence against it.
    pub fn adds(&self) -> i32 {
        let weight = self.weight.as_ref().map_or(0, |it| it.value);
        let weight = i32::try_from(weight).unwrap_or(i32::MAX);
        if self.against { -weight } else { weight }
    }
}

/// The name of a package as indexes compare it: `Django_Heroku` is `django-heroku`.
/// Source: <https://packaging.python.org/en/latest/specifications/name-normalization/>
fn package(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|it| !it.is_empty());
    parts.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

impl Catalog {
    /// The platforms that something speaks for, the likeliest first; those of equal weight in the
    /// order of their ids. Each evidence counts once, however often it was seen.
    pub fn weigh<'a>(&'a self, clues: &'a [Clue]) -> Vec<Weighed<'a>> {
        let platforms = self.ids().filter_map(|it| self.platform(it));
        let mut weighed: Vec<_> = platforms.map(|it| it.weigh(clues)).collect();
        weighed.retain(|it| it.weight > 0);
        weighed.sort_by_key(|it| (-it.weight, it.platform.id().to_owned()));
        weighed
    }
}

impl Platform {
    /// What speaks for this platform and against it.
    pub fn weigh<'a>(&'a self, clues: &'a [Clue]) -> Weighed<'a> {
        let seen = |it: &'a Evidence| Some((it, clues.iter().find(|clue| it.is(clue))?));
        let found: Vec<_> = self.evidence().iter().filter_map(seen).collect();
        Weighed { platform: self, weight: found.iter().map(|(it, _)| it.adds()).sum(), found }
    }
}
