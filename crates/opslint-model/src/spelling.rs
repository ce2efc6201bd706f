//! How an option of a program is said, as text to write.

use crate::fact::Value;
use crate::vocabulary::FactId;

/// What is to be said.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// The option that a fact is.
    Fact(FactId),
    /// The option under the server's own name.
    Setting(&'a str),
}

/// The words for an option of the server of this name with this value: a line for the
/// configuration file of this path, or else a flag of the command. `None` where the server has no
/// such option there.
pub type Spell = fn(&str, Option<&str>, Asked<'_>, &Value) -> Option<String>;
