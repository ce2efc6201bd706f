//! What a Rails application is told for production: whether it redirects to HTTPS, where the files
//! go that users attach, which hosts requests may name, and what carries messages to WebSockets.
//!
//! Sources: <https://guides.rubyonrails.org/configuring.html#config-force-ssl>,
//! <https://guides.rubyonrails.org/active_storage_overview.html#setup>,
//! <https://guides.rubyonrails.org/configuring.html#actiondispatch-hostauthorization>,
//! <https://guides.rubyonrails.org/action_cable_overview.html#subscription-adapter>

use std::ops::Range;

use crate::fact::{Fact, Origin, Value};
use crate::launch::Launch;
use crate::parse::Syntax;
use crate::programs::{Server, default_fact};
use crate::project::Lookup;
use crate::source::Span;
use crate::vocabulary as v;
use crate::workspace::{Workspace, join};

use super::ruby;

/// Settings of the environment in which applications are deployed.
const FILE: &str = "config/environments/production.rb";

/// Where models are, and most of them that are looked into.
const MODELS: &[&str] = &["app/models", "app/models/concerns"];
const MODELS_MAX: usize = 200;

/// Where the migrations are, and what is in the name of the one that `rails active_storage:install`
/// makes; the schema that they come to, and one of the tables.
const MIGRATIONS: &str = "db/migrate";
const MIGRATION: &str = "active_storage_tables";
const SCHEMA: &str = "db/schema.rb";
const TABLE: &str = "\"active_storage_blobs\"";

/// The folder of `local` in new applications.
const USUAL_ROOT: &str = "storage";

/// Adds what the settings of production say, where that is the environment.
pub(super) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    let is_other = |name: &&str| match launch.environment.get(name) {
        Lookup::Set(fact) => fact.text() != Some("production"),
        Lookup::Unset | Lookup::Unmentioned => false,
    };
    let Some(path) = workspace.join(&launch.folder, FILE) else { return };
    let Some(file) =
        workspace.open(&path).filter(|_| !["RAILS_ENV", "RACK_ENV"].iter().any(is_other))
    else {
        return;
    };
    let text = workspace.sources.file(file).shared_text();
    let said = workspace.of_text(file, Said::read);
    let fact = |place: Range<usize>, value: Value, key: &str| {
        let span = Span::new(file, place.start, place.end);
        Fact::known(value, Origin::written(span, format!("`{key}` in {path}")))
    };
    // `assume_ssl` takes every request for one by HTTPS, and `ssl_options` may leave paths out.
    let is_plain = said.assume_ssl.clone().is_none_or(|it| &text[it] == "false");
    if let Some(place) = said.force_ssl.clone()
        && &text[place.clone()] == "true"
        && is_plain
        && said.ssl_options.is_none()
    {
        let ssl = fact(place, Value::Bool(true), "force_ssl");
        server.settings.insert("force_ssl".to_owned(), ssl);
    } else {
        let origin = default_fact(Value::Bool(false), "Rails");
        server.settings.insert("force_ssl".to_owned(), origin);
    }
    if let Some(place) = said.service.clone()
        && let Some(service) = text[place.clone()].strip_prefix(':')
        && let Some(root) = disk(workspace, launch, service.trim_matches('"'))
        && attaches(workspace, launch)
        && !changes_service(workspace, launch)
    {
        let folder = fact(place, Value::Text(root), "active_storage.service");
        server.facts.set(v::CODE_UPLOAD_FOLDER, folder);
    }
    if let Some((place, names)) = hosts(&text) {
        let names = names.into_iter().map(Value::Text).collect();
        server.settings.insert("hosts".to_owned(), fact(place, Value::List(names), "hosts"));
    }
    if let Some(adapter) = cable(workspace, launch) {
        server.settings.insert("cable.adapter".to_owned(), adapter);
    }
}

