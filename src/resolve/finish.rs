//! From a draft to a deployment: what opslint.toml states, the server behind the command, and what
//! follows from both. The same for every format.

use std::sync::Arc;

use super::{
    assumed, beside_volume, broker, command, config_file, conflicts, lacking, marks, measured,
    named, ports, queues, runtime, sent, started,
};
use crate::apps::{self, Application};
use crate::commands::{self, CommandSource, Launches, Surroundings};
use crate::diagnostic::Diagnostic;
use crate::document::Text;
use crate::draft::{Command, Context, DeploymentDraft, ImageCommand, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::images::{nginx, proxy};
use crate::launch::Launch;
use crate::manifests::catalog;
use crate::packages;
use crate::platforms::{Catalog, offered};
use crate::programs::Server;
use crate::project::{Deployment, Environment, Facts, Lookup, NamedFacts, Process};
use crate::resolve::code;
use crate::resolve::connections;
use crate::resolve::contradicted;
use crate::resolve::derive;
use crate::resolve::followed::Main;
use crate::resolve::functions;
use crate::resolve::hosted;
use crate::resolve::installed::{self, Heavy};
use crate::resolve::loopback;
use crate::resolve::needed;
use crate::resolve::others::Others;
use crate::resolve::overlaid;
use crate::resolve::price;
use crate::resolve::pruned;
use crate::resolve::restated;
use crate::resolve::secrets;
use crate::resolve::served;
use crate::resolve::stated::{self, PLAN};
use crate::resolve::unshared;
use crate::resolve::written_at;
use crate::settings::{DeploymentSettings, ProcessSettings, SettingFact, Settings};
use crate::vocabulary::{self, FactId, Scope};
use crate::workspace::Workspace;

/// Rules about what only a shell would understand.
const WITHOUT_SHELL: &[&str] = &["unexpanded-variable", "shell-syntax-without-shell"];

/// Turns drafts into deployments.
pub(crate) struct Finish<'a, 'f> {
    /// Problems found on the way.
    pub(crate) acc: &'a mut Vec<Diagnostic>,
    /// The files of the run.
    pub(crate) workspace: &'a mut Workspace<'f>,
    /// Plans, limits and defaults of platforms.
    pub(crate) catalog: &'a Catalog,
    /// opslint.toml.
    pub(crate) settings: &'a Settings,
    /// The tables of opslint.toml about this manifest.
    pub(crate) stated: &'a [&'a DeploymentSettings],
    /// What was measured.
    pub(super) measured: Option<&'a measured::File>,
    /// What is resolved already, where only one process is not.
    pub(super) others: Option<Others<'a>>,
}

impl<'b> Finish<'_, 'b> {
    /// What lowering the file at `path` may look at and add to.
    pub(super) fn context<'c>(&'c mut self, path: &'c str) -> Context<'c, 'b> {
        Context {
            acc: &mut *self.acc,
            workspace: &mut *self.workspace,
            catalog: self.catalog,
            manifest: path,
            stated: self.stated.to_vec(),
            env: &self.settings.env,
            home: &self.settings.home,
        }
    }
}

