//! Every key of a rule file, for its JSON Schema.

use super::keys::{Key, Names, Shape, optional, required};

/// What a rule is evaluated for.
pub const SUBJECTS: &[&str] = &["process", "deployment", "project", "file"];

/// The keys of a rule file.
pub const RULE: &[Key] = &[
    required("since", Shape::Text, "The version in which the rule came."),
    required("level", Shape::Level, "The level that counts when configuration does not say."),
    required("group", Shape::Text, "What it is about, such as `capacity`."),
    optional("locked", Shape::Bool, "Whether it cannot be suppressed in a file."),
    required("summary", Shape::Reason, "The bad state in one line."),
    required("why", Shape::Reason, "Why it matters."),
    required("help", Shape::Text, "What to do. `{…}` holds an expression."),
    optional("scope", Shape::Reason, "Why it is about one platform or program alone."),
    required("sources", Shape::List(&Shape::Text), "Where that is published, as addresses."),
    required("check", Shape::Table(CHECK), "What must hold."),
    required(
        "fail",
        Shape::List(&Shape::Map(Names::FilesAndFixed, &Shape::Text)),
        "Examples that fail: files with `^` and `~` lines under what is labelled, and `fixed`, what \
         the only file or each of several is then.",
    ),
    required("pass", Shape::List(&Shape::Map(Names::Files, &Shape::Text)), "Examples that pass."),
];

/// The keys of `[check]`.
pub const CHECK: &[Key] = &[
    required("on", Shape::OneOf(SUBJECTS), "What the rule is evaluated for."),
    optional("when", Shape::Expression, "Where the rule applies."),
    optional("select", Shape::Expression, "Where the primary label goes."),
    optional(
        "mark",
        Shape::Expression,
        "Where it goes instead: a part of what `select` finds, such as one element of a list.",
    ),
    optional("require", Shape::Expression, "What must hold. An unknown value never fires."),
    optional(
        "unknown",
        Shape::OneOf(UNKNOWN),
        "What happens where a value that `require` needs is not known: `passes`, the default, or \
         `fails`.",
    ),
    optional(
        "builtin",
        Shape::Bool,
        "Whether opslint's own code checks it, so nothing else is here.",
    ),
    optional("message", Shape::Text, "What is wrong. `{…}` holds an expression."),
    optional("related", Shape::List(&Shape::Table(RELATED)), "Where further labels go."),
    optional("fix", Shape::List(&Shape::Table(FIX)), "What would fix it, best first."),
];

/// The names of [`OnUnknown`](super::rule::OnUnknown).
pub const UNKNOWN: &[&str] = &["passes", "fails"];

/// The keys of `[[check.fix]]`.
pub const FIX: &[Key] = &[
    required("title", Shape::Text, "What it does, as an order. `{…}` holds an expression."),
    required("safety", Shape::OneOf(SAFETIES), "Whether it may be applied without a look at it."),
    optional(
        "also",
        Shape::Bool,
        "Whether it is a part of the fix above, where `when` holds: both are made, or neither.",
    ),
    optional("when", Shape::Expression, "Where the fix is offered."),
    optional("set", Shape::Expression, "The fact or path that gets another value."),
    optional("rename", Shape::Expression, "The path whose key gets another name."),
    optional("remove", Shape::Expression, "The fact or path that is taken out."),
    optional(
        "beside",
        Shape::Expression,
        "The option that another one is added to, or the fact of a proxy that is not written.",
    ),
    optional(
        "or_beside",
        Shape::Expression,
        "The program that gets the option where the other one stands in no command and no file.",
    ),
    optional(
        "directives",
        Shape::Text,
        "What is added to nginx where it passes requests on. `{…}` holds an expression.",
    ),
    optional("flag", Shape::Text, "The option that is added in a command, dashes included."),
    optional("setting", Shape::Text, "The option that is added in a configuration file."),
    optional("to", Shape::Expression, "The value or name."),
];

/// Names of [`crate::fix::Safety`].
pub const SAFETIES: &[&str] = &["safe", "unsafe"];

/// The keys of `[[check.related]]`.
pub const RELATED: &[Key] = &[
    required("at", Shape::Expression, "The place."),
    required("label", Shape::Text, "What is there. `{…}` holds an expression."),
];