/// The hosts that requests may name, and where they are. `None` where none are said, so that all are
/// welcome, where some requests are left out, and where one is a pattern or is filled in.
fn hosts(text: &str) -> Option<(Range<usize>, Vec<String>)> {
    const KEY: &str = "config.hosts";
    let mut names = Vec::new();
    let mut place: Option<Range<usize>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim_start();
        let start = at + line.len() - code.len();
        at += line.len();
        if code.starts_with("config.host_authorization") {
            return None;
        }
        let Some(rest) = code.strip_prefix(KEY) else { continue };
        let rest = rest.trim_start();
        let value = rest.strip_prefix("<<").or_else(|| rest.strip_prefix('='))?.trim_start();
        let from = start + code.len() - value.len();
        let (end, inner) = match value.strip_prefix('[') {
            Some(_) => {
                let end = from + text.get(from..)?.find(']')? + 1;
                (end, text.get(from + 1..end - 1)?)
            }
            None => (from + value.trim_end().len(), value.trim_end()),
        };
        let elements = inner.split(',').map(str::trim).filter(|it| !it.is_empty());
        for element in elements {
            names.push(plain(element)?.to_owned());
        }
        place = Some(place.map_or(from..end, |it| it.start..end));
    }
    place.filter(|_| !names.is_empty()).map(|it| (it, names))
}

/// What carries the messages of Action Cable in production, where the application has a channel.
fn cable(workspace: &mut Workspace<'_>, launch: &Launch) -> Option<Fact> {
    let path = workspace.join(&launch.folder, "config/cable.yml")?;
    let file = workspace.open(&path)?;
    let document = workspace.look_into(file, Syntax::Yaml);
    let adapter = document.root.at(&["production", "adapter"])?;
    let name = adapter.as_str()?;
    let span = adapter.span;
    let fact = Fact::known(
        Value::Text(name.to_owned()),
        Origin::written(span, format!("`adapter` in {path}")),
    );
    let folder = workspace.join(&launch.folder, "app/channels")?;
    let channels = workspace.list(&folder);
    channels.iter().any(|it| it.ends_with("_channel.rb")).then_some(fact)
}

/// Where the settings of an environment have their values.
struct Said {
    force_ssl: Option<Range<usize>>,
    assume_ssl: Option<Range<usize>>,
    ssl_options: Option<Range<usize>>,
    service: Option<Range<usize>>,
}

impl Said {
    fn read(text: &str) -> Self {
        Self {
            force_ssl: assigned(text, "config.force_ssl"),
            assume_ssl: assigned(text, "config.assume_ssl"),
            ssl_options: assigned(text, "config.ssl_options"),
            service: assigned(text, "config.active_storage.service"),
        }
    }
}

/// The value of the one assignment of a setting; one that a condition guards is none.
fn assigned(text: &str, key: &str) -> Option<Range<usize>> {
    let mut at = 0;
    let mut found = None;
    for line in text.split_inclusive('\n') {
        let code = line.split(" #").next().unwrap_or(line);
        if let Some(value) = code.trim_start().strip_prefix(key)
            && let Some(value) = value.trim_start().strip_prefix('=')
        {
            let start = at + code.len() - value.trim_start().len();
            let value = value.trim();
            if found.replace(start..start + value.len()).is_some() || value.contains(" if ") {
                return None;
            }
        }
        at += line.len();
    }
    found
}

/// The folder of a service that keeps files on the disk; `None` where it is another one, or not plain.
fn disk(workspace: &mut Workspace<'_>, launch: &Launch, service: &str) -> Option<String> {
    let path = workspace.join(&launch.folder, "config/storage.yml");
    let Some(file) = path.and_then(|it| workspace.open(&it)) else {
        return (service == "local").then(|| USUAL_ROOT.to_owned());
    };
    let document = workspace.look_into(file, Syntax::Yaml);
    let section = document.root.get(service)?;
    if section.get("service")?.as_str() != Some("Disk") {
        return None;
    }
    let root = section.get("root")?.as_str()?.trim();
    match ruby::embedded(root) {
        Some(code) => {
            let below = code.trim().strip_prefix("Rails.root.join(")?.strip_suffix(')')?;
            let parts = below.split(',').map(|it| plain(it.trim()));
            Some(parts.collect::<Option<Vec<&str>>>()?.join("/"))
        }
        None => (!root.is_empty() && !root.contains("<%")).then(|| root.to_owned()),
    }
}

/// A text of Ruby in which nothing is filled in.
fn plain(code: &str) -> Option<&str> {
    let inner = ['"', '\''].iter().find_map(|it| code.strip_prefix(*it)?.strip_suffix(*it))?;
    (!inner.is_empty() && !inner.contains(['"', '\'', '#', '\\'])).then_some(inner)
}

