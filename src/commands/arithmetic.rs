//! Whole-number expressions of `$((…))`.

/// The value of an expression; `None` for what is not understood, a division by zero, an overflow,
/// or a name that `lookup` does not know.
pub(super) fn evaluate(text: &str, lookup: &dyn Fn(&str) -> Option<i64>) -> Option<i64> {
    let mut parser = Parser { rest: text, lookup, depth: 0 };
    let value = parser.conditional()?;
    parser.skip();
    parser.rest.is_empty().then_some(value)
}

struct Parser<'a> {
    rest: &'a str,
    lookup: &'a dyn Fn(&str) -> Option<i64>,
    depth: usize,
}

/// Binary operators, loosest first; operators of one row bind alike.
const OPERATORS: &[&[&str]] =
    &[&["||"], &["&&"], &["=="], &["!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

const DEPTH_MAX: usize = 32;

impl Parser<'_> {
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

    fn conditional(&mut self) -> Option<i64> {
        let condition = self.binary(0)?;
        if !self.take("?") {
            return Some(condition);
        }
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let yes = self.conditional()?;
        let no = if self.take(":") { self.conditional()? } else { return None };
        self.depth -= 1;
        Some(if condition != 0 { yes } else { no })
    }

    fn binary(&mut self, level: usize) -> Option<i64> {
        let Some(operators) = OPERATORS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = operators.iter().find(|it| self.take(it)) {
            let right = self.binary(level + 1)?;
            left = apply(operator, left, right)?;
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let value = if self.take("-") {
            self.unary()?.checked_neg()
        } else if self.take("+") {
            self.unary()
        } else if self.take("!") {
            Some(i64::from(self.unary()? == 0))
        } else {
            self.primary()
        };
        self.depth -= 1;
        value
    }

    fn primary(&mut self) -> Option<i64> {
        if self.take("(") {
            let value = self.conditional()?;
            return self.take(")").then_some(value);
        }
        self.skip();
        let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let len = self.rest.find(|it| !is_word(it)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(len);
        self.rest = rest;
        match word.bytes().next()? {
            // A leading zero means octal: rare enough to be left unknown.
            b'0' if word.len() > 1 => None,
            b'0'..=b'9' => word.parse().ok(),
            _ => (self.lookup)(word),
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
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(evaluate(text, &|name| (name == "n").then_some(4)), expected, "{text}");
    }

    #[test]
    fn operators_bind_as_in_c() {
        check("2 * n + 1", Some(2 * 4 + 1));
        check("1 + 2 * (3 - 5) / -1", Some(1 + 2 * (3 - 5) / -1));
        check("n > 3 && !0 ? 10 : 20", Some(10));
        check("7 % 4 == 3", Some(1));
    }

    #[test]
    fn what_is_not_understood_has_no_value() {
        for text in ["", "1 +", "x", "1 / 0", "010", "9223372036854775807 + 1", "1 ** 2", "n = 2"] {
            check(text, None);
        }
        check(&"(".repeat(1000), None);
        check(&"- ".repeat(1000), None);
    }
}
