//! Which files say a fact, and which programs have a default of it.

/// A line each: `NAME`, the formats, the programs, with tabs between them. A test writes it from all
/// fixtures and examples: what nobody has seen to say a fact is not in it.
const SAID: &str = include_str!("said.txt");

/// What says one fact.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// Names of formats, as `opslint formats` has them, with commas between them; may be empty.
    pub(super) formats: &'static str,
    /// Names of programs; may be empty.
    pub(super) programs: &'static str,
}

/// What says the fact of a name; nothing, where it is worked out or known of the platform alone.
pub(super) fn said(fact: &str) -> Said {
    let line = SAID.lines().find_map(|it| it.split_once('\t').filter(|(name, _)| *name == fact));
    let of_line = |rest: &'static str| {
        let (formats, programs) = rest.split_once('\t').unwrap_or((rest, ""));
        Said { formats, programs }
    };
    line.map(|(_, rest)| of_line(rest)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_said_by_the_formats_and_programs_that_have_it() {
        let workers = said("workers");
        assert!(workers.formats.split(", ").any(|it| it == "procfile"), "{workers:?}");
        assert!(workers.programs.split(", ").any(|it| it == "gunicorn"), "{workers:?}");
        assert_eq!(said("worker"), Said::default());
        assert_eq!(said("platform.ephemeral_disk").formats, "");
    }
}
