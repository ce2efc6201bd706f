//! Every file format that opslint knows: one table, everything else derived from it.
//!
//! A row says by which names files are found, how one is told from others of that name, and what is
//! read from it. Adding a format is adding a row, a file in `manifests/`, and a fixture.

mod ending;
pub(crate) mod interpolation;
mod letters;
mod names;
pub(crate) mod recognise;
mod table;
mod words;

use self::ending::Ending;
pub use self::interpolation::Interpolation;
pub use self::table::FORMATS;
pub(crate) use self::words::{Words, has as has_words_of};
use crate::document::Node;
use crate::glob;
use crate::parse::Syntax;
use crate::workspace::parent;

/// A kind of file, by the names it is found by.
#[derive(Clone, Copy)]
pub struct Format {
    /// Name in rules (`file.fly`) and output.
    pub name: &'static str,
    /// File names it is found by; `*` stands for any text. A pattern with a `/` is about the folder
    /// that the file is in, too: the project is the folder around that one.
    pub patterns: &'static [&'static str],
    /// Names that match a pattern and are something else.
    pub excluded: &'static [&'static str],
    /// Whether these names say what the file is.
    pub names: Names,
    /// The syntax; by the ending of the file's name, without it.
    pub syntax: Option<Syntax>,
    /// How texts in it are filled in.
    pub interpolation: Interpolation,
    /// What the file is to a project.
    pub role: Role,
    /// Whether the tree looks like this format: names are used by other programs too.
    pub recognise: fn(&Node) -> bool,
    /// What is read from it, in one sentence.
    pub reads: &'static str,
}

/// The name of every format, as expressions write it behind `file.`.
pub static NAMES: [&str; FORMATS.len()] = {
    let mut names = [""; FORMATS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = FORMATS[at].name;
        at += 1;
    }
    names
};

/// Whether the names of a format's files say what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// They do: a file that is not understood is a broken one of this format.
    Own,
    /// Files of other programs have them more often. What such a file is only shows in what was
    /// understood of it, so one that is not understood is none of ours.
    Common,
}

/// What a file is to a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It deploys: each one is a deployment of its own.
    Manifest(Manifest),
    /// It is read into the deployments that use it.
    Shared,
}

/// A format of manifests. `manifests` has the function that lowers each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manifest {
    /// `procfile`
    Procfile,
    /// `heroku-yml`
    HerokuYml,
    /// `apppack`
    AppPack,
    /// `fly`
    Fly,
    /// `render`
    Render,
    /// `serverless`
    Serverless,
    /// `sam`
    Sam,
    /// `zappa`
    Zappa,
    /// `chalice`
    Chalice,
    /// `compose`
    Compose,
    /// `digitalocean`
    DigitalOcean,
    /// `railway`
    Railway,
    /// `systemd`
    Systemd,
    /// `cloud-run`
    CloudRun,
    /// `app-engine`
    AppEngine,
    /// `vercel`
    Vercel,
    /// `netlify`
    Netlify,
    /// `kubernetes`
    Kubernetes,
    /// `kustomize`
    Kustomize,
    /// `kamal`
    Kamal,
    /// `supervisord`
    Supervisord,
    /// `ecs`
    Ecs,
    /// `app-runner`
    AppRunner,
    /// `copilot`
    Copilot,
    /// `cloud-foundry`
    CloudFoundry,
    /// `workflow`
    Workflow,
}

impl Format {
    /// Whether a file at this path may be of this format.
    pub fn matches(&self, path: &str) -> bool {
        self.is_ending(&Ending::of(path))
    }

    fn is_ending(&self, path: &Ending<'_>) -> bool {
        let any = |patterns: &[&str]| patterns.iter().any(|it| is_one(it, path));
        any(self.patterns) && !any(self.excluded)
    }

    /// The folder of the project that a file of this format is in: with a pattern about its
    /// folders, the one around those.
    pub(crate) fn root<'a>(&self, path: &'a str) -> &'a str {
        let end = Ending::of(path);
        let mut with_folder = self.patterns.iter().filter(|it| it.contains('/'));
        let in_folder = with_folder.find(|it| is_one(it, &end));
        let folders = in_folder.map_or(0, |it| it.matches('/').count());
        (0..folders).fold(parent(path), |it, _| parent(it))
    }

    /// The syntax of a file of this format.
    pub fn syntax(&self, path: &str) -> Option<Syntax> {
        self.syntax.or_else(|| Syntax::of_path(path))
    }
}

