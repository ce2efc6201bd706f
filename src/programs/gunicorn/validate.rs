//! gunicorn's validators: what a setting makes of a Python value, or that it refuses it.
//!
//! What depends on the machine is unknown: whether a user, a file or a folder exists there.

use crate::fact::{TextPart, Unknown};
use crate::workspace;

use super::address;
use super::number::{self, Base, Parsed};
use super::object::Object;
use super::rows::RELOAD_ENGINES;
use super::table::{Check, Choice};

/// What a setting takes, in words that continue "it takes …": the value it got is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) String);

impl Refusal {
    fn takes(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

type Checked = Result<Object, Refusal>;

/// The value of a setting after its validator. `folder` is where gunicorn was started.
pub(super) fn validate(check: Check, value: Object, folder: &str) -> Checked {
    if let Object::Unknown(_) = value {
        return Ok(value);
    }
    // `int(b"4", 0)` is 4, and what has elements may be a list of texts.
    let texts = matches!(check, Check::TextList | Check::FileList);
    let open = match value {
        Object::Bytes => texts || matches!(check, Check::Count | Check::User | Check::Group),
        Object::Library(_) => texts,
        Object::Mapping => texts || check == Check::Dict,
        _ => false,
    };
    if let Some(unknown) = value.unknown().filter(|_| open) {
        return Ok(Object::Unknown(unknown));
    }
    match check {
        Check::Text => text(value),
        Check::Bool => boolean(value),
        Check::Count => count(value, 0, i64::MAX),
        Check::CountIn(min, max) => count(value, min, max),
        Check::TextList | Check::FileList => text_list(value),
        Check::AddressList => address_list(value),
        Check::NameList => name_list(value),
        Check::Class => class(value),
        Check::Dict => dict(value),
        Check::Hook(arity) => hook(value, usize::from(arity)),
        Check::PostRequest => post_request(value),
        Check::User => owner(value, "user"),
        Check::Group => owner(value, "group"),
        Check::Folder => existing_folder(value, folder),
        Check::StatsdAddress => statsd_address(value),
        Check::ReloadEngine => reload_engine(value),
        Check::Protocols => protocols(value),
        Check::Choice(choice) => one_of(value, choice),
        Check::Ignored => Ok(value),
    }
}

fn text(value: Object) -> Checked {
    match value {
        Object::None | Object::Unknown(_) => Ok(value),
        Object::Text(it) => Ok(Object::Text(it.trim().to_owned())),
        Object::Pattern(parts) => Ok(Object::Pattern(trimmed(parts))),
        _ => Err(Refusal::takes("a text or None")),
    }
}

fn trimmed(mut parts: Vec<TextPart>) -> Vec<TextPart> {
    if let Some(TextPart::Known(it)) = parts.first_mut() {
        *it = it.trim_start().to_owned();
    }
    if let Some(TextPart::Known(it)) = parts.last_mut() {
        *it = it.trim_end().to_owned();
    }
    parts
}

fn boolean(value: Object) -> Checked {
    match value {
        Object::None | Object::Bool(_) => Ok(value),
        Object::Pattern(parts) => Ok(undecided(&parts)),
        Object::Text(it) => match it.trim().to_lowercase().as_str() {
            "true" => Ok(Object::Bool(true)),
            "false" => Ok(Object::Bool(false)),
            _ => Err(Refusal::takes("True, False, or one of these words as a text")),
        },
        _ => Err(Refusal::takes("True or False")),
    }
}

fn count(value: Object, min: i64, max: i64) -> Checked {
    let number = match value {
        Object::Int(it) => it,
        Object::Bool(it) => i64::from(it),
        Object::Pattern(parts) => return Ok(undecided(&parts)),
        Object::Range(i64::MIN, i64::MAX) => {
            return Ok(Object::Unknown(Unknown::because("the number is not known")));
        }
        Object::Range(a, b) if b < min || a > max => return Err(count_refusal(min, max)),
        Object::Range(a, b) => return Ok(Object::Range(a.max(min), b.min(max))),
        Object::Text(it) => match number::parse(&it, Base::Any) {
            Parsed::Int(it) => it,
            Parsed::Huge => {
                return Ok(Object::Unknown(Unknown::because("the number is too large")));
            }
            Parsed::Not => return Err(count_refusal(min, max)),
        },
        _ => return Err(count_refusal(min, max)),
    };
    let fits = (min..=max).contains(&number);
    if fits { Ok(Object::Int(number)) } else { Err(count_refusal(min, max)) }
}

pub(super) fn count_refusal(min: i64, max: i64) -> Refusal {
    Refusal::takes(match max {
        i64::MAX => format!("a whole number, {min} or more"),
        max => format!("a whole number from {min} to {max}"),
    })
}

fn text_list(value: Object) -> Checked {
    let items = match value {
        Object::None | Object::Bool(false) | Object::Int(0) => return Ok(Object::List(Vec::new())),
        Object::Text(it) if it.is_empty() => return Ok(Object::List(Vec::new())),
        Object::Text(_) | Object::Pattern(_) => vec![value],
        Object::List(items) => items,
        Object::Dict(pairs) => pairs.into_iter().map(|(key, _)| key).collect(),
        _ => return Err(Refusal::takes("a text or a list of texts")),
    };
    let items = items.into_iter().map(text).collect::<Result<_, _>>();
    items.map(Object::List).map_err(|_| Refusal::takes("a text or a list of texts"))
}

/// Texts between commas. Empty items vanish, blank ones become empty, as in gunicorn.
fn name_list(value: Object) -> Checked {
    match text(value) {
        Ok(Object::None) => Ok(Object::List(Vec::new())),
        Ok(Object::Text(it)) => {
            let item = |it: &str| Object::Text(it.trim().to_owned());
            Ok(Object::List(it.split(',').filter(|it| !it.is_empty()).map(item).collect()))
        }
        Ok(Object::Pattern(parts)) => Ok(undecided(&parts)),
        Ok(other) => Ok(other),
        Err(_) => Err(Refusal::takes("a text with commas between names, not a list")),
    }
}

fn address_list(value: Object) -> Checked {
    let list = name_list(value).map_err(|_| {
        Refusal::takes("a text with commas between addresses, such as \"10.0.0.0/8,::1\"")
    })?;
    let Object::List(items) = &list else { return Ok(list) };
    for item in items.iter().filter_map(Object::as_text).filter(|it| *it != "*") {
        if let Err(problem) = address::network(item) {
            return Err(Refusal::takes(format!("IP addresses and networks, and {problem}")));
        }
    }
    Ok(list)
}

fn class(value: Object) -> Checked {
    match value {
        Object::Class(_) => Ok(value),
        Object::Function { positional: Some(0), .. } => {
            Ok(Object::Unknown(Unknown::because("a function of the config file returns it")))
        }
        Object::Function { positional: None, name } => {
            Ok(Object::Unknown(Unknown::because(format!("the function `{name}` may return it"))))
        }
        Object::Function { .. } => {
            Err(Refusal::takes("a text, a class or a function without arguments"))
        }
        _ => text(value).map_err(|_| Refusal::takes("a text or a class")),
    }
}

fn dict(value: Object) -> Checked {
    match value {
        Object::Dict(_) => Ok(value),
        _ => Err(Refusal::takes("a dictionary")),
    }
}

fn hook(value: Object, arity: usize) -> Checked {
    let takes = || Refusal::takes(format!("a function with {arity} positional parameters"));
    match callable(value, takes)? {
        Object::Function { positional: Some(it), .. } if it != arity => Err(takes()),
        Object::Function { positional: None, name } => Ok(Object::Unknown(arity_unknown(&name))),
        it => Ok(it),
    }
}

fn post_request(value: Object) -> Checked {
    let takes = || Refusal::takes("a function with 4, 3 or 2 positional parameters");
    match callable(value, takes)? {
        Object::Function { positional: Some(2 | 3), .. } => Ok(Object::Function {
            name: "validate_post_request.<locals>.<lambda>".to_owned(),
            positional: Some(4),
        }),
        Object::Function { positional: Some(it), .. } if it != 4 => Err(takes()),
        Object::Function { positional: None, name } => Ok(Object::Unknown(arity_unknown(&name))),
        it => Ok(it),
    }
}

fn arity_unknown(function: &str) -> Unknown {
    Unknown::because(format!("how many parameters `{function}` has is not known"))
}

/// A function, or something that only importing it can tell.
fn callable(value: Object, takes: impl Fn() -> Refusal) -> Checked {
    match value {
        Object::Function { .. } => Ok(value),
        Object::Text(it) if !it.contains('.') => Err(takes()),
        Object::Text(it) => Ok(Object::Unknown(Unknown::because(format!("`{it}` is imported")))),
        Object::Pattern(parts) => Ok(undecided(&parts)),
        Object::Class(name) => {
            Ok(Object::Unknown(Unknown::because(format!("`{name}` is a class"))))
        }
        Object::Other(_) | Object::Library(_) => {
            Ok(Object::Unknown(value.unknown().unwrap_or_else(|| Unknown::because("an object"))))
        }
        _ => Err(takes()),
    }
}

fn owner(value: Object, what: &str) -> Checked {
    match value {
        Object::None => {
            Ok(Object::Unknown(Unknown::because(format!("it is the {what} that starts gunicorn"))))
        }
        Object::Int(_) | Object::Bool(_) | Object::Range(..) => Ok(value),
        Object::Pattern(parts) => Ok(undecided(&parts)),
        Object::Text(it) if it == "root" => Ok(Object::Int(0)),
        Object::Text(it) if it.is_empty() => Err(Refusal::takes(format!("a {what} id or name"))),
        Object::Text(it) => match it.bytes().all(|it| it.is_ascii_digit()) {
            true => Ok(it
                .parse()
                .map_or_else(|_| Object::Unknown(Unknown::because("too large")), Object::Int)),
            false => Ok(Object::Unknown(Unknown::because(format!(
                "the id of {what} `{it}` is only known where gunicorn runs"
            )))),
        },
        _ => Err(Refusal::takes(format!("a {what} id or name"))),
    }
}

/// The folder as users write it: relative to where opslint was started, `.` for that folder itself.
fn existing_folder(value: Object, folder: &str) -> Checked {
    let path = match text(value) {
        Ok(Object::Text(it)) => it,
        Ok(Object::Pattern(parts)) => return Ok(undecided(&parts)),
        _ => return Err(Refusal::takes("a folder that exists")),
    };
    if path.starts_with('/') {
        let joined = workspace::join("", path.trim_start_matches('/'));
        return Ok(Object::Text(format!("/{}", joined.unwrap_or_default())));
    }
    Ok(match workspace::join(folder, &path) {
        Some(it) if it.is_empty() => Object::Text(".".to_owned()),
        Some(it) => Object::Text(it),
        None => Object::Unknown(Unknown::because(format!("`{path}` lies outside this project"))),
    })
}

fn statsd_address(value: Object) -> Checked {
    let takes = || Refusal::takes("`HOST:PORT` or `unix://PATH`");
    let text = match text(value).map_err(|_| takes())? {
        Object::Text(it) => it,
        Object::Pattern(parts) => return Ok(undecided(&parts)),
        other => return Ok(other),
    };
    let port = text.strip_prefix("unix:").filter(|it| !it.is_empty());
    if let Some(Ok(port)) = port.filter(|it| it.bytes().all(|b| b.is_ascii_digit())).map(str::parse)
    {
        return Ok(Object::List(vec![Object::Text("unix".to_owned()), Object::Int(port)]));
    }
    match address::parse(&text, 8125) {
        Ok(address::Address::Unix(path)) => Ok(Object::Text(path)),
        Ok(address::Address::Descriptor(fd)) => Ok(Object::Int(fd)),
        Ok(address::Address::Tcp { host, port }) => {
            Ok(Object::List(vec![Object::Text(host), Object::Int(port)]))
        }
        Err(_) => Err(takes()),
    }
}

fn reload_engine(value: Object) -> Checked {
    match &value {
        Object::Text(it) if RELOAD_ENGINES.contains(&it.as_str()) => Ok(value),
        Object::Pattern(parts) => Ok(undecided(parts)),
        _ => Err(Refusal::takes(words(RELOAD_ENGINES.iter().copied()))),
    }
}

fn protocols(value: Object) -> Checked {
    let takes = || Refusal::takes("`h1` and `h2` with a comma between them, none twice, as a text");
    let text = match value {
        Object::None => String::new(),
        Object::Text(it) => it,
        Object::Pattern(parts) => return Ok(undecided(&parts)),
        _ => return Err(takes()),
    };
    let mut names: Vec<String> = Vec::new();
    for name in text.split(',').map(|it| it.trim().to_lowercase()).filter(|it| !it.is_empty()) {
        if !["h1", "h2"].contains(&name.as_str()) || names.contains(&name) {
            return Err(takes());
        }
        names.push(name);
    }
    if names.is_empty() {
        names.push("h1".to_owned());
    }
    Ok(Object::List(names.into_iter().map(Object::Text).collect()))
}

fn one_of(value: Object, choice: &Choice) -> Checked {
    let takes = || Refusal::takes(words(choice.words.iter().map(|(word, _)| *word)));
    let text = |it: &str| Object::Text(it.to_owned());
    match value {
        Object::None => Ok(choice.none.map_or(Object::None, text)),
        Object::Bool(it) => match choice.booleans {
            Some((off, on)) => Ok(text(if it { on } else { off })),
            None => Err(takes()),
        },
        Object::Text(it) => {
            let it = it.trim().to_lowercase();
            let found = choice.words.iter().find(|(word, _)| *word == it);
            found.map(|(_, value)| text(value)).ok_or_else(takes)
        }
        Object::Pattern(parts) => Ok(undecided(&parts)),
        _ => Err(takes()),
    }
}

fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = words.map(|it| format!("`{it}`")).collect();
    format!("one of {}", quoted.join(", "))
}

/// The outcome for a text with gaps, where only the whole text decides.
fn undecided(parts: &[TextPart]) -> Object {
    let unknown = Object::Pattern(parts.to_vec());
    let reason = || Unknown::because("a part of the text is not known");
    let gap = parts.iter().find_map(|it| match it {
        TextPart::Unknown(it) => Some(it.clone()),
        TextPart::Known(_) => None,
    });
    Object::Unknown(gap.or_else(|| unknown.unknown()).unwrap_or_else(reason))
}
