//! What an analysis starts with: opslint.toml and the rules, and what is wrong with them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;

use super::home;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::discover::{Found, Overlaid, Tree};
use crate::document::Document;
use crate::parse::{self, Syntax};
use crate::platforms::{Catalog, Date};
use crate::policy::config::{self, Config, FILE_NAME, Held, Request, RuleFolder};
use crate::policy::levels::ASSUMED;
use crate::policy::rule::WITHOUT_PAGE;
use crate::policy::{INVALID_RULE, Policy};
use crate::resolve::Surroundings;
use crate::settings::Settings;
use crate::source::{FileId, SourceMap, Span};
use crate::workspace::{LookedAt, Opened, Store, Workspace, parent};

/// Which opslint.toml counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigFile {
    /// The nearest one.
    #[default]
    Nearest,
    /// This one.
    Named(PathBuf),
    /// None.
    Ignored,
}

/// Whether something is taken for granted where no file says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assumptions {
    /// What is usual: the likeliest platform, its usual plan, memory of a worker by framework.
    #[default]
    Made,
    /// Nothing: what no file says is not known.
    None,
}

/// Where configuration and rules come from.
#[derive(Clone, Debug, Default)]
pub struct ConfigOptions {
    /// Which opslint.toml counts.
    pub file: ConfigFile,
    /// Policies that the command line brings: opslint.toml files, or folders with one.
    pub policies: Vec<PathBuf>,
    /// `KEY=VALUE` texts, which win over every file.
    pub set: Vec<String>,
    /// The day of the run: what is known of platforms grows old.
    pub today: Option<Date>,
    /// Whether something is taken for granted.
    pub assumptions: Assumptions,
    /// Rules that stand for those that come with opslint and those that configuration names.
    pub policy: Option<Arc<Policy>>,
}

/// Configuration and policy, with what is wrong with them.
pub struct Setup {
    /// opslint.toml with its flags.
    pub config: Config,
    /// Rules and their levels.
    pub policy: Arc<Policy>,
    /// What resolving needs.
    pub surroundings: Surroundings,
    /// Ids of locked rules against which opslint.toml states something, and what resolving needs
    /// without that.
    pub held: Vec<(Vec<String>, Surroundings)>,
    /// Whether something is taken for granted.
    pub assumptions: Assumptions,
    /// What is wrong with configuration and rule files: opslint cannot do its job.
    pub broken: Vec<Diagnostic>,
    /// What configuration tries with locked rules, and has no effect.
    pub locked: Vec<Diagnostic>,
    /// The opslint.toml that was found, where a comment in it says something to opslint.
    pub(super) spoken: Option<Arc<Document>>,
    /// The texts of configuration and of the user's rules.
    pub sources: SourceMap,
    /// What it was read from.
    pub(super) looked_at: LookedAt,
}

impl Setup {
    /// Paths of the files of configuration and of the user's rules, as shown to the user; also of
    /// an opslint.toml that would count and is not there.
    pub fn configuration(&self) -> BTreeSet<String> {
        let files = self.sources.iter().map(|(_, it)| it).filter(|it| !it.is_own());
        files.map(|it| it.path().to_owned()).chain([FILE_NAME.to_owned()]).collect()
    }

    /// Reads configuration and rules as for the folder that opslint was started in.
    ///
    /// # Errors
    /// When a file or folder that the user or configuration names is not there.
    pub fn open(files: impl Tree + 'static, options: &ConfigOptions) -> anyhow::Result<Self> {
        let files = Overlaid::new(Box::new(files));
        Self::read(&files, &Arc::new(Store::of_policy()), options, &Found::default(), &[])
    }

