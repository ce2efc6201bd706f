//! The name that somebody who mistyped may have meant.

/// The nearest of the known names; `None` when none is near. Of equally near ones, the first.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A third of the letters may be wrong: with more, the suggestion is a guess. A prefix such as
    // `machine.` is shared by many names and proves nothing.
    let leaf = name.rsplit('.').next().unwrap_or(name);
    let distance_max = (leaf.chars().count() / 3).max(1);
    let lower = name.to_lowercase();
    let len = lower.chars().count();
    let known: Vec<&str> = known.into_iter().collect();
    // Names whose lengths differ by more are further apart than that.
    let may_be_near = |it: &&&str| it.chars().count().abs_diff(len) <= distance_max;
    let near = known
        .iter()
        .filter(may_be_near)
        .map(|it| (strsim::damerau_levenshtein(&lower, it), *it))
        .filter(|(distance, _)| *distance <= distance_max)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, it)| it);
    // `machine.memory` for `machine.memory_mb`: the beginning of one name only.
    let mut longer = known.iter().filter(|it| name.len() >= 3 && it.starts_with(name));
    near.or_else(|| longer.next().filter(|_| longer.next().is_none()).copied())
}

/// "did you mean `x`?", or what is known when nothing is near.
pub(crate) fn did_you_mean(name: &str, known: &[&str]) -> Option<String> {
    /// More names than this are no help.
    const LISTED_MAX: usize = 12;
    match nearest(name, known.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if known.is_empty() || known.len() > LISTED_MAX => None,
        None => Some(format!("known: {}", quoted(known))),
    }
}

/// Names in code quotes with commas between.
pub(crate) fn quoted(names: &[&str]) -> String {
    names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let known = ["workers", "threads"];
        assert_eq!(nearest("wokers", known), Some("workers"));
        assert_eq!(nearest("Workers", known), Some("workers"));
        assert_eq!(nearest("plan", known), None);
        assert_eq!(did_you_mean("plan", &known).as_deref(), Some("known: `workers`, `threads`"));
    }
}
