//! Commands and the programs they start.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::fact::{Origin, OriginKind, Value};
use crate::project::Lookup;
use crate::workspace::{Copied, ImageFiles, MemoryFiles};

mod daemons;
mod layers;
mod packages;
mod stays;
mod supervised;
mod tasks;

/// A project that commands run in.
struct Scene {
    environment: Environment,
    files: MemoryFiles,
    cpus: Fact,
    dialect: Dialect,
    image: Option<Arc<ImageFiles>>,
}

impl Scene {
    /// An environment with these variables, of which more may be set elsewhere.
    fn with(variables: &[(&str, &str)]) -> Self {
        let mut environment = Environment::new();
        for (name, value) in variables {
            environment.set(*name, known(Value::Text((*value).to_owned())));
        }
        Self {
            environment,
            files: MemoryFiles::new(),
            cpus: known(Value::Int(4)),
            dialect: Dialect::Unknown,
            image: None,
        }
    }

    /// The files are copied into an image: each as `(where, from)`.
    fn copied(mut self, copied: &[(&str, &str)]) -> Self {
        let copied = copied
            .iter()
            .map(|(to, from)| Copied { to: (*to).to_owned(), from: (*from).to_owned() });
        let (start, copied) = ("/srv".to_owned(), copied.collect());
        self.image = Some(Arc::new(ImageFiles { start, copied, ..ImageFiles::default() }));
        self
    }

    fn file(mut self, path: &str, text: &str) -> Self {
        self.files = self.files.with(path, text);
        self
    }

    fn run(&self, make: impl FnOnce(&mut Workspace<'_>) -> Source) -> (Launches, Vec<String>) {
        let mut workspace = Workspace::new(&self.files);
        let source = make(&mut workspace);
        let mut workspace = workspace.in_image(self.image.as_ref());
        let mut acc = Vec::new();
        let surroundings = Surroundings {
            environment: &self.environment,
            folder: "",
            in_image: self.image.is_some(),
            cpus: &self.cpus,
            shell: self.dialect,
            sh: self.dialect,
            entry_of_base: &[],
        };
        let command = source.command();
        let launches = launches(&mut acc, &mut workspace, &command, &surroundings);
        let shown = acc
            .iter()
            .map(|it| format!("{} at `{}`", it.rule, workspace.sources.text(it.primary.span)));
        (launches, shown.collect())
    }

    /// What the command starts, one program a line.
    #[track_caller]
    fn check(&self, command: &str, expected: &str) {
        let (launches, problems) = self.run(|it| Source::shell(it, command));
        assert_eq!(problems, [""; 0], "{command}");
        assert_eq!(show(&launches), expected, "{command}");
    }

    #[track_caller]
    fn check_exec(&self, command: &str, expected: &str, problems: &[&str]) {
        let (launches, found) =
            self.run(|it| Source { is_exec: true, ..Source::shell(it, command) });
        assert_eq!(show(&launches), expected, "{command}");
        assert_eq!(found, problems, "{command}");
    }
}

/// A command that stands in a file of its own.
struct Source {
    text: Text,
    is_exec: bool,
}

impl Source {
    fn shell(workspace: &mut Workspace<'_>, command: &str) -> Self {
        let before = "web: ";
        let file = workspace.sources.add("COMMAND", format!("{before}{command}"));
        let span = Span::new(file, before.len(), before.len() + command.len());
        Self { text: Text::verbatim(command, span, before.len()), is_exec: false }
    }

    fn command(&self) -> CommandSource<'_> {
        if self.is_exec {
            CommandSource::Exec(&self.text)
        } else {
            CommandSource::Shell(&self.text)
        }
    }
}

fn known(value: Value) -> Fact {
    Fact::known(value, Origin::new(OriginKind::Env, "the test"))
}

