//! The program as tests start it, and the messages of `opslint lsp` on its streams.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// The program in a folder, with no variable of whoever runs the tests.
pub(crate) fn opslint(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
    command.current_dir(folder).env_clear();
    command
}

/// A language server that is gone when the test ends.
pub(crate) struct Server {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn start(folder: &Path) -> Self {
        let mut command = opslint(folder);
        command.arg("lsp").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let to = child.stdin.take();
        let from = BufReader::new(child.stdout.take().unwrap());
        Self { child, to, from }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let to = self.to.as_mut().unwrap();
        to.write_all(bytes).unwrap();
        to.flush().unwrap();
    }

    /// Bytes to a server that may be gone before all of them are written.
    pub(crate) fn last_bytes(&mut self, bytes: &[u8]) {
        let _ = self.to.as_mut().unwrap().write_all(bytes);
    }

    /// A message of any bytes, with its header.
    pub(crate) fn body(&mut self, bytes: &[u8]) {
        self.bytes(format!("Content-Length: {}\r\n\r\n", bytes.len()).as_bytes());
        self.bytes(bytes);
    }

    /// The text of the next message, and what it says.
    pub(crate) fn read(&mut self) -> (String, Value) {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.from.read_line(&mut line).unwrap() > 0, "the server has gone");
            match line.trim().split_once(": ") {
                Some(("Content-Length", it)) => length = it.parse().unwrap(),
                _ => break,
            }
        }
        let mut text = vec![0; length];
        self.from.read_exact(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let message = serde_json::from_str(&text).unwrap();
        (text, message)
    }

    /// Says no more, and waits for the end: the exit status, and what was said on standard error.
    pub(crate) fn end(&mut self) -> (Option<i32>, String) {
        drop(self.to.take());
        let code = self.child.wait().unwrap().code();
        let mut said = String::new();
        if let Some(mut it) = self.child.stderr.take() {
            it.read_to_string(&mut said).unwrap();
        }
        (code, said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
