//! Makefiles, as far as they are plain: variables, rules and recipes.
//!
//! What needs more of make (functions, conditions, other files, patterns for the target) is not
//! understood, and then nothing of the file is.
//!
//! Source: <https://www.gnu.org/software/make/manual/make.html>; checked against GNU Make 4.3.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

/// How deep variables may name each other.
const DEPTH_MAX: usize = 8;

/// Most targets that one command makes.
pub(super) const TARGETS_MAX: usize = 200;

/// Words at the start of a line that are more than a variable or a rule.
const DIRECTIVES: &[&str] = &[
    "-include", "define", "else", "endef", "endif", "export", "ifdef", "ifeq", "ifndef", "ifneq",
    "include", "load", "override", "sinclude", "undefine", "unexport", "vpath",
];

/// Targets with which recipes mean something else.
const SPECIAL: &[&str] = &[
    ".DEFAULT",
    ".DELETE_ON_ERROR",
    ".EXPORT_ALL_VARIABLES",
    ".IGNORE",
    ".ONESHELL",
    ".POSIX",
    ".SECONDEXPANSION",
];

/// Variables that are of make itself, or that decide how it works.
const OF_MAKE: &[&str] = &[
    ".DEFAULT_GOAL",
    ".SHELLFLAGS",
    "AR",
    "AS",
    "CC",
    "CPP",
    "CURDIR",
    "CXX",
    "LD",
    "MAKECMDGOALS",
    "MAKEFILES",
    "MAKEFILE_LIST",
    "MAKEFLAGS",
    "MAKELEVEL",
    "MFLAGS",
    "SHELL",
    "SUFFIXES",
    "VPATH",
];

/// What a plain Makefile says.
pub(super) struct Makefile {
    text: Box<str>,
    /// What each variable is set to, in the order of the file.
    variables: BTreeMap<String, Vec<Variable>>,
    rules: Vec<Rule>,
    /// The hash of each target, and which rule it is of: in this order.
    by_target: Vec<(u64, usize)>,
    phony: BTreeSet<String>,
}

struct Variable {
    /// Where it stands in the file: what is set behind it counts nothing for one by `:=`.
    value: Range<usize>,
    /// It is set by `?=`, so one of the environment counts.
    is_default: bool,
    /// It is set by `:=`: what it names is filled in where it stands.
    is_at_once: bool,
}

struct Rule {
    targets: Vec<String>,
    needs: Vec<String>,
    /// Lines without the tab in front of them.
    recipe: Vec<Range<usize>>,
}

fn hash(target: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    target.hash(&mut hasher);
    hasher.finish()
}

/// A line of a recipe for the shell: its text, and which parts of it stand in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) pieces: Vec<(usize, Range<usize>)>,
    /// Whether make goes on when it fails.
    pub(super) may_fail: bool,
}

