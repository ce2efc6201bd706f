//! The port that an image says it listens on, where its build and its run may see two values.

use crate::fact::{Fact, Input, Unknown};
use crate::project::{Environment, Lookup};

/// `EXPOSE $PORT` is what the build makes of it. Where the manifest sets the variable to something
/// else, the program is told that, and the image says nothing about it.
pub(super) fn exposed(port: &Fact, over: &Environment) -> Fact {
    let differs = |it: &Input| match over.get(it.name.trim_start_matches('$')) {
        Lookup::Set(fact) => fact.state != it.fact.state,
        Lookup::Unset | Lookup::Unmentioned => false,
    };
    let Some(input) = port.origin.inputs.iter().find(|it| differs(it)) else { return port.clone() };
    let reason = format!("`{}` is another at run time than in the build", input.name);
    Fact::unknown(Unknown::because(reason), port.origin.clone())
}
