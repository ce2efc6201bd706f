//! Words, variables and folders as real shells work them out.
//!
//! Generated commands and scripts run in `sh` (dash) and in `bash`, where the program `run` prints
//! the folder it is in, its arguments and some variables, and must give what opslint gives for that
//! shell. Where opslint says unknown that is allowed and counted; what a shell complains about is
//! left out, because nobody deploys it.
#![expect(clippy::unwrap_used, reason = "a test may fail")]
#![expect(clippy::disallowed_methods, reason = "more rounds may be asked for")]

mod scripts;
mod statements;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use opslint::commands::{CommandSource, Dialect, Surroundings, launches};
use opslint::document::Text;
use opslint::fact::{Fact, Origin, OriginKind, Value};
use opslint::launch::Launch;
use opslint::project::{Environment, Lookup};
use opslint::source::Span;
use opslint::workspace::{MemoryFiles, Workspace};

use crate::python_oracle::seeds;
use statements::{BASH_STATEMENTS, STATEMENTS};

const VARIABLES: [(&str, &str); 5] =
    [("A", "1"), ("B", "x y"), ("EMPTY", ""), ("PORT", "8000"), ("ARGS", " -w 2  -k g ")];

/// Parts of words. `U` is not set.
const FRAGMENTS: [&str; 46] = [
    "a",
    "--x=",
    "é",
    "=",
    "{a}",
    "b#c",
    ":",
    "'q $A'",
    "\"d $B e\"",
    "\\$A",
    "\\ ",
    "\\\\",
    "$A",
    "${A}",
    "$B",
    "${B}",
    "\"${B}\"",
    "$EMPTY",
    "\"$EMPTY\"",
    "$U",
    "\"$U\"",
    "${U:-d e}",
    "\"${U:-d e}\"",
    "${U-$B}",
    "${A:+alt}",
    "${EMPTY:-x}",
    "${EMPTY-x}",
    "${EMPTY:+x}",
    "${EMPTY+x}",
    "${U:=new}",
    "$((A + 2))",
    "$((3*(2+1)%4))",
    "\"$((1+1))\"",
    "$#",
    "''",
    "\"\"",
    "\"a\\\"b\\\\c\\d\\$\"",
    "${U:-\"q r\"}",
    "${U:-'q r'}",
    "\"${U:-'q r'}\"",
    "\\\n",
    "${U:-${B}}",
    "$ARGS",
    "${U:-a\\ b}",
    "$(nproc)",
    "\"$@\"",
];

/// Commands around two words.
const TEMPLATES: [&str; 23] = [
    "run W V",
    "run W V # c",
    "X=W; run \"$X\" $X",
    "run W && run V",
    "run W; run V\nrun end",
    "false || run W",
    "true && ! false && run W",
    "(X=W; run $X); run ${X:-V}",
    "{ run W; }; run V",
    "if [ \"$A\" = 1 ]; then run W; else run no; fi",
    "if [ -z \"$B\" ]; then run no; elif [ $A -lt 2 ]; then run W V; fi",
    "case $A in 0|2) run no;; 1) run W;; *) run no;; esac",
    "case \"$B\" in [0-9]) run no;; esac; case $B in y*) run no;; x*y) run W V;; esac",
    "set -- W V; run \"$@\" $# \"$1\"; shift; run \"$@\"",
    "f() { run \"$@\" V; }; f W",
    "set -- W V; run x\"$@\"y x$@ \"a $*\" $*",
    "exec run W V; run no",
    "export X=\"$B\"; run $X W",
    "unset A; run ${A:-V} W",
    "env X=1 run W",
    "sh -c 'run \"$@\" $A \"$B\"' s W V",
    "A=7 sh -c 'run $A ${B}'; run W",
    "eval \"run \\$B W\"",
];

/// Files beside the commands.
const FILES: &[(&str, &str)] = &[
    ("vars", "X=4\nY=five\n"),
    ("words", "one two\nthree\n"),
    ("empty", ""),
    ("globs/a.txt", "a\n"),
    ("globs/b.txt", "b\n"),
    ("comments", "# first\nX=7\n# more\nY=8\n"),
    (
        "sub/deep/start.sh",
        "#!/bin/sh\ncd \"$(dirname \"$0\")\"\nexec run \"$@\" \"$(basename \"$0\")\"\n",
    ),
    (
        "sub/where.sh",
        "#!/bin/sh\nHERE=\"$(cd \"$(dirname \"$0\")\" && pwd)\"\ncd \"$HERE/..\"\nrun \"$HERE/conf.py\" \"$@\"\n",
    ),
    ("sub/up.sh", "#!/bin/sh\ncd \"${0%/*}/..\" || exit 1\nrun \"$@\" `pwd`/x\n"),
    (
        "sub/source.sh",
        "#!/bin/bash\nSCRIPT_DIR=$(cd \"$(dirname \"${BASH_SOURCE[0]}\")\" && pwd)\ncd \"$SCRIPT_DIR/deep\"\nrun $(readlink -f \"$SCRIPT_DIR/x\") $(realpath ../up.sh)\n",
    ),
];

