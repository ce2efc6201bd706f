//! What is said about files.
