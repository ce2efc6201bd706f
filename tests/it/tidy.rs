//! The repository's own rules, checked on its files: what a reviewer would otherwise have to see.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::disallowed_methods, reason = "this test reads the repository")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use opslint::policy::Policy;
use opslint::policy::rule::WITHOUT_PAGE;

/// Lines of a file of code, above which it is to be split by topic.
const LINES_MAX: usize = 500;

#[derive(Clone)]
struct File {
    path: String,
    text: String,
}

impl File {
    fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.contains("/tests")
    }

    /// The lines in front of the module of unit tests, with their numbers.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(idx, line)| (idx + 1, line));
        lines.take_while(|(_, line)| *line != "mod tests {" && !line.ends_with("mod tests;"))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files below a folder that end so, sorted by path.
fn files(folder: &str, ending: &str) -> Vec<File> {
    let mut folders = vec![root().join(folder)];
    let mut paths: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                // What npm installs is not ours, and pages that are made are checked by the site.
                true if path.ends_with("node_modules") || path.ends_with("docs/reference") => {}
                true => folders.push(path),
                false if path.to_string_lossy().ends_with(ending) => paths.push(path),
                false => {}
            }
        }
    }
    paths.sort();
    let file = |path: PathBuf| File {
        text: fs::read_to_string(&path).unwrap(),
        path: path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/"),
    };
    paths.into_iter().map(file).collect()
}

/// Fails with every place at once: `path:line: what to do`.
#[track_caller]
fn none(places: impl IntoIterator<Item = String>) {
    let places: Vec<String> = places.into_iter().collect();
    assert!(places.is_empty(), "\n{}\n", places.join("\n"));
}

/// Every line of code of the program for which `mistake` says what to do.
#[track_caller]
fn check_code(mistake: impl Fn(&File, &str) -> Option<&'static str>) {
    let sources = [files("src", ".rs"), files("crates", ".rs")].concat();
    none(sources.iter().flat_map(|file| {
        let say =
            |(number, line)| mistake(file, line).map(|it| format!("{}:{number}: {it}", file.path));
        file.code().filter_map(say).collect::<Vec<_>>()
    }));
}

#[test]
fn files_are_small_enough_to_hold_in_the_head() {
    let all = ["src", "crates", "tests", "benches"].into_iter().flat_map(|it| files(it, ".rs"));
    none(all.filter_map(|it| {
        let lines = it.text.lines().count();
        (lines > LINES_MAX).then(|| format!("{}: {lines} lines, split it by topic", it.path))
    }));
}

#[test]
fn every_module_says_what_it_is_for() {
    let all = ["src", "crates", "tests", "benches"].into_iter().flat_map(|it| files(it, ".rs"));
    let is_bare = |it: &File| !it.text.starts_with("//! ");
    none(
        all.filter(is_bare)
            .map(|it| format!("{}:1: begin with `//!` and the module's job", it.path)),
    );
}

#[test]
fn only_reports_have_wire_formats() {
    check_code(|file, line| {
        let derives = line.contains("derive(") && line.contains("Serialize");
        let is_report = file.path.starts_with("src/report/");
        (derives && !is_report).then_some("only `report` makes wire formats")
    });
}

#[test]
fn only_discover_reads_files_and_only_one_module_prints() {
    check_code(|file, line| {
        let code = line.split("//").next().unwrap_or_default();
        let uses = |it: &[&str]| it.iter().any(|it| code.contains(it));
        let from = |it: &[&str]| it.iter().any(|it| file.path.starts_with(it));
        if uses(&["std::fs", "fs::read", "fs::write", "File::open"]) && !from(&["src/discover/"]) {
            return Some("only `discover` reads and writes files");
        }
        if uses(&["TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs"]) {
            return Some("opslint never uses the network");
        }
        if uses(&["process::Command", "Command::new("]) && !from(&["src/discover/git.rs"]) {
            return Some("opslint runs no program but git");
        }
        let prints = uses(&["println!", "eprint!", "print!(", "io::stdout()", "io::stderr()"]);
        // Messages of the protocol are JSON, and what they hold was made safe to show before.
        (prints && !from(&["src/cli/streams.rs", "src/lsp/stream.rs"]))
            .then_some("print through `cli::streams`, which lets nothing hidden out")
    });
}

