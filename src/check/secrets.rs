//! The secrets in the files of a project and in the environments of its processes.
//!
//! Where a file was parsed, they are exact: with escapes decoded, and to the end of the value.

use std::sync::Arc;

use crate::document::{Document, Entry, Node, NodeKind, Text};
use crate::project::Project;
use crate::secret::{Secrets, command_parts, secret_part};
use crate::source::{FileId, SourceMap};

/// Everything in these files and processes that no report may show.
pub(crate) fn secrets(
    sources: &SourceMap,
    documents: &[Arc<Document>],
    project: Option<&Project>,
) -> Secrets {
    let mut secrets = Secrets::none_known();
    for (file, it) in sources.iter().filter(|(_, it)| !it.is_own()) {
        secrets.read(file, it);
    }
    for it in documents {
        Tree { file: it.file, secrets: &mut secrets }.node(&it.root);
    }
    let deployments = project.into_iter().flat_map(|it| &it.deployments);
    for process in deployments.flat_map(|it| &it.processes) {
        for (name, fact) in process.environment.iter() {
            if let Some(value) = fact.text() {
                secrets.read_named(name, value);
            }
        }
    }
    secrets.show_names(names(sources, documents));
    secrets
}

/// Names of the project that everybody sees, whatever else has the same text: of its files and
/// folders, of its services, and of itself.
fn names<'a>(
    sources: &'a SourceMap,
    documents: &'a [Arc<Document>],
) -> impl Iterator<Item = &'a str> {
    let paths = sources.iter().filter(|(_, it)| !it.is_own()).map(|(_, it)| it.path());
    let parts = paths.flat_map(|it| it.split('/'));
    let parts = parts.flat_map(|it| [it, it.split('.').next().unwrap_or(it)]);
    let roots = documents.iter().flat_map(|it| it.root.entries());
    let own = roots.flat_map(|it| {
        let is_name = ["app", "name", "service"].contains(&it.key.value.as_str());
        let name = it.value.as_str().filter(|_| is_name);
        let is_list = it.key.value == "services";
        let services = it.value.entries().iter().filter(move |_| is_list);
        name.into_iter().chain(services.map(|it| it.key.value.as_str()))
    });
    parts.chain(own)
}

/// Looks for secrets in the tree of a file.
struct Tree<'a> {
    file: FileId,
    secrets: &'a mut Secrets,
}

