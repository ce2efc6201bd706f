//! Suppressions: what somebody has decided to live with, and why.
//!
//! They stand in comments (`# opslint: allow[rule-id] reason until=2027-01-01`) and, for formats
//! without comments, in `[[suppressions]]` of opslint.toml. A comment counts on a line with one of
//! the diagnostic's labels, on the line above it, and on or above the key or header of a block
//! around a label, so that an absent setting can be allowed. A suppression without effect is itself
//! a diagnostic: it says how to get rid of it.

mod comment;
mod place;
mod problems;
mod removal;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use crate::policy::config::LOCKED;
pub use problems::{EXPIRED, INVALID, UNUSED};

use self::comment::Malformed;
use self::place::Line;
use self::problems::Needed;
use super::is_same;
use crate::diagnostic::{Diagnostic, Undecided};
use crate::document::{Document, Node};
use crate::glob::Pattern;
use crate::platforms::Date;
use crate::policy::config::{Config, ConfigSuppression};
use crate::source::{SourceMap, Span, Spanned};

/// A rule as far as suppressions care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleState<'a> {
    /// The id.
    pub id: &'a str,
    /// Whether it cannot be suppressed.
    pub is_locked: bool,
    /// Whether it ran: what would hold back a rule that is off is not called unused.
    pub runs: bool,
}

/// What suppressions are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// All texts.
    pub sources: &'a SourceMap,
    /// The trees of the files that say something to opslint, see [`speaks_to_us`].
    pub documents: &'a [Arc<Document>],
    /// The paths of all files that are understood, with or without a word to opslint.
    pub paths: &'a BTreeSet<Arc<str>>,
    /// Every rule.
    pub rules: &'a [RuleState<'a>],
    /// Rules that could not be decided: what would suppress them is not called unused.
    pub undecided: &'a [Undecided],
    /// The day of this run.
    pub today: Date,
}

/// One rule that is allowed somewhere.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// The rule; the span is the id's own.
    pub rule: Spanned<String>,
    /// Why. Shared by all rules of one comment.
    pub reason: Arc<str>,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// The process it is limited to; only opslint.toml can say that.
    pub process: Option<String>,
    /// What came of it.
    pub state: State,
    target: Target,
}

/// What a suppression is about.
#[derive(Clone, Debug)]
enum Target {
    /// A line, and the blocks whose header it is.
    Line(Line),
    /// The files of a pattern.
    Files {
        pattern: Pattern,
        /// Whether the file it stands in is shared by other projects, which may need it.
        is_shared: bool,
    },
}

/// What came of a suppression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It held back this many diagnostics.
    Used(usize),
    /// It held nothing back.
    Unused,
    /// Whether it is needed cannot be told: its rule is off or undecided, or no file of this run
    /// is one it is about.
    Idle,
    /// Its last day is over.
    Expired,
    /// Its rule cannot be suppressed.
    Locked,
}

impl State {
    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Used(_) => "used",
            Self::Unused => "unused",
            Self::Idle => "idle",
            Self::Expired => "expired",
            Self::Locked => "locked",
        }
    }
}

/// What suppressions did to the diagnostics of a run.
#[derive(Debug, Default)]
pub struct Suppressed {
    /// How many diagnostics were held back.
    pub held_back: usize,
    /// Every suppression with what came of it, in file order.
    pub suppressions: Vec<Suppression>,
}

/// Takes the suppressed diagnostics out of `diagnostics` and adds what is to be said about the
/// suppressions themselves. `diagnostics` are sorted; what is said of several deployments or
/// processes in the same words counts once.
pub fn apply(diagnostics: &mut Vec<Diagnostic>, config: &Config, input: &Input<'_>) -> Suppressed {
    let mut about = Vec::new();
    let mut suppressions = in_comments(&mut about, input);
    suppressions.extend(in_config(config));
    let mut needed = vec![Needed::No; suppressions.len()];
    let before = diagnostics.len();
    let is_repeated: Vec<bool> = std::iter::once(false)
        .chain(diagnostics.windows(2).map(|it| is_same(&it[0], &it[1])))
        .collect();
    let mut is_repeated = is_repeated.into_iter();
    diagnostics.retain(|diagnostic| {
        let mut is_held_back = false;
        let is_repeated = is_repeated.next().unwrap_or(false);
        for (it, needed) in suppressions.iter_mut().zip(&mut needed) {
            if !it.covers(diagnostic, input) {
                continue;
            }
            *needed = Needed::Yes;
            if input.counts(it) {
                is_held_back = true;
                let used = it.state.used();
                it.state = State::Used(used + usize::from(used == 0 || !is_repeated));
            }
        }
        !is_held_back
    });
    let held_back = before - diagnostics.len();
    for (it, needed) in suppressions.iter_mut().zip(needed) {
        it.state = input.state(it);
        about.extend(it.problem(needed, input.sources));
    }
    diagnostics.append(&mut about);
    Suppressed { held_back, suppressions }
}

