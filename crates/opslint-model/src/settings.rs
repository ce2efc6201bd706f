//! What opslint.toml says about the world outside the repository, ready for lowering.

use crate::fact::{Fact, GapKind, Origin, OriginKind, Value};
use crate::glob::Pattern;
use crate::project::unmentioned;
use crate::source::Spanned;

pub use crate::home::{Home, Place, Tables, toml_key};

/// Facts that no file of the project can supply: dashboards, secrets, measurements.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `[env]`: variables that are set outside the repository, for every deployment.
    pub env: Vec<(Spanned<String>, Spanned<String>)>,
    /// `[deployments."…"]` tables, one for each manifest or pattern, the strongest first.
    pub deployments: Vec<DeploymentSettings>,
    /// Where the opslint.toml is, or would be.
    pub home: Home,
    /// Platform files that add to or correct the catalog: path and text.
    pub platforms: Vec<(String, String)>,
    /// Names of the folders around the one opslint was started in, outermost first: an opslint.toml
    /// in one of them names manifests from there.
    pub above: Vec<String>,
    /// Variables that no file sets, in one of the ways that conditions tell apart. Nobody writes them:
    /// what depends on a condition is worked out once for each way.
    pub chosen: Vec<Chosen>,
    /// Variables that no file sets and that conditions ask for production by, as they are there.
    /// Nobody writes them: what depends on one is assumed. `chosen` wins.
    pub usual: Vec<Chosen>,
    /// Id of the platform that every deployment is put on, whatever its manifest says. Nobody
    /// writes it: plans compare platforms with it.
    pub elsewhere: Option<String>,
}

impl Settings {
    /// The tables about a manifest, the strongest first. `manifest` is a path as shown to the user.
    pub fn about(&self, manifest: &str) -> Vec<&DeploymentSettings> {
        // A path with braces in it is itself, and not what a pattern makes of it.
        let is_it = |it: &DeploymentSettings| match it.folder.as_str() {
            "" => it.manifest.value == manifest,
            folder => manifest
                .strip_prefix(folder)
                .and_then(|it| it.strip_prefix('/'))
                .is_some_and(|rest| rest == it.manifest.value),
        };
        let is_about = |it: &&DeploymentSettings| {
            is_it(it)
                || Pattern::new(&it.folder, &it.manifest.value, &self.above)
                    .is_ok_and(|it| it.matches(manifest))
        };
        self.deployments.iter().filter(is_about).collect()
    }
}

/// A variable that no file sets, in one of the ways that conditions tell apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Name of the variable.
    pub name: String,
    /// What it is.
    pub way: Way,
}

/// What a variable is where a condition compares it with texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// This text.
    Is(String),
    /// None of these texts: another one, or nothing.
    NoneOf(Vec<String>),
    /// This text, as it is in production: an assumption.
    Usual(String),
}

/// What people call the environment that visitors see, the commonest first.
const PRODUCTION: &[&str] = &["production", "prod", "prd", "live"];

/// Words in the names of variables that say which environment a process runs in.
const ENVIRONMENT: &[&str] = &["env", "environment", "stage", "mode", "tier", "profile"];

/// Whether a variable is called like one that says which environment a process runs in, such as
/// `APP_ENV` or `DEPLOY_STAGE`.
pub fn names_environment(variable: &str) -> bool {
    let words = || variable.split('_').map(str::to_ascii_lowercase);
    words().any(|it| ENVIRONMENT.contains(&it.as_str())) && words().all(|it| it != "debug")
}

impl Chosen {
    /// What a variable is in production that conditions compare with these texts; `None` where none
    /// of them means production, or the variable is about something else.
    pub fn usual<'t>(name: &str, texts: impl Iterator<Item = &'t str> + Clone) -> Option<Self> {
        let mut known = PRODUCTION.iter().filter(|_| names_environment(name));
        let text = known.find_map(|it| texts.clone().find(|text| text.eq_ignore_ascii_case(it)))?;
        Some(Self { name: name.to_owned(), way: Way::Usual(text.to_owned()) })
    }

    /// The value of the variable.
    pub fn fact(&self) -> Fact {
        let origin = Origin::new(OriginKind::Env, format!("`${}`, which no file sets", self.name));
        match &self.way {
            Way::Is(text) => Fact::known(Value::Text(text.clone()), origin),
            Way::NoneOf(texts) => {
                let kind = GapKind::NoneOf(texts.clone());
                Fact::unknown(unmentioned(&self.name).of_kind(kind), origin)
            }
            Way::Usual(text) => {
                let value = Value::Text(text.clone());
                let source = format!(
                    "`${}` is set nowhere in this project; taken to be `{text}`, which a condition \
                     asks for",
                    self.name
                );
                let assumed = Fact::known(value.clone(), Origin::new(OriginKind::Assumed, source));
                Fact::known(value, origin.with_input(format!("${}", self.name), assumed))
            }
        }
    }
}

/// One `[deployments."MANIFEST"]` table.
#[derive(Clone, Debug)]
pub struct DeploymentSettings {
    /// The manifest it is about, as a path relative to opslint.toml, or a glob.
    pub manifest: Spanned<String>,
    /// The folder of the opslint.toml it stands in, as shown to the user.
    pub folder: String,
    /// Variables for this deployment alone.
    pub env: Vec<(Spanned<String>, Spanned<String>)>,
    /// Variables that are set outside the repository to what is not said, or set nowhere.
    pub set: Vec<(Spanned<String>, Spanned<bool>)>,
    /// Facts by name; `platform` is one of them. A fact of a process counts for every process of
    /// the deployment, unless the process states it itself.
    pub facts: Vec<SettingFact>,
    /// `processes.NAME` tables.
    pub processes: Vec<ProcessSettings>,
}

/// One `processes.NAME` table.
#[derive(Clone, Debug)]
pub struct ProcessSettings {
    /// Name of the process.
    pub name: Spanned<String>,
    /// Settings of its server or application under their own names.
    pub settings: Vec<SettingFact>,
    /// Facts by name. `plan` stands for `machine.plan` and everything that follows from it;
    /// `instances` sets `scale.min` and `scale.max`.
    pub facts: Vec<SettingFact>,
}

/// A fact that the user states.
#[derive(Clone, Debug)]
pub struct SettingFact {
    /// `platform`, `plan`, `instances`, or a name of the vocabulary; the span is the key's.
    pub name: Spanned<String>,
    /// The value; the span is the value's.
    pub value: Spanned<Value>,
}

impl SettingFact {
    /// The statement as a fact that comes from opslint.toml.
    pub fn fact(&self) -> Fact {
        let source = format!("`{}` in opslint.toml", self.name.value);
        Fact::known(self.value.value.clone(), Origin::written(self.value.span, source))
    }
}
