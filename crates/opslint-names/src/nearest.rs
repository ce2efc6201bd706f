//! The name that somebody who mistyped may have meant.

/// The nearest of the known names; `None` when none is near. Of equally near ones, the first.
///
/// `build-target`, `build_target` and `BuildTarget` are one name in three fashions.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    let near = nearest_at(name, known.iter().copied()).map(|(_, it)| it);
    // `machine.memory` for `machine.memory_mb`: the beginning of one name only.
    let is_longer = |it: &&str| name.len() >= 3 && it.starts_with(name);
    let written = words(name);
    let has_same_words = |it: &&str| written.len() > 1 && words(it) == written;
    near.or_else(|| only(known.iter().copied().filter(is_longer)))
        .or_else(|| only(known.iter().copied().filter(has_same_words)))
}

/// The element, where there is one alone.
fn only<T>(mut elements: impl Iterator<Item = T>) -> Option<T> {
    elements.next().filter(|_| elements.next().is_none())
}

/// The words of a name in the order of letters and without a plural: `auto_machine_stop` and
/// `auto_stop_machines` have the same.
fn words(name: &str) -> Vec<String> {
    let mut spaced = String::new();
    for it in name.chars() {
        if it.is_uppercase() && spaced.ends_with(char::is_lowercase) {
            spaced.push(' ');
        }
        spaced.push(it);
    }
    let parts = spaced.split(['-', '_', ' ', '.']).filter(|it| !it.is_empty());
    let singular = |it: String| it.strip_suffix('s').map(str::to_owned).unwrap_or(it);
    let mut words: Vec<String> = parts.map(|it| singular(it.to_lowercase())).collect();
    words.sort();
    words
}

/// The nearest of the known names that are near, and how far it is.
fn nearest_at<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<(usize, &'a str)> {
    let written = plain(name);
    // About a third of the letters may be wrong: with more, the suggestion is a guess. A prefix
    // such as `machine.` is shared by many names and proves nothing.
    let leaf = written.rsplit('.').next().unwrap_or(&written);
    let distance_max = match leaf.chars().count() {
        0..=1 => 0,
        2..=5 => 1,
        6..=8 => 2,
        _ => 3,
    };
    let len = written.chars().count();
    known
        .into_iter()
        .map(|it| (plain(it), it))
        // Names whose lengths differ by more are further apart than that.
        .filter(|(plain, _)| plain.chars().count().abs_diff(len) <= distance_max)
        .map(|(plain, it)| (strsim::osa_distance(&written, &plain), it))
        .filter(|(distance, _)| *distance <= distance_max)
        .min_by_key(|(distance, _)| *distance)
}

/// Whether nothing else is as near to a name as `near`, and digits are the same: `2x` for `3x` is
/// another size and no slip.
pub fn is_clear<'a>(name: &str, near: &str, known: impl IntoIterator<Item = &'a str>) -> bool {
    let digits = |it: &str| it.chars().filter(char::is_ascii_digit).collect::<String>();
    let others = known.into_iter().filter(|it| *it != near);
    digits(name) == digits(near)
        && nearest_at(name, others)
            .is_none_or(|(distance, _)| distance > strsim::osa_distance(&plain(name), &plain(near)))
}

/// Whether two names differ only in their fashion: `build-target`, `build_target`, `BuildTarget`.
pub fn is_same_name(a: &str, b: &str) -> bool {
    plain(a) == plain(b)
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace(['-', '_', ' '], "")
}

/// "did you mean `x`?", or what is known when nothing is near.
pub fn did_you_mean(name: &str, known: &[&str]) -> Option<String> {
    /// More names than this are no help.
    const LISTED_MAX: usize = 12;
    match nearest(name, known.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if known.is_empty() || known.len() > LISTED_MAX => None,
        None => Some(format!("known: {}", quoted(known))),
    }
}

/// Names in code quotes with commas between.
fn quoted(names: &[&str]) -> String {
    names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let names = ["memory", "cpu_kind", "build-target", "pro plus", "cpus", "workers"];
        for (name, expect) in [
            ("memry", Some("memory")),
            ("cpuKind", Some("cpu_kind")),
            ("build_target", Some("build-target")),
            ("pro-plus", Some("pro plus")),
            ("cpu", Some("cpus")),
            ("wokers", Some("workers")),
            ("Workers", Some("workers")),
            ("timeout", None),
            ("plan", None),
            ("x", None),
        ] {
            assert_eq!(nearest(name, names), expect, "{name}");
        }
    }

    #[test]
    fn words_in_another_order_are_the_same_name() {
        let names = ["auto_stop_machines", "auto_start_machines", "min_machines_running"];
        for (name, expect) in [
            ("auto_machine_stop", Some("auto_stop_machines")),
            ("auto_machine_start", Some("auto_start_machines")),
            ("machines_min_running", Some("min_machines_running")),
            ("machinesMinRunning", Some("min_machines_running")),
            ("machines_max_running", None),
            ("machines", None),
        ] {
            assert_eq!(nearest(name, names), expect, "{name}");
        }
        assert_eq!(nearest("beta_alpha_gamma", ["alpha_beta_gamma", "gamma_beta_alpha"]), None);
    }

    #[test]
    fn a_shared_prefix_proves_nothing() {
        let names = ["machine.memory_mb", "machine.cpus"];
        assert_eq!(nearest("machine.swap", names), None);
        assert_eq!(nearest("machine.memory", names), Some("machine.memory_mb"));
        assert_eq!(nearest("machine.cpu", names), Some("machine.cpus"));
    }

    #[test]
    fn a_few_names_are_listed_where_none_is_near() {
        let known = ["workers", "threads"];
        assert_eq!(did_you_mean("plan", &known).as_deref(), Some("known: `workers`, `threads`"));
        assert_eq!(did_you_mean("plan", &[]), None);
    }
}
