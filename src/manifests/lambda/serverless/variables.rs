//! Variables of Serverless Framework: `${self:custom.memory, 512}`.
//!
//! Only what this file alone decides has a value: `self:` and literals. Options of the command
//! line, stages, the environment, other files and other stacks are unknown, also where a default
//! stands behind them: whether it is used is decided when somebody deploys.
//!
//! Source: github.com/serverless/serverless at b9d7ea51, docs/sf/guides/variables.

use std::borrow::Cow;
use std::cell::Cell;

use crate::budget::{Budget, Spent, TEXT_MAX};
use crate::document::{Node, NodeKind, Text};
use crate::manifests::read::{self, shown};

/// Variables within variables within values: beyond this, they refer to themselves.
const DEPTH_MAX: usize = 16;

/// Variables that are looked at for one file: real ones have some hundreds.
const STEPS_MAX: usize = 20_000;

/// The variables of one file.
pub(super) struct Variables<'a> {
    root: &'a Node,
    steps: Cell<usize>,
    budget: &'a Budget,
}

/// A piece of a text.
enum Piece<'t> {
    Text(&'t str),
    /// What stands between `${` and `}`.
    Variable(&'t str),
}

impl<'a> Variables<'a> {
    pub(super) fn new(root: &'a Node, budget: &'a Budget) -> Self {
        Self { root, steps: Cell::new(0), budget }
    }

    /// A value with its variables replaced. Tables and lists are not looked into.
    ///
    /// # Errors
    /// Why it is not known, as a sentence that names what is missing.
    pub(super) fn node(&self, node: &Node) -> Result<Node, String> {
        self.resolve(node, 0)
    }

    fn resolve(&self, node: &Node, depth: usize) -> Result<Node, String> {
        match node.as_str() {
            Some(text) if text.contains("${") => self.text(text, node, depth),
            _ => self.copied(node),
        }
    }

    /// A value that is looked at once more.
    fn copied(&self, node: &Node) -> Result<Node, String> {
        let bytes = node.weight();
        let made = match bytes > TEXT_MAX && matches!(node.kind, NodeKind::String(_)) {
            true => Err(Spent::Text),
            // Tables are larger than the texts in them.
            false => self.budget.steps(bytes),
        };
        made.map_err(|it| it.unknown().reason)?;
        Ok(node.clone())
    }

    fn text(&self, text: &str, node: &Node, depth: usize) -> Result<Node, String> {
        if depth > DEPTH_MAX {
            return Err(format!("`{}` leads through too many variables", shown(text)));
        }
        let pieces = pieces(text);
        if let [Piece::Variable(expression)] = pieces.as_slice() {
            return self.evaluate(expression, node, depth + 1);
        }
        let mut known = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => known.push_str(text),
                Piece::Variable(expression) => {
                    let value = self.evaluate(expression, node, depth + 1)?;
                    let text = read::scalar_text(&value);
                    known += &text
                        .ok_or_else(|| format!("`${{{}}}` is not a text", shown(expression)))?;
                }
            }
            if known.len() > TEXT_MAX {
                return Err(Spent::Text.unknown().reason);
            }
        }
        self.budget.text(known.len()).map_err(|it| it.unknown().reason)?;
        Ok(Node::new(NodeKind::String(Text::new(known, node.span, Vec::new())), node.span))
    }

    /// The first of the alternatives that has a value.
    fn evaluate(&self, expression: &str, node: &Node, depth: usize) -> Result<Node, String> {
        let inner = match expression.contains("${") {
            true => self.text(expression, node, depth)?.as_str().unwrap_or_default().to_owned(),
            false => expression.to_owned(),
        };
        for alternative in alternatives(&inner) {
            self.steps.set(self.steps.get() + 1);
            if self.steps.get() > STEPS_MAX {
                let shown = shown(expression);
                return Err(format!("`${{{shown}}}` leads through too many variables"));
            }
            if let Some(kind) = literal(alternative, node) {
                return Ok(Node::new(kind, node.span));
            }
            let Some(path) = alternative.strip_prefix("self:") else {
                return Err(missing(alternative));
            };
            if path == "provider.stage" {
                return Err("the stage is chosen when it is deployed".to_owned());
            }
            if let Some(found) = self.lookup(path, depth)? {
                return Ok(found);
            }
        }
        Err(format!("`${{{}}}` is nowhere in this file", shown(&inner)))
    }

    /// The value at a path of this file. `None` when there is none.
    fn lookup(&self, path: &str, depth: usize) -> Result<Option<Node>, String> {
        let mut node = Cow::Borrowed(self.root);
        for key in path.split('.').filter(|it| !it.is_empty()) {
            if node.as_str().is_some_and(|it| it.contains("${")) {
                node = Cow::Owned(self.resolve(&node, depth)?);
            }
            let found = match node {
                Cow::Borrowed(node) => child(node, key).map(Cow::Borrowed),
                Cow::Owned(node) => {
                    child(&node, key).map(|it| self.copied(it)).transpose()?.map(Cow::Owned)
                }
            };
            let Some(found) = found else { return Ok(None) };
            node = found;
        }
        let node = self.resolve(&node, depth)?;
        Ok((node.kind != NodeKind::Null).then_some(node))
    }
}

