//! How an option is said: as a flag of a command, or as a line of a configuration file.

use super::celery::KEYS;
use super::gunicorn;
use super::options::{Opt, Table};
use super::{ServerKind, listed, table, uwsgi};
use crate::fact::Value;
use crate::spelling::Asked;
use crate::vocabulary::{self as v, FactId};

/// Servers with one table each.
const SERVERS: &[ServerKind] = &[
    ServerKind::Uvicorn,
    ServerKind::Hypercorn,
    ServerKind::Daphne,
    ServerKind::Granian,
    ServerKind::Waitress,
    ServerKind::Celery,
    ServerKind::Rq,
    ServerKind::Dramatiq,
    ServerKind::Arq,
    ServerKind::Huey,
    ServerKind::DjangoQ,
];

/// Facts that follow from an option that stands for one of several of them: a pool of celery is made
/// of processes or of threads.
const BEHIND: &[(&str, FactId, &str)] = &[
    ("celery", v::WORKERS, "concurrency"),
    ("celery", v::THREADS, "concurrency"),
    ("celery", v::CONCURRENCY, "concurrency"),
    ("huey", v::WORKERS, "workers"),
    ("huey", v::CONCURRENCY, "workers"),
    ("granian", v::THREADS, "blocking_threads"),
    ("puma", v::WORKERS, "workers"),
    ("unicorn", v::WORKERS, "worker_processes"),
    ("uwsgi", v::RELOAD, "py-autoreload"),
];

/// How an option is said, see [`crate::spelling::Spell`]. What the file has no line for is a flag.
pub fn option(server: &str, file: Option<&str>, asked: Asked<'_>, value: &Value) -> Option<String> {
    let line = file.and_then(|file| line(server, file, asked, value));
    line.or_else(|| flag(server, asked, value))
}

/// An option on the command of a server: `--workers 4`. `None` where the server has no such flag.
fn flag(server: &str, asked: Asked<'_>, value: &Value) -> Option<String> {
    let flag = match server {
        "gunicorn" => of_gunicorn(asked)?.def().flag()?,
        _ => long(of_table(server, asked)?)?,
    };
    Some(match value {
        Value::Bool(true) => flag.to_owned(),
        Value::Bool(false) => format!("--no-{}", flag.trim_start_matches('-')),
        // Single quotes would keep the shell from putting in the value of `$PORT`.
        Value::Text(text) if text.contains('$') && text.contains([' ', '*']) => {
            format!("{flag} \"{text}\"")
        }
        Value::Text(text) if text.contains([' ', '*']) => format!("{flag} '{text}'"),
        value => format!("{flag} {value}"),
    })
}

/// An option in the configuration file of a server: `workers = 4`.
fn line(server: &str, file: &str, asked: Asked<'_>, value: &Value) -> Option<String> {
    let name = match server {
        "gunicorn" => of_gunicorn(asked)?.name(),
        "uwsgi" => long(of_table(server, asked)?)?.trim_start_matches('-'),
        // Elsewhere the names have a prefix, or are attributes: the flag is right for all of them.
        "celery" => {
            let is_own = file.rsplit('/').next() == Some("celeryconfig.py");
            let name = of_table(server, asked)?.name;
            KEYS.iter().find(|it| is_own && it.option == Some(name))?.name
        }
        _ => of_table(server, asked)?.name,
    };
    let is_python = file.ends_with(".py");
    let value = match value {
        Value::Bool(true) if is_python => "True".to_owned(),
        Value::Bool(false) if is_python => "False".to_owned(),
        Value::Text(text) if is_python => format!("\"{text}\""),
        value => value.to_string(),
    };
    Some(match file.ends_with(".rb") {
        true => format!("{name} {value}"),
        false => format!("{name} = {value}"),
    })
}

fn of_gunicorn(asked: Asked<'_>) -> Option<gunicorn::table::SettingId> {
    match asked {
        Asked::Fact(id) => gunicorn::setting_of(id),
        Asked::Setting(name) => gunicorn::table::SettingId::from_name(name),
    }
}

fn of_table(server: &str, asked: Asked<'_>) -> Option<&'static Opt> {
    let table = table_of(server)?;
    let named = |name: &str| table.options.iter().find(|it| it.name == name);
    match asked {
        Asked::Setting(name) => named(name),
        Asked::Fact(id) => table.options.iter().find(|it| it.fact == Some(id)).or_else(|| {
            let behind = BEHIND.iter().find(|it| it.0 == server && it.1 == id);
            behind.and_then(|it| named(it.2))
        }),
    }
}

fn table_of(server: &str) -> Option<&'static Table> {
    if server == "uwsgi" {
        return Some(&uwsgi::UWSGI);
    }
    let kind = SERVERS.iter().find(|it| it.name() == server).copied();
    match kind {
        Some(kind) => table(kind),
        None => listed::of_id(server).map(|it| &it.table),
    }
}

/// The first long flag of an option.
fn long(option: &'static Opt) -> Option<&'static str> {
    option.flags.iter().copied().find(|it| it.starts_with("--") && !it.ends_with('*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_said_as_its_server_reads_it() {
        let four = Value::Int(4);
        let check = |server, file, value: &Value, expect: (Option<&str>, Option<&str>), asked| {
            let said = (flag(server, asked, value), line(server, file, asked, value));
            assert_eq!((said.0.as_deref(), said.1.as_deref()), expect, "{server}");
        };
        let workers = Asked::Fact(v::WORKERS);
        let of = |flag, line| (Some(flag), Some(line));
        let on = Value::Bool(true);
        check("gunicorn", "a.py", &four, of("--workers 4", "workers = 4"), workers);
        check("uwsgi", "a.ini", &four, of("--processes 4", "processes = 4"), workers);
        check(
            "celery",
            "celeryconfig.py",
            &four,
            of("--concurrency 4", "worker_concurrency = 4"),
            workers,
        );
        check("puma", "puma.rb", &four, of("--workers 4", "workers 4"), workers);
        let reload = Asked::Fact(v::RELOAD);
        check("gunicorn", "a.py", &on, of("--reload", "reload = True"), reload);
        check("uwsgi", "a.ini", &on, of("--master", "master = true"), Asked::Setting("master"));
        check("nobody", "a.py", &four, (None, None), workers);
        let variable = Value::Text("$PORT".to_owned());
        let port = Asked::Fact(v::PORT);
        check("flower", "a.toml", &variable, of("--port $PORT", "port = $PORT"), port);
        let all = Value::Text("*".to_owned());
        let allowed = Asked::Setting("forwarded_allow_ips");
        let expect = of("--forwarded-allow-ips '*'", "forwarded_allow_ips = \"*\"");
        check("gunicorn", "a.py", &all, expect, allowed);
    }
}
