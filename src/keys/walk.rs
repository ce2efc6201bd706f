//! Goes through a document along the tables of its format.

use crate::diagnostic::{Diagnostic, Severity};
use crate::document::{Document, Entry, Node, NodeKind};
use crate::nearest::nearest;
use crate::platforms::Date;
use crate::source::Span;

use super::conditions::Scope;
use super::schema::{Bare, Key, Schema, State, Table, TableId, Type, Unknown, Variant};
use super::value::{self, Context};
use super::wording::{self, Hint};

/// The problem of a parser after which the tree is still whole.
const DUPLICATE_KEY: &str = "duplicate-key";

/// What is wrong with the keys of a document.
///
/// A text with syntax errors is not judged: keys behind an error may be in the wrong table.
///
/// A bound that may have been raised by `today` is no proof that a value is refused.
pub(super) fn document(
    schema: &Schema,
    document: &Document,
    today: Option<Date>,
) -> Vec<Diagnostic> {
    if document.problems.iter().any(|it| it.rule != DUPLICATE_KEY) {
        return Vec::new();
    }
    let types = [Type::Table(schema.root)];
    let key = KeyName { name: &schema.file, span: Span::start_of(document.file), folded: false };
    let mut acc = Vec::new();
    // A stream is judged document by document.
    let (documents, is_stream) = match &document.root.kind {
        NodeKind::List(documents) => (documents.as_slice(), true),
        _ => (std::slice::from_ref(&document.root), false),
    };
    for root in documents {
        let start = Span::start_of(document.file);
        let anchor = if is_stream { anchor(root, None) } else { start };
        let place = Place { path: String::new(), anchor };
        let mut walk = Walk { schema, root, today, acc: Vec::new() };
        walk.value(&key, &types, root, &place);
        acc.append(&mut walk.acc);
    }
    acc
}

struct Walk<'a> {
    schema: &'a Schema,
    root: &'a Node,
    today: Option<Date>,
    acc: Vec<Diagnostic>,
}

/// Where a table is.
struct Place {
    /// Keys from the root, joined by dots; lists leave no trace.
    path: String,
    /// Where an absent key is labelled.
    anchor: Span,
}

/// The key whose value is looked at.
struct KeyName<'a> {
    name: &'a str,
    span: Span,
    /// Whether it is written in another case than the table has it.
    folded: bool,
}

impl Place {
    /// The table at this place as a message says it.
    fn title(&self, table: &Table, schema: &Schema) -> String {
        match (&table.title, self.path.as_str()) {
            (Some(title), _) => title.clone(),
            (None, "") => schema.file.clone(),
            (None, path) => format!("`{path}`"),
        }
    }

    fn below(&self, key: &str, anchor: Span) -> Self {
        let path = match self.path.as_str() {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        };
        Self { path, anchor }
    }
}

impl<'a> Walk<'a> {
    fn table(&mut self, node: &Node, id: TableId, place: &Place) {
        let schema = self.schema;
        let twice = self.twice(node);
        let of_variants = schema.tables[id].variants.iter().map(|it| &schema.tables[it.table]);
        let tables: Vec<&Table> = std::iter::once(&schema.tables[id]).chain(of_variants).collect();
        for entry in node.entries().iter().filter(|it| twice.contains(&it.key.value.as_str())) {
            if tables.iter().any(|it| self.table_of_another_key(entry, it)) {
                break;
            }
        }
        // Which of two values counts is open, and with it which keys belong here.
        let decides = |it: &Variant| {
            it.is.iter().any(|(keys, _)| keys.iter().any(|it| twice.contains(&it.as_str())))
        };
        if schema.tables[id].variants.iter().any(decides) {
            return;
        }
        let table = self.variant(node, &schema.tables[id]);
        // What the help of an unknown key already asks for is not missed a second time.
        let mut advised = String::new();
        for entry in node.entries().iter().filter(|it| !twice.contains(&it.key.value.as_str())) {
            let said = self.acc.len();
            self.entry(entry, table, &schema.tables[id].variants, place);
            for unknown in self.acc[said..].iter().filter(|it| it.rule == super::UNKNOWN_KEY) {
                let help = unknown.help.as_deref().filter(|it| it.starts_with("write "));
                advised = advised + help.unwrap_or_default() + "\n";
            }
        }
        let is_advised = |it: &str| !it.is_empty() && advised.contains(&format!("`{it}`"));
        for (name, key) in &table.keys {
            let Some(severity) = key.required else { continue };
            if !self.has(node, table, name) && !is_advised(name) {
                let title = place.title(table, schema);
                self.acc.push(wording::missing_key(severity, name, &title, place.anchor));
            }
        }
        let scope = Scope { table: node, root: self.root, folds_case: schema.folds_case };
        for condition in table.conditions.iter().filter(|it| !is_advised(it.missing())) {
            self.acc.extend(condition.check(&scope, place.anchor));
        }
    }

