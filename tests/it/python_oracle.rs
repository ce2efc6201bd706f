//! Our evaluator against Python itself.
//!
//! Where we say a value Python must compute the same, type included. Where Python raises we must
//! not say that all is well. What we leave unknown is counted and printed.
#![expect(clippy::disallowed_methods, reason = "other seeds may be asked for")]
#![expect(clippy::print_stdout, reason = "`--nocapture` shows how much stays unknown")]

use std::collections::BTreeMap;
use std::process::Command;

use opslint::fact::{Fact, Origin, OriginKind, Value};
use opslint::project::Environment;
use opslint::python::{Host, Module, Part, PyValue, evaluate};
use opslint::workspace::{MemoryFiles, Workspace};
use serde_json::{Value as Json, json};

use crate::ask::ask;
use crate::python_cases::{self, Case};

/// How a value of ours compares with Python's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Equal,
    /// Ours is unknown, a range or a pattern that Python's value fits.
    Unknown,
    Wrong,
}

/// The names of Python's library that we know, against the library itself.
#[test]
fn names_of_the_library_are_those_of_python() {
    let Some(python) = crate::oracle_gunicorn::oracle::python() else { return };
    let root = env!("CARGO_MANIFEST_DIR");
    let names = format!("{root}/crates/opslint-python/src/library/names.txt");
    let output = Command::new(python)
        .arg(format!("{root}/tests/oracle/library.py"))
        .arg("--check")
        .stdin(std::fs::File::open(names).expect("the list of names"))
        .output()
        .expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn known_values_are_what_python_computes() {
    let cases = python_cases::all();
    assert!(cases.len() >= 300, "only {} cases", cases.len());
    let answers = ask_python(&cases);
    let (mut known, mut unknown, mut raised) = (0, 0, 0);
    let mut wrong = Vec::new();
    for (case, answer) in cases.iter().zip(&answers) {
        let fails = answer.get("raised").is_some();
        raised += usize::from(fails);
        // Where files tell only a part of the environment, a file that does not load without a
        // variable tells us that somebody sets it.
        let open = (!fails).then(Environment::new);
        for environment in [Environment::complete()].into_iter().chain(open) {
            let module = evaluate_case(case, environment);
            match compare(&module, answer) {
                Ok((ours, theirs)) => {
                    known += ours;
                    unknown += theirs;
                }
                Err(what) => wrong.push(format!("{what}\n{}\n--- python: {answer}", case.text)),
            }
        }
    }
    let total = known + unknown;
    println!(
        "{} cases, {total} values: {known} known, {unknown} unknown ({:.1} %); {raised} raise",
        cases.len(),
        100.0 * f64::from(unknown) / f64::from(total.max(1)),
    );
    assert!(wrong.is_empty(), "{} differ from Python:\n\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(known > unknown * 9, "more than a tenth of the values is unknown");
}

/// Random expressions: at least 20,000, of which those that do not raise share modules.
#[test]
fn generated_expressions_are_what_python_computes() {
    for seed in seeds(20_261_128) {
        let report = generated("expressions", 24_000, seed);
        report.assert_clean();
        let expressions = report.values + report.raised;
        assert!(expressions >= 20_000, "only {expressions} expressions");
    }
}

/// Random modules of statements.
#[test]
fn generated_programs_do_what_python_does() {
    for seed in seeds(7) {
        generated("programs", 1_500, seed).assert_clean();
    }
}

/// Where the random cases start: always the same ones, unless `OPSLINT_ORACLE_SEEDS` names others,
/// as in `99,12345`.
pub(crate) fn seeds(usual: usize) -> Vec<usize> {
    let named = std::env::var_os("OPSLINT_ORACLE_SEEDS").unwrap_or_default();
    let named = named.to_string_lossy();
    let seeds = named.split(',').filter(|it| !it.is_empty());
    let seeds: Vec<usize> = seeds.map(|it| it.trim().parse().expect("a number")).collect();
    if seeds.is_empty() { vec![usual] } else { seeds }
}

#[derive(Default)]
struct Report {
    cases: usize,
    values: usize,
    raised: usize,
    unknown: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Report {
    #[track_caller]
    fn assert_clean(&self) {
        let unknown: usize = self.unknown.values().sum();
        println!(
            "{} modules, {} values, {unknown} of them unknown; {} raise",
            self.cases, self.values, self.raised
        );
        let mut reasons: Vec<_> = self.unknown.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (reason, count) in reasons.iter().take(40) {
            println!("  unknown {count:>5}  {reason}");
        }
        let shown: Vec<_> = self.wrong.iter().take(100).map(String::as_str).collect();
        assert!(
            shown.is_empty(),
            "{} differ from Python:\n\n{}",
            self.wrong.len(),
            shown.join("\n\n")
        );
    }
}

/// Compares modules that `generate.py` makes.
fn generated(kind: &str, count: usize, seed: usize) -> Report {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/generate.py");
    let output = Command::new("python3")
        .args(["-E", "-s", "-W", "ignore", script, kind, &count.to_string(), &seed.to_string()])
        .output()
        .expect("python3 is on the path");
    let text = String::from_utf8(output.stdout).expect("python prints UTF-8");
    let mut report = Report::default();
    for line in text.lines() {
        let answer: Json = serde_json::from_str(line).expect("python prints JSON");
        let case = python_cases::from_json(&answer);
        report.cases += 1;
        report.raised += usize::from(answer.get("raised").is_some());
        let module = evaluate_case(&case, Environment::complete());
        match compare(&module, &answer) {
            Ok((known, unknown)) => report.values += usize::try_from(known + unknown).expect("few"),
            Err(what) => report.wrong.push(format!("{what}\n{}", wrong_lines(&case.text, &what))),
        }
        for binding in &module.bindings {
            let theirs = &answer["names"][&binding.name.value];
            if let (Some(unknown), false) = (binding.value.unknown(), theirs.is_null()) {
                *report.unknown.entry(unknown.reason.clone()).or_default() += 1;
            }
        }
    }
    assert!(report.cases > 0, "{}", String::from_utf8_lossy(&output.stderr));
    report
}

/// Of a module of many expressions, the one that differs.
fn wrong_lines(text: &str, what: &str) -> String {
    let name = what.split('`').nth(1).unwrap_or_default();
    let line = text.lines().find(|it| it.starts_with(&format!("{name} = ")));
    line.filter(|_| name.starts_with('v')).unwrap_or(text).to_owned()
}

fn evaluate_case(case: &Case, mut environment: Environment) -> Module {
    for (name, value) in &case.env {
        let origin = Origin::new(OriginKind::Env, "test");
        environment.set(name.as_str(), Fact::known(Value::Text(value.clone()), origin));
    }
    let files = case
        .files
        .iter()
        .fold(MemoryFiles::new().with("gunicorn.conf.py", case.text.as_str()), |files, it| {
            files.with(it.0.as_str(), it.1.as_str())
        });
    let mut workspace = Workspace::new(&files);
    let file = workspace.open("gunicorn.conf.py").expect("the case was just added");
    let origin = Origin::new(OriginKind::Platform, "test");
    let mut host = Host {
        workspace: &mut workspace,
        environment: &environment,
        cpu_count: Fact::known(Value::Int(case.cpus), origin),
        folder: String::new(),
        python_path: Vec::new(),
        python: None,
    };
    evaluate(&mut host, file)
}

fn ask_python(cases: &[Case]) -> Vec<Json> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/python_oracle.py");
    let line = |it: &Case| {
        let env: serde_json::Map<_, _> =
            it.env.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let files: serde_json::Map<_, _> =
            it.files.iter().map(|(name, text)| (name.clone(), json!(text))).collect();
        json!({"text": it.text, "env": env, "cpus": it.cpus, "files": files}).to_string()
    };
    let lines: Vec<String> = cases.iter().map(line).collect();
    ask(Command::new("python3").args(["-I", "-W", "ignore", script]), &lines)
}

/// How many values are known and how many are not, or what is wrong.
fn compare(module: &Module, answer: &Json) -> Result<(i32, i32), String> {
    let Some(names) = answer.get("names").and_then(Json::as_object) else {
        let silent = module.failure.is_none()
            && module.followed
            && module.problems.is_empty()
            && module.bindings.iter().all(|it| it.value.is_known());
        return match silent {
            true => Err("python raises and we do not see it".to_owned()),
            false => Ok((0, 0)),
        };
    };
    if let Some(failure) = &module.failure {
        return Err(format!("we see a failure: {}", failure.message));
    }
    if !module.problems.is_empty() {
        return Err(format!("we see a problem: {:?}", module.problems));
    }
    let (mut known, mut unknown) = (0, 0);
    for (name, theirs) in names {
        let Some(binding) = module.get(name) else {
            if module.complete {
                return Err(format!("`{name}` is not seen"));
            }
            continue;
        };
        match verdict(&binding.value, theirs) {
            Verdict::Equal if theirs.is_null() => {}
            Verdict::Equal => known += 1,
            Verdict::Unknown => unknown += 1,
            Verdict::Wrong => return Err(format!("`{name}` is {:?} for us", binding.value)),
        }
    }
    for binding in &module.bindings {
        if !names.contains_key(&binding.name.value) && !binding.maybe_unset {
            return Err(format!("`{}` is not set in python", binding.name.value));
        }
    }
    Ok((known, unknown))
}

fn verdict(ours: &PyValue, theirs: &Json) -> Verdict {
    let kind = theirs.get(0).and_then(Json::as_str).unwrap_or_default();
    let text = theirs.get(1).and_then(Json::as_str).unwrap_or_default();
    let equal = |it: bool| if it { Verdict::Equal } else { Verdict::Wrong };
    let all = |items: &[PyValue]| {
        let empty = Vec::new();
        let theirs = theirs.get(1).and_then(Json::as_array).unwrap_or(&empty);
        match items.len() == theirs.len() {
            true => worst(items.iter().zip(theirs).map(|(ours, theirs)| verdict(ours, theirs))),
            false => Verdict::Wrong,
        }
    };
    match ours {
        PyValue::Unknown(_) => Verdict::Unknown,
        // An object that a call gave: no more than that is known.
        PyValue::Native(name) if name.ends_with("()") => Verdict::Unknown,
        PyValue::Range { min, max, is_int } => {
            let inside = text.parse::<f64>().is_ok_and(|it| *min <= it && it <= *max);
            let fits = inside && (kind == "int" || (kind == "float" && !is_int));
            if fits { Verdict::Unknown } else { Verdict::Wrong }
        }
        PyValue::Pattern(parts) => {
            if kind == "str" && fits(parts, text) {
                Verdict::Unknown
            } else {
                Verdict::Wrong
            }
        }
        PyValue::None => equal(kind == "none"),
        PyValue::Bool(ours) => equal(theirs == &json!(["bool", ours])),
        PyValue::Int(ours) => equal(kind == "int" && text == ours.to_string()),
        PyValue::Float(ours) => {
            let same = text
                .parse::<f64>()
                .is_ok_and(|it| it.to_bits() == ours.to_bits() || (it.is_nan() && ours.is_nan()));
            equal(kind == "float" && same)
        }
        PyValue::Str(ours) => equal(kind == "str" && **ours == *text),
        PyValue::List(items) if kind == "list" => all(items),
        PyValue::Tuple(items) if kind == "tuple" => all(items),
        PyValue::Dict(entries) if kind == "dict" => {
            let empty = Vec::new();
            let theirs = theirs.get(1).and_then(Json::as_array).unwrap_or(&empty);
            let pair = |(ours, theirs): (&(PyValue, PyValue), &Json)| {
                worst([verdict(&ours.0, &theirs[0]), verdict(&ours.1, &theirs[1])].into_iter())
            };
            match entries.len() == theirs.len() {
                true => worst(entries.iter().zip(theirs).map(pair)),
                false => Verdict::Wrong,
            }
        }
        PyValue::Set(items) if kind == "set" => {
            let empty = Vec::new();
            let theirs = theirs.get(1).and_then(Json::as_array).unwrap_or(&empty);
            let found =
                |ours: &PyValue| theirs.iter().any(|it| verdict(ours, it) == Verdict::Equal);
            equal(items.len() == theirs.len() && items.iter().all(found))
        }
        _ => equal(theirs.is_null()),
    }
}

fn worst(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    verdicts.fold(Verdict::Equal, |worst, it| match (worst, it) {
        (Verdict::Wrong, _) | (_, Verdict::Wrong) => Verdict::Wrong,
        (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
        _ => Verdict::Equal,
    })
}

/// Whether the known parts of a pattern stand in the text, in this order.
fn fits(parts: &[Part], text: &str) -> bool {
    let mut rest = text;
    for (idx, part) in parts.iter().enumerate() {
        let Part::Known(known) = part else { continue };
        let is_last = idx + 1 == parts.len();
        let at = if is_last { rest.rfind(known.as_str()) } else { rest.find(known.as_str()) };
        match at {
            Some(at) if idx > 0 || at == 0 => rest = &rest[at + known.len()..],
            _ => return false,
        }
    }
    matches!(parts.last(), Some(Part::Gap(_))) || rest.is_empty()
}
