//! `--show-config`: each value that counts, where it was written, and what it won over.
//!
//! The output is TOML, so that it can be compared and copied. Values stand as they were written:
//! paths are relative to the file that is named beside them.

use std::fmt::Write as _;

use toml::Value;

use super::shown::ShowSecrets;
use crate::fact;
use crate::policy::config::toml_text::{self, TomlText};
use crate::policy::config::{Config, FailOn, Layer, RuleLevel};
use crate::secret::Secrets;
use crate::settings::{DeploymentSettings, SettingFact};
use crate::source::{SourceMap, Span, Spanned};
use crate::workspace::join;

/// The configuration of a run as TOML with comments that say where each value comes from.
///
/// # Errors
/// When the text would not say what it was meant to: a bug of opslint.
pub fn show_config(
    config: &Config,
    sources: &SourceMap,
    secrets: ShowSecrets,
) -> anyhow::Result<String> {
    let mut page = Page { sources, secrets, toml: TomlText::new() };
    page.head(config);
    page.top(config);
    let levels = config.layers.iter().flat_map(|it| &it.levels);
    page.table(&["levels"], &strongest(levels.map(level_line)));
    let env = config.layers.iter().flat_map(|it| &it.env);
    page.table(&["env"], &strongest(env.map(|it| page.variable_line(it))));
    let plan = config.layers.iter().flat_map(|it| &it.plan);
    let plan = plan.map(|(key, it)| Line::new(&key.value, Value::Integer(it.value), it.span));
    page.table(&["plan"], &strongest(plan));
    page.deployments(&config.layers);
    for layer in &config.layers {
        page.overrides(layer);
        page.suppressions(layer);
    }
    page.toml.finish()
}

/// A key with its value, and where it is written.
struct Line {
    key: Vec<String>,
    value: Value,
    span: Span,
    /// Values that lost, the strongest first.
    over: Vec<(Value, Span)>,
}

impl Line {
    fn new(key: impl Into<String>, value: Value, span: Span) -> Self {
        Self { key: vec![key.into()], value, span, over: Vec::new() }
    }
}

/// One line for each key, in the order of their first mention; the last mention wins.
fn strongest(lines: impl Iterator<Item = Line>) -> Vec<Line> {
    let mut kept: Vec<Line> = Vec::new();
    for mut line in lines {
        match kept.iter_mut().find(|it| it.key == line.key) {
            None => kept.push(line),
            Some(loser) => {
                line.over = vec![(loser.value.clone(), loser.span)];
                line.over.append(&mut loser.over);
                *loser = line;
            }
        }
    }
    kept
}

/// The text so far.
struct Page<'a> {
    sources: &'a SourceMap,
    secrets: ShowSecrets,
    toml: TomlText,
}

