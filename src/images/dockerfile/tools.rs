//! Programs that an image lacks: official images in their small forms leave out what people take
//! for granted.

use crate::document::Text;
use crate::fact::{Fact, Origin, Value};

/// Programs that commands of health checks call.
const TOOLS: &[&str] = &["curl", "wget", "nc"];

/// Official images that are built on `buildpack-deps` in their usual form, and on a bare system in
/// the forms that their tags name.
///
/// Sources: <https://hub.docker.com/_/python> and the pages of the others (image variants)
const LANGUAGES: &[&str] = &["python", "node", "ruby", "golang", "rust", "perl"];

/// Bare systems.
const SYSTEMS: &[&str] = &["debian", "ubuntu", "alpine"];

/// Official images that are nothing but a program, unless their tag names a system.
///
/// Source: <https://hub.docker.com/_/nats> (`scratch` is what tags without a system are built on)
const EMPTY: &[&str] = &["nats", "nats-streaming"];

/// Prefixes of images without a shell and the programs that it calls.
///
/// Source: <https://github.com/GoogleContainerTools/distroless>
const DISTROLESS: &[&str] = &["gcr.io/distroless/"];

/// Prefixes of official images.
const LIBRARIES: &[&str] = &["docker.io/library/", "docker.io/", "library/"];

/// Words of a step that may install anything.
const OPEN: &[&str] =
    &[".sh", "xargs", "ansible", "apt-get install -y $", "$(", "requirements-apt", "make ", "<<"];

/// Words of a command that asks first what there is.
const ASKS: &[&str] = &["command -v", "which ", "type ", "hash "];

/// The program that a command calls and that the image lacks.
pub(crate) fn missing(base: &str, steps: &[String], command: &Text) -> Option<Fact> {
    let lacking = lacking(base)?;
    let may_be_there = |tool: &str| {
        steps.iter().any(|step| step.contains(tool) || OPEN.iter().any(|it| step.contains(it)))
    };
    let (start, tool) = called(&command.value)?;
    let asks = ASKS.iter().any(|it| command.value.contains(it));
    if !lacking.contains(&tool) || may_be_there(tool) || asks {
        return None;
    }
    // `curl … || wget …`: one that is there is enough.
    let other = command.value[start + tool.len()..].split_once("||").map(|(_, it)| it);
    let is_there = |it: &str| !lacking.contains(&it) || may_be_there(it);
    if other.and_then(called).is_some_and(|(_, it)| is_there(it)) {
        return None;
    }
    let span = command.span_of(start..start + tool.len());
    let origin = Origin::written(span, format!("`{base}` does not have it"));
    Some(Fact::known(Value::Text(tool.to_owned()), origin))
}

/// The first tool in a command, as a word of its own.
fn called(command: &str) -> Option<(usize, &'static str)> {
    let is_part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    let word = |tool: &&'static str| {
        command.match_indices(*tool).find_map(|(at, _)| {
            let before = command[..at].chars().next_back();
            let behind = command[at + tool.len()..].chars().next();
            let is_word = !before.is_some_and(is_part) && !behind.is_some_and(is_part);
            is_word.then_some((at, *tool))
        })
    };
    TOOLS.iter().filter_map(word).min()
}

/// The interpreter that an official image runs when nothing else is named: without a terminal it
/// ends at once.
pub(crate) fn interpreter(base: &str) -> Option<&'static str> {
    let base = base.split('@').next().unwrap_or_default();
    let name = base.rsplit_once(':').map_or(base, |it| it.0);
    let name = LIBRARIES.iter().find_map(|it| name.strip_prefix(it)).unwrap_or(name);
    Some(match name {
        "python" => "python3",
        "node" => "node",
        "ruby" => "irb",
        "golang" | "rust" | "debian" | "ubuntu" => "bash",
        "alpine" => "sh",
        _ => return None,
    })
}

/// The tools that an image certainly lacks; `None` for images that are not known.
fn lacking(base: &str) -> Option<&'static [&'static str]> {
    let base = base.split('@').next().unwrap_or_default();
    let (name, tag) = base.rsplit_once(':').unwrap_or((base, ""));
    let name = LIBRARIES.iter().find_map(|it| name.strip_prefix(it)).unwrap_or(name);
    let has_system = ["alpine", "debug", "windows", "nanoserver"].iter().any(|it| tag.contains(it));
    let is_empty = EMPTY.contains(&name) || DISTROLESS.iter().any(|it| name.starts_with(it));
    if is_empty && !has_system {
        return Some(TOOLS);
    }
    let is_alpine = name == "alpine" || tag.contains("alpine");
    if is_alpine && (LANGUAGES.contains(&name) || SYSTEMS.contains(&name)) {
        // BusyBox brings the other two.
        return Some(&["curl"]);
    }
    let is_small = LANGUAGES.contains(&name) && tag.contains("slim") || SYSTEMS.contains(&name);
    is_small.then_some(TOOLS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceMap, Span};

    #[track_caller]
    fn check(base: &str, step: &str, command: &str, expect: Option<&str>) {
        let span = Span::start_of(SourceMap::new().add("x", command));
        let text = Text::new(command, span, Vec::new());
        let found = missing(base, &[step.to_owned()], &text);
        let found = found.as_ref().and_then(Fact::text);
        assert_eq!(found, expect, "{base}: {command}");
    }

    #[test]
    fn small_images_lack_what_the_usual_ones_have() {
        let curl = "CMD curl -f http://localhost/ || exit 1";
        check("python:3.12-slim", "", curl, Some("curl"));
        check("python:3.12-slim", "apt-get install -y curl", curl, None);
        check("python:3.12-slim", "./install.sh", curl, None);
        check("python:3.12", "", curl, None);
        check("docker.io/library/node:22-alpine", "", curl, Some("curl"));
        check("node:22-alpine", "", "CMD wget -qO- http://localhost/", None);
        check("node:22-slim", "", "CMD wget -qO- http://localhost/", Some("wget"));
        check("acme/python:3.12-slim", "", curl, None);
        let wget = "CMD wget -qO- http://localhost:8222/";
        check("nats:2.11", "", wget, Some("wget"));
        check("nats:2.11-alpine", "", wget, None);
        check("gcr.io/distroless/python3", "", curl, Some("curl"));
        check("gcr.io/distroless/python3:debug", "", wget, None);
        check("python:3.12-slim", "<<EOF\napt-get install -y tools\nEOF", curl, None);
        let either = "CMD curl -f http://localhost/ || wget -q http://localhost/ || exit 1";
        check("node:22-alpine", "", either, None);
        check("node:22-slim", "", either, Some("curl"));
        check("node:22-slim", "", "CMD if command -v curl; then curl localhost; fi", None);
        check("ubuntu:24.04", "", "CMD python -c 'import pycurl'", None);
    }
}
