//! The command line of a script: `sys.argv`.

use super::environment::text_of;
use super::evaluator::Evaluator;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

use ruff_text_size::TextRange;

/// The record that is `sys.argv`: a list that code may change as any other.
const ARGV: &str = "sys argv";

impl Evaluator<'_, '_, '_> {
    /// Makes the list of the words that the plan has.
    pub(super) fn set_argv(&mut self) {
        let Some(argv) = self.plan.argv else { return };
        let mut inputs = Inputs::default();
        let mut values = Vec::with_capacity(argv.len());
        for (idx, fact) in argv.iter().enumerate() {
            values.push(text_of(&self.heap, fact).unwrap_or(PyValue::None));
            // What stands in the command as it is depends on nothing.
            if !fact.origin.inputs.is_empty() || fact.value().is_none() {
                let input = self.table.intern_at("sys.argv", &idx.to_string(), fact.clone());
                inputs.add(&input);
            }
        }
        let list = self.heap.list(values);
        self.record(ARGV, Traced::new(list, inputs), TextRange::default());
    }

    /// The list, for the name of it.
    pub(super) fn argv(&self, dotted: &str) -> Option<Traced> {
        if dotted != "sys.argv" {
            return None;
        }
        Some(self.state.globals[0].get(ARGV)?.value.clone())
    }
}
