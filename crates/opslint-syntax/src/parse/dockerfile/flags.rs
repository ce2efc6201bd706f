//! Flags of instructions: `--name=value` in front of the arguments.
//!
//! Source: BuildKit `frontend/dockerfile/parser/split_command.go`, `instructions/bflag.go` and
//! `parse.go` at 73ed6825. The builder takes such words off the arguments of every instruction.

use crate::diagnostic::Diagnostic;
use crate::document::Text;
use crate::nearest::nearest;
use crate::quantity::go;

use super::super::syntax_error;

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// A text.
    Text,
    /// A text, and the flag may stand again.
    Texts,
    /// `true`, `false` or nothing.
    Bool,
    /// A duration as Go writes it: none, or at least a millisecond.
    Duration,
    /// A whole number, 0 or more.
    Count,
    /// One of these words.
    Among(&'static [&'static str], &'static str),
    /// `type=cache,target=/x` and its like, and the flag may stand again.
    Mounts,
}

/// What a mount may be.
const MOUNT_TYPES: [&str; 5] = ["bind", "cache", "tmpfs", "secret", "ssh"];

const NETWORK: Takes = Takes::Among(&["default", "none", "host"], "`default`, `none` or `host`");
const SECURITY: Takes = Takes::Among(&["insecure", "sandbox"], "`insecure` or `sandbox`");

use Takes::{Bool, Count, Duration, Texts};

/// The flags of an instruction, without their dashes; `None` when it looks at none.
fn flags(instruction: &str) -> Option<&'static [(&'static str, Takes)]> {
    const TEXT: Takes = Takes::Text;
    Some(match instruction {
        "FROM" => &[("platform", TEXT)],
        "RUN" => &[
            ("mount", Takes::Mounts),
            ("network", NETWORK),
            ("security", SECURITY),
            ("device", Texts),
        ],
        "COPY" => &[
            ("from", TEXT),
            ("chown", TEXT),
            ("chmod", TEXT),
            ("link", Bool),
            ("parents", Bool),
            ("exclude", Texts),
        ],
        "ADD" => &[
            ("chown", TEXT),
            ("chmod", TEXT),
            ("link", Bool),
            ("checksum", TEXT),
            ("keep-git-dir", Bool),
            ("exclude", Texts),
            ("unpack", Bool),
        ],
        "HEALTHCHECK" => &[
            ("interval", Duration),
            ("timeout", Duration),
            ("start-period", Duration),
            ("start-interval", Duration),
            ("retries", Count),
        ],
        "ARG" | "STOPSIGNAL" => return None,
        _ => &[],
    })
}

/// The arguments behind the flags, and what is wrong with the first flag that is refused.
pub(super) fn without(name: &str, text: &Text) -> (Option<Text>, Option<Diagnostic>) {
    let Some(known) = flags(name) else { return (Some(text.clone()), None) };
    let mut at = 0;
    let mut problem = None;
    let mut used: Vec<&str> = Vec::new();
    while text.value[at..].starts_with("--") {
        let rest = &text.value[at..];
        let end = at + rest.find(char::is_whitespace).unwrap_or(rest.len());
        let word = &text.value[at..end];
        let behind = end + text.value[end..].len() - text.value[end..].trim_start().len();
        if word == "--" {
            at = behind;
            break;
        }
        let (flag, value) =
            word[2..].split_once('=').map_or((&word[2..], None), |it| (it.0, Some(it.1)));
        let span = text.span_of(at..at + 2 + flag.len());
        let found = known.iter().find(|it| it.0 == flag);
        problem = problem.or_else(|| match found {
            None => {
                let found = syntax_error(span, format!("`{name}` has no flag `--{flag}`"));
                Some(match nearest(flag, known.iter().map(|it| it.0)) {
                    Some(near) => found.with_help(format!("did you mean `--{near}`?")),
                    None => found,
                })
            }
            Some((_, takes)) if !matches!(takes, Texts | Takes::Mounts) && used.contains(&flag) => {
                Some(syntax_error(span, format!("`--{flag}` is given twice")))
            }
            Some((_, takes)) => {
                let wants = refused(*takes, value?)?;
                let value = text.span_of(at..end);
                Some(syntax_error(value, format!("`--{flag}` takes {wants}")))
            }
        });
        used.push(flag);
        at = behind;
    }
    let rest = (at < text.value.len()).then(|| text.slice(at..text.value.len()));
    (rest, problem)
}

/// What a flag takes instead of a value.
fn refused(takes: Takes, value: &str) -> Option<&'static str> {
    if value.contains(['$', '"', '\'', '\\']) {
        return None;
    }
    let (taken, wants) = match takes {
        Takes::Text | Texts => return None,
        Takes::Among(words, wants) => (words.contains(&value), wants),
        Takes::Mounts => {
            let fields = value.split(',').filter_map(|it| it.split_once('='));
            let mut types = fields.filter(|(key, _)| key.eq_ignore_ascii_case("type"));
            let is_known =
                |it: &str| MOUNT_TYPES.iter().any(|known| known.eq_ignore_ascii_case(it));
            let wants = "`type=bind`, `cache`, `tmpfs`, `secret` or `ssh`";
            (types.all(|(_, it)| is_known(it)), wants)
        }
        Bool => {
            (matches!(value.to_ascii_lowercase().as_str(), "true" | "false"), "`true` or `false`")
        }
        Duration if value.is_empty() => return None,
        Duration => (
            go::duration_s(value).is_ok_and(|it| it == 0.0 || it >= 0.001),
            "a time such as `30s`, of at least a millisecond",
        ),
        Count if value.is_empty() => return None,
        Count => (value.parse::<i32>().is_ok_and(|it| it >= 0), "a whole number, 0 or more"),
    };
    (!taken).then_some(wants)
}
