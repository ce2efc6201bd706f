//! Any text is looked through, whatever stands beside what.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{Grammar, Secrets};

/// Pieces that mean something to what looks for secrets, and lengths at which it stops looking.
const PIECES: &[&str] = &[
    " ",
    "\n",
    "\t",
    "\u{3000}",
    "é",
    "\u{1F511}",
    "=",
    ":",
    ":=",
    "=>",
    "<<<",
    ",",
    ";",
    "|",
    "&&",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "${",
    "$",
    "\"",
    "'",
    "`",
    "\\",
    "\\\"",
    "/",
    "//",
    "://",
    "@",
    "#",
    "%",
    ">",
    ">>",
    "<<EOF\n",
    "EOF\n",
    "-",
    "--",
    "-p",
    "-u",
    "-H ",
    "--password",
    "--env",
    "-e ",
    "s/",
    "COPY ",
    "ADD ",
    "ENV ",
    "RUN ",
    "export ",
    "echo ",
    "printf ",
    "tee ",
    "curl ",
    "mysql ",
    "sqlplus ",
    "redis-cli ",
    "SECRET_KEY",
    "DB_PASSWORD",
    "api_key",
    "password",
    "Authorization: Bearer ",
    "getenv(",
    "setattr(",
    ".join((",
    "raw_env",
    "postgres://",
    "user",
    "name",
    "db",
    "ghp_Ab3dE6gH9jKl2nOp5rSt8vWx1zAb3dE6gH9j",
    "AKIAIOSFODNN7EXAMPLE",
    "kanarie-5d1c",
    "IDENTIFIED BY ",
    "machine ",
    "login ",
    "REQUIREPASS ",
];

fn piece() -> impl Strategy<Value = String> {
    let run = prop_oneof![Just(255_usize), Just(256), Just(257), Just(2048), 1..300_usize];
    prop_oneof![
        8 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => (proptest::sample::select(&["a", "A1b2", "é", " ", "/", "="][..]), run)
            .prop_map(|(it, count)| it.repeat(count.div_ceil(it.len()))),
        1 => "[a-zA-Z0-9]{1,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn any_text_is_masked(pieces in vec(piece(), 0..14)) {
        let text = pieces.concat();
        for grammar in [Grammar::Code, Grammar::Shell, Grammar::Env, Grammar::Data, Grammar::Prose] {
            Secrets::none_known().mask(&text, grammar);
        }
    }
}

#[test]
fn what_stops_looking_stops_within_the_text() {
    for text in [
        format!("run x/{}@host", "A1b2".repeat(64)),
        format!("/{}@host", "A1b2".repeat(64)),
        "\u{3000}\u{3000}COPY SECRET_KEY /run/secrets/x\n".to_owned(),
        "SECRET_KEY\", \"kanarie\"".to_owned(),
    ] {
        for grammar in [Grammar::Code, Grammar::Shell, Grammar::Env, Grammar::Data, Grammar::Prose]
        {
            Secrets::none_known().mask(&text, grammar);
        }
    }
}
