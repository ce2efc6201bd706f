//! Compares one answer of the oracle with ours.

use opslint::diagnostic::{Diagnostic, Severity};
use opslint::fact::{Fact, Origin, OriginKind, State, TextPart, Value};
use opslint::launch::{Launch, StartFiles, Word};
use opslint::programs::gunicorn::table::{Check, SETTINGS, Takes};
use opslint::programs::gunicorn::{self, Outcome, Resolved};
use opslint::project::Environment;
use opslint::source::Span;
use opslint::vocabulary;
use opslint::workspace::{MemoryFiles, Workspace};
use serde_json::Value as Json;

use super::cases::Case;

/// What comes of a comparison.
pub(crate) enum Comparison {
    /// The oracle cannot tell on this machine.
    Skipped(String),
    /// Both refuse.
    Refused,
    /// Both start.
    Settings {
        /// Settings that we say a value for.
        known: usize,
        /// Facts that were compared beside them.
        facts: usize,
        /// Why we leave others unknown.
        unknown: Vec<String>,
        /// Values that differ.
        mismatches: Vec<String>,
    },
    /// One refuses and the other does not.
    Failed(String),
}

/// Resolves a case. The command and the environment stand in files of their own.
pub(crate) fn resolve(case: &Case) -> (Resolved, Vec<Diagnostic>) {
    // The newest gunicorn is installed, as the real one that answers.
    let mut files = MemoryFiles::new().with("requirements.txt", "gunicorn\n");
    for (path, text) in &case.files {
        files = files.with(path.clone(), text.as_str());
    }
    let mut workspace = Workspace::new(&files);
    let words: Vec<_> =
        std::iter::once("gunicorn").chain(case.args.iter().map(String::as_str)).collect();
    let command = workspace.sources.add("oracle/command", words.join(" "));
    let mut start = 0;
    let mut argv = Vec::new();
    for word in &words {
        argv.push(Word::literal(*word, Span::new(command, start, start + word.len())));
        start += word.len() + 1;
    }
    let mut environment = Environment::complete();
    for (name, value) in &case.env {
        let file = workspace.sources.add(format!("oracle/{name}"), value.as_str());
        let mut origin = Origin::new(OriginKind::Env, name.clone());
        origin.span = Some(Span::new(file, 0, value.len()));
        environment.set(name.clone(), Fact::known(Value::Text(value.clone()), origin));
    }
    let span = Span::new(command, 0, start - 1);
    let launch = Launch {
        argv,
        environment,
        folder: case.folder.clone(),
        files: StartFiles::Project,
        span,
        written: Vec::new(),
    };
    let cpus = Origin::new(OriginKind::Platform, "the case");
    let cpus = Fact::known(Value::Int(case.cpu_count), cpus);
    let mut acc = Vec::new();
    let runtime = gunicorn::Runtime { cpu_count: &cpus, python: None };
    let resolved = gunicorn::resolve(&mut acc, &mut workspace, &launch, runtime);
    for diagnostic in &acc {
        let span = diagnostic.primary.span;
        let text = workspace.sources.file(span.file).text();
        assert!(text.get(span.range()).is_some(), "{diagnostic:?} points outside its file");
    }
    (resolved, acc)
}

pub(crate) fn compare(case: &Case, answer: &Json) -> Comparison {
    if let Some(why) = answer["skipped"].as_str() {
        return Comparison::Skipped(why.chars().take(100).collect());
    }
    let (resolved, diagnostics) = resolve(case);
    let rules: Vec<_> = diagnostics.iter().map(|it| it.rule.as_str()).collect();
    if let Some(status) = answer["status"].as_i64() {
        let expected = if status == 0 { Outcome::Prints } else { Outcome::Refuses };
        let message = answer["message"].as_str().unwrap_or_default();
        let reported = status == 0 || !rules.is_empty();
        return match resolved.outcome == expected && reported {
            true => Comparison::Refused,
            false => Comparison::Failed(format!(
                "gunicorn refuses ({status}), we say {:?} {rules:?}: {message}",
                resolved.outcome
            )),
        };
    }
    let refusals = refusals(&resolved, &diagnostics);
    match (answer["arbiter"]["status"].as_i64(), refusals.as_slice()) {
        (Some(0), [_, ..]) => {
            Comparison::Failed(format!("gunicorn starts, we refuse: {refusals:?}"))
        }
        (Some(1..), []) => {
            let message = answer["arbiter"]["message"].as_str().unwrap_or_default();
            Comparison::Failed(format!("gunicorn's arbiter refuses, we do not: {message}"))
        }
        (Some(1..), _) => Comparison::Refused,
        _ => settings(&resolved, answer),
    }
}