/// Whether a file may have a comment that is meant for opslint. All others need not be kept.
pub(crate) fn speaks_to_us(sources: &SourceMap, document: &Document) -> bool {
    sources.get(document.file).is_some_and(|it| it.text().contains(comment::MARKER))
}

/// Comments of one file that may allow something. Further ones hold nothing back.
const COMMENTS_MAX: usize = 1_000;

fn in_comments(acc: &mut Vec<Diagnostic>, input: &Input<'_>) -> Vec<Suppression> {
    let mut suppressions = Vec::new();
    for document in input.documents {
        let file = input.sources.file(document.file);
        let mut starts: Vec<_> = document.comments.iter().map(|it| it.range().start).collect();
        starts.sort_unstable();
        let is_ours = |it: &&Span| input.sources.text(**it).contains(comment::MARKER);
        for comment in document.comments.iter().filter(is_ours).take(COMMENTS_MAX) {
            if let Some(line) = Line::of_comment(file.text(), *comment, &starts) {
                in_comment(acc, &mut suppressions, input, *comment, &line);
            }
        }
        if is_procfile(file.path()) {
            trailing_in_procfile(acc, &document.root);
        }
    }
    suppressions
}

/// Rules of one comment that may be allowed. Further ones hold nothing back.
const RULES_MAX: usize = 1_000;

/// So many diagnostics of suppressions get the nearest name of a rule. Nobody reads more.
const SUGGESTIONS_MAX: usize = 1_000;

fn in_comment(
    acc: &mut Vec<Diagnostic>,
    suppressions: &mut Vec<Suppression>,
    input: &Input<'_>,
    comment: Span,
    line: &Line,
) {
    let text = input.sources.text(comment);
    let start = comment.range().start;
    let span =
        |it: std::ops::Range<usize>| Span::new(comment.file, start + it.start, start + it.end);
    let allow = match comment::parse(text) {
        None => return,
        Some(Ok(allow)) => allow,
        Some(Err(malformed)) => {
            acc.push(match malformed {
                Malformed::NotAllow(it) => problems::not_allow(span(it.clone()), &text[it]),
                Malformed::NoRules(it) => problems::no_rules(span(it)),
                Malformed::NoReason(it) => problems::no_reason(span(it)),
            });
            return;
        }
    };
    let mut until = None;
    if let Some(range) = allow.until {
        until = Date::from_iso(&text[range.clone()]);
        if until.is_none() {
            // A date that cannot be read must not turn into "for ever".
            acc.push(problems::not_a_date(span(range.clone()), &text[range]));
            return;
        }
    }
    for range in allow.rules.into_iter().take(RULES_MAX) {
        let rule = Spanned::new(text[range.clone()].to_owned(), span(range));
        if input.rule(&rule.value).is_none() {
            // Looking for the nearest name takes longer than reading a line does.
            let is_worth_it = acc.len() < SUGGESTIONS_MAX;
            let known = input.rules.iter().filter(|_| is_worth_it).map(|it| it.id);
            let known: Vec<_> = known.collect();
            acc.push(problems::unknown_rule(rule.span, &rule.value, &known));
            continue;
        }
        suppressions.push(Suppression {
            rule,
            reason: Arc::clone(&allow.reason),
            until,
            process: None,
            state: State::Unused,
            target: Target::Line(line.clone()),
        });
    }
}

/// Heroku, foreman and honcho take a line that begins with `#` for no process and skip it; the end
/// of a process line goes to the shell or to the program as it is.
fn is_procfile(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|it| it.starts_with("Procfile"))
}

