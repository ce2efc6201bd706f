//! Scripts in which one command decides whether others run, put together at random.
//!
//! What decides is of both kinds: conditions that opslint works out, and those that only the shell
//! knows. Every loop ends.

use super::Random;

/// Conditions that opslint can work out, and their opposites.
const KNOWN: [&str; 12] = [
    "true",
    "false",
    "! true",
    "[ \"$A\" = 1 ]",
    "[ -z \"$B\" ]",
    "(exit 1)",
    "(exit 0)",
    "[ \"$X\" = 1 ]",
    "[ -f words ]",
    "sh -c 'exit 1'",
    "Z=$(exit 1)",
    "false | true",
];

/// Conditions that only the shell knows.
const OPEN: [&str; 8] = [
    "grep -q one words",
    "grep -q nothing words",
    "command -v run >/dev/null",
    "[ -e nothing ]",
    "[ -s empty ]",
    "Z=$(grep -c nothing words)",
    "cat words | grep -q two",
    "(cd nowhere 2>/dev/null)",
];

/// The loops and functions that a command stands in, innermost last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    /// A loop that ends with its words.
    For,
    /// A loop that something in it has to end.
    While,
    Function,
}

/// A script that ends in the program whose words are compared.
pub(super) fn script(random: &mut Random, is_bash: bool) -> String {
    let mut writer = Writer { random, is_bash, functions: 0 };
    let start = ["X=1; Y=2", "X=1; export X", "export X=1 Y=2", "X=1; Y="];
    let start = start[writer.random.below(start.len())].to_owned();
    let count = 1 + writer.random.below(3);
    let body: Vec<String> = (0..count).map(|_| writer.command(&[], 3)).collect();
    format!("{start}\n{}\nrun \"$X\" \"$Y\" $#", body.join("\n"))
}

struct Writer<'r> {
    random: &'r mut Random,
    is_bash: bool,
    functions: usize,
}

impl Writer<'_> {
    fn pick<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[self.random.below(all.len())]
    }

    fn condition(&mut self) -> String {
        match self.random.below(9) {
            0..4 => self.pick(&KNOWN).to_owned(),
            4..7 => self.pick(&OPEN).to_owned(),
            7 => {
                let (a, b) = (self.pick(&KNOWN), self.pick(&OPEN));
                let sign = self.pick(&["&&", "||"]);
                format!("{{ {a} {sign} {b}; }}")
            }
            _ => format!("! {{ {}; }}", self.pick(&OPEN)),
        }
    }

    fn assignment(&mut self) -> String {
        let value = 1 + self.random.below(5);
        let name = self.pick(&["X", "Y"]);
        match self.random.below(12) {
            0..6 => format!("{name}={value}"),
            6 => format!("N={name}; eval \"$N={value}\""),
            7 => format!("{name}=$(echo {value} >/dev/null; echo {})", value + 1),
            8 => format!("{name}=$({{ echo {value}; }} >/dev/null 2>&1; echo {})", value + 1),
            9 => format!("eval {name}={value}"),
            10 => format!("unset {name}"),
            _ => format!("export {name}={value}"),
        }
    }

    fn lines(&mut self, around: &[Around], depth: usize) -> String {
        let count = 1 + self.random.below(3);
        (0..count).map(|_| self.command(around, depth)).collect::<Vec<_>>().join("\n")
    }

    /// What leaves something that the command stands in, if anything does.
    fn leave(&mut self, around: &[Around]) -> String {
        let loops = around.iter().rev().take_while(|it| **it != Around::Function).count();
        let is_for = around.last() == Some(&Around::For);
        match self.random.below(6) {
            0 | 1 if loops > 0 => "break".to_owned(),
            2 if loops > 1 => "break 2".to_owned(),
            3 if is_for => "continue".to_owned(),
            4 | 5 if around.contains(&Around::Function) => {
                self.pick(&["return", "return 0", "return 3"]).to_owned()
            }
            _ => self.assignment(),
        }
    }

    fn command(&mut self, around: &[Around], depth: usize) -> String {
        if depth == 0 {
            return self.assignment();
        }
        let with = |it: Around| [around, &[it]].concat();
        let inner = depth - 1;
        match self.random.below(18) {
            0..3 => self.assignment(),
            3 | 4 => self.leave(around),
            5 => format!("if {}; then\n{}\nfi", self.condition(), self.lines(around, inner)),
            6 => {
                let condition = self.condition();
                let (yes, no) = (self.lines(around, inner), self.lines(around, inner));
                format!("if {condition}; then\n{yes}\nelse\n{no}\nfi")
            }
            7 => format!("{} && {}", self.condition(), self.leave(around)),
            8 => format!("{} || {}", self.condition(), self.leave(around)),
            9 => format!("for i in 1 2; do\n{}\ndone", self.lines(&with(Around::For), inner)),
            10 => {
                let body = self.lines(&with(Around::While), inner);
                let head = self.pick(&["while true", "until false", "while :"]);
                format!("{head}; do\n{body}\nbreak\n{}\ndone", self.assignment())
            }
            11 => {
                self.functions += 1;
                let name = format!("f{}", self.functions);
                let body = self.lines(&with(Around::Function), inner);
                let call = self.pick(&["F", "F || X=8", "F && Y=8", "if F; then X=7; fi"]);
                format!("{name}() {{\n{body}\n}}\n{}", call.replace('F', &name))
            }
            12 => {
                let body = self.lines(&[], inner);
                let status = self.pick(&["exit 3", "exit 0", "true", "false"]);
                let end = self.pick(&["&&", "||"]);
                format!(
                    "(\n{body}\n{} && exit 1\n{status}\n) {end} {}",
                    self.condition(),
                    self.assignment()
                )
            }
            13 => {
                format!("{} | {{\n{}\n}}", self.pick(&["true", "echo a"]), self.lines(&[], inner))
            }
            14 => format!(
                "case $X in\n1) {} ;;\n[2-3]) {} ;;\n*) {} ;;\nesac",
                self.leave(around),
                self.assignment(),
                self.leave(around)
            ),
            15 => format!("{{\n{}\n}}", self.lines(around, inner)),
            16 if self.is_bash => self
                .pick(&[
                    "set -o pipefail",
                    "set +o pipefail",
                    "shopt -s lastpipe",
                    "shopt -s nocasematch",
                    "[[ a == A ]] && X=6",
                    "[[ 010 -eq 8 ]] && Y=6",
                    "case a in A) X=9 ;; esac",
                    "echo 4 | read X",
                    "declare -n R=X; R=4; unset -n R",
                    "g() { local -n r=$1; r=4; }; g Y",
                    "trap 'X=4' ERR",
                ])
                .to_owned(),
            _ => format!("set -- {}", self.pick(&["a", "a b", "*.none", "globs/*", "globs/?.txt"])),
        }
    }
}
