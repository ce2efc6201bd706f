//! What a process is for, where its server says more than its manifest.

use crate::commands::is_shell;
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::{Launch, Word};
use crate::programs::{self, ServerKind};
use crate::project::{Environment, Facts};
use crate::vocabulary;

/// What was taken for a worker, since nothing names its ports, is a web process when its server
/// answers requests: a proxy beside it passes them on. What its ports made a web process is certain
/// to be one.
pub(super) fn web_by_server(facts: &mut Facts, server: &Origin) {
    let guessed = facts.get(vocabulary::KIND).filter(|it| it.origin.kind == OriginKind::Assumed);
    if matches!(guessed.and_then(Fact::text), Some("worker" | "web")) {
        let source = "its server answers requests";
        let origin = Origin { span: server.span, ..Origin::new(OriginKind::Derived, source) };
        facts.set(vocabulary::KIND, Fact::known(Value::Text("web".to_owned()), origin));
    }
}

/// What a name alone made a web process is a worker when its server works on jobs: a unit `shop`
/// that starts celery answers no request. What has no ports is certain to be one.
pub(super) fn worker_by_server(facts: &mut Facts, server: &Origin) {
    let guessed = facts.get(vocabulary::KIND).filter(|it| it.origin.kind == OriginKind::Assumed);
    if matches!(guessed.and_then(Fact::text), Some("worker" | "web")) {
        let source = "its server works on jobs";
        let origin = Origin { span: server.span, ..Origin::new(OriginKind::Derived, source) };
        facts.set(vocabulary::KIND, Fact::known(Value::Text("worker".to_owned()), origin));
    }
}

/// What a name alone made a web process is a worker when its code asks others for work: a bot.
pub(super) fn worker_by_code(facts: &mut Facts, code: &Origin) {
    let guessed = facts.get(vocabulary::KIND).filter(|it| it.origin.kind == OriginKind::Assumed);
    if guessed.and_then(Fact::text) == Some("web") {
        let source = "its code answers no requests";
        let origin = Origin { span: code.span, ..Origin::new(OriginKind::Derived, source) };
        facts.set(vocabulary::KIND, Fact::known(Value::Text("worker".to_owned()), origin));
    }
}

/// The program that the words of a command from one on would start.
fn behind(launch: &Launch, start: usize) -> Option<ServerKind> {
    let argv = launch.argv.get(start..).filter(|it| !it.is_empty())?.to_vec();
    programs::identify(&Launch { argv, ..launch.clone() })
}

/// The server, or the shell, that the words behind a program would start: a program that nobody here
/// knows may be a wrapper, as `taskset 1 gunicorn shop.wsgi`.
pub(super) fn started_by(launch: &Launch) -> Option<String> {
    (1..launch.argv.len().min(WORDS_MAX)).find_map(|start| {
        let text = launch.argv[start].text()?;
        let next = launch.argv.get(start + 1).and_then(Word::text);
        if is_shell(&text) && next.as_deref() == Some("-c") {
            return text.rsplit('/').next().map(str::to_owned);
        }
        let serves = |it: &ServerKind| it.serves_http() || it.stays();
        if let Some(program) = behind(launch, start).filter(serves) {
            return Some(program.name().to_owned());
        }
        // A whole command is one word: `fish -c "gunicorn shop.wsgi"`.
        let mut words = text.split_whitespace();
        words.clone().nth(1)?;
        let span = launch.argv[start].span;
        let argv = words.by_ref().take(WORDS_MAX).map(|it| Word::literal(it, span)).collect();
        // The environment may be large, and no program is told by it.
        let inner = Launch { argv, environment: Environment::new(), ..launch.clone() };
        let mut found = (0..inner.argv.len()).filter_map(|it| behind(&inner, it));
        found.find(serves).map(|it| it.name().to_owned())
    })
}

/// The words that a script of the image gets usually name the program that it starts in the end:
/// `/docker-entrypoint.sh gunicorn shop.wsgi`. What nothing else shows is taken from them.
pub(super) fn by_arguments(facts: &mut Facts, launch: &Launch) {
    let guessed = facts.get(vocabulary::KIND).filter(|it| it.origin.kind == OriginKind::Assumed);
    if !matches!(guessed.and_then(Fact::text), Some("worker" | "web")) {
        return;
    }
    let Some(program) = (1..=ARGUMENTS_MAX).find_map(|it| behind(launch, it)) else { return };
    let kind = match program {
        it if it.serves_http() => "web",
        it if it.stays() => "worker",
        _ => return,
    };
    let source = format!("its script is told to start `{}`", program.name());
    let origin = Origin { span: Some(launch.span), ..Origin::new(OriginKind::Assumed, source) };
    facts.set(vocabulary::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
}

/// Words of a wrapper behind which another program is looked for.
const WORDS_MAX: usize = 16;

/// Words in front of the program that a script is told to start: options of its own.
const ARGUMENTS_MAX: usize = 3;