/// `[folder] program words`, with `‹…›` around the words that may be several and `…` for gaps.
fn show(launches: &Launches) -> String {
    let launch = |it: &Launch| {
        let words = it.argv.iter().map(|word| match word.state().to_string() {
            _ if word.may_be_several() => "‹…›".to_owned(),
            text if text == "unknown" => "…".to_owned(),
            text if text.is_empty() || text.contains(' ') => format!("'{text}'"),
            text => text,
        });
        let folder = if it.folder.is_empty() { String::new() } else { format!("[{}] ", it.folder) };
        format!("{folder}{}", words.collect::<Vec<_>>().join(" "))
    };
    let mut lines: Vec<String> =
        launches.before.iter().map(|it| format!("before {}", launch(it))).collect();
    lines.extend(launches.main.iter().map(&launch));
    lines.extend(launches.background.iter().map(|it| format!("beside {}", launch(it))));
    lines.extend(launches.uncertain.iter().map(|it| format!("? {}", it.reason)));
    lines.join("\n")
}

#[test]
fn a_shell_expands_and_splits_words() {
    let scene = Scene::with(&[("PORT", "8000"), ("ARGS", "-w 2  -k gthread"), ("EMPTY", "")]);
    scene.check("gunicorn -b 0.0.0.0:$PORT a:b", "gunicorn -b 0.0.0.0:8000 a:b");
    scene.check("gunicorn $ARGS a:b", "gunicorn -w 2 -k gthread a:b");
    scene.check("gunicorn \"$ARGS\" 'x y' a\\ b", "gunicorn '-w 2  -k gthread' 'x y' 'a b'");
    scene.check("run $EMPTY '' \"$EMPTY\" x$EMPTY", "run '' '' x");
    scene.check("run '$PORT' \\$PORT \"\\$PORT\" $", "run $PORT $PORT $PORT $");
    scene.check("run ${PORT:-1} ${PORT:+2} ${EMPTY:-3} ${EMPTY-4}x", "run 8000 2 3 x");
    scene.check("run é$PORT “${PORT}”", "run é8000 “8000”");
    scene.check("run \\\n  a # gunicorn\n", "run a");
}

#[test]
fn a_variable_that_no_file_sets_is_unknown() {
    let scene = Scene::with(&[]);
    scene.check("gunicorn $ARGS -w $N -b :$PORT \"$X\"", "gunicorn ‹…› -w ‹…› -b :… …");
    scene.check("run ${N:-4} ${N-5} ${N:+6} ${M:=7} $M", "run 4 5 7 7");
    scene.check("run ${A:-${B:-2}} ${N:?must be set} ${#N}", "run 2 ‹…› ‹…›");
    scene.check("run ~/x $(date)", "run ‹…› ‹…›");
}

#[test]
fn a_default_beside_an_unset_variable_is_an_assumption() {
    let scene = Scene::with(&[("SET", "1")]);
    let (launches, _) = scene.run(|it| Source::shell(it, "run ${N:-4} ${SET:-4} 4"));
    let argv = launches.main.unwrap().argv;
    let assumed: Vec<bool> = argv.iter().map(|it| it.fact("").origin.is_assumed()).collect();
    assert_eq!(assumed, [false, true, false, false]);
}

#[test]
fn arithmetic_is_worked_out() {
    let scene = Scene::with(&[("N", "3")]);
    scene.check("run $((N * 2 + 1)) $(( $N + 1 )) $(nproc) `nproc`", "run 7 4 4 4");
    scene.check("run --workers=$((2 * $(nproc) + 1))", "run --workers=9");
    scene.check("run $((UNKNOWN + 1)) x$((1 +))", "run ‹…› x…");
}

#[test]
fn assignments_and_exports_reach_the_program() {
    let scene = Scene::with(&[("SET", "1")]);
    for (command, expected) in [
        ("A=2 run", Some("2")),
        ("export A=2; run", Some("2")),
        ("A=2; export A; run", Some("2")),
        ("env A=2 run", Some("2")),
        ("A=1 sh -c 'A=2 exec run'", Some("2")),
        ("set -a; A=2; run", Some("2")),
        ("A=2; run", None),
        ("A=2 true; run", None),
        ("export A=2; unset A; run", None),
        ("export A=2; env -u A run", None),
        ("(export A=2); run", None),
    ] {
        let (launches, _) = scene.run(|it| Source::shell(it, command));
        let main = launches.main.expect(command);
        let value = match main.environment.get("A") {
            Lookup::Set(fact) => fact.text(),
            _ => None,
        };
        assert_eq!(value, expected, "{command}");
    }
    let (launches, _) = scene.run(|it| Source::shell(it, "SET=2 && run"));
    let main = launches.main.unwrap();
    let Lookup::Set(fact) = main.environment.get("SET") else { panic!("it was exported before") };
    assert_eq!(fact.text(), Some("2"));
    assert_eq!(fact.overridden.len(), 1);
}

