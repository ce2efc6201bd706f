//! Which of the programs found is the one that stays.

use super::Launches;
use super::run::{Found, Place, Run};
use crate::fact::Unknown;
use crate::programs;

impl Run<'_, '_> {
    /// Sorts the programs found into the main program and those before and beside it.
    pub(super) fn decide(self) -> Launches {
        let (background, foreground): (Vec<_>, Vec<_>) =
            self.found.into_iter().partition(|it| it.place == Place::Background);
        let mut launches = Launches { uncertain: self.uncertain, ..Launches::default() };
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
            if idx < main && found.place == Place::Foreground {
                launches.before.push(found.launch);
            } else if idx == main && launches.uncertain.is_none() {
                launches.shell_stays = match (found.replaces_shell, found.in_script) {
                    (true, _) => Some(false),
                    (false, true) => Some(true),
                    (false, false) => None,
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

/// Whether a program does not end by itself.
fn stays(found: &Found) -> bool {
    programs::identify(&found.launch).is_some()
}

/// The first server stays, and else the last program, if no condition decides about it.
fn main_idx(foreground: &[Found]) -> Result<usize, Unknown> {
    let certain = |it: &&Found| it.place == Place::Foreground;
    let server = foreground.iter().position(|it| certain(&it) && stays(it));
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
