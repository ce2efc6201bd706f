//! How a program is told in a command where to listen.

use super::ServerKind;
use super::options::{Opt, Table};
use crate::vocabulary::{self as v, FactId};

/// The words of a command, to listen on all addresses with `{}` for the port:
/// `--host 0.0.0.0 --port {}`.
/// `None` for a program that nobody tells in its command, and where it is not known.
pub(super) fn words(kind: ServerKind, table: Option<&Table>) -> Option<String> {
    let whole = match kind {
        ServerKind::Gunicorn | ServerKind::Hypercorn => "--bind 0.0.0.0:{}",
        ServerKind::Waitress => "--listen=0.0.0.0:{}",
        ServerKind::DjangoRunserver => "runserver 0.0.0.0:{}",
        ServerKind::HttpServer => "--bind 0.0.0.0 {}",
        ServerKind::Listed(program) => match program.listens {
            Some(words) => words,
            None => return of_options(&program.table),
        },
        _ => return of_options(table?),
    };
    Some(whole.to_owned())
}

/// An option for the host and one for the port.
fn of_options(table: &Table) -> Option<String> {
    let flag = |id: FactId| {
        let option: &Opt = table.options.iter().find(|it| it.fact == Some(id))?;
        let is_long = |it: &&&str| it.starts_with("--");
        option.flags.iter().find(is_long).or(option.flags.first()).copied()
    };
    Some(format!("{} 0.0.0.0 {} {{}}", flag(v::BIND_HOST)?, flag(v::PORT)?))
}
