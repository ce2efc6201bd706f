//! A command as written → the programs it starts, behind shells and wrappers.
