//! Operators, conditional expressions and f-strings.

use ruff_python_ast::{self as ast, BoolOp, Expr, Operator, UnaryOp};
use ruff_text_size::TextRange;

use crate::fact::{TextPart, Unknown};

use super::compare::compare;
use super::containers::LEN_MAX;
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::numbers::{Number, arithmetic, range_arithmetic, too_large};
use super::raise::{Error, Evaluated, Outcome};
use super::template::{formatted, percent};
use super::text::{from_parts, parts_of};
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// The longest text that is followed, in bytes.
const TEXT_MAX: usize = 100_000;

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
        let outcome = self.binary_values(op, &left.value, &right.value);
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
            return percent(template, right);
        }
        match (left, right) {
            (PyValue::Unknown(it), _) | (_, PyValue::Unknown(it)) => {
                let pattern = match (op, left, right) {
                    (Operator::Add, PyValue::Str(_) | PyValue::Pattern(_), _)
                    | (Operator::Add, _, PyValue::Str(_) | PyValue::Pattern(_)) => {
                        let parts = parts_of(left).into_iter().chain(parts_of(right));
                        Some(from_parts(parts.collect()))
                    }
                    _ => None,
                };
                self.may_raise("*");
                return Ok(pattern.unwrap_or_else(|| PyValue::Unknown(it.clone())));
            }
            _ => {}
        }
        if matches!((left, right), (PyValue::Range { .. }, _) | (_, PyValue::Range { .. }))
            && left.bounds().is_some()
            && right.bounds().is_some()
        {
            let unknown = || PyValue::because("only bounds of a number are known");
            return Ok(range_arithmetic(op, left, right).unwrap_or_else(unknown));
        }
        self.container_operator(op, left, right)
    }

    fn container_operator(&mut self, op: Operator, left: &PyValue, right: &PyValue) -> Outcome {
        let is_text = |it: &PyValue| matches!(it, PyValue::Str(_) | PyValue::Pattern(_));
        match (op, left, right) {
            (Operator::Add, _, _) if is_text(left) && is_text(right) => {
                let parts: Vec<_> = parts_of(left).into_iter().chain(parts_of(right)).collect();
                self.spend(parts.iter().map(part_len).sum::<usize>() / 16);
                if parts.iter().map(part_len).sum::<usize>() > TEXT_MAX {
                    return Ok(PyValue::because("the text grows too long"));
                }
                Ok(from_parts(parts))
            }
            (Operator::Add, PyValue::List(a), PyValue::List(b)) => {
                self.spend(a.len() + b.len());
                let joined = a.iter().chain(b.iter()).cloned().collect();
                Ok(self.list_within(joined))
            }
            (Operator::Add, PyValue::Tuple(a), PyValue::Tuple(b)) => {
                self.spend(a.len() + b.len());
                Ok(PyValue::tuple(a.iter().chain(b.iter()).cloned().collect()))
            }
            (Operator::Mult, PyValue::Int(count), other)
            | (Operator::Mult, other, PyValue::Int(count))
                if matches!(other, PyValue::Str(_) | PyValue::List(_) | PyValue::Tuple(_)) =>
            {
                Ok(self.repeated(other, *count))
            }
            (Operator::BitOr, PyValue::Dict(a), PyValue::Dict(b)) => {
                let mut entries = a.to_vec();
                let merged = b.iter().all(|(key, value)| {
                    super::containers::insert_entry(&mut entries, key, value.clone())
                });
                self.spend(a.len() + b.len());
                let value = self.dict(entries);
                Ok(if merged { value } else { PyValue::Unknown(not_seen()) })
            }
            (Operator::Div, PyValue::Path(folder), PyValue::Str(name) | PyValue::Path(name)) => {
                Ok(super::library::joined_path(folder, name))
            }
            (_, PyValue::Set(_), PyValue::Set(_)) => {
                Ok(PyValue::because("set arithmetic is not evaluated"))
            }
            (Operator::Mod, PyValue::Pattern(_), _) => {
                Ok(PyValue::because("the template is not known in full"))
            }
            _ => operator_error(op, left, right),
        }
    }

    fn repeated(&mut self, value: &PyValue, count: i64) -> PyValue {
        let count = usize::try_from(count).unwrap_or(0);
        let len = match value {
            PyValue::Str(text) => text.len(),
            other => other.elements().map_or(0, <[PyValue]>::len) * 16,
        };
        if len.saturating_mul(count) > TEXT_MAX {
            return PyValue::because("the value grows too long");
        }
        self.spend(len * count / 16);
        let many = |items: &[PyValue]| -> Vec<PyValue> {
            (0..count).flat_map(|_| items.iter().cloned()).collect()
        };
        match value {
            PyValue::Str(text) => PyValue::Str(text.repeat(count)),
            PyValue::List(items) => {
                let values = many(items);
                self.list_within(values)
            }
            other => PyValue::tuple(many(other.elements().unwrap_or_default())),
        }
    }

    fn list_within(&mut self, values: Vec<PyValue>) -> PyValue {
        match values.len() > LEN_MAX {
            true => PyValue::because("the list grows too long"),
            false => self.list(values),
        }
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
        let mut left = self.eval(&compared.left)?;
        let mut inputs = Inputs::default();
        let mut undecided: Option<Unknown> = None;
        for (op, right) in compared.ops.iter().zip(&compared.comparators) {
            let right = self.eval(right)?;
            inputs.add(&left.inputs);
            inputs.add(&right.inputs);
            let decided = match self.environment_membership(*op, &left.value, &right.value) {
                Some((decided, more)) => {
                    inputs.add(&more);
                    decided
                }
                None => match compare(*op, &left.value, &right.value) {
                    Ok(decided) => decided,
                    Err(_) if undecided.is_some() => None,
                    Err(error) => return Err(self.raised(error, compared.range, &inputs)),
                },
            };
            match decided {
                Some(true) => {}
                Some(false) => return Ok(Traced::new(PyValue::Bool(false), inputs)),
                None => {
                    self.may_raise("*");
                    let of = left.value.unknown().or_else(|| right.value.unknown());
                    undecided.get_or_insert_with(|| of.unwrap_or_else(not_seen));
                }
            }
            left = right;
        }
        let value = undecided.map_or(PyValue::Bool(true), PyValue::Unknown);
        Ok(Traced::new(value, inputs))
    }

    pub(super) fn eval_f_string(&mut self, f_string: &ast::ExprFString) -> Evaluated {
        let mut parts = Vec::new();
        let mut inputs = Inputs::default();
        for part in &f_string.value {
            match part {
                ast::FStringPart::Literal(it) => parts.push(TextPart::Known(it.value.to_string())),
                ast::FStringPart::FString(it) => {
                    self.f_string_parts(&it.elements, &mut parts, &mut inputs)?;
                }
            }
        }
        Ok(Traced::new(from_parts(parts), inputs))
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
        parts: &mut Vec<TextPart>,
        inputs: &mut Inputs,
    ) -> Evaluated<()> {
        for element in elements {
            let it = match element {
                ast::InterpolatedStringElement::Literal(it) => {
                    parts.push(TextPart::Known(it.value.to_string()));
                    continue;
                }
                ast::InterpolatedStringElement::Interpolation(it) => it,
            };
            let value = self.eval(&it.expression)?;
            inputs.add(&value.inputs);
            self.printed(std::slice::from_ref(&value.value), &value.inputs);
            if it.debug_text.is_some() {
                parts.push(TextPart::Unknown(Unknown::because("`=` prints the expression")));
                continue;
            }
            let mut spec = Vec::new();
            if let Some(it) = &it.format_spec {
                self.f_string_parts(&it.elements, &mut spec, inputs)?;
            }
            let spec = match from_parts(spec) {
                PyValue::Str(spec) => spec,
                _ => {
                    parts.push(TextPart::Unknown(Unknown::because("the format is not known")));
                    continue;
                }
            };
            match formatted(&value.value, it.conversion.to_char(), &spec) {
                Ok(more) => parts.extend(more),
                Err(error) => return Err(self.raised(error, it.range, inputs)),
            }
        }
        Ok(())
    }
}

fn part_len(part: &TextPart) -> usize {
    match part {
        TextPart::Known(text) => text.len(),
        TextPart::Unknown(_) => 0,
    }
}

/// The operator is not defined for these types, or one of the types is not known.
fn operator_error(op: Operator, left: &PyValue, right: &PyValue) -> Outcome {
    let opaque = |it: &PyValue| {
        matches!(it.type_name(), None | Some("set" | "type" | "function" | "module" | "dict"))
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
