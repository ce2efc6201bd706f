//! Files of variables: `load_dotenv()` and its like.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::Ranged;

use crate::workspace::{folders_up, join, parent};

use super::Unmentioned;
use super::call::Arguments;
use super::evaluator::Evaluator;
use super::names::DOTENV;
use super::storage::Opaque;
use super::value::PyValue;

/// The name that such a file has in a working copy, and that git is told to leave out.
const NAME: &str = ".env";

impl Evaluator<'_, '_, '_> {
    /// `load_dotenv()` and its like may set any variable that is not set, or any at all.
    pub(super) fn note_dotenv(&mut self, call: &ast::ExprCall, arguments: &Arguments) {
        let name = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return,
        };
        if !DOTENV.contains(&name) {
            return;
        }
        let option = arguments.keyword("override").or_else(|| arguments.keyword("overwrite"));
        let overrides =
            option.is_some_and(|it| it.truth() != Some(false)) || arguments.hidden.is_some();
        let written =
            call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|it| &it.value));
        let written: Vec<&str> = written.map(|it| self.written(it)).collect();
        let is_plain =
            arguments.values().zip(written).all(|(value, written)| is_plain(value, written));
        if is_plain && arguments.hidden.is_none() && self.lacks_dotenv() {
            return;
        }
        let reason = Opaque::because(format!("`{name}` may set it from a file"));
        match overrides {
            true => self.state.environ.forget(&reason),
            false => self.state.environ.unset = Some(reason),
        }
    }

    /// Whether settings may be read from a file of this path; any, where it is not seen.
    pub(super) fn may_be_in(&self, path: Option<&PyValue>) -> bool {
        !path.is_some_and(|it| is_plain(it, "")) || !self.lacks_dotenv()
    }

    /// An expression as it is written; for a name of the module, what was assigned to it.
    fn written(&self, expr: &Expr) -> &str {
        let slot = match expr {
            Expr::Name(name) => self.state.globals[self.unit].get(name.id.as_str()),
            _ => None,
        };
        let span = slot.map_or_else(|| self.span(expr.range()), |it| it.span);
        self.host.workspace.sources.text(span)
    }

    /// Whether no file of variables is among those of the project, and [`Unmentioned::Nowhere`] takes
    /// others for absent.
    fn lacks_dotenv(&self) -> bool {
        if self.plan.unmentioned != Unmentioned::Nowhere {
            return false;
        }
        let here = self.host.workspace.sources.file(self.units[self.unit].file).path();
        let mut folders = folders_up(parent(here)).chain([self.host.folder.as_str()]);
        !folders.any(|it| join(it, NAME).is_none_or(|it| self.host.workspace.is_there(&it)))
    }
}

/// Whether an argument names the usual file, or none: `verbose=True`. Of a path that is not known,
/// its end is seen in what is written.
fn is_plain(value: &PyValue, written: &str) -> bool {
    match value {
        PyValue::Str(path) | PyValue::Path(path) => path.ends_with(NAME),
        PyValue::None | PyValue::Bool(_) => true,
        // `find_dotenv()`
        PyValue::Unknown(it) if it.import().is_some_and(|it| it.contains("dotenv")) => true,
        _ => {
            let end = written.trim_end_matches([')', ' ', ',', '\n']);
            [".env\"", ".env'"].iter().any(|it| end.ends_with(it))
        }
    }
}
