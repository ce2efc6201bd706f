//! Paths → sources: which files there are, which of them make one project. The only reader of files.

mod changed;
mod decode;
mod disk;
mod git;
mod ignored;
mod reach;
mod walk;

pub use changed::Changed;
pub(crate) use decode::decode;
pub use disk::{Disk, StdinFile, append, current_folder, write, write_new};
pub use git::Git;
pub use walk::{Found, find, is_file, rule_files, shown_path};
