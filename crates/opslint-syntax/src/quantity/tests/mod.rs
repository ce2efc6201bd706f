//! Each grammar against what its own program makes of the same texts.

use super::systemd::TimeSpan;
use super::{go, kubernetes, nginx, systemd};

/// Lines of grammar, result and text in quotes.
const VENDORS: &str = include_str!("vendors.txt");

/// What we make of a text, as the table has it.
fn ours(grammar: &str, text: &str) -> Option<f64> {
    match grammar {
        "go.duration" => go::duration_s(text).ok().map(|it| it * 1e9),
        "compose.duration" => go::compose_duration_s(text).ok().map(|it| it * 1e9),
        "go-units.RAMInBytes" => go::bytes(text, go::Base::Binary).map(|it| it as f64),
        "go-units.FromHumanSize" => go::bytes(text, go::Base::Decimal).map(|it| it as f64),
        "systemd.time-span" => systemd::time_span(text).map(|it| match it {
            TimeSpan::Seconds(seconds) => seconds * 1e6,
            TimeSpan::Infinity => u64::MAX as f64,
        }),
        "systemd.size" => systemd::bytes(text).map(|it| it as f64),
        "nginx.time" => nginx::timeout_s(text),
        "nginx.size" => nginx::bytes(text).map(|it| it as f64),
        "kubernetes.quantity" => kubernetes::amount(text),
        _ => panic!("a table without a reader: {grammar}"),
    }
}

#[test]
fn every_grammar_reads_what_its_program_reads() {
    let mut wrong = Vec::new();
    for line in VENDORS.lines().filter(|it| !it.starts_with('#')) {
        let [grammar, expect, text] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("not three columns: {line}");
        };
        let text = text.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap();
        let ours = ours(grammar, text);
        let alike = match (expect, ours) {
            ("-", None) | ("ok", Some(_)) => true,
            ("-", Some(_)) | (_, None) => false,
            // A binary fraction of seconds holds nanoseconds but for the last bits.
            (expect, Some(ours)) => {
                let expect: f64 = expect.parse().unwrap();
                (ours - expect).abs() <= expect.abs() * 1e-12
            }
        };
        if !alike {
            wrong.push(format!("{grammar} {text:?}: {expect}, and not {ours:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// No text makes a reader panic, and none makes it say what no number is.
#[test]
fn every_prefix_of_every_text_is_a_number_or_none() {
    for line in VENDORS.lines().filter(|it| !it.starts_with('#')) {
        let text = line.rsplit('\t').next().unwrap();
        let grammars = VENDORS.lines().filter_map(|it| it.split_once('\t')).map(|it| it.0);
        let grammars: std::collections::BTreeSet<&str> = grammars.collect();
        for (at, _) in text.char_indices() {
            for grammar in &grammars {
                let ours = ours(grammar, &text[at..]);
                assert!(ours.is_none_or(f64::is_finite), "{grammar} {:?}", &text[at..]);
            }
        }
    }
}
