//! Numbers of plans as people write them.

use crate::plan::{Bounds, Figure, Limit, Memory, Verdict};
use crate::report::text::thousands;

/// What the rows of worlds are.
pub(super) const WORLDS: &str = "if it runs on";

/// `$50`, `$2.19`, `$1,200`.
pub(super) fn money(usd: f64) -> String {
    let cents = (usd * 100.0).round();
    let whole = thousands((cents / 100.0).floor().max(0.0) as usize);
    match cents % 100.0 {
        0.0 => format!("${whole}"),
        rest => format!("${whole}.{rest:02}"),
    }
}

/// `$25 to $125`.
pub(super) fn money_range(usd: Bounds) -> String {
    range(usd, money)
}

/// `1,385`; one digit behind the point below ten, where it says something.
pub(super) fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    match value {
        it if !it.is_finite() => "∞".to_owned(),
        it if it < 10.0 && rounded.fract() != 0.0 => format!("{rounded}"),
        it => thousands(it.round().max(0.0) as usize),
    }
}

/// `800 to 4,000`.
pub(super) fn number_range(value: Bounds) -> String {
    range(value, number)
}

/// `800..4,000`, for tables.
pub(super) fn cell(figure: &Figure, write: impl Fn(f64) -> String) -> String {
    match figure {
        Ok(bounds) => {
            let (min, max) = (write(bounds.min), write(bounds.max));
            if min == max { min } else { format!("{min}..{max}") }
        }
        Err(_) => "?".to_owned(),
    }
}

fn range(value: Bounds, write: impl Fn(f64) -> String) -> String {
    let (min, max) = (write(value.min), write(value.max));
    if min == max { min } else { format!("{min} to {max}") }
}

/// `300 ms`, `1 s`, `1.5 s`, `100 minutes`.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        it if it >= 120.0 && it % 60.0 == 0.0 => format!("{} minutes", number(it / 60.0)),
        it if it < 1.0 => format!("{} ms", number(it * 1_000.0)),
        it => format!("{} s", number(it)),
    }
}

/// `50 %`.
pub(super) fn percent(value: f64) -> String {
    format!("{} %", number(value.round()))
}

/// What bounds the requests, in a sentence: "limited by …".
pub(super) fn limit(limit: Limit) -> &'static str {
    match limit {
        Limit::Slots => "busy workers",
        Limit::Cpu => "the CPU",
        Limit::Router => "the router",
        Limit::Database => "database connections",
    }
}

/// Percent above which memory is not there.
const ALL_OF_IT: f64 = 100.0;

/// A judgement that asks for something; nothing for others.
pub(super) fn verdict(memory: &Memory) -> Option<&'static str> {
    match memory.verdict {
        Verdict::Fits | Verdict::Unknown => None,
        // It depends on what the files leave open.
        Verdict::Tight if memory.percent.as_ref().is_ok_and(|it| it.max > ALL_OF_IT) => {
            Some("may not fit")
        }
        Verdict::Tight => Some("tight"),
        Verdict::DoesNotFit => Some("does not fit"),
        Verdict::OverAllocated => Some("over-allocated"),
    }
}

/// A number with what it counts: `1 worker`, `3 workers`.
pub(super) fn counted(value: Bounds, one: &str) -> String {
    let ending = if value.is_exact() && value.min == 1.0 { "" } else { "s" };
    format!("{} {one}{ending}", number_range(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_do() {
        assert_eq!(money(50.0), "$50");
        assert_eq!(money(2.19), "$2.19");
        assert_eq!(money(1_200.5), "$1,200.50");
        assert_eq!(number(1_385.2), "1,385");
        assert_eq!(number(0.0625), "0.1");
        assert_eq!(number(2.5), "2.5");
        assert_eq!(number_range(Bounds { min: 800.0, max: 4_000.0 }), "800 to 4,000");
        assert_eq!(duration(0.3), "300 ms");
        assert_eq!(duration(1.0), "1 s");
        assert_eq!(duration(90.0), "90 s");
        assert_eq!(duration(6_000.0), "100 minutes");
        assert_eq!(counted(Bounds::exact(1.0), "worker"), "1 worker");
    }
}