    /// Reads configuration and rules for what was found below `named` paths.
    ///
    /// # Errors
    /// When a file or folder that the user or configuration names is not there.
    pub(super) fn read(
        files: &Overlaid,
        store: &Arc<Store>,
        options: &ConfigOptions,
        found: &Found,
        named: &[String],
    ) -> anyhow::Result<Self> {
        let mut broken = Vec::new();
        let mut workspace = Workspace::sharing(files, Arc::clone(store));
        let folder = folder(found, named);
        let named_paths = named;
        let (candidates, above) = candidates(files, &options.file, &folder)?;
        let named = match &options.file {
            ConfigFile::Named(path) => Some(files.shown_path(path)),
            ConfigFile::Nearest | ConfigFile::Ignored => None,
        };
        let policies: Vec<String> = options
            .policies
            .iter()
            .flat_map(|it| config::pack_places("", &files.shown_path(it)))
            .collect();
        let request = Request {
            policies: &policies,
            folder: &folder,
            candidates: &candidates,
            named: named.as_deref(),
            above: &above,
            set: &options.set,
        };
        let config = config::load(&mut broken, &mut workspace, &request);
        let (policy, locked) = match &options.policy {
            Some(policy) => (Arc::clone(policy), Vec::new()),
            None => {
                let (policy, locked) = rules(&mut broken, files, &mut workspace, &config)?;
                (Arc::new(policy), locked)
            }
        };
        let ids = policy.rules.iter().map(|it| it.id.as_ref()).chain(WITHOUT_PAGE.iter().copied());
        let ids = ids.chain([ASSUMED]);
        let ids: Vec<&str> = ids.collect();
        let mut groups: Vec<&str> = policy.rules.iter().map(|it| it.group.as_ref()).collect();
        groups.sort_unstable();
        groups.dedup();
        config.check_rules(&mut broken, &ids, &groups);
        let mut settings = config.settings();
        let (of_files, of_run) = ((&*candidates, named.as_deref()), (&*folder, named_paths));
        let own = config.files.first().map(|it| workspace.sources.file(*it).text());
        let tables = own.map(config::tables).unwrap_or_default();
        settings.home = home::of(files, of_files, of_run, &above).with_tables(tables);
        let catalog = catalog(options, &settings);
        let platforms: Vec<&str> = catalog.ids().collect();
        policy.check_platforms(&mut broken, &platforms);
        broken.append(&mut workspace.problems);
        let held = config.held(&policy.locks).into_iter().map(|Held { rules, settings: own }| {
            let own = Settings { home: settings.home.clone(), ..own };
            let catalog = self::catalog(options, &own);
            (rules, Surroundings { settings: own, catalog })
        });
        let held = held.collect();
        let surroundings = Surroundings { settings, catalog };
        let parts = workspace.into_parts();
        let (sources, looked_at) = (parts.sources, parts.looked_at);
        let assumptions = options.assumptions;
        let spoken = config.files.first().and_then(|it| {
            let text = sources.file(*it).shared_text();
            let speaks = text.contains("opslint: allow");
            speaks.then(|| Arc::new(parse::document(Syntax::Toml, *it, &text)))
        });
        Ok(Self {
            config,
            policy,
            surroundings,
            held,
            assumptions,
            broken,
            locked,
            spoken,
            sources,
            looked_at,
        })
    }
}

impl Setup {
    /// Whether a rule is locked against a baseline that the layer at `place` names, or the command
    /// line; `is_below` tells whether the baseline lies below a folder.
    pub(super) fn is_locked_against(
        &self,
        rule: &str,
        place: Option<usize>,
        is_below: &dyn Fn(&str) -> bool,
    ) -> bool {
        let locks = &self.policy.locks;
        let Some(owner) = locks.owner(rule) else { return false };
        let may_decide = place.is_none_or(|it| self.config.may_decide(it, rule, locks));
        !may_decide || self.config.ordered().nth(owner).is_some_and(|it| is_below(&it.folder))
    }
}