/// What a key names in a table, or a number in a list.
fn child<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let element = || key.parse().ok().and_then(|it: usize| node.elements().get(it));
    node.get(key).or_else(element)
}

/// Splits a text at its variables. A `${` without an end is text.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(len) = closing(&rest[start + 2..]) else { break };
        if start > 0 {
            pieces.push(Piece::Text(&rest[..start]));
        }
        pieces.push(Piece::Variable(&rest[start + 2..start + 2 + len]));
        rest = &rest[start + 2 + len + 1..];
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Where the `}` of a variable stands, whose `${` was read.
fn closing(text: &str) -> Option<usize> {
    let mut open = 1;
    for (at, sign) in text.char_indices() {
        match sign {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(at);
        }
    }
    None
}

/// Splits at commas that are in no quotes and no brackets.
fn alternatives(expression: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut open, mut quote) = (0, 0_usize, None);
    for (at, sign) in expression.char_indices() {
        match (quote, sign) {
            (Some(end), _) if sign == end => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(sign),
            (None, '(' | '[' | '{') => open += 1,
            (None, ')' | ']' | '}') => open = open.saturating_sub(1),
            (None, ',') if open == 0 => {
                found.push(expression[start..at].trim());
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    found.push(expression[start..].trim());
    found
}

/// A text in quotes, a number, a boolean.
fn literal(text: &str, node: &Node) -> Option<NodeKind> {
    for quote in ['\'', '"'] {
        let inner = text.strip_prefix(quote).and_then(|it| it.strip_suffix(quote));
        if let Some(inner) = inner {
            return Some(NodeKind::String(Text::new(inner, node.span, Vec::new())));
        }
    }
    match text {
        "true" => Some(NodeKind::Bool(true)),
        "false" => Some(NodeKind::Bool(false)),
        _ => match text.parse() {
            Ok(value) => Some(NodeKind::Integer(value)),
            Err(_) => None,
        },
    }
}

/// What has to be known for an alternative that this file does not decide.
fn missing(alternative: &str) -> String {
    let alternative = shown(alternative);
    let name = |prefix: &str| alternative.strip_prefix(prefix).filter(|it| !it.is_empty());
    if let Some(option) = name("opt:") {
        return format!("`--{option}` is chosen when it is deployed");
    }
    if let Some(variable) = name("env:") {
        return format!("`${variable}` is read where it is deployed from");
    }
    if alternative == "sls:stage" {
        return "the stage is chosen when it is deployed".to_owned();
    }
    if alternative.starts_with("param:") {
        return format!("`{alternative}` differs by stage");
    }
    if alternative.starts_with("file(") {
        return format!("`{alternative}` is in another file");
    }
    format!("`{alternative}` is only known when it is deployed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{self, Syntax};
    use crate::source::SourceMap;

    const FILE: &str = "
service: shop
custom:
  memory: 512
  of:
    dev: 256
  name: ${self:service}-${self:custom.of.dev}
  chosen: ${self:custom.of.${opt:stage}, 128}
  loop: ${self:custom.loop}
  deep: ${self:custom.alias.dev}
  alias: ${self:custom.of}
  elsewhere: ${file(./custom.yml)}
provider:
  name: aws
  stage: dev
";

    #[track_caller]
    fn check(text: &str, expect: Result<&str, &str>) {
        let file = SourceMap::new().add("serverless.yml", FILE);
        let document = parse::document(Syntax::Yaml, file, FILE);
        let budget = Budget::new();
        let variables = Variables::new(&document.root, &budget);
        let span = document.root.span;
        let node = Node::new(NodeKind::String(Text::new(text, span, Vec::new())), span);
        let found = variables.node(&node).map(|it| read::scalar_text(&it).unwrap_or_default());
        assert_eq!(found.as_deref().map_err(String::as_str), expect, "{text}");
    }

    #[test]
    fn what_the_file_decides_has_a_value() {
        check("${self:custom.memory}", Ok("512"));
        check("${self:custom.name}", Ok("shop-256"));
        check("${self:custom.deep}", Ok("256"));
        check("${self:custom.none, 'x'}", Ok("x"));
        check("${self:custom.none, self:custom.memory}", Ok("512"));
        check("a${self:service}b", Ok("ashopb"));
        check("no variable", Ok("no variable"));
        check("${unfinished", Ok("${unfinished"));
    }

    #[test]
    fn what_others_decide_names_what_is_missing() {
        check("${opt:memory, 512}", Err("`--memory` is chosen when it is deployed"));
        check("${env:MEMORY, 512}", Err("`$MEMORY` is read where it is deployed from"));
        check("${self:provider.stage}", Err("the stage is chosen when it is deployed"));
        check("x-${sls:stage}", Err("the stage is chosen when it is deployed"));
        check("${self:custom.chosen}", Err("`--stage` is chosen when it is deployed"));
        check("${self:custom.elsewhere.a}", Err("`file(./custom.yml)` is in another file"));
        check("${ssm:/a/b}", Err("`ssm:/a/b` is only known when it is deployed"));
        check("${self:custom.none}", Err("`${self:custom.none}` is nowhere in this file"));
    }

    #[test]
    fn a_variable_that_refers_to_itself_ends() {
        check("${self:custom.loop}", Err("`${self:custom.loop}` leads through too many variables"));
    }
}
