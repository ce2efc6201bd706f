//! Files that a build may make: a step may copy, print, link or load any file that it names.

/// Names that are kept of one build.
const NAMES_MAX: usize = 500;

/// The longest name of a file.
const NAME_MAX: usize = 64;

/// The names of files in the texts of steps, without their folders.
pub(super) fn names(steps: &[String]) -> Vec<String> {
    let is_between = |it: char| it.is_whitespace() || "\"'<>;&|=(){}$`,".contains(it);
    let words = steps.iter().flat_map(|it| it.split(is_between));
    let names = words.filter_map(|it| it.rsplit('/').next());
    let is_file = |it: &&str| {
        let stem = it.find('.').is_some_and(|at| at > 0 && at + 1 < it.len());
        stem && it.len() <= NAME_MAX && !it.starts_with('-')
    };
    let mut found: Vec<String> = names.filter(is_file).map(str::to_owned).collect();
    found.sort_unstable();
    found.dedup();
    found.truncate(NAMES_MAX);
    found
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn every_file_that_a_step_names_may_be_made_by_it() {
        let steps = [
            "cp deploy/gunicorn.conf.py . && ln -s x/puma.rb config/puma.rb",
            "echo 'bind=\"0.0.0.0:80\"' >> gunicorn.conf.py",
            "--from=conf /x/a.toml .",
            "curl -o.x https://example.com/b.ini . -- .hidden",
        ];
        let found = names(&steps.map(str::to_owned));
        for name in ["gunicorn.conf.py", "puma.rb", "a.toml", "b.ini"] {
            assert!(found.iter().any(|it| it == name), "{name}: {found:?}");
        }
        assert!(!found.iter().any(|it| it.starts_with(['.', '-'])), "{found:?}");
    }
}
