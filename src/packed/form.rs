//! The packed form of data files, which `pack.rs` writes and `src/packed.rs` reads.
//!
//! A value is one byte that says what it is, and what follows it:
//!
//! | tag | followed by |
//! | --- | --- |
//! | `FALSE`, `TRUE` | nothing |
//! | `INTEGER` | an `i64`, little-endian |
//! | `FLOAT` | an `f64`, little-endian |
//! | `TEXT` | its length in bytes as a `u32`, little-endian; UTF-8 |
//! | `LIST` | the length of its elements in bytes, as of a text; the elements |
//! | `TABLE` | the same; keys and values in turns, a key being a text with its tag |
//! | `PLACED` | two `u32`, the bytes of the text it stands in; the value, or key, itself |
//!
//! What is not wanted is stepped over without a look, since every length is known.

pub(crate) const FALSE: u8 = 0;
pub(crate) const TRUE: u8 = 1;
pub(crate) const INTEGER: u8 = 2;
pub(crate) const FLOAT: u8 = 3;
pub(crate) const TEXT: u8 = 4;
pub(crate) const LIST: u8 = 5;
pub(crate) const TABLE: u8 = 6;
pub(crate) const PLACED: u8 = 7;