/// A small generator, the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn word(&mut self) -> String {
        (0..=self.below(3)).map(|_| FRAGMENTS[self.below(FRAGMENTS.len())]).collect()
    }

    /// A word that is a word in every place.
    fn short(&mut self) -> String {
        const WORDS: [&str; 8] = ["w", "\"a b\"", "$A", "\"$B\"", "'q r'", "3", "x$A", "''"];
        WORDS[self.below(WORDS.len())].to_owned()
    }

    fn command(&mut self, idx: usize) -> String {
        let template = TEMPLATES[idx % TEMPLATES.len()];
        template.replace('W', &self.word()).replace('V', &self.word())
    }
}

/// A folder with the files of the commands, and the program `run`, which prints the folder it is
/// in, its arguments, two variables and a line end.
struct Stage {
    folder: PathBuf,
}

impl Stage {
    /// Each test has a folder of its own: no program can be written while another test runs it.
    fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shell-{test}"));
        let text = "#!/bin/sh\nprintf '(%s)' \"$PWD\"; for word in run \"$@\"; do \
                    printf '[%s]' \"$word\"; done; printf '{%s|%s}\\n' \"${X-unset}\" \"${Y-unset}\"\n";
        for (path, text) in FILES.iter().chain([&("programs/run", text)]) {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { folder: folder.canonicalize().unwrap() }
    }

    /// What the shell's programs print; `None` when the shell complains about the command.
    fn real(&self, shell: &str, command: &str) -> Option<String> {
        let output = Command::new(shell)
            .args(["-c", command])
            .current_dir(&self.folder)
            .env_clear()
            .envs(VARIABLES)
            .env("PATH", format!("{}/programs:/usr/bin:/bin", self.folder.display()))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        if !output.stderr.is_empty() {
            return None;
        }
        let text = String::from_utf8(output.stdout).unwrap();
        Some(text.split_inclusive('\n').map(|it| self.seen_from_here(it)).collect())
    }

    /// A line without the path of this folder: programs are told paths from where they are.
    fn seen_from_here(&self, line: &str) -> String {
        let root = self.folder.display().to_string();
        let Some((here, rest)) = line.strip_prefix('(').and_then(|it| it.split_once(')')) else {
            return line.to_owned();
        };
        let here = here.strip_prefix(&root).unwrap_or(here).trim_start_matches('/');
        let mut shown = format!("({here})");
        let mut rest = rest;
        while let Some(at) = rest.find(&root) {
            let path = &rest[at + root.len()..];
            let end = path.find([']', '|', '}']).unwrap_or(path.len());
            let (path, after) = path.split_at(end);
            shown += &rest[..at];
            shown += &relative(path.trim_start_matches('/'), here);
            rest = after;
        }
        shown + rest
    }
}

/// A path from the root as seen from a folder.
fn relative(path: &str, folder: &str) -> String {
    let mut target: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|it| !it.is_empty() && *it != ".") {
        match part {
            ".." => drop(target.pop()),
            part => target.push(part),
        }
    }
    let folder: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    let common = target.iter().zip(&folder).take_while(|(a, b)| a == b).count();
    let up = vec![".."; folder.len() - common];
    let path = [up.as_slice(), &target[common..]].concat().join("/");
    if path.is_empty() { ".".to_owned() } else { path }
}

/// What opslint says they print.
enum Ours {
    Printed(String),
    Unknown,
    Refused,
}

fn ours(dialect: Dialect, command: &str) -> Ours {
    let mut environment = Environment::complete();
    for (name, value) in VARIABLES {
        let origin = Origin::new(OriginKind::Env, name);
        environment.set(name, Fact::known(Value::Text(value.to_owned()), origin));
    }
    let cpus = std::thread::available_parallelism().unwrap().get();
    let cpus = Value::Int(i64::try_from(cpus).unwrap());
    let cpus = Fact::known(cpus, Origin::new(OriginKind::Platform, "here"));
    let files =
        FILES.iter().fold(MemoryFiles::new(), |files, (path, text)| files.with(*path, *text));
    let mut workspace = Workspace::new(&files);
    let file = workspace.sources.add("COMMAND", command);
    let text = Text::verbatim(command, Span::new(file, 0, command.len()), 0);
    let surroundings = Surroundings {
        environment: &environment,
        folder: "",
        in_image: false,
        cpus: &cpus,
        shell: dialect,
        sh: Dialect::Dash,
        entry_of_base: &[],
    };
    let mut acc = Vec::new();
    let found = launches(&mut acc, &mut workspace, &CommandSource::Shell(&text), &surroundings);
    if !acc.is_empty() {
        return Ours::Refused;
    }
    if found.uncertain.is_some() || !found.background.is_empty() {
        return Ours::Unknown;
    }
    let printed: Option<Vec<String>> = found.before.iter().chain(&found.main).map(show).collect();
    printed.map_or(Ours::Unknown, |it| Ours::Printed(it.concat()))
}

