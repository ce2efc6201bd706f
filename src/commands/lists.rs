//! Lists and pipelines: what runs one behind the other, and how it ends.

use std::rc::Rc;

use super::code::Code;
use super::condition::Outcome;
use super::flow::{Flow, Found, Place, Status, basename, maybe};
use super::run::Run;
use super::shell::Shell;
use crate::parse::shell::{self, Command, CommandKind, Connector, Item, Pipeline};

/// Programs that pass on what others print.
const FILTERS: [&str; 9] =
    ["tee", "cat", "grep", "sed", "awk", "logger", "ts", "rotatelogs", "yes"];

impl Run<'_, '_> {
    pub(super) fn items(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        items: &[Item],
        place: Place,
    ) -> Flow {
        let mut flow = Flow::Next(Status::Success);
        let mut place = place;
        let left_before = self.left_count();
        for item in items {
            // What stands behind `condition && return` may not be reached.
            if self.left_count() > left_before {
                place = maybe(place);
            }
            if item.background {
                let is_open = matches!(place, Place::Maybe | Place::MaybeBackground);
                let place = if is_open { Place::MaybeBackground } else { Place::Background };
                self.subshell(&mut shell.clone(), |run, fork| run.item(fork, code, item, place));
                continue;
            }
            flow = self.item(shell, code, item, place);
            if !matches!(flow, Flow::Next(_)) {
                break;
            }
        }
        flow
    }

    fn item(&mut self, shell: &mut Shell, code: &Rc<Code>, item: &Item, place: Place) -> Flow {
        let mut flow = self.pipeline(shell, code, &item.first, place);
        let mut assumed = self.assumed.take();
        // `cd app || cd src`: what stands behind it is there for a folder that is not.
        let has_other = item.rest.iter().any(|(it, _)| *it == Connector::Or);
        if has_other && flow == Flow::Next(Status::Success) && only_changes_folder(&item.first) {
            flow = Flow::Next(self.folder_status(shell));
        }
        for (connector, pipeline) in &item.rest {
            let Flow::Next(status) = flow else { return flow };
            let outcome = Outcome { status, assumed: assumed.clone() };
            let mut run = |run: &mut Self, shell: &mut Shell, place: Place| {
                run.pipeline(shell, code, pipeline, place)
            };
            let mut skip = |_: &mut Self, _: &mut Shell, _: Place| Flow::Next(status);
            flow = match connector {
                Connector::And => self.either(shell, &outcome, place, &mut run, &mut skip),
                Connector::Or => self.either(shell, &outcome, place, &mut skip, &mut run),
            };
            assumed = self.assumed.take().or(assumed);
        }
        self.assumed = assumed;
        flow
    }

    fn pipeline(
        &mut self,
        shell: &mut Shell,
        code: &Rc<Code>,
        pipeline: &Pipeline,
        place: Place,
    ) -> Flow {
        let flow = match pipeline.commands.as_slice() {
            [only] => self.command(shell, code, only, place),
            commands => {
                let start = self.found.len();
                let mut statuses = Vec::new();
                let mut last = shell.clone();
                for command in commands {
                    last = shell.clone();
                    let command =
                        |run: &mut Self, fork: &mut Shell| run.command(fork, code, command, place);
                    statuses.push(self.subshell(&mut last, command));
                }
                self.drop_filters(start);
                if shell.may_have("lastpipe") {
                    *shell = shell.clone().join(&last);
                }
                Flow::Next(pipeline_status(shell, &statuses))
            }
        };
        match flow {
            Flow::Next(status) if pipeline.negated => Flow::Next(status.negated()),
            flow => flow,
        }
    }

    /// Of the programs of a pipeline, leaves out those that only pass text on.
    fn drop_filters(&mut self, start: usize) {
        let is_filter = |it: &Found| {
            it.launch.argv[0].text().is_some_and(|text| FILTERS.contains(&basename(&text)))
        };
        if self.found[start..].iter().all(is_filter) {
            return;
        }
        let tail = self.found.split_off(start);
        self.found.extend(tail.into_iter().filter(|it| !is_filter(it)));
    }

    /// How `cd` to the folder that a shell is in ended: only one of the project is there for sure.
    pub(super) fn folder_status(&self, shell: &Shell) -> Status {
        let is_there = |it: &String| it.is_empty() || !self.workspace.names(it).is_empty();
        match shell.folder.as_ref().is_ok_and(is_there) {
            true => Status::Success,
            false => Status::Unknown,
        }
    }
}

/// Whether a pipeline is `cd` and nothing else.
pub(super) fn only_changes_folder(pipeline: &Pipeline) -> bool {
    let [Command { kind: CommandKind::Simple(simple), .. }] = pipeline.commands.as_slice() else {
        return false;
    };
    !pipeline.negated && simple.words.first().and_then(shell::Word::literal) == Some("cd")
}

/// How a pipeline ends: as its last command does, or as any that fails with `set -o pipefail`.
fn pipeline_status(shell: &Shell, statuses: &[Status]) -> Status {
    let last = statuses.last().copied().unwrap_or(Status::Success);
    let all_succeed = statuses.iter().all(|it| *it == Status::Success);
    match shell.may_have("pipefail") && !all_succeed && last != Status::Failure {
        true => Status::Unknown,
        false => last,
    }
}
