//! What speaks for a platform when no file names one: evidence as data, and how it is weighed.
//!
//! Callers look at the files of a project and say what they saw, as [`Clue`]s; the catalog says what
//! that means. A weight is a small number that a person can add up: 3 is of no use elsewhere, 2 is
//! rarely found elsewhere, 1 is a hint. Evidence against a platform takes its weight away.

use serde::Deserialize;

use super::Catalog;
use super::rows::Evidence;
use crate::packed::{self, PackedError};

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
    /// The path of a unix socket that a process of the manifest listens on.
    Socket,
    /// The manifest, by its name, where a Dockerfile beside it copies it into the image.
    Copied,
    /// A package that a Dockerfile beside the manifest installs.
    Installed,
    /// A file beside the manifest that says the same, word for word.
    Twin,
    /// A line of the manifest.
    Line,
}

impl ClueKind {
    /// Every kind with its name in files of platforms.
    pub const ALL: [(Self, &'static str); 12] = [
        (Self::File, "file"),
        (Self::Manifest, "manifest"),
        (Self::Package, "package"),
        (Self::Variable, "variable"),
        (Self::Address, "address"),
        (Self::Action, "action"),
        (Self::Command, "command"),
        (Self::Socket, "socket"),
        (Self::Copied, "copied"),
        (Self::Installed, "installed"),
        (Self::Twin, "twin"),
        (Self::Line, "line"),
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

/// Evidence as it is compared with clues: without its source.
#[derive(Clone, Debug, PartialEq)]
pub struct Sign {
    /// What it is.
    pub kind: ClueKind,
    /// The path, name, host or command; see [`Sign::is`] for what it stands for.
    pub text: String,
    /// What it adds to the weight of its platform; negative for evidence against it.
    pub adds: i32,
}

/// A platform with what speaks for it and against it.
#[derive(Debug)]
pub struct Weighed<'a> {
    /// The platform's id.
    pub platform: &'a str,
    /// The sum of the weights; always above 0.
    pub weight: i32,
    /// All signs of the platform.
    pub signs: &'a [Sign],
    /// Those that were found, each with the clue that it is, in the order of the file.
    pub found: Vec<(&'a Sign, &'a Clue)>,
}

impl Sign {
    /// The signs of a packed file of a platform; all the rest of it is left alone.
    pub(super) fn embedded(packed: &[u8]) -> Result<Vec<Self>, PackedError> {
        #[derive(Deserialize)]
        struct File {
            #[serde(default)]
            evidence: Vec<Row>,
        }
        #[derive(Deserialize)]
        struct Row {
            kind: ClueKind,
            text: String,
            #[serde(default)]
            against: bool,
            #[serde(default)]
            weight: u32,
        }
        let file: File = packed::read(packed)?;
        let sign = |it: Row| Self::new(it.kind, it.text, it.against, it.weight);
        Ok(file.evidence.into_iter().map(sign).collect())
    }

    fn new(kind: ClueKind, text: String, against: bool, weight: u32) -> Self {
        let weight = i32::try_from(weight).unwrap_or(i32::MAX);
        Self { kind, text, adds: if against { -weight } else { weight } }
    }

    /// Whether a clue is this evidence.
    ///
    /// A `*` at the end of a name stands for any rest. Packages are compared as package indexes
    /// compare them; an address that begins with a dot stands for every host below it; a command
    /// stands for every command that begins with its words, and a line for every line in which each
    /// of its words stands somewhere, with no letter or digit around it.
    pub fn is(&self, clue: &Clue) -> bool {
        let wanted = self.text.as_str();
        self.kind == clue.kind
            && match clue.kind {
                ClueKind::Package | ClueKind::Installed => package(wanted) == package(&clue.text),
                ClueKind::Line => wanted.split(' ').all(|it| has_word(&clue.text, it)),
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
                ClueKind::File
                | ClueKind::Manifest
                | ClueKind::Variable
                | ClueKind::Action
                | ClueKind::Socket
                | ClueKind::Copied
                | ClueKind::Twin => match wanted.strip_suffix('*') {
                    Some(start) => clue.text.starts_with(start),
                    None => clue.text == wanted,
                },
            }
    }
}

impl Evidence {
    /// What is compared with clues.
    pub fn sign(&self) -> Sign {
        let weight = self.weight.as_ref().map_or(0, |it| it.value);
        Sign::new(self.kind, self.text.clone(), self.against, weight)
    }
}

/// Whether a word stands in a line, with no letter or digit around it: `aws` in `shop.settings_aws`.
fn has_word(line: &str, word: &str) -> bool {
    let is_free = |it: Option<char>| it.is_none_or(|it| !it.is_alphanumeric());
    let line = line.to_ascii_lowercase();
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        (is_free(before) || !word.starts_with(char::is_alphanumeric)) && is_free(after)
    })
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
        let mut weighed: Vec<_> =
            self.signs().map(|(id, signs)| Weighed::new(id, signs, clues)).collect();
        weighed.retain(|it| it.weight > 0);
        weighed.sort_by_key(|it| (-it.weight, it.platform));
        weighed
    }
}

impl Catalog {
    /// The ids of the platforms that may run what a manifest of this name describes, in their order.
    pub fn readers(&self, name: &str) -> Vec<&str> {
        let clues = [ClueKind::File, ClueKind::Manifest].map(|it| Clue::new(it, name));
        let reads = |signs: &[Sign]| {
            signs.iter().any(|it| it.adds > 0 && clues.iter().any(|clue| it.is(clue)))
        };
        self.signs().filter(|(_, signs)| reads(signs)).map(|(id, _)| id).collect()
    }
}

impl<'a> Weighed<'a> {
    fn new(platform: &'a str, signs: &'a [Sign], clues: &'a [Clue]) -> Self {
        let seen = |it: &'a Sign| Some((it, clues.iter().find(|clue| it.is(clue))?));
        let found: Vec<_> = signs.iter().filter_map(seen).collect();
        Self { platform, weight: found.iter().map(|(it, _)| it.adds).sum(), signs, found }
    }
}
