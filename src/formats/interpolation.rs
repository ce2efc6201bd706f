//! Texts that are only known when somebody fills them in: `${self:custom.x}`, `$TAG`, `{{ name }}`.
//!
//! Lowering resolves what it can of them and needs them as they are written. Rules compare keys as
//! written, and a text with a gap in it is equal to nothing yet.

use std::sync::Arc;

use crate::document::{Document, Node, NodeKind};

/// How a format marks a part that is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// It has no way of its own; only templates, `{{ … }}`, leave gaps, such as those
    /// of CloudFormation: `{{resolve:…}}`.
    Templates,
    /// `${…}`: serverless.com/framework/docs/guides/variables, DigitalOcean's bindable variables,
    /// `envsubst` in front of `gcloud run services replace`.
    Braces,
    /// `$NAME` and `${NAME}`, with `$$` for a dollar sign:
    /// docs.docker.com/reference/compose-file/interpolation.
    Dollars,
}

impl Interpolation {
    /// Whether a part of the text is filled in later.
    fn is_open(self, text: &str) -> bool {
        let is_template = || text.find("{{").is_some_and(|at| text[at..].contains("}}"));
        match self {
            Self::Templates => is_template(),
            Self::Braces => text.contains("${") || is_template(),
            Self::Dollars => text.replace("$$", "").contains('$'),
        }
    }

    /// The file as rules see it. A file without such texts is shared and not copied.
    pub(crate) fn seen_by_rules(self, document: &Arc<Document>) -> Arc<Document> {
        if !self.has_gaps(&document.root) {
            return Arc::clone(document);
        }
        let mut document = Document::clone(document);
        self.open(&mut document.root);
        Arc::new(document)
    }

    fn has_gaps(self, node: &Node) -> bool {
        match &node.kind {
            NodeKind::String(text) => self.is_open(&text.value),
            NodeKind::List(nodes) => nodes.iter().any(|it| self.has_gaps(it)),
            NodeKind::Map(entries) => entries.iter().any(|it| self.has_gaps(&it.value)),
            _ => false,
        }
    }

    fn open(self, node: &mut Node) {
        match &mut node.kind {
            NodeKind::String(text) if self.is_open(&text.value) => {
                node.kind = NodeKind::Dynamic(std::mem::take(&mut text.value));
            }
            NodeKind::List(nodes) => nodes.iter_mut().for_each(|it| self.open(it)),
            NodeKind::Map(entries) => entries.iter_mut().for_each(|it| self.open(&mut it.value)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dollar_sign_means_what_the_format_says() {
        for (interpolation, text, is_open) in [
            (Interpolation::Braces, "${opt:region}", true),
            (Interpolation::Braces, "costs $5", false),
            (Interpolation::Dollars, "${LIMIT:-512m}", true),
            (Interpolation::Dollars, "$TAG", true),
            (Interpolation::Dollars, "a $$HOME b", false),
            (Interpolation::Templates, "${x}", false),
            (Interpolation::Templates, "{{resolve:ssm:/shop}}", true),
            (Interpolation::Templates, "}} {{", false),
        ] {
            assert_eq!(interpolation.is_open(text), is_open, "{text}");
        }
    }
}
