//! `dict()` and `sum()`: what is made of many values.

use ruff_text_size::TextRange;

use super::call::Arguments;
use super::containers::{enter, insert_entry};
use super::eval::not_seen;
use super::evaluator::Evaluator;
use super::raise::{Error, Evaluated};
use super::trace::{Inputs, Traced};
use super::value::PyValue;

impl Evaluator<'_, '_, '_> {
    pub(super) fn make_dict(
        &mut self,
        arguments: Arguments,
        mut inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        let mut entries = Vec::new();
        let mut decided = true;
        match arguments.positional.as_slice() {
            [] => {}
            [PyValue::Native(name)] if name == "os.environ" && arguments.keywords.is_empty() => {
                return Ok(Traced::new(self.heap.native("os.environ.copy()"), inputs));
            }
            [PyValue::Dict(it)] => entries = it.to_vec(),
            [other] => {
                let other = Traced::new(other.clone(), inputs.clone());
                inputs.add(&other.inputs);
                match self.iterate(&other, range)? {
                    Ok(rows) => {
                        for row in rows {
                            decided &= self.enter_row(&mut entries, row, &inputs, range)?;
                        }
                    }
                    Err(_) => decided = false,
                }
            }
            _ => decided = false,
        }
        for (key, value) in arguments.keywords {
            let key = self.heap.text(key);
            decided &= insert_entry(&self.heap, &mut entries, &key, value);
        }
        let value = if decided { self.heap.dict(entries) } else { PyValue::Unknown(not_seen()) };
        Ok(Traced::new(value, inputs))
    }

    /// Adds a row of `dict([row, …])`: anything that has two elements. `false` when it is not known
    /// what they are.
    fn enter_row(
        &mut self,
        entries: &mut Vec<(PyValue, PyValue)>,
        row: PyValue,
        inputs: &Inputs,
        range: TextRange,
    ) -> Evaluated<bool> {
        let row = Traced::new(row, inputs.clone());
        let Ok(row) = self.iterate(&row, range)? else { return Ok(false) };
        let [key, value] = row.as_slice() else {
            let message = format!("an element of the dict has the length {}, not 2", row.len());
            return Err(self.raised(Error::raise("ValueError", message), range, inputs));
        };
        let entered = enter(&self.heap, entries, key, value.clone());
        entered.map_err(|it| self.raised(it, range, inputs))
    }

    pub(super) fn sum(
        &mut self,
        values: Vec<PyValue>,
        start: Option<PyValue>,
        inputs: Inputs,
        range: TextRange,
    ) -> Evaluated {
        // Python 3.12 adds floats with compensation, older versions do not.
        let floats = values.iter().filter(|it| matches!(it, PyValue::Float(_))).count();
        if floats > 2 {
            let value = PyValue::because("the sum of floats differs between Python versions");
            return Ok(Traced::new(value, inputs));
        }
        let mut total = Traced::new(start.unwrap_or(PyValue::Int(0)), inputs);
        if matches!(total.value, PyValue::Str(_)) {
            let error = Error::type_error("sum() cannot sum texts");
            return Err(self.raised(error, range, &total.inputs));
        }
        for value in values {
            total = self.binary(ruff_python_ast::Operator::Add, total, value.into(), range)?;
        }
        Ok(total)
    }
}
