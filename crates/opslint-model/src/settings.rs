//! What opslint.toml says about the world outside the repository, ready for lowering.

use std::sync::Arc;

use crate::fact::{Fact, GapKind, Origin, OriginKind, Value};
use crate::glob::Pattern;
use crate::project::unmentioned;
use crate::source::Spanned;

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
    /// Id of the platform that every deployment is put on, whatever its manifest says. Nobody
    /// writes it: plans compare platforms with it.
    pub elsewhere: Option<String>,
}

impl Settings {
    /// The tables about a manifest, the strongest first. `manifest` is a path as shown to the user.
    pub fn about(&self, manifest: &str) -> Vec<&DeploymentSettings> {
        let is_about = |it: &&DeploymentSettings| {
            Pattern::new(&it.folder, &it.manifest.value, &self.above)
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
}

impl Chosen {
    /// The value of the variable.
    pub fn fact(&self) -> Fact {
        let origin = Origin::new(OriginKind::Env, format!("`${}`, which no file sets", self.name));
        match &self.way {
            Way::Is(text) => Fact::known(Value::Text(text.clone()), origin),
            Way::NoneOf(texts) => {
                let kind = GapKind::NoneOf(texts.clone());
                Fact::unknown(unmentioned(&self.name).of_kind(kind), origin)
            }
        }
    }
}

/// The opslint.toml that counts, or that would: its keys name manifests from the folder it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// Its path, as shown to the user.
    file: Arc<str>,
    /// What lies between its folder and the one opslint was started in, where that is further
    /// inside.
    inside: Arc<str>,
}

impl Default for Home {
    fn default() -> Self {
        Self::new("opslint.toml", &[])
    }
}

impl Home {
    /// The file at a path, as shown to the user. `above` names the folders around the one opslint
    /// was started in, outermost first.
    pub fn new(file: &str, above: &[String]) -> Self {
        let folder = file.rsplit_once('/').map_or("", |it| it.0);
        let is_out = !folder.is_empty() && folder.split('/').all(|it| it == "..");
        let depth = if is_out { folder.split('/').count() } else { 0 };
        let first = above.len().saturating_sub(depth);
        Self { file: file.into(), inside: above[first..].join("/").into() }
    }

    /// A path as the keys of the file name it.
    pub fn key(&self, path: &str) -> String {
        if !self.inside.is_empty() {
            return format!("{}/{path}", self.inside);
        }
        let mut folder = self.file.rsplit_once('/').map_or("", |it| it.0);
        let mut out = String::new();
        while !folder.is_empty() {
            let below = path.strip_prefix(folder).and_then(|it| it.strip_prefix('/'));
            if let Some(below) = below {
                return out + below;
            }
            out.push_str("../");
            folder = folder.rsplit_once('/').map_or("", |it| it.0);
        }
        out + path
    }

    /// The path of the file, as shown to the user; it need not be there.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// How to tell a user where a name is stated, for a deployment or for one of its processes:
    /// "`plan` under `[deployments.Procfile.processes.web]` in opslint.toml".
    pub fn statement(&self, name: &str, manifest: &str, process: Option<&str>) -> String {
        let manifest = toml_key(&self.key(manifest));
        let process = process.map(|it| format!(".processes.{}", toml_key(it))).unwrap_or_default();
        format!("`{name}` under `[deployments.{manifest}{process}]` in {}", self.file())
    }
}

/// A key of TOML, quoted where it must be.
pub fn toml_key(name: &str) -> String {
    let is_bare = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
    match !name.is_empty() && name.chars().all(is_bare) {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_can_be_pasted() {
        assert_eq!(
            Home::default().statement("plan", "Procfile", Some("web")),
            "`plan` under `[deployments.Procfile.processes.web]` in opslint.toml"
        );
        assert_eq!(
            Home::default().statement("platform", "app/fly.toml", None),
            "`platform` under `[deployments.\"app/fly.toml\"]` in opslint.toml"
        );
    }

    #[test]
    fn keys_name_manifests_from_the_folder_of_the_file() {
        let key =
            |file: &str, path: &str| Home::new(file, &["repo".into(), "sub".into()]).key(path);
        assert_eq!(key("opslint.toml", "a/Procfile"), "a/Procfile");
        assert_eq!(key("a/opslint.toml", "a/Procfile"), "Procfile");
        assert_eq!(key("a/b/opslint.toml", "a/Procfile"), "../Procfile");
        assert_eq!(key("a/opslint.toml", "ab/Procfile"), "../ab/Procfile");
        assert_eq!(key("../a/opslint.toml", "../a/Procfile"), "Procfile");
        assert_eq!(key("../opslint.toml", "Procfile"), "sub/Procfile");
        assert_eq!(key("../../opslint.toml", "a/Procfile"), "repo/sub/a/Procfile");
    }

    #[test]
    fn statements_name_the_file_that_they_are_for() {
        assert_eq!(
            Home::new("shop/opslint.toml", &[]).statement("plan", "shop/Procfile", Some("web")),
            "`plan` under `[deployments.Procfile.processes.web]` in shop/opslint.toml"
        );
    }
}
