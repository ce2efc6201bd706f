//! A rule that is ready to run.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::needs::Need;
use crate::document::Text;
use crate::expression::{Compiled, Expr, ExprKind, Names, Template, Ty};
use crate::fix::Safety;
use crate::levels::Level;
use crate::source::{FileId, Span, Spanned};

/// What a rule is evaluated against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// Each process of each deployment.
    Process,
    /// Each deployment.
    Deployment,
    /// Each project.
    Project,
    /// Each file of the format that `select` names.
    File,
}

impl On {
    /// Every value with its name in rule files.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Process, "process"),
        (Self::Deployment, "deployment"),
        (Self::Project, "project"),
        (Self::File, "file"),
    ];

    /// The name in rule files.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The subject of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, it)| *it == name).map(|(on, _)| *on)
    }
}

/// A rule. Its file has at least one failing and one passing example.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The stem of its file: kebab-case, names the bad state.
    pub id: Cow<'static, str>,
    /// The file it stands in.
    pub file: FileId,
    /// The version of opslint that brought it.
    pub since: Cow<'static, str>,
    /// How bad it is, unless configuration says otherwise.
    pub level: Level,
    /// The chapter of the manual it belongs to.
    pub group: Cow<'static, str>,
    /// One line: the bad state.
    pub summary: Cow<'static, str>,
    /// Why it matters; Markdown.
    pub why: Cow<'static, str>,
    /// What to do; may hold expressions.
    pub help: Source,
    /// Pages that say so.
    pub sources: Vec<Cow<'static, str>>,
    /// Whether no comment can suppress it.
    pub locked: bool,
    /// The condition; `None` when opslint's own code raises it.
    pub check: Option<Check>,
    /// Examples, which run as tests; none where rules are loaded only to be evaluated.
    pub examples: Vec<Example>,
}

/// The condition of a rule and how it is said.
#[derive(Clone, Debug)]
pub struct Check {
    /// What it is evaluated against.
    pub on: On,
    /// When the rule applies; always, without it.
    pub when: Option<Source>,
    /// The place of the primary label; with `[*]`, one diagnostic for each element.
    pub select: Option<Source>,
    /// The place of the primary label where that is a part of what `select` found.
    pub mark: Option<Source>,
    /// What must hold.
    pub require: Source,
    /// What happens where that is not known.
    pub unknown: OnUnknown,
    /// What is wrong when it does not.
    pub message: Source,
    /// Further labels.
    pub related: Vec<Related>,
    /// The format that `select` starts in, of a rule of ours.
    pub format: Option<&'static str>,
    /// What must be so for it to apply, of a rule of ours; there may be more.
    pub needs: &'static [Need],
    /// What would fix it, best first.
    pub fixes: Vec<RuleFix>,
}

/// What a rule does where what it requires is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnknown {
    /// It is undecided, and silent: right for what is about to fail.
    #[default]
    Passes,
    /// It fires: right for a policy that wants to see a value.
    Fails,
}

impl OnUnknown {
    /// The behaviour of a name in rule files.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "passes" => Some(Self::Passes),
            "fails" => Some(Self::Fails),
            _ => None,
        }
    }
}

/// A fix of a rule.
#[derive(Clone, Debug)]
pub struct RuleFix {
    /// Where it is offered; everywhere, without it.
    pub when: Option<Source>,
    /// What it does, as an order; may hold expressions.
    pub title: Source,
    /// Whether it may be applied without a look at it.
    pub safety: Safety,
    /// Whether it is a part of the fix above: both are made, or neither.
    pub also: bool,
    /// What it does.
    pub action: Action,
}

/// What a fix of a rule does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Gives a fact, a setting, a variable or a path another value.
    Set {
        /// The place.
        at: Source,
        /// The value.
        to: Source,
    },
    /// Gives the key at a path another name.
    Rename {
        /// The place.
        at: Source,
        /// The name, a text.
        to: Source,
    },
    /// Takes out what is written at a place.
    Remove {
        /// The place.
        at: Source,
    },
    /// Adds directives to nginx, where it passes requests on.
    Directives {
        /// The fact that is not written.
        beside: Source,
        /// The directives; `{…}` holds an expression.
        text: Source,
    },
    /// Adds an option beside another one.
    Option {
        /// The place of the other one.
        beside: Source,
        /// The program that gets it where the other one stands in no command and no file.
        or_beside: Option<Source>,
        /// The flag in a command, dashes included.
        flag: String,
        /// The name in a configuration file, if it has one.
        setting: Option<String>,
        /// The value.
        to: Source,
    },
}

impl Action {
    /// The place that it starts from, and the value that it brings.
    pub fn sources(&self) -> (&Source, Option<&Source>) {
        match self {
            Self::Set { at, to } | Self::Rename { at, to } => (at, Some(to)),
            Self::Remove { at } => (at, None),
            Self::Directives { beside, .. } => (beside, None),
            Self::Option { beside, to, .. } => (beside, Some(to)),
        }
    }
}

/// A label of a rule beside its primary one.
#[derive(Clone, Debug)]
pub struct Related {
    /// The place: a fact or a path.
    pub at: Source,
    /// What is to be seen there.
    pub label: Source,
}

/// An example of a rule.
#[derive(Clone, Debug)]
pub struct Example {
    /// Whether the rule must fire.
    pub fails: bool,
    /// Files by path, markers included.
    pub files: Vec<(String, Spanned<String>)>,
    /// The files that the first fix of each diagnostic changes, as they are then. One without a
    /// path is the only one.
    pub fixed: Vec<(Option<String>, Spanned<String>)>,
}

