//! What makes opslint exit with status 1.

use crate::diagnostic::Severity;

/// The diagnostics that make a run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailOn {
    /// The mildest severity that fails; `None` when no diagnostic does.
    pub at_least: Option<Severity>,
    /// Whether a rule that could not be decided fails too.
    pub undecided: bool,
}

impl Default for FailOn {
    fn default() -> Self {
        Self { at_least: Some(Severity::Warning), undecided: false }
    }
}

impl FailOn {
    /// The names that configuration and `--fail-on` take.
    pub const NAMES: &'static [&'static str] = &["info", "warning", "error", "never", "undecided"];

    /// What some names mean together. `undecided` comes on top of a severity, and of the default
    /// one when it stands alone. `None` when a name is unknown or there are two severities.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut undecided = false;
        let mut at_least = None;
        for name in names {
            match name {
                "undecided" => undecided = true,
                _ if at_least.is_some() => return None,
                "never" => at_least = Some(None),
                name => at_least = Some(Some(Severity::from_name(name)?)),
            }
        }
        Some(Self { at_least: at_least.unwrap_or(Self::default().at_least), undecided })
    }

    /// The names that mean this.
    pub fn names(self) -> Vec<&'static str> {
        let severity = self.at_least.map_or("never", Severity::name);
        std::iter::once(severity).chain(self.undecided.then_some("undecided")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in FailOn::NAMES {
            let fail_on = FailOn::from_names([*name]).unwrap();
            assert!(fail_on.names().contains(name), "{name}");
            assert_eq!(FailOn::from_names(fail_on.names()), Some(fail_on));
        }
    }

    #[test]
    fn undecided_comes_on_top_of_a_severity() {
        let both = FailOn::from_names(["error", "undecided"]).unwrap();
        assert_eq!(both, FailOn { at_least: Some(Severity::Error), undecided: true });
        assert_eq!(FailOn::from_names(["error", "info"]), None);
        assert_eq!(FailOn::from_names(["fatal"]), None);
    }
}
