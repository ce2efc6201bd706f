//! How much is worked out for one plan.
//!
//! Each choice of a process is the project worked out once more, so that a project with hundreds of
//! processes, or with a file of megabytes, would be worked out for minutes.

use std::cell::Cell;

use super::{Assumption, Evaluate, Evaluated, Statement};
use crate::fact::Unknown;

/// What one plan may take, in processes that are put beside others once more: a second or two.
const UNITS_MAX: usize = 60_000;

/// What a process takes that is resolved anew, where one takes 1 that stays as it is.
const RESOLVED: usize = 20;

/// Bytes of a file that are read again in the time of one process that stays as it is.
const BYTES: usize = 64;

/// Evaluates what could be, as long as there is anything left for it.
pub(super) struct Effort<'a> {
    evaluator: &'a dyn Evaluate,
    /// Processes of the project, with its files counted as such.
    size: usize,
    left: Cell<usize>,
    /// Processes that were planned, and those of them for which there was nothing left.
    planned: Cell<(usize, usize)>,
}

impl<'a> Effort<'a> {
    /// All of it, for a project that looks like this.
    pub(super) fn new(evaluator: &'a dyn Evaluate, now: &Evaluated) -> Self {
        let deployments = now.project.deployments.iter();
        let processes: usize = deployments.map(|it| it.processes.len()).sum();
        let spans = now.project.files.iter().map(|it| it.document.root.span);
        let bytes: usize = spans.map(|it| it.range().len()).sum();
        let size = (processes + bytes / BYTES).max(1);
        let (left, planned) = (Cell::new(UNITS_MAX), Cell::new((0, 0)));
        Self { evaluator, size, left, planned }
    }

    /// The project with these statements; `None` too when there is nothing left for it.
    pub(super) fn evaluate(&self, statements: &[Statement]) -> Option<Evaluated> {
        self.spend(self.size + RESOLVED)?;
        self.evaluator.evaluate(statements)
    }

    /// The project on another platform; `None` too when there is nothing left for it.
    pub(super) fn elsewhere(&self, platform: &str, statements: &[Statement]) -> Option<Evaluated> {
        self.spend(self.size * RESOLVED)?;
        self.evaluator.elsewhere(platform, statements)
    }

    fn spend(&self, units: usize) -> Option<()> {
        let left = self.left.get().checked_sub(units);
        self.left.set(left.unwrap_or_default());
        left.map(|_| ())
    }

    /// Why nothing more is worked out; `None` while there is something left.
    pub(super) fn spent(&self) -> Option<Unknown> {
        let why = "opslint compares the first processes of so many, and not this one";
        (self.left.get() == 0).then(|| Unknown::new(why, "`--process`"))
    }

    /// Counts a process that was planned: it was not compared whole where nothing is left.
    pub(super) fn planned(&self) {
        let (all, cut) = self.planned.get();
        self.planned.set((all + 1, cut + usize::from(self.left.get() == 0)));
    }

    /// What to say of the processes that were not compared.
    pub(super) fn cut(&self) -> Option<Assumption> {
        let (all, cut) = self.planned.get();
        let text = match cut {
            0 => return None,
            1 => format!("1 of {all} processes is not compared with other sizes and platforms"),
            _ => {
                format!("{cut} of {all} processes are not compared with other sizes and platforms")
            }
        };
        Some(Assumption { text, settle_with: "`--process NAME` compares one of them".to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Project;

    struct Empty;

    impl Empty {
        fn project() -> Evaluated {
            let project =
                Project { root: String::new(), deployments: Vec::new(), files: Vec::new() };
            Evaluated { project, broken: Vec::new() }
        }
    }

    impl Evaluate for Empty {
        fn begin(&self, _: &[Statement]) -> Option<Evaluated> {
            Some(Self::project())
        }

        fn evaluate(&self, _: &[Statement]) -> Option<Evaluated> {
            Some(Self::project())
        }

        fn elsewhere(&self, _: &str, _: &[Statement]) -> Option<Evaluated> {
            Some(Self::project())
        }
    }

    #[test]
    fn what_there_is_no_room_for_is_counted_and_not_worked_out() {
        let effort = Effort::new(&Empty, &Empty::project());
        let mut compared = 0;
        for _ in 0..UNITS_MAX {
            compared += usize::from(effort.evaluate(&[]).is_some());
            effort.planned();
        }
        assert_eq!(compared, UNITS_MAX / (RESOLVED + 1));
        assert!(effort.spent().is_some() && effort.elsewhere("fly", &[]).is_none());
        let said = effort.cut().map(|it| it.text);
        let cut = UNITS_MAX - compared;
        let text = format!(
            "{cut} of {UNITS_MAX} processes are not compared with other sizes and platforms"
        );
        assert_eq!(said, Some(text));
    }

    #[test]
    fn few_processes_are_compared_without_a_word() {
        let effort = Effort::new(&Empty, &Empty::project());
        assert!(effort.evaluate(&[]).is_some() && effort.elsewhere("fly", &[]).is_some());
        effort.planned();
        assert!(effort.spent().is_none() && effort.cut().is_none());
    }
}
