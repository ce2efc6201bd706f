//! `--set KEY=VALUE`: any key of opslint.toml from the command line.
//!
//! The value is TOML; a text that is not TOML stands for itself, because nobody quotes twice in a
//! shell. All flags together are the lines of one source named `--set`.

use super::problems;
use super::tree::{self, Place};
use crate::diagnostic::Diagnostic;
use crate::document::{Node, NodeKind, Text};
use crate::source::SourceMap;

/// The name under which flags are shown as a source.
pub const FLAGS_PATH: &str = "--set";

/// The tree of each flag, in order.
pub(super) fn parse(
    acc: &mut Vec<Diagnostic>,
    sources: &mut SourceMap,
    flags: &[String],
) -> Vec<Node> {
    if flags.is_empty() {
        return Vec::new();
    }
    let file = sources.add(FLAGS_PATH, flags.join("\n"));
    let mut offset = 0;
    let mut nodes = Vec::new();
    for flag in flags {
        nodes.extend(parse_flag(acc, Place { file, offset }, flag));
        offset += flag.len() + 1;
    }
    nodes
}

fn parse_flag(acc: &mut Vec<Diagnostic>, place: Place, flag: &str) -> Option<Node> {
    let Some(equals) = outside_quotes(flag, '=') else {
        acc.push(problems::flag_without_value(place.span(0..flag.len()), flag));
        return None;
    };
    let mut errors = Vec::new();
    let node = tree::parse(&mut errors, place, flag);
    if errors.is_empty() {
        return Some(node);
    }
    let value = flag[equals + 1..].trim();
    let is_toml = value.starts_with(['"', '\'', '[', '{']);
    if !is_toml {
        let mut key_errors = Vec::new();
        let node = tree::parse(&mut key_errors, place, &format!("{}=0", &flag[..equals]));
        if key_errors.is_empty() {
            return Some(with_text(node, place, flag, value));
        }
    }
    acc.extend(errors.into_iter().take(1));
    None
}

/// The first place of a character that is not in a quoted key.
fn outside_quotes(flag: &str, wanted: char) -> Option<usize> {
    let mut quote = None;
    flag.char_indices().find_map(|(idx, it)| {
        match quote {
            Some(open) if it == open => quote = None,
            Some(_) => {}
            None if it == wanted => return Some(idx),
            None if matches!(it, '"' | '\'') => quote = Some(it),
            None => {}
        }
        None
    })
}

/// The tree with `value`, the end of the flag, as its one leaf.
fn with_text(mut node: Node, place: Place, flag: &str, value: &str) -> Node {
    let end = flag.trim_end().len().max(value.len());
    let span = place.span(end - value.len()..end);
    let text = Node::new(NodeKind::String(Text::new(value, span, Vec::new())), span);
    set_leaf(&mut node, text);
    node
}

fn set_leaf(node: &mut Node, leaf: Node) {
    match &mut node.kind {
        NodeKind::Map(entries) if !entries.is_empty() => set_leaf(&mut entries[0].value, leaf),
        _ => *node = leaf,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(flag: &str, path: &[&str], expect: &str) {
        let flags = ["levels.first=off".to_owned(), flag.to_owned()];
        let mut sources = SourceMap::new();
        let mut acc = Vec::new();
        let nodes = parse(&mut acc, &mut sources, &flags);
        assert!(acc.is_empty(), "{acc:?}");
        let node = nodes[1].at(path).unwrap();
        assert_eq!(sources.text(node.span), expect);
    }

    #[test]
    fn values_are_toml_or_stand_for_themselves() {
        check("env.A=4", &["env", "A"], "4");
        check("env.A = 010 ", &["env", "A"], "010");
        check("env.A=", &["env", "A"], "");
        check("env.A=#fff", &["env", "A"], "#fff");
        check("levels.x=off", &["levels", "x"], "off");
        check("rules=[\"a\"]", &["rules"], "[\"a\"]");
    }

    #[test]
    fn an_equals_sign_in_a_quoted_key_or_in_a_value_does_not_split() {
        check("deployments.\"a=b\".platform=fly", &["deployments", "a=b", "platform"], "fly");
        check("env.ARGS=--workers=2", &["env", "ARGS"], "--workers=2");
    }

    #[test]
    fn a_bare_value_is_a_text() {
        let mut sources = SourceMap::new();
        let nodes = parse(&mut Vec::new(), &mut sources, &["fail-on=error".to_owned()]);
        assert_eq!(nodes[0].get("fail-on").and_then(Node::as_str), Some("error"));
    }
}
