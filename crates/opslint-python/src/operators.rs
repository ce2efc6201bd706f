//! Operators, conditional expressions and f-strings.

use ruff_python_ast::{self as ast, BoolOp, CmpOp, Expr, Operator, UnaryOp};
use ruff_text_size::{Ranged, TextRange};

use crate::budget::{LEN_MAX, Spent};

use super::compare::compare;
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::numbers::{Number, arithmetic, range_arithmetic, too_large};
use super::raise::{Error, Evaluated, Outcome};
use super::sets::{SetOperator, set_operation};
use super::storage::Opaque;
use super::template::{asks_for_a_kind, formatted, percent};
use super::text::Writer;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

impl Evaluator<'_, '_, '_> {
    /// `a + b + c` nests to the left as deep as it is long, so the left spine is a loop here.
    pub(super) fn eval_binary(&mut self, binary: &ast::ExprBinOp) -> Evaluated {
        let mut spine = vec![binary];
        let mut left = &*binary.left;
        while let Expr::BinOp(it) = left {
            spine.push(it);
            left = &it.left;
        }
        let mut value = self.eval(left)?;
        for it in spine.into_iter().rev() {
            let right = self.eval(&it.right)?;
            value = self.binary(it.op, value, right, it.range)?;
        }
        Ok(value)
    }

    /// `left op right`.
    pub(super) fn binary(
        &mut self,
        op: Operator,
        left: Traced,
        right: Traced,
        range: TextRange,
    ) -> Evaluated {
        let inputs = left.inputs.with(&right.inputs);
        if op == Operator::Mod && matches!(left.value, PyValue::Str(_)) {
            let single = std::slice::from_ref(&right.value);
            self.printed(right.value.elements().unwrap_or(single), &inputs);
        }
        let outcome = match self.binary_values(op, &left.value, &right.value) {
            // `[list] * n`: whatever comes of it has the same list inside.
            Ok(PyValue::Unknown(reason)) => match self.one_of(&left.value, reason) {
                PyValue::Unknown(reason) => Ok(self.one_of(&right.value, reason)),
                value => Ok(value),
            },
            outcome => outcome,
        };
        self.settle(outcome, inputs, range)
    }

    fn binary_values(&mut self, op: Operator, left: &PyValue, right: &PyValue) -> Outcome {
        if let (Some(a), Some(b)) = (Number::of(left), Number::of(right)) {
            if let (PyValue::Bool(a), PyValue::Bool(b)) = (left, right) {
                match op {
                    Operator::BitAnd => return Ok(PyValue::Bool(a & b)),
                    Operator::BitOr => return Ok(PyValue::Bool(a | b)),
                    Operator::BitXor => return Ok(PyValue::Bool(a ^ b)),
                    _ => {}
                }
            }
            return arithmetic(op, a, b);
        }
        if let (Operator::Mod, PyValue::Str(template)) = (op, left) {
            self.spend(template.len() / 16);
            if matches!(right, PyValue::Unknown(_)) {
                // It may have too many elements, or too few.
                self.may_raise("*");
            }
            let text = percent(&self.heap, template, right);
            if asks_for_a_kind(template) && matches!(text, Ok(PyValue::Pattern(_))) {
                self.may_raise("*");
            }
            return text;
        }
        match (left, right) {
            (PyValue::Unknown(it), _) | (_, PyValue::Unknown(it)) => {
                self.may_raise("*");
                let is_text = |it: &PyValue| matches!(it, PyValue::Str(_) | PyValue::Pattern(_));
                return Ok(match op {
                    Operator::Add if is_text(left) || is_text(right) => self.joined(left, right),
                    _ => PyValue::Unknown(it.clone()),
                });
            }
            _ => {}
        }
        let is_range = |it: &PyValue| matches!(it, PyValue::Range { .. });
        let is_number = |it: &PyValue| is_range(it) || Number::of(it).is_some();
        if (is_range(left) || is_range(right)) && is_number(left) && is_number(right) {
            let unknown = || PyValue::because("only bounds of a number are known");
            return Ok(range_arithmetic(op, left, right).unwrap_or_else(unknown));
        }
        self.container_operator(op, left, right)
    }

    fn container_operator(&mut self, op: Operator, left: &PyValue, right: &PyValue) -> Outcome {
        let is_text = |it: &PyValue| matches!(it, PyValue::Str(_) | PyValue::Pattern(_));
        match (op, left, right) {
            (Operator::Add, _, _) if is_text(left) && is_text(right) => {
                Ok(self.joined(left, right))
            }
            (Operator::Add, PyValue::List(a), PyValue::List(b)) => {
                Ok(self.heap.list(a.iter().chain(b.iter()).cloned().collect()))
            }
            (Operator::Add, PyValue::Tuple(a), PyValue::Tuple(b)) => {
                Ok(self.heap.tuple(a.iter().chain(b.iter()).cloned().collect()))
            }
            (Operator::Mult, PyValue::Int(count), other)
            | (Operator::Mult, other, PyValue::Int(count))
                if matches!(other, PyValue::Str(_) | PyValue::List(_) | PyValue::Tuple(_)) =>
            {
                self.repeated(other, *count)
            }
            (Operator::BitOr, PyValue::Dict(_), PyValue::Dict(_)) if !self.merges_dicts() => {
                Err(Error::type_error("`|` of dicts is new in Python 3.9"))
            }
            (Operator::BitOr, PyValue::Dict(a), PyValue::Dict(b)) => {
                let mut entries = a.to_vec();
                let merged = b.iter().all(|(key, value)| {
                    super::containers::insert_entry(&self.heap, &mut entries, key, value.clone())
                });
                let value = self.heap.dict(entries);
                Ok(if merged { value } else { PyValue::Unknown(not_seen()) })
            }
            (Operator::Div, PyValue::Path(folder), PyValue::Str(name) | PyValue::Path(name)) => {
                Ok(super::library::joined_path(&self.heap, folder, name))
            }
            (_, PyValue::Set(left), PyValue::Set(right)) => {
                let op = match op {
                    Operator::BitOr => SetOperator::Or,
                    Operator::BitAnd => SetOperator::And,
                    Operator::Sub => SetOperator::Minus,
                    Operator::BitXor => SetOperator::Either,
                    _ => return operator_error(op, &PyValue::None, &PyValue::None),
                };
                Ok(match set_operation(&self.heap, op, left, right) {
                    Some(values) => self.heap.set(values),
                    None => PyValue::because("it is not known which elements are equal"),
                })
            }
            (Operator::Mod, PyValue::Pattern(_), _) => {
                Ok(PyValue::because("the template is not known in full"))
            }
            _ => operator_error(op, left, right),
        }
    }

    /// `left + right` of texts, of which one may not be known.
    fn joined(&self, left: &PyValue, right: &PyValue) -> PyValue {
        let mut writer = Writer::default();
        writer.value(left);
        writer.value(right);
        writer.finish(&self.heap)
    }

    fn repeated(&mut self, value: &PyValue, count: i64) -> Outcome {
        let count = usize::try_from(count).unwrap_or(0);
        let len = match value {
            PyValue::Str(text) => text.chars().count(),
            other => other.elements().map_or(0, <[PyValue]>::len),
        };
        // No machine holds as much: CPython asks before it asks for memory.
        if len.checked_mul(count).is_none_or(|it| isize::try_from(it).is_err()) {
            return Err(match value {
                PyValue::Str(_) => Error::raise("OverflowError", "repeated string is too long"),
                _ => Error::raise("MemoryError", "the sequence is too long"),
            });
        }
        let many = |items: &[PyValue]| -> Result<Vec<PyValue>, Opaque> {
            // Nothing is nothing, however often: only elements are counted below, not turns.
            if items.is_empty() {
                return Ok(Vec::new());
            }
            if items.len().saturating_mul(count) > LEN_MAX {
                return Err(Spent::Len.into());
            }
            Ok((0..count).flat_map(|_| items.iter().cloned()).collect())
        };
        let made = match value {
            PyValue::Str(text) => match self.heap.allows(text.len().saturating_mul(count)) {
                Ok(()) => Ok(self.heap.text(text.repeat(count))),
                Err(spent) => {
                    // There may be no memory for it.
                    self.may_raise("*");
                    Ok(self.heap.some_text(spent))
                }
            },
            PyValue::List(items) => many(items).map(|it| self.heap.list(it)),
            other => many(other.elements().unwrap_or_default()).map(|it| self.heap.tuple(it)),
        };
        Ok(made.unwrap_or_else(PyValue::Unknown))
    }

    pub(super) fn eval_unary(&mut self, unary: &ast::ExprUnaryOp) -> Evaluated {
        let operand = self.eval(&unary.operand)?;
        let outcome = match (unary.op, &operand.value, Number::of(&operand.value)) {
            (UnaryOp::Not, value, _) => Ok(match (value.truth(), value.unknown()) {
                (Some(truth), _) => PyValue::Bool(!truth),
                (None, unknown) => PyValue::Unknown(unknown.unwrap_or_else(not_seen)),
            }),
            (UnaryOp::UAdd, _, Some(Number::Int(value))) => Ok(PyValue::Int(value)),
            (UnaryOp::UAdd, _, Some(Number::Float(value))) => Ok(PyValue::Float(value)),
            (UnaryOp::USub, _, Some(Number::Int(value))) => {
                Ok(value.checked_neg().map_or_else(too_large, PyValue::Int))
            }
            (UnaryOp::USub, _, Some(Number::Float(value))) => Ok(PyValue::Float(-value)),
            (UnaryOp::Invert, _, Some(Number::Int(value))) => Ok(PyValue::Int(!value)),
            (UnaryOp::USub, PyValue::Range { min, max, is_int }, _) => {
                Ok(PyValue::range(-max, -min, *is_int))
            }
            (UnaryOp::UAdd, value @ PyValue::Range { .. }, _) => Ok(value.clone()),
            (_, PyValue::Unknown(unknown), _) => Ok(PyValue::Unknown(unknown.clone())),
            (_, value, _) => match value.type_name() {
                Some("set" | "type" | "int" | "float") | None => Ok(PyValue::Unknown(not_seen())),
                Some(name) => Err(Error::type_error(format!("a `{name}` has no sign"))),
            },
        };
        self.settle(outcome, operand.inputs, unary.range)
    }

    /// `and` and `or`. Where an operand does not decide, the result is either side.
    pub(super) fn eval_bool_op(&mut self, op: BoolOp, values: &[Expr]) -> Evaluated {
        let Some((first, rest)) = values.split_first() else { return Ok(PyValue::None.into()) };
        let left = self.eval(first)?;
        if rest.is_empty() {
            return Ok(left);
        }
        let stops = op == BoolOp::Or;
        match left.value.truth() {
            Some(truth) if truth == stops => Ok(left),
            Some(_) => {
                let mut right = self.eval_under(&left.inputs, |it| it.eval_bool_op(op, rest))?;
                right.inputs.add(&left.inputs);
                Ok(right)
            }
            None => {
                let reason = left.value.unknown().unwrap_or_else(not_seen);
                let inputs = left.inputs.clone();
                self.either(&reason, &inputs, |_| Ok(left), |it| it.eval_bool_op(op, rest))
            }
        }
    }

    pub(super) fn eval_if(&mut self, conditional: &ast::ExprIf) -> Evaluated {
        let test = self.eval(&conditional.test)?;
        let mut value = match test.value.truth() {
            Some(true) => self.eval_under(&test.inputs, |it| it.eval(&conditional.body))?,
            Some(false) => self.eval_under(&test.inputs, |it| it.eval(&conditional.orelse))?,
            None => {
                let reason = test.value.unknown().unwrap_or_else(not_seen);
                return self.either(
                    &reason,
                    &test.inputs,
                    |it| it.eval(&conditional.body),
                    |it| it.eval(&conditional.orelse),
                );
            }
        };
        value.inputs.add(&test.inputs);
        Ok(value)
    }

    pub(super) fn eval_compare(&mut self, compared: &ast::ExprCompare) -> Evaluated {
        let left = self.eval(&compared.left)?;
        self.compare_from(left, &compared.ops, &compared.comparators, compared.range)
    }

    /// A chain such as `a < b <= c`. Where a link is not decided, those behind it perhaps never run.
    fn compare_from(
        &mut self,
        left: Traced,
        ops: &[CmpOp],
        rights: &[Expr],
        range: TextRange,
    ) -> Evaluated {
        let (Some((op, ops)), Some((right, rights))) = (ops.split_first(), rights.split_first())
        else {
            return Ok(left);
        };
        let right = self.eval(right)?;
        let mut inputs = left.inputs.clone();
        inputs.add(&right.inputs);
        self.compares_texts(*op, &left, &right);
        let environment = self.environment_membership(*op, &left.value, &right.value);
        let namespace = self.namespace_membership(*op, &left.value, &right.value);
        let decided = match (environment, namespace) {
            (Some((decided, more)), _) => {
                inputs.add(&more);
                decided
            }
            (None, Some(decided)) => decided,
            (None, None) => match compare(&self.heap, *op, &left.value, &right.value) {
                Ok(decided) => decided,
                Err(error) => return Err(self.raised(error, range, &inputs)),
            },
        };
        let of = left.value.unknown().or_else(|| right.value.unknown());
        match decided {
            Some(true) if !rights.is_empty() => {
                let mut value = self.compare_from(right, ops, rights, range)?;
                value.inputs.add(&inputs);
                Ok(value)
            }
            Some(decided) => Ok(Traced::new(PyValue::Bool(decided), inputs)),
            None => {
                self.may_raise("*");
                let reason = of.unwrap_or_else(not_seen);
                if rights.is_empty() {
                    return Ok(Traced::new(PyValue::Unknown(reason), inputs));
                }
                let stopped = Traced::new(PyValue::Bool(false), inputs.clone());
                self.either(
                    &reason,
                    &inputs,
                    |_| Ok(stopped),
                    |it| it.compare_from(right, ops, rights, range),
                )
            }
        }
    }

    pub(super) fn eval_f_string(&mut self, f_string: &ast::ExprFString) -> Evaluated {
        let mut writer = Writer::default();
        let mut inputs = Inputs::default();
        for part in &f_string.value {
            match part {
                ast::FStringPart::Literal(it) => writer.text(&it.value),
                ast::FStringPart::FString(it) => {
                    self.f_string_parts(&it.elements, &mut writer, &mut inputs)?;
                }
            }
        }
        Ok(Traced::new(writer.finish(&self.heap), inputs))
    }

    /// Nobody means to print `None` into a text: a variable that would be it is set somewhere.
    pub(super) fn printed(&mut self, values: &[PyValue], inputs: &Inputs) {
        if values.contains(&PyValue::None) {
            self.contradicted.extend(self.table.assumed_unset(inputs));
        }
    }

    fn f_string_parts(
        &mut self,
        elements: &ast::InterpolatedStringElements,
        writer: &mut Writer,
        inputs: &mut Inputs,
    ) -> Evaluated<()> {
        for element in elements {
            let it = match element {
                ast::InterpolatedStringElement::Literal(it) => {
                    writer.text(&it.value);
                    continue;
                }
                ast::InterpolatedStringElement::Interpolation(it) => it,
            };
            let value = self.eval(&it.expression)?;
            inputs.add(&value.inputs);
            self.printed(std::slice::from_ref(&value.value), &value.inputs);
            let mut conversion = it.conversion.to_char();
            if let Some(debug) = &it.debug_text {
                // Places in code that is a text are none in the file.
                if self.place.is_some() {
                    writer.gap(Opaque::because("`=` prints the expression"));
                    continue;
                }
                let span = self.span(it.expression.range());
                writer.text(debug.leading());
                writer.text(self.host.workspace.sources.text(span));
                writer.text(debug.trailing());
                if conversion.is_none() && it.format_spec.is_none() {
                    conversion = Some('r');
                }
            }
            let mut spec = Writer::default();
            if let Some(it) = &it.format_spec {
                self.f_string_parts(&it.elements, &mut spec, inputs)?;
            }
            let Some(spec) = spec.into_known() else {
                self.may_raise("*");
                writer.gap(Opaque::because("the format is not known"));
                continue;
            };
            if !spec.is_empty() && !value.value.is_known() {
                // Not every value can be printed in every format.
                self.may_raise("*");
            }
            if let Err(error) = formatted(&self.heap, writer, &value.value, conversion, &spec) {
                return Err(self.raised(error, it.range, inputs));
            }
        }
        Ok(())
    }
}

/// The operator is not defined for these types, or one of the types is not known.
fn operator_error(op: Operator, left: &PyValue, right: &PyValue) -> Outcome {
    // A dict has no operator but `|`, which takes dicts alone.
    let opaque = |it: &PyValue| {
        matches!(it.type_name(), None | Some("set" | "type" | "function" | "module"))
    };
    if opaque(left) || opaque(right) {
        let unknown = left.unknown().or_else(|| right.unknown());
        return Ok(PyValue::Unknown(unknown.unwrap_or_else(not_seen)));
    }
    // `"a" * True`, `[1] * True`: legal and odd.
    let odd = matches!((left, right), (PyValue::Bool(_), _) | (_, PyValue::Bool(_)));
    let gap = |it: &PyValue| matches!(it, PyValue::Pattern(_) | PyValue::Range { .. });
    if op == Operator::Mult && (odd || gap(left) || gap(right)) {
        return Ok(PyValue::Unknown(not_seen()));
    }
    let name = |it: &PyValue| it.type_name().unwrap_or("object");
    let message = format!("`{}` of `{}` and `{}`", op.as_str(), name(left), name(right));
    Err(Error::type_error(message))
}