impl Tree<'_> {
    fn node(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Map(entries) => {
                self.of_secret(node);
                for it in entries {
                    self.contents(it);
                    self.named(&it.key.value, &it.value);
                    match &it.value.kind {
                        NodeKind::List(elements) if is_list_of_commands(&it.key.value) => {
                            elements.iter().for_each(|it| self.node(it));
                        }
                        NodeKind::List(elements) => {
                            self.list(elements, first_under(&it.key.value));
                        }
                        _ => self.node(&it.value),
                    }
                }
                self.pair(node);
            }
            NodeKind::List(elements) => self.list(elements, Element::Variable),
            NodeKind::String(text) => self.command(text),
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Integer(_)
            | NodeKind::Float(_)
            | NodeKind::Dynamic(_) => {}
        }
    }

    /// `NAME: value`, and `NAME: [value, value]`.
    fn named(&mut self, name: &str, value: &Node) {
        for it in std::iter::once(value).chain(value.elements()) {
            if let NodeKind::String(text) = &it.kind {
                self.text(name, text, 0);
            }
        }
        // A variable that was given a table by mistake: `SECRET_KEY = {a = "…"}`.
        let is_variable = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_';
        if name.bytes().all(is_variable) {
            value.entries().iter().for_each(|it| self.named(name, &it.value));
        }
    }

    /// `secrets: {NAME: {content: …}}` of a compose file, where the name need not say so, and
    /// `configs`, of which one that is a single word is a secret rather than a file.
    ///
    /// Source: compose-spec, `09-secrets.md` and `08-configs.md`.
    fn contents(&mut self, entry: &Entry) {
        let is_secret = entry.key.value == "secrets";
        if !is_secret && entry.key.value != "configs" {
            return;
        }
        for it in entry.value.entries() {
            let Some(Node { kind: NodeKind::String(text), .. }) = it.value.get("content") else {
                continue;
            };
            let is_word = !text.value.trim().contains(char::is_whitespace);
            let name = if is_secret || is_word { "secret" } else { it.key.value.as_str() };
            self.text(name, text, 0);
        }
    }

    /// The values of a `Secret` of Kubernetes, whatever their names are.
    ///
    /// Source: <https://kubernetes.io/docs/concepts/configuration/secret/>
    fn of_secret(&mut self, node: &Node) {
        if node.get("kind").and_then(Node::as_str) != Some("Secret") {
            return;
        }
        for key in ["data", "stringData"] {
            for it in node.get(key).map(Node::entries).unwrap_or_default() {
                self.named("secret", &it.value);
            }
        }
    }

    /// `key: NAME` and `value: …` in one mapping.
    fn pair(&mut self, node: &Node) {
        let keys = ["key", "name", "variable", "env", "envvar", "id", "Key", "Name"];
        let values = ["value", "default", "defaultValue", "content", "Value", "Default"];
        let name = keys.iter().find_map(|it| node.get(it).and_then(Node::as_str));
        let value = values.iter().find_map(|it| node.get(it));
        if let Some((name, value)) = name.zip(value) {
            self.named(name, value);
        }
    }

    /// Variables, or the words of a command.
    fn list(&mut self, elements: &[Node], first: Element) {
        let mut next = first;
        for it in elements {
            match &it.kind {
                NodeKind::String(text) if next == Element::Variable => self.variable(text),
                _ => self.node(it),
            }
            // What a shell is given behind `-c` is a command again.
            let is_option = |it: &str| it.starts_with('-') && it.ends_with('c');
            next = match it.as_str().is_some_and(is_option) {
                true => Element::Command,
                false => Element::Variable,
            };
        }
    }

    /// `NAME=value` as one text.
    fn variable(&mut self, text: &Text) {
        if let Some(name) = variable_of(&text.value) {
            self.text(name, text, name.len() + 1);
        }
    }

    /// `NAME=value program …`: the value ends where a shell says.
    fn command(&mut self, text: &Text) {
        match variable_of(&text.value) {
            Some(_) if is_command(&text.value) => {
                for part in command_parts(&text.value) {
                    let bytes = text.span_of(part.clone()).range();
                    self.secrets.add(self.file, bytes, &text.value[part]);
                }
            }
            _ => self.variable(text),
        }
    }

    /// What is secret of a text from a byte on, which is the value of a name.
    fn text(&mut self, name: &str, text: &Text, from: usize) {
        let value = &text.value[from..];
        if let Some(part) = secret_part(name, value) {
            let bytes = text.span_of(from + part.start..from + part.end).range();
            self.secrets.add(self.file, bytes, &value[part]);
        }
    }
}

/// The name of `NAME=value`.
fn variable_of(text: &str) -> Option<&str> {
    let (name, _) = text.split_once('=')?;
    let is_name = |it: char| it.is_alphanumeric() || it == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

/// Whether a text is more than one word.
fn is_command(text: &str) -> bool {
    text.trim().contains(char::is_whitespace)
}

/// What an element of a list is, if it begins with `NAME=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    /// A variable: all behind the sign is its value.
    Variable,
    /// A command that begins with one.
    Command,
}

/// What the first element of a list under this key is. A command may be one text in a list.
fn first_under(key: &str) -> Element {
    match ["command", "entrypoint", "cmd", "args", "test"].contains(&key) {
        true => Element::Command,
        false => Element::Variable,
    }
}