fn trailing_in_procfile(acc: &mut Vec<Diagnostic>, root: &Node) {
    for command in root.entries().iter().filter_map(|it| it.value.as_text()) {
        for (start, _) in command.value.match_indices('#') {
            if comment::parse(&command.value[start..]).is_some() {
                let span = command.span_of(start..command.value.len());
                acc.push(problems::part_of_a_command(span));
                break;
            }
        }
    }
}

fn in_config(config: &Config) -> impl Iterator<Item = Suppression> {
    let shared = |it: &ConfigSuppression| config.files.iter().skip(1).any(|f| *f == it.span.file);
    config.suppressions().map(move |it| Suppression {
        rule: it.rule.clone(),
        reason: Arc::from(it.reason.value.as_str()),
        until: it.until.as_ref().map(|it| it.value),
        process: it.process.as_ref().map(|it| it.value.clone()),
        state: State::Unused,
        target: Target::Files { pattern: it.path.value.clone(), is_shared: shared(it) },
    })
}

impl Suppression {
    /// The pattern of the files it is about; `None` when it stands in a comment.
    pub fn pattern(&self) -> Option<&str> {
        match &self.target {
            Target::Line(_) => None,
            Target::Files { pattern, .. } => Some(pattern.text()),
        }
    }

    fn covers(&self, diagnostic: &Diagnostic, input: &Input<'_>) -> bool {
        let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.related);
        let process = self.process.as_deref();
        self.rule.value == diagnostic.rule
            && process.is_none_or(|it| diagnostic.process.as_deref() == Some(it))
            && labels.map(|it| it.span).any(|it| self.covers_place(it, input))
    }

    fn covers_undecided(&self, undecided: &Undecided, input: &Input<'_>) -> bool {
        // Where its labels would be is not known, so any place in the same file will do.
        let is_near = match &self.target {
            Target::Line(line) => line.file == undecided.span.file,
            Target::Files { .. } => self.covers_place(undecided.span, input),
        };
        self.rule.value == undecided.rule && is_near
    }

    fn covers_place(&self, span: Span, input: &Input<'_>) -> bool {
        match &self.target {
            Target::Files { pattern, .. } => pattern.matches(input.sources.file(span.file).path()),
            Target::Line(line) if line.file != span.file => false,
            Target::Line(line) => {
                line.carries(span)
                    || input
                        .documents
                        .iter()
                        .filter(|it| it.file == span.file)
                        .any(|it| line.heads_block_of(span, &it.root))
            }
        }
    }

    fn problem(&self, needed: Needed, sources: &SourceMap) -> Option<Diagnostic> {
        let (span, rule) = (self.rule.span, self.rule.value.as_str());
        match self.state {
            State::Used(_) | State::Idle => None,
            State::Unused => {
                let mut diagnostic = problems::unused(span, rule);
                diagnostic.fixes.extend(removal::fix(sources, span));
                Some(diagnostic)
            }
            State::Expired => Some(problems::expired(span, rule, self.until?, needed)),
            State::Locked => Some(problems::locked(span, rule)),
        }
    }
}

impl State {
    fn used(self) -> usize {
        match self {
            Self::Used(count) => count,
            _ => 0,
        }
    }
}

impl Input<'_> {
    fn rule(&self, id: &str) -> Option<RuleState<'_>> {
        self.rules.iter().copied().find(|it| it.id == id)
    }

    fn is_expired(&self, it: &Suppression) -> bool {
        it.until.is_some_and(|until| until < self.today)
    }

    fn counts(&self, it: &Suppression) -> bool {
        !self.is_expired(it) && self.rule(&it.rule.value).is_some_and(|rule| !rule.is_locked)
    }

    /// What came of a suppression, once every diagnostic was looked at.
    fn state(&self, it: &Suppression) -> State {
        let rule = self.rule(&it.rule.value);
        if rule.is_some_and(|rule| rule.is_locked) {
            return State::Locked;
        }
        if self.is_expired(it) {
            return State::Expired;
        }
        let has_files = match &it.target {
            Target::Line(_) => true,
            Target::Files { is_shared: true, .. } => false,
            Target::Files { pattern, .. } => self.paths.iter().any(|it| pattern.matches(it)),
        };
        let is_undecided = || self.undecided.iter().any(|u| it.covers_undecided(u, self));
        match it.state {
            State::Used(count) => State::Used(count),
            _ if !has_files || !rule.is_some_and(|it| it.runs) || is_undecided() => State::Idle,
            _ => State::Unused,
        }
    }
}
