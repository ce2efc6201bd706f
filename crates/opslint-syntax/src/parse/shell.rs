//! Shell text → a small syntax tree with byte ranges.
//!
//! The grammar is what POSIX shells and bash share in deployment commands and start scripts: lists,
//! pipelines, compound commands, functions, here-documents, and words with every kind of quote and
//! expansion. What differs between shells (`$'…'`, arrays) is kept as [`PartKind::Other`].
//!
//! The parser is our own: brush-parser, which we tried first, takes time exponential in the number
//! of open parentheses (24 of them take seconds), overflows the stack on deep nesting, and counts
//! characters where we need bytes. This one reads each byte a bounded number of times and stops at
//! [`DEPTH_MAX`] and [`SIZE_MAX`] with a [`Problem`].

use std::ops::Range;
use std::rc::Rc;

mod compound;
mod grammar;
mod word;

/// Deepest nesting of commands and expansions that is read.
pub const DEPTH_MAX: usize = 48;

/// Largest text that is read, in bytes.
pub const SIZE_MAX: usize = 1 << 20;

/// First of the characters that stand for text a caller could not write out: see
/// [`PartKind::Hole`]. They are in a plane for private use, so no real command has them.
pub const HOLE_FIRST: char = '\u{F0000}';

/// Number of characters from [`HOLE_FIRST`] on that are holes.
pub const HOLES_MAX: usize = 4096;

/// What was understood of a text, and the first thing that was not.
#[derive(Debug, Default)]
pub struct Script {
    /// Commands in front of the problem, or all of them.
    pub items: Vec<Item>,
    /// The first syntax error. A shell runs nothing of the command list it is in.
    pub problem: Option<Problem>,
}

/// A syntax error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in one line without a full stop.
    pub message: String,
    /// Where.
    pub range: Range<usize>,
}

/// A list of pipelines that ends in `;`, `&` or a new line.
#[derive(Debug)]
pub struct Item {
    /// The first pipeline.
    pub first: Pipeline,
    /// What follows it after `&&` and `||`.
    pub rest: Vec<(Connector, Pipeline)>,
    /// Whether it ends in `&`.
    pub background: bool,
}

/// What stands between two pipelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connector {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Commands between `|`.
#[derive(Debug)]
pub struct Pipeline {
    /// Whether `!` stands in front.
    pub negated: bool,
    /// The commands, one at least.
    pub commands: Vec<Command>,
}

/// One command.
#[derive(Debug)]
pub struct Command {
    /// What it is.
    pub kind: CommandKind,
    /// Its bytes.
    pub range: Range<usize>,
}

/// The kinds of command.
#[derive(Debug)]
pub enum CommandKind {
    /// A program, builtin or function with its words.
    Simple(Simple),
    /// `{ … }`
    Group(Vec<Item>),
    /// `( … )`
    Subshell(Vec<Item>),
    /// `if`; each branch has a condition and a body.
    If {
        /// `if` and every `elif`.
        branches: Vec<(Vec<Item>, Vec<Item>)>,
        /// `else`.
        otherwise: Vec<Item>,
    },
    /// `while`, `until`, `for` and `select`: a body that runs any number of times.
    Loop {
        /// The variable of a `for`.
        variable: Option<String>,
        /// The body.
        body: Vec<Item>,
    },
    /// `case`
    Case {
        /// The word that is compared.
        subject: Word,
        /// The arms in order.
        arms: Vec<Arm>,
    },
    /// A function that is defined and not yet run.
    Function {
        /// Its name.
        name: String,
        /// Its body.
        body: Rc<Command>,
    },
    /// `[[ … ]]` as words when it has no `&&`, `||` or parentheses.
    Test(Option<Vec<Word>>),
    /// `(( … ))`
    Arithmetic,
}

/// One arm of a `case`.
#[derive(Debug)]
pub struct Arm {
    /// The patterns between `|`.
    pub patterns: Vec<Word>,
    /// What runs when one of them matches.
    pub body: Vec<Item>,
}

/// Assignments and words. Redirections are read and left out.
#[derive(Debug, Default)]
pub struct Simple {
    /// `NAME=value` in front of the first word.
    pub assignments: Vec<Assignment>,
    /// The words.
    pub words: Vec<Word>,
}

/// `NAME=value`.
#[derive(Debug)]
pub struct Assignment {
    /// The name.
    pub name: String,
    /// The value; it is never split into words.
    pub value: Word,
    /// Whether it is `NAME+=value`.
    pub append: bool,
    /// From the name to the end of the value.
    pub range: Range<usize>,
}

