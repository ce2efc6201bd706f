//! app.json as Heroku reads it: formation, add-ons, variables, stack, buildpacks.
//!
//! Heroku uses the file when an app is made (by a button, for review apps and tests) and not at
//! later deploys, so what it says of sizes and add-ons is an assumption about the app of today.
//! `environments` has other values for review apps and tests; it is not read. Expo, React Native,
//! Dokku and translations use the name of the file too.
//!
//! Source: <https://devcenter.heroku.com/articles/app-json-schema>

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::document::{Document, Node, NodeKind};
use crate::draft::Context;
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::formats::recognise::{heroku_evidence, is_other_app_json};
use crate::manifests::read;
use crate::nearest::nearest;
use crate::platforms::Platform;
use crate::project::Environment;
use crate::source::Span;

/// Sizes that Heroku had and no longer sells. Whether it still takes their names for new apps is
/// not documented, so nothing is said about them.
const RETIRED_SIZES: &[&str] = &["free", "hobby", "1x", "2x", "px", "performance", "private"];

/// An app.json that Heroku may read.
pub(crate) struct AppJson {
    document: Arc<Document>,
}

impl AppJson {
    /// The file beside the manifest, unless it is another program's.
    pub(crate) fn open(context: &mut Context<'_, '_>) -> Option<Self> {
        let document = context.sibling("app.json")?;
        (!is_other_app_json(&document.root)).then_some(Self { document })
    }

    /// A place that shows that the app runs on Heroku.
    pub(crate) fn evidence(&self) -> Option<Span> {
        heroku_evidence(&self.document.root)
    }

    /// The stack, such as `heroku-24` or `container`.
    pub(crate) fn stack(&self) -> Option<&Node> {
        self.document.root.get("stack").filter(|it| it.as_str().is_some())
    }

    /// The buildpacks by URL or name, in order.
    pub(crate) fn buildpacks(&self) -> Vec<&str> {
        let elements = self.document.root.get("buildpacks").map(Node::elements).unwrap_or_default();
        elements.iter().filter_map(|it| it.as_str().or_else(|| it.get("url")?.as_str())).collect()
    }

    /// The add-ons.
    pub(crate) fn addons(&self) -> &[Node] {
        self.document.root.get("addons").map(Node::elements).unwrap_or_default()
    }

    /// Size of a process.
    pub(crate) fn size(&self, process: &str) -> Option<Fact> {
        let node = self.document.root.at(&["formation", process, "size"])?;
        node.as_str()?;
        Some(at_creation(node, "`size` in the formation of app.json"))
    }

    /// Number of instances of a process.
    pub(crate) fn quantity(&self, process: &str) -> Option<Fact> {
        let node = self.document.root.at(&["formation", process, "quantity"])?;
        node.as_int()?;
        Some(at_creation(node, "`quantity` in the formation of app.json"))
    }

    /// Says which sizes of the formation Heroku does not have.
    pub(crate) fn check_sizes(&self, acc: &mut Vec<Diagnostic>, platform: &Platform) {
        let formation = self.document.root.get("formation").map(Node::entries).unwrap_or_default();
        for node in formation.iter().filter_map(|it| it.value.get("size")) {
            let Some(size) = node.as_str() else { continue };
            let is_retired = RETIRED_SIZES.iter().any(|it| it.eq_ignore_ascii_case(size));
            if !is_retired && platform.plan_of_any_kind(size).is_none() {
                acc.push(unknown_size(platform, size, node.span));
            }
        }
    }

    /// Adds `env`: a text, or a table with `value`, or with the generator of one.
    pub(crate) fn set_environment(&self, environment: &mut Environment) {
        for entry in self.document.root.get("env").map(Node::entries).unwrap_or_default() {
            let node = match &entry.value.kind {
                NodeKind::Map(_) => entry.value.get("value"),
                _ => Some(&entry.value),
            };
            let generator = entry.value.get("generator").filter(|_| node.is_none());
            if let Some(generator) = generator {
                let reason = "Heroku makes the value when the app is created";
                let origin = Origin::written(generator.span, "`generator` of app.json");
                let fact = Fact::unknown(Unknown::because(reason), origin);
                environment.set(&entry.key.value, fact);
            }
            let Some(node) = node else { continue };
            let Some(text) = read::scalar_text(node) else { continue };
            let origin = Origin {
                kind: OriginKind::Env,
                span: Some(node.span),
                source: format!("`{}` in `env` of app.json", entry.key.value),
                inputs: Vec::new(),
            };
            environment.set(&entry.key.value, Fact::known(Value::Text(text), origin));
        }
    }
}

/// A value that counted when the app was made.
pub(super) fn at_creation(node: &Node, source: &str) -> Fact {
    let fact = read::written(node, source);
    let note = "formation and add-ons apply only when the app is made; taken to be still so";
    let assumed = Fact::known(Value::Null, Origin::new(OriginKind::Assumed, note));
    Fact { origin: fact.origin.with_input("formation", assumed), ..fact }
}

fn unknown_size(platform: &Platform, size: &str, span: Span) -> Diagnostic {
    let message = format!("`{size}` is not a size of a dyno");
    let label = Label::new(span, "Heroku has no such size");
    let sizes = platform.plans("web").map(|it| it.name.as_str());
    let diagnostic = Diagnostic::new("unknown-dyno-size", Severity::Error, message, label);
    match nearest(&size.to_ascii_lowercase(), sizes) {
        Some(near) => diagnostic.with_help(format!("write `{near}`")),
        None => diagnostic.with_help("`opslint platforms heroku` lists the sizes"),
    }
}
