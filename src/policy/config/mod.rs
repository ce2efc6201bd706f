//! opslint.toml: what is true outside the repository, and which rules count how much.
//!
//! The nearest file counts, after those it names in `extends`, and before `--set`. Each is a
//! [`Layer`]; a [`Config`] asks its layers, so every value still knows where it was written.
//! Nothing is skipped silently: what opslint does not understand is an `invalid-config` diagnostic with
//! which it exits with status 2.

pub mod extended;
mod facts;
mod flags;
mod held;
mod layer;
mod load;
mod locks;
mod matched;
mod packs;
mod problems;
pub mod samples;
mod settings;
pub mod toml_text;
pub(crate) mod tree;
pub(crate) mod validate;

#[cfg(test)]
mod tests;

pub(crate) use extended::tables;
pub use facts::{can_be_stated, may_be_none};
pub use flags::FLAGS_PATH;
pub use held::Held;
pub use layer::{ConfigSuppression, Layer, Override, Pack, RuleLevel};
pub use load::{FILE_NAME, Request, candidates};
pub use locks::{LOCKED, Locks, UNREADABLE};
pub(crate) use locks::{held_back_locked, replaces_locked};
pub use opslint_policy::fail_on::FailOn;
pub use opslint_policy::keys;
pub use packs::places as pack_places;
pub use problems::INVALID_CONFIG;
pub(crate) use problems::wrong_name;

use crate::diagnostic::Diagnostic;
use crate::settings::Settings;
use crate::source::{FileId, Spanned};
use crate::workspace::{Files, Reach, Workspace, join};

/// Everything that configuration says, each value with the place it is written in.
#[derive(Debug, Default)]
pub struct Config {
    /// The files, the one that was discovered first.
    pub files: Vec<FileId>,
    /// What they and the flags say, the weakest first.
    pub layers: Vec<Layer>,
    /// What the files further up say, the weakest first. Only locked rules of them count.
    pub guards: Vec<Layer>,
    /// Names of the folders around the one opslint was started in, outermost first.
    pub above: Vec<String>,
    /// The place among `layers`, path and text of each file that adds to the catalog.
    platforms: Vec<(usize, (String, String))>,
}

/// A path that a layer names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigPath {
    /// The path as shown to the user, seen from the folder opslint was started in.
    pub path: String,
    /// The path as written.
    pub written: Spanned<String>,
    /// How far reading goes from the layer.
    pub reach: Reach,
}

/// A folder with rule files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFolder {
    /// The folder.
    pub path: ConfigPath,
    /// The place of the layer that names it, see [`Locks`].
    pub place: usize,
    /// Whether only its locked rules count.
    pub is_guard: bool,
}

/// Finds the nearest opslint.toml and reads it, what it extends, and the flags.
///
/// What is wrong goes to `acc` and is left out of the result. Ids of rules are checked later, by
/// [`Config::check_rules`]: configuration says where rules are.
pub fn load(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    request: &Request<'_>,
) -> Config {
    let mut loader = load::Loader {
        acc,
        workspace,
        above: request.above,
        files: Vec::new(),
        open: Vec::new(),
        layers: Vec::new(),
        guards: Vec::new(),
        checked: Reach::Anywhere,
    };
    loader.load(request);
    let load::Loader { files, mut layers, guards, .. } = loader;
    let (catalog, platforms) = load::platforms(acc, workspace, &layers);
    load::check_platforms(acc, &mut layers, &catalog);
    Config { files, layers, guards, above: request.above.to_vec(), platforms }
}

impl Config {
    /// Adds every rule id that is not among `known` to `acc`; levels may also be of `groups`.
    pub fn check_rules(&self, acc: &mut Vec<Diagnostic>, known: &[&str], groups: &[&str]) {
        let levels = self.layers.iter().flat_map(|it| {
            it.levels.iter().chain(it.overrides.iter().flat_map(|it| &it.levels)).map(|it| &it.0)
        });
        let of_levels: Vec<&str> =
            known.iter().chain(groups).chain(&[keys::ALL_RULES]).copied().collect();
        load::check_rules(acc, levels, &of_levels);
        load::check_rules(acc, self.suppressions().map(|it| &it.rule), known);
    }

