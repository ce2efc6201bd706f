//! What the condition of a rule shows of its needs, as Rust for the table of rules.
//!
//! Only the simplest forms are seen: parts joined by `&&` that compare a fact or a path of a file
//! with something written there. What is not seen is evaluated, so it is slower and never wrong.

/// The format that a path such as `file.fly.vm` or `file["app-json"].formation` starts in.
pub(crate) fn format(path: &str) -> Option<&str> {
    let rest = path.trim().strip_prefix("file")?;
    if let Some(quoted) = rest.strip_prefix("[\"") {
        return quoted.split_once('"').map(|(name, _)| name);
    }
    let name = rest.strip_prefix('.')?;
    let end = name.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
    Some(&name[..end.unwrap_or(name.len())])
}

/// The elements of `&[Need]` for a rule: of its condition, and of what it selects.
pub(crate) fn of(when: &str, select: &str) -> String {
    let elements = Some(select).filter(|it| it.contains("[*]")).and_then(format);
    let elements = elements.map(|it| format!("Need::Format({it:?}), "));
    elements.unwrap_or_default() + &of_condition(when)
}

fn of_condition(when: &str) -> String {
    let Some(parts) = parts(when.trim(), "&&") else { return String::new() };
    parts.into_iter().map(part).collect()
}

/// The parts that are joined by an operator. `None` where one that binds less stands between them.
fn parts<'a>(when: &'a str, operator: &str) -> Option<Vec<&'a str>> {
    let (mut depth, mut quote, mut start) = (0usize, None, 0);
    let mut parts = Vec::new();
    let mut bytes = when.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match (quote, byte) {
            // What a sign behind `\` means in a text does not matter, but it does not end it.
            (Some(_), b'\\') => drop(bytes.next()),
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => depth = depth.checked_sub(1)?,
            (None, b'?') if depth == 0 => return None,
            (None, b'&' | b'|') if depth == 0 && when[at..].starts_with(operator) => {
                parts.push(&when[start..at]);
                start = at + operator.len();
                bytes.next();
            }
            (None, b'|') if depth == 0 => return None,
            _ => {}
        }
    }
    parts.push(&when[start..]);
    Some(parts)
}

fn part(part: &str) -> String {
    let part = part.trim();
    if let Some(inner) = inside(part) {
        return match parts(inner, "&&") {
            Some(_) => of_condition(inner),
            None => one_of_several(inner).unwrap_or_default(),
        };
    }
    if let Some(need) = asked_of_fact(part) {
        return need;
    }
    if let Some(path) = part.strip_prefix("has(").and_then(|it| it.strip_suffix(')')) {
        // `has(a) == has(b)` begins and ends like this, too.
        let path = if path.contains(['(', ')']) { "" } else { path };
        return format(path).map_or_else(String::new, |it| format!("Need::Format({it:?}), "));
    }
    let (negated, rest) = match part.strip_prefix('!') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, part),
    };
    let (name, rest) = name(rest);
    let Some(is) = is(negated, rest.trim()).filter(|_| is_fact(name)) else {
        return String::new();
    };
    format!("Need::Fact {{ id: {}, is: {is} }}, ", id(name))
}

/// `has(fact)` and its kin.
fn asked_of_fact(part: &str) -> Option<String> {
    let (call, rest) = part.split_once('(')?;
    let is = match call {
        "has" => "Set",
        "known" => "Known",
        "written" => "Written",
        "certain" => "Certain",
        _ => return None,
    };
    let (fact, rest) = name(rest);
    (rest == ")" && is_fact(fact))
        .then(|| format!("Need::Fact {{ id: {}, is: Is::{is} }}, ", id(fact)))
}

/// Of alternatives that all ask for texts of the same fact, all these texts.
fn one_of_several(alternatives: &str) -> Option<String> {
    let mut fact = None;
    let mut texts = Vec::new();
    for it in parts(alternatives, "||")? {
        let mut it = it.trim();
        while let Some(inner) = inside(it) {
            it = inner.trim();
        }
        let (name, rest) = name(parts(it, "&&")?.first()?.trim());
        if !is_fact(name) || fact.is_some_and(|it| it != name) {
            return None;
        }
        fact = Some(name);
        texts.extend(self::texts(rest.trim())?);
    }
    Some(format!("Need::Fact {{ id: {}, is: Is::OneOf(&{texts:?}) }}, ", id(fact?)))
}

/// The fact, found in the vocabulary by the compiler.
fn id(name: &str) -> String {
    format!("const {{ FactId::known({name:?}) }}")
}

/// The dotted name that a text begins with, and what follows it.
fn name(text: &str) -> (&str, &str) {
    let end = text.find(|it: char| !it.is_ascii_alphanumeric() && !matches!(it, '_' | '.'));
    text.split_at(end.unwrap_or(text.len()))
}

/// Whether a name can be that of a fact: others are paths in files, or what a call is made on.
fn is_fact(name: &str) -> bool {
    let root = name.split('.').next().unwrap_or_default();
    !matches!(root, "" | "it" | "file" | "processes" | "true" | "false" | "null")
}

/// What the fact in front of this must be.
fn is(negated: bool, rest: &str) -> Option<String> {
    if rest.is_empty() {
        return Some(format!("Is::Bool({})", !negated));
    }
    if negated {
        return None;
    }
    if let Some(texts) = texts(rest) {
        return Some(format!("Is::OneOf(&{texts:?})"));
    }
    if let Some(text) = rest.strip_prefix("!=") {
        return literal(text.trim()).map(|it| format!("Is::Not({it:?})"));
    }
    let operators = [("<=", "LessEqual"), (">=", "GreaterEqual"), ("<", "Less"), (">", "Greater")];
    let (sign, operator) = operators.iter().find(|(sign, _)| rest.starts_with(sign))?;
    let number = rest[sign.len()..].trim();
    let is_number = number.starts_with(|it: char| it.is_ascii_digit())
        && number.chars().all(|it| it.is_ascii_digit() || it == '.');
    let number: f64 = number.parse().ok().filter(|_| is_number)?;
    Some(format!("Is::Order(BinaryOp::{operator}, {number:?})"))
}

/// The texts of `== "a"` and `in ["a", "b"]`.
fn texts(rest: &str) -> Option<Vec<&str>> {
    if let Some(text) = rest.strip_prefix("==") {
        return Some(vec![literal(text.trim())?]);
    }
    let list = rest.strip_prefix("in ")?.trim().strip_prefix('[')?.strip_suffix(']')?;
    list.split(',').map(|it| literal(it.trim())).collect()
}

/// A text in quotes without escapes.
fn literal(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains([quote, '\\'])).then_some(inner)
}

/// What stands in the brackets that a text consists of: `(a) && (b)` is none.
fn inside(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let mut depth = 0usize;
    for it in inner.chars() {
        match it {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    (depth == 0).then_some(inner)
}
