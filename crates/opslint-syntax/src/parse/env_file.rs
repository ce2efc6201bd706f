//! Files of environment variables: `NAME=value`, a line each.
//!
//! Sources: compose-go, `dotenv/parser.go`; systemd.exec(5), `EnvironmentFile=`.

/// Whose rules a file follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// `env_file` of compose: `export`, quotes, comments behind values, `$NAME` filled in.
    Compose,
    /// The same with `format: raw`: everything behind `=` is the value.
    Raw,
    /// `EnvironmentFile=` of systemd: quotes, lines that go on, comments on lines of their own.
    Systemd,
}

/// A variable that a file sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its name.
    pub name: String,
    /// Its value; `None` when it depends on what is not in the file.
    pub value: Option<String>,
    /// The line on which its name stands, from 1.
    pub line: usize,
}

/// What a file sets, in its order. What is no assignment is left out: programs ignore it or stop.
pub fn assignments(text: &str, flavour: Flavour) -> Vec<Assignment> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((idx, line)) = lines.next() {
        let mut logical = line.trim_start().to_owned();
        if logical.is_empty() || logical.starts_with('#') || is_comment(&logical, flavour) {
            continue;
        }
        // A quote that is open, or a backslash at the end, takes the next line in.
        while goes_on(&logical, flavour) {
            let Some((_, next)) = lines.next() else { break };
            if flavour == Flavour::Systemd && logical.ends_with('\\') {
                logical.pop();
            } else {
                logical.push('\n');
            }
            logical.push_str(next);
        }
        found.extend(assignment(&logical, flavour, idx + 1));
    }
    found
}

fn is_comment(line: &str, flavour: Flavour) -> bool {
    flavour == Flavour::Systemd && line.starts_with(';')
}

/// The quote that a value begins with and does not end.
fn goes_on(line: &str, flavour: Flavour) -> bool {
    let Some((_, value)) = line.split_once('=') else { return false };
    let value = value.trim_start();
    match (flavour, value.chars().next()) {
        (Flavour::Raw, _) => false,
        (_, Some(quote @ ('"' | '\''))) => closing(value, quote).is_none(),
        (Flavour::Systemd, _) => line.ends_with('\\'),
        (Flavour::Compose, _) => false,
    }
}

/// The place of the quote that ends a value.
fn closing(value: &str, quote: char) -> Option<usize> {
    let mut chars = value.char_indices().skip(1);
    while let Some((idx, it)) = chars.next() {
        match it {
            '\\' => {
                chars.next();
            }
            it if it == quote => return Some(idx),
            _ => {}
        }
    }
    None
}

fn assignment(line: &str, flavour: Flavour, number: usize) -> Option<Assignment> {
    let line = match flavour {
        Flavour::Compose => {
            let rest = line.strip_prefix("export").filter(|it| it.starts_with([' ', '\t']));
            rest.map_or(line, str::trim_start)
        }
        Flavour::Raw | Flavour::Systemd => line,
    };
    let is_name = |it: &str| {
        let is_part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '.' | '-');
        !it.is_empty() && it.chars().all(is_part)
    };
    let found = |name: &str, value| Assignment { name: name.to_owned(), value, line: number };
    let Some((name, value)) = line.split_once('=') else {
        // A name alone takes the value that whoever starts it has.
        let name = line.trim_end();
        let is_alone = flavour != Flavour::Systemd && is_name(name);
        return is_alone.then(|| found(name, None));
    };
    let name = name.trim_end();
    is_name(name).then(|| found(name, self::value(value, flavour)))
}

/// What a value comes to. Escapes and variables are not followed.
fn value(text: &str, flavour: Flavour) -> Option<String> {
    if flavour == Flavour::Raw {
        return Some(text.to_owned());
    }
    let text = text.trim_start_matches([' ', '\t']);
    let quote = text.chars().next().filter(|it| matches!(it, '"' | '\''));
    let (inner, behind) = match quote {
        Some(quote) => {
            let end = closing(text, quote)?;
            (&text[1..end], text[end + 1..].trim())
        }
        None => {
            let comment = match flavour {
                Flavour::Compose => text.find(" #").or_else(|| text.find("\t#")),
                _ => None,
            };
            let is_empty = flavour == Flavour::Compose && text.starts_with('#');
            let end = if is_empty { Some(0) } else { comment };
            (text[..end.unwrap_or(text.len())].trim_end(), "")
        }
    };
    let is_filled_in = flavour == Flavour::Compose && quote != Some('\'') && inner.contains('$');
    let is_escaped = inner.contains('\\');
    // Behind a quote, systemd goes on with the value.
    let is_more = !(behind.is_empty() || flavour == Flavour::Compose && behind.starts_with('#'));
    (!is_filled_in && !is_escaped && !is_more).then(|| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, flavour: Flavour) -> Vec<(String, Option<String>)> {
        assignments(text, flavour).into_iter().map(|it| (it.name, it.value)).collect()
    }

    #[track_caller]
    fn check(text: &str, flavour: Flavour, name: &str, value: Option<&str>) {
        let expected = vec![(name.to_owned(), value.map(str::to_owned))];
        assert_eq!(read(text, flavour), expected, "{text}");
    }

    #[test]
    fn compose_takes_quotes_and_comments_off() {
        use Flavour::Compose;
        check("A=1", Compose, "A", Some("1"));
        check("  export A = b c  ", Compose, "A", Some("b c"));
        check("A=b # c", Compose, "A", Some("b"));
        check("A=b#c", Compose, "A", Some("b#c"));
        check("A='b # $c' # d", Compose, "A", Some("b # $c"));
        check("A=\"b c\"", Compose, "A", Some("b c"));
        check("A=", Compose, "A", Some(""));
        check("A=# c", Compose, "A", Some(""));
        check("A", Compose, "A", None);
        check("A=$B", Compose, "A", None);
        check("A=\"x${B}\"", Compose, "A", None);
        check("A=\"x\\ny\"", Compose, "A", None);
        check("A='x\ny'", Compose, "A", Some("x\ny"));
        assert_eq!(read("# A=1\n\nnot a name=1\n", Compose), []);
    }

    #[test]
    fn a_raw_file_has_values_as_they_are() {
        check("A='b' # $c", Flavour::Raw, "A", Some("'b' # $c"));
    }

    #[test]
    fn systemd_fills_in_nothing() {
        use Flavour::Systemd;
        check("A=$B", Systemd, "A", Some("$B"));
        check("A=b # c", Systemd, "A", Some("b # c"));
        check("A=\"b c\"", Systemd, "A", Some("b c"));
        check("A=b \\\nc", Systemd, "A", Some("b c"));
        check("A='b'c", Systemd, "A", None);
        assert_eq!(read("; A=1\n# B=2\nexport C=3\nD\n", Systemd), []);
    }

    #[test]
    fn every_prefix_is_read() {
        let text = "A='é\n\"B=\\\nexport C: 1\n=x\nD=\"é\\\"\"\n";
        for flavour in [Flavour::Compose, Flavour::Raw, Flavour::Systemd] {
            for (idx, _) in text.char_indices() {
                let _ = assignments(&text[..idx], flavour);
                let _ = assignments(&text[idx..], flavour);
            }
        }
    }
}
