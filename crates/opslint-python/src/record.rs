//! What the code tells something beside its own names: see [`Module::record`](super::Module).
//!
//! Records are names of the first module that no program can write, so that branches, loops and
//! history treat them as they treat every other name.

use ruff_text_size::TextRange;

use super::storage::Opaque;

use super::evaluator::Evaluator;
use super::sites::SITE;
use super::state::Slot;
use super::trace::Traced;
use super::value::PyValue;

/// Before the name of a variable that the code sets.
pub(super) const SET: &str = "env ";
/// Before the name of a variable that the code sets when it is not set.
pub(super) const SET_DEFAULT: &str = "env default ";

/// Whether a name is a record: names of Python have no space.
pub(super) fn is_record(name: &str) -> bool {
    name.contains(' ')
}

impl Evaluator<'_, '_, '_> {
    /// Notes what the code at `range` said.
    pub(super) fn record(&mut self, name: &str, mut value: Traced, range: TextRange) {
        value.inputs.add(&self.control);
        self.next_version += 1;
        let slot =
            Slot::assigned(name, value, (self.span(range), self.span(range)), self.next_version);
        self.state.globals[0].bind(slot);
    }

    /// What was noted under a name.
    pub(super) fn recorded(&self, name: &str) -> Option<&PyValue> {
        self.state.globals[0].get(name).map(|it| &it.value.value)
    }

    /// Gives up every record that starts with `prefix`: code that is not followed may replace it.
    pub(super) fn forget_records(&mut self, prefix: &str, reason: &Opaque) {
        let records = self.state.globals[0].slots.iter_mut();
        // A call that was made stays made.
        let is_told = |it: &&mut Slot| is_record(&it.name) && !it.name.starts_with(SITE);
        for slot in records.filter(is_told).filter(|it| it.name.starts_with(prefix)) {
            self.next_version += 1;
            slot.version = self.next_version;
            slot.value.value = PyValue::Unknown(reason.clone());
        }
    }
}
