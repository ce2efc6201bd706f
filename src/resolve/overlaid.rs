//! What a container finds beside its image: a ConfigMap or a volume may bring settings that win over
//! those that the program was built with.

use crate::fact::{Fact, OriginKind, Unknown, Value};
use crate::project::Facts;
use crate::vocabulary as v;
use crate::workspace::{Workspace, join};

/// Where the programs look for settings beside those that were built in: the folder that they start
/// in, and its `config`.
///
/// Sources: <https://docs.spring.io/spring-boot/reference/features/external-config.html>,
/// <https://quarkus.io/guides/config-reference#configuration-sources>
const FOLDERS: &[&str] = &["", "config"];

/// Leaves the address of a server in Java unknown where its properties say it and something is
/// mounted that may have others.
pub(super) fn address(
    server: &mut Facts,
    process: &Facts,
    workspace: &Workspace<'_>,
    folder: &str,
) {
    if server.get(v::SERVER).and_then(Fact::text) != Some("java") {
        return;
    }
    let places: Vec<String> =
        FOLDERS.iter().filter_map(|it| workspace.path_in_image(&join(folder, it)?)).collect();
    let Some(mounted) = [v::MOUNTS_PATHS, v::STORAGE_PATHS]
        .into_iter()
        .find_map(|it| over(process.get(it)?, &places))
    else {
        return;
    };
    for id in [v::PORT, v::BIND_HOST, v::BIND] {
        let Some(fact) = server.get(id).filter(|it| is_of_properties(it)) else { continue };
        let reason = format!("what is mounted at `{mounted}` may have properties that win");
        let fact = Fact::unknown(Unknown::because(reason), fact.origin.clone());
        server.set(id, fact);
    }
}

/// Whether a value is that of a file of properties, or what counts without one. Variables and
/// arguments win over each file.
fn is_of_properties(fact: &Fact) -> bool {
    let source = fact.origin.source.as_str();
    let is_property = ["`server.", "`quarkus."].iter().any(|it| source.starts_with(it));
    fact.origin.kind == OriginKind::Default || is_property
}

/// The path that is mounted over one of these folders, or over a file in it. Where nobody says in
/// which folder the programs start, each folder `config` and each file of that name may be one.
fn over(mounts: &Fact, places: &[String]) -> Option<String> {
    let Some(Value::List(paths)) = mounts.value() else { return None };
    let is_over = |path: &str| {
        let path = path.trim_end_matches('/');
        if places.is_empty() {
            let name = path.rsplit('/').next().unwrap_or_default();
            return name == "config" || name.starts_with("application");
        }
        places.iter().any(|place| {
            let place = place.trim_end_matches('/');
            let beside = path.strip_prefix(place).and_then(|it| it.strip_prefix('/'));
            let is_file = beside.is_some_and(|it| it.starts_with("application"));
            path == place
                || is_file
                || place.strip_prefix(path).is_some_and(|it| it.starts_with('/'))
        })
    };
    paths.iter().filter_map(Value::as_str).find(|it| is_over(it)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Origin;

    #[test]
    fn a_folder_or_a_file_in_it_is_mounted_over() {
        let places = ["/app".to_owned(), "/app/config".to_owned()];
        for (path, expect) in [
            ("/app/config", true),
            ("/app/config/", true),
            ("/app/config/application.yml", true),
            ("/app/application-prod.properties", true),
            ("/app", true),
            ("/config", false),
            ("/app/uploads", false),
            ("/app/config/keys", false),
        ] {
            let origin = Origin::new(OriginKind::Default, "test");
            let mounts = Fact::known(Value::List(vec![Value::Text(path.to_owned())]), origin);
            assert_eq!(over(&mounts, &places).is_some(), expect, "{path}");
            let is_named = path.ends_with(['g', '/', 'l', 's']) && path != "/app/uploads";
            assert_eq!(over(&mounts, &[]).is_some(), is_named && !path.ends_with("keys"), "{path}");
        }
    }
}
