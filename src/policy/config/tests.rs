//! Each thing that can be wrong with configuration, by its text and its place; and what a chain of
//! files and flags comes to.

use super::*;
use crate::fact::Value;
use crate::policy::levels::Level;
use crate::settings::DeploymentSettings;
use crate::workspace::MemoryFiles;

const RULES: &[&str] = &["missing-max-requests", "timeout-above-router"];

struct Loaded {
    config: Config,
    problems: Vec<String>,
}

/// Loads configuration; each problem is "path: `the bytes it points at`: message; help".
fn load_all(files: &[(&str, &str)], set: &[&str], candidates: &[&str]) -> Loaded {
    let files = files.iter().fold(MemoryFiles::new(), |it, (path, text)| it.with(*path, *text));
    let mut workspace = Workspace::new(&files);
    let set: Vec<_> = set.iter().map(|it| (*it).to_owned()).collect();
    let candidates: Vec<_> = candidates.iter().map(|it| (*it).to_owned()).collect();
    let mut acc = Vec::new();
    let request = Request { candidates: &candidates, set: &set, ..Request::default() };
    let config = load(&mut acc, &mut workspace, &request);
    config.check_rules(&mut acc, RULES, &[]);
    let sources = &workspace.sources;
    let problem = |it: &Diagnostic| {
        assert_eq!(it.rule, INVALID_CONFIG);
        let path = sources.file(it.primary.span.file).path();
        let help = it.help.as_ref().map_or(String::new(), |it| format!("; {it}"));
        format!("{path}: `{}`: {}{help}", sources.text(it.primary.span), it.message)
    };
    Loaded { config, problems: acc.iter().map(problem).collect() }
}

/// One file with one problem: the bytes it points at, and "message; help".
#[track_caller]
fn wrong(text: &str, at: &str, expect: &str) {
    let loaded = load_all(&[("opslint.toml", text)], &[], &["opslint.toml"]);
    assert_eq!(loaded.problems, [format!("opslint.toml: `{at}`: {expect}")]);
}

#[track_caller]
fn right(files: &[(&str, &str)], set: &[&str]) -> Config {
    let loaded = load_all(files, set, &[files[0].0]);
    assert_eq!(loaded.problems, Vec::<String>::new());
    loaded.config
}

fn deployment(config: &Config, manifest: &str) -> DeploymentSettings {
    let settings = config.settings();
    let found = settings.about(manifest);
    (*found.first().expect("a table about this manifest")).clone()
}

fn facts_of(facts: &[crate::settings::SettingFact]) -> Vec<String> {
    facts.iter().map(|it| format!("{} = {}", it.name.value, it.value.value)).collect()
}

#[test]
fn syntax_errors_have_a_place() {
    let text = "rules = [\"a\"\nfail-on = \"error\"\n";
    let loaded = load_all(&[("opslint.toml", text)], &[], &["opslint.toml"]);
    assert!(loaded.problems[0].contains("not valid TOML: "), "{:?}", loaded.problems);
}

#[test]
fn unknown_keys_are_named_with_the_nearest_one() {
    wrong("falil-on = \"error\"", "falil-on", "unknown key `falil-on`; did you mean `fail-on`?");
    wrong(
        "[[overrides]]\npaths = []\nlevels = {}\npath = 1",
        "path",
        "unknown key `overrides.path`; did you mean `paths`?",
    );
    wrong(
        "[[overrides]]\npaths = []\nlevels = {}\nzzzzzz = 1",
        "zzzzzz",
        "unknown key `overrides.zzzzzz`; known: `paths`, `levels`",
    );
}

#[test]
fn keys_that_a_table_needs_are_missed() {
    wrong(
        "[[suppressions]]\nrule = \"timeout-above-router\"\npath = \"fly.json\"",
        "[[suppressions]]",
        "`reason` is missing; add `reason = …`: why this is right here",
    );
}

