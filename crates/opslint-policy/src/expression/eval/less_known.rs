//! The invariant behind every rule: knowing less never makes a rule fire.
//!
//! Expressions are generated as text, together with facts and a file. Then what is known of some
//! inputs is taken away, in two steps: a number becomes a range or candidates, a text gets a gap, an
//! element of a list becomes an expression, anything becomes unknown.

use proptest::prelude::*;

use super::*;
use crate::document::{Entry, Text};
use crate::expression::{Names, compile};
use crate::fact::{Case, Origin, OriginKind, State, TextPart, Unknown};
use crate::source::{FileId, SourceMap, Span, Spanned};
use crate::vocabulary as v;
use opslint_expression::FUNCTIONS;

const NUMBERS: [FactId; 3] = [v::WORKERS, v::THREADS, v::MACHINE_CPUS];
const TEXTS: [FactId; 3] = [v::APP, v::COMMAND, v::WORKER_CLASS];
const BOOLS: [FactId; 2] = [v::PRELOAD, v::RELOAD];
const LISTS: [&str; 2] = ["names", "sizes"];

/// How much is taken away from an input.
#[derive(Clone, Debug)]
enum Less {
    Nothing,
    /// Bounds this far below and above, or a gap of this length.
    Partly(u8, u8),
    /// This many other candidates.
    OneOfFew(u8),
    Everything,
}

fn less() -> impl Strategy<Value = Less> {
    prop_oneof![
        3 => Just(Less::Nothing),
        2 => (0u8..4, 0u8..4).prop_map(|(a, b)| Less::Partly(a, b)),
        2 => (1u8..4).prop_map(Less::OneOfFew),
        1 => Just(Less::Everything),
    ]
}

/// Values of the inputs: texts and numbers from few, so that they are often alike.
#[derive(Clone, Debug)]
struct Inputs {
    numbers: Vec<i64>,
    texts: Vec<String>,
    bools: Vec<bool>,
    names: Vec<String>,
    sizes: Vec<i64>,
}

impl Inputs {
    fn count(&self) -> usize {
        NUMBERS.len() + TEXTS.len() + BOOLS.len() + self.names.len() + self.sizes.len()
    }
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "ab", "ba", "aBa", "1", "2", "1,2", "512mb", "a b"])
        .prop_map(str::to_owned)
}

fn inputs() -> impl Strategy<Value = Inputs> {
    (
        prop::collection::vec(-2i64..6, NUMBERS.len()),
        prop::collection::vec(word(), TEXTS.len()),
        prop::collection::vec(any::<bool>(), BOOLS.len()),
        prop::collection::vec(word(), 0..4),
        prop::collection::vec(-2i64..6, 0..4),
    )
        .prop_map(|(numbers, texts, bools, names, sizes)| Inputs {
            numbers,
            texts,
            bools,
            names,
            sizes,
        })
}

fn gap() -> Unknown {
    Unknown::because("it was taken away")
}

fn one_of(values: Vec<Value>) -> State {
    let cases = values.into_iter().map(|it| Case::new(it, None)).collect();
    State::one_of(cases).unwrap_or_else(|| State::Unknown(gap()))
}

fn number(value: i64, less: &Less) -> State {
    match *less {
        Less::Nothing => State::Known(Value::Int(value)),
        Less::Partly(0, 0) | Less::Everything => State::Unknown(gap()),
        Less::Partly(a, b) => {
            State::Range { min: (value - i64::from(a)) as f64, max: (value + i64::from(b)) as f64 }
        }
        Less::OneOfFew(more) => {
            one_of((0..=i64::from(more)).map(|it| Value::Int(value + it * 2)).collect())
        }
    }
}