/// What we say against the start, up to where gunicorn makes its workers.
fn refusals(resolved: &Resolved, diagnostics: &[Diagnostic]) -> Vec<String> {
    const LATER: [&str; 2] = ["gunicorn-without-threads", "gunicorn-invalid-bind"];
    let early = |it: &&Diagnostic| {
        let is_bind =
            it.rule == "gunicorn-invalid-bind" && it.message.contains("not a port number");
        // None passes for a class until the first worker is made.
        let is_none = it.rule == "gunicorn-unknown-worker-class" && it.message.ends_with("`None`");
        let later = !is_bind && LATER.contains(&it.rule.as_str()) || is_none;
        it.severity == Severity::Error && !later
    };
    let found: Vec<_> = diagnostics.iter().filter(early).map(|it| it.message.clone()).collect();
    match resolved.outcome == Outcome::Refuses && found.is_empty() {
        true => vec!["no diagnostic says why".to_owned()],
        false => found,
    }
}

fn settings(resolved: &Resolved, answer: &Json) -> Comparison {
    let mut known = 0;
    let mut unknown = Vec::new();
    let mut mismatches = Vec::new();
    let real = answer["settings"].as_object().expect("the oracle answers settings");
    for (name, expected) in real {
        let Some(fact) = resolved.settings.get(name) else {
            mismatches.push(format!("{name}: missing"));
            continue;
        };
        if let State::Unknown(why) = &fact.state {
            unknown.push(reason(&why.reason));
            continue;
        }
        known += 1;
        if !agrees(&fact.state, expected) {
            mismatches.push(format!("{name}: gunicorn {expected}, we {:?}", fact.state));
        }
    }
    let mut facts = 0;
    for (id, expected) in facts_of(answer) {
        let Some(fact) = resolved.facts.get(id) else {
            mismatches.push(format!("fact {}: missing, gunicorn {expected}", id.name()));
            continue;
        };
        facts += 1;
        if !matches!(fact.state, State::Unknown(_)) && !agrees(&fact.state, &expected) {
            mismatches.push(format!(
                "fact {}: gunicorn {expected}, we {:?}",
                id.name(),
                fact.state
            ));
        }
    }
    Comparison::Settings { known, facts, unknown, mismatches }
}

/// Facts that gunicorn computes from settings.
fn facts_of(answer: &Json) -> Vec<(vocabulary::FactId, Json)> {
    let mut facts = Vec::new();
    if answer["worker_class"].is_string() {
        facts.push((vocabulary::WORKER_CLASS, answer["worker_class"].clone()));
    }
    if let Some([host, port]) = answer["addresses"][0].as_array().map(Vec::as_slice) {
        facts.push((vocabulary::BIND_HOST, host.clone()));
        facts.push((vocabulary::PORT, port.clone()));
    }
    facts
}

fn agrees(state: &State, real: &Json) -> bool {
    match state {
        State::Known(value) => equals(value, real),
        State::OneOf(cases) => cases.iter().any(|it| equals(&it.value, real)),
        State::Range { min, max } => real.as_f64().is_some_and(|it| (*min..=*max).contains(&it)),
        State::Pattern(parts) => match real {
            Json::String(text) => fits(parts, text),
            Json::Array(items) => matches!(items.as_slice(), [Json::String(it)] if fits(parts, it)),
            _ => false,
        },
        State::Unknown(_) => true,
    }
}

