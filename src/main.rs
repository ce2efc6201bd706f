//! Exit status and error text; everything else lives in the library.

fn main() {}