#[test]
fn wrong_types_are_named() {
    wrong(
        "rules = \"ops\"",
        "\"ops\"",
        "`rules` must be a list of strings, not a string; write `[\"ops\"]`",
    );
    wrong("rules = [1]", "1", "`rules` must be a string, not an integer");
    wrong("levels = 1", "1", "`levels` must be a table, not an integer");
    wrong("env.A = [1]", "[1]", "`env.A` must be a string, not a list");
    wrong(
        "[deployments.Procfile.processes.web]\ninstances = 1.5",
        "1.5",
        "`deployments.Procfile.processes.web.instances` must be a whole number, not a number",
    );
    wrong(
        "[deployments.Procfile.processes.web]\npreload = 1",
        "1",
        "`preload` must be `true` or `false`, not an integer",
    );
    wrong(
        "[deployments.Procfile.processes.web]\nbind = [1]",
        "[1]",
        "`bind` must be a list of strings, not a list",
    );
}

#[test]
fn unknown_levels_and_severities_are_named_with_the_nearest_one() {
    wrong(
        "levels.timeout-above-router = \"eror\"",
        "\"eror\"",
        "`eror` is not a level; did you mean `error`?",
    );
    wrong(
        "fail-on = \"sometimes\"",
        "\"sometimes\"",
        "`sometimes` is not a value of `fail-on`; known: `info`, `warning`, `error`, `never`, \
         `undecided`",
    );
    wrong(
        "fail-on = [\"error\", \"info\"]",
        "\"info\"",
        "`fail-on` names more than one severity; name the mildest one; worse ones fail too",
    );
}

#[test]
fn unknown_rules_are_named_with_the_nearest_one() {
    wrong(
        "[levels]\nmissing-max-request = \"off\"",
        "missing-max-request",
        "`missing-max-request` is not a rule; did you mean `missing-max-requests`?",
    );
    wrong(
        "[[overrides]]\npaths = []\nlevels = { timeout-over-router = \"off\" }",
        "timeout-over-router",
        "`timeout-over-router` is not a rule; did you mean `timeout-above-router`?",
    );
}

#[test]
fn unknown_platforms_are_named_with_the_nearest_one() {
    wrong(
        "deployments.Procfile.platform = \"heruko\"",
        "\"heruko\"",
        "`heruko` is not a platform; did you mean `heroku`?",
    );
}

#[test]
fn unknown_facts_are_named_with_the_nearest_one() {
    wrong(
        "[deployments.Procfile.processes.web]\nwokers = 2",
        "wokers",
        "`wokers` is neither a key nor a fact; did you mean `workers`?",
    );
    wrong(
        "[deployments.Procfile.processes.web]\nmachine.colour = 2",
        "colour",
        "`machine.colour` is neither a key nor a fact; `opslint facts` lists every fact",
    );
}

#[test]
fn a_fact_in_another_unit_is_told_its_own() {
    wrong(
        "[deployments.Procfile.processes.web]\ntimeout_ms = 30000",
        "timeout_ms",
        "`timeout_ms` is not a fact; opslint counts it in seconds; write `timeout_s`, in seconds",
    );
    wrong(
        "[deployments.Procfile.processes.web]\nmemory_per_worker_mb = \"1.5GB\"",
        "\"1.5GB\"",
        "`memory_per_worker_mb` must be a number of megabytes, not the text \"1.5GB\"; \
         write `memory_per_worker_mb = 1536`",
    );
    wrong(
        "[deployments.Procfile.processes.web]\ntimeout_s = \"long\"",
        "\"long\"",
        "`timeout_s` must be a number of seconds, not the text \"long\"; \
         write a number; the unit is part of the name `timeout_s`",
    );
}

#[test]
fn numbers_have_a_range() {
    let web = |line: &str| format!("[deployments.Procfile.processes.web]\n{line}");
    wrong(&web("workers = -1"), "-1", "`workers` must be 0 or more");
    wrong(&web("port = 70000"), "70000", "`port` must be a port, 0 to 65535");
    let path = "`deployments.Procfile.processes.web.instances`";
    wrong(&web("instances = -1"), "-1", &format!("{path} must be 0 or more"));
}

#[test]
fn enumerations_are_closed() {
    wrong(
        "[deployments.Procfile.processes.web]\nkind = \"webb\"",
        "\"webb\"",
        "`webb` is not a value of `kind`; did you mean `web`?",
    );
}

