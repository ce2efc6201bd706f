//! Every file of `keys/` loads, and names only what exists.

use crate::keys::{BUILTIN, load};

#[test]
fn every_file_loads() {
    for (stem, text) in BUILTIN {
        if let Err(error) = load::schema(text) {
            panic!("keys/{stem}.toml: {error}");
        }
    }
}