impl Finish<'_, '_> {
    /// Finishes a deployment of the manifest at `path`.
    pub(crate) fn deployment(&mut self, path: &str, draft: DeploymentDraft) -> Deployment {
        let DeploymentDraft { name, span, mut facts, processes } = draft;
        named::set(&mut facts, path, &name, span);
        for fact in self.stated.iter().rev().flat_map(|it| &it.facts) {
            if let Some(id) = FactId::from_name(&fact.name.value)
                && id.def().scope == Scope::Deployment
            {
                stated::state(&mut facts, id, fact.fact());
            }
        }
        let own: Vec<&SettingFact> = self.stated.iter().flat_map(|it| &it.facts).collect();
        conflicts::stated(self.acc, &self.workspace.sources, &facts, &own);
        let platform = facts.get(vocabulary::PLATFORM).and_then(Fact::text).map(str::to_owned);
        if let Some(platform) = platform.as_deref().and_then(|it| self.catalog.platform(it)) {
            offered::of_deployment(platform, &mut facts);
            named::in_advice(platform, &mut facts, path);
            let is_plan = |it: &&SettingFact| it.name.value == vocabulary::DATABASE_PLAN.name();
            if let Some(plan) = self.stated.iter().flat_map(|it| &it.facts).find(is_plan) {
                stated::database(self.acc, platform, plan, &mut facts);
            }
        }
        let folders: Vec<String> = processes.iter().map(|it| it.folder.clone()).collect();
        let mut processes = processes
            .into_iter()
            .map(|it| match self.others.and_then(|all| all.get(path, &name, &it.name.value)) {
                Some(same) => same.clone(),
                None => self.process(path, platform.as_deref(), &facts, it),
            })
            .collect::<Vec<_>>();
        named::by_variables(&mut facts, &mut processes);
        contradicted::machines(&mut processes);
        loopback::variables(&mut processes);
        hosted::proxies(self.workspace, (path, platform.as_deref()), &folders, &mut processes);
        queues::unread(self.workspace, path, &folders, &mut processes);
        sent::unless_elsewhere(self.workspace, path, &folders, &mut processes);
        unshared::variables(self.workspace, path, &mut processes);
        if let Some(platform) = platform.as_deref().and_then(|it| self.catalog.platform(it)) {
            functions::reserved(&mut facts, platform, &processes);
        }
        let offered = platform.as_deref().and_then(|it| self.catalog.platform(it));
        price::of(&mut facts, &processes, offered);
        let mut stated = self.stated.iter().flat_map(|it| &it.facts);
        let most = vocabulary::DATABASE_CONNECTIONS_MAX.name();
        let is_stated = stated.any(|it| it.name.value == most);
        connections::needed(&mut facts, &processes, is_stated);
        broker::needed(&mut facts, &processes);
        let (manifest, home) = (path.to_owned(), self.settings.home.clone());
        let mut deployment = Deployment { manifest, home, name, span, facts, processes };
        written_at::put(self.acc, self.workspace, &mut deployment);
        deployment
    }

