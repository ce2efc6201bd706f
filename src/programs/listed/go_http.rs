//! Where a server in Go listens: the one call of its `main.go` that says so.
//!
//! Sources: <https://pkg.go.dev/net/http#ListenAndServe>, <https://pkg.go.dev/github.com/gin-gonic/gin#Engine.Run>
//! (1.11: `PORT`, else 8080, where nothing is given), <https://pkg.go.dev/github.com/labstack/echo/v4#Echo.Start>,
//! <https://pkg.go.dev/github.com/gofiber/fiber/v2#App.Listen>

use std::ops::Range;

use super::sources;
use crate::fact::{Fact, Origin, State, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::project::{Lookup, assumed_unset};
use crate::source::{FileId, Span};
use crate::vocabulary as v;
use crate::workspace::{Workspace, join};

/// What is called, and a word of the file that says whose it is.
const CALLS: &[(&str, &str)] = &[
    ("http.ListenAndServe(", "net/http"),
    (".Run(", "gin-gonic/gin"),
    (".Start(", "labstack/echo"),
    (".Listen(", "gofiber/fiber"),
    (FIELD, "net/http"),
];

/// The field of `http.Server` with the address.
const FIELD: &str = "Addr:";

/// Words of a file that has another server than that for its users.
const ASIDE: &[&str] = &["net/http/pprof", "promhttp", "google.golang.org/grpc", "go http."];

/// Most programs of a project that are looked at.
const PROGRAMS_MAX: usize = 50;

/// Sets the port, and the address where one is written.
pub(crate) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    let Some(file) = main_file(workspace, launch) else { return };
    let text = without_comments(workspace.sources.file(file).text());
    // A server beside the main one, which another file may start.
    if ASIDE.iter().any(|it| text.contains(it)) {
        return;
    }
    let mut found = CALLS.iter().filter(|(_, mark)| text.contains(mark)).flat_map(|(call, _)| {
        let calls = text.match_indices(call).filter(|(at, _)| is_server(&text, *at, call));
        calls.filter_map(|(at, it)| argument(&text, at + it.len()))
    });
    let (Some(address), None) = (found.next(), found.next()) else { return };
    let Some((host, port)) = listens(&text, &address) else { return };
    let place = Span::new(file, address.start, address.end);
    let port = match port {
        Port::Written(number) => {
            Fact::known(Value::Int(number), Origin::written(place, "the port in main.go"))
        }
        Port::Variable(name, default) => match launch.environment.get(&name) {
            Lookup::Set(given) => {
                let number = given.text().and_then(|it| it.parse().ok());
                let state = number.map_or(given.state.clone(), |it| State::Known(Value::Int(it)));
                Fact { state, ..given.clone() }
            }
            Lookup::Unset | Lookup::Unmentioned => {
                let Some(default) = default else { return };
                let origin = Origin::written(place, format!("`{name}` in main.go"));
                let origin = origin.with_input(format!("${name}"), assumed_unset(&name));
                Fact::known(Value::Int(default), origin)
            }
        },
    };
    server.facts.set(v::PORT, port);
    let host = Value::Text(host.to_owned());
    server
        .facts
        .set(v::BIND_HOST, Fact::known(host, Origin::written(place, "the address in main.go")));
}

/// What Go calls the program of a module that it is not told a name for: the last part of its path that
/// is no version.
///
/// Source: <https://pkg.go.dev/cmd/go#hdr-Compile_and_install_packages_and_dependencies>
pub(crate) fn module(workspace: &mut Workspace<'_>, launch: &Launch) -> Option<String> {
    let text = sources::text(workspace, launch, "go.mod")?;
    let path = text.lines().find_map(|it| it.trim().strip_prefix("module "))?;
    let path = path.split("//").next()?.trim().trim_matches('"');
    let is_version = |it: &&str| {
        let number = it.strip_prefix('v').unwrap_or_default();
        !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit())
    };
    path.rsplit('/').find(|it| !is_version(it)).map(str::to_owned)
}

/// Whether Heroku's buildpack for Go puts a program into `bin`: that of the module, and each in a
/// folder of `cmd`.
///
/// Source: <https://github.com/heroku/heroku-buildpack-go#go-module-specifics>
pub(crate) fn is_installed(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    program: &str,
    module: &str,
) -> bool {
    let program = program.strip_prefix("./").unwrap_or(program);
    let name = program.strip_prefix("bin/").unwrap_or(program);
    let has =
        |workspace: &mut Workspace<'_>, it: &str| sources::open(workspace, launch, it).is_some();
    !name.contains('/')
        && (name == module && has(workspace, "main.go")
            || has(workspace, &format!("cmd/{name}/main.go")))
}

/// The one `main.go` of the program: in `cmd/NAME`, in the folder of the project, or the only one below
/// `cmd`.
fn main_file(workspace: &mut Workspace<'_>, launch: &Launch) -> Option<FileId> {
    let program = launch.argv.first()?.text()?;
    let name = program.rsplit('/').next()?.to_owned();
    let own = sources::open(workspace, launch, &format!("cmd/{name}/main.go"));
    if let Some((_, file)) = own {
        return Some(file);
    }
    let at_root = sources::open(workspace, launch, "main.go").map(|it| it.1);
    let folder = join(workspace.root().unwrap_or_default(), "cmd")?;
    let names: Vec<String> = workspace.list(&folder).into_iter().take(PROGRAMS_MAX).collect();
    let mut paths = names.iter().filter_map(|it| join(&folder, &format!("{it}/main.go")));
    let mut below = paths.by_ref().filter(|it| workspace.is_file(it));
    match (at_root, below.next(), below.next()) {
        (Some(file), None, _) => Some(file),
        (None, Some(path), None) => workspace.open_in_project(&path),
        _ => None,
    }
}

