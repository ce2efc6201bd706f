//! Which of the programs found is the one that stays.
//!
//! A shell that waits for programs in the background stays as long as they do: what stands in front
//! of them has ended by then, and what stands behind the wait is never reached.

use std::sync::Arc;

use super::run::{Found, Place, Run, basename};
use super::{Dialect, Launches};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::launch::Word;
use crate::programs::{self, ServerKind};

impl Run<'_, '_> {
    /// Sorts the programs found into the main program and those before and beside it.
    pub(super) fn decide(mut self) -> Launches {
        let mut launches =
            Launches { uncertain: self.uncertain, started: self.started, ..Launches::default() };
        launches.reads = self.named.reads();
        // A loop that waits for something comes last, one that tries again does not.
        let in_front = |it: &Found| it.place == Place::Foreground;
        let rounds = self.rounds.filter(|it| !self.found[*it..].iter().any(in_front));
        let waits = self.waits.into_iter().chain(rounds);
        let waits = waits.chain(self.found.iter().position(only_waits)).min();
        let waits = waits.filter(|it| are_side_by_side(&self.found[..*it]));
        if let Some(count) = waits {
            // The programs in the background stay, so nothing behind the wait is reached.
            self.found.truncate(count);
        } else if is_left_alone(&self.found) {
            let reason = "nothing waits for the programs that run in the background";
            launches.uncertain.get_or_insert(Unknown::because(reason));
        }
        let (background, mut foreground): (Vec<_>, Vec<_>) =
            self.found.into_iter().partition(|it| it.place.is_background());
        if waits.is_some() {
            let before = foreground.into_iter().filter(|it| it.place == Place::Foreground);
            launches.before = before.map(|it| it.launch).collect();
            side_by_side(&mut launches, background, Waited::Yes);
            return launches;
        }
        // Files are deployed for the server that is made for it, whichever way the script goes.
        let is_settled = main_idx(&foreground).is_ok_and(|it| !is_development(&foreground[it]));
        if launches.uncertain.is_none()
            && !is_settled
            && let Some(found) = production_server(&mut foreground, &mut self.otherwise)
        {
            foreground = vec![found];
        }
        if foreground.is_empty() {
            side_by_side(&mut launches, background, Waited::No);
            return launches;
        }
        launches.background = background.into_iter().map(|it| it.launch).collect();
        let main = match main_idx(&foreground) {
            Ok(idx) => idx,
            Err(unknown) => {
                launches.uncertain.get_or_insert(unknown);
                return launches;
            }
        };
        // The shell waits for what stands behind a server that goes to the background by itself.
        let last = foreground.iter().rposition(in_front).filter(|it| *it > main);
        let front = last.filter(|_| detaches(&foreground[main]));
        // What only waits is no program that a signal is for.
        let shell_stays = match front.map(|it| &foreground[it]) {
            Some(it) if only_waits(it) => None,
            it => shell_stays(it.unwrap_or(&foreground[main])),
        };
        for (idx, found) in foreground.into_iter().enumerate() {
            if idx < main && found.place == Place::Foreground && stays(&found) {
                launches.background.push(found.launch);
            } else if idx < main && found.place == Place::Foreground {
                launches.before.push(found.launch);
            } else if idx == main && launches.uncertain.is_none() {
                launches.assumed = found.assumed.iter().map(|it| it.as_ref().clone()).collect();
                launches.runner = found.runner;
                launches.word_at = found.word_at;
                launches.shell_stays = shell_stays;
                match found.doubt {
                    None => launches.main = Some(found.launch),
                    Some(unknown) => launches.uncertain = Some(unknown),
                }
            } else if Some(idx) == front {
                launches.front = Some(found.launch);
            }
        }
        launches
    }
}

/// Whether a shell waits for a program instead of becoming it.
fn shell_stays(found: &Found) -> Option<bool> {
    match (found.replaces_shell, found.in_script) {
        _ if found.is_managed => None,
        (true, _) => Some(false),
        (false, true) => Some(true),
        // Seen with dash 0.5.12: the shell of `sh -c` waits for a single program, too.
        (false, false) => (found.dialect == Dialect::Dash).then_some(true),
    }
}

