//! Whether a server is told its options on its command or in a file of its own.

use std::collections::BTreeMap;

use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::project::{Facts, NamedFacts};
use crate::source::{FileId, SourceMap, Span};
use crate::vocabulary as v;

/// Ends of the names of files in which servers keep their options: gunicorn.conf.py, uwsgi.ini,
/// celeryconfig.py, hypercorn.toml, config/puma.rb, sidekiq.yml. Manifests, which hold commands and variables, have
/// others.
const ENDS: &[&str] = &[".py", ".ini", ".rb", "hypercorn.toml", "/sidekiq.yml", "/sidekiq.yml.erb"];

/// Those of uwsgi, which reads these formats, too.
const ENDS_OF_UWSGI: &[&str] = &[".xml", ".yml", ".yaml", ".json", ".js"];

/// Adds `config_file`: the file in which most of the options that a file says stand, null where
/// the command says them all. What the script that starts the server says counts as its command.
pub(super) fn add(facts: &mut Facts, sources: &SourceMap, settings: &NamedFacts) {
    let Some(server) = facts.get(v::SERVER).filter(|it| it.text().is_some()) else { return };
    let started = server.origin.span.map(|it| it.file);
    let more = if server.text() == Some("uwsgi") { ENDS_OF_UWSGI } else { &[] };
    let mut counts: BTreeMap<&str, (FileId, usize)> = BTreeMap::new();
    for fact in settings.values().filter(|it| it.origin.kind == OriginKind::Written) {
        let Some(file) = fact.origin.span.map(|it| it.file) else { continue };
        let path = sources.file(file).path();
        if Some(file) != started && ENDS.iter().chain(more).any(|it| path.ends_with(it)) {
            counts.entry(path).or_insert((file, 0)).1 += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, (_, count))| *count);
    let fact = match most {
        Some((path, (file, _))) => {
            let origin = Origin::written(Span::start_of(file), "the server reads this file");
            Fact::known(Value::Text(path.to_owned()), origin)
        }
        None => match hidden(settings) {
            Some(unknown) => Fact::unknown(unknown, server.origin.clone()),
            None => {
                let source = "the command says all options";
                Fact::known(Value::Null, Origin::new(OriginKind::Derived, source))
            }
        },
    };
    facts.set(v::CONFIG_FILE, fact);
}

/// Why a file of the server may say options that nobody sees: none of those that the command leaves
/// open is known.
fn hidden(settings: &NamedFacts) -> Option<Unknown> {
    let is_said = |it: &&Fact| matches!(it.origin.kind, OriginKind::Written | OriginKind::Env);
    let mut open = settings.values().filter(|it| !is_said(it));
    let State::Unknown(unknown) = &open.next()?.state else { return None };
    open.all(|it| matches!(it.state, State::Unknown(_))).then(|| unknown.clone())
}
