//! How fast each format is read, in megabytes a second.
//!
//! `cargo bench --bench parse` prints the median of many rounds over one text of about 64 KB for
//! each format: far larger than a real file, so that the start of a parser does not count.
#![expect(clippy::print_stdout, reason = "a benchmark reports on stdout")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use opslint::parse::{Syntax, document};
use opslint::source::SourceMap;

const TOML: &str = "[[services]] # N\nname = \"shop-N\"\ncommand = '''gunicorn shop.wsgi'''\n\
                    ports = [80, 443]\nenv = { PORT = \"8080\", DEBUG = 'no' }\n\n";
const YAML: &str = "- name: shop-N # comment\n  command: >\n    gunicorn shop.wsgi\n    --workers 9\n\
                    \x20 ports: [80, 443]\n  env:\n    PORT: \"8080\"\n    DEBUG: 'no'\n";
const JSON: &str = "{\"name\": \"shop-N\", \"command\": \"gunicorn \\u0041 shop.wsgi\",\n\
                    \"ports\": [80, 443], \"env\": {\"PORT\": \"8080\", \"DEBUG\": null}},\n";
const PROCFILE: &str = "# comment\nweb-N: gunicorn shop.wsgi --workers 9 --bind 0.0.0.0:$PORT\n";
const PYTHON: &str = "workers_N = 9  # comment\nbind_N = '0.0.0.0:8000'\n\
                      raw_env_N = ['A=1', \"B=2\"]\n\ndef hook_N(server):\n    server.log.info('x')\n";

const BYTES: usize = 64 * 1024;
const ROUNDS: usize = 200;

fn main() {
    for (name, syntax, piece, frame) in [
        ("toml", Syntax::Toml, TOML, ["", ""]),
        ("yaml", Syntax::Yaml, YAML, ["", ""]),
        ("json", Syntax::Json, JSON, ["[", "null]"]),
        ("procfile", Syntax::Procfile, PROCFILE, ["", ""]),
        ("python", Syntax::Python, PYTHON, ["", ""]),
    ] {
        let pieces = (0..BYTES / piece.len()).map(|it| piece.replace('N', &it.to_string()));
        let text = [frame[0], &pieces.collect::<String>(), frame[1]].concat();
        let mut rounds: Vec<Duration> = (0..ROUNDS).map(|_| round(syntax, &text)).collect();
        rounds.sort_unstable();
        let median = rounds[ROUNDS / 2].as_secs_f64();
        println!("{name:8} {:7.1} MB/s", text.len() as f64 / median / 1e6);
    }
}

fn round(syntax: Syntax, text: &str) -> Duration {
    let mut sources = SourceMap::new();
    let file = sources.add("file", text);
    let start = Instant::now();
    let document = black_box(document(syntax, file, text));
    let elapsed = start.elapsed();
    assert!(document.problems.is_empty(), "{:?}", document.problems.first());
    elapsed
}