#[test]
fn keys_on_the_wrong_table_are_sent_to_the_right_one() {
    wrong(
        "[deployments.Procfile]\nplan = \"eco\"",
        "plan",
        "`plan` belongs to a process, not to the deployment; \
         write it under `processes.NAME`, such as `processes.web.plan`",
    );
    wrong(
        "[deployments.Procfile.processes.web]\nplatform = \"fly\"",
        "platform",
        "`platform` belongs to the deployment, not to one process; \
         write it one table up, under `[deployments.\"…\"]`",
    );
}

#[test]
fn a_fact_is_stated_once() {
    wrong(
        "[deployments.P.processes.web]\nplan = \"eco\"\nmachine.plan = \"basic\"",
        "plan",
        "`machine.plan` is stated twice",
    );
    wrong(
        "[deployments.P.processes.web]\nmachine.cpus = 1\n\"machine.cpus\" = 2",
        "\"machine.cpus\"",
        "`machine.cpus` is stated twice",
    );
}

#[test]
fn patterns_and_paths_are_relative() {
    wrong(
        "[[overrides]]\npaths = [\"a[\"]\nlevels = {}",
        "\"a[\"",
        "`a[` is not a path pattern: unclosed character class; missing ']'",
    );
    wrong(
        "rules = [\"/etc/rules\"]",
        "\"/etc/rules\"",
        "`/etc/rules` is an absolute path; write it relative to the file it is in, so that it \
         holds on every machine",
    );
}

#[test]
fn a_date_is_a_day_of_the_calendar_and_a_reason_is_not_empty() {
    let entry = |reason: &str, until: &str| {
        let rule = "rule = \"timeout-above-router\"\npath = \"fly.json\"";
        format!("[[suppressions]]\n{rule}\nreason = \"{reason}\"\nuntil = {until}")
    };
    wrong(
        &entry("x", "\"2027-02-30\""),
        "\"2027-02-30\"",
        "`2027-02-30` is not a date; write a day of the calendar, such as `2027-01-31`",
    );
    wrong(
        &entry(" ", "2027-02-28"),
        "\" \"",
        "the reason is empty; say why this is right here, for whoever reads it in a year",
    );
}

#[test]
fn files_that_are_not_there_are_named() {
    wrong("extends = [\"a/no.toml\"]", "\"a/no.toml\"", "cannot read `a/no.toml`");
    let outside = "`../no.toml` is outside of the project";
    wrong("extends = [\"../no.toml\"]", "\"../no.toml\"", outside);
    wrong("platforms = [\"no.toml\"]", "\"no.toml\"", "cannot read `no.toml`");
}

#[test]
fn a_broken_platform_file_is_labelled_where_it_is_broken() {
    let files = [("opslint.toml", "platforms = [\"p.toml\"]"), ("p.toml", "id = \"Big Cloud\"")];
    let loaded = load_all(&files, &[], &["opslint.toml"]);
    let expect = "p.toml: `\"Big Cloud\"`: not a platform file: `Big Cloud` is not an id: use \
                  lower-case letters, digits and `-`";
    assert_eq!(loaded.problems, [expect]);
}

#[test]
fn a_platform_of_the_user_is_known() {
    let text = "platforms = [\"p.toml\"]\ndeployments.Procfile.platform = \"own\"";
    let config = right(&[("opslint.toml", text), ("p.toml", "id = \"own\"")], &[]);
    assert_eq!(facts_of(&deployment(&config, "Procfile").facts), ["platform = own"]);
    assert_eq!(config.settings().platforms, [("p.toml".to_owned(), "id = \"own\"".to_owned())]);
}

#[test]
fn a_cycle_of_extends_ends() {
    let files = [
        ("a/opslint.toml", "extends = [\"../b.toml\"]"),
        ("b.toml", "extends = [\"a/opslint.toml\"]"),
    ];
    let loaded = load_all(&files, &[], &["a/opslint.toml"]);
    let expect = "b.toml: `\"a/opslint.toml\"`: `a/opslint.toml` extends itself; \
                  take one of the files out of `extends`";
    assert_eq!(loaded.problems, [expect]);
}

