//! Whether a process was started without a standard output, as by `opslint check >&-`.
//!
//! The standard library opens `/dev/null` in its place before `main`, so that a report would vanish
//! and the status would say that all is well. Only code that runs earlier can tell: to be started
//! with `/dev/null` is usual, and means that nobody wants to read.

use std::io;

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::fs::OFlags;
    use rustix::stdio::stdout;

    static IS_CLOSED: AtomicBool = AtomicBool::new(false);

    ctor::declarative::ctor! {
        #[ctor(unsafe)]
        fn look() {
            // One that is open for reading alone takes nothing, and the library hides that as well.
            let mode = rustix::fs::fcntl_getfl(stdout());
            let is_writable = mode.is_ok_and(|it| it & OFlags::ACCMODE != OFlags::RDONLY);
            IS_CLOSED.store(!is_writable, Ordering::Relaxed);
        }
    }

    pub(super) fn is_closed() -> bool {
        IS_CLOSED.load(Ordering::Relaxed)
    }
}

/// Expects that something can be written to standard output, as it was when the process started.
///
/// On systems other than Unix nothing is expected: there, writing fails by itself.
///
/// # Errors
/// There is no standard output, or it is open for reading alone.
pub fn expect_open() -> io::Result<()> {
    #[cfg(unix)]
    if unix::is_closed() {
        return Err(io::Error::other("standard output is closed"));
    }
    Ok(())
}
