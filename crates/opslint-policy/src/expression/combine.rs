//! How values that are known in part meet functions and operators: the only way to compute.
//!
//! A function is written for what is known, exactly or in part. What is unknown, one of few, or not
//! applicable never reaches it: the combinators here carry that over to the result, together with
//! what is missing. So no function can take an unknown for a value.

use super::value::{Gaps, Val, gaps_of, no_gaps};
use crate::fact::{CANDIDATES_MAX, TextPart, Value};

/// An operand as a function sees it.
#[derive(Clone, Copy)]
pub(super) enum Operand<'v> {
    /// Exactly this.
    Is(&'v Value),
    /// A number between two bounds, both included.
    Between(f64, f64),
    /// A text with gaps.
    Text(&'v [TextPart]),
    /// A table or a process: known, but no plain value.
    Other,
}

impl Operand<'_> {
    /// The smallest and the largest number that it can be.
    pub(super) fn bounds(self) -> Option<(f64, f64)> {
        match self {
            Self::Is(value) => value.as_number().map(|it| (it, it)),
            Self::Between(min, max) => Some((min, max)),
            Self::Text(_) | Self::Other => None,
        }
    }
}

/// What a function works out, before it is known what is missing in its operands.
pub(super) enum Computed {
    /// Exactly this.
    Is(Value),
    /// A number between two bounds.
    Between(f64, f64),
    /// A text, perhaps with gaps.
    Text(Vec<TextPart>),
}

impl Computed {
    pub(super) fn bool(value: bool) -> Self {
        Self::Is(Value::Bool(value))
    }

    /// A number, exact when its bounds meet. `None` when they are no numbers.
    pub(super) fn number((min, max): (f64, f64)) -> Option<Self> {
        match min == max {
            true => Some(Self::Is(Value::of_number(min))),
            false => (min < max).then_some(Self::Between(min, max)),
        }
    }
}

/// A function's answer. `None`: what is known of the operands does not decide it, or, where all of
/// them are known exactly, it means nothing for such values. An error is the rule's own.
pub(super) type Answer = Result<Option<Computed>, String>;

/// Computes a function of one operand.
pub(super) fn map<'a>(
    operand: &Val<'a>,
    compute: impl Fn(Operand<'_>) -> Option<Computed>,
) -> Val<'a> {
    let computed = combine(&[operand], &|operands| match operands {
        [it] => Ok(compute(*it)),
        _ => Ok(None),
    });
    // This function has no errors.
    computed.unwrap_or(Val::NotApplicable)
}

/// Computes a function of one operand that looks into lists: for each candidate, where the operand
/// is one of few.
pub(super) fn each<'a>(operand: &Val<'a>, mut compute: impl FnMut(&Val<'a>) -> Val<'a>) -> Val<'a> {
    let Val::OneOf(values, gaps) = operand else { return compute(operand) };
    let results: Vec<_> = values.iter().map(|it| compute(&Val::Known(it.clone()))).collect();
    join(&results, gaps.clone())
}

/// Computes a function of two operands.
pub(super) fn map2<'a>(
    left: &Val<'a>,
    right: &Val<'a>,
    compute: impl Fn(Operand<'_>, Operand<'_>) -> Option<Computed>,
) -> Val<'a> {
    try_map2(left, right, |a, b| Ok(compute(a, b))).unwrap_or(Val::NotApplicable)
}

/// Computes a function of two operands that some values have no answer to. That is an error only
/// where the operands are known exactly: otherwise it may be that these values never meet.
pub(super) fn try_map2<'a>(
    left: &Val<'a>,
    right: &Val<'a>,
    compute: impl Fn(Operand<'_>, Operand<'_>) -> Answer,
) -> Result<Val<'a>, String> {
    combine(&[left, right], &|operands| match operands {
        [a, b] => compute(*a, *b),
        _ => Ok(None),
    })
}