/// A word as written.
#[derive(Clone, Debug)]
pub struct Word {
    /// Its parts in order. Empty only for the value of `NAME=`.
    pub parts: Vec<Part>,
    /// Its bytes, quotes included.
    pub range: Range<usize>,
}

impl Word {
    /// The text of a word without quotes and expansions.
    pub fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part { kind: PartKind::Literal(text), quoted: false, .. }] => Some(text),
            _ => None,
        }
    }

    /// The text in front of the first quote or expansion.
    pub fn literal_prefix(&self) -> &str {
        match self.parts.first() {
            Some(Part { kind: PartKind::Literal(text), quoted: false, .. }) => text,
            _ => "",
        }
    }
}

/// A part of a word.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Its bytes. For [`PartKind::Literal`] they are the text itself.
    pub range: Range<usize>,
    /// Whether quotes protect it from being split into words.
    pub quoted: bool,
}

/// The kinds of part.
#[derive(Clone, Debug)]
pub enum PartKind {
    /// Text that stands in the source byte for byte.
    Literal(String),
    /// `$NAME`, `${NAME}` and `${NAME<operator>operand}`.
    Parameter {
        /// The name: an identifier, a number, or one of `@ * # ? - $ !`.
        name: String,
        /// The operator with its operand.
        operator: Option<(Operator, Vec<Part>)>,
    },
    /// `$(…)` or backquotes, with the text inside.
    Command(String),
    /// `$((…))`, with the parts of the expression.
    Arithmetic(Vec<Part>),
    /// An expansion that is not worked out: `${#X}`, `${X%.*}`, `$'…'`, an array.
    Other,
    /// The nth character from [`HOLE_FIRST`] on.
    Hole(usize),
}

/// The operators that need nothing but the variable itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// What it does.
    pub kind: OperatorKind,
    /// Whether `:` stands in front, so that an empty variable counts as unset.
    pub colon: bool,
}

/// What an [`Operator`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorKind {
    /// `-`: the operand when unset.
    Default,
    /// `=`: the operand when unset, and assigns it.
    Assign,
    /// `?`: the shell stops when unset.
    Require,
    /// `+`: the operand when set.
    Alternative,
}

