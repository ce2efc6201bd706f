//! `--show-config`: each value that counts, where it was written, and what it won over.
//!
//! The output is TOML, so that it can be compared and copied. Values stand as they were written:
//! paths are relative to the file that is named beside them.

use crate::fact::Value;
use crate::policy::config::tree::quote;
use crate::policy::config::{Config, FailOn, Layer, RuleLevel};
use crate::settings::{DeploymentSettings, SettingFact};
use crate::source::{SourceMap, Span, Spanned};
use crate::workspace::join;

/// The configuration of a run as TOML with comments that say where each value comes from.
pub fn show_config(config: &Config, sources: &SourceMap) -> String {
    let mut page = Page { sources, text: String::new() };
    page.head(config);
    page.top(config);
    let levels = config.layers.iter().flat_map(|it| &it.levels);
    page.table("[levels]", &strongest(levels.map(level_line)));
    let env = config.layers.iter().flat_map(|it| &it.env);
    page.table("[env]", &strongest(env.map(variable_line)));
    page.deployments(&config.layers);
    for layer in &config.layers {
        page.lists_of_tables(layer);
    }
    page.text
}

/// A key with its value, and where it is written.
struct Line {
    key: String,
    value: String,
    span: Span,
    /// Values that lost, the strongest first.
    over: Vec<(String, Span)>,
}

impl Line {
    fn new(key: impl Into<String>, value: impl Into<String>, span: Span) -> Self {
        Self { key: key.into(), value: value.into(), span, over: Vec::new() }
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
    text: String,
}

impl Page<'_> {
    fn head(&mut self, config: &Config) {
        let paths: Vec<_> = config.files.iter().map(|it| self.sources.file(*it).path()).collect();
        let read = if paths.is_empty() { "no opslint.toml".to_owned() } else { paths.join(", ") };
        self.text =
            format!("# Read: {read}\n# Paths are relative to the file named beside them.\n");
    }

    fn top(&mut self, config: &Config) {
        self.text.push('\n');
        let fail_on = config.layers.iter().filter_map(|it| it.fail_on.as_ref());
        let lines =
            strongest(fail_on.map(|it| Line::new("fail-on", fail_on_value(it.value), it.span)));
        if lines.is_empty() {
            let value = fail_on_value(FailOn::default());
            self.text.push_str(&format!("fail-on = {value}  # default\n"));
        }
        let baseline = config.layers.iter().filter_map(|it| it.baseline.as_ref());
        let baseline = baseline.map(|it| Line::new("baseline", quote(&it.value), it.span));
        for line in lines.iter().chain(&strongest(baseline)) {
            self.line(line);
        }
        self.list("rules", config.layers.iter().flat_map(|it| &it.rules));
        self.list("platforms", config.layers.iter().flat_map(|it| &it.platforms));
    }

    fn list<'v>(&mut self, key: &str, values: impl Iterator<Item = &'v Spanned<String>>) {
        let mut values = values.peekable();
        if values.peek().is_none() {
            return;
        }
        self.text.push_str(&format!("{key} = [\n"));
        for it in values {
            let (value, place) = (quote(&it.value), self.place(it.span));
            self.text.push_str(&format!("  {value},  # {place}\n"));
        }
        self.text.push_str("]\n");
    }

    fn table(&mut self, header: &str, lines: &[Line]) {
        if lines.is_empty() {
            return;
        }
        self.text.push_str(&format!("\n{header}\n"));
        for line in lines {
            self.line(line);
        }
    }

    fn line(&mut self, line: &Line) {
        let mut comment = self.place(line.span);
        for (value, span) in &line.over {
            comment += &format!(", over {value} in {}", self.place(*span));
        }
        self.text.push_str(&format!("{} = {}  # {comment}\n", line.key, line.value));
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
        let header = format!("deployments.{}", key(manifest));
        let facts = tables.iter().flat_map(|it| &it.facts);
        self.table(&format!("[{header}]"), &strongest(facts.map(fact_line)));
        let env = tables.iter().flat_map(|it| &it.env);
        self.table(&format!("[{header}.env]"), &strongest(env.map(variable_line)));
        let mut names: Vec<&str> = Vec::new();
        for it in tables.iter().flat_map(|it| &it.processes) {
            if !names.contains(&it.name.value.as_str()) {
                names.push(&it.name.value);
            }
        }
        for name in names {
            let tables = tables.iter().flat_map(|it| &it.processes);
            let facts = tables.filter(|it| it.name.value == name).flat_map(|it| &it.facts);
            let header = format!("[{header}.processes.{}]", key(name));
            self.table(&header, &strongest(facts.map(fact_line)));
        }
    }

    fn lists_of_tables(&mut self, layer: &Layer) {
        for it in &layer.overrides {
            let paths: Vec<_> = it.paths.iter().map(|it| quote(it.value.text())).collect();
            let levels: Vec<_> = it.levels.iter().map(level_line).collect();
            let levels: Vec<_> =
                levels.iter().map(|it| format!("{} = {}", it.key, it.value)).collect();
            let span = it.paths.first().map(|it| it.span);
            let place = span.or(it.levels.first().map(|it| it.0.span)).map(|it| self.place(it));
            self.text.push_str(&format!("\n[[overrides]]  # {}\n", place.unwrap_or_default()));
            self.text.push_str(&format!("paths = [{}]\n", paths.join(", ")));
            self.text.push_str(&format!("levels = {{ {} }}\n", levels.join(", ")));
        }
        for it in &layer.suppressions {
            self.text.push_str(&format!("\n[[suppressions]]  # {}\n", self.place(it.span)));
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
                    self.text.push_str(&format!("{key} = {}\n", quote(&value)));
                }
            }
        }
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

fn fail_on_value(fail_on: FailOn) -> String {
    let names: Vec<_> = fail_on.names().into_iter().map(quote).collect();
    match names.as_slice() {
        [name] => name.clone(),
        names => format!("[{}]", names.join(", ")),
    }
}

fn level_line((rule, level): &RuleLevel) -> Line {
    Line::new(key(&rule.value), quote(level.value.name()), level.span)
}

fn variable_line((name, value): &(Spanned<String>, Spanned<String>)) -> Line {
    Line::new(key(&name.value), quote(&value.value), value.span)
}

fn fact_line(fact: &SettingFact) -> Line {
    Line::new(fact.name.value.clone(), toml_value(&fact.value.value), fact.value.span)
}

fn toml_value(value: &Value) -> String {
    match value {
        Value::Text(text) => quote(text),
        Value::List(values) => {
            format!("[{}]", values.iter().map(toml_value).collect::<Vec<_>>().join(", "))
        }
        // The shortest text that is read back as the same number, with a fraction as TOML wants it.
        Value::Number(number) => format!("{number:?}"),
        value => value.to_string(),
    }
}

/// A key as TOML writes it.
fn key(name: &str) -> String {
    let is_bare = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_');
    if !name.is_empty() && name.chars().all(is_bare) { name.to_owned() } else { quote(name) }
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
        show_config(&config, &workspace.sources)
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
