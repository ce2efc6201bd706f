//! Words that Caddy fills in before it reads a directive: variables of the environment, and the
//! arguments of an import.

use crate::images::container::Container;
use crate::parse::nginx::{Argument, Directive};
use crate::project::Lookup;

/// The longest word that is filled in, in bytes.
const WORD_MAX: usize = 16 * 1_024;

/// Fills in `{$NAME}` and `{$NAME:default}` everywhere. A word of which a part is not known is not
/// known.
pub(super) fn environment(directives: &mut [Directive], container: &Container) {
    for it in directives {
        if it.name.value.contains("{$") {
            it.name.value = word(&it.name.value, container).unwrap_or_default();
        }
        for argument in &mut it.arguments {
            argument.text = argument.text.take().and_then(|it| word(&it, container));
        }
        environment(it.block.as_deref_mut().unwrap_or_default(), container);
    }
}

/// `None` when a value is not known, or is several words.
fn word(text: &str, container: &Container) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{$") {
        out.push_str(&rest[..at]);
        let inner = &rest[at + 2..];
        let Some(end) = inner.find('}') else {
            out.push_str(&rest[at..]);
            return Some(out);
        };
        let (name, default) = match inner[..end].split_once(':') {
            Some((name, default)) => (name, Some(default)),
            None => (&inner[..end], None),
        };
        match container.environment.get(name.trim()) {
            Lookup::Set(fact) => out.push_str(fact.text()?),
            Lookup::Unset | Lookup::Unmentioned => out.push_str(default?),
        }
        rest = &inner[end + 1..];
    }
    let is_filled = rest.len() < text.len();
    out.push_str(rest);
    (!is_filled || !out.contains(char::is_whitespace)).then_some(out)
}

/// Bytes of all words of directives.
pub(super) fn len(directives: &[Directive]) -> usize {
    let of_word = |it: &Argument| it.text.as_ref().map_or(0, String::len);
    let of_one = |it: &Directive| {
        let inner = it.block.as_deref().unwrap_or_default();
        it.name.value.len() + it.arguments.iter().map(of_word).sum::<usize>() + len(inner)
    };
    directives.iter().map(of_one).sum()
}

/// Fills in `{args[0]}`, its older form `{args.0}`, and `{args[:]}`.
pub(super) fn arguments(directives: &mut [Directive], given: &[Argument]) {
    for it in directives {
        if it.name.value.contains("{args") {
            it.name.value = argument(&it.name.value, given).unwrap_or_default();
        }
        let mut all = Vec::new();
        for word in it.arguments.drain(..) {
            match word.text.as_deref() {
                Some("{args[:]}" | "{args[0:]}") => {
                    let span = word.span;
                    all.extend(given.iter().map(|it| Argument { text: it.text.clone(), span }));
                }
                Some(text) if text.contains("{args") => {
                    all.push(Argument { text: argument(text, given), span: word.span });
                }
                _ => all.push(word),
            }
        }
        it.arguments = all;
        arguments(it.block.as_deref_mut().unwrap_or_default(), given);
    }
}

fn argument(text: &str, given: &[Argument]) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{args") {
        out.push_str(&rest[..at]);
        let inner = &rest[at + "{args".len()..];
        let end = inner.find('}')?;
        let idx = inner[..end].trim_matches(['[', ']', '.']).parse::<usize>().ok()?;
        out.push_str(given.get(idx)?.text.as_deref()?);
        if out.len() > WORD_MAX {
            return None;
        }
        rest = &inner[end + 1..];
    }
    out.push_str(rest);
    Some(out)
}
