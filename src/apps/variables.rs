//! The variables of the environment that a line of Python reads.

/// What stands in front of the name of a variable. Frameworks read their own settings in the same
/// way, so `config["KEY"]` is none of them.
const READERS: &[&str] = &[
    "environ.get(",
    "environ[",
    "environ.pop(",
    "environ.setdefault(",
    "getenv(",
    "env(",
    "env.str(",
    "env.get(",
    "get_env(",
    "decouple.config(",
];

/// A call that reads a variable where it is a name of its own: `config("KEY")` of `decouple` and of
/// Starlette.
const ALONE: &str = "config(";

/// The names of the variables that a line reads, as far as they are written in it.
pub(super) fn read(line: &str) -> impl Iterator<Item = &str> {
    let code = line.split(" #").next().unwrap_or_default();
    let mut pieces = code.split(['"', '\'']);
    let first = pieces.next().unwrap_or_default();
    let mut before = first;
    let mut is_inside = true;
    pieces.filter_map(move |piece| {
        let quoted = is_inside.then_some((before, piece));
        (before, is_inside) = (piece, !is_inside);
        let (before, name) = quoted?;
        let before = before.trim_end();
        let is_read = READERS.iter().any(|it| before.ends_with(it)) || is_alone(before);
        let is_asked = before.is_empty() || before.ends_with("if") || before.ends_with("if not");
        let is_asked = is_asked && code.contains("in os.environ");
        (is_read || is_asked).then_some(name)
    })
}

fn is_alone(before: &str) -> bool {
    let rest = before.strip_suffix(ALONE);
    rest.is_some_and(|it| !it.ends_with(|it: char| it.is_alphanumeric() || "_.".contains(it)))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn names_of_variables_are_told_from_those_of_settings() {
        for (line, expected) in [
            (r#"KEY = os.environ.get("KEY") or token_hex()"#, &["KEY"][..]),
            (r#"app.secret_key = os.environ.get('A', os.environ["B"])"#, &["A", "B"]),
            (r#"KEY = config("KEY", default=token_hex())"#, &["KEY"]),
            (r#"KEY = env.str( "KEY", "x")"#, &["KEY"]),
            (r#"app.config["KEY"] = os.urandom(24)"#, &[]),
            (r#"KEY = app.config.get("KEY")"#, &[]),
            (r#"KEY = token_hex() # environ["KEY"]"#, &[]),
            (r#"KEY = os.environ["KEY"] if "KEY" in os.environ else x()"#, &["KEY", "KEY"]),
            ("KEY = os.environ[\"", &[""]),
        ] {
            let found: Vec<&str> = read(line).collect();
            assert_eq!(found, expected, "{line}");
        }
    }
}
