//! Paths → sources: which files there are, which of them make one project. The only reader of files.