fn text(value: &str, less: &Less) -> State {
    match *less {
        Less::Nothing => State::Known(Value::Text(value.to_owned())),
        Less::Everything => State::Unknown(gap()),
        Less::Partly(start, len) => {
            let start = usize::from(start).min(value.len());
            let end = (start + usize::from(len)).min(value.len());
            let known = |text: &str| (!text.is_empty()).then(|| TextPart::Known(text.to_owned()));
            let parts =
                [known(&value[..start]), Some(TextPart::Unknown(gap())), known(&value[end..])];
            State::Pattern(parts.into_iter().flatten().collect())
        }
        Less::OneOfFew(more) => {
            let others = ["other", "a", "2"].into_iter().take(usize::from(more));
            one_of(
                std::iter::once(value).chain(others).map(|it| Value::Text(it.to_owned())).collect(),
            )
        }
    }
}

fn boolean(value: bool, less: &Less) -> State {
    match less {
        Less::Nothing => State::Known(Value::Bool(value)),
        Less::OneOfFew(_) => one_of(vec![Value::Bool(value), Value::Bool(!value)]),
        Less::Partly(..) | Less::Everything => State::Unknown(gap()),
    }
}

/// Less still: what was known in part becomes unknown.
fn lesser(a: &Less, b: &Less) -> Less {
    match (a, b) {
        (Less::Nothing, b) => b.clone(),
        (a, Less::Nothing) => a.clone(),
        _ => Less::Everything,
    }
}