    /// Says of a table which key it belongs to, where it cannot be the value of its own.
    fn table_of_another_key(&mut self, entry: &Entry, table: &Table) -> bool {
        let NodeKind::Map(_) = &entry.value.kind else { return false };
        let Some((name, key)) = self.find(table, &entry.key.value) else { return false };
        let Some(help) = &key.for_table else { return false };
        let target = key.same_as.as_deref().and_then(|it| table.keys.get(it)).unwrap_or(key);
        let (at, help) = ((entry.key.span, "a table"), Some((help.clone(), None)));
        self.acc.push(wording::wrong_type(name, &target.types, &entry.value, at, help));
        true
    }

    /// The keys that a table has more than once, each of which is said to be.
    fn twice<'n>(&self, node: &'n Node) -> Vec<&'n str> {
        let entries = node.entries();
        let is_again = |idx: usize, it: &Entry| {
            entries[..idx].iter().any(|first| first.key.value == it.key.value)
        };
        let again = entries.iter().enumerate().filter(|(idx, it)| is_again(*idx, it));
        again.map(|(_, it)| it.key.value.as_str()).collect()
    }

    /// The table that stands in for `table` by the values of some keys.
    fn variant(&self, node: &Node, table: &'a Table) -> &'a Table {
        let fits = |variant: &&Variant| {
            variant.is.iter().all(|(keys, values)| {
                keys.iter()
                    .filter_map(|it| node.get(it)?.as_str())
                    .any(|text| values.iter().any(|it| it == text))
            })
        };
        let variant = table.variants.iter().find(fits);
        variant.map_or(table, |it| &self.schema.tables[it.table])
    }

    /// Whether a table has a key, by any of its names.
    fn has(&self, node: &Node, table: &Table, name: &str) -> bool {
        let means = |entry: &Entry| {
            let found = self.find(table, &entry.key.value);
            found.is_some_and(|(own, key)| own == name || key.same_as.as_deref() == Some(name))
        };
        node.entries().iter().any(means)
    }

    /// The key of a table that a written name is read as, with the table's own name.
    fn find<'t>(&self, table: &'t Table, written: &str) -> Option<(&'t str, &'t Key)> {
        if let Some((name, key)) = table.keys.get_key_value(written) {
            return Some((name, key));
        }
        let mut folded = table.keys.iter().filter(|(it, _)| it.eq_ignore_ascii_case(written));
        let (name, key) = folded.next().filter(|_| self.schema.folds_case)?;
        Some((name, key))
    }

    fn entry(&mut self, entry: &Entry, table: &'a Table, siblings: &[Variant], place: &Place) {
        let written = entry.key.value.as_str();
        let Some((name, key)) = self.find(table, written) else {
            let is_open = |it: &String| written.starts_with(it.as_str());
            let is_free = self.schema.open_prefixes.iter().any(is_open);
            if !is_free && matches!(entry.value.kind, NodeKind::Map(_)) && !table.rest.is_empty() {
                let below = place.below(written, anchor(&entry.value, Some(entry.key.span)));
                let key = KeyName { name: written, span: entry.key.span, folded: false };
                return self.value(&key, &table.rest, &entry.value, &below);
            }
            if !table.open && !is_free && !value::is_placeholder(written) {
                self.unknown(entry, table, siblings, place);
            }
            return;
        };
        if self.table_of_another_key(entry, table) {
            return;
        }
        match &key.state {
            State::Current => {}
            State::Deprecated(help) => {
                let new = key.same_as.as_deref();
                self.acc.push(wording::deprecated_key((written, new), entry.key.span, help));
            }
            State::Ignored(why) => {
                if !value::says_nothing(&entry.value) {
                    self.acc.push(wording::ignored_key(name, entry.key.span, why));
                }
                return;
            }
        }
        let target = key.same_as.as_deref().and_then(|it| table.keys.get(it)).unwrap_or(key);
        self.elements_max(name, target, &entry.value);
        let below = place.below(name, anchor(&entry.value, Some(entry.key.span)));
        let key = KeyName { name, span: entry.key.span, folded: name != written };
        self.value(&key, &target.types, &entry.value, &below);
    }

    fn unknown(&mut self, entry: &Entry, table: &Table, siblings: &[Variant], place: &Place) {
        let written = entry.key.value.as_str();
        let owner = siblings
            .iter()
            .map(|it| &self.schema.tables[it.table])
            .find(|it| !std::ptr::eq(*it, table) && it.keys.contains_key(written));
        let current = table.keys.iter().filter(|(_, key)| matches!(key.state, State::Current));
        let hint = if let Some(told) = table.hints.get(written) {
            Hint::Told(told)
        } else if let Some(title) = owner.and_then(|it| it.title.as_deref()) {
            Hint::Elsewhere(title)
        } else {
            let names = current.map(|(name, _)| name.as_str());
            nearest(written, names).map_or(Hint::None, Hint::Nearest)
        };
        if table.unknown == Unknown::Misspelt && !matches!(hint, Hint::Nearest(_) | Hint::Told(_)) {
            return;
        }
        let title = place.title(table, self.schema);
        let key = (written, entry.key.span);
        let found = wording::unknown_key(self.schema, table, key, &title, &hint);
        self.acc.push(match hint {
            Hint::Nearest(right) => {
                let of_value = self.under(right, entry, table, place);
                wording::whole(found, of_value, &entry.value)
            }
            _ => found,
        });
    }

    /// What would be said of a value under the name that was meant: nobody read it before.
    fn under(&self, name: &str, entry: &Entry, table: &Table, place: &Place) -> Vec<Diagnostic> {
        let Some(key) = table.keys.get(name) else { return Vec::new() };
        let mut walk = Walk { acc: Vec::new(), ..*self };
        walk.elements_max(name, key, &entry.value);
        let below = place.below(name, anchor(&entry.value, Some(entry.key.span)));
        let name = KeyName { name, span: entry.key.span, folded: false };
        walk.value(&name, &key.types, &entry.value, &below);
        walk.acc
    }

    fn elements_max(&mut self, name: &str, key: &Key, node: &Node) {
        let count = node.elements().len();
        if let Some(most) = key.elements_max.filter(|it| count > *it) {
            self.acc.push(wording::too_many(name, count, most, node.span));
        }
    }

    /// Checks a value against the forms that it may have.
    fn value(&mut self, key: &KeyName<'_>, types: &[Type], node: &Node, place: &Place) {
        match &node.kind {
            // A key without a value is the same as no key.
            NodeKind::Null | NodeKind::Dynamic(_) => {}
            _ if types.iter().any(|it| matches!(it, Type::Any)) => {}
            NodeKind::Map(entries) => self.map(key, types, node, entries, place),
            NodeKind::List(elements) => self.list(key, types, node, elements, place),
            _ => self.scalar(key, types, node, place),
        }
    }

    fn map(
        &mut self,
        key: &KeyName<'_>,
        types: &[Type],
        node: &Node,
        entries: &[Entry],
        place: &Place,
    ) {
        let table = types.iter().find_map(|it| match it {
            Type::Table(id) => Some(*id),
            _ => None,
        });
        if let Some(table) = table {
            return self.table(node, table, place);
        }
        let mut values = Vec::new();
        for ty in types {
            if let Type::Map(them) = ty {
                values.extend(them.iter().cloned());
            }
        }
        if values.is_empty() {
            return self.wrong_type(key, types, node, place);
        }
        for entry in entries {
            let name = &entry.key.value;
            let below = place.below(name, anchor(&entry.value, Some(entry.key.span)));
            let key = KeyName { name, span: entry.key.span, folded: false };
            self.value(&key, &values, &entry.value, &below);
        }
    }

    fn list(
        &mut self,
        key: &KeyName<'_>,
        types: &[Type],
        node: &Node,
        elements: &[Node],
        place: &Place,
    ) {
        let mut forms = Vec::new();
        for ty in types {
            if let Type::List(them) = ty {
                forms.extend(them.iter().cloned());
            }
        }
        if forms.is_empty() {
            return self.wrong_type(key, types, node, place);
        }
        for element in elements {
            let below = Place { path: place.path.clone(), anchor: anchor(element, None) };
            let key = KeyName { span: below.anchor, ..*key };
            self.value(&key, &forms, element, &below);
        }
    }

    fn scalar(&mut self, key: &KeyName<'_>, types: &[Type], node: &Node, place: &Place) {
        if node.as_str().is_some_and(value::is_placeholder) {
            return;
        }
        let scalars = types.iter().filter_map(|it| match it {
            Type::Scalar(scalar) => Some(scalar),
            _ => None,
        });
        let Some(scalar) = scalars.into_iter().find(|it| value::accepts(it, node)) else {
            return self.wrong_type(key, types, node, place);
        };
        // flyctl rewrites numbers only under keys in their own case.
        let bare = scalar.bare.map(|it| match (key.folded, it) {
            (true, Bare::Ms | Bare::S) => Bare::Ns,
            (_, bare) => bare,
        });
        let context = Context { key: key.name, root: self.root, bare, today: self.today };
        let found = value::check(scalar, node, &context);
        let old = scalar.deprecated.as_ref().filter(|_| found.is_none());
        let old = old.map(|help| wording::deprecated_form(key.name, node.span, help));
        self.acc.extend(found.or(old));
    }

    fn wrong_type(&mut self, key: &KeyName<'_>, types: &[Type], node: &Node, place: &Place) {
        let is_header = is_header(node);
        let span = match &node.kind {
            NodeKind::Map(_) if is_header => node.span,
            NodeKind::Map(_) | NodeKind::List(_) => key.span,
            _ => node.span,
        };
        let help = value::help_for_type(types, node, is_header.then_some(place.path.as_str()));
        let shape = node.type_name();
        let found = wording::wrong_type(key.name, types, node, (span, shape), help);
        let scalars = types.iter().filter_map(|it| match it {
            Type::Scalar(scalar) => Some(scalar.mistyped),
            _ => None,
        });
        let severity = scalars.min().unwrap_or(Severity::Error);
        self.acc.push(Diagnostic { severity, ..found });
    }
}

/// Whether a table is written with a header, which is then its span.
fn is_header(node: &Node) -> bool {
    let first = node.entries().first();
    first.is_some_and(|it| !node.span.contains(it.key.span))
}

/// Where a key that `node` lacks is labelled: its header, the key it is the value of, or the first
/// thing written in it.
fn anchor(node: &Node, key: Option<Span>) -> Span {
    let Some(first) = node.entries().first().filter(|_| !is_header(node)) else {
        return node.span;
    };
    match (key, &first.value.kind) {
        (Some(key), _) => key,
        (None, NodeKind::Map(_) | NodeKind::List(_)) => first.key.span,
        (None, _) => first.span(),
    }
}
