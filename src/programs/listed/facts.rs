//! The settings and facts of a program of `programs/`.

use std::sync::Arc;

use super::super::{Server, arguments, default_fact, derive, settle};
use super::{Program, Serves, find, special};
use crate::diagnostic::Diagnostic;
use crate::fact::{Fact, Origin, OriginKind, State, Value};
use crate::launch::{Launch, Piece, Word};
use crate::programs::options::Ty;
use crate::project::Lookup;
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// Works out what a program runs with: its options, and what follows from them.
pub(in crate::programs) fn resolve(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    program: &'static Program,
    launch: &Launch,
    cpus: &Fact,
) -> Server {
    let start = find(launch).map_or(1, |(_, idx)| idx).min(launch.argv.len());
    let mut words = of_variables(program, launch);
    words.extend(launch.argv[start..].iter().cloned());
    let given = match program.serves {
        Serves::Code if !program.options_behind_code => {
            arguments::read_until_code(&program.table, &words)
        }
        _ => arguments::read(&program.table, &words),
    };
    let mut server = settle::settings(acc, &program.table, &given, launch, cpus, None);
    let addresses = program.table.options.iter().filter(|it| it.ty == Ty::Address);
    for option in addresses {
        derive::bind(&mut server, option.name, None);
    }
    if let Some(workers) = program.workers {
        server.facts.set(v::WORKERS, processes(program, workers));
    }
    special::facts(&mut server, workspace, program, &given, launch, cpus);
    derive::shared(&mut server);
    server
}

/// The processes that a program is. What runs code of the project may start others: that it does
/// not is an assumption.
fn processes(program: &Program, workers: i64) -> Fact {
    match program.serves {
        Serves::Code => {
            let source = format!("{} is one process unless its code starts others", program.title);
            Fact::known(Value::Int(workers), Origin::new(OriginKind::Assumed, source))
        }
        Serves::Http | Serves::Jobs | Serves::Once | Serves::Others => {
            default_fact(Value::Int(workers), program.title)
        }
    }
}

/// The words of variables such as `NODE_OPTIONS`, which come before those of the command.
fn of_variables(program: &Program, launch: &Launch) -> Vec<Word> {
    let mut words = Vec::new();
    for name in program.words_env {
        let Lookup::Set(fact) = launch.environment.get(name) else { continue };
        let span = fact.origin.span.unwrap_or(launch.span);
        let word = |text: Result<String, _>| Word {
            pieces: vec![Piece { text, span, expanded: Some(Arc::new(fact.clone())) }],
            span,
        };
        match (fact.text(), &fact.state) {
            (Some(text), _) => {
                words.extend(text.split_whitespace().map(|it| word(Ok(it.to_owned()))));
            }
            (None, State::Unknown(unknown)) => words.push(word(Err(unknown.clone()))),
            (None, _) => {}
        }
    }
    words
}