fn combine<'a>(
    operands: &[&Val<'a>],
    compute: &dyn Fn(&[Operand<'_>]) -> Answer,
) -> Result<Val<'a>, String> {
    if operands.iter().any(|it| matches!(it, Val::NotApplicable)) {
        return Ok(Val::NotApplicable);
    }
    if let Some(answer) = of_known(operands, compute) {
        return answer;
    }
    let gaps = gaps_of(operands.iter().copied());
    let cases: Option<Vec<_>> = operands.iter().map(|it| cases(it)).collect();
    let Some(cases) = cases else { return Ok(Val::Unknown(gaps)) };
    if cases.iter().map(Vec::len).product::<usize>() > CANDIDATES_MAX * CANDIDATES_MAX {
        return Ok(Val::Unknown(gaps));
    }
    let mut results = Vec::new();
    for case in product(&cases) {
        let is_exact = case.iter().all(|it| matches!(it, Operand::Is(_) | Operand::Other));
        results.push(match compute(&case) {
            Ok(Some(computed)) => computed_val(computed, &gaps),
            Ok(None) if is_exact => Val::NotApplicable,
            Err(error) if operands.iter().all(|it| !it.is_open()) => return Err(error),
            Ok(None) | Err(_) => Val::Unknown(gaps.clone()),
        });
    }
    Ok(join(&results, gaps))
}

/// The same for operands that are known exactly, which most are: there is one case then.
fn of_known<'a>(
    operands: &[&Val<'a>],
    compute: &dyn Fn(&[Operand<'_>]) -> Answer,
) -> Option<Result<Val<'a>, String>> {
    let computed = match operands {
        [Val::Known(it)] => compute(&[Operand::Is(it)]),
        [Val::Known(a), Val::Known(b)] => compute(&[Operand::Is(a), Operand::Is(b)]),
        _ => return None,
    };
    Some(computed.map(|it| it.map_or(Val::NotApplicable, |it| computed_val(it, &no_gaps()))))
}

/// The values that an operand may have; `None` when it may have any.
fn cases<'v>(operand: &'v Val<'_>) -> Option<Vec<Operand<'v>>> {
    Some(match operand {
        Val::Known(value) => vec![Operand::Is(value)],
        Val::OneOf(values, _) => values.iter().map(Operand::Is).collect(),
        Val::Range(min, max, _) => vec![Operand::Between(*min, *max)],
        Val::Pattern(parts, _) => vec![Operand::Text(parts)],
        Val::List(_) | Val::Node(_) | Val::Process(_) => vec![Operand::Other],
        Val::Unknown(_) | Val::NotApplicable => return None,
    })
}

/// Every choice of one case for each operand.
fn product<'v>(cases: &[Vec<Operand<'v>>]) -> Vec<Vec<Operand<'v>>> {
    let mut all = vec![Vec::new()];
    for operand in cases {
        let longer = |begun: &Vec<Operand<'v>>, it: &Operand<'v>| {
            begun.iter().copied().chain([*it]).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(|begun| operand.iter().map(|it| longer(begun, it))).collect();
    }
    all
}

fn computed_val<'a>(computed: Computed, gaps: &Gaps) -> Val<'a> {
    match computed {
        Computed::Is(value) => Val::Known(value),
        Computed::Between(min, max) => Val::between(min, max, gaps.clone()),
        Computed::Text(parts) => pattern(parts, gaps.clone()),
    }
}

/// A text of these parts, which is plain text when no part is missing.
fn pattern<'a>(parts: Vec<TextPart>, gaps: Gaps) -> Val<'a> {
    let mut text = String::new();
    for part in &parts {
        match part {
            TextPart::Known(known) => text.push_str(known),
            TextPart::Unknown(_) => return Val::Pattern(parts, gaps),
        }
    }
    Val::text(text)
}

/// One of several results, where it is not known which: what they agree on.
pub(super) fn join<'a>(results: &[Val<'a>], gaps: Gaps) -> Val<'a> {
    if let [only] = results {
        return only.clone();
    }
    if results.iter().all(|it| matches!(it, Val::NotApplicable)) {
        return Val::NotApplicable;
    }
    let mut values: Vec<Value> = Vec::new();
    for result in results {
        let plain = match result {
            Val::Known(value) => std::slice::from_ref(value),
            Val::OneOf(values, _) => values,
            _ => return hull(results, gaps),
        };
        for value in plain {
            if !values.iter().any(|it| it.is_same(value)) {
                values.push(value.clone());
            }
        }
    }
    match values.len() {
        1 => Val::Known(values.remove(0)),
        2..=CANDIDATES_MAX => Val::OneOf(values, gaps),
        _ => hull(results, gaps),
    }
}

/// The smallest range that holds all of these; unknown when one is not a number.
fn hull<'a>(results: &[Val<'a>], gaps: Gaps) -> Val<'a> {
    let mut all = Vec::new();
    for result in results {
        let Some(cases) = cases(result) else { return Val::Unknown(gaps) };
        for case in cases {
            let Some(bounds) = case.bounds() else { return Val::Unknown(gaps) };
            all.push(bounds);
        }
    }
    match all.into_iter().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) {
        Some((min, max)) => Val::between(min, max, gaps),
        None => Val::Unknown(gaps),
    }
}

/// Whether any of these is true. What does not apply is left out.
pub(super) fn any<'a>(results: impl IntoIterator<Item = Val<'a>>) -> Val<'a> {
    settled(true, results)
}

/// Whether all of these are true. What does not apply is left out.
pub(super) fn all<'a>(results: impl IntoIterator<Item = Val<'a>>) -> Val<'a> {
    settled(false, results)
}

/// One result that is `settling` settles it; otherwise each must be known.
fn settled<'a>(settling: bool, results: impl IntoIterator<Item = Val<'a>>) -> Val<'a> {
    let mut open = Vec::new();
    for result in results {
        match result.truth() {
            Some(it) if it == settling => return result,
            // What is known and neither true nor false, such as null, does not apply either.
            _ if result.is_open() => open.push(result),
            _ => {}
        }
    }
    match open.is_empty() {
        true => Val::bool(!settling),
        false => Val::unknown_of(&open),
    }
}