fn equals(value: &Value, real: &Json) -> bool {
    match (value, real) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(ours), Json::Bool(real)) => ours == real,
        (Value::Int(ours), Json::Number(real)) => real.as_i64() == Some(*ours),
        (Value::Number(ours), Json::Number(real)) => real.as_f64() == Some(*ours),
        (Value::Text(ours), Json::String(real)) => ours == real,
        (Value::List(ours), Json::Array(real)) => {
            ours.len() == real.len() && ours.iter().zip(real).all(|(a, b)| equals(a, b))
        }
        _ => false,
    }
}

/// Whether a text can be this pattern: its known parts occur in order, at both ends where known.
fn fits(parts: &[TextPart], text: &str) -> bool {
    let mut rest = text;
    for (idx, part) in parts.iter().enumerate() {
        let TextPart::Known(part) = part else { continue };
        if idx + 1 == parts.len() {
            return rest.ends_with(part.as_str());
        }
        match rest.find(part.as_str()) {
            Some(at) if idx > 0 || at == 0 => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    true
}

/// A reason without the names in it, so that equal reasons count together.
fn reason(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(idx, it)| if idx % 2 == 0 { it } else { "`…`" }).collect()
}

/// Where our table differs from gunicorn's.
pub(crate) fn table(real: &Json) -> Vec<String> {
    let mut differences = Vec::new();
    let rows = real["settings"].as_array().expect("the oracle answers rows");
    if real["version"] != gunicorn::table::GUNICORN_VERSION {
        differences.push(format!("gunicorn {} is installed", real["version"]));
    }
    if rows.len() != SETTINGS.len() {
        differences.push(format!("{} rows, gunicorn has {}", SETTINGS.len(), rows.len()));
    }
    for row in rows {
        let name = row["name"].as_str().unwrap_or_default();
        let Some(ours) = SETTINGS.iter().find(|it| it.name == name) else {
            differences.push(format!("{name} is missing"));
            continue;
        };
        let flags: Vec<_> = ours.flags.iter().map(|it| Json::from(*it)).collect();
        let (action, kind, nargs) = argparse(ours.takes);
        let pairs = [
            ("section", Json::from(ours.section)),
            ("flags", Json::from(flags)),
            ("action", Json::from(action)),
            ("type", Json::from(kind)),
            ("nargs", nargs.map_or(Json::Null, Json::from)),
            ("check", Json::from(validator(ours.check))),
        ];
        for (key, ours) in pairs {
            if row[key] != ours {
                differences.push(format!("{name}: {key} is {}, we say {ours}", row[key]));
            }
        }
    }
    differences
}

fn argparse(takes: Takes) -> (&'static str, &'static str, Option<&'static str>) {
    match takes {
        Takes::FileOnly | Takes::Text => ("store", "str", None),
        Takes::Int => ("store", "int", None),
        Takes::OctalInt => ("store", "auto_int", None),
        Takes::Append => ("append", "str", None),
        Takes::OptionalText => ("store", "str", Some("?")),
        Takes::True => ("store_true", "str", None),
        Takes::False => ("store_const", "str", None),
    }
}

/// gunicorn's name of a validator, without `validate_`.
fn validator(check: Check) -> String {
    let name = match check {
        Check::Text => "string",
        Check::Bool => "bool",
        Check::Count => "pos_int",
        Check::CountIn(1, _) => "http2_stream_limit",
        Check::CountIn(0, _) => "http2_window_size",
        Check::CountIn(..) => "http2_frame_size",
        Check::TextList => "list_string",
        Check::FileList => "list_of_files_or_patterns",
        Check::AddressList => "string_to_addr_list",
        Check::NameList => "string_to_list",
        Check::Class => "class",
        Check::Dict => "dict",
        Check::Hook(arity) => return format!("callable({arity})"),
        Check::PostRequest => "post_request",
        Check::User => "user",
        Check::Group => "group",
        Check::Folder => "chdir",
        Check::StatsdAddress => "statsd_address",
        Check::ReloadEngine => "reload_engine",
        Check::Protocols => "http_protocols",
        Check::Choice(choice) => choice.validator,
        Check::Ignored => "ssl_version",
    };
    name.to_owned()
}
