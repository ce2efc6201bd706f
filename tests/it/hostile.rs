//! Inputs that are made to cost more than they are worth: what is said of a small file is small,
//! and what never ends is not waited for.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use super::cli::Folder;
use super::outputs::run;

/// Formats that show source text or changes.
const FORMATS: [&str; 10] = [
    "pretty", "concise", "json", "sarif", "github", "gitlab", "junit", "rdjson", "markdown",
    "agent",
];

/// Mistakes on one line of a file, each of which has a fix.
const MISTAKES: usize = 300;

fn one_line() -> String {
    let function = |idx| format!("\"a{idx}.py\": {{\"maxDuration\": 9999, \"memry\": 1}}");
    let functions: Vec<_> = (0..MISTAKES).map(function).collect();
    format!("{{\"functions\": {{{}}}}}", functions.join(", "))
}

#[test]
fn no_format_repeats_a_long_line_for_each_of_its_mistakes() {
    let text = one_line();
    let folder = Folder::new("hostile-line").with("vercel.json", &text);
    for format in FORMATS {
        let found = run(folder.path(), &["check", "--format", format], &[]);
        assert_eq!(found.status, 1, "{format}: {}", found.stderr);
        let each = found.stdout.len() / MISTAKES;
        // The line itself has many more.
        assert!(each < text.len() / 2, "{format} has {each} bytes for each mistake");
    }
}

#[test]
fn a_label_far_out_on_a_long_line_is_shown_at_its_place() {
    let text = one_line();
    let folder = Folder::new("hostile-place").with("vercel.json", &text);
    let last = format!("a{}.py", MISTAKES - 1);
    let column =
        text.find(&last).unwrap() + text[text.find(&last).unwrap()..].find("memry").unwrap();
    let found = run(folder.path(), &["check", "--format", "concise"], &[]);
    let place = format!("vercel.json:1:{column}:");
    assert!(found.stdout.contains(&place), "{place} {}", found.stdout);
    let found = run(folder.path(), &["check", "--format", "pretty"], &[]);
    let lines: Vec<&str> = found.stdout.lines().collect();
    let head = format!("[{}]", place.trim_end_matches(':'));
    let shown = lines.iter().position(|it| it.contains(&head)).unwrap() + 1;
    let underline = lines[shown + 1];
    let at = |line: &str, part: &str| line[..line.rfind(part).unwrap()].chars().count();
    let first = underline.chars().position(|it| matches!(it, '─' | '┬' | '-' | '^')).unwrap();
    let source = at(lines[shown], "\"memry");
    assert!(first.abs_diff(source) <= 1, "{}\n{underline}", lines[shown]);
}

#[test]
fn a_fix_is_shown_with_the_numbers_of_its_lines() {
    let before = "# a comment\n".repeat(50);
    let text =
        format!("{before}[http_service]\ninternal_port = 8080\nautostop_machines = \"stop\"\n");
    let folder = Folder::new("hostile-diff").with("fly.toml", text);
    let found = run(folder.path(), &["check", "--format", "gitlab"], &[]);
    assert!(found.stdout.contains("@@ -50,4 +50,4 @@"), "{}", found.stdout);
}

#[test]
fn a_comment_costs_what_it_is_long() {
    let rules = "bind-loopback,".repeat(20_000);
    let unknown: Vec<String> = (0..20_000).map(|it| format!("a{it}")).collect();
    let reason = "because ".repeat(50_000);
    for list in [rules, unknown.join(",")] {
        let text = format!("# opslint: allow[{list}] {reason}\nweb: gunicorn shop.wsgi\n");
        let len = text.len();
        let folder = Folder::new("hostile-comment").with("Procfile", text);
        for arguments in [["suppressions"].as_slice(), &["check", "--format", "concise"]] {
            let found = run(folder.path(), arguments, &[]);
            assert!(found.stdout.len() < 20 * len, "{arguments:?}: {}", found.stdout.len());
        }
    }
}