#[test]
fn a_flag_without_a_value_and_a_wrong_flag_are_labelled_in_the_flag() {
    let files = [("opslint.toml", "")];
    let loaded = load_all(&files, &["env.A=1", "rules", "levels.x.y=off"], &["opslint.toml"]);
    assert_eq!(
        loaded.problems,
        [
            "--set: `rules`: `--set rules` has no value; write `--set KEY=VALUE`, such as \
             `--set fail-on=error`",
            "--set: `x`: `levels.x` must be a level, not a table",
        ]
    );
}

#[test]
fn the_nearest_file_counts() {
    assert_eq!(candidates("a/b"), ["a/b/opslint.toml", "a/opslint.toml", "opslint.toml"]);
    assert_eq!(candidates(""), ["opslint.toml"]);
    assert_eq!(candidates("../x"), ["../x/opslint.toml", "../opslint.toml"]);
    let files = [("opslint.toml", "fail-on = \"error\""), ("a/opslint.toml", "fail-on = \"info\"")];
    let near = load_all(&files, &[], &["a/b/opslint.toml", "a/opslint.toml", "opslint.toml"]);
    assert_eq!(near.config.fail_on().unwrap().value.names(), ["info"]);
    assert_eq!(near.config.layers.len(), 1);
}

#[test]
fn later_layers_win() {
    let base = "fail-on = \"info\"\nbaseline = \"base.toml\"\nrules = [\"policies\"]\n\
                [levels]\ntimeout-above-router = \"off\"\nmissing-max-requests = \"off\"\n\
                [env]\nA = \"base\"\nB = \"base\"\n";
    let own = "extends = [\"../base.toml\"]\nrules = [\"own\"]\n\
               [levels]\ntimeout-above-router = \"info\"\n[env]\nA = \"own\"\n";
    let files = [("app/opslint.toml", own), ("base.toml", base)];
    let config = right(&files, &["fail-on=error", "env.C=3"]);
    assert_eq!(config.fail_on().unwrap().value.names(), ["error"]);
    assert_eq!(config.baseline().unwrap().1.path, "base.toml");
    let folders: Vec<_> = config.rule_folders().into_iter().map(|it| it.path.path).collect();
    assert_eq!(folders, ["policies", "app/own"]);
    let (levels, _) = config.levels(&Locks::default(), &[]);
    assert_eq!(levels.level("timeout-above-router", "x"), Some(Level::Info));
    assert_eq!(levels.level("missing-max-requests", "x"), Some(Level::Off));
    let env: Vec<_> =
        config.settings().env.into_iter().map(|it| (it.0.value, it.1.value)).collect();
    let expect = [("A", "own"), ("B", "base"), ("C", "3")];
    assert_eq!(env, expect.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn statements_about_one_manifest_are_merged() {
    let base = "[deployments.\"app/Procfile\"]\nplatform = \"heroku\"\nmemory_per_worker_mb = 90\n\
                [deployments.\"app/Procfile\".processes.web]\nplan = \"eco\"\ninstances = 1\n";
    let own = "extends = [\"../base.toml\"]\n[deployments.Procfile.processes.web]\n\
               machine = { plan = \"basic\", memory_mb = 512 }\n";
    let files = [("app/opslint.toml", own), ("base.toml", base)];
    let config = right(&files, &["deployments.\"app/Procfile\".processes.web.instances=2"]);
    let stated = deployment(&config, "app/Procfile");
    assert_eq!(facts_of(&stated.facts), ["platform = heroku", "memory_per_worker_mb = 90"]);
    assert_eq!(
        facts_of(&stated.processes[0].facts),
        ["machine.plan = basic", "machine.memory_mb = 512", "instances = 2"]
    );
}

#[test]
fn a_table_that_names_a_manifest_wins_over_a_pattern() {
    let text = "deployments.\"Procfile\".platform = \"heroku\"\n\
                deployments.\"**/Procfile\".platform = \"render\"\n\
                deployments.\"a/*\".platform = \"fly\"\n";
    let config = right(&[("opslint.toml", text)], &[]);
    assert_eq!(facts_of(&deployment(&config, "Procfile").facts), ["platform = heroku"]);
    assert_eq!(facts_of(&deployment(&config, "b/Procfile").facts), ["platform = render"]);
    assert_eq!(facts_of(&deployment(&config, "a/Procfile").facts), ["platform = fly"]);
}

#[test]
fn a_file_above_the_start_folder_names_manifests_from_there() {
    let text = "deployments.\"apps/*/Procfile\".platform = \"render\"\n";
    let files = MemoryFiles::new().with("../../opslint.toml", text);
    let mut workspace = Workspace::new(&files);
    let candidates = ["opslint.toml", "../opslint.toml", "../../opslint.toml"].map(str::to_owned);
    let above = ["apps", "shop"].map(str::to_owned);
    let request = Request { candidates: &candidates, above: &above, ..Request::default() };
    let config = load(&mut Vec::new(), &mut workspace, &request);
    assert_eq!(facts_of(&deployment(&config, "Procfile").facts), ["platform = render"]);
    assert!(config.settings().about("sub/Procfile").is_empty());
}

#[test]
fn overrides_are_relative_to_their_own_file() {
    let own = "[[overrides]]\npaths = [\"legacy\"]\nlevels = { timeout-above-router = \"off\" }\n";
    let levels = right(&[("app/opslint.toml", own)], &[]).levels(&Locks::default(), &[]).0;
    assert_eq!(levels.level("timeout-above-router", "app/legacy/fly.toml"), Some(Level::Off));
    assert_eq!(levels.level("timeout-above-router", "legacy/fly.toml"), None);
}

#[test]
fn a_variable_is_the_text_as_written() {
    let text = "[env]\nA = 1_000\nB = true\nC = \"x\"\nD = 1.50\n";
    let env = right(&[("opslint.toml", text)], &[]).settings().env;
    let values: Vec<_> = env.iter().map(|it| it.1.value.as_str()).collect();
    assert_eq!(values, ["1_000", "true", "x", "1.50"]);
}

#[test]
fn what_is_wrong_is_left_out_and_the_rest_counts() {
    let text = "fail-on = \"error\"\nbroken = = 1\n[deployments.Procfile.processes.web]\n\
                workers = \"two\"\nthreads = 4\n";
    let loaded = load_all(&[("opslint.toml", text)], &[], &["opslint.toml"]);
    assert!(loaded.problems.len() >= 2);
    assert_eq!(loaded.config.fail_on().unwrap().value.names(), ["error"]);
    let web = &deployment(&loaded.config, "Procfile").processes[0];
    assert_eq!(web.facts.len(), 1);
    assert_eq!(web.facts[0].value.value, Value::Int(4));
}

#[test]
fn every_prefix_of_a_file_loads_without_a_panic() {
    let text = "extends = [\"a.toml\"]\n[env]\nÄ = \"ü\"\n[deployments.\"P*\".processes.web]\n\
                machine.memory_mb = 512\n[[overrides]]\npaths = [\"x/**\"]\nlevels = { a = 'off' }";
    for end in (0..=text.len()).filter(|it| text.is_char_boundary(*it)) {
        load_all(&[("opslint.toml", &text[..end])], &[&text[..end]], &["opslint.toml"]);
    }
}

proptest::proptest! {
    /// Pieces of TOML in any order, as a file and as a flag.
    #[test]
    fn any_text_loads_without_a_panic(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..20)
    ) {
        let text = pieces.concat();
        let files = [("opslint.toml", text.as_str()), ("a.toml", text.as_str())];
        let loaded = load_all(&files, &[&text, &text], &["opslint.toml"]);
        loaded.config.levels(&Locks::default(), &[]);
        loaded.config.settings().about("Procfile");
    }
}

const PIECES: &[&str] = &[
    "extends",
    "levels",
    "env",
    "deployments",
    "processes",
    "overrides",
    "suppressions",
    "paths",
    "fail-on",
    "machine",
    "plan",
    "until",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    ".",
    ",",
    "=",
    "\"",
    "'",
    "\n",
    " ",
    "a.toml",
    "Procfile",
    "ä🙂",
    "1",
    "-9223372036854775808",
    "1e999",
    "nan",
    "#",
    "2027-01-31",
    "\"\"\"",
    "\\u00",
    "\r",
    "*",
    "[\"a.toml\"]",
    "{{ x }}",
];