#[test]
fn nothing_is_left_for_later() {
    let all = ["src", "crates", "tests", "benches"].into_iter().flat_map(|it| files(it, ".rs"));
    let words = ["TODO", "FIXME", "XXX", "HACK", "dbg!(", "todo!(", "unimplemented!("];
    none(all.filter(|it| !it.path.ends_with("tidy.rs")).flat_map(|file| {
        let lines = file.text.lines().enumerate();
        let left = lines.filter(|(_, line)| words.iter().any(|it| line.contains(it)));
        left.map(|(idx, line)| format!("{}:{}: {}", file.path, idx + 1, line.trim()))
            .collect::<Vec<_>>()
    }));
}

#[test]
fn no_test_is_switched_off_or_waits() {
    let all = ["src", "crates", "tests"].into_iter().flat_map(|it| files(it, ".rs"));
    let words = ["#[ignore", "#[should_panic", "thread::sleep", "#[allow("];
    none(all.filter(|it| !it.path.ends_with("tidy.rs")).flat_map(|file| {
        let lines = file.text.lines().enumerate();
        let found = lines.filter(|(_, line)| words.iter().any(|it| line.contains(it)));
        found
            .map(|(idx, line)| format!("{}:{}: not `{}`", file.path, idx + 1, line.trim()))
            .collect::<Vec<_>>()
    }));
}

/// Texts in code that are shaped like the id of a rule.
fn kebab_texts() -> BTreeSet<String> {
    let data = files("keys", ".toml");
    let code = ["src", "crates"].into_iter().flat_map(|it| files(it, ".rs"));
    let code = code.filter(|it| !it.is_test());
    let mut texts = BTreeSet::new();
    for file in code.chain(data) {
        for quoted in file.text.split('"').skip(1).step_by(2) {
            texts.insert(quoted.to_owned());
        }
        // Quotes in comments and character literals shift the count: both halves are looked at.
        for quoted in file.text.split('"').step_by(2) {
            texts.insert(quoted.to_owned());
        }
    }
    texts
}

#[test]
fn rules_that_code_finds_are_raised_somewhere() {
    let mut broken = Vec::new();
    let policy = Policy::builtin(&mut broken);
    assert!(broken.is_empty(), "{broken:?}");
    let texts = kebab_texts();
    let silent =
        policy.rules.iter().filter(|it| it.check.is_none() && !texts.contains(it.id.as_ref()));
    none(silent.map(|it| format!("rules/{}.toml: no code raises it", it.id)));
    let ids: BTreeSet<&str> = policy.rules.iter().map(|it| it.id.as_ref()).collect();
    none(WITHOUT_PAGE.iter().filter(|it| ids.contains(*it) || !texts.contains(**it)).map(|it| {
        format!("crates/opslint-policy/src/rule.rs: `{it}` has a page, or nothing raises it")
    }));
}

#[test]
fn every_rule_has_sources_that_are_addresses_and_sentences_that_end() {
    let policy = Policy::builtin(&mut Vec::new());
    none(policy.rules.iter().flat_map(|rule| {
        let mut mistakes = Vec::new();
        let mut say = |what: &str| mistakes.push(format!("rules/{}.toml: {what}", rule.id));
        let is_own = rule.group == "suppressions";
        if !is_own && rule.sources.is_empty()
            || rule.sources.iter().any(|it| !it.starts_with("https://"))
        {
            say("give at least one source, each as an https address");
        }
        if !rule.why.ends_with(['.', '`']) {
            say("`why` is sentences, which end with a full stop");
        }
        if rule.summary.ends_with('.') || rule.help.value().ends_with('.') {
            say("`summary` and `help` are no sentences: no full stop");
        }
        mistakes
    }));
}