#[test]
fn a_standard_input_without_an_end_is_refused() {
    let folder = Folder::new("hostile-stdin").with("Procfile", "web: gunicorn shop.wsgi\n");
    let mut child = Command::new(env!("CARGO_BIN_EXE_opslint"))
        .args(["check", "--stdin-filename", "Procfile"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let block = vec![b'#'; 1 << 20];
    // It ends by itself: nobody reads on.
    let written = (0..1_000).take_while(|_| input.write_all(&block).is_ok()).count();
    drop(input);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{said}");
    assert!(said.contains("standard input is larger than 16 MB"), "{said}");
    assert!(written < 100, "{written} MB were read");
}

#[test]
fn alternatives_of_variables_may_be_deep_in_one_another() {
    let deep = |count: usize| "${a:-".repeat(count) + "k4narie" + &"}".repeat(count);
    for count in [10, 30_000] {
        let text = format!("FROM python:3.13\nENV API_TOKEN={}\nCMD gunicorn a:b\n", deep(count));
        let folder = Folder::new("hostile-deep").with("Dockerfile", text);
        let folder = folder.with("fly.toml", "app = \"a\"\n[http_service]\ninternal_port = 80\n");
        for arguments in [["check"].as_slice(), &["resolve", "--settings"]] {
            let found = run(folder.path(), arguments, &[]);
            assert!(matches!(found.status, 0 | 1), "{count}: {}", found.stderr);
            assert!(!found.stdout.contains("k4narie"), "{count}: {}", found.stdout);
        }
    }
}

/// Forms of a shell that grow, call themselves or never end: what stands behind them is judged all
/// the same, as a shell would come there, or as one of the ways that it may take.
#[test]
fn forms_of_a_shell_that_grow_are_followed_to_their_end() {
    let many = |line: &str| line.repeat(64);
    let forms = [
        format!("A=x\n{}", many("A=\"$A$A\"\n")),
        format!("A=(x)\n{}", many("A=(\"${A[@]}\" \"${A[@]}\")\n")),
        format!("A=x\n{}", many("A=$(echo \"$A$A\")\n")),
        format!("A=x\n{}", many("printf -v A '%s%s' \"$A\" \"$A\"\n")),
        format!("A=x\n{}", many("read A <<< \"$A$A\"\n")),
        format!("A=xx\n{}", many("A=${A//x/xx}\n")),
        format!("A=1\n{}A=$((1/0))\nB=$((A[A[A]]))\n", many("A=$((A+A))\n")),
        format!("A=:\n{}eval \"$A\"\n", many("A=\"eval $A; $A\"\n")),
        "A=x\nwhile true; do A=$A$A; break; done\n".to_owned(),
        "for i in {1..99999999}; do X=$i; done\n".to_owned(),
        "A=B\nB=A\nC=${!A}\ndeclare -n D=D\necho ${!D}\n".to_owned(),
        format!("A={}x{}\n", "$(echo ".repeat(20), ")".repeat(20)),
        format!("A=$(({}1{}))\n", "(".repeat(5000), ")".repeat(5000)),
        many("trap 'A=$A$A; kill $$' EXIT TERM\n"),
        many("while getopts ab:c x; do case $x in a) A=$A$A;; esac; shift; done\n"),
        format!("A={0}\nA=${{A%%*x*x*x*x*x*x*y}}${{A##*x*x*x*x*x*y}}\n", "x".repeat(5000)),
        format!("[[ {0} =~ (x+x+)+y ]] && A=1\n", "x".repeat(5000)),
    ];
    for form in forms {
        let script = format!("#!/bin/bash\n{form}exec gunicorn shop.wsgi --bind 127.0.0.1:80\n");
        let folder = Folder::new("hostile-shell")
            .with("Procfile", "web: ./start.sh\n")
            .with("start.sh", script);
        let found = run(folder.path(), &["check", "--format", "concise"], &[]);
        let start: String = form.chars().take(60).collect();
        assert!(matches!(found.status, 0 | 1), "{start}: {}", found.stderr);
        assert!(found.stdout.contains("bind-loopback"), "{start}: {}", found.stdout);
    }
}
