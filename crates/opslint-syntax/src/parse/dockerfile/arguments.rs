//! Arguments that the builder refuses whatever the build is.
//!
//! Source: BuildKit `frontend/dockerfile/instructions/parse.go` and `parser/line_parsers.go` at
//! 73ed6825, docs.docker.com/reference/dockerfile. What depends on a variable is not judged.

use crate::diagnostic::Diagnostic;
use crate::document::{Entry, Text};
use crate::source::Span;

use super::super::syntax_error;
use super::flags;

/// What an instruction takes.
enum Takes {
    /// `NAME=value` pairs, or one name and the rest of the line.
    Pairs,
    /// Sources and a destination.
    Paths,
    /// Exactly one text, blanks included.
    One,
    /// At least one word.
    Words,
    /// A list in JSON.
    List,
    /// A check of its own.
    Own(fn(&Arguments<'_>) -> Option<Diagnostic>),
    /// Anything.
    Any,
}

fn takes(instruction: &str) -> Takes {
    match instruction {
        "ENV" | "LABEL" => Takes::Pairs,
        "COPY" | "ADD" => Takes::Paths,
        "WORKDIR" | "USER" | "MAINTAINER" => Takes::One,
        "STOPSIGNAL" => Takes::Own(stop_signal),
        "ARG" | "VOLUME" => Takes::Words,
        "SHELL" => Takes::List,
        "EXPOSE" => Takes::Own(expose),
        "FROM" => Takes::Own(from),
        "HEALTHCHECK" => Takes::Own(health_check),
        "ONBUILD" => Takes::Own(on_build),
        _ => Takes::Any,
    }
}

/// An instruction whose flags are taken off.
struct Arguments<'a> {
    name: &'a str,
    key: Span,
    /// `None` when there is nothing.
    text: Option<Text>,
    escape: char,
}

/// What is wrong with the arguments of an instruction, the first thing only, as the builder does.
pub(super) fn check(entry: &Entry, escape: char) -> Option<Diagnostic> {
    let name = entry.key.value.as_str();
    let written = entry.value.as_text();
    let (text, wrong_flag) = match written {
        Some(text) => flags::without(name, text),
        None => (None, None),
    };
    let arguments = Arguments { name, key: entry.key.span, text, escape };
    wrong_flag.or_else(|| match takes(name) {
        Takes::Pairs => pairs(&arguments),
        Takes::Paths => paths(&arguments),
        Takes::One | Takes::Words => arguments.text.is_none().then(|| arguments.missing()),
        Takes::List => match &arguments.text {
            Some(text) if text.value.replace(' ', "") == "[]" => Some(arguments.missing()),
            Some(text) if text.value.starts_with('[') && text.value.ends_with(']') => None,
            _ => {
                Some(arguments.refused(format!("`{name}` takes a list: `[\"/bin/bash\", \"-c\"]`")))
            }
        },
        Takes::Own(check) => check(&arguments),
        Takes::Any => None,
    })
}

impl Arguments<'_> {
    fn span(&self) -> Span {
        self.text.as_ref().map_or(self.key, Text::span)
    }

    fn refused(&self, message: String) -> Diagnostic {
        syntax_error(self.span(), message)
    }

    fn missing(&self) -> Diagnostic {
        syntax_error(self.key, format!("`{}` has no argument", self.name))
    }

    fn words(&self) -> Vec<String> {
        self.text.as_ref().map(|it| words(&it.value, self.escape)).unwrap_or_default()
    }

    /// Whether only a build can tell what stands here.
    fn is_open(&self) -> bool {
        self.text.as_ref().is_some_and(|it| it.value.contains('$'))
    }
}