#[test]
fn the_last_program_or_the_first_server_stays() {
    let scene = Scene::with(&[]);
    scene.check("migrate && gunicorn a", "before migrate\ngunicorn a");
    scene.check("migrate; collect\ngunicorn a", "before migrate\nbefore collect\ngunicorn a");
    scene.check("migrate || exit 1; gunicorn a", "before migrate\ngunicorn a");
    scene.check("gunicorn a || echo failed; cleanup", "gunicorn a");
    scene.check("worker & gunicorn a", "gunicorn a\nbeside worker");
    scene.check("gunicorn a 2>&1 | tee log", "gunicorn a");
    scene.check("gunicorn a & wait", "gunicorn a");
    scene.check("exec gunicorn a; never", "gunicorn a");
    // What goes to the background by itself runs beside what follows.
    let beside = "gunicorn a\nbeside celery -A x worker --detach";
    scene.check("celery -A x worker --detach; exec gunicorn a", beside);
    scene.check("celery -A x worker -D && tail -f log", "celery -A x worker -D");
    scene.check("(cd x && { migrate; }); gunicorn a", "before [x] migrate\ngunicorn a");
    scene.check("true", "");
    scene.check("", "");
}

#[test]
fn cd_changes_the_folder() {
    let scene = Scene::with(&[]);
    scene.check("cd api && gunicorn a", "[api] gunicorn a");
    scene.check("cd api; cd ../web; gunicorn a", "[web] gunicorn a");
    scene.check("cd /app/api && gunicorn a", "[api] gunicorn a");
    let outside = "? the command runs in `/srv`, which is not in the project";
    scene.check("cd /srv && gunicorn a", outside);
}

#[test]
fn a_condition_that_is_not_known_leaves_it_open() {
    let scene = Scene::with(&[("ENV", "prod")]);
    scene.check("if [ $ENV = prod ]; then gunicorn a; else flask run; fi", "gunicorn a");
    scene.check("[ \"$ENV\" != prod ] && exec flask run; gunicorn a", "gunicorn a");
    scene.check("case $ENV in dev) flask run;; p*) gunicorn a;; esac", "gunicorn a");
    scene.check("if [[ $ENV == prod ]]; then gunicorn a; fi", "gunicorn a");
    let open = "? which program stays depends on a condition in the command";
    scene.check("if [ \"$X\" = 1 ]; then gunicorn a; else celery -A x worker; fi", open);
    scene.check("case $X in w) exec celery -A x worker;; esac; gunicorn a", open);
    scene.check("[ -f x ] && exec uvicorn a; gunicorn a", open);
    // What does not stay does not matter.
    scene.check("if [ -n \"$X\" ]; then migrate; fi; gunicorn a", "gunicorn a");
    scene.check("[ -z \"$X\" ] && exit 1; gunicorn a", "gunicorn a");
    scene.check("while ! nc -z db 1; do sleep 1; done; gunicorn a", "gunicorn a");
    // What a branch sets is not known behind it.
    scene.check("N=1; if [ -f x ]; then N=2; fi; gunicorn -w $N", "gunicorn -w ‹…›");
}

#[test]
fn shells_inside_shells_are_read() {
    let scene = Scene::with(&[("PORT", "80"), ("N", "a b")]);
    scene.check("sh -c 'gunicorn -b :$PORT'", "gunicorn -b :80");
    scene.check("/bin/bash -lc \"gunicorn -b :$PORT -w \\$PORT\"", "gunicorn -b :80 -w 80");
    scene.check("sh -ec 'sh -c \"exec gunicorn \\\"\\$N\\\"\"'", "gunicorn 'a b'");
    scene.check("sh -c 'exec \"$@\"' sh gunicorn \"$N\"", "gunicorn 'a b'");
    scene.check("bash -eo pipefail -c 'gunicorn a'", "gunicorn a");
    scene.check("sh -c \"gunicorn -w $UNKNOWN a\"", "gunicorn -w ‹…› a");
    scene.check("eval \"gunicorn $N\"", "gunicorn a b");
    // The expansion ends up in the name of a variable.
    scene.check("X80=9 sh -c \"run \\$X$PORT\"", "run 9");
}

