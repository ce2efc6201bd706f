//! The names that opslint gives to facts, with their types and units, and the nearest name to one
//! that there is not.
//!
//! It depends on nothing of opslint, so that what is made when the program is built can use it.

pub mod nearest;
pub mod vocabulary;
