//! One binary for all tests that use the library from outside.

mod python_cases;
mod python_oracle;
