//! What working out the files of one project may cost.
//!
//! A line such as `x = x + x` doubles a value, and there are dozens of ways to write it, so limits
//! at single operators never suffice. Every evaluator (Python, shell, Dockerfiles, templates, rule
//! expressions) asks the [`Budget`] of its project where it **makes** a value, before it allocates,
//! and where it **walks** one. What the budget refuses is unknown, with the reason in [`Spent`].
//!
//! | what | bound | then |
//! | --- | --- | --- |
//! | bytes of one text | [`TEXT_MAX`] | this value is unknown |
//! | elements of one list, dict or set | [`LEN_MAX`] | this value is unknown |
//! | parts of a text that is known in parts | [`PARTS_MAX`] | this value is unknown |
//! | values inside values | [`NESTING_MAX`] | this value is unknown |
//! | values and bytes inside one value | [`INSIDE_MAX`], [`INSIDE_BYTES_MAX`] | this value is unknown |
//! | bytes and values made for a project | 64 MB, 4 million | values from here on are unknown |
//! | steps of all evaluators of a project | 20 million | values from here on are unknown |
//!
//! The bounds are counts and do not depend on the machine. A large real project takes less than a
//! hundredth of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::fact::Unknown;

/// The longest text that is followed, in bytes.
pub const TEXT_MAX: usize = 100_000;

/// The most elements that a container may have before it is given up.
pub const LEN_MAX: usize = 5_000;

/// The most parts of a text of which only some are known. Each unknown one carries its reason, and
/// whoever reads a command copies them; what people write has a handful.
pub const PARTS_MAX: usize = 250;

/// How deep values may stand inside values.
pub const NESTING_MAX: usize = 100;

/// The most values that one value may have inside, those that it shares counted each time: a list
/// of itself twice costs two pointers, and whoever walks it meets everything twice.
pub const INSIDE_MAX: usize = 100_000;

/// The most bytes of text that one value may have inside, counted the same way.
pub const INSIDE_BYTES_MAX: usize = 1 << 20;

/// Bytes of text that are made for one project.
const BYTES_MAX: usize = 64 << 20;

/// Values that are made for one project, elements of containers included.
const VALUES_MAX: usize = 4_000_000;

/// Steps that all evaluators of one project may take.
const STEPS_MAX: usize = 20_000_000;

/// What is left for one project. Shared by its evaluators; taking from it needs no `&mut`.
#[derive(Debug)]
pub struct Budget {
    bytes: AtomicUsize,
    values: AtomicUsize,
    steps: AtomicUsize,
}

/// Which bound an evaluator ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// One text has more than [`TEXT_MAX`] bytes.
    Text,
    /// One container has more than [`LEN_MAX`] elements.
    Len,
    /// One text that is known in parts has more than [`PARTS_MAX`] of them.
    Parts,
    /// Values nest deeper than [`NESTING_MAX`].
    Nesting,
    /// One value has more than [`INSIDE_MAX`] values or [`INSIDE_BYTES_MAX`] bytes inside.
    Size,
    /// All values of the project together take too much memory.
    Values,
    /// All evaluators of the project together take too many steps.
    Steps,
}

impl Budget {
    /// The whole budget of one project.
    pub fn new() -> Self {
        Self {
            bytes: AtomicUsize::new(BYTES_MAX),
            values: AtomicUsize::new(VALUES_MAX),
            steps: AtomicUsize::new(STEPS_MAX),
        }
    }

    /// Takes what a text of this many bytes costs.
    ///
    /// # Errors
    /// When the text is too long, or the project has used up its budget.
    pub fn text(&self, bytes: usize) -> Result<(), Spent> {
        if bytes > TEXT_MAX {
            return Err(Spent::Text);
        }
        take(&self.bytes, bytes).and_then(|()| take(&self.values, 1)).map_err(|()| Spent::Values)
    }

    /// Takes what a container costs. `nesting` is 1 for one without containers inside.
    ///
    /// # Errors
    /// When it is too long or too deep, or the project has used up its budget.
    pub fn container(&self, elements: usize, nesting: usize) -> Result<(), Spent> {
        if elements > LEN_MAX {
            return Err(Spent::Len);
        }
        if nesting > NESTING_MAX {
            return Err(Spent::Nesting);
        }
        take(&self.values, elements + 1).map_err(|()| Spent::Values)
    }

