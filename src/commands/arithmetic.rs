//! Whole-number expressions of `$((…))`, `((…))` and `let`.

/// The variables that an expression reads and assigns.
pub(super) trait Variables {
    /// The number a variable has; `None` when that is not known.
    fn get(&self, name: &str) -> Option<i64>;
    /// `name = value`.
    fn set(&mut self, name: &str, value: i64);
}

/// The value of an expression; `None` for what is not understood, a division by zero, an overflow,
/// or a variable that is not known. What is assigned until then stays assigned.
pub(super) fn evaluate(text: &str, variables: &mut dyn Variables) -> Option<i64> {
    // What stands behind these may not be evaluated, and then it assigns nothing.
    if !assigned(text).is_empty() && ["&&", "||", "?"].iter().any(|it| text.contains(it)) {
        return None;
    }
    let mut parser = Parser { rest: text, variables, depth: 0 };
    let value = parser.list()?;
    parser.skip();
    parser.rest.is_empty().then_some(value)
}

/// The names that an expression may assign something to.
pub(super) fn assigned(text: &str) -> Vec<&str> {
    // Every sign that compares, and then every sign that assigns, holds an equals sign.
    let shifts = text.replace("<<=", "=").replace(">>=", "=");
    let compares = ["==", "!=", "<=", ">="];
    let rest = compares.iter().fold(shifts, |text, it| text.replace(it, " "));
    if !rest.contains('=') && !text.contains("++") && !text.contains("--") {
        return Vec::new();
    }
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let words = text.split(|it| !is_name(it));
    words.filter(|it| it.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')).collect()
}

struct Parser<'t, 'v> {
    rest: &'t str,
    variables: &'v mut dyn Variables,
    depth: usize,
}

/// Binary operators, loosest first; operators of one row bind alike.
const OPERATORS: &[&[&str]] = &[
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

/// Operators that assign, and what they do first.
const ASSIGNMENTS: [(&str, &str); 11] = [
    ("<<=", "<<"),
    (">>=", ">>"),
    ("+=", "+"),
    ("-=", "-"),
    ("*=", "*"),
    ("/=", "/"),
    ("%=", "%"),
    ("&=", "&"),
    ("|=", "|"),
    ("^=", "^"),
    ("=", ""),
];

const DEPTH_MAX: usize = 32;

impl<'t> Parser<'t, '_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes a binary operator, unless what comes next is a longer one.
    fn take_operator(&mut self, token: &str) -> bool {
        self.skip();
        let Some(rest) = self.rest.strip_prefix(token) else { return false };
        let longer: &[char] = match token {
            "|" => &['|', '='],
            "&" => &['&', '='],
            "<" => &['<'],
            ">" => &['>'],
            "+" => &['+', '='],
            "-" => &['-', '='],
            "*" => &['*', '='],
            "/" | "%" | "^" | "<<" | ">>" => &['='],
            _ => &[],
        };
        if rest.starts_with(longer) {
            return false;
        }
        self.rest = rest;
        true
    }

    /// Expressions between commas; the last one counts.
    fn list(&mut self) -> Option<i64> {
        let mut value = self.assignment()?;
        while self.take(",") {
            value = self.assignment()?;
        }
        Some(value)
    }

    fn assignment(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let value = match self.target() {
            Some((name, operator)) => {
                let right = self.assignment()?;
                let value = match operator {
                    "" => right,
                    operator => apply(operator, self.variables.get(name)?, right)?,
                };
                self.variables.set(name, value);
                Some(value)
            }
            None => self.conditional(),
        };
        self.depth -= 1;
        value
    }

    /// `name =`, with what is done before it is assigned.
    fn target(&mut self) -> Option<(&'t str, &'static str)> {
        self.skip();
        let before = self.rest;
        let name = self.word();
        let is_name = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
        self.skip();
        let operator = ASSIGNMENTS.iter().find(|(it, _)| self.rest.starts_with(it));
        match operator {
            Some((sign, first)) if is_name && !self.rest.starts_with("==") => {
                self.rest = &self.rest[sign.len()..];
                Some((name, first))
            }
            _ => {
                self.rest = before;
                None
            }
        }
    }

    /// The letters, digits and underscores that come next.
    fn word(&mut self) -> &'t str {
        self.skip();
        let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let len = self.rest.find(|it| !is_word(it)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(len);
        self.rest = rest;
        word
    }

    fn conditional(&mut self) -> Option<i64> {
        let condition = self.binary(0)?;
        if !self.take("?") {
            return Some(condition);
        }
        let yes = self.assignment()?;
        let no = if self.take(":") { self.assignment()? } else { return None };
        Some(if condition != 0 { yes } else { no })
    }

    fn binary(&mut self, level: usize) -> Option<i64> {
        let Some(operators) = OPERATORS.get(level) else { return self.power() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = operators.iter().find(|it| self.take_operator(it)) {
            let right = self.binary(level + 1)?;
            left = apply(operator, left, right)?;
        }
        Some(left)
    }

    fn power(&mut self) -> Option<i64> {
        let base = self.unary()?;
        if !self.take("**") {
            return Some(base);
        }
        let exponent = u32::try_from(self.power()?).ok()?;
        base.checked_pow(exponent)
    }

    fn unary(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let value = if self.take("++") {
            self.step(1)
        } else if self.take("--") {
            self.step(-1)
        } else if self.take("-") {
            self.unary()?.checked_neg()
        } else if self.take("+") {
            self.unary()
        } else if self.take("!") {
            Some(i64::from(self.unary()? == 0))
        } else if self.take("~") {
            Some(!self.unary()?)
        } else {
            self.primary()
        };
        self.depth -= 1;
        value
    }

    /// `++name` and `--name`.
    fn step(&mut self, by: i64) -> Option<i64> {
        let name = self.word();
        let value = self.variable(name)?.checked_add(by)?;
        self.variables.set(name, value);
        Some(value)
    }

    fn variable(&self, name: &str) -> Option<i64> {
        let is_name = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
        if is_name { self.variables.get(name) } else { None }
    }

    fn primary(&mut self) -> Option<i64> {
        if self.take("(") {
            let value = self.list()?;
            return self.take(")").then_some(value);
        }
        let word = self.word();
        match word.bytes().next()? {
            b'0' if word.starts_with("0x") || word.starts_with("0X") => {
                i64::from_str_radix(&word[2..], 16).ok()
            }
            b'0' if word.len() > 1 => i64::from_str_radix(&word[1..], 8).ok(),
            b'0'..=b'9' => word.parse().ok(),
            _ => {
                let value = self.variable(word)?;
                for (sign, by) in [("++", 1), ("--", -1)] {
                    if self.take(sign) {
                        self.variables.set(word, value.checked_add(by)?);
                    }
                }
                Some(value)
            }
        }
    }
}

fn apply(operator: &str, left: i64, right: i64) -> Option<i64> {
    match operator {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "/" => left.checked_div(right),
        "%" => left.checked_rem(right),
        "<<" => left.checked_shl(u32::try_from(right).ok()?),
        ">>" => left.checked_shr(u32::try_from(right).ok()?),
        "|" => Some(left | right),
        "^" => Some(left ^ right),
        "&" => Some(left & right),
        "<" => Some(i64::from(left < right)),
        ">" => Some(i64::from(left > right)),
        "<=" => Some(i64::from(left <= right)),
        ">=" => Some(i64::from(left >= right)),
        "==" => Some(i64::from(left == right)),
        "!=" => Some(i64::from(left != right)),
        "&&" => Some(i64::from(left != 0 && right != 0)),
        "||" => Some(i64::from(left != 0 || right != 0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    impl Variables for BTreeMap<String, i64> {
        fn get(&self, name: &str) -> Option<i64> {
            self.get(name).copied()
        }

        fn set(&mut self, name: &str, value: i64) {
            self.insert(name.to_owned(), value);
        }
    }

    fn run(text: &str) -> (Option<i64>, i64) {
        let mut variables = BTreeMap::from([("n".to_owned(), 4)]);
        let value = evaluate(text, &mut variables);
        (value, variables["n"])
    }

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(run(text).0, expected, "{text}");
    }

    #[test]
    fn operators_bind_as_in_c() {
        check("2 * n + 1", Some(2 * 4 + 1));
        check("1 + 2 * (3 - 5) / -1", Some(1 + 2 * (3 - 5) / -1));
        check("n > 3 && !0 ? 10 : 20", Some(10));
        check("7 % 4 == 3", Some(1));
        check("1 | 2 ^ 7 & 2 << 1", Some(1 | 2 ^ 7 & (2 << 1)));
        check("-2 ** 2 + ~n + 010 + 0x10", Some(4 - 5 + 8 + 16));
        check("1 == 1 != 0", Some(1));
    }

    #[test]
    fn assignments_change_variables() {
        for (text, value, n) in [
            ("n = 2", 2, 2),
            ("n += 3", 7, 7),
            ("n++", 4, 5),
            ("--n", 3, 3),
            ("n = n * 2 + 1", 9, 9),
            ("n <<= 1, n - 1", 7, 8),
            ("m = n -= 1", 3, 3),
        ] {
            assert_eq!(run(text), (Some(value), n), "{text}");
        }
    }

    #[test]
    fn names_that_may_change_are_told() {
        for (text, names) in [
            ("n == 2 && m <= 3", vec![]),
            ("n = m", vec!["n", "m"]),
            ("n++", vec!["n"]),
            ("a >= b, c <<= 1", vec!["a", "b", "c"]),
        ] {
            assert_eq!(assigned(text), names, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_has_no_value() {
        for text in ["", "1 +", "x", "1 / 0", "09", "9223372036854775807 + 1", "n[1] = 2", "2#1"] {
            check(text, None);
        }
        check("n || n++", None);
        check(&"(".repeat(1000), None);
        check(&"- ".repeat(1000), None);
        check(&"n = ".repeat(1000), None);
    }
}