fn is_one(pattern: &str, path: &Ending<'_>) -> bool {
    path.may_match(pattern) && glob::matches(pattern, path.tail(pattern))
}

/// The formats that a file of this name may have, the likeliest first. Which one it is, its tree
/// says.
pub fn of_path(path: &str) -> impl Iterator<Item = &'static Format> {
    let end = Ending::of(path);
    letters::candidates(path).map(|it| &FORMATS[it]).filter(move |it| it.is_ending(&end))
}

/// Whether a file of this path may be one of compose.
pub fn is_compose(path: &str) -> bool {
    of_path(path).any(|it| matches!(it.role, Role::Manifest(Manifest::Compose)))
}

/// Names of the files that are opslint's own.
pub const OWN: [&str; 2] = ["opslint.toml", crate::measure::FILE_NAME];

/// Whether a file at this path is worth reading at all.
pub fn is_candidate(path: &str) -> bool {
    of_path(path).next().is_some()
}

/// Whether files of this name may be worth reading in some folder: a look before the path is made.
pub(crate) fn may_be_named(file_name: &str) -> bool {
    let last = |pattern: &'static str| pattern.rsplit('/').next().unwrap_or(pattern);
    let end = Ending::of(file_name);
    let may_be = |it: &&'static str| end.may_match(last(it)) && glob::matches(last(it), file_name);
    letters::candidates(file_name).flat_map(|it| FORMATS[it].patterns).any(may_be)
}

/// A regular expression that finds every path that may be of a format, and opslint.toml: what
/// pre-commit calls `files`.
pub fn path_pattern() -> String {
    let names = FORMATS.iter().flat_map(|it| it.patterns).chain(&OWN[..1]);
    let names: Vec<String> =
        names.map(|it| regex_lite::escape(it).replace(r"\*", "[^/]*")).collect();
    format!("(^|/)({})$", names.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expect: Option<&str>) {
        assert_eq!(of_path(path).next().map(|it| it.name), expect, "{path}");
    }

    #[test]
    fn files_are_known_by_their_names() {
        check("Procfile", Some("procfile"));
        check("a/b/Procfile.staging", Some("procfile"));
        check("Procfile.dev", None);
        check("Procfile.dev.example", None);
        check("fly.toml", Some("fly"));
        check("fly.kb.staging.toml", Some("fly"));
        check("fly.yml", None);
        check("render-worker.yaml", Some("render"));
        check("prerender.yaml", None);
        check("ops/gunicorn.conf.py", Some("gunicorn"));
        check("shop/settings.py", Some("application"));
        check("config/nginx.conf.erb", Some("nginx"));
        check("README.md", None);
        check("api/template.yaml", Some("sam"));
        check("serverless.prod.yml", Some("serverless"));
        check("a/apprunner.yaml", Some("app-runner"));
    }

    #[test]
    fn a_pattern_with_a_folder_is_about_both() {
        check(".chalice/config.json", Some("chalice"));
        check("a/b/.chalice/config.json", Some("chalice"));
        check("a/config.json", None);
        check("config.json", None);
        check("a.chalice/config.json", None);
        check("deploy/k8s/overlays/prod/web.yaml", Some("kubernetes"));
        check("manifests/shop/web.yaml", Some("kubernetes"));
        check("copilot/web/manifest.yml", Some("copilot"));
        check("a/copilot/web/manifest.yml", Some("copilot"));
        check("copilot/environments/prod/manifest.yml", Some("cloud-foundry"));
        check("copilot/manifest.yml", Some("cloud-foundry"));
        check("k8s/README.md", None);
    }

    #[test]
    fn the_pattern_finds_what_the_table_finds() {
        let pattern = regex::Regex::new(&path_pattern()).unwrap();
        for path in ["Procfile", "a/Procfile.web", "b/c/fly.staging.toml", "opslint.toml"] {
            assert!(pattern.is_match(path), "{path}");
        }
        for path in ["MyProcfile", "Procfile/x", "flyztoml", "a/opslint.toml.bak", "README.md"] {
            assert!(!pattern.is_match(path), "{path}");
        }
    }
}
