//! Messages on a stream of bytes, within bounds.
//!
//! A message that is too long, or none, is answered and left behind: the next one begins where its
//! header said. Only a stream without such headers ends the server. No message is quoted in an
//! error: it may hold a whole file.

use std::io::{self, BufRead, Read as _, Write as _};
use std::thread;

use anyhow::{Context as _, bail};
use lsp_server::{Connection, ErrorCode, Message, Response};
use serde_json::{Value, json};

/// The longest header line, in bytes.
const HEADER_MAX: u64 = 4 * 1024;

/// The longest message, in bytes: the largest file that is read, each sign of it escaped.
const MESSAGE_MAX: u64 = 64 * 1024 * 1024;

/// Stands for the number of a message that has none. No client numbers its requests so.
const NO_ID: &str = "opslint: a message without a number";

/// What a stream gave.
#[derive(Debug)]
enum Received {
    Message(Box<Message>),
    /// Something that is no message: what to say of it.
    Nonsense(ErrorCode, &'static str),
    /// The client has gone.
    End,
}

/// A connection over standard input and output.
///
/// The second part waits for its threads, and tells what was wrong with the stream.
pub(super) fn stdio() -> (Connection, impl FnOnce() -> anyhow::Result<()>) {
    let (server, client) = Connection::memory();
    let Connection { sender, receiver } = client;
    let writer = thread::spawn(move || -> io::Result<()> {
        for message in receiver {
            let text = wire(&message)?;
            opslint_stdout::expect_open()?;
            let mut out = io::stdout().lock();
            write!(out, "Content-Length: {}\r\n\r\n", text.len())?;
            out.write_all(&text)?;
            out.flush()?;
        }
        Ok(())
    });
    let answers = server.sender.clone();
    let reader = thread::spawn(move || -> anyhow::Result<()> {
        let mut from = io::stdin().lock();
        loop {
            match read(&mut from)? {
                Received::End => return Ok(()),
                Received::Message(it) => {
                    let is_exit = matches!(&*it, Message::Notification(it) if it.method == "exit");
                    if sender.send(*it).is_err() || is_exit {
                        return Ok(());
                    }
                }
                Received::Nonsense(code, why) => {
                    // Whoever sent it cannot be told which of his messages it was.
                    let answer =
                        Response::new_err(NO_ID.to_owned().into(), code as i32, why.to_owned());
                    if answers.send(Message::Response(answer)).is_err() {
                        return Ok(());
                    }
                }
            }
        }
    });
    let join = move || {
        let read = reader.join().map_err(|_| anyhow::anyhow!("the reader of messages failed"))?;
        let wrote = writer.join().map_err(|_| anyhow::anyhow!("the writer of messages failed"))?;
        read?;
        wrote.context("the client does not take messages any more")
    };
    (server, join)
}

/// A message as it is sent. The answer to what has no number is one to `null`.
fn wire(message: &Message) -> io::Result<Vec<u8>> {
    let mut value = serde_json::to_value(message)?;
    if let Value::Object(fields) = &mut value {
        if fields.get("id") == Some(&json!(NO_ID)) {
            fields.insert("id".to_owned(), Value::Null);
        }
        fields.insert("jsonrpc".to_owned(), json!("2.0"));
    }
    Ok(serde_json::to_vec(&value)?)
}

/// Reads the next message.
///
/// # Errors
/// When there is no header that says where the message ends, or the stream breaks.
fn read(from: &mut impl BufRead) -> anyhow::Result<Received> {
    let Some(length) = length(from)? else { return Ok(Received::End) };
    if length > MESSAGE_MAX {
        io::copy(&mut from.take(length), &mut io::sink())?;
        return Ok(Received::Nonsense(ErrorCode::InvalidRequest, "the message is too long"));
    }
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length {
        return Ok(Received::End);
    }
    let Ok(value) = serde_json::from_slice::<Value>(&bytes) else {
        return Ok(Received::Nonsense(ErrorCode::ParseError, "the message is no JSON"));
    };
    match serde_json::from_value(value) {
        Ok(message) => Ok(Received::Message(Box::new(message))),
        Err(_) => {
            let why = "the message is not a request, notification or response";
            Ok(Received::Nonsense(ErrorCode::InvalidRequest, why))
        }
    }
}

/// Reads a header up to its empty line: how long the message is. `None` at the end of the stream.
fn length(from: &mut impl BufRead) -> anyhow::Result<Option<u64>> {
    let mut length = None;
    let mut is_first = true;
    loop {
        let mut line = Vec::new();
        from.take(HEADER_MAX).read_until(b'\n', &mut line)?;
        if line.is_empty() && is_first {
            return Ok(None);
        }
        is_first = false;
        let Some(line) = line.strip_suffix(b"\n") else {
            bail!("the stream has no header of the protocol");
        };
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        if line.is_empty() {
            let length = length.context("a header of the protocol has no `Content-Length`")?;
            return Ok(Some(length));
        }
        let (name, value) =
            line.split_once(':').context("the stream has no header of the protocol")?;
        if name.eq_ignore_ascii_case("Content-Length") {
            let value = value.trim().parse().ok();
            length = Some(value.context("`Content-Length` is not a number of bytes")?);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a stream gives, one after the other, and how it ends.
    fn all(mut stream: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        loop {
            found.push(match read(&mut stream) {
                Ok(Received::Message(it)) => match &*it {
                    Message::Request(it) => it.method.clone(),
                    Message::Notification(it) => it.method.clone(),
                    Message::Response(it) => it.id.to_string(),
                },
                Ok(Received::Nonsense(code, _)) => (code as i32).to_string(),
                Ok(Received::End) => return found,
                Err(_) => {
                    found.push("broken".to_owned());
                    return found;
                }
            });
        }
    }

    fn framed(text: &[u8]) -> Vec<u8> {
        [format!("Content-Length: {}\r\n\r\n", text.len()).as_bytes(), text].concat()
    }

    const NEXT: &[u8] = br#"{"jsonrpc":"2.0","method":"next"}"#;

    #[test]
    fn what_is_no_message_is_left_behind() {
        let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
        for (nonsense, code) in [
            (&b"{]"[..], "-32700"),
            (b"", "-32700"),
            (b"\xff\xfe", "-32700"),
            (&deep, "-32700"),
            (b"[1]", "-32600"),
            (br#"{"id":1}"#, "-32600"),
            (br#"{"method":7}"#, "-32600"),
        ] {
            let stream = [framed(nonsense), framed(NEXT)].concat();
            assert_eq!(all(&stream), [code, "next"], "{nonsense:?}");
        }
    }

    #[test]
    fn a_length_is_no_order_for_memory() {
        for length in ["99999999999", "18446744073709551615"] {
            let stream = format!("Content-Length: {length}\r\n\r\n{{}}");
            assert_eq!(all(stream.as_bytes()), ["-32600"], "{length}");
        }
    }

    #[test]
    fn a_stream_without_headers_ends() {
        for stream in [
            "hello\r\n\r\n",
            "Content-Length: -5\r\n\r\n{}",
            "Content-Length: x\r\n\r\n{}",
            "Other: 1\r\n\r\n{}",
            &"x".repeat(10_000),
        ] {
            assert_eq!(all(stream.as_bytes()), ["broken"], "{stream:.40}");
        }
        assert!(all(b"").is_empty());
        assert!(all(b"Content-Length: 40\r\n\r\n{").is_empty());
        let stream = [b"Content-Type: x\r\n", framed(NEXT).as_slice()].concat();
        assert_eq!(all(&stream), ["next"]);
    }
}