/// The one server that is no development server, when a condition decides between it and others
/// that are, or that are none. Nobody deploys the others on purpose; what it rests on is said.
fn production_server(foreground: &mut Vec<Found>, otherwise: &mut Vec<Found>) -> Option<Found> {
    let all = || foreground.iter().chain(otherwise.iter());
    if all().filter(|it| is_production(it)).count() != 1 || !all().any(is_development) {
        return None;
    }
    let take = |from: &mut Vec<Found>| {
        let idx = from.iter().position(is_production)?;
        Some(from.swap_remove(idx))
    };
    let mut found = take(foreground).or_else(|| take(otherwise))?;
    found.place = Place::Foreground;
    if found.assumed.is_empty() {
        let source = "a condition in the command decides between this and a development server";
        let assumed = is_the_server(&found, source.to_owned());
        found.assumed.push(Arc::new(assumed));
    }
    Some(found)
}

fn is_development(found: &Found) -> bool {
    programs::identify(&found.launch).is_some_and(ServerKind::is_development)
}

fn is_production(found: &Found) -> bool {
    programs::identify(&found.launch).is_some_and(|it| it.stays() && !it.is_development())
}

/// Whether a program does not end by itself.
pub(super) fn stays(found: &Found) -> bool {
    programs::identify(&found.launch).is_some_and(ServerKind::stays)
}

/// Whether a program goes to the background by itself, so that the next command runs beside it.
///
/// Sources: `celery worker --help` (5.5.3), `gunicorn --help` (23.0.0), `uwsgi --help` (2.0.28),
/// `php-fpm --help` (8.3), apachectl(8)
fn detaches(found: &Found) -> bool {
    const OPTIONS: &[&str] = &["--detach", "--daemon", "-D", "--daemonize", "--daemonize2"];
    let words: Vec<String> = found.launch.argv.iter().filter_map(Word::text).collect();
    let is_option = |it: &String| OPTIONS.contains(&it.split('=').next().unwrap_or_default());
    let is_apache = words
        .first()
        .is_some_and(|it| ["apache2", "apache2ctl", "apachectl", "httpd"].contains(&basename(it)));
    let is_in_front = words.iter().any(|it| it.ends_with("FOREGROUND"));
    words.iter().any(is_option) || is_apache && !is_in_front && words.iter().any(|it| it == "start")
}

/// The first server stays, and else the last program, if no condition decides about it.
fn main_idx(foreground: &[Found]) -> Result<usize, Unknown> {
    let certain = |it: &&Found| it.place == Place::Foreground;
    let server = |is_main: fn(&Found) -> bool| {
        foreground.iter().position(|it| certain(&it) && stays(it) && is_main(it))
    };
    let server = server(|it| !detaches(it)).or_else(|| server(|_| true));
    let last = foreground.iter().rposition(|it| certain(&it));
    let depends = || Unknown::because("which program stays depends on a condition in the command");
    let Some(idx) = server.or(last) else { return Err(depends()) };
    let open = |it: &Found| it.place == Place::Maybe && (it.replaces_shell || stays(it));
    let behind =
        server.is_none() && foreground[idx + 1..].iter().any(|it| it.place == Place::Maybe);
    if foreground[..idx].iter().any(open) || behind { Err(depends()) } else { Ok(idx) }
}

/// Whether a program of the command only keeps the shell from ending: `sleep infinity`, `tail -f`.
fn only_waits(found: &Found) -> bool {
    let argv = &found.launch.argv;
    let text = |idx: usize| argv.get(idx).and_then(Word::text);
    let program = text(0).unwrap_or_default();
    let waits = match basename(&program) {
        "sleep" => text(1).is_some_and(|it| it.starts_with("inf")),
        "tail" => (1..argv.len()).any(|idx| {
            let follows = |it: &str| {
                it.starts_with("--follow")
                    || it.starts_with('-') && !it.starts_with("--") && it.contains(['f', 'F'])
            };
            text(idx).is_some_and(|it| follows(&it))
        }),
        _ => false,
    };
    waits && found.place == Place::Foreground
}

