//! hypercorn: its command line and its TOML file.
//!
//! Seen with Hypercorn 0.18.0: the keys of the file are the attributes of its `Config`, and options
//! of the command win over them. `python:MODULE` and `file:PATH` name code, which is not read.

use super::arguments::{self, Given, GivenOption, GivenValue};
use super::web::HYPERCORN;
use crate::document::{Node, NodeKind};
use crate::launch::{Launch, Word};
use crate::parse::Syntax;
use crate::source::Span;
use crate::workspace::Workspace;

/// Reads the words behind the program, and the file that they name.
pub(super) fn read(workspace: &mut Workspace<'_>, words: &[Word], launch: &Launch) -> Given {
    let Some((path, rest)) = without_file(words) else { return arguments::read(&HYPERCORN, words) };
    let is_code = path.starts_with("python:") || path.starts_with("file:");
    let path = workspace.join(&launch.folder, &path).filter(|_| !is_code);
    let file = path.and_then(|it| workspace.try_open(&it).file());
    let Some(file) = file else { return arguments::read(&HYPERCORN, words) };
    let document = workspace.document(file, Syntax::Toml);
    let mut given = arguments::read(&HYPERCORN, &rest);
    let mut options = Vec::new();
    for (idx, option) in HYPERCORN.options.iter().enumerate() {
        let Some(node) = document.root.get(option.name) else { continue };
        let values = match &node.kind {
            NodeKind::List(elements) => elements.iter().collect(),
            _ => vec![node],
        };
        for node in values {
            if let Some(value) = value(node) {
                let flag = option.name.to_owned();
                options.push(GivenOption { idx, value, flag, span: node.span });
            }
        }
    }
    // Options of the command come last, and win. Those with several values would add to them.
    options.retain(|it| given.options.iter().all(|own| own.idx != it.idx));
    options.append(&mut given.options);
    Given { options, ..given }
}

/// The one file that the words name, and the words without it.
fn without_file(words: &[Word]) -> Option<(String, Vec<Word>)> {
    let mut rest = Vec::new();
    let mut paths = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let text = word.text().unwrap_or_default();
        match HYPERCORN.config_files.iter().find(|it| text.starts_with(**it)) {
            Some(flag) if text == *flag => paths.push(words.next()?.text()?),
            Some(flag) if flag.starts_with("--") => {
                paths.push(text[flag.len()..].strip_prefix('=')?.to_owned());
            }
            Some(flag) if !text.starts_with("--") => paths.push(text[flag.len()..].to_owned()),
            _ => rest.push(word.clone()),
        }
    }
    let path = paths.pop()?;
    paths.is_empty().then_some((path, rest))
}

fn value(node: &Node) -> Option<GivenValue> {
    let word = |text: String, span: Span| GivenValue::Word(Word::literal(text, span));
    Some(match &node.kind {
        NodeKind::Bool(true) => GivenValue::On,
        NodeKind::Bool(false) => GivenValue::Off,
        NodeKind::Integer(number) => word(number.to_string(), node.span),
        NodeKind::Float(number) => word(number.to_string(), node.span),
        NodeKind::String(text) => word(text.value.clone(), node.span),
        _ => return None,
    })
}
