//! `[[check.fix]]` and `fixed` of a rule file.

use crate::document::{Node, NodeKind};
use crate::fix::Safety;
use crate::rule::{Action, RuleFix, Source};
use crate::rule_file::{Reader, invalid};
use crate::rule_keys::FIX;
use crate::source::Spanned;

/// The key of an example that is no file: what its fix makes of it.
pub(super) const FIXED: &str = "fixed";

/// Reads a fix; mistakes are said by the reader.
fn read(reader: &mut Reader, table: &Node) -> Option<RuleFix> {
    reader.keys(table, FIX, table.span);
    let [title, safety, when, set, rename, remove, beside] =
        ["title", "safety", "when", "set", "rename", "remove", "beside"]
            .map(|key| reader.text(table, key));
    let [directives, flag, setting, to, or_beside] =
        ["directives", "flag", "setting", "to", "or_beside"].map(|key| reader.text(table, key));
    let also = matches!(table.get("also").map(|it| &it.kind), Some(NodeKind::Bool(true)));
    let safety = safety.as_ref().map(|it| (it.span(), Safety::from_name(&it.value)));
    if let Some((span, None)) = safety {
        reader.mistakes.push(invalid(span, "`safety` is `safe` or `unsafe`"));
    }
    let (_, safety) = safety?;
    let source = |it| Source::new(it);
    let action = match (set, rename, remove, beside, to) {
        (Some(at), None, None, None, Some(to)) => Action::Set { at: source(at), to: source(to) },
        (None, Some(at), None, None, Some(to)) => Action::Rename { at: source(at), to: source(to) },
        (None, None, Some(at), None, None) => Action::Remove { at: source(at) },
        (None, None, None, Some(beside), None) if directives.is_some() => {
            Action::Directives { beside: source(beside), text: source(directives?) }
        }
        (None, None, None, Some(beside), Some(to)) if flag.is_some() => Action::Option {
            beside: source(beside),
            or_beside: or_beside.map(source),
            flag: flag?.value,
            setting: setting.map(|it| it.value),
            to: source(to),
        },
        _ => {
            let message = "a fix has `set` and `to`, `rename` and `to`, `remove`, `beside` and \
                           `directives`, or `beside`, `flag` and `to`";
            reader.mistakes.push(invalid(table.span, message));
            return None;
        }
    };
    Some(RuleFix { when: when.map(source), title: source(title?), safety: safety?, also, action })
}

/// Reads all fixes of a check. The first one has none above that it could be a part of.
pub(super) fn all(reader: &mut Reader, tables: &[Node]) -> Vec<RuleFix> {
    if let Some(also) = tables.first().and_then(|it| it.entry("also")) {
        let message = "`also` makes a fix a part of the one above, and this is the first";
        reader.mistakes.push(invalid(also.key.span, message));
    }
    tables.iter().filter_map(|it| read(reader, it)).collect()
}

/// Reads what the fix makes of an example: the text of the one file that it changes, or a table of
/// several.
pub(super) fn fixed(reader: &mut Reader, node: &Node) -> Vec<(Option<String>, Spanned<String>)> {
    match &node.kind {
        NodeKind::Map(entries) => {
            let files = entries.iter().filter_map(|it| reader.example_file(it));
            files.map(|(path, text)| (Some(path), text)).collect()
        }
        NodeKind::String(text) => vec![(None, Spanned::new(text.value.clone(), node.span))],
        _ => {
            reader.mistakes.push(invalid(node.span, "`fixed` is a text, or a table of files"));
            Vec::new()
        }
    }
}
