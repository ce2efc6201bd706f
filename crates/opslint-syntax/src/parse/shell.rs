//! Shell text → a small syntax tree with byte ranges.
//!
//! The grammar is what POSIX shells and bash share in deployment commands and start scripts: lists,
//! pipelines, compound commands, functions, here-documents, and words with every kind of quote and
//! expansion. Arrays and the operators that only bash has are read; whether the shell that runs the
//! command knows them is a matter of its reader.
//!
//! The parser is our own: brush-parser, which we tried first, takes time exponential in the number
//! of open parentheses (24 of them take seconds), overflows the stack on deep nesting, and counts
//! characters where we need bytes. This one reads each byte a bounded number of times and stops at
//! [`DEPTH_MAX`] and [`SIZE_MAX`] with a [`Problem`].

use std::ops::Range;
use std::rc::Rc;

mod compound;
mod grammar;
mod parameter;
mod redirection;
mod word;

/// Deepest nesting of commands and expansions that is read.
pub const DEPTH_MAX: usize = 48;

/// Largest text that is read, in bytes. Longer ones are archives that unpack themselves.
pub const SIZE_MAX: usize = 256 * 1024;

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
    /// Where its redirections send what it prints.
    pub prints: Prints,
}

/// Where the standard output of a command goes, as far as its own redirections say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prints {
    /// Where that of the commands around it goes: nothing redirects it.
    #[default]
    Here,
    /// To `/dev/null`, or to the standard error.
    Nowhere,
    /// To a file, or to another descriptor.
    Elsewhere,
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
        /// What decides how often.
        head: LoopHead,
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
    /// `(( … ))` with the parts of the expression.
    Arithmetic(Vec<Part>),
}

/// What decides how often the body of a loop runs.
#[derive(Debug)]
pub enum LoopHead {
    /// `for NAME in words` and `select`: once for each word.
    Words {
        /// The variable.
        name: String,
        /// The words; the arguments without `in`.
        words: Option<Vec<Word>>,
    },
    /// `for ((a; b; c))`: the parts between the parentheses.
    Arithmetic(Vec<Part>),
    /// `while` and `until`: the condition.
    Condition(Vec<Item>),
}

/// One arm of a `case`.
#[derive(Debug)]
pub struct Arm {
    /// The patterns between `|`.
    pub patterns: Vec<Word>,
    /// What runs when one of them matches.
    pub body: Vec<Item>,
    /// Whether it ends in `;&` or `;;&`, so that further arms may run.
    pub falls_through: bool,
}

/// Assignments and words. Of redirections only the files are kept.
#[derive(Debug, Default)]
pub struct Simple {
    /// `NAME=value` in front of the first word.
    pub assignments: Vec<Assignment>,
    /// The words.
    pub words: Vec<Word>,
    /// `NAME=(…)` behind `declare` and its relatives.
    pub arrays: Vec<Assignment>,
    /// The file of `<`.
    pub input: Option<Word>,
    /// The files of `>` and its relatives.
    pub outputs: Vec<Word>,
}

/// `NAME=value`, `NAME[index]=value` and `NAME=(…)`.
#[derive(Debug)]
pub struct Assignment {
    /// The name.
    pub name: String,
    /// The text between brackets.
    pub index: Option<String>,
    /// The value; it is never split into words. Without parts for an array.
    pub value: Word,
    /// The words of `NAME=(…)`, which are split.
    pub elements: Option<Vec<Word>>,
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
    /// `$'…'`: text that only bash decodes, with the escapes decoded.
    AnsiC(String),
    /// `$NAME`, `${NAME}` and `${NAME<operation>}`.
    Parameter(Parameter),
    /// `$(…)` or backquotes, with the text inside.
    Command(String),
    /// `<(…)`, with the text inside.
    Process(String),
    /// `$((…))`, with the parts of the expression.
    Arithmetic(Vec<Part>),
    /// An expansion that is not worked out, such as `${!X}`.
    Other,
    /// The nth character from [`HOLE_FIRST`] on.
    Hole(usize),
}

/// `$NAME` and `${NAME[index]<operation>}`.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name: an identifier, a number, or one of `@ * # ? - $ !`.
    pub name: String,
    /// The element of an array.
    pub index: Option<Index>,
    /// What is made of the value.
    pub operation: Option<Operation>,
}

impl Parameter {
    /// The value of a variable as it is.
    pub fn plain(name: impl Into<String>) -> Self {
        Self { name: name.into(), index: None, operation: None }
    }

    /// The name, when nothing is made of the value.
    pub fn plain_name(&self) -> Option<&str> {
        (self.index.is_none() && self.operation.is_none()).then_some(&self.name)
    }
}

/// Which elements of an array are meant.
#[derive(Clone, Debug)]
pub enum Index {
    /// `[@]`: each is a word of its own.
    Each,
    /// `[*]`: all in one word.
    Joined,
    /// An arithmetic expression.
    At(Vec<Part>),
}

/// What is made of the value of a variable.
#[derive(Clone, Debug)]
pub enum Operation {
    /// `${NAME:-operand}` and its relatives.
    Test(Operator, Vec<Part>),
    /// `${#NAME}`
    Length,
    /// `${NAME#pattern}`, `##`, `%` and `%%`.
    Trim {
        /// Where text is taken off.
        end: TrimEnd,
        /// Whether as much as possible is.
        longest: bool,
        /// The pattern.
        pattern: Vec<Part>,
    },
    /// `${NAME:offset:length}`, which only bash has: the parts behind the first colon.
    Slice(Vec<Part>),
    /// `${NAME/pattern/text}` and `${NAME//pattern/text}`, which only bash has.
    Replace {
        /// Whether every match is replaced.
        all: bool,
        /// The pattern.
        pattern: Vec<Part>,
        /// What takes its place.
        text: Vec<Part>,
    },
    /// `${NAME^^}` and `${NAME,,}`, which only bash has.
    Case {
        /// Whether letters become capital letters.
        upper: bool,
    },
    /// Anything else, such as `${NAME@Q}`.
    Other,
}

/// Where [`Operation::Trim`] takes text off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrimEnd {
    /// `#`
    Start,
    /// `%`
    End,
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
        let message = format!("it is larger than {} kB and is not read", SIZE_MAX / 1_024);
        return Script { items: vec![], problem: Some(Problem { message, range: 0..0 }) };
    }
    grammar::script(text)
}

#[cfg(test)]
mod tests;