/// Whether each element of a list under this key is a command of its own.
fn is_list_of_commands(key: &str) -> bool {
    ["commands", "script", "before_script", "after_script", "run"].contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Syntax;
    use crate::secret::Grammar;
    use crate::workspace::{MemoryFiles, Workspace};

    /// The secrets of a file, and its text without them.
    fn masked(path: &str, syntax: Syntax, text: &str) -> (Secrets, String) {
        let files = MemoryFiles::new().with(path, text);
        let mut workspace = Workspace::new(&files);
        let file = workspace.open(path).unwrap();
        workspace.document(file, syntax);
        let parts = workspace.into_parts();
        let secrets = secrets(&parts.sources, &parts.documents, None);
        let shown = secrets.mask_sources(&parts.sources);
        (secrets, shown.file(file).text().to_owned())
    }

    #[test]
    fn a_value_found_under_its_name_is_hidden_everywhere() {
        let text =
            "services:\n- env:\n  - {key: API_SECRET, value: 'it''s, 5ecret'}\n  - HOST=web\n";
        let (secrets, masked) = masked("render.yaml", Syntax::Yaml, text);
        assert_eq!(masked, text.replace("it''s, 5ecret", "*************"));
        assert_eq!(secrets.mask("it is `it's, 5ecret` here", Grammar::Prose), "it is `***` here");
    }

    /// What follows a variable in a command is shown, and no secret: names of modules, options.
    #[test]
    fn a_value_in_front_of_a_command_ends_with_its_word() {
        let command = "PGPASSWORD=hunter2x gunicorn shop_project.wsgi:application -k gthread";
        let shown = "PGPASSWORD=******** gunicorn shop_project.wsgi:application -k gthread";
        for (before, after) in [
            ("web: ", ""),
            ("web: \"", "\""),
            ("command: [sh, -c, '", "']"),
            ("script:\n- ", "\n- b"),
            ("command: ['", "']"),
        ] {
            let text = format!("{before}{command}{after}\n");
            let (secrets, masked) = masked("a.yaml", Syntax::Yaml, &text);
            assert_eq!(masked, format!("{before}{shown}{after}\n"));
            let message = "serve `shop_project.wsgi:application` with hunter2x";
            let expected = message.replace("hunter2x", "***");
            assert_eq!(secrets.mask(message, Grammar::Prose), expected);
        }
        let variables = "environment:\n- PGPASSWORD=hunter2x and more\n";
        let expected = "environment:\n- PGPASSWORD=*****************\n";
        assert_eq!(masked("a.yaml", Syntax::Yaml, variables).1, expected);
    }

    #[test]
    fn what_a_secret_consists_of_is_hidden_under_any_name() {
        let compose = "services:\n  web: {secrets: [s], bogus: 1}\nsecrets:\n  s:\n    content: \
                       vogel\nconfigs:\n  c: {content: vogel}\n  f:\n    content: |\n      listen \
                       80;\n";
        let (_, shown) = masked("compose.yaml", Syntax::Yaml, compose);
        assert_eq!(shown, compose.replace("vogel", "*****"));
        let secret = "kind: Secret\nstringData:\n  url: vogel\n---\nkind: ConfigMap\ndata:\n  url: \
                      vogel\n";
        let (_, shown) = masked("secret.yaml", Syntax::Yaml, secret);
        assert_eq!(shown, secret.replacen("vogel", "*****", 1));
    }

    /// Who chose the name of the project for its password hides it nowhere by that: the place of the
    /// password is hidden, and the name stays readable in differences and messages.
    #[test]
    fn a_password_that_is_a_name_of_the_project_is_hidden_only_where_it_is_one() {
        let text = "name: bird_shop\nservices:\n  web:\n    image: bird_shop/web\n    environment:\n      \
                    DB_PASSWORD: bird_shop\n      API_TOKEN: bird_shop2x\n";
        let (secrets, shown) = masked("compose.yaml", Syntax::Yaml, text);
        let expected = text.replace("PASSWORD: bird_shop", "PASSWORD: *********");
        assert_eq!(shown, expected.replace("bird_shop2x", "***********"));
        let message = "`bird_shop.wsgi` with bird_shop2x";
        assert_eq!(secrets.mask(message, Grammar::Prose), "`bird_shop.wsgi` with ***");
        let (secrets, _) = masked("a/bird_shop/app.yaml", Syntax::Yaml, "DB_PASSWORD: bird_shop\n");
        assert_eq!(secrets.mask("bird_shop.wsgi", Grammar::Prose), "bird_shop.wsgi");
    }

    #[test]
    fn a_table_under_the_name_of_a_secret_is_hidden() {
        let text = "[env]\nSECRET_KEY = {a = 'x 5ecret'}\n[secrets]\npath = './file-of-mine'\n";
        let shown = masked("fly.toml", Syntax::Toml, text).1;
        assert!(!shown.contains("5ecret"), "{shown}");
        assert!(shown.contains("./file-of-mine"), "{shown}");
    }
}
