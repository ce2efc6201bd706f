//! Paths → sources: which files there are, which of them make one project. The only reader of files.

mod changed;
mod disk;
mod walk;

pub use changed::changed_since;
pub(crate) use disk::decode;
pub use disk::{Disk, StdinFile, append, current_folder, write, write_new};
pub use walk::{Found, find, rule_files, shown_path};