/// An expression or a text with expressions, compiled when it is first needed.
#[derive(Clone, Debug)]
pub struct Source {
    words: Words,
    compiled: OnceLock<Box<Compiled>>,
    template: OnceLock<Template>,
}

/// What is written in a rule file. Of our own, places are made when they are asked for: a run has
/// every rule, and names a place in none.
#[derive(Clone, Debug)]
enum Words {
    Read(Text),
    Embedded(FileId, &'static Written),
}

/// A text of a rule file that is a part of the program.
#[derive(Debug)]
pub struct Written {
    /// What it says.
    pub value: &'static str,
    /// The bytes of its literal, quotes included.
    pub literal: (usize, usize),
    /// Where it begins in the file, when it stands there as it is.
    pub verbatim: Option<usize>,
    /// Its expression, or the text with its expressions, as `opslint-expression` packs them; empty
    /// where it has none.
    pub packed: &'static [u8],
}

impl Written {
    /// The text with the place of each of its bytes, as far as it stands in the file as it is.
    fn text(&self, file: FileId) -> Text {
        let span = Span::new(file, self.literal.0, self.literal.1);
        match self.verbatim {
            Some(start) => Text::verbatim(self.value, span, start),
            None => Text::new(self.value, span, Vec::new()),
        }
    }
}

impl Words {
    /// What the build made of it, and its text.
    fn packed(&self) -> Option<(&'static [u8], &'static str)> {
        match self {
            Self::Embedded(_, it) if !it.packed.is_empty() => Some((it.packed, it.value)),
            Self::Embedded(..) | Self::Read(_) => None,
        }
    }
}

impl Source {
    /// An expression or text of a rule file.
    pub fn new(text: Text) -> Self {
        Self::of(Words::Read(text))
    }

    /// The same of a rule file that comes with opslint.
    pub fn embedded(file: FileId, written: &'static Written) -> Self {
        Self::of(Words::Embedded(file, written))
    }

    fn of(words: Words) -> Self {
        Self { words, compiled: OnceLock::new(), template: OnceLock::new() }
    }

    /// As written in the rule file.
    pub fn value(&self) -> &str {
        match &self.words {
            Words::Read(text) => &text.value,
            Words::Embedded(_, written) => written.value,
        }
    }

    /// The same with the places of its parts.
    pub fn text(&self) -> Cow<'_, Text> {
        match &self.words {
            Words::Read(text) => Cow::Borrowed(text),
            Words::Embedded(file, written) => Cow::Owned(written.text(*file)),
        }
    }

    /// The expression; `None` when it does not compile, which loading has said.
    pub fn expression(&self, names: &Names) -> Option<&Compiled> {
        if let Some(compiled) = self.compiled.get() {
            return Some(compiled);
        }
        let compiled = match self.words.packed() {
            Some((bytes, text)) => opslint_expression::unpack(bytes, text),
            None => opslint_expression::compile_checked(self.value(), names).ok(),
        };
        let compiled = compiled?;
        Some(self.compiled.get_or_init(|| Box::new(compiled)))
    }

    /// The text with expressions; `None` when one does not compile, which loading has said.
    pub fn template(&self, names: &Names) -> Option<&Template> {
        if let Some(template) = self.template.get() {
            return Some(template);
        }
        let template = match self.words.packed() {
            Some((bytes, text)) => opslint_expression::unpack_template(bytes, text),
            None => Template::compile_checked(self.value(), names).ok(),
        };
        let template = template?;
        Some(self.template.get_or_init(|| template))
    }
}

impl Check {
    /// The names that expressions of this rule may use.
    pub fn names(&self) -> Names {
        Names {
            facts: matches!(self.on, On::Process | On::Deployment),
            processes: matches!(self.on, On::Process | On::Deployment),
            it: self.select.as_ref().map(|_| Ty::Any),
            formats: None,
        }
    }

    /// The format of the file that a path of `select` starts in: `file.fly.vm` gives `fly`.
    pub fn selected_format(&self, names: &Names) -> Option<Cow<'_, str>> {
        if let Some(format) = self.format {
            return Some(Cow::Borrowed(format));
        }
        let mut expr: &Expr = &self.select.as_ref()?.expression(names)?.expr;
        loop {
            match &expr.kind {
                ExprKind::Select(operand, field) => {
                    if matches!(&operand.kind, ExprKind::Name(name) if name == "file") {
                        return Some(Cow::Borrowed(field));
                    }
                    expr = operand;
                }
                ExprKind::Index(operand, index) => {
                    // `file["app-json"]`: names with other signs than those of a CEL name.
                    if let (ExprKind::Name(name), ExprKind::Text(format)) =
                        (&operand.kind, &index.kind)
                        && name == "file"
                    {
                        return Some(Cow::Borrowed(format));
                    }
                    expr = operand;
                }
                ExprKind::Each(operand) => expr = operand,
                _ => return None,
            }
        }
    }
}

impl Rule {
    /// The page of a rule of ours in the manual; of a user's rule, the first of its sources.
    pub fn url(&self) -> Option<String> {
        match self.file.embedded_idx() {
            Some(_) => Some(format!("{RULES_URL}{}", self.id)),
            None => self.sources.first().map(|it| it.clone().into_owned()),
        }
    }
}

/// Ids of diagnostics about a run rather than a project, which have no page: no file that could be
/// an example shows them.
pub const WITHOUT_PAGE: &[&str] = &[
    "invalid-config",
    "invalid-rule",
    "locked-suppression",
    "resolved-baseline",
    "unreadable-file",
];

/// Where the manual's chapter on rules is.
pub const RULES_URL: &str = "https://github.com/opslint/opslint/blob/main/docs/rules.md#";