/// The line that `run` prints; `None` when a part of it is not known.
fn show(launch: &Launch) -> Option<String> {
    let mut words = launch.argv.iter().map(|it| it.text());
    // What else is started prints nothing.
    if words.next()?? != "run" {
        return Some(String::new());
    }
    let words = words.collect::<Option<Vec<_>>>()?;
    let words: String = words.iter().map(|it| format!("[{it}]")).collect();
    let variable = |name: &str| match launch.environment.get(name) {
        Lookup::Set(fact) => fact.text().map(str::to_owned),
        Lookup::Unset => Some("unset".to_owned()),
        Lookup::Unmentioned => None,
    };
    let (x, y) = (variable("X")?, variable("Y")?);
    Some(format!("({})[run]{words}{{{x}|{y}}}\n", launch.folder))
}

/// What came of many commands.
#[derive(Default)]
struct Tally {
    same: usize,
    unknown: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn compare(&mut self, stage: &Stage, command: &str) {
        self.compare_in(stage, command, &[("sh", Dialect::Dash), ("bash", Dialect::Bash)]);
    }

    fn compare_in(&mut self, stage: &Stage, command: &str, shells: &[(&str, Dialect)]) {
        for (shell, dialect) in shells.iter().copied() {
            let real = stage.real(shell, command);
            match (ours(dialect, command), real) {
                (_, None) => {}
                (Ours::Unknown, Some(_)) => self.unknown += 1,
                (Ours::Printed(text), Some(real)) if text == real => self.same += 1,
                (Ours::Printed(text), Some(real)) => {
                    let line = format!("{shell}: {command:?}\n ours {text:?}\n real {real:?}");
                    self.wrong.push(line);
                }
                (Ours::Refused, Some(real)) => {
                    self.wrong.push(format!("{shell}: {command:?}\n ours refuse\n real {real:?}"));
                }
            }
        }
    }

    #[track_caller]
    fn check(self, unknown_max: usize) {
        let Self { same, unknown, wrong } = self;
        assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
        let share = unknown * 100 / (same + unknown);
        assert!(share <= unknown_max, "{unknown} unknown, {same} the same");
    }
}

/// A statement with words in place of the names `W` and `V`.
fn filled(statement: &str, w: &str, v: &str) -> String {
    let is_name = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric() || it == '_');
    let mut acc = String::new();
    let mut chars = statement.chars().peekable();
    let mut last = None;
    while let Some(it) = chars.next() {
        let stands_alone = !is_name(last) && !is_name(chars.peek().copied());
        match it {
            'W' if stands_alone => acc += w,
            'V' if stands_alone => acc += v,
            it => acc.push(it),
        }
        last = Some(it);
    }
    acc
}

/// How many commands are generated; more of them find rarer things.
fn rounds(count: usize) -> usize {
    let more = std::env::var("OPSLINT_ORACLE_ROUNDS").ok().and_then(|it| it.parse().ok());
    more.unwrap_or(count)
}

#[test]
fn words_are_what_real_shells_make_of_them() {
    let stage = Stage::new("words");
    for seed in seeds(1) {
        let mut random = Random(seed as u64);
        let mut tally = Tally::default();
        for idx in 0..rounds(253) {
            let command = random.command(idx);
            tally.compare(&stage, &command);
        }
        tally.check(5);
    }
}

#[test]
fn variables_and_folders_are_what_real_shells_make_of_them() {
    let stage = Stage::new("starts");
    let all: Vec<&str> = STATEMENTS.iter().chain(BASH_STATEMENTS).copied().collect();
    for seed in seeds(2) {
        let mut random = Random(seed as u64);
        let mut tally = Tally::default();
        for idx in 0..rounds(all.len() * 3) {
            // Each statement comes first once, and then others in any order.
            let mut lines = vec![all[idx % all.len()]];
            lines.extend((0..random.below(3)).map(|_| all[random.below(all.len())]));
            let lines: Vec<String> =
                lines.into_iter().map(|it| filled(it, &random.short(), &random.short())).collect();
            let end = "run \"$X\" ${Y:-none} $# \"$A\"";
            tally.compare(&stage, &format!("{}\n{end}", lines.join("\n")));
        }
        tally.check(33);
    }
}

#[test]
fn what_decides_whether_commands_run_is_what_real_shells_make_of_it() {
    let stage = Stage::new("scripts");
    for seed in seeds(3) {
        let mut random = Random(seed as u64);
        let mut tally = Tally::default();
        for _ in 0..rounds(400) {
            let plain = scripts::script(&mut random, false);
            tally.compare(&stage, &plain);
            let bash = scripts::script(&mut random, true);
            tally.compare_in(&stage, &bash, &[("bash", Dialect::Bash)]);
        }
        tally.check(70);
    }
}
