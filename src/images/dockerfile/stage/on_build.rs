//! `ONBUILD`: instructions that a stage leaves for the stages on top of it.
//!
//! Source: `dispatchOnBuildTriggers` in BuildKit's `frontend/dockerfile/dockerfile2llb/convert.go`

use super::super::words::words;
use super::{Project, Stage, Variables};
use crate::document::{Entry, Node, NodeKind, Text};
use crate::source::Spanned;

/// The instruction behind `ONBUILD`.
pub(super) fn trigger(project: &Project<'_>, text: &Text) -> Option<Entry> {
    let name = words(&text.value, project.escape).into_iter().next()?;
    let rest = &text.value[name.end..];
    let start = name.end + (rest.len() - rest.trim_start().len());
    let key = Spanned::new(text.value[name.clone()].to_ascii_uppercase(), text.span_of(name));
    let value = text.slice(start..text.value.len());
    let span = value.span();
    Some(Entry { key, value: Node::new(NodeKind::String(value), span) })
}

impl Stage {
    /// A stage on top of this one, which begins with what this one leaves for it; `earlier` are the
    /// stages above it. Build arguments end with their stage.
    pub(in crate::images::dockerfile) fn child(
        &self,
        project: &Project<'_>,
        earlier: &[Self],
        name: Option<String>,
    ) -> Self {
        let arguments = Variables::new();
        let mut child = Self { name, arguments, own_command: false, ..self.clone() };
        // They run in the next stage, and in none on top of that.
        for it in std::mem::take(&mut child.triggers) {
            child.apply(project, earlier, &it);
        }
        child
    }
}