impl Page<'_> {
    fn head(&mut self, config: &Config) {
        let paths: Vec<_> = config.files.iter().map(|it| self.sources.file(*it).path()).collect();
        let read = if paths.is_empty() { "no opslint.toml".to_owned() } else { paths.join(", ") };
        self.toml.comment(&format!("Read: {read}"));
        self.toml.fixed("# Paths are relative to the file named beside them.\n\n");
    }

    fn top(&mut self, config: &Config) {
        let fail_on = config.layers.iter().filter_map(|it| it.fail_on.as_ref());
        let lines =
            strongest(fail_on.map(|it| Line::new("fail-on", fail_on_value(it.value), it.span)));
        if lines.is_empty() {
            self.toml.line(&["fail-on"], &fail_on_value(FailOn::default()), "default");
        }
        let baseline = config.layers.iter().filter_map(|it| it.baseline.as_ref());
        let baseline = baseline.map(|it| Line::new("baseline", text(&it.value), it.span));
        for line in lines.iter().chain(&strongest(baseline)) {
            self.line(line);
        }
        self.list("rules", config.layers.iter().flat_map(|it| &it.rules));
        self.list("platforms", config.layers.iter().flat_map(|it| &it.platforms));
        let exclude = config.layers.iter().flat_map(|it| &it.exclude);
        let exclude: Vec<_> =
            exclude.map(|it| Spanned::new(it.value.text().to_owned(), it.span)).collect();
        self.list("exclude", exclude.iter());
    }

    fn list<'v>(&mut self, key: &str, values: impl Iterator<Item = &'v Spanned<String>>) {
        let elements: Vec<_> = values.map(|it| (text(&it.value), self.place(it.span))).collect();
        if !elements.is_empty() {
            self.toml.list(key, &elements);
        }
    }

    fn table(&mut self, path: &[&str], lines: &[Line]) {
        if lines.is_empty() {
            return;
        }
        self.toml.blank();
        self.toml.table(path);
        for line in lines {
            self.line(line);
        }
    }

    fn line(&mut self, line: &Line) {
        let mut note = self.place(line.span);
        for (value, span) in &line.over {
            // Writing to a text cannot fail.
            let value = toml_text::value_text(value);
            let _ = write!(note, ", over {value} in {}", self.place(*span));
        }
        let key: Vec<&str> = line.key.iter().map(String::as_str).collect();
        self.toml.line(&key, &line.value, &note);
    }

    /// Tables about one manifest are one table, whichever file they stand in.
    fn deployments(&mut self, layers: &[Layer]) {
        let all: Vec<_> = layers.iter().flat_map(|it| &it.deployments).collect();
        let mut done = Vec::new();
        for it in &all {
            let place = place_of(it);
            if done.contains(&place) {
                continue;
            }
            let same: Vec<_> = all.iter().filter(|it| place_of(it) == place).copied().collect();
            self.deployment(&it.manifest.value, &same);
            done.push(place);
        }
    }

    fn deployment(&mut self, manifest: &str, tables: &[&DeploymentSettings]) {
        let facts = tables.iter().flat_map(|it| &it.facts);
        self.table(&["deployments", manifest], &strongest(facts.map(fact_line)));
        let env = tables.iter().flat_map(|it| &it.env).map(|it| self.variable_line(it));
        let env = strongest(env);
        self.table(&["deployments", manifest, "env"], &env);
        let set = tables.iter().flat_map(|it| &it.set);
        let set = set.map(|(key, it)| Line::new(&key.value, Value::Boolean(it.value), it.span));
        self.table(&["deployments", manifest, "set"], &strongest(set));
        let mut names: Vec<&str> = Vec::new();
        for it in tables.iter().flat_map(|it| &it.processes) {
            if !names.contains(&it.name.value.as_str()) {
                names.push(&it.name.value);
            }
        }
        for name in names {
            let tables = tables.iter().flat_map(|it| &it.processes);
            let tables: Vec<_> = tables.filter(|it| it.name.value == name).collect();
            let path = ["deployments", manifest, "processes", name, "settings"];
            let facts = tables.iter().flat_map(|it| &it.facts);
            self.table(&path[..4], &strongest(facts.map(fact_line)));
            let settings = tables.iter().flat_map(|it| &it.settings);
            self.table(&path, &strongest(settings.map(setting_line)));
        }
    }

    fn overrides(&mut self, layer: &Layer) {
        for it in &layer.overrides {
            let span = it.paths.first().map(|it| it.span);
            let place = span.or(it.levels.first().map(|it| it.0.span)).map(|it| self.place(it));
            self.toml.blank();
            self.toml.element("overrides", &place.unwrap_or_default());
            let paths = it.paths.iter().map(|it| text(it.value.text())).collect();
            self.toml.line(&["paths"], &Value::Array(paths), "");
            let levels = it
                .levels
                .iter()
                .map(|(rule, level)| (rule.value.clone(), text(level.value.name())));
            self.toml.line(&["levels"], &Value::Table(levels.collect()), "");
        }
    }

    fn suppressions(&mut self, layer: &Layer) {
        for it in &layer.suppressions {
            let place = self.place(it.span);
            self.toml.blank();
            self.toml.element("suppressions", &place);
            let process = it.process.as_ref().map(|it| it.value.clone());
            let until = it.until.as_ref().map(|it| it.value.to_string());
            let lines = [
                ("rule", Some(it.rule.value.clone())),
                ("path", Some(it.path.value.text().to_owned())),
                ("process", process),
                ("reason", Some(it.reason.value.clone())),
                ("until", until),
            ];
            for (key, value) in lines {
                if let Some(value) = value {
                    self.toml.line(&[key], &text(&value), "");
                }
            }
        }
    }

    fn variable_line(&self, (name, value): &(Spanned<String>, Spanned<String>)) -> Line {
        let shown = match self.secrets {
            ShowSecrets::Always => text(&value.value),
            ShowSecrets::Never => {
                text(&Secrets::none_known().mask_named(&name.value, &value.value))
            }
        };
        Line::new(&name.value, shown, value.span)
    }

    /// File and line of a place; the number of the flag for one in a flag.
    fn place(&self, span: Span) -> String {
        let file = self.sources.file(span.file);
        let before = file.text().get(..span.range().start).unwrap_or_default();
        let line_number = before.matches('\n').count() + 1;
        format!("{}:{line_number}", file.path())
    }
}

/// The manifest as a path seen from the start folder.
fn place_of(it: &DeploymentSettings) -> Option<String> {
    join(&it.folder, &it.manifest.value)
}

fn text(it: &str) -> Value {
    Value::String(it.to_owned())
}

fn fail_on_value(fail_on: FailOn) -> Value {
    let mut names: Vec<_> = fail_on.names().into_iter().map(text).collect();
    if names.len() == 1 { names.remove(0) } else { Value::Array(names) }
}

fn level_line((rule, level): &RuleLevel) -> Line {
    Line::new(&rule.value, text(level.value.name()), level.span)
}

fn fact_line(fact: &SettingFact) -> Line {
    let key = fact.name.value.split('.').map(str::to_owned).collect();
    Line { key, ..Line::new("", toml_value(&fact.value.value), fact.value.span) }
}

fn setting_line(setting: &SettingFact) -> Line {
    Line::new(&setting.name.value, toml_value(&setting.value.value), setting.value.span)
}

