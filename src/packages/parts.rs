//! Which optional parts of a project a command installs: extras, and groups of dependencies.
//!
//! Sources: <https://python-poetry.org/docs/cli/#install>,
//! <https://docs.astral.sh/uv/reference/cli/#uv-sync>,
//! <https://pdm-project.org/en/latest/reference/cli/#install>,
//! <https://pipenv.pypa.io/en/latest/commands.html>,
//! <https://packaging.python.org/en/latest/specifications/dependency-groups/>

use super::requirement::normalized;
use crate::launch::Word;

/// The group that holds what only development needs, in every program's own words.
const DEV: &str = "dev";

/// The group of poetry that is no group: what the project itself needs.
const MAIN: &str = "main";

/// A program that installs what a project asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tool {
    /// `pip install .[prod]`: no group unless it is named.
    #[default]
    Pip,
    /// All groups that are not optional.
    Poetry,
    /// The default groups: `dev`, unless pyproject.toml names others.
    Uv,
    /// All groups of development.
    Pdm,
    /// `[packages]`, and with `--dev` `[dev-packages]`.
    Pipenv,
}

/// Names that a command gives, or all there are.
#[derive(Clone, Debug, Default)]
struct Names {
    all: bool,
    names: Vec<String>,
}

impl Names {
    fn has(&self, name: &str) -> bool {
        self.all || self.names.iter().any(|it| it == name)
    }

    fn add(&mut self, value: &str) {
        // pdm writes it so.
        self.all |= value == ":all";
        let names = value.split([',', ' ']).filter(|it| !it.is_empty());
        self.names.extend(names.map(normalized));
    }
}

/// The parts of a project that one command installs.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    tool: Tool,
    extras: Names,
    with: Names,
    without: Names,
    /// Nothing but these, where there is such a limit.
    only: Option<Names>,
    leaves_out_dev: bool,
    leaves_out_defaults: bool,
}

/// What an option of a program says.
#[derive(Clone, Copy)]
enum Means {
    Extras,
    With,
    Without,
    Only,
    /// The value is none of the parts: `--python 3.13`.
    Other,
}

/// Options that take a value.
const VALUED: &[(Tool, &str, Means)] = &[
    (Tool::Poetry, "-E", Means::Extras),
    (Tool::Poetry, "--extras", Means::Extras),
    (Tool::Poetry, "--with", Means::With),
    (Tool::Poetry, "--without", Means::Without),
    (Tool::Poetry, "--only", Means::Only),
    (Tool::Uv, "--extra", Means::Extras),
    (Tool::Uv, "--group", Means::With),
    (Tool::Uv, "--no-group", Means::Without),
    (Tool::Uv, "--only-group", Means::Only),
    (Tool::Uv, "--python", Means::Other),
    (Tool::Uv, "-p", Means::Other),
    (Tool::Pdm, "-G", Means::With),
    (Tool::Pdm, "--group", Means::With),
    (Tool::Pdm, "--with", Means::With),
    (Tool::Pdm, "--without", Means::Without),
    (Tool::Pipenv, "--categories", Means::With),
    (Tool::Pip, "--group", Means::With),
    (Tool::Pip, "--extra", Means::Extras),
];

