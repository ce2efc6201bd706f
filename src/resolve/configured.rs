//! A gunicorn configuration that nothing in the project starts a server with: a deployment of its own,
//! wherever that may run.
//!
//! Most of what is wrong in such a file needs neither the command nor the platform: settings that do
//! not exist, values that gunicorn refuses, no timeout at all.

use crate::diagnostic::Diagnostic;
use crate::document::Text;
use crate::draft::{Command, Context, DeploymentDraft, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::formats;
use crate::manifests::usual;
use crate::parse::Syntax;
use crate::programs::gunicorn::table::SettingId;
use crate::project::{Deployment, Environment, Facts, ProjectFile};
use crate::resolve::finish::Finish;
use crate::source::{Span, Spanned};
use crate::vocabulary as v;
use crate::workspace::{folders_up, join, parent};

/// Name of the process, which no file gives it.
const PROCESS: &str = "gunicorn";

/// The variable that stands for the application in the command: no file names it.
const APP: &str = "APP_MODULE";

/// Why what the file does not set is not known.
const NO_COMMAND: &str = "no file has the command that starts gunicorn";

/// The rule about settings that others make useless: the command may have other ones.
const WITHOUT_EFFECT: &str = "gunicorn-setting-without-effect";

/// Files that show where a project of Python has its root: commands are run there.
const OF_ROOTS: &[&str] =
    &["manage.py", "pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "uv.lock"];

/// Whether a file may be a deployment of its own.
pub(super) fn is_candidate(path: &str) -> bool {
    formats::of_path(path).any(|it| it.name == "gunicorn")
}

/// The deployment of a configuration. `None` where the file sets nothing that gunicorn has.
pub(super) fn deployment(
    finish: &mut Finish<'_, '_>,
    path: &str,
) -> Option<(Deployment, ProjectFile)> {
    let problems = finish.acc.len();
    let (draft, file) = draft(finish, path)?;
    let mut deployment = finish.deployment(path, draft);
    // The command may have options of its own: what the file leaves out is not known.
    for process in &mut deployment.processes {
        let facts = process.facts.iter_mut().map(|(_, it)| it);
        facts.chain(process.settings.values_mut()).for_each(leave_open);
    }
    let hangs_on_others = |it: &Diagnostic| it.rule == WITHOUT_EFFECT;
    let found = finish.acc.split_off(problems);
    finish.acc.extend(found.into_iter().filter(|it| !hangs_on_others(it)));
    Some((deployment, file))
}

/// What nothing sets is not known.
fn leave_open(fact: &mut Fact) {
    if rests_on_default(fact) {
        let unknown = Unknown::because(NO_COMMAND);
        *fact = Fact::unknown(unknown, Origin::new(OriginKind::Default, NO_COMMAND));
    }
}

pub(super) fn rests_on_default(fact: &Fact) -> bool {
    fact.origin.kind == OriginKind::Default
        || fact.origin.inputs.iter().any(|it| rests_on_default(&it.fact))
}

fn draft(finish: &mut Finish<'_, '_>, path: &str) -> Option<(DeploymentDraft, ProjectFile)> {
    let context = finish.context(path);
    let file = context.workspace.open_if(path, &|text| text.lines().any(sets_something))?;
    let document = context.workspace.document(file, Syntax::Python);
    let span = Span::start_of(file);
    let root = root(&context, parent(path));
    let name = path.strip_prefix(&root).unwrap_or(path).trim_start_matches('/');
    let command = format!("exec gunicorn -c {name} -- \"${APP}\"");
    let mut environment = Environment::new();
    let origin = Origin::new(OriginKind::Default, NO_COMMAND);
    environment.set(APP, Fact::unknown(Unknown::because(NO_COMMAND), origin));
    let mut facts = Facts::new();
    let origin = Origin::new(OriginKind::Derived, "gunicorn answers requests");
    facts.set(v::KIND, Fact::known(Value::Text("web".to_owned()), origin));
    let mut process = ProcessDraft {
        name: Spanned::new(PROCESS.to_owned(), span),
        span,
        command: Command::Shell(Text::new(command, span, Vec::new())),
        folder: root,
        environment,
        facts,
    };
    let platform = platform(&context, "gunicorn configuration");
    if let Some(known) = platform.text().and_then(|it| context.catalog.platform(it)) {
        usual::complete(known, &mut process);
    }
    let mut facts = Facts::new();
    facts.set(v::PLATFORM, platform);
    let draft = DeploymentDraft { name: String::new(), span, facts, processes: vec![process] };
    Some((draft, ProjectFile::alone("gunicorn", file, document)))
}

/// Whether a line sets what gunicorn has.
fn sets_something(line: &str) -> bool {
    let Some((name, value)) = line.split_once('=') else { return false };
    let name = name.split(':').next().unwrap_or_default().trim_end();
    !value.starts_with('=') && SettingId::from_name(name).is_some()
}

/// The folder that the command is run in: the nearest above the file that has a project.
fn root(context: &Context<'_, '_>, folder: &str) -> String {
    let has_project = |folder: &&str| {
        OF_ROOTS.iter().any(|it| join(folder, it).is_some_and(|it| context.workspace.is_file(&it)))
    };
    folders_up(folder).find(has_project).unwrap_or(folder).to_owned()
}

/// Where it runs: only opslint.toml says it. A platform would have a manifest here.
pub(super) fn platform(context: &Context<'_, '_>, what: &str) -> Fact {
    if let Some(stated) = context.stated("platform") {
        return stated.fact();
    }
    let settle_with = context.statement("platform", None);
    let unknown = Unknown::new(format!("a {what} does not say where it runs"), settle_with);
    Fact::unknown(unknown, Origin::new(OriginKind::Default, what))
}
