//! Which opslint.toml says something of a manifest, and how it names it.

use std::sync::Arc;

/// The opslint.toml that counts, or that would: its keys name manifests from the folder it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// Its path, as shown to the user.
    file: Arc<str>,
    /// What lies between its folder and the one opslint was started in, where that is further
    /// inside.
    inside: Arc<str>,
    /// Its tables.
    tables: Arc<Tables>,
}

/// The tables of an opslint.toml, each as TOML writes its path: `deployments.Procfile`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// Those that have a heading.
    pub headings: Vec<String>,
    /// Those about deployments that are written with dots, or in one line: TOML takes no heading for
    /// them.
    pub dotted: Vec<String>,
}

/// Where a line of opslint.toml has to stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Anywhere, with its full path: the file has no heading.
    #[default]
    Anywhere,
    /// Before the first heading, with its full path.
    Top,
    /// Below this heading, which is there.
    Below(String),
    /// Below this heading, which is to be written at the end of the file.
    Under(String),
}

impl Place {
    /// The heading above the line.
    pub fn heading(&self) -> Option<&str> {
        match self {
            Self::Anywhere | Self::Top => None,
            Self::Below(heading) | Self::Under(heading) => Some(heading),
        }
    }
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
        let tables = Arc::default();
        Self { file: file.into(), inside: above[first..].join("/").into(), tables }
    }

    /// The same of a file with these tables.
    pub fn with_tables(self, tables: Tables) -> Self {
        Self { tables: tables.into(), ..self }
    }

    /// Where a line stands whose full path is `path`, and that belongs into `table`: below the most
    /// particular heading that it begins with, so that it can be pasted beside what is there.
    pub fn place(&self, path: &str, table: &str) -> Place {
        let Tables { headings, dotted } = &*self.tables;
        let is_above =
            |it: &&String| path.strip_prefix(it.as_str()).is_some_and(|it| it.starts_with('.'));
        match headings.iter().filter(is_above).max_by_key(|it| it.len()) {
            Some(heading) => Place::Below(heading.clone()),
            None if headings.is_empty() => Place::Anywhere,
            None if dotted.iter().any(|it| it == table) => Place::Top,
            None => Place::Under(table.to_owned()),
        }
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
    fn a_line_stands_under_the_most_particular_heading() {
        let (web, below) = ("deployments.a.processes.web", |it: &str| Place::Below(it.to_owned()));
        let headings = ["deployments.a", web].map(str::to_owned).into();
        let tables = Tables { headings, dotted: vec!["deployments.b".to_owned()] };
        let home = Home::default().with_tables(tables);
        let place = |path: &str| home.place(path, path.rsplit_once('.').map_or("", |it| it.0));
        assert_eq!(place("deployments.a.platform"), below("deployments.a"));
        assert_eq!(place(&format!("{web}.plan")), below(web));
        assert_eq!(place("deployments.a.processes.webs.plan"), below("deployments.a"));
        assert_eq!(place("deployments.ab.platform"), Place::Under("deployments.ab".to_owned()));
        assert_eq!(place("deployments.b.platform"), Place::Top);
        assert_eq!(Home::default().place("deployments.b.x", "deployments.b"), Place::Anywhere);
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