#[test]
fn links_in_the_documentation_lead_somewhere() {
    let all = ["docs", "rules", "platforms", "keys"].into_iter().flat_map(|it| files(it, ".md"));
    let top = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"].map(|path| File {
        path: path.to_owned(),
        text: fs::read_to_string(root().join(path)).unwrap(),
    });
    none(all.chain(top).flat_map(|file| {
        let folder = Path::new(&file.path).parent().unwrap().to_owned();
        // Code between backticks has no links, be it between three, two or one of them.
        let prose = ["```", "``", "`"].into_iter().fold(file.text.clone(), |text, fence| {
            text.split(fence).step_by(2).collect::<Vec<_>>().join(" ")
        });
        let targets = prose.split("](").skip(1).filter_map(|it| it.split(')').next());
        let local = targets.filter(|it| !it.contains("://") && !it.starts_with('#'));
        local
            .map(|it| it.split('#').next().unwrap_or_default())
            .filter(|it| !root().join(&folder).join(it).exists())
            .map(|it| format!("{}: the link to `{it}` leads nowhere", file.path))
            .collect::<Vec<_>>()
    }));
}

/// Phrases that no native engineer writes, and what to write instead.
const PHRASES: [(&str, &str); 8] = [
    ("for ever ", "forever"),
    ("without a word", "silently"),
    ("are not possible", "is not allowed"),
    ("is not possible", "is out of range"),
    ("belongs into", "belongs in"),
    ("stands twice", "is there twice"),
    ("any more:", "no longer"),
    (", and the router waits", ", but the router waits"),
];

#[test]
fn rules_say_it_as_an_engineer_would() {
    none(files("rules", "toml").into_iter().flat_map(|it| {
        let said = PHRASES.iter().filter(|(phrase, _)| it.text.contains(phrase));
        let said: Vec<String> = said
            .map(|(phrase, better)| format!("{}: write `{better}` for `{phrase}`", it.path))
            .collect();
        said
    }));
}

/// Nouns that follow a number in what rules say.
const COUNTED: [&str; 9] = [
    "workers",
    "threads",
    "seconds",
    "CPUs",
    "requests",
    "instances",
    "connections",
    "machines",
    "jobs",
];

#[test]
fn what_rules_count_is_one_or_many() {
    none(files("rules", "toml").into_iter().flat_map(|it| {
        let said = |line: &&str| {
            ["message = ", "label = ", "help = "].iter().any(|key| line.starts_with(key))
        };
        let is_plural =
            |line: &&str| COUNTED.iter().any(|noun| line.contains(&format!("}} {noun}")));
        let lines = it.text.lines().filter(said).filter(is_plural).map(str::to_owned);
        let lines: Vec<String> = lines.collect();
        lines.into_iter().map(move |line| {
            format!("{}: write `{{count(n, \"worker\")}}` instead of `{line}`", it.path)
        })
    }));
}

/// A list of names is wrong on the day a platform or a program is added.
#[test]
fn rules_that_name_a_platform_or_a_program_say_why() {
    let names = regex::Regex::new(r"\b(platform|server)\s*(in\s*\[|==|!=)").unwrap();
    none(files("rules", "toml").into_iter().filter_map(|it| {
        let rule: toml::Table = it.text.parse().unwrap();
        let condition = |key: &&str| rule["check"].get(*key)?.as_str().map(str::to_owned);
        let mut conditions = ["when", "require", "select"].iter().filter_map(condition);
        let is_named = conditions.any(|it| names.is_match(&it));
        (is_named && !rule.contains_key("scope")).then(|| {
            format!("{}: ask for a trait, or say in `scope` why it is about this alone", it.path)
        })
    }));
}
