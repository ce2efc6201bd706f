//! Services and functions of Google Cloud, Vercel and Netlify: what their formats share.

pub(crate) mod app_engine;
pub(crate) mod cloud_run;
pub(crate) mod gcloud;
pub(crate) mod netlify;
pub(crate) mod vercel;

#[cfg(test)]
mod tests;

use crate::document::Node;
use crate::draft::{Command, Context, DeploymentDraft, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Unknown, Value};
use crate::manifests::read;
use crate::project::{Environment, Facts};
use crate::source::{Span, Spanned};
use crate::vocabulary;
use crate::workspace::parent;

/// A deployment on a platform.
fn deployment(platform: Fact, span: Span, processes: Vec<ProcessDraft>) -> DeploymentDraft {
    let mut facts = Facts::new();
    facts.set(vocabulary::PLATFORM, platform);
    DeploymentDraft { name: String::new(), span, facts, processes }
}

/// The platform that the format of a file belongs to.
fn platform_of_format(id: &str, span: Span) -> Fact {
    Fact::known(Value::Text(id.to_owned()), Origin::written(span, "the file's format"))
}

/// A function of a platform that calls it itself.
fn function(context: &Context<'_, '_>, name: Spanned<String>, span: Span) -> ProcessDraft {
    let mut facts = Facts::new();
    let kind = Origin::written(name.span, "a function");
    facts.set(vocabulary::KIND, Fact::known(Value::Text("function".to_owned()), kind));
    let none = Origin::new(OriginKind::Platform, "the platform calls the function itself");
    facts.set(vocabulary::SERVER, Fact::known(Value::Null, none));
    ProcessDraft {
        span,
        name,
        command: Command::None,
        folder: parent(context.manifest).to_owned(),
        environment: Environment::new(),
        facts,
    }
}

/// A value that follows from no key.
pub(crate) fn default(value: Value, source: &str) -> Fact {
    Fact::known(value, Origin::new(OriginKind::Default, source))
}

/// A whole number, also one in quotes; unknown for everything else.
pub(crate) fn int(node: &Node, source: &str) -> Fact {
    let origin = Origin::written(node.span, source);
    match read::int(node) {
        Some(value) => Fact::known(Value::Int(value), origin),
        None => Fact::unknown(Unknown::because(format!("{source} is not a whole number")), origin),
    }
}

/// An environment variable as a file has it.
pub(crate) fn variable(name: &str, node: Option<&Node>, span: Span, place: &str) -> Fact {
    let origin = Origin {
        kind: OriginKind::Env,
        span: Some(node.map_or(span, |it| it.span)),
        source: format!("`{name}` in {place}"),
        inputs: Vec::new(),
    };
    match node.and_then(read::scalar_text) {
        Some(text) => Fact::known(Value::Text(text), origin),
        None => {
            let settle_with = format!("`{name}` under `[env]` in opslint.toml");
            let reason = format!("`{name}` comes from somewhere else");
            Fact::unknown(Unknown::new(reason, settle_with), origin)
        }
    }
}