    /// Adds every table about a deployment or process that this run shows not to exist.
    ///
    /// `deployments` are the manifests that were looked at, with the names of their processes.
    /// Tables of shared files and tables for patterns are left out: other projects may need them.
    pub fn check_deployments(
        &self,
        acc: &mut Vec<Diagnostic>,
        files: &dyn Files,
        deployments: &[(String, Vec<String>)],
    ) {
        let own = |it: &&Layer| !self.files.iter().skip(1).any(|file| it.is_in(*file));
        for layer in self.layers.iter().filter(own) {
            for it in &layer.deployments {
                matched::check(acc, files, (deployments, &self.above), it);
            }
        }
    }

    /// What makes opslint exit with status 1; `None` when configuration does not say.
    pub fn fail_on(&self) -> Option<Spanned<FailOn>> {
        self.layers.iter().rev().find_map(|it| it.fail_on.clone())
    }

    /// Whether files in folders of tests, examples and fixtures are looked at, too.
    pub fn includes_examples(&self) -> bool {
        self.layers.iter().rev().find_map(|it| it.include_examples).unwrap_or(false)
    }

    /// The places of the layers that leave a file out, see [`Locks`].
    pub fn excluding(&self, path: &str) -> impl Iterator<Item = usize> {
        let has = move |it: &Layer| it.exclude.iter().any(|it| it.value.matches(path));
        let layers = self.layers.iter().enumerate().filter(move |(_, it)| has(it));
        layers.map(|(place, _)| self.guards.len() + place)
    }

    /// Whether any file may be left out.
    pub fn excludes(&self) -> bool {
        self.layers.iter().any(|it| !it.exclude.is_empty())
    }

    /// A percentage of `[plan]`, by its key.
    pub fn plan(&self, key: &str) -> Option<i64> {
        let of_layer = |it: &Layer| {
            let mut all = it.plan.iter().rev();
            all.find(|(name, _)| name.value == key).map(|(_, percent)| percent.value)
        };
        self.layers.iter().rev().find_map(of_layer)
    }

    /// The baseline file, and the place of the layer that names it.
    pub fn baseline(&self) -> Option<(usize, ConfigPath)> {
        let of_layer = |(place, it): (usize, &Layer)| {
            let path = it.baseline.as_ref().and_then(|path| it.path(path))?;
            Some((self.guards.len() + place, path))
        };
        self.layers.iter().enumerate().rev().find_map(of_layer)
    }

    /// Folders with rule files, those of the weakest layer first.
    pub fn rule_folders(&self) -> Vec<RuleFolder> {
        let of_layer = |(place, it): (usize, &Layer)| -> Vec<RuleFolder> {
            let is_guard = place < self.guards.len();
            let paths = it.rules.iter().filter_map(|path| it.path(path));
            paths.map(|path| RuleFolder { path, place, is_guard }).collect()
        };
        self.ordered().enumerate().flat_map(of_layer).collect()
    }

    /// Every `[[suppressions]]` table.
    pub fn suppressions(&self) -> impl Iterator<Item = &ConfigSuppression> {
        self.layers.iter().flat_map(|it| &it.suppressions)
    }

    /// What lowering needs to know.
    pub fn settings(&self) -> Settings {
        self.settings_of(|_| true)
    }

    /// The same of some layers, by their places among [`Self::layers`].
    fn settings_of(&self, counts: impl Fn(usize) -> bool) -> Settings {
        let layers = self.layers.iter().enumerate().filter(|it| counts(it.0)).map(|it| it.1);
        let platforms = self.platforms.iter().filter(|it| counts(it.0)).map(|it| it.1.clone());
        settings::settings(layers, platforms.collect(), &self.above)
    }
}

impl Layer {
    fn is_in(&self, file: FileId) -> bool {
        self.deployments.first().is_some_and(|it| it.manifest.span.file == file)
    }

    fn path(&self, written: &Spanned<String>) -> Option<ConfigPath> {
        let path = join(&self.folder, &written.value)?;
        Some(ConfigPath { path, written: written.clone(), reach: self.reach.clone() })
    }
}
