//! Rule files and opslint.toml → a policy that is ready to run.
