//! What opslint's rules are: rule files, levels, and what expressions work out to.
//!
//! Which rules there are, and what configuration says of them, is the business of who uses this: it
//! knows no platform, opens no file, and is given the names of formats.

use opslint_model::{
    absence, diagnostic, document, fact, fix, glob, project, source, spelling, vocabulary,
};
use opslint_syntax::{nearest, parse, quantity};

pub mod expression;
pub mod fail_on;
pub mod keys;
pub mod levels;
pub mod needs;
pub mod offer;
pub mod rule;
pub mod rule_file;
mod rule_fix;
pub mod rule_keys;
pub mod strict;