/// Words between blanks. Quotes hold a word together and stay in it.
fn words(text: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(it) = chars.next() {
        if it.is_whitespace() && quote.is_none() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        word.push(it);
        match quote {
            // In single quotes the escape character is one like any other.
            _ if it == escape && quote != Some('\'') => word.extend(chars.next()),
            None if matches!(it, '"' | '\'') => quote = Some(it),
            Some(open) if open == it => quote = None,
            _ => {}
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The quote that nothing closes.
fn open_quote(text: &str, escape: char) -> Option<char> {
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(it) = chars.next() {
        match quote {
            _ if it == escape && quote != Some('\'') => {
                chars.next();
            }
            None if matches!(it, '"' | '\'') => quote = Some(it),
            Some(open) if open == it => quote = None,
            _ => {}
        }
    }
    quote
}

fn pairs(arguments: &Arguments<'_>) -> Option<Diagnostic> {
    let name = arguments.name;
    let words = arguments.words();
    let Some(first) = words.first() else { return Some(arguments.missing()) };
    if !first.contains('=') && words.len() == 1 {
        return Some(
            arguments.refused(format!("`{name} {first}` has no value: write `{first}=…`")),
        );
    }
    if first.contains('=') {
        if let Some(bare) = words.iter().find(|it| !it.contains('=')) {
            let message = format!("`{bare}` is no `name=value`: a value with blanks needs quotes");
            return Some(arguments.refused(message));
        }
        if words.iter().any(|it| it.starts_with('=')) {
            return Some(arguments.refused(format!("a name of `{name}` is empty")));
        }
    }
    let text = &arguments.text.as_ref()?.value;
    // Quotes inside `${…}` have rules of their own.
    if text.contains("${") {
        return None;
    }
    let quote = open_quote(text, arguments.escape)?;
    Some(arguments.refused(format!("nothing closes the quote `{quote}`")))
}

fn paths(arguments: &Arguments<'_>) -> Option<Diagnostic> {
    let text = arguments.text.as_ref();
    if text.is_some_and(|it| it.value.starts_with('[')) {
        return None;
    }
    let words = text.map(|it| it.value.split_whitespace().count()).unwrap_or_default();
    match words {
        0 => Some(arguments.missing()),
        1 => {
            let message = format!("`{}` names a source and no destination", arguments.name);
            Some(arguments.refused(message))
        }
        _ => None,
    }
}

fn expose(arguments: &Arguments<'_>) -> Option<Diagnostic> {
    if arguments.text.is_none() {
        return Some(arguments.missing());
    }
    if arguments.is_open() {
        return None;
    }
    let is_port = |word: &str| {
        let (ports, protocol) = word.split_once('/').unwrap_or((word, "tcp"));
        let port = ports.rsplit(':').next().unwrap_or_default();
        let (start, end) = port.split_once('-').unwrap_or((port, port));
        let protocol = protocol.to_ascii_lowercase();
        let in_order = match (start.parse::<u16>(), end.parse::<u16>()) {
            (Ok(start), Ok(end)) => start <= end,
            _ => false,
        };
        in_order && matches!(protocol.as_str(), "tcp" | "udp" | "sctp")
    };
    let wrong = arguments.words().into_iter().find(|it| !is_port(it))?;
    Some(arguments.refused(format!("`{wrong}` is not a port")))
}

fn from(arguments: &Arguments<'_>) -> Option<Diagnostic> {
    let words = arguments.words();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Some(arguments.missing()),
        [_] => None,
        [_, keyword, stage] if keyword.eq_ignore_ascii_case("as") => {
            let stage = stage.to_ascii_lowercase();
            let mut chars = stage.chars();
            let is_name = chars.next().is_some_and(|it| it.is_ascii_lowercase())
                && chars.all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.'));
            let message = || {
                format!(
                    "`{stage}` is not a name for a stage: it starts with a letter, and has letters, digits, `-`, `_` and `.`"
                )
            };
            (!is_name).then(|| arguments.refused(message()))
        }
        _ => Some(arguments.refused("`FROM` takes an image, and `AS` with a name".to_owned())),
    }
}

fn health_check(arguments: &Arguments<'_>) -> Option<Diagnostic> {
    let words = arguments.words();
    let Some(first) = words.first() else { return Some(arguments.missing()) };
    match first.to_ascii_uppercase().as_str() {
        "NONE" if words.len() > 1 => {
            Some(arguments.refused("`HEALTHCHECK NONE` takes nothing else".to_owned()))
        }
        "NONE" => None,
        "CMD" if words.len() == 1 => {
            Some(arguments.refused("`HEALTHCHECK CMD` has no command".to_owned()))
        }
        "CMD" => None,
        _ => Some(
            arguments
                .refused(format!("`HEALTHCHECK {first}` is neither `CMD` nor `NONE`"))
                .with_help("write `HEALTHCHECK CMD` in front of the command"),
        ),
    }
}

/// `ParseSignal` of moby/sys `signal` and its `signal_linux.go`: a number, or a name in any case.
fn stop_signal(arguments: &Arguments<'_>) -> Option<Diagnostic> {
    const NAMES: [&str; 36] = [
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT",
        "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM",
        "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
        "RTMIN", "RTMAX",
    ];
    let Some(text) = &arguments.text else { return Some(arguments.missing()) };
    let written = text.value.trim_matches('"');
    if arguments.is_open() || written.contains(['\'', '"', '\\', '{']) {
        return None;
    }
    if let Ok(number) = written.parse::<i64>() {
        return (number == 0).then(|| arguments.refused("`0` is not a signal".to_owned()));
    }
    let upper = written.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let real_time = |from: &str, most: u8| {
        name.strip_prefix(from).and_then(|it| it.parse().ok()).is_some_and(|it: u8| it <= most)
    };
    let is_known = NAMES.contains(&name) || real_time("RTMIN+", 15) || real_time("RTMAX-", 14);
    (!is_known).then(|| arguments.refused(format!("`{written}` is not a signal")))
}

fn on_build(arguments: &Arguments<'_>) -> Option<Diagnostic> {
    let words = arguments.words();
    let Some(first) = words.first() else { return Some(arguments.missing()) };
    let trigger = first.to_ascii_uppercase();
    matches!(trigger.as_str(), "ONBUILD" | "FROM" | "MAINTAINER")
        .then(|| arguments.refused(format!("`{trigger}` is not allowed behind `ONBUILD`")))
}

#[cfg(test)]
mod tests {
    use crate::source::SourceMap;

    /// Messages about one instruction behind `FROM a`.
    fn problems(line: &str) -> Vec<String> {
        let text = format!("FROM a\n{line}\n");
        let file = SourceMap::new().add("Dockerfile", text.as_str());
        super::super::document(file, &text).problems.into_iter().map(|it| it.message).collect()
    }

    /// Forms that BuildKit refuses: its `instructions/parse_test.go` and the reference.
    #[test]
    fn what_the_builder_refuses_is_said() {
        for line in [
            "ENV PATH",
            "ENV A=1 B",
            "ENV A=\"x",
            "ENV A='x",
            "ENV =x",
            "ENV",
            "LABEL a",
            "COPY",
            "COPY .",
            "COPY --chmodd=1 a b",
            "COPY --from=a",
            "ADD x",
            "ADD --from=a b c",
            "WORKDIR",
            "USER",
            "VOLUME",
            "STOPSIGNAL",
            "ARG",
            "EXPOSE",
            "EXPOSE abc",
            "EXPOSE 80/http",
            "EXPOSE 70000",
            "EXPOSE 90-80",
            "STOPSIGNAL NOPE",
            "STOPSIGNAL 0",
            "HEALTHCHECK --interval=x CMD a",
            "HEALTHCHECK --timeout=1 CMD a",
            "HEALTHCHECK --retries=-1 CMD a",
            "COPY --from=a --from=b c d",
            "COPY --link=yes a b",
            "ENTRYPOINT --x",
            "CMD --flag",
            "RUN --help",
            "SHELL /bin/bash -c",
            "SHELL",
            "HEALTHCHECK",
            "HEALTHCHECK curl x",
            "HEALTHCHECK CMD",
            "HEALTHCHECK NONE x",
            "HEALTHCHECK --period=1s CMD x",
            "ONBUILD",
            "ONBUILD FROM x",
            "ONBUILD onbuild RUN x",
            "FROM",
            "FROM a b c",
            "FROM a b",
            "FROM a AS 1b",
            "FROM --platfrom=x a",
            "RUN --mount=type=nope,target=/a x",
            "RUN --network=nope x",
            "RUN --security=nope x",
            "ADD --keep-git-dir=maybe a b",
            "HEALTHCHECK --interval=1us CMD a",
            "SHELL []",
            "SHELL [\"x\"",
            "ONBUILD MAINTAINER x",
            "COPY <<EOF\nEOF",
            "MAINTAINER",
        ] {
            assert_eq!(problems(line).len(), 1, "{line}: {:?}", problems(line));
        }
    }

    /// Forms of the same reference that it accepts.
    #[test]
    fn what_the_builder_accepts_is_left_alone() {
        for line in [
            "ENV PATH /bin",
            "ENV A it is",
            "ENV A=1 B=2",
            "ENV A=\"x y\" B='z'",
            "ENV A=x\\ y",
            "ENV A=\\\" B=1",
            "ENV A=${B:-\"x}",
            "ENV A=",
            "LABEL a=b \"c d\"=e",
            "COPY . .",
            "COPY --from=a --chown=1:1 /x /y",
            "COPY [\"a\", \"b\"]",
            "COPY --link a b c/",
            "COPY <<EOF /x\nEOF",
            "ADD --checksum=sha256:1 https://x/y /z",
            "WORKDIR /a b",
            "USER $X",
            "VOLUME [\"/a\"]",
            "VOLUME /a /b",
            "STOPSIGNAL 9",
            "ARG A",
            "ARG A=1 B",
            "EXPOSE 80",
            "EXPOSE 80/tcp 443/UDP",
            "EXPOSE 8000-8010",
            "EXPOSE $PORT",
            "EXPOSE 127.0.0.1:80:8080",
            "SHELL [\"/bin/sh\", \"-c\"]",
            "HEALTHCHECK none",
            "HEALTHCHECK --interval=5s --start-interval=1s CMD curl x",
            "ONBUILD RUN x",
            "FROM a AS b-1.c",
            "FROM --platform=$X a as Build",
            "FROM ${A}",
            "CMD",
            "CMD -- --flag",
            "STOPSIGNAL sigquit",
            "STOPSIGNAL RTMIN+3",
            "STOPSIGNAL $SIGNAL",
            "RUN --mount=type=cache,target=/a --mount=type=cache,target=/b x",
            "COPY --link --parents=TRUE a b",
            "HEALTHCHECK --interval=1m30s --timeout=500ms --retries=3 CMD a",
            "HEALTHCHECK --interval=0s CMD a",
            "RUN --network=none x",
            "RUN --security=insecure x",
            "RUN --mount=type=secret,id=a,env=A x",
            "RUN --mount=type=bind,from=a,source=/b,target=/c,rw x",
            "RUN --mount=type=ssh x",
            "RUN <<EOF bash -e\necho a\nEOF",
            "RUN <<\"EOF\"\n$A\nEOF",
            "RUN [\"a\", 'b']",
            "CMD [\"a\", ]",
            "RUN a \\\n# between\n  b",
            "COPY --chmod=u=rwX,go=rX a b",
            "COPY --exclude=*.md --exclude=x a b",
            "ADD --keep-git-dir=true https://x/y.git /z",
            "ADD --unpack=false a.tar /z",
            "ONBUILD COPY . .",
            "USER a b",
            "MAINTAINER a b",
        ] {
            assert_eq!(problems(line), Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn a_flag_has_a_nearest_name() {
        let text = "FROM a\nCOPY --chmodd=1 a b\n";
        let mut sources = SourceMap::new();
        let file = sources.add("Dockerfile", text);
        let problems = super::super::document(file, text).problems;
        assert_eq!(sources.text(problems[0].primary.span), "--chmodd");
        assert_eq!(problems[0].help.as_deref(), Some("did you mean `--chmod`?"));
    }

    #[test]
    fn only_arguments_stand_before_the_first_stage() {
        let file = SourceMap::new().add("Dockerfile", "");
        let of = |text: &str| super::super::document(file, text).problems.len();
        assert_eq!(of("ARG A=1\nFROM a\n"), 0);
        assert_eq!(of("ENV A=1\nFROM a\n"), 1);
        assert_eq!(of("# syntax=example.org/mine\nENV A\nFROM a\n"), 0);
    }
}
