//! Rules: files as people write them, and expressions on the facts of a process.

use opslint::analysis::{Analysis, Options};
use opslint::policy::Policy;
use opslint::source::SourceMap;
use opslint::workspace::MemoryFiles;

use super::projects::report;

const FLY: &str = "app = \"shop\"\n[env]\nA = \"1\"\n[http_service]\ninternal_port = 8080\n\
                   [[vm]]\nmemory = \"512mb\"\n[processes]\napp = \"gunicorn shop.wsgi -w 3\"\n";

/// A rule file.
pub(super) fn file(text: &str) {
    let mut broken = Vec::new();
    let mut policy = Policy::default();
    let file = SourceMap::new().add("policy/own.toml", text);
    policy.add(&mut broken, file, "policy/own.toml", text);
    for it in &broken {
        assert!(text.get(it.primary.span.range()).is_some(), "{it:?} is not in the file");
    }
    if broken.is_empty() && !policy.rules.is_empty() {
        assert!(!opslint::examples::test(&policy).report().is_empty());
    }
    judge(text);
}

/// An expression on the first line, a message on the second.
pub(super) fn expression(text: &str) {
    let (expression, message) = text.split_once('\n').unwrap_or((text, "m"));
    for on in ["process", "deployment", "file"] {
        let rule = format!(
            "since = \"0.1.0\"\nlevel = \"error\"\ngroup = \"own\"\nsummary = \"s\"\nwhy = \"w\"\n\
             help = \"h\"\nsources = [\"https://example.invalid\"]\n[check]\non = \"{on}\"\n\
             require = {}\nmessage = {}\n[[fail]]\nProcfile = \"web: a\"\n[[pass]]\n\
             Procfile = \"web: b\"\n",
            quoted(expression),
            quoted(message)
        );
        judge(&rule);
    }
}

/// A text as a string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for it in text.chars() {
        match it {
            '"' | '\\' => quoted.extend(['\\', it]),
            it if it.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(it))),
            it => quoted.push(it),
        }
    }
    quoted + "\""
}

/// Checks a project whose configuration names the folder of the rule: what is wrong with a rule is
/// then said at its place.
fn judge(rule: &str) {
    let files = MemoryFiles::new()
        .with("opslint.toml", "rules = [\"policy\"]\n")
        .with("policy/own.toml", rule)
        .with("fly.toml", FLY)
        .with("gunicorn.conf.py", "threads = 2\n");
    let options = Options { paths: vec![".".into()], ..Options::default() };
    report(&Analysis::open(files, options).expect("files in memory are there"));
}
