//! Pages as Markdown: one for `--format markdown`, and all of them for `docs/rules.md`.

use std::collections::BTreeMap;

use super::{Block, RulePage};

const HEAD: &str = "\
# Rules

<!-- Written from the files in `rules/`: `UPDATE_EXPECT=1 cargo test` brings it up to date. -->

Each rule names a bad state.
A rule speaks only when every value it needs is known, and its message prints the values it used.
`opslint.toml` sets levels.
A comment `# opslint: allow[rule-id] reason` allows a rule in one place.
`opslint explain RULE` shows a page in the terminal.

";

/// Chapters of the manual, the most telling first. Others follow by name.
const CHAPTERS: &[&str] = &[
    "contradictions",
    "capacity",
    "memory",
    "timeouts",
    "scaling",
    "database",
    "network",
    "functions",
    "uploads",
    "deploy",
    "gunicorn",
    "keys",
    "files",
    "suppressions",
];

/// The page of a rule.
pub fn page(rule: &RulePage) -> String {
    render(rule, 1)
}

/// All pages: a table for each group, then the rules in the same order.
pub fn index(rules: &[RulePage]) -> String {
    let place = |it: &str| CHAPTERS.iter().position(|chapter| *chapter == it);
    let mut groups: BTreeMap<(usize, &str), Vec<&RulePage>> = BTreeMap::new();
    for rule in rules {
        let place = place(&rule.group).unwrap_or(CHAPTERS.len());
        groups.entry((place, &rule.group)).or_default().push(rule);
    }
    let mut text = HEAD.to_owned();
    for ((_, group), rules) in &mut groups {
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        text.push_str(&format!("**{}**\n\n", title(group)));
        text.push_str("| rule | level | the bad state |\n| --- | --- | --- |\n");
        for rule in rules.iter() {
            let summary = rule.summary.replace('|', "\\|");
            text.push_str(&format!("| [`{0}`](#{0}) | {1} | {summary} |\n", rule.id, rule.level));
        }
        text.push('\n');
    }
    for ((_, group), rules) in &groups {
        text.push_str(&format!("## {}\n\n", title(group)));
        for rule in rules {
            text.push_str(&render(rule, 3));
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

fn render(rule: &RulePage, level: usize) -> String {
    let mut text = format!("{} {}\n\n", "#".repeat(level), rule.id);
    text.push_str(&format!("{}.\n\n", title(&rule.summary)));
    text.push_str(&format!("<sub>{}</sub>\n\n", rule.facts()));
    for block in rule.blocks() {
        match block {
            Block::Heading(heading) => text.push_str(&format!("**{heading}**\n\n")),
            Block::Text(prose) => text.push_str(&format!("{prose}\n\n")),
            Block::Code { path, text: code } => {
                if let Some(path) = &path {
                    text.push_str(&format!("`{path}`\n\n"));
                }
                let fence = fence(&code);
                let language = path.as_deref().map_or("", |it| language(it, &code));
                text.push_str(&format!("{fence}{language}\n{code}\n{fence}\n\n"));
            }
            Block::Links(links) => {
                for link in links {
                    text.push_str(&format!("- <{link}>\n"));
                }
                text.push('\n');
            }
        }
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

/// A fence longer than any in the code.
fn fence(code: &str) -> String {
    let ticks = code
        .lines()
        .map(|it| it.trim_start())
        .map(|it| it.len() - it.trim_start_matches('`').len());
    "`".repeat(ticks.max().unwrap_or(0).max(2) + 1)
}

/// The language of a file for highlighting; none for one with marker lines, which it does not have.
fn language(path: &str, code: &str) -> &'static str {
    let is_marker = |it: &str| it.trim_start().starts_with(['^', '~']);
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        _ if code.lines().any(is_marker) => "text",
        Some("toml") => "toml",
        Some("yaml" | "yml") => "yaml",
        Some("py") => "python",
        _ => "text",
    }
}

fn title(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}
