//! Words and commands as real shells expand them.
//!
//! Generated commands run in `sh` and in `bash`, where the program `run` prints its arguments, and
//! must give the words that opslint gives. Where opslint says unknown that is allowed and counted.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use opslint::commands::{CommandSource, Surroundings, launches};
use opslint::document::Text;
use opslint::fact::{Fact, Origin, OriginKind, Value};
use opslint::launch::Launch;
use opslint::project::Environment;
use opslint::source::Span;
use opslint::workspace::{MemoryFiles, Workspace};

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

    fn command(&mut self, idx: usize) -> String {
        let template = TEMPLATES[idx % TEMPLATES.len()];
        template.replace('W', &self.word()).replace('V', &self.word())
    }
}

/// A folder with the program `run`, which prints its arguments and a line end.
fn program_folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shell_oracle");
    fs::create_dir_all(&folder).unwrap();
    let program = folder.join("run");
    let text =
        "#!/bin/sh\nfor word in run \"$@\"; do printf '[%s]' \"$word\"; done\nprintf '\\n'\n";
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// What the shell's programs print; `None` when the shell refuses the command.
fn real(shell: &str, folder: &Path, command: &str) -> Option<String> {
    let output = Command::new(shell)
        .args(["-c", command])
        .env_clear()
        .envs(VARIABLES)
        .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).to_lowercase();
    let refused = ["syntax", "unterminated", "unexpected", "bad substitution"];
    if refused.iter().any(|it| errors.contains(it)) {
        return None;
    }
    Some(String::from_utf8(output.stdout).unwrap())
}

/// What opslint says they print.
enum Ours {
    Printed(String),
    Unknown,
    Refused,
}

fn ours(command: &str) -> Ours {
    let mut environment = Environment::complete();
    for (name, value) in VARIABLES {
        let origin = Origin::new(OriginKind::Env, name);
        environment.set(name, Fact::known(Value::Text(value.to_owned()), origin));
    }
    let cpus = std::thread::available_parallelism().unwrap().get();
    let cpus = Value::Int(i64::try_from(cpus).unwrap());
    let cpus = Fact::known(cpus, Origin::new(OriginKind::Platform, "here"));
    let files = MemoryFiles::new();
    let mut workspace = Workspace::new(&files);
    let file = workspace.sources.add("Procfile", command);
    let text = Text::verbatim(command, Span::new(file, 0, command.len()), 0);
    let surroundings =
        Surroundings { environment: &environment, folder: "", in_image: false, cpus: &cpus };
    let mut acc = Vec::new();
    let found = launches(&mut acc, &mut workspace, &CommandSource::Shell(&text), &surroundings);
    if !acc.is_empty() {
        return Ours::Refused;
    }
    if found.uncertain.is_some() {
        return Ours::Unknown;
    }
    let printed: Option<Vec<String>> = found.before.iter().chain(&found.main).map(show).collect();
    printed.map_or(Ours::Unknown, |it| Ours::Printed(it.concat()))
}

fn show(launch: &Launch) -> Option<String> {
    let words: Option<Vec<String>> = launch.argv.iter().map(|it| it.text()).collect();
    Some(words?.iter().map(|it| format!("[{it}]")).collect::<String>() + "\n")
}

#[test]
fn words_are_what_real_shells_make_of_them() {
    let folder = program_folder();
    let mut random = Random(1);
    let (mut same, mut unknown) = (0, 0);
    let mut wrong = Vec::new();
    for idx in 0..253 {
        let command = random.command(idx);
        let expected = ours(&command);
        for shell in ["sh", "bash"] {
            let real = real(shell, &folder, &command);
            match (&expected, &real) {
                (Ours::Unknown, _) => unknown += 1,
                (Ours::Refused, None) => same += 1,
                (Ours::Printed(text), Some(real)) if text == real => same += 1,
                (Ours::Printed(text), _) => {
                    wrong.push(format!("{shell}: {command:?}\n ours {text:?}\n real {real:?}"));
                }
                (Ours::Refused, Some(_)) => {
                    wrong.push(format!("{shell}: {command:?}\n ours refuse\n real {real:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    println!("same {same}, unknown {unknown}");
    assert!(unknown * 20 < same, "{unknown} unknown, {same} the same");
}
