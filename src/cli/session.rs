//! What every command starts with: the folder, the files, opslint.toml, and the policy.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::diagnostic::Diagnostic;
use crate::discover::{self, Disk, Found, rule_files, shown_path};
use crate::platforms::{Catalog, Date};
use crate::policy::Policy;
use crate::policy::config::{self, Config, Request};
use crate::policy::rule::{Rule, WITHOUT_PAGE};
use crate::report::RuleInfo;
use crate::run::Surroundings;
use crate::workspace::Workspace;

use super::ConfigArgs;

/// Configuration and policy, with what is wrong with them.
pub(super) struct Session {
    /// opslint.toml with its flags.
    pub(super) config: Config,
    /// Rules and their levels.
    pub(super) policy: Policy,
    /// The day of the run.
    pub(super) today: Date,
    /// What lowering needs.
    pub(super) surroundings: Surroundings,
    /// What is wrong with configuration and rule files: opslint cannot do its job.
    pub(super) broken: Vec<Diagnostic>,
}

impl Session {
    /// Reads configuration and rules for what was found.
    pub(super) fn open(
        disk: &Disk,
        workspace: &mut Workspace<'_>,
        folder: &str,
        args: &ConfigArgs,
    ) -> anyhow::Result<Self> {
        let mut broken = Vec::new();
        let (candidates, above) = config_candidates(disk, folder, args)?;
        let named = args.config.as_ref().map(|it| shown_path(disk.base(), it));
        let request = Request {
            folder,
            candidates: &candidates,
            named: named.as_deref(),
            above: &above,
            set: &args.set,
        };
        let config = config::load(&mut broken, workspace, &request);
        let mut policy = Policy::builtin(&mut broken, &mut workspace.sources);
        for folder in config.rule_folders() {
            workspace.set_reach(folder.reach.clone());
            for path in rule_files(disk, &folder.path, &folder.reach)
                .with_context(|| format!("cannot read the rules in `{}`", folder.path))?
            {
                if let Some(file) = workspace.open(&path) {
                    let text = workspace.sources.file(file).shared_text();
                    policy.add(&mut broken, &mut workspace.sources, &path, &text);
                }
            }
        }
        workspace.set_reach(workspace.reach_of(folder));
        let ids = policy.rules.iter().map(|it| it.id.as_str()).chain(WITHOUT_PAGE.iter().copied());
        let ids: Vec<&str> = ids.collect();
        config.check_rules(&mut broken, &ids);
        policy.levels = config.levels();
        let settings = config.settings();
        let mut catalog = Catalog::builtin();
        let today = args.today()?;
        catalog.set_today(today);
        for (_, text) in &settings.platforms {
            // What is wrong with a platform file was said when configuration was read.
            let _ = catalog.add(text);
        }
        let surroundings = Surroundings { settings, catalog };
        Ok(Self { config, policy, today, surroundings, broken })
    }

    /// What the rules say of themselves, for reports that describe them.
    pub(super) fn rule_infos(&self) -> Vec<RuleInfo> {
        let info = |it: &Rule| RuleInfo {
            id: it.id.clone(),
            summary: it.summary.clone(),
            why: it.why.clone(),
            help: it.help.text.value.clone(),
            url: Some(it.url()),
            severity: it.level.severity(),
        };
        self.policy.rules.iter().map(info).collect()
    }
}

/// Where opslint.toml may be, nearest first; and the names of the folders above the start folder.
fn config_candidates(
    disk: &Disk,
    folder: &str,
    args: &ConfigArgs,
) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    if let Some(path) = &args.config {
        discover::is_file(disk, path).context("cannot read the configuration")?;
    }
    if args.no_config || args.config.is_some() {
        return Ok((Vec::new(), Vec::new()));
    }
    let mut candidates = config::candidates(folder);
    let mut above = Vec::new();
    let mut up = String::new();
    for ancestor in disk.base().ancestors().skip(1) {
        // Configuration outside of the repository is somebody else's.
        let inside: PathBuf = disk.base().join(&up);
        if inside.join(".git").exists() {
            break;
        }
        up.push_str("../");
        candidates.push(format!("{up}{}", config::FILE_NAME));
        above.insert(0, folder_name(disk.base(), ancestor));
    }
    Ok((candidates, above))
}

/// The name of the folder that lies below `ancestor` on the way to `base`.
fn folder_name(base: &Path, ancestor: &Path) -> String {
    let below = base.strip_prefix(ancestor).unwrap_or(base);
    let name = below.components().next();
    name.map_or_else(String::new, |it| it.as_os_str().to_string_lossy().into_owned())
}

/// The folder whose opslint.toml counts: the one that was named, or that of the first file.
pub(super) fn config_folder(found: &Found, named: &[String]) -> String {
    match named.first() {
        Some(path) if found.only.contains(path) => crate::workspace::parent(path).to_owned(),
        Some(path) => path.clone(),
        None => String::new(),
    }
}