/// Parses a command line or a script.
pub fn parse(text: &str) -> Script {
    if text.len() > SIZE_MAX {
        let message = "the command is larger than 1 MiB and is not read".to_owned();
        return Script { items: vec![], problem: Some(Problem { message, range: 0..0 }) };
    }
    grammar::script(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The words of every simple command, each as the bytes it was written in.
    fn words(text: &str) -> Vec<String> {
        fn items<'t>(text: &'t str, acc: &mut Vec<&'t str>, list: &[Item]) {
            for item in list {
                let rest = item.rest.iter().map(|(_, it)| it);
                for pipeline in std::iter::once(&item.first).chain(rest) {
                    pipeline.commands.iter().for_each(|it| command(text, acc, it));
                }
            }
        }
        fn command<'t>(text: &'t str, acc: &mut Vec<&'t str>, it: &Command) {
            assert!(text.get(it.range.clone()).is_some());
            match &it.kind {
                CommandKind::Simple(simple) => {
                    acc.extend(simple.assignments.iter().map(|it| &text[it.range.clone()]));
                    acc.extend(simple.words.iter().map(|it| &text[it.range.clone()]));
                }
                CommandKind::Group(list) | CommandKind::Subshell(list) => items(text, acc, list),
                CommandKind::If { branches, otherwise } => {
                    for (condition, body) in branches {
                        items(text, acc, condition);
                        items(text, acc, body);
                    }
                    items(text, acc, otherwise);
                }
                CommandKind::Loop { body, .. } => items(text, acc, body),
                CommandKind::Case { arms, .. } => {
                    arms.iter().for_each(|it| items(text, acc, &it.body));
                }
                CommandKind::Function { body, .. } => command(text, acc, body),
                CommandKind::Test(_) | CommandKind::Arithmetic => {}
            }
        }
        let script = parse(text);
        assert_eq!(script.problem, None, "{text}");
        let mut acc = Vec::new();
        items(text, &mut acc, &script.items);
        acc.into_iter().map(str::to_owned).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(words(text), expected, "{text}");
    }

    #[test]
    fn words_are_the_bytes_they_were_written_in() {
        check("a 'b c' d\\ e \"f $g\"", &["a", "'b c'", "d\\ e", "\"f $g\""]);
        check("X=1 Y='2 3' run x=4", &["X=1", "Y='2 3'", "run", "x=4"]);
        check("echo “é” ünï ${ü} 'ö'x", &["echo", "“é”", "ünï", "${ü}", "'ö'x"]);
        check(
            "a ${X:-b c} `d e` $(f g) $((1 + 2))",
            &["a", "${X:-b c}", "`d e`", "$(f g)", "$((1 + 2))"],
        );
    }

    #[test]
    fn operators_end_words() {
        check("a&&b||c;d|e&f", &["a", "b", "c", "d", "e", "f"]);
        check("(a;b) && { c; }", &["a", "b", "c"]);
        check("a>x 2>&1 <y b &>z c >&2", &["a", "b", "c"]);
        check("a \\\n  b # c\nd#e", &["a", "b", "d#e"]);
    }

    #[test]
    fn compound_commands_hold_their_commands() {
        check("if a; then b; elif c; then d; else e; fi", &["a", "b", "c", "d", "e"]);
        check("case $x in a|b) c;; (*) d ;; esac; e", &["c", "d", "e"]);
        check("while a; do b; done\nfor i in 1 2; do c $i; done", &["b", "c", "$i"]);
        check("f() { a; }; function g { b; }\nf", &["a", "b", "f"]);
        check("[[ $a == b* && -f c ]] && d; (( x > 1 )) && e", &["d", "e"]);
    }

    #[test]
    fn a_here_document_is_not_a_command() {
        check("cat <<EOF > x\ngunicorn app\nEOF\nrun", &["cat", "run"]);
        check("cat <<-'E F'\n\tx\n\tE F\nrun", &["cat", "run"]);
    }

    #[test]
    fn reserved_words_are_words_elsewhere() {
        check("echo if then fi { }", &["echo", "if", "then", "fi", "{", "}"]);
        check("{{ template }} run", &["{{", "template", "}}", "run"]);
    }

    #[track_caller]
    fn check_problem(text: &str, at: &str) {
        let problem = parse(text).problem.expect("the text is broken");
        assert_eq!(&text[problem.range.clone()], at, "{}", problem.message);
    }

    #[test]
    fn a_problem_points_at_what_is_wrong() {
        check_problem("run 'abc", "'abc");
        check_problem("run \"é $x", "\"é $x");
        check_problem("gunicorn app:make()", "(");
        check_problem("a && ; b", ";");
        check_problem("if a; then b", "");
        check_problem("a ) b", ")");
        check_problem("echo ${x", "${x");
    }

    #[test]
    fn commands_in_front_of_a_problem_are_kept() {
        assert_eq!(parse("a; b; )").items.len(), 2);
    }

    #[test]
    fn deep_nesting_is_a_problem() {
        for open in
            ["(", "{ ", "$(", "\"$(", "`", "${x:-", "$((", "((", "if ", "case x in a) ", "! "]
        {
            let started = parse(&open.repeat(20_000));
            assert!(started.problem.is_some() || open == "`", "{open}");
        }
        assert!(parse(&"a ".repeat(SIZE_MAX)).problem.is_some());
    }

    /// Strings made of the tokens that a shell gives meaning to.
    pub(super) fn soup() -> impl Strategy<Value = String> {
        let tokens = prop::sample::select(vec![
            "a",
            "$",
            "${",
            "}",
            "$(",
            ")",
            "`",
            "\"",
            "'",
            "\\",
            "((",
            "))",
            "[[",
            "]]",
            "if",
            "then",
            "fi",
            "case",
            "in",
            "esac",
            ";;",
            "|",
            "&",
            "&&",
            ";",
            "\n",
            "<<E",
            "<",
            "é",
            "#",
            "{",
            " ",
            "=",
            "x=",
            "$((",
            "1",
            "+",
            "for",
            "do",
            "done",
            "while",
            "function f",
            " ",
            "X:-",
            "$@",
            "exec",
            "sh -c ",
            "\u{F0000}",
            "\r",
        ]);
        prop::collection::vec(tokens, 0..40).prop_map(|it| it.concat())
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in soup()) {
            let script = parse(&text);
            if let Some(problem) = script.problem {
                prop_assert!(text.get(problem.range).is_some());
            }
        }

        #[test]
        fn no_bytes_make_it_panic(text in any::<String>()) {
            parse(&text);
        }
    }
}
