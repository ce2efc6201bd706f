//! One binary for all tests that use the library from outside.

#[cfg(unix)]
mod shell_oracle;