/// Whether users attach files: new applications have the setting, and many nothing that uses it. A
/// model says so, or the tables that are made for it.
fn attaches(workspace: &mut Workspace<'_>, launch: &Launch) -> bool {
    let migrations = workspace.join(&launch.folder, MIGRATIONS);
    if migrations.is_some_and(|it| workspace.list(&it).iter().any(|it| it.contains(MIGRATION))) {
        return true;
    }
    let schema = workspace.join(&launch.folder, SCHEMA).and_then(|it| workspace.open(&it));
    if schema.is_some_and(|it| workspace.sources.file(it).text().contains(TABLE)) {
        return true;
    }
    let folders = MODELS.iter().filter_map(|it| workspace.join(&launch.folder, it));
    let folders: Vec<String> = folders.collect();
    let models: Vec<String> = folders
        .iter()
        .flat_map(|folder| workspace.list(folder).into_iter().filter_map(|it| join(folder, &it)))
        .filter(|it| it.ends_with(".rb"))
        .take(MODELS_MAX)
        .collect();
    models.iter().any(|path| {
        let file = workspace.open(path);
        file.is_some_and(|it| workspace.sources.file(it).text().lines().any(is_attachment))
    })
}

/// Where code runs once the environment has been read, and words of code that names another service.
const INITIALIZERS: &str = "config/initializers";
const SERVICE: &[&str] = &["active_storage.service", "ActiveStorage::Blob.service"];

/// Whether such code may name another service than the environment does.
fn changes_service(workspace: &mut Workspace<'_>, launch: &Launch) -> bool {
    let Some(folder) = workspace.join(&launch.folder, INITIALIZERS) else { return false };
    let names = workspace.names(&folder);
    let paths = names.iter().filter(|it| it.ends_with(".rb")).filter_map(|it| join(&folder, it));
    paths.collect::<Vec<String>>().iter().any(|it| {
        let file = workspace.open(it);
        file.is_some_and(|it| workspace.of_text(it, NamesService::read).0)
    })
}

/// Whether a file has such code.
struct NamesService(bool);

impl NamesService {
    fn read(text: &str) -> Self {
        let is_code = |it: &&str| !it.trim_start().starts_with('#');
        let mut lines = text.lines().filter(is_code);
        Self(lines.any(|line| SERVICE.iter().any(|it| line.contains(it))))
    }
}

/// Whether a line of a model gives it files, on the service that the settings name.
fn is_attachment(line: &str) -> bool {
    let line = line.trim_start();
    let mut attached = ["has_one_attached", "has_many_attached"].iter();
    attached.any(|it| line.starts_with(it)) && !line.contains("service:")
}

#[cfg(test)]
mod tests {
    use super::{assigned, hosts, is_attachment};

    #[test]
    fn a_model_attaches_files_by_a_line_of_its_own() {
        assert!(is_attachment("  has_one_attached :avatar"));
        assert!(is_attachment("has_many_attached(:images) do |it|"));
        assert!(!is_attachment("  # has_one_attached :avatar"));
        assert!(!is_attachment("  has_one_attached :avatar, service: :amazon"));
    }

    #[test]
    fn a_setting_is_what_one_line_assigns() {
        for (text, expect) in [
            ("  config.force_ssl = true # always\n", Some("true")),
            ("  # config.force_ssl = true\n", None),
            ("  config.force_ssl = true if ENV[\"X\"]\n", None),
            ("config.force_ssl = true\nconfig.force_ssl = false\n", None),
            ("config.force_ssl=ENV[\"SSL\"]", Some("ENV[\"SSL\"]")),
        ] {
            let found = assigned(text, "config.force_ssl").map(|it| &text[it]);
            assert_eq!(found, expect, "{text}");
        }
    }

    #[test]
    fn hosts_are_names_that_are_written() {
        for (text, expect) in [
            (
                "  config.hosts = [\n    \"a.example\",\n    'b.example'\n  ]\n",
                Some(vec!["a.example", "b.example"]),
            ),
            (
                "config.hosts << \"a.example\"\nconfig.hosts << 'b.example'\n",
                Some(vec!["a.example", "b.example"]),
            ),
            ("  # config.hosts << \"a.example\"\n", None),
            ("config.hosts = [\"a.example\", /.*\\.example/]\n", None),
            ("config.hosts << ENV[\"HOST\"]\n", None),
            ("config.hosts.clear\n", None),
            ("config.hosts << \"a.example\"\nconfig.host_authorization = { exclude: x }\n", None),
        ] {
            let found = hosts(text).map(|it| it.1);
            let expect = expect.map(|it| it.into_iter().map(str::to_owned).collect());
            assert_eq!(found, expect, "{text}");
        }
    }
}