impl Parts {
    /// The parts that the words behind `poetry install`, `uv sync` and the like name. `None` where a
    /// word is not known, which may name any.
    pub(super) fn of(tool: Tool, words: &[Word]) -> Option<Self> {
        let mut parts = Self { tool, ..Self::default() };
        let mut words = words.iter().map(Word::text);
        while let Some(word) = words.next() {
            let word = word?;
            let (name, value) = match word.split_once('=') {
                Some((name, value)) if name.starts_with('-') => (name, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            let is_option = |it: &&(Tool, &str, Means)| it.0 == tool && it.1 == name;
            if let Some((.., means)) = VALUED.iter().find(is_option) {
                let value = match value {
                    Some(value) => value,
                    None => words.next()??,
                };
                parts.take(*means, &value);
            } else if let Some((means, value)) = attached(tool, &word) {
                parts.take(means, value);
            } else {
                parts.switch(name);
            }
        }
        Some(parts)
    }

    /// The parts that stand in brackets behind a project: `.[prod,cache]`.
    pub(super) fn in_brackets(path: &str) -> Self {
        let mut parts = Self::default();
        if let Some((_, extras)) = path.split_once('[') {
            parts.extras.add(extras.trim_end_matches(']'));
        }
        parts
    }

    /// One group alone, as `pip install --group prod` installs it.
    pub(super) fn group(name: &str) -> Self {
        let mut parts = Self::default();
        parts.only.get_or_insert_default().add(name);
        parts
    }

    fn take(&mut self, means: Means, value: &str) {
        match means {
            Means::Extras => self.extras.add(value),
            // A group of pdm may be an extra of the project.
            Means::With if self.tool == Tool::Pdm => {
                self.extras.add(value);
                self.with.add(value);
            }
            Means::With => self.with.add(value),
            Means::Without => self.without.add(value),
            Means::Only => self.only.get_or_insert_default().add(value),
            Means::Other => {}
        }
    }

    fn switch(&mut self, name: &str) {
        match name {
            "--all-extras" => self.extras.all = true,
            "--all-groups" => self.with.all = true,
            "--no-dev" | "--prod" | "--production" => self.leaves_out_dev = true,
            "--no-default-groups" => self.leaves_out_defaults = true,
            "--only-dev" | "--dev-only" => self.only.get_or_insert_default().add(DEV),
            "--only-root" => drop(self.only.get_or_insert_default()),
            "--dev" | "-d" => self.with.add(DEV),
            _ => {}
        }
    }

    /// Whether what the project itself needs is installed.
    pub(super) fn has_main(&self) -> bool {
        self.only.as_ref().is_none_or(|it| it.has(MAIN))
    }

    /// Whether an extra is installed.
    pub(super) fn has_extra(&self, name: &str) -> bool {
        self.has_main() && self.extras.has(&normalized(name))
    }

    /// Whether any extra is.
    pub(super) fn has_extras(&self) -> bool {
        self.has_main() && (self.extras.all || !self.extras.names.is_empty())
    }

    /// Whether a group is installed. One of poetry may be optional; `defaults` are those that uv is
    /// told to install always.
    pub(super) fn has_group(&self, name: &str, is_optional: bool, defaults: &[String]) -> bool {
        let name = normalized(name);
        if let Some(only) = &self.only {
            return only.has(&name);
        }
        if self.without.has(&name) {
            return false;
        }
        if self.with.has(&name) {
            return true;
        }
        match self.tool {
            Tool::Pip | Tool::Pipenv => false,
            Tool::Poetry => !(is_optional || self.leaves_out_dev && name == DEV),
            Tool::Uv if self.leaves_out_defaults => false,
            Tool::Uv if self.leaves_out_dev && name == DEV => false,
            Tool::Uv if defaults.is_empty() => name == DEV,
            Tool::Uv => defaults.iter().any(|it| it == "all" || *it == name),
            Tool::Pdm => !self.leaves_out_dev,
        }
    }
}

/// A value right behind the letter of its option: `-Eprod`.
fn attached(tool: Tool, word: &str) -> Option<(Means, &str)> {
    VALUED.iter().filter(|it| it.0 == tool && it.1.len() == 2).find_map(|(_, name, means)| {
        let value = word.strip_prefix(name).filter(|it| !it.is_empty())?;
        Some((*means, value))
    })
}

/// Whether a group by this name holds what only development needs.
pub(super) fn is_of_development(group: &str) -> bool {
    ["dev", "development", "test", "tests", "testing", "lint", "docs", "typing"]
        .contains(&normalized(group).as_str())
}
