//! Paths → sources: which files there are, which of them make one project. The only reader of files.

mod changed;
mod committed;
mod decode;
mod disk;
mod examples;
mod exchange;
mod git;
mod hidden;
mod ignored;
mod reach;
mod seat;
mod stream;
mod tracked;
mod tree;
mod walk;
mod watch;
mod words;
mod write;

pub use changed::Changed;
pub use committed::{Committed, Failed};
pub(crate) use decode::decode;
pub use disk::{Disk, StdinFile, current_folder};
pub use exchange::{Exchange, exchange};
pub use git::{Git, NOT_FETCHED};
pub use reach::BYTES_MAX;
pub use seat::Seat;
pub use stream::{Stream, streams};
pub use tree::{Overlaid, Tree};
pub use walk::{Found, find, is_file, rule_files, shown_path};
pub use watch::Lookout;
pub use write::{append, is_same_file, is_there, write, write_new};