/// The catalog with what configuration adds to it.
fn catalog(options: &ConfigOptions, settings: &Settings) -> Catalog {
    let mut catalog = Catalog::builtin();
    if let Some(today) = options.today {
        catalog.set_today(today);
    }
    if options.assumptions == Assumptions::None {
        catalog.assume_nothing();
    }
    for (_, text) in &settings.platforms {
        // What is wrong with a platform file was said when configuration was read.
        let _ = catalog.add(text);
    }
    catalog
}

/// The rules that come with opslint, and those of the folders that configuration names; and what is
/// said about those that are locked.
fn rules(
    acc: &mut Vec<Diagnostic>,
    files: &Overlaid,
    workspace: &mut Workspace<'_>,
    config: &Config,
) -> anyhow::Result<(Policy, Vec<Diagnostic>)> {
    let mut policy = Policy::builtin(acc);
    let mut problems = Vec::new();
    for RuleFolder { path: folder, place, is_guard } in config.rule_folders() {
        let paths = files
            .rule_files(&folder.path, &folder.reach)
            .with_context(|| format!("cannot read the rules in `{}`", folder.path))?;
        workspace.set_reach(folder.reach);
        // Another rule may come.
        workspace.list(&folder.path);
        let mut own = Policy::default();
        add_rules(acc, &mut own, workspace, &paths);
        for rule in own.rules {
            let known = policy.rule(&rule.id).map(|it| it.file);
            if (is_guard && !rule.locked) || known == Some(rule.file) {
                continue;
            }
            if !config.may_decide(place, &rule.id, &policy.locks) {
                problems.push(config::replaces_locked(Span::start_of(rule.file), &rule.id));
                continue;
            }
            if rule.locked {
                policy.locks.add(&rule.id, place);
                // What cannot be read cannot be judged by it either.
                policy.locks.add(config::UNREADABLE, place);
            }
            policy.replace(rule);
        }
    }
    let (levels, mut locked) = config.levels(&policy.locks, &policy.rules);
    policy.levels = levels;
    problems.append(&mut locked);
    Ok((policy, problems))
}

/// Adds rule files, in this order.
pub fn add_rules(
    acc: &mut Vec<Diagnostic>,
    policy: &mut Policy,
    workspace: &mut Workspace<'_>,
    paths: &[String],
) {
    for path in paths {
        match workspace.try_open(path) {
            Opened::File(file) => {
                let text = workspace.sources.file(file).shared_text();
                policy.add(acc, file, path, &text);
            }
            Opened::Missing => {}
            Opened::Unknown(unknown) => {
                let file = workspace.sources.add(path, "");
                workspace.problems.retain(|it| it.primary.span.file != file);
                acc.push(unreadable_rule(file, &unknown.reason));
            }
        }
    }
}

/// A rule that may find something and cannot be read: opslint cannot do its job.
fn unreadable_rule(file: FileId, reason: &str) -> Diagnostic {
    let label = Label::new(Span::start_of(file), "a rule file");
    Diagnostic::new(INVALID_RULE, Severity::Error, reason, label)
}

/// Where opslint.toml may be, nearest first; and the names of the folders above the start folder.
fn candidates(
    files: &Overlaid,
    file: &ConfigFile,
    folder: &str,
) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    match file {
        ConfigFile::Ignored => Ok((Vec::new(), Vec::new())),
        ConfigFile::Named(path) => {
            files.expect_file(path).context("cannot read the configuration")?;
            Ok((Vec::new(), Vec::new()))
        }
        ConfigFile::Nearest => {
            let above = files.above();
            let up = (1..=above.len()).map(|it| "../".repeat(it) + config::FILE_NAME);
            Ok((config::candidates(folder).into_iter().chain(up).collect(), above))
        }
    }
}

/// The folder whose opslint.toml counts: the one that was named, or that of the first file.
fn folder(found: &Found, named: &[String]) -> String {
    match named.first() {
        Some(path) if found.only.contains(path) => parent(path).to_owned(),
        Some(path) => path.clone(),
        None => String::new(),
    }
}