#[test]
fn spans_point_into_the_manifest_through_every_layer() {
    let scene = Scene::with(&[]);
    for command in [
        "gunicorn -w 9",
        "sh -c 'gunicorn -w 9'",
        "poetry run sh -c \"exec gunicorn -w 9\"",
        "sh -c \"sh -c 'gunicorn -w 9'\"",
    ] {
        let mut workspace = Workspace::new(&scene.files);
        let source = Source::shell(&mut workspace, command);
        let surroundings = Surroundings {
            environment: &scene.environment,
            folder: "",
            in_image: false,
            cpus: &scene.cpus,
            shell: Dialect::Unknown,
            sh: Dialect::Unknown,
            entry_of_base: &[],
        };
        let launches = launches(&mut vec![], &mut workspace, &source.command(), &surroundings);
        let main = launches.main.expect(command);
        let start = "web: ".len() + command.find("9").unwrap();
        assert_eq!(main.argv[2].span.range(), start..start + 1, "{command}");
        assert_eq!(workspace.sources.text(main.span), command);
    }
}

#[test]
fn a_syntax_error_is_said_once_and_nothing_is_guessed() {
    let scene = Scene::with(&[]);
    let (launches, problems) = scene.run(|it| Source::shell(it, "gunicorn app:make() -w 2"));
    assert!(launches.main.is_none());
    assert!(launches.uncertain.is_some());
    assert_eq!(problems, ["shell-syntax at `(`"]);
}

#[test]
fn hostile_commands_end() {
    let deep = "sh -c '".repeat(1000);
    let scene = Scene::with(&[]).file("f.sh", &"f() { f; f; }; f\n".repeat(100));
    for command in
        [deep.as_str(), "sh f.sh", &"if x; then a; else ".repeat(30), &"env ".repeat(10_000)]
    {
        scene.run(|it| Source::shell(it, command));
    }
}

proptest! {
    #[test]
    fn no_command_makes_it_panic(
        tokens in prop::collection::vec(prop::sample::select(vec![
            "gunicorn", " ", " ", "$X", "${X:-", "}", "\"", "'", "$(", ")", "`", "|", "&&", "||",
            "&", ";", "\n", "sh -c ", "env ", "exec ", "A=1 ", "if ", "then ", "fi", "case x in ",
            "esac", "\"$@\"", "set -- ", "cd x", "uv run ", "python -m ", "eval ", "é",
            "\u{F0000}", "$((", "))", "\\", "-", "--", "honcho start ", "./s.sh ", "f() { ", "f ",
            "shift ", "~", "[ ", "]",
        ]), 0..30),
    ) {
        let command = tokens.concat();
        let scene = Scene::with(&[("X", "a 'b")])
            .file("s.sh", "exec \"$@\"")
            .file("Procfile", "a: ./s.sh x");
        scene.run(|it| Source::shell(it, &command));
        scene.run(|it| Source { is_exec: true, ..Source::shell(it, &command) });
    }

    #[test]
    fn no_prefix_makes_it_panic(len in 0usize..200) {
        let command = "cd api && export A=\"${B:-$(nproc)}\"; if [ \"$1\" = 'é' ]; then \
                       sh -c 'exec gunicorn \"$@\" -w $((2 * 4))' x y; \
                       else case $A in a|b*) run ;; esac; fi & wait";
        let ends = (0..=len.min(command.len())).rev();
        let end = ends.into_iter().find(|it| command.is_char_boundary(*it)).unwrap();
        let scene = Scene::with(&[]);
        scene.run(|it| Source::shell(it, &command[..end]));
        scene.run(|it| Source { is_exec: true, ..Source::shell(it, &command[..end]) });
    }
}
