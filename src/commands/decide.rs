//! Which of the programs found is the one that stays.

use std::sync::Arc;

use super::run::{Found, Place, Run};
use super::{Dialect, Launches};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::launch::Word;
use crate::programs;

impl Run<'_, '_> {
    /// Sorts the programs found into the main program and those before and beside it.
    pub(super) fn decide(mut self) -> Launches {
        let (background, mut foreground): (Vec<_>, Vec<_>) =
            self.found.into_iter().partition(|it| it.place == Place::Background);
        let mut launches =
            Launches { uncertain: self.uncertain, started: self.started, ..Launches::default() };
        launches.reads = self.named.reads();
        // Files are deployed for the server that is made for it, whichever way the script goes.
        let is_settled = main_idx(&foreground).is_ok_and(|it| !is_development(&foreground[it]));
        if launches.uncertain.is_none()
            && !is_settled
            && let Some(found) = production_server(&mut foreground, &mut self.otherwise)
        {
            foreground = vec![found];
        }
        if foreground.is_empty() {
            beside_nothing(&mut launches, background);
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
        for (idx, found) in foreground.into_iter().enumerate() {
            if idx < main && found.place == Place::Foreground && stays(&found) {
                launches.background.push(found.launch);
            } else if idx < main && found.place == Place::Foreground {
                launches.before.push(found.launch);
            } else if idx == main && launches.uncertain.is_none() {
                launches.assumed = found.assumed.iter().map(|it| it.as_ref().clone()).collect();
                launches.runner = found.runner;
                launches.shell_stays = match (found.replaces_shell, found.in_script) {
                    _ if found.is_managed => None,
                    (true, _) => Some(false),
                    (false, true) => Some(true),
                    // Seen with dash 0.5.12: the shell of `sh -c` waits for a single program, too.
                    (false, false) => (found.dialect == Dialect::Dash).then_some(true),
                };
                match found.doubt {
                    None => launches.main = Some(found.launch),
                    Some(unknown) => launches.uncertain = Some(unknown),
                }
            }
        }
        launches
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
        let origin = Origin::new(OriginKind::Assumed, source);
        found.assumed.push(Arc::new(Fact::known(Value::Null, origin)));
    }
    Some(found)
}

fn is_development(found: &Found) -> bool {
    programs::identify(&found.launch).is_some_and(programs::ServerKind::is_development)
}

fn is_production(found: &Found) -> bool {
    programs::identify(&found.launch).is_some_and(|it| it.stays() && !it.is_development())
}

/// Whether a program does not end by itself.
fn stays(found: &Found) -> bool {
    programs::identify(&found.launch).is_some_and(programs::ServerKind::stays)
}

/// Whether a program goes to the background by itself, so that the next command runs beside it.
///
/// Sources: `celery worker --help` (5.5.3), `gunicorn --help` (23.0.0)
fn detaches(found: &Found) -> bool {
    const OPTIONS: &[&str] = &["--detach", "--daemon", "-D"];
    let is_option = |it: &String| OPTIONS.contains(&it.as_str());
    found.launch.argv.iter().filter_map(Word::text).any(|it| is_option(&it))
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

/// Nothing runs in the foreground: a single program in the background is what the process is.
fn beside_nothing(launches: &mut Launches, mut background: Vec<Found>) {
    if background.len() == 1
        && launches.uncertain.is_none()
        && let Some(found) = background.pop()
    {
        match found.doubt {
            None => launches.main = Some(found.launch),
            Some(unknown) => launches.uncertain = Some(unknown),
        }
        return;
    }
    if background.len() > 1 {
        let count = background.len();
        let reason = format!("{count} programs run side by side, and none of them in front");
        launches.uncertain.get_or_insert(Unknown::because(reason));
    }
    launches.background = background.into_iter().map(|it| it.launch).collect();
}
