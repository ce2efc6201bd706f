//! A justfile, as far as it is plain: variables that are strings, recipes with their parameters, and
//! lines in which only these are filled in.
//!
//! Source: <https://just.systems/man/en/> (just 1.43)

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::makefile::Line;
use super::makefile::TARGETS_MAX;

/// Recipes that need each other are not deeper.
const DEPTH_MAX: usize = 16;

/// Settings that change nothing about what is run.
const SETTINGS: &[&str] =
    &["allow-duplicate-recipes", "fallback", "ignore-comments", "quiet", "unstable"];

/// Attributes that change nothing about what is run.
const ATTRIBUTES: &[&str] = &["doc", "group", "private"];

/// A justfile.
pub(super) struct Justfile {
    text: Box<str>,
    /// The ranges of their values; none for one that is worked out.
    variables: BTreeMap<String, Option<Range<usize>>>,
    aliases: BTreeMap<String, String>,
    recipes: Vec<Recipe>,
}

struct Recipe {
    name: String,
    parameters: Vec<Parameter>,
    needs: Vec<String>,
    lines: Vec<Range<usize>>,
}

struct Parameter {
    name: String,
    default: Option<String>,
    /// It takes all words that are left.
    is_rest: bool,
}

impl Justfile {
    /// Reads a justfile; `None` for one that is not plain.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut file = Self {
            text: text.into(),
            variables: BTreeMap::new(),
            aliases: BTreeMap::new(),
            recipes: Vec::new(),
        };
        let mut at = 0;
        while at < text.len() {
            let mut end = line_end(text, at);
            while text[at..end].ends_with('\\') && end < text.len() {
                end = line_end(text, end + 1);
            }
            let (line, start) = (text[at..end].trim_end_matches('\r'), at);
            at = end + 1;
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with([' ', '\t']) {
                file.recipes.last_mut()?.lines.push(start..start + line.len());
                continue;
            }
            file.head(line, start)?;
        }
        Some(file)
    }

    /// A line that stands by itself: a variable, a setting, or the head of a recipe.
    fn head(&mut self, line: &str, start: usize) -> Option<()> {
        let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        if let Some(attributes) = line.strip_prefix('[') {
            let known =
                |it: &str| ATTRIBUTES.contains(&it.split(['(', ':']).next().unwrap_or(it).trim());
            return attributes.trim_end().strip_suffix(']').filter(|it| known(it)).map(|_| ());
        }
        match first {
            "set" => {
                let name = rest.split([' ', ':']).next().unwrap_or_default();
                return SETTINGS.contains(&name).then_some(());
            }
            "import" | "import?" | "mod" | "mod?" => return None,
            _ => {}
        }
        if let Some((name, value)) = line.split_once(":=") {
            let name = name.trim();
            if let Some(alias) = name.strip_prefix("alias ") {
                self.aliases.insert(alias.trim().to_owned(), value.trim().to_owned());
                return Some(());
            }
            let name = name.strip_prefix("export ").unwrap_or(name).trim();
            let from = start + line.len() - value.len() + (value.len() - value.trim_start().len());
            let value = quoted(value.trim()).map(|it| from + 1..from + 1 + it.len());
            self.variables.insert(name.to_owned(), value);
            return Some(());
        }
        let (head, needs) = split_head(line)?;
        if needs.contains(['(', '&']) {
            return None;
        }
        let mut words = head.trim_start_matches('@').split_whitespace();
        let name = words.next()?.to_owned();
        let parameters = words.map(parameter).collect::<Option<Vec<_>>>()?;
        let needs = needs.split('#').next().unwrap_or_default().split_whitespace();
        let needs = needs.map(str::to_owned).collect();
        self.recipes.push(Recipe { name, parameters, needs, lines: Vec::new() });
        Some(())
    }

    /// The lines that just runs for these words, in their order: `serve 8000`. Without words, those of
    /// the first recipe. `None` where that is not known.
    pub(super) fn lines(&self, words: &[String]) -> Option<Vec<Line>> {
        let mut given = BTreeMap::new();
        let mut words = words.iter().peekable();
        while let Some((name, value)) = words.peek().and_then(|it| it.split_once('=')) {
            given.insert(name.to_owned(), value.to_owned());
            words.next();
        }
        let mut made = (BTreeSet::new(), Vec::new());
        let first = self.recipes.first()?.name.clone();
        let mut goal = words.next().cloned().unwrap_or(first);
        loop {
            let recipe = self.recipe(&goal)?;
            let mut arguments = given.clone();
            for it in &recipe.parameters {
                let value = match it.is_rest {
                    true => {
                        let all: Vec<&str> = words.by_ref().map(String::as_str).collect();
                        Some(all.join(" "))
                    }
                    false => words.next().cloned().or_else(|| it.default.clone()),
                };
                arguments.insert(it.name.clone(), value?);
            }
            self.add(recipe, &arguments, &mut made, 0)?;
            match words.next() {
                Some(next) => goal.clone_from(next),
                None => return Some(made.1),
            }
        }
    }

    fn recipe(&self, name: &str) -> Option<&Recipe> {
        let name = self.aliases.get(name).map_or(name, String::as_str);
        self.recipes.iter().rfind(|it| it.name == name)
    }

    fn add(
        &self,
        recipe: &Recipe,
        given: &BTreeMap<String, String>,
        made: &mut (BTreeSet<String>, Vec<Line>),
        depth: usize,
    ) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        if !made.0.insert(recipe.name.clone()) {
            return Some(());
        }
        if made.0.len() > TARGETS_MAX {
            return None;
        }
        for need in &recipe.needs {
            let need = self.recipe(need)?;
            if need.parameters.iter().any(|it| it.default.is_none() && !it.is_rest) {
                return None;
            }
            let defaults = need.parameters.iter();
            let defaults =
                defaults.map(|it| (it.name.clone(), it.default.clone().unwrap_or_default()));
            let own = given.iter().map(|(name, value)| (name.clone(), value.clone()));
            self.add(need, &own.chain(defaults).collect(), made, depth + 1)?;
        }
        for range in &recipe.lines {
            made.1.push(self.line(range.clone(), given)?);
        }
        Some(())
    }

    /// A line with its variables filled in. `None` for a script of another language, and for what is
    /// worked out.
    fn line(&self, range: Range<usize>, given: &BTreeMap<String, String>) -> Option<Line> {
        let whole = &self.text[range.clone()];
        let rest = whole.trim_start_matches([' ', '\t', '@', '-']);
        if rest.starts_with("#!") {
            return None;
        }
        let prefix = &whole[..whole.len() - rest.len()];
        let mut line =
            Line { text: String::new(), pieces: Vec::new(), may_fail: prefix.contains('-') };
        let mut at = range.start + prefix.len();
        while let Some(open) = self.text[at..range.end].find("{{") {
            line.push(&self.text, at..at + open, 0);
            let from = at + open + 2;
            let len = self.text[from..range.end].find("}}")?;
            let name = self.text[from..from + len].trim();
            match (given.get(name), self.variables.get(name)) {
                (Some(value), _) => line.text.push_str(value),
                (None, Some(Some(value))) => line.push(&self.text, value.clone(), 0),
                _ => return None,
            }
            at = from + len + 2;
        }
        line.push(&self.text, at..range.end, 0);
        Some(line)
    }
}

fn line_end(text: &str, start: usize) -> usize {
    text[start..].find('\n').map_or(text.len(), |it| start + it)
}

/// The head of a recipe and what it needs, on both sides of the colon that stands in no quotes.
fn split_head(line: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, it) in line.char_indices() {
        match (quote, it) {
            (None, '"' | '\'') => quote = Some(it),
            (Some(open), _) if open == it => quote = None,
            (None, ':') => return Some((&line[..at], &line[at + 1..])),
            _ => {}
        }
    }
    None
}

/// What stands in quotes, where no escape is among it.
fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inside.contains([quote, '\\'])).then_some(inside)
}

/// `port`, `port="8000"`, `*args`.
fn parameter(word: &str) -> Option<Parameter> {
    let is_rest = word.starts_with(['*', '+']);
    let word = word.trim_start_matches(['*', '+', '$']);
    let (name, default) = match word.split_once('=') {
        Some((name, value)) => (name, Some(quoted(value)?.to_owned())),
        None => (word, None),
    };
    Some(Parameter { name: name.to_owned(), default, is_rest })
}