impl Makefile {
    /// Reads a Makefile; `None` for one that is not plain.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut file = Self {
            text: text.into(),
            variables: BTreeMap::new(),
            rules: Vec::new(),
            by_target: Vec::new(),
            phony: BTreeSet::new(),
        };
        let mut at = 0;
        let mut in_rule = false;
        while at < text.len() {
            let end = logical_end(text, at);
            let (line, start) = (&text[at..end], at);
            at = end + 1;
            if let Some(rest) = line.strip_prefix('\t') {
                if in_rule {
                    let rule = file.rules.last_mut()?;
                    rule.recipe.push(start + 1..start + 1 + rest.len());
                } else if !rest.trim().is_empty() {
                    return None;
                }
                continue;
            }
            let plain = line.split('#').next().unwrap_or_default();
            if plain.trim().is_empty() {
                continue;
            }
            let first = plain.split_whitespace().next()?;
            if DIRECTIVES.contains(&first) {
                return None;
            }
            in_rule = match file.variable(plain, start)? {
                true => false,
                false => file.rule(plain)?,
            };
        }
        for (idx, rule) in file.rules.iter().enumerate() {
            file.by_target.extend(rule.targets.iter().map(|it| (hash(it), idx)));
        }
        file.by_target.sort_unstable();
        file.by_target.dedup();
        Some(file)
    }

    /// The rules of a target. A Makefile may have thousands, and many processes start one of them.
    fn rules_of(&self, target: &str) -> Vec<&Rule> {
        let wanted = hash(target);
        let from = self.by_target.partition_point(|it| it.0 < wanted);
        let found = self.by_target[from..].iter().take_while(|it| it.0 == wanted);
        let rules = found.map(|it| &self.rules[it.1]);
        rules.filter(|it| it.targets.iter().any(|it| it == target)).collect()
    }

    /// Whether a line sets a variable, which is taken in; `None` for one that is not plain.
    fn variable(&mut self, line: &str, start: usize) -> Option<bool> {
        let Some(equals) = line.find('=') else { return Some(false) };
        let before = &line[..equals];
        let name = before.trim_end_matches([':', '?', '+', '!']);
        let operator = &before[name.len()..];
        let name = name.trim();
        if !is_name(name) {
            // `web: PORT = 80` is of that target only.
            return None;
        }
        let value = &line[equals + 1..];
        let is_plain = matches!(operator, "" | ":" | "::" | ":::" | "?") && !value.contains('\n');
        if !is_plain || OF_MAKE.contains(&name) {
            return None;
        }
        let skipped = value.len() - value.trim_start().len();
        let from = start + equals + 1 + skipped;
        let value = Variable {
            value: from..from + value.trim().len(),
            is_default: operator == "?",
            is_at_once: operator.starts_with(':'),
        };
        // A default for what the file sets already does nothing.
        if !(value.is_default && self.variables.contains_key(name)) {
            self.variables.entry(name.to_owned()).or_default().push(value);
        }
        Some(true)
    }

    /// Takes in the head of a rule, and tells whether a recipe may follow; `None` for one that is not
    /// plain.
    fn rule(&mut self, line: &str) -> Option<bool> {
        let (targets, needs) = line.split_once(':')?;
        if needs.starts_with(':') || line.contains([';', '$', '\n', '&']) {
            return None;
        }
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let (targets, needs) = (words(targets), words(&needs.replace('|', " ")));
        match targets.as_slice() {
            [only] if only == ".PHONY" => {
                self.phony.extend(needs);
                return Some(false);
            }
            [] => return None,
            all if all.iter().any(|it| SPECIAL.contains(&it.as_str())) => return None,
            _ => {}
        }
        self.rules.push(Rule { targets, needs, recipe: Vec::new() });
        Some(true)
    }

    /// The target that is made where none is named.
    pub(super) fn first(&self) -> Option<&str> {
        let mut targets = self.rules.iter().flat_map(|it| &it.targets);
        targets.find(|it| !it.starts_with('.') && !it.contains('%')).map(String::as_str)
    }

    /// The lines that make runs for a target, in their order: first those of what it needs. `None`
    /// where that is not known. `given` are the variables of the command line, and `is_file` says
    /// whether something of a name is there, so that it need not be made.
    pub(super) fn lines(
        &self,
        target: &str,
        given: &BTreeMap<String, String>,
        is_file: &dyn Fn(&str) -> bool,
    ) -> Option<Vec<Line>> {
        let mut made = BTreeSet::new();
        let mut lines = Vec::new();
        self.add(target, given, is_file, (&mut made, &mut lines))?;
        Some(lines)
    }

    fn add(
        &self,
        target: &str,
        given: &BTreeMap<String, String>,
        is_file: &dyn Fn(&str) -> bool,
        (made, lines): (&mut BTreeSet<String>, &mut Vec<Line>),
    ) -> Option<()> {
        if !made.insert(target.to_owned()) {
            return Some(());
        }
        if made.len() > TARGETS_MAX {
            return None;
        }
        let rules = self.rules_of(target);
        let mut recipes = rules.iter().filter(|it| !it.recipe.is_empty());
        let recipe = recipes.next();
        let is_there = is_file(target) && !self.phony.contains(target);
        // What is there is made anew only when it is older than what it needs, and a rule for a
        // pattern may make it.
        if recipes.next().is_some() || is_there && !rules.is_empty() {
            return None;
        }
        if rules.is_empty() {
            return is_there.then_some(());
        }
        for need in rules.iter().flat_map(|it| &it.needs) {
            self.add(need, given, is_file, (made, lines))?;
        }
        for line in recipe.iter().flat_map(|it| &it.recipe) {
            lines.extend(self.line(target, line.clone(), given)?);
        }
        Some(())
    }

    /// A line with its variables filled in: those of the file as they stand there, and those of the
    /// environment for the shell to fill in. The inner option is `None` for an empty line.
    fn line(
        &self,
        target: &str,
        range: Range<usize>,
        given: &BTreeMap<String, String>,
    ) -> Option<Option<Line>> {
        let whole = &self.text[range.clone()];
        let rest = whole.trim_start_matches(['@', '-', '+', ' ', '\t']);
        let prefix = &whole[..whole.len() - rest.len()];
        let from = range.start + prefix.len();
        let mut line =
            Line { text: String::new(), pieces: Vec::new(), may_fail: prefix.contains('-') };
        self.fill(&mut line, (target, given), from..range.end, (0, usize::MAX))?;
        let text = line.text.trim();
        Some((!text.is_empty() && !text.starts_with('#')).then_some(line))
    }

    /// What a variable is set to by lines in front of a place.
    fn set_before(&self, name: &str, place: usize) -> Option<&Variable> {
        self.variables.get(name)?.iter().rfind(|it| it.value.start < place)
    }

    /// Fills in what stands in `range`, as of the place `until` in the file.
    fn fill(
        &self,
        line: &mut Line,
        (target, given): (&str, &BTreeMap<String, String>),
        range: Range<usize>,
        (depth, until): (usize, usize),
    ) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        let text = &self.text[range.clone()];
        let mut at = 0;
        while let Some(dollar) = text[at..].find('$').map(|it| at + it) {
            line.push(text, at..dollar, range.start);
            let rest = &text[dollar + 1..];
            let (name, len) = match rest.chars().next()? {
                '$' => {
                    line.text.push('$');
                    at = dollar + 2;
                    continue;
                }
                '@' => {
                    line.text.push_str(target);
                    at = dollar + 2;
                    continue;
                }
                open @ ('(' | '{') => {
                    let end = rest.find(if open == '(' { ')' } else { '}' })?;
                    (&rest[1..end], end + 1)
                }
                letter if letter.is_ascii_alphabetic() => (&rest[..1], 1),
                _ => return None,
            };
            at = dollar + 1 + len;
            match (given.get(name), self.set_before(name, until)) {
                (Some(value), _) => line.text.push_str(value),
                (None, Some(variable)) if !variable.is_default => {
                    let value = variable.value.clone();
                    let until = if variable.is_at_once { value.start } else { until };
                    self.fill(line, (target, given), value, (depth + 1, until))?;
                }
                (None, Some(variable)) if is_unquoted(&line.text) => {
                    // The shell asks its environment, which is that of make.
                    let value = &self.text[variable.value.clone()];
                    if value.contains(|it: char| "$'\"\\`;&|<>(){}*?[]~#!".contains(it)) {
                        return None;
                    }
                    line.text.push_str("${");
                    line.text.push_str(name);
                    line.text.push('-');
                    line.push(value, 0..value.len(), variable.value.start);
                    line.text.push('}');
                }
                (None, None) if name == "MAKE" => line.text.push_str("make"),
                (None, None) if is_name(name) && is_unquoted(&line.text) => {
                    if OF_MAKE.contains(&name) || name == "RM" {
                        return None;
                    }
                    line.text.push_str("${");
                    line.text.push_str(name);
                    line.text.push('}');
                }
                _ => return None,
            }
        }
        line.push(text, at..text.len(), range.start);
        Some(())
    }
}