struct World {
    facts: Facts,
    files: Vec<(&'static str, Arc<Document>)>,
}

fn world(inputs: &Inputs, less: &[Less]) -> World {
    let mut less = less.iter();
    let mut next = || less.next().cloned().unwrap_or(Less::Nothing);
    let mut facts = Facts::new();
    let mut set = |id, state| {
        facts.set(id, Fact::new(state, Origin::new(OriginKind::Default, "test")));
    };
    for (id, value) in NUMBERS.into_iter().zip(&inputs.numbers) {
        set(id, number(*value, &next()));
    }
    for (id, value) in TEXTS.into_iter().zip(&inputs.texts) {
        set(id, text(value, &next()));
    }
    for (id, value) in BOOLS.into_iter().zip(&inputs.bools) {
        set(id, boolean(*value, &next()));
    }
    let file = SourceMap::new().add("fly.toml", "");
    let names: Vec<Node> = inputs
        .names
        .iter()
        .map(|it| {
            element(file, NodeKind::String(Text::verbatim(it, Span::start_of(file), 0)), &next())
        })
        .collect();
    let sizes: Vec<Node> =
        inputs.sizes.iter().map(|it| element(file, NodeKind::Integer(*it), &next())).collect();
    let entry = |(name, nodes): (&str, Vec<Node>)| Entry {
        key: Spanned::new(name.to_owned(), Span::start_of(file)),
        value: Node::new(NodeKind::List(nodes), Span::start_of(file)),
    };
    let entries = LISTS.into_iter().zip([names, sizes]).map(entry).collect();
    let root = Node::new(NodeKind::Map(entries), Span::start_of(file));
    let document = Document {
        file,
        syntax: crate::parse::Syntax::Toml,
        root,
        problems: Vec::new(),
        comments: Vec::new(),
    };
    World { facts, files: vec![("fly", Arc::new(document))] }
}

fn element(file: FileId, kind: NodeKind, less: &Less) -> Node {
    let kind = match less {
        Less::Nothing => kind,
        _ => NodeKind::Dynamic("${taken.away}".to_owned()),
    };
    Node::new(kind, Span::start_of(file))
}

/// Expressions of each type, as text.
#[derive(Clone, Debug)]
struct Texts {
    number: BoxedStrategy<String>,
    text: BoxedStrategy<String>,
    boolean: BoxedStrategy<String>,
    numbers: BoxedStrategy<String>,
    texts: BoxedStrategy<String>,
}

fn leaves() -> Texts {
    let names =
        |ids: &[FactId]| -> Vec<String> { ids.iter().map(|it| it.name().to_owned()).collect() };
    let literal = word().prop_map(|it| format!("{it:?}")).boxed();
    Texts {
        number: prop_oneof![
            3 => prop::sample::select(names(&NUMBERS)),
            1 => (-2i64..6).prop_map(|it| it.to_string()),
        ]
        .boxed(),
        text: prop_oneof![3 => prop::sample::select(names(&TEXTS)), 1 => literal.clone()].boxed(),
        boolean: prop::sample::select(names(&BOOLS)).boxed(),
        numbers:
            prop_oneof![2 => Just("file.fly.sizes".to_owned()), 1 => Just("[1, 2]".to_owned())]
                .boxed(),
        texts: prop_oneof![
            2 => Just("file.fly.names".to_owned()),
            1 => (literal.clone(), literal).prop_map(|(a, b)| format!("[{a}, {b}]")),
        ]
        .boxed(),
    }
}

/// One level more: every function and operator over expressions of the level below.
fn deeper(it: &Texts) -> Texts {
    let (n, t, b) = (&it.number, &it.text, &it.boolean);
    let (ns, ts) = (&it.numbers, &it.texts);
    let one = |of: &BoxedStrategy<String>, names: &[&'static str]| {
        (prop::sample::select(names.to_vec()), of.clone())
            .prop_map(|(name, it)| format!("{name}({it})"))
            .boxed()
    };
    let two = |a: &BoxedStrategy<String>, names: &[&'static str], b: &BoxedStrategy<String>| {
        (a.clone(), prop::sample::select(names.to_vec()), b.clone())
            .prop_map(|(a, name, b)| format!("{name}({a}, {b})"))
            .boxed()
    };
    let between = |a: &BoxedStrategy<String>, signs: &[&'static str], b: &BoxedStrategy<String>| {
        (a.clone(), prop::sample::select(signs.to_vec()), b.clone())
            .prop_map(|(a, sign, b)| format!("({a} {sign} {b})"))
            .boxed()
    };
    let choice = |of: &BoxedStrategy<String>| {
        (b.clone(), of.clone(), of.clone())
            .prop_map(|(c, x, y)| format!("({c} ? {x} : {y})"))
            .boxed()
    };
    let over = |list: &BoxedStrategy<String>, name: &'static str, body: BoxedStrategy<String>| {
        (list.clone(), body).prop_map(move |(list, it)| format!("{list}.{name}(x, {it})")).boxed()
    };
    let number_body = between(&Just("x".to_owned()).boxed(), &["<", ">=", "==", "!="], n);
    let text_body = between(&Just("x".to_owned()).boxed(), &["==", "!=", "<"], t);
    Texts {
        number: prop_oneof![
            n.clone(),
            between(n, &["+", "-", "*", "/", "%"], n),
            one(n, &["abs", "round", "round_up", "round_down", "-"]),
            two(n, &["min", "max", "percent"], n),
            one(ns, &["sum", "size"]),
            one(ts, &["size"]),
            one(t, &["size", "int"]),
            t.clone().prop_map(|it| format!("(mb({it}) / mb('1mb'))")),
            t.clone().prop_map(|it| format!("(seconds({it}) / seconds('1s'))")),
            choice(n),
        ]
        .boxed(),
        text: prop_oneof![
            t.clone(),
            between(t, &["+"], t),
            n.clone().prop_map(|it| format!("count({it}, 'worker')")),
            one(t, &["lower", "upper", "called", "string"]),
            one(n, &["string"]),
            one(b, &["string"]),
            two(ts, &["join"], t),
            n.clone().prop_map(|it| format!("fill('set {{}}', {it})")),
            choice(t),
        ]
        .boxed(),
        boolean: prop_oneof![
            b.clone(),
            between(b, &["&&", "||", "==", "!="], b),
            between(n, &["<", "<=", ">", ">=", "==", "!="], n),
            between(t, &["<", "==", "!=", "in"], t),
            between(n, &["in"], ns),
            between(t, &["in"], ts),
            between(ts, &["==", "!="], ts),
            one(b, &["!", "has"]),
            one(n, &["has"]),
            one(t, &["has"]),
            two(t, &["contains", "startsWith", "endsWith"], t),
            two(ts, &["contains"], t),
            two(ns, &["contains"], n),
            t.clone().prop_map(|it| format!("matches({it}, '^a.')")),
            over(ns, "exists", number_body.clone()),
            over(ns, "all", number_body.clone()),
            over(ts, "exists", text_body.clone()),
            over(ts, "all", text_body.clone()),
            choice(b),
        ]
        .boxed(),
        numbers: prop_oneof![
            ns.clone(),
            (n.clone(), n.clone()).prop_map(|(a, b)| format!("[{a}, {b}]")),
            over(ns, "filter", number_body),
            over(ns, "map", between(&Just("x".to_owned()).boxed(), &["+", "*"], n)),
        ]
        .boxed(),
        texts: prop_oneof![
            ts.clone(),
            (t.clone(), t.clone()).prop_map(|(a, b)| format!("[{a}, {b}]")),
            t.clone().prop_map(|it| format!("split({it}, ',')")),
            over(ts, "filter", text_body),
            over(ts, "map", between(&Just("x".to_owned()).boxed(), &["+"], t)),
        ]
        .boxed(),
    }
}

