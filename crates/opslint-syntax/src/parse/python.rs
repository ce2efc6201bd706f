//! Python settings files as they are written: top-level assignments of literals.
//!
//! What a file works out to is the job of `python`; here, anything but a literal is dynamic.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Expr, Number, Stmt, UnaryOp};
use ruff_python_parser::{ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

use crate::document::{Document, Entry, Node, NodeKind};
use crate::source::{FileId, Span, Spanned};

use super::{align, syntax_error};

/// Parses a Python module.
pub(super) fn document(file: FileId, text: &str) -> Document {
    let parsed = parse_unchecked(text, ParseOptions::from(ruff_python_parser::Mode::Module));
    let reader = Reader { file, text };
    let problems = parsed.errors().iter().take(1);
    let problems =
        problems.map(|it| syntax_error(reader.span(it.range()), it.error.to_string())).collect();
    let comments = parsed.tokens().iter().filter(|it| it.kind() == TokenKind::Comment);
    let comments = comments.map(|it| reader.span(it.range())).collect();
    let mut entries = Vec::new();
    if let ruff_python_ast::Mod::Module(module) = parsed.syntax() {
        for statement in &module.body {
            reader.statement(statement, &mut entries);
        }
    }
    let root = Node::new(NodeKind::Map(entries), Span::new(file, 0, text.len()));
    Document { file, syntax: super::Syntax::Python, root, problems, comments }
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
}

impl Reader<'_> {
    fn statement(&self, statement: &Stmt, entries: &mut Vec<Entry>) {
        let (targets, value) = match statement {
            Stmt::Assign(it) => (it.targets.as_slice(), Some(&it.value)),
            Stmt::AnnAssign(it) => (std::slice::from_ref(it.target.as_ref()), it.value.as_ref()),
            _ => return,
        };
        let Some(value) = value else { return };
        for target in targets {
            if let Expr::Name(name) = target {
                let key = Spanned::new(name.id.to_string(), self.span(name.range()));
                entries.push(Entry { key, value: self.node(value) });
            }
        }
    }

    fn node(&self, value: &Expr) -> Node {
        let span = self.span(value.range());
        let kind = self.literal(value, span).unwrap_or_else(|| {
            NodeKind::Dynamic(self.text.get(span.range()).unwrap_or_default().to_owned())
        });
        Node::new(kind, span)
    }

    fn literal(&self, value: &Expr, span: Span) -> Option<NodeKind> {
        Some(match value {
            Expr::StringLiteral(it) => {
                let raw = self.text.get(span.range()).unwrap_or_default();
                NodeKind::String(align::text(it.value.to_str(), span, raw))
            }
            Expr::NumberLiteral(it) => match &it.value {
                Number::Int(value) => NodeKind::Integer(value.as_i64()?),
                Number::Float(value) => NodeKind::Float(*value),
                Number::Complex { .. } => return None,
            },
            Expr::BooleanLiteral(it) => NodeKind::Bool(it.value),
            Expr::NoneLiteral(_) => NodeKind::Null,
            Expr::List(it) => NodeKind::List(it.elts.iter().map(|it| self.node(it)).collect()),
            Expr::Tuple(it) => NodeKind::List(it.elts.iter().map(|it| self.node(it)).collect()),
            Expr::Dict(it) => {
                let entries = it.items.iter().filter_map(|it| {
                    let Some(Expr::StringLiteral(key)) = &it.key else { return None };
                    let span = self.span(key.range());
                    let key = Spanned::new(key.value.to_str().to_owned(), span);
                    Some(Entry { key, value: self.node(&it.value) })
                });
                NodeKind::Map(entries.collect())
            }
            Expr::UnaryOp(it) if it.op == UnaryOp::USub => match self.literal(&it.operand, span)? {
                NodeKind::Integer(value) => NodeKind::Integer(value.checked_neg()?),
                NodeKind::Float(value) => NodeKind::Float(-value),
                _ => return None,
            },
            _ => return None,
        })
    }

    fn span(&self, range: TextRange) -> Span {
        Span::new(self.file, range.start().to_usize(), range.end().to_usize())
    }
}