fn toml_value(value: &fact::Value) -> Value {
    match value {
        fact::Value::Text(it) => text(it),
        fact::Value::List(values) => Value::Array(values.iter().map(toml_value).collect()),
        fact::Value::Number(it) => Value::Float(*it),
        fact::Value::Int(it) => Value::Integer(*it),
        fact::Value::Bool(it) => Value::Boolean(*it),
        fact::Value::Null => text(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::config::{Request, load};
    use crate::workspace::{MemoryFiles, Workspace};
    use expect_test::{Expect, expect};

    fn show(files: &[(&str, &str)], set: &[&str]) -> String {
        let files = files.iter().fold(MemoryFiles::new(), |it, (path, text)| it.with(*path, *text));
        let mut workspace = Workspace::new(&files);
        let set: Vec<_> = set.iter().map(|it| (*it).to_owned()).collect();
        let candidates = ["opslint.toml".to_owned()];
        let request = Request { candidates: &candidates, set: &set, ..Request::default() };
        let mut acc = Vec::new();
        let config = load(&mut acc, &mut workspace, &request);
        assert!(acc.is_empty(), "{acc:?}");
        show_config(&config, &workspace.sources, ShowSecrets::Never).unwrap()
    }

    fn check(files: &[(&str, &str)], set: &[&str], expect: Expect) {
        expect.assert_eq(&show(files, set));
    }

    const BASE: &str = "\
fail-on = \"info\"
rules = [\"policies\"]
[levels]
timeout-above-router = \"off\"
[env]
A = \"base\"
[deployments.Procfile.processes.web]
plan = \"eco\"
";

    const OWN: &str = "\
extends = [\"base.toml\"]
baseline = \"known.toml\"
rules = [\"own\"]
[levels]
timeout-above-router = \"info\"
[deployments.Procfile]
platform = \"heroku\"
env.B = 2
[deployments.Procfile.processes.web]
plan = \"basic\"
machine.cpus = 0.5
bind = [\"a\", \"b\"]
[[overrides]]
paths = [\"legacy/**\"]
levels = { timeout-above-router = \"error\" }
[[suppressions]]
rule = \"timeout-above-router\"
path = \"fly.json\"
process = \"web\"
reason = \"streams \\\"slowly\\\"\"
until = 2027-01-31
";

    #[test]
    fn defaults_are_shown() {
        let expect = expect![[r#"
            # Read: no opslint.toml
            # Paths are relative to the file named beside them.

            fail-on = "warning"  # default
        "#]];
        check(&[], &[], expect);
    }

    #[test]
    fn every_value_says_where_it_comes_from_and_what_it_won_over() {
        let files = [("opslint.toml", OWN), ("base.toml", BASE)];
        let expect = expect![[r##"
            # Read: opslint.toml, base.toml
            # Paths are relative to the file named beside them.

            fail-on = "error"  # --set:3, over "info" in base.toml:1
            baseline = "known.toml"  # opslint.toml:2
            rules = [
              "policies",  # base.toml:2
              "own",  # opslint.toml:3
            ]

            [levels]
            timeout-above-router = "info"  # opslint.toml:5, over "off" in base.toml:4

            [env]
            A = "flag"  # --set:1, over "base" in base.toml:6
            C = "3"  # --set:2

            [deployments.Procfile]
            platform = "heroku"  # opslint.toml:7

            [deployments.Procfile.env]
            B = "2"  # opslint.toml:8

            [deployments.Procfile.processes.web]
            plan = "basic"  # opslint.toml:10, over "eco" in base.toml:8
            machine.cpus = 0.5  # opslint.toml:11
            bind = ["a", "b"]  # opslint.toml:12

            [[overrides]]  # opslint.toml:14
            paths = ["legacy/**"]
            levels = { timeout-above-router = "error" }

            [[suppressions]]  # opslint.toml:16
            rule = "timeout-above-router"
            path = "fly.json"
            process = "web"
            reason = "streams \"slowly\""
            until = "2027-01-31"
        "##]];
        check(&files, &["env.A=flag", "env.C=3", "fail-on=error"], expect);
    }

    #[test]
    fn secrets_are_not_shown_and_what_is_hidden_is_escaped() {
        let config = "[env]\nA = \"x\u{202e}y\"\nSECRET_KEY = \"kanarie-5d1c\"\n";
        let expect = expect![[r##"
            # Read: opslint.toml
            # Paths are relative to the file named beside them.

            fail-on = "warning"  # default

            [env]
            A = "x\u202Ey"  # opslint.toml:2
            SECRET_KEY = "***"  # opslint.toml:3
        "##]];
        check(&[("opslint.toml", config)], &[], expect);
    }

    /// Without comments, so that only values are compared.
    fn values(text: &str) -> Vec<&str> {
        text.lines().map(|it| it.split("  #").next().unwrap_or(it)).skip(1).collect()
    }

    #[test]
    fn what_is_shown_can_be_read_back() {
        let own = OWN.replace("extends = [\"base.toml\"]\n", "");
        let first = show(&[("opslint.toml", &own)], &["fail-on=[\"error\", \"undecided\"]"]);
        let second = show(&[("opslint.toml", &first)], &[]);
        assert_eq!(values(&second), values(&first));
    }
}
