//! Paths → sources: which files there are, which of them make one project. The only reader of files.

mod changed;
mod disk;
mod tree;
mod walk;

pub use changed::changed_since;
pub(crate) use disk::decode;
pub use disk::{Disk, StdinFile, append, current_folder, write, write_new};
pub use tree::{Overlaid, Tree};
pub use walk::{Found, find, shown_path};
