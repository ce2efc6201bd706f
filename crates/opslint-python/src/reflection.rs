//! Built-in functions that look into the running program or run more of it: `globals`, `vars`,
//! `setattr`, `exec`, `eval`.

use std::sync::Arc;

use ruff_python_ast::Stmt;
use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ModModule};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::TextRange;

use super::branch::Flow;
use super::call::Arguments;
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::raise::{Error, Evaluated};
use super::storage::Opaque;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// The longest code in a text that is run.
const CODE_MAX: usize = 10_000;

impl Evaluator<'_, '_, '_> {
    /// Calls a built-in that reaches names in another way than by naming them.
    pub(super) fn call_reflective(
        &mut self,
        name: &str,
        arguments: Arguments,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let in_module = self.state.locals.iter().all(|it| it.unit != self.unit || it.comprehension);
        match (name, arguments.positional.as_slice()) {
            ("globals", []) => return Ok(self.namespace(self.unit).into()),
            ("vars" | "locals", []) if in_module => return Ok(self.namespace(self.unit).into()),
            // In a function it is a copy: changing it changes nothing.
            ("vars" | "locals", []) => {
                return Ok(PyValue::because("the names of a function as a dict").into());
            }
            ("vars", [object]) => return Ok(Traced::new(self.namespace_of(object), inputs)),
            ("setattr", [object, PyValue::Str(attribute), value]) => {
                let object = Traced::new(object.clone(), inputs.clone());
                let value = Traced::new(value.clone(), inputs);
                self.set_attribute(&object, &attribute.clone(), value, (range, range))?;
                return Ok(PyValue::None.into());
            }
            ("delattr", [object, PyValue::Str(attribute)]) => {
                let object = Traced::new(object.clone(), inputs);
                self.delete_attribute(&object, &attribute.clone())?;
                return Ok(PyValue::None.into());
            }
            ("setattr" | "delattr", [object, ..]) => {
                let unknown = arguments.positional.iter().find_map(PyValue::unknown);
                let reason = || Opaque::because(format!("`{name}` may set any name"));
                let reason = unknown.unwrap_or_else(reason);
                self.may_raise("*");
                self.poison(&object.clone(), &reason);
                return Ok(PyValue::None.into());
            }
            ("exec", [PyValue::Str(code)]) if arguments.keywords.is_empty() => {
                if let Some(done) = self.exec_text(&code.clone(), &inputs, range) {
                    return done.map(|()| PyValue::None.into());
                }
            }
            ("eval", [PyValue::Str(code)]) if arguments.keywords.is_empty() => {
                if let Some(value) = self.eval_text(&code.clone(), &inputs, range) {
                    return value;
                }
            }
            ("__import__", [PyValue::Str(module)]) if arguments.keywords.is_empty() => {
                let module = module.to_string();
                self.import(&module, 0, range)?;
                let first = module.split('.').next().unwrap_or(&module);
                return Ok(self.heap.module(first).into());
            }
            ("__import__", _) => {
                return Ok(Traced::new(self.opaque_call(&arguments, &not_seen()).value, inputs));
            }
            _ => {}
        }
        let reason = Opaque::because(format!("`{name}` may set any name"));
        self.opaque_call(&arguments, &reason);
        self.forget_all(&reason);
        if matches!(name, "exec" | "eval") {
            self.state.environ.forget(&reason);
        }
        Ok(Traced::new(PyValue::Unknown(reason), inputs))
    }

    /// Runs code that is a text. `None` when it is not followed.
    fn exec_text(
        &mut self,
        code: &str,
        inputs: &Inputs,
        range: TextRange,
    ) -> Option<Evaluated<()>> {
        let parsed = self.parse_text(code, range)?;
        if let Err(error) = parsed {
            return Some(Err(self.raised(error, range, inputs)));
        }
        let parsed = parsed.ok()?;
        let outer = self.place.replace(range);
        let flow = self.eval_under(inputs, |it| it.exec_block(parsed.suite()));
        self.place = outer;
        Some(match flow {
            Flow::Raise(raised) => Err(raised),
            _ => Ok(()),
        })
    }

    /// The value of an expression that is a text. `None` when it is not followed.
    fn eval_text(&mut self, code: &str, inputs: &Inputs, range: TextRange) -> Option<Evaluated> {
        let parsed = match self.parse_text(code.trim_start_matches([' ', '\t']), range)? {
            Ok(parsed) => parsed,
            Err(error) => return Some(Err(self.raised(error, range, inputs))),
        };
        let [Stmt::Expr(stmt)] = &parsed.suite()[..] else {
            let error = Error::raise("SyntaxError", "`eval` takes one expression");
            return Some(Err(self.raised(error, range, inputs)));
        };
        let outer = self.place.replace(range);
        let value = self.eval_under(inputs, |it| it.eval(&stmt.value));
        self.place = outer;
        Some(value.map(|it| Traced::new(it.value, it.inputs.with(inputs))))
    }

    /// The tree of a text. `None` for code that makes functions or classes, whose place in the file
    /// they would be found by is not theirs.
    fn parse_text(
        &mut self,
        code: &str,
        _range: TextRange,
    ) -> Option<Result<Arc<Parsed<ModModule>>, Error>> {
        if code.len() > CODE_MAX || super::syntax::too_deep(code).is_some() {
            return None;
        }
        self.spend(code.len() / 4);
        let parsed = parse_unchecked(code, ParseOptions::from(Mode::Module)).try_into_module()?;
        if !parsed.errors().is_empty() {
            return Some(Err(Error::raise("SyntaxError", "the text is not valid Python")));
        }
        let mut plain = Plain(true);
        plain.visit_body(parsed.suite());
        if !plain.0 {
            return None;
        }
        let parsed = Arc::new(parsed);
        // Places in memory are keys, so the tree has to stay.
        self.texts.push(Arc::clone(&parsed));
        Some(Ok(parsed))
    }
}

/// Whether code makes neither functions nor classes.
struct Plain(bool);

impl<'a> Visitor<'a> for Plain {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.0 &= !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_));
        walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.0 &= !matches!(expr, Expr::Lambda(_));
        walk_expr(self, expr);
    }
}