impl Line {
    /// Adds a part of a text of the file, which starts there at `start`.
    pub(super) fn push(&mut self, text: &str, part: Range<usize>, start: usize) {
        if !part.is_empty() {
            self.pieces.push((self.text.len(), start + part.start..start + part.end));
            self.text.push_str(&text[part]);
        }
    }

    /// Whether make starts the program itself: it asks a shell only for what needs one.
    ///
    /// Source: `construct_command_argv_internal` in `src/job.c` (`sh_chars_sh`, `sh_cmds_sh`)
    pub(super) fn is_simple(&self) -> bool {
        let mut outside = String::new();
        let mut depth = 0_usize;
        for it in self.text.chars() {
            match it {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                '$' if depth == 0 => {}
                _ if depth == 0 => outside.push(it),
                _ => {}
            }
        }
        let first = outside.split_whitespace().next().unwrap_or_default();
        let of_shell =
            [".", ":", "cd", "eval", "exec", "exit", "export", "if", "for", "set", "while", "wait"];
        !outside.contains(|it: char| "#;\"*?[]&|<>()`^~!'\\\n".contains(it))
            && !of_shell.contains(&first)
            && !first.contains('=')
    }
}

/// Whether what follows a text stands in no single quotes.
fn is_unquoted(text: &str) -> bool {
    text.matches('\'').count().is_multiple_of(2)
}

/// The end of a line, with those that it goes on in behind a backslash.
fn logical_end(text: &str, start: usize) -> usize {
    let mut at = start;
    loop {
        let end = text[at..].find('\n').map_or(text.len(), |it| at + it);
        let slashes = text[start..end].bytes().rev().take_while(|it| *it == b'\\').count();
        if slashes % 2 == 0 || end == text.len() {
            return end;
        }
        at = end + 1;
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        && !text.starts_with(|it: char| it.is_ascii_digit())
}

#[cfg(test)]
mod tests;