/// Whether a call is that of the server: a field named `Addr` is one of others, too, and what starts
/// in the background may be anything.
fn is_server(text: &str, at: usize, call: &str) -> bool {
    let before = text.get(..at).unwrap_or_default();
    if call == FIELD {
        let object = before.rsplit_once("http.Server{").map(|it| it.1);
        return object.is_some_and(|it| !it.contains('}'));
    }
    !before.lines().rev().take(3).any(|it| it.contains("go func"))
}

/// The text with spaces in place of comments that are a line.
fn without_comments(text: &str) -> String {
    let blank = |line: &str| match line.trim_start().starts_with("//") {
        true => line
            .chars()
            .map(|it| if it == '\n' { "\n".to_owned() } else { " ".repeat(it.len_utf8()) })
            .collect(),
        false => line.to_owned(),
    };
    text.split_inclusive('\n').map(blank).collect()
}

/// The first argument of a call, or the value of a field.
fn argument(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    let from = start + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
    let rest = text.get(from..)?;
    let (mut depth, mut in_text) = (0_usize, false);
    let end = rest.char_indices().find_map(|(at, it)| {
        match it {
            '"' => in_text = !in_text,
            '(' if !in_text => depth += 1,
            ')' if !in_text && depth > 0 => depth -= 1,
            ')' | ',' | '}' | '\n' if !in_text => return Some(at),
            _ => {}
        }
        None
    })?;
    Some(from..from + rest.get(..end)?.trim_end().len())
}

/// What the port is.
#[derive(Debug, PartialEq, Eq)]
enum Port {
    Written(i64),
    /// A variable says it, or the number behind it.
    Variable(String, Option<i64>),
}

/// The host and the port of an address: `":8080"`, `"127.0.0.1:8080"`, `":" + port`.
fn listens<'t>(text: &'t str, address: &Range<usize>) -> Option<(&'t str, Port)> {
    let written = text.get(address.clone())?;
    let (quoted, rest) = written.strip_prefix('"')?.split_once('"')?;
    let (host, port) = quoted.rsplit_once(':')?;
    let host = match host {
        "" => "0.0.0.0",
        "localhost" => "127.0.0.1",
        "[::]" => "::",
        it if it.parse::<std::net::Ipv4Addr>().is_ok() => it,
        _ => return None,
    };
    if rest.trim().is_empty() {
        let number = port.parse().ok().filter(|it| (1..65536).contains(it))?;
        return Some((host, Port::Written(number)));
    }
    let value = rest.trim().strip_prefix('+')?.trim();
    if !port.is_empty() {
        return None;
    }
    if let Some(name) = variable(value) {
        return Some((host, Port::Variable(name.to_owned(), None)));
    }
    // `port := os.Getenv("PORT")`, and `if port == "" { port = "8080" }` behind it.
    let is_name = value.chars().all(|it| it.is_alphanumeric() || it == '_');
    let declared = text.split_once(&format!("{value} := os.Getenv(")).filter(|_| is_name)?.1;
    let name = declared.strip_prefix('"')?.split_once('"')?.0;
    let assigned = format!("{value} = \"");
    let mut numbers = declared
        .match_indices(assigned.as_str())
        .filter_map(|(at, it)| declared.get(at + it.len()..)?.split_once('"')?.0.parse().ok());
    let default = numbers.next().filter(|_| numbers.next().is_none());
    Some((host, Port::Variable(name.to_owned(), default)))
}

/// The variable of `os.Getenv("PORT")`.
fn variable(text: &str) -> Option<&str> {
    text.strip_prefix("os.Getenv(\"")?.strip_suffix("\")")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expect: Option<(&str, Port)>) {
        let found = CALLS.iter().find_map(|(call, _)| {
            let at = line.rfind(call).filter(|at| is_server(line, *at, call))?;
            listens(line, &argument(line, at + call.len())?)
        });
        assert_eq!(found, expect, "{line}");
    }

    #[test]
    fn an_address_is_written_or_ends_with_a_variable() {
        check("http.ListenAndServe(\":8080\", nil)", Some(("0.0.0.0", Port::Written(8080))));
        check(
            "http.ListenAndServe(\"127.0.0.1:80\", mux())",
            Some(("127.0.0.1", Port::Written(80))),
        );
        check("r.Run(\"localhost:9000\")", Some(("127.0.0.1", Port::Written(9000))));
        check("e.Start(addr)", None);
        check("redis.NewClient(&redis.Options{Addr: \"localhost:6379\"})", None);
        check("go func() { http.ListenAndServe(\":6060\", nil) }()", None);
        let port = || Port::Variable("PORT".to_owned(), None);
        check("app.Listen(\":\" + os.Getenv(\"PORT\"))", Some(("0.0.0.0", port())));
        let text = "port := os.Getenv(\"PORT\")\nif port == \"\" {\n port = \"8081\"\n}\n\
                    http.ListenAndServe(\":\"+port, nil)";
        check(text, Some(("0.0.0.0", Port::Variable("PORT".to_owned(), Some(8081)))));
        check(
            "s := http.Server{Addr: \":9090\", Handler: h}",
            Some(("0.0.0.0", Port::Written(9090))),
        );
    }

    #[test]
    fn comments_are_blanked_in_place() {
        let text = "a\n  // é http.ListenAndServe(\":1\", nil)\nb";
        let blanked = without_comments(text);
        assert_eq!(blanked.len(), text.len());
        assert!(!blanked.contains("Listen"), "{blanked}");
    }
}