    fn process(
        &mut self,
        manifest: &str,
        platform: Option<&str>,
        deployment: &Facts,
        draft: ProcessDraft,
    ) -> Process {
        let ProcessDraft { name, span, command, folder, mut environment, mut facts } = draft;
        self.environment(&mut environment);
        for (name, is_set) in self.stated.iter().rev().flat_map(|it| &it.set) {
            stated::set_facts(&mut facts, &name.value, is_set);
        }
        let stated: Vec<&ProcessSettings> = self
            .stated
            .iter()
            .flat_map(|it| &it.processes)
            .filter(|it| it.name.value == name.value)
            .collect();
        self.plan(platform, &stated, &mut facts);
        // What is said of the deployment counts for each process that says nothing itself.
        let shared = self.stated.iter().rev().flat_map(|it| &it.facts);
        let shared =
            shared.filter(|it| FactId::from_name(&it.name.value).is_some_and(is_of_process));
        let all: Vec<&SettingFact> =
            shared.chain(stated.iter().rev().flat_map(|it| &it.facts)).collect();
        let origin = Origin::written(name.span, "name of the process");
        facts.set(vocabulary::NAME, Fact::known(Value::Text(name.value.clone()), origin));
        code::injected((self.catalog, platform), (deployment, &facts), &mut environment);
        let mut settings = NamedFacts::new();
        let (at, variables) = (folder.as_str(), &environment);
        let packages =
            packages::installed(self.workspace, manifest, &command, at, variables, &mut facts);
        // Where nothing says what is installed, the files beside the manifest say what is wanted.
        let asked;
        let wanted = match &packages {
            Some(packages) => packages,
            None => {
                asked = packages::asked_for(self.workspace, at);
                &asked
            }
        };
        installed::database_url(deployment, wanted, &mut environment);
        let imported = installed::heavy(wanted, packages.as_ref());
        let image = match &command {
            Command::Image(image) => Some(&image.files),
            _ => None,
        };
        let mut seen = self.workspace.in_image(image);
        let mut inside = Finish { acc: self.acc, workspace: &mut seen, ..*self };
        let around = (folder.as_str(), &environment, &imported);
        let server = inside.server(&command, around, &mut facts, &all);
        let code =
            code::of_process(&mut seen, &folder, &environment, span, &command, &facts, wanted);
        drop(seen);
        for (id, fact) in code.facts.iter() {
            if facts.get(id).is_none_or(|it| it.value().is_none()) {
                facts.set(id, fact.clone());
            }
        }
        settings.take(code.settings);
        if let Some((server, application, assigned)) = server {
            for (name, fact) in assigned {
                environment.set(name, fact);
            }
            settings = server.settings;
            conflicts::settings(self.acc, &self.workspace.sources, &settings);
            facts.extend(server.facts);
            config_file::add(&mut facts, &self.workspace.sources, &settings);
            installed::server_version(&mut facts, packages.as_ref());
            settings.take(application.settings);
            facts.extend(application.facts);
            proxy::absent(&mut facts);
        }
        installed::framework(&mut facts, packages.as_ref());
        for it in stated.iter().rev().flat_map(|it| &it.settings) {
            let fact = match settings.remove(&it.name.value) {
                Some(loser) => it.fact().over(loser),
                None => it.fact(),
            };
            settings.insert(it.name.value.clone(), fact);
        }
        for (id, fact) in deployment.shared() {
            // A process whose file says it otherwise has its own advice.
            if !(id.def().is_trait() && facts.get(id).is_some()) {
                facts.set(id, Arc::clone(fact));
            }
        }
        for fact in &all {
            stated::of_process(&mut facts, fact);
        }
        conflicts::stated(self.acc, &self.workspace.sources, &facts, &all);
        let platform = platform.and_then(|it| self.catalog.platform(it));
        if let Some(platform) = platform {
            let is_stated = |id: FactId| all.iter().any(|it| it.name.value == id.name());
            offered::price_of_stated(platform, &mut facts, is_stated);
        }
        served::kind(&mut facts);
        served::serves(&mut facts);
        offered::of_process(self.catalog, platform, &mut facts);
        if let Some(platform) = platform {
            functions::reserved_variables(&mut facts, platform, &environment);
        }
        code::cpu_only_during_requests(&mut facts);
        if let Some(measured) = self.measured {
            measured.add(&mut facts, &name.value);
        }
        derive::framework(&mut facts, packages.as_ref());
        installed::framework_major(&mut facts, wanted);
        installed::database_dialect(&mut facts, wanted);
        if let Some(packages) = &packages {
            packages::refused(packages, &mut facts);
        }
        marks::memory(&mut facts, &environment, packages.as_ref());
        derive::derive(&mut facts);
        derive::broker(&mut facts, &settings);
        secrets::facts(&mut facts, &environment);
        needed::variable(&mut facts, &environment);
        pruned::package(self.workspace, &command, &folder, &mut facts);
        ports::opened_beside(self.workspace, &folder, &mut facts);
        let files = match &command {
            Command::Image(image) => Some(&image.files),
            _ => None,
        };
        let seen = self.workspace.in_image(files);
        beside_volume::facts(&seen, (&command, &folder), &mut facts, &settings);
        drop(seen);
        Process { name, span, facts, settings, environment }
    }

    /// `[env]` of opslint.toml, and of its table for this deployment.
    fn environment(&self, environment: &mut Environment) {
        let own = self.stated.iter().rev().flat_map(|it| &it.env);
        for (name, value) in self.settings.env.iter().chain(own) {
            let origin = Origin {
                kind: OriginKind::Env,
                span: Some(value.span),
                source: format!("`{}` in `[env]` of opslint.toml", name.value),
                inputs: Vec::new(),
            };
            environment.set(&name.value, Fact::known(Value::Text(value.value.clone()), origin));
        }
        for (name, is_set) in self.stated.iter().rev().flat_map(|it| &it.set) {
            stated::set(environment, &name.value, is_set);
        }
        for chosen in self.settings.chosen.iter().chain(&self.settings.usual) {
            if matches!(environment.get(&chosen.name), Lookup::Unmentioned) {
                environment.set(&chosen.name, chosen.fact());
            }
        }
    }

