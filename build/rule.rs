//! A rule file → what a run needs of it, as Rust for the table of rules: everything but its examples,
//! expressions as trees.

use std::path::Path;
use std::{fs, io};

use opslint_expression::{Names, Template, Ty, compile, pack, pack_template};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{included, needs, stem};

/// The `Embedded { … }` of a rule file. A file that is not TOML, or has no table where a rule has
/// one, is left for the parser, which says what is wrong: `head` is then `None`.
pub(crate) fn embedded(path: &Path) -> io::Result<String> {
    let text = fs::read_to_string(path)?;
    let head = DeTable::parse(&text).ok().and_then(|it| head(&text, it.get_ref()));
    let head = head.map_or_else(|| "None".to_owned(), |it| format!("Some({it})"));
    let (id, text) = (stem(path), included(path)?);
    Ok(format!("Embedded {{ id: {id:?}, text: {text}, head: {head} }},\n"))
}

/// How a text of a rule is read.
#[derive(Clone, Copy)]
enum As<'n> {
    /// As it is.
    Words,
    /// As an expression that may use these names.
    Expression(&'n Names),
    /// As a text with expressions in braces.
    Template(&'n Names),
}

/// A table of a rule file, and the text of the file.
#[derive(Clone, Copy)]
struct Reader<'a> {
    file: &'a str,
    table: &'a DeTable<'a>,
}

/// The `Head { … }` of a rule.
fn head(file: &str, root: &DeTable<'_>) -> Option<String> {
    let check = Reader { file, table: root.get("check")?.get_ref().as_table()? };
    let root = Reader { file, table: root };
    let builtin = check.bool("builtin");
    let names = names(check, builtin);
    let mut head = String::from("Head { ");
    for key in ["since", "level", "group", "summary", "why"] {
        head += &format!("{key}: {}, ", root.written(key, As::Words)?);
    }
    head += &format!("help: {}, ", root.written("help", As::Template(&names))?);
    let sources = root.table.get("sources")?.get_ref().as_array()?;
    let sources: Option<Vec<&str>> = sources.iter().map(|it| it.get_ref().as_str()).collect();
    head += &format!("sources: &{:?}, ", sources?);
    head += &format!("locked: {}, builtin: {builtin}, ", root.bool("locked"));
    head += &format!("on: {}, ", check.written("on", As::Words)?);
    for key in ["when", "require", "mark"] {
        head += &format!("{key}: {}, ", check.optional(key, As::Expression(&names))?);
    }
    // `it` is what `select` finds, so it is not there yet.
    let before = Names { it: None, ..names.clone() };
    head += &format!("select: {}, ", check.optional("select", As::Expression(&before))?);
    head += &format!("message: {}, ", check.optional("message", As::Template(&names))?);
    let mut related = String::new();
    for it in check.tables("related")? {
        let at = it.written("at", As::Expression(&names))?;
        related += &format!("({at}, {}), ", it.written("label", As::Template(&names))?);
    }
    head += &format!("related: &[{related}], ");
    let mut fixes = String::new();
    for it in check.tables("fix")? {
        fixes += &fix(it, &names)?;
    }
    head += &format!("fixes: &[{fixes}], ");
    // What does not compile shows nothing; the checker says what is wrong with it.
    let tree = |key, names| compile(check.table.get(key)?.get_ref().as_str()?, names).ok();
    let (when, select) = (tree("when", &names), tree("select", &before));
    let (when, select) = (when.as_ref().map(|it| &it.expr), select.as_ref().map(|it| &it.expr));
    head += &format!("format: {:?}, ", select.and_then(needs::format));
    Some(head + &format!("needs: &[{}] }}", needs::of(when, select)))
}

/// The names that expressions of a rule may use, as `Check::names` has them; a test compares.
fn names(check: Reader<'_>, builtin: bool) -> Names {
    if builtin {
        return Names::default();
    }
    Names {
        facts: matches!(check.text("on"), "process" | "deployment"),
        processes: matches!(check.text("on"), "process" | "deployment"),
        it: check.table.get("select").map(|_| Ty::Any),
        formats: None,
    }
}

/// The `HeadFix { … }` of a `[[check.fix]]`.
fn fix(table: Reader<'_>, names: &Names) -> Option<String> {
    let mut fix = String::from("HeadFix { ");
    fix += &format!("title: {}, ", table.written("title", As::Template(names))?);
    fix += &format!("safety: {}, ", table.written("safety", As::Words)?);
    fix += &format!("also: {}, ", table.bool("also"));
    for key in ["when", "set", "rename", "remove", "beside", "or_beside", "to"] {
        fix += &format!("{key}: {}, ", table.optional(key, As::Expression(names))?);
    }
    fix += &format!("directives: {}, ", table.optional("directives", As::Template(names))?);
    for key in ["flag", "setting"] {
        fix += &format!("{key}: {}, ", table.optional(key, As::Words)?);
    }
    Some(fix + "}, ")
}

impl<'a> Reader<'a> {
    fn bool(self, key: &str) -> bool {
        self.table.get(key).and_then(|it| it.get_ref().as_bool()).unwrap_or(false)
    }

    fn text(self, key: &str) -> &'a str {
        self.table.get(key).and_then(|it| it.get_ref().as_str()).unwrap_or_default()
    }

    /// The tables of a list; none where there is no list.
    fn tables(self, key: &str) -> Option<Vec<Self>> {
        let Some(list) = self.table.get(key) else { return Some(Vec::new()) };
        let table = |it: &'a Spanned<DeValue<'a>>| {
            Some(Self { file: self.file, table: it.get_ref().as_table()? })
        };
        list.get_ref().as_array()?.iter().map(table).collect()
    }

    /// `Some(…)` for a key that is there, `None` for one that is not; no text is a mistake.
    fn optional(self, key: &str, how: As<'_>) -> Option<String> {
        match self.table.get(key) {
            Some(_) => self.written(key, how).map(|it| format!("Some({it})")),
            None => Some("None".to_owned()),
        }
    }

    /// The `Written { … }` of a text: what it says, the bytes of its literal, where it begins in
    /// the file if it stands there as it is, and its expressions. Those that do not compile are left
    /// for the checker, which says what is wrong.
    fn written(self, key: &str, how: As<'_>) -> Option<String> {
        let value: &Spanned<DeValue<'_>> = self.table.get(key)?;
        let text = value.get_ref().as_str()?;
        let literal = (value.span().start, value.span().end);
        let verbatim = self.file.get(literal.0..literal.1)?.find(text).map(|it| literal.0 + it);
        let packed = match how {
            As::Words => None,
            As::Expression(names) => compile(text, names).ok().and_then(|it| pack(&it, text)),
            As::Template(names) => {
                Template::compile(text, names).ok().and_then(|it| pack_template(&it, text))
            }
        };
        let packed = packed.unwrap_or_default();
        let packed = packed.escape_ascii();
        Some(format!(
            "Written {{ value: {text:?}, literal: {literal:?}, verbatim: {verbatim:?}, \
             packed: b\"{packed}\" }}"
        ))
    }
}
