//! Passwords that a command takes as an option whose name does not say so: `curl -u name:password`,
//! `redis-cli -a password`, `mysql -ppassword`.

use std::ops::Range;

use super::value::is_harmless;

/// How a program is given a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Behind the option, in the same word or in the next.
    Value,
    /// The same, behind a name and a colon.
    AfterColon,
    /// In the word of the option alone: another word is something else.
    Attached,
}

/// Programs, the options that take a password, and how.
/// Sources: curl(1), HTTPie's "Authentication", `redis-cli --help`, redis.conf, mysql(1), sshpass(1),
/// `docker login --help`.
const OPTIONS: &[(&str, &[&str], Form)] = &[
    ("curl", &["-u", "--user", "-U", "--proxy-user"], Form::AfterColon),
    ("http", &["-a", "--auth"], Form::AfterColon),
    ("https", &["-a", "--auth"], Form::AfterColon),
    ("redis-cli", &["-a"], Form::Value),
    ("redis-server", &["--requirepass", "--masterauth"], Form::Value),
    ("valkey-server", &["--requirepass", "--masterauth"], Form::Value),
    ("sshpass", &["-p"], Form::Value),
    ("docker", &["-p"], Form::Value),
    ("podman", &["-p"], Form::Value),
    ("mysql", &["-p"], Form::Attached),
    ("mysqladmin", &["-p"], Form::Attached),
    ("mysqldump", &["-p"], Form::Attached),
    ("mariadb", &["-p"], Form::Attached),
    ("mariadb-dump", &["-p"], Form::Attached),
];

/// The passwords in commands.
pub(super) fn passwords(text: &str, found: &mut Vec<Range<usize>>) {
    for line in text.split_inclusive('\n') {
        if line.contains(" -") {
            let start = line.as_ptr() as usize - text.as_ptr() as usize;
            in_line(line, start, DEPTH_MAX, found);
        }
    }
}

/// Commands within words of commands that are looked at: `web = "sh -c 'curl …'"` has two.
const DEPTH_MAX: usize = 3;

fn in_line(line: &str, offset: usize, depth: usize, found: &mut Vec<Range<usize>>) {
    let mut options: Option<(&[&str], Form)> = None;
    let mut is_login = false;
    let mut is_waiting = false;
    for word in words(line) {
        let text = &line[word.clone()];
        let inner = text.find(['"', '\'']).map(|it| word.start + it + 1);
        if let Some(start) = inner.filter(|_| depth > 0 && text.contains(" -")) {
            in_line(&line[start..word.end], offset + start, depth - 1, found);
        }
        let add = |range: Range<usize>, found: &mut Vec<Range<usize>>| {
            let value = &line[range.clone()];
            if !is_harmless(value) {
                found.push(offset + range.start..offset + range.end);
            }
        };
        if std::mem::take(&mut is_waiting)
            && let Some((_, form)) = options
        {
            if let Some(range) = password(line, word.clone(), form) {
                add(range, found);
            }
            continue;
        }
        let program = text.rsplit('/').next().unwrap_or(text);
        if let Some((name, of, form)) = OPTIONS.iter().find(|(name, ..)| *name == program) {
            options = Some((of, *form));
            is_login = !matches!(*name, "docker" | "podman");
        } else if let Some((of, form)) = options {
            is_login |= text == "login";
            let option = of.iter().find(|it| text.starts_with(**it)).filter(|_| is_login);
            let Some(option) = option else { continue };
            let rest = &text[option.len()..];
            let equals = usize::from(rest.starts_with('='));
            match (rest.is_empty(), option.starts_with("--")) {
                (true, _) => is_waiting = form != Form::Attached,
                (false, true) if equals == 0 => {}
                (false, _) => {
                    let range = word.start + option.len() + equals..word.end;
                    if let Some(range) = password(line, range, form) {
                        add(range, found);
                    }
                }
            }
        }
        if text.ends_with([';', '|', '&']) {
            options = None;
        }
    }
}

/// What of a value is the password.
fn password(line: &str, value: Range<usize>, form: Form) -> Option<Range<usize>> {
    let text = &line[value.clone()];
    let quotes = text.len() - text.trim_start_matches(['"', '\'']).len();
    let text = text.trim_end_matches(['"', '\'', ';', '|', '&']);
    let (start, end) = (value.start + quotes, value.start + text.len());
    let inner = line.get(start..end)?;
    match form {
        Form::AfterColon => inner.find(':').map(|it| start + it + 1..end),
        Form::Value | Form::Attached => Some(start..end),
    }
}

/// The words of a line; what stands in quotes is one.
fn words(line: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + line[from..].find(|it: char| !it.is_whitespace())?;
        let mut quote = None;
        let end = line[start..].char_indices().find(|(_, it)| match quote {
            Some(open) => {
                if *it == open {
                    quote = None;
                }
                false
            }
            None => {
                if matches!(it, '"' | '\'') {
                    quote = Some(*it);
                }
                it.is_whitespace()
            }
        });
        from = end.map_or(line.len(), |(at, _)| start + at);
        Some(start..from)
    })
}