    /// `plan` of opslint.toml and the machine that follows from it.
    fn plan(&mut self, platform: Option<&str>, stated: &[&ProcessSettings], facts: &mut Facts) {
        let mut all = stated.iter().flat_map(|it| &it.facts);
        let Some(plan) = all.find(|it| it.name.value == PLAN) else { return };
        let platform = platform.and_then(|it| self.catalog.platform(it));
        let name = plan.value.value.as_str();
        if let Some(platform) = platform {
            stated::plan(self.acc, platform, plan);
        }
        let row = platform.and_then(|it| Some((it, it.plan_of_any_kind(name?)?)));
        let Some((platform, row)) = row else {
            stated::state(facts, vocabulary::MACHINE_PLAN, plan.fact());
            return;
        };
        let before = facts.get(vocabulary::MACHINE_PLAN).cloned();
        let machine = catalog::machine(platform, row);
        catalog::set_machine(facts, &machine, Some(plan.value.span));
        // Some platforms take names in any case; rules compare with the name of the catalog.
        let origin = plan.fact().origin;
        let fact = Fact::known(Value::Text(row.name.clone()), origin);
        let mut fact = before.into_iter().fold(fact, Fact::over);
        // Of several names of one plan, none contradicts another.
        fact.overridden.retain(|it| match &it.state {
            State::Known(Value::Text(name)) => {
                platform.plan_of_any_kind(name).is_none_or(|it| it.name != row.name)
            }
            _ => false,
        });
        facts.set(vocabulary::MACHINE_PLAN, fact);
    }

    /// Follows the command to the program that stays, and resolves its settings and those of the
    /// application that it loads; and the variables that it starts with beyond those of the process.
    fn server(
        &mut self,
        command: &Command,
        (folder, environment, heavy): (&str, &Environment, &Heavy),
        facts: &mut Facts,
        stated: &[&SettingFact],
    ) -> Option<(Server, Application, Assigned)> {
        if matches!(command, Command::None) {
            return None;
        }
        let cpus = runtime::visible_cpus(facts);
        let surroundings = Surroundings {
            environment,
            folder,
            in_image: command.is_in_image(),
            cpus: &cpus,
            shell: command::sh_of(command),
            sh: command::sh_of(command),
            entry_of_base: match command {
                Command::Image(image) => &image.entry_of_base,
                _ => &[],
            },
        };
        let written = command::as_fact(command);
        facts.extend(started::of_command(&written));
        let origin = written.origin.clone();
        facts.set(vocabulary::COMMAND, written);
        let launches = self.launches(command, &surroundings).and_then(|launches| {
            let sets = || self.stated.iter().flat_map(|it| &it.set);
            let is_set = |name: &str| sets().find(|it| it.0.value == name).map(|it| it.1.value);
            let told = (&self.settings.home, stated);
            Ok((assumed::of_command(command, &launches, told, &is_set)?, launches))
        });
        let (mut assumed, launches) = match launches {
            Ok(it) => it,
            Err(unknown) => {
                let origin = Origin::new(OriginKind::Default, "command");
                facts.set(vocabulary::SERVER, Fact::unknown(unknown, origin));
                return None;
            }
        };
        facts.extend(nginx::in_front(self.workspace, command, folder, &launches));
        facts.extend(started::facts(origin, &launches));
        facts.extend(code::beside(&launches, environment));
        let Some(mut launch) = launches.main.clone() else {
            let unknown = launches
                .uncertain
                .unwrap_or_else(|| Unknown::because("the command starts no program that stays"));
            let origin = Origin::new(OriginKind::Derived, "command");
            facts.set(vocabulary::SERVER, Fact::unknown(unknown, origin));
            return None;
        };
        if !command::passes_signals_on(command) {
            facts.extend(started::of_shell(&launches, &launch));
        }
        if let (Some(runner), Some(program)) = (launches.runner, launch.argv.first()) {
            facts.set(vocabulary::SHUTDOWN_SIGNAL, code::stopped_by(runner, program.span));
        }
        let build = facts.get(vocabulary::BUILD_COMMAND);
        let mut server = match served::compiled(self.workspace, command, &launch, build) {
            Some(server) => Some(server),
            None => {
                let mut main = Main::new(&mut launch, &mut assumed, heavy);
                self.program(command, &mut main, &cpus, facts)
            }
        };
        if server.is_none()
            && let Some(behind) = super::followed::server_behind(facts, &launches.background)
        {
            launch = behind;
            let mut main = Main::new(&mut launch, &mut assumed, heavy);
            server = self.program(command, &mut main, &cpus, facts);
        }
        if let Some(name) = server.as_ref().and_then(|it| it.facts.get(vocabulary::SERVER)) {
            facts.set(vocabulary::SERVER, name.clone());
        }
        assumed::rests_on(facts, vocabulary::SERVER, &assumed);
        let mut server = server?;
        overlaid::address(&mut server.facts, facts, self.workspace, &launch.folder);
        restated::of_server(&mut server.facts, stated);
        let mut application = apps::resolve(self.workspace, &launch, &cpus, &server);
        heavy.imported(self.workspace, &launch, &cpus, (&server, &mut application));
        let loads = (&mut *self.workspace, &launch, &cpus);
        lacking::facts(loads, heavy.lacking(), (&server, &mut application));
        for of in [&mut server.facts, &mut application.facts] {
            assumed::all_rest_on(of, &assumed);
        }
        // What is changed is shared no longer.
        if !assumed.is_empty() {
            let settings = server.settings.values_mut().chain(application.settings.values_mut());
            settings.for_each(|it| assumed::add(it, &assumed));
        }
        Some((server, application, assigned(environment, &launch)))
    }