fn conditions() -> BoxedStrategy<String> {
    let one = deeper(&leaves());
    let two = deeper(&one);
    prop_oneof![one.boolean, two.boolean.clone(), deeper(&two).boolean].boxed()
}

/// What comes of a rule with this `require`: an error, or whether it fires.
fn verdict(world: &World, require: &Compiled) -> std::result::Result<Truth, EvalError> {
    let scope = Scope { facts: Some(&world.facts), files: &world.files, ..Scope::empty() };
    scope.any_of(require)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn knowing_less_never_makes_a_rule_fire(
        text in conditions(),
        inputs in inputs(),
        first in prop::collection::vec(less(), 16),
        second in prop::collection::vec(less(), 16),
    ) {
        let names = Names { facts: true, ..Names::default() };
        // What does not compile never runs.
        let Ok(require) = compile(&text, &names) else { return Ok(()) };
        let count = inputs.count();
        let second: Vec<_> = first.iter().zip(&second).map(|(a, b)| lesser(a, b)).collect();
        let all = [vec![Less::Nothing; count], first[..count].to_vec(), second[..count].to_vec()];
        let verdicts = all.map(|it| verdict(&world(&inputs, &it), &require));
        for known in 1..3 {
            let (more, less) = (&verdicts[known - 1], &verdicts[known]);
            // What cannot be evaluated at all is said in another way.
            let may_fire = matches!(more, Ok(Truth::False) | Err(_));
            let fires = matches!(less, Ok(Truth::False));
            prop_assert!(!fires || may_fire, "{text}: {more:?}, then {less:?}");
            prop_assert!(less.is_ok() || more.is_err(), "{text}: {more:?}, then {less:?}");
        }
    }

    #[test]
    fn knowing_less_of_a_condition_never_makes_it_hold(
        text in conditions(),
        inputs in inputs(),
        less in prop::collection::vec(less(), 16),
    ) {
        let names = Names { facts: true, ..Names::default() };
        let Ok(when) = compile(&text, &names) else { return Ok(()) };
        let apply = |less: &[Less]| {
            let world = world(&inputs, less);
            let scope = Scope { facts: Some(&world.facts), files: &world.files, ..Scope::empty() };
            scope.all_of(&when)
        };
        let (more, less) = (apply(&[]), apply(&less));
        let may_hold = matches!(more, Ok(Truth::True) | Err(_));
        prop_assert!(!matches!(less, Ok(Truth::True)) || may_hold, "{text}: {more:?}, then {less:?}");
    }
}

/// A new function must be added to the generator above.
#[test]
fn the_generator_knows_every_function() {
    // `known`, `certain` and `written` ask what is known and from where, and the answer may only
    // change with it. The others look up names.
    let exempt = ["known", "certain", "written", "env", "setting", "option"];
    let source = include_str!("less_known.rs");
    for function in FUNCTIONS.iter().filter(|it| !exempt.contains(&it.name)) {
        let name = function.name;
        let is_called = [format!("\"{name}\""), format!("{name}(")]
            .iter()
            .any(|it| source.contains(it.as_str()));
        assert!(is_called, "the generator never calls `{name}`");
    }
}
