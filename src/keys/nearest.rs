//! The nearest known name, for "write …".

/// The name nearest to `name`, when it is near enough to be what was meant.
pub(super) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // `build-target`, `build_target` and `buildTarget` are one name in three fashions.
    let plain = |it: &str| it.to_lowercase().replace(['-', '_', ' '], "");
    let written = plain(name);
    let most = match written.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    let len = written.chars().count();
    // Names whose lengths differ by more are further apart than that.
    let may_be_near = |(plain, _): &(String, &str)| plain.chars().count().abs_diff(len) <= most;
    let names = names.into_iter().map(|it| (plain(it), it)).filter(may_be_near);
    let distances = names.map(|(plain, it)| (strsim::osa_distance(&written, &plain), it));
    distances.filter(|(distance, _)| *distance <= most).min().map(|(_, it)| it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["memory", "cpu_kind", "build-target", "pro plus", "cpus"];
        assert_eq!(nearest("memry", names), Some("memory"));
        assert_eq!(nearest("cpuKind", names), Some("cpu_kind"));
        assert_eq!(nearest("build_target", names), Some("build-target"));
        assert_eq!(nearest("pro-plus", names), Some("pro plus"));
        assert_eq!(nearest("cpu", names), Some("cpus"));
        assert_eq!(nearest("timeout", names), None);
        assert_eq!(nearest("x", names), None);
    }
}
