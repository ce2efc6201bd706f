//! What a Rails application is told for production: whether it redirects to HTTPS, and where the files
//! go that users attach.
//!
//! Sources: <https://guides.rubyonrails.org/configuring.html#config-force-ssl>,
//! <https://guides.rubyonrails.org/active_storage_overview.html#setup>

use std::ops::Range;

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::Launch;
use crate::programs::{Server, default_fact};
use crate::project::Lookup;
use crate::source::Span;
use crate::vocabulary as v;
use crate::workspace::{Workspace, join};

/// Settings of the environment in which applications are deployed.
const FILE: &str = "config/environments/production.rb";

/// Most models that are looked into.
const MODELS_MAX: usize = 200;

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
    let text = workspace.sources.file(file).text().to_owned();
    let fact = |place: Range<usize>, value: Value, key: &str| {
        let span = Span::new(file, place.start, place.end);
        Fact::known(value, Origin::written(span, format!("`{key}` in {path}")))
    };
    // `assume_ssl` takes every request for one by HTTPS, and `ssl_options` may leave paths out.
    let is_plain = |it: &str| assigned(&text, it).is_none_or(|it| &text[it] == "false");
    if let Some(place) = assigned(&text, "config.force_ssl")
        && &text[place.clone()] == "true"
        && is_plain("config.assume_ssl")
        && assigned(&text, "config.ssl_options").is_none()
    {
        let ssl = fact(place, Value::Bool(true), "force_ssl");
        server.settings.insert("force_ssl".to_owned(), ssl);
    } else {
        let origin = default_fact(Value::Bool(false), "Rails");
        server.settings.insert("force_ssl".to_owned(), origin);
    }
    if let Some(place) = assigned(&text, "config.active_storage.service")
        && &text[place.clone()] == ":local"
        && is_disk(workspace, launch)
        && attaches(workspace, launch)
    {
        let folder = fact(place, Value::Text("storage".to_owned()), "active_storage.service");
        let folder =
            Fact { origin: Origin { kind: OriginKind::Written, ..folder.origin }, ..folder };
        server.facts.set(v::CODE_UPLOAD_FOLDER, folder);
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

/// Whether `local` is a folder of the disk, as new applications have it.
fn is_disk(workspace: &mut Workspace<'_>, launch: &Launch) -> bool {
    let path = workspace.join(&launch.folder, "config/storage.yml");
    let Some(file) = path.and_then(|it| workspace.open(&it)) else { return true };
    let text = workspace.sources.file(file).text();
    let section = text.split("local:").nth(1).unwrap_or_default();
    section
        .lines()
        .find_map(|it| it.trim().strip_prefix("service:"))
        .is_some_and(|it| it.trim() == "Disk")
}

/// Whether a model has files that users attach: new applications have the setting, and many nothing
/// that uses it.
fn attaches(workspace: &mut Workspace<'_>, launch: &Launch) -> bool {
    let Some(folder) = workspace.join(&launch.folder, "app/models") else { return false };
    let names: Vec<String> = workspace.list(&folder).into_iter().take(MODELS_MAX).collect();
    names.iter().filter(|it| it.ends_with(".rb")).any(|name| {
        let file = join(&folder, name).and_then(|it| workspace.open(&it));
        file.is_some_and(|it| {
            let text = workspace.sources.file(it).text();
            ["has_one_attached", "has_many_attached"].iter().any(|it| text.contains(it))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::assigned;

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
}