    /// Takes what a text costs that is known in parts.
    ///
    /// # Errors
    /// When it has too many, or the project has used up its budget.
    pub fn parts(&self, parts: usize) -> Result<(), Spent> {
        if parts > PARTS_MAX {
            return Err(Spent::Parts);
        }
        take(&self.values, parts + 1).map_err(|()| Spent::Values)
    }

    /// Takes steps: one for each node of code that is evaluated, and for each part of a value that
    /// is looked at.
    ///
    /// # Errors
    /// When the project has used up its steps.
    pub fn steps(&self, steps: usize) -> Result<(), Spent> {
        take(&self.steps, steps).map_err(|()| Spent::Steps)
    }

    /// Steps that are left.
    pub fn steps_left(&self) -> usize {
        self.steps.load(Ordering::Relaxed)
    }

    /// Steps taken so far, for tests: unlike time they do not depend on the machine.
    pub fn steps_taken(&self) -> usize {
        STEPS_MAX - self.steps.load(Ordering::Relaxed)
    }

    /// Bytes and values made so far, for tests.
    pub fn made(&self) -> (usize, usize) {
        let taken = |max: usize, left: &AtomicUsize| max - left.load(Ordering::Relaxed);
        (taken(BYTES_MAX, &self.bytes), taken(VALUES_MAX, &self.values))
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

impl Spent {
    /// Why a value is not known that the budget refused.
    pub fn unknown(self) -> Unknown {
        Unknown::because(match self {
            Self::Text => "the text grows longer than opslint follows, 100,000 bytes",
            Self::Len => "there are more elements than opslint follows, 5,000",
            Self::Parts => "the text has more parts that are not known than opslint follows, 250",
            Self::Nesting => "values nest deeper than opslint follows, 100 levels",
            Self::Size => "the value grows larger than opslint follows, 100,000 parts or 1 MB",
            Self::Values => "the files of this project make more values than opslint follows",
            Self::Steps => "the files of this project take too many steps to work out",
        })
    }
}

/// Takes `amount` from what is left. Once something was refused nothing is left, so that what comes
/// later does not depend on how small its requests are.
fn take(left: &AtomicUsize, amount: usize) -> Result<(), ()> {
    let rest = left.load(Ordering::Relaxed).checked_sub(amount);
    // One project is worked out by one thread, so there is nothing to race with.
    left.store(rest.unwrap_or(0), Ordering::Relaxed);
    rest.map(|_| ()).ok_or(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_that_is_too_large_costs_nothing() {
        let budget = Budget::new();
        assert_eq!(budget.text(TEXT_MAX + 1), Err(Spent::Text));
        assert_eq!(budget.container(LEN_MAX + 1, 1), Err(Spent::Len));
        assert_eq!(budget.container(1, NESTING_MAX + 1), Err(Spent::Nesting));
        assert_eq!(budget.parts(PARTS_MAX + 1), Err(Spent::Parts));
        assert_eq!(budget.made(), (0, 0));
        assert_eq!(budget.text(TEXT_MAX), Ok(()));
        assert_eq!(budget.container(LEN_MAX, NESTING_MAX), Ok(()));
        assert_eq!(budget.made(), (TEXT_MAX, LEN_MAX + 2));
    }

    #[test]
    fn what_is_spent_stays_spent() {
        let budget = Budget::new();
        while budget.text(TEXT_MAX).is_ok() {}
        assert_eq!(budget.text(1), Err(Spent::Values));
        assert_eq!(budget.steps(STEPS_MAX), Ok(()));
        assert_eq!(budget.steps(1), Err(Spent::Steps));
    }

    #[test]
    fn reasons_name_the_bounds() {
        let digits = |it: usize| match it {
            1000.. => format!("{},{:03}", it / 1000, it % 1000),
            _ => it.to_string(),
        };
        let named = [
            (Spent::Text, TEXT_MAX),
            (Spent::Len, LEN_MAX),
            (Spent::Parts, PARTS_MAX),
            (Spent::Nesting, NESTING_MAX),
        ];
        for (spent, bound) in named {
            assert!(spent.unknown().reason.contains(&digits(bound)), "{spent:?}");
        }
    }
}