    fn launches(
        &mut self,
        command: &Command,
        surroundings: &Surroundings<'_>,
    ) -> Result<Launches, Unknown> {
        let source = match command {
            Command::Shell(text) => CommandSource::Shell(text),
            Command::Exec(text) => CommandSource::Exec(text),
            Command::Words { words, span } => CommandSource::Array { words, span: *span },
            Command::Image(image) => return self.launches_in_image(image, surroundings),
            Command::Unknown(unknown) => return Err(unknown.clone()),
            Command::None => return Ok(Launches::default()),
        };
        Ok(commands::launches(self.acc, self.workspace, &source, surroundings))
    }

    /// Docker puts the words of the command behind those of the entry point; a command that a
    /// shell runs becomes three of them.
    fn launches_in_image(
        &mut self,
        image: &ImageCommand,
        surroundings: &Surroundings<'_>,
    ) -> Result<Launches, Unknown> {
        let entrypoint = image.entrypoint.as_slice();
        if entrypoint.is_empty() {
            let said = self.acc.len();
            let launches = self.launches(&image.command, surroundings);
            if let Some(why) = &image.without_shell {
                let of_shells = |it: &&mut Diagnostic| WITHOUT_SHELL.contains(&it.rule.as_str());
                for it in self.acc.iter_mut().skip(said).filter(of_shells) {
                    it.related.push(why.clone());
                    let help = it.help.take().unwrap_or_default();
                    it.help = Some(format!("{help}, or remove the Dockerfile"));
                }
            }
            return launches;
        }
        let (behind, span) = match &image.command {
            Command::Exec(text) => {
                let source = CommandSource::Arguments { entrypoint, text };
                return Ok(commands::launches(self.acc, self.workspace, &source, surroundings));
            }
            Command::Shell(text) => {
                let word = |it: &str| Text::new(it, text.span(), Vec::new());
                (vec![word("/bin/sh"), word("-c"), text.clone()], text.span())
            }
            Command::Words { words, span } => (words.clone(), *span),
            Command::Image(_) => return Err(Unknown::because("an image in an image")),
            Command::None => return Ok(Launches::default()),
            Command::Unknown(unknown) => return Err(unknown.clone()),
        };
        let words = [entrypoint, &behind].concat();
        let source = CommandSource::Array { words: &words, span };
        Ok(commands::launches(self.acc, self.workspace, &source, surroundings))
    }
}

/// Variables by name, and what they are set to.
type Assigned = Vec<(String, Fact)>;

/// Variables that the command sets for the program: `NODE_ENV=production node server.js`.
fn assigned(environment: &Environment, launch: &Launch) -> Assigned {
    let is_new = |name: &str, fact: &Fact| match environment.get(name) {
        Lookup::Set(known) => known.origin.span != fact.origin.span,
        Lookup::Unset | Lookup::Unmentioned => fact.value().is_some(),
    };
    let all = launch.environment.iter().filter(|(name, fact)| is_new(name, fact));
    all.map(|(name, fact)| (name.to_owned(), fact.clone())).collect()
}

fn is_of_process(id: FactId) -> bool {
    id.def().scope == Scope::Process
}
