//! One binary for all tests that use the library from outside.

mod docs;
mod schema_oracle;