/// Whether programs in the background are what the process is there for: none in front of them
/// stays, and no condition decides about one that may.
fn are_side_by_side(found: &[Found]) -> bool {
    let is_open = |it: &Found| it.place == Place::Maybe && (it.replaces_shell || stays(it));
    let in_front = |it: &Found| it.place == Place::Foreground && stays(it);
    found.iter().any(|it| it.place == Place::Background && stays(it))
        && !found.iter().any(|it| is_open(it) || in_front(it))
}

/// Whether the last thing that a shell does is to start programs in the background that stay. A
/// runner of a Procfile waits for its own.
fn is_left_alone(found: &[Found]) -> bool {
    let in_front = |it: &Found| it.place == Place::Foreground;
    let in_background =
        |it: &Found| it.place == Place::Background && it.runner.is_none() && stays(it);
    let Some(last) = found.iter().rposition(in_front) else { return false };
    !found.iter().any(|it| in_front(it) && stays(it)) && found[last..].iter().any(in_background)
}

/// Whether a shell waits for its programs in the background.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waited {
    Yes,
    No,
}

/// Nothing stays in the foreground: a single program in the background is what the process is, and so
/// is the only one of several that answers requests.
fn side_by_side(launches: &mut Launches, mut background: Vec<Found>, waited: Waited) {
    let count = background.len();
    let main = match (count, waited) {
        (0, _) => return,
        (1, _) => Some(0),
        (_, Waited::No) => None,
        (_, Waited::Yes) => the_server(&background),
    };
    let is_certain = |idx: &usize| background[*idx].place == Place::Background;
    let reason = match main {
        Some(_) => "which program stays depends on a condition in the command".to_owned(),
        None => format!("{count} programs run side by side, and none of them in front"),
    };
    match main.filter(is_certain) {
        Some(idx) if launches.uncertain.is_none() => {
            let found = background.remove(idx);
            match found.doubt {
                None => {
                    launches.assumed = found.assumed.iter().map(|it| it.as_ref().clone()).collect();
                    let others = background.iter().filter_map(serves_nothing);
                    launches.assumed.extend(others.map(|it| is_the_server(&found, it)));
                    launches.runner = found.runner;
                    launches.main = Some(found.launch);
                }
                Some(unknown) => launches.uncertain = Some(unknown),
            }
        }
        Some(_) => {}
        None => {
            launches.uncertain.get_or_insert(Unknown::because(reason));
        }
    }
    launches.background = background.into_iter().map(|it| it.launch).collect();
}

/// The only one of several programs that is known to answer requests.
fn the_server(background: &[Found]) -> Option<usize> {
    let is_server =
        |it: &Found| programs::identify(&it.launch).is_some_and(ServerKind::serves_http);
    let mut servers = background.iter().enumerate().filter(|(_, it)| is_server(it));
    let (idx, _) = servers.next()?;
    servers.next().is_none().then_some(idx)
}

/// Why a program beside a server is taken to answer no requests, where nothing says what it does.
/// Databases and brokers answer none.
fn serves_nothing(found: &Found) -> Option<String> {
    if stays(found) || programs::identify(&found.launch).is_some_and(ServerKind::keeps_data) {
        return None;
    }
    let words = found.launch.argv.iter().map(Word::known_prefix).take(3);
    let program = words.collect::<Vec<_>>().join(" ");
    Some(format!("`{}` beside the server is taken to answer no requests", program.trim()))
}

/// That a command is for one of its programs, with why: opslint.toml settles it by naming that.
fn is_the_server(found: &Found, why: String) -> Fact {
    let name = programs::identify(&found.launch).map(|it| Value::Text(it.name().to_owned()));
    Fact::known(name.unwrap_or(Value::Null), Origin::new(OriginKind::Assumed, why))
}
