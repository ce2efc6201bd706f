//! What the parser makes of commands.

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
            CommandKind::Loop { head, body } => {
                match head {
                    LoopHead::Condition(list) => items(text, acc, list),
                    LoopHead::Words { words, .. } => {
                        acc.extend(words.iter().flatten().map(|it| &text[it.range.clone()]))
                    }
                    LoopHead::Arithmetic(_) => {}
                }
                items(text, acc, body);
            }
            CommandKind::Case { arms, .. } => {
                arms.iter().for_each(|it| items(text, acc, &it.body));
            }
            CommandKind::Function { body, .. } => command(text, acc, body),
            CommandKind::Test(_) | CommandKind::Arithmetic(_) => {}
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
    check("while a; do b; done\nfor i in 1 2; do c $i; done", &["a", "b", "1", "2", "c", "$i"]);
    check("f() { a; }; function g { b; }\nf", &["a", "b", "f"]);
    check("[[ $a == b* && -f c ]] && d; (( x > 1 )) && e", &["d", "e"]);
}

#[test]
fn the_condition_of_until_is_negated() {
    for (text, expected) in [("while a; do b; done", false), ("until a; do b; done", true)] {
        let script = parse(text);
        let CommandKind::Loop { head, .. } = &script.items[0].first.commands[0].kind else {
            panic!("{text} is a loop")
        };
        let LoopHead::Condition(condition) = head else { panic!("{text} has a condition") };
        assert_eq!(condition[0].first.negated, expected, "{text}");
    }
}

#[test]
fn the_files_of_redirections_are_kept() {
    let text = "a <in >out 2>>log 2>&1 &>all <<EOF\nx\nEOF\n";
    let script = parse(text);
    let CommandKind::Simple(simple) = &script.items[0].first.commands[0].kind else {
        panic!("{text} is a command")
    };
    let names = |it: &[Word]| it.iter().map(|it| &text[it.range.clone()]).collect::<Vec<_>>();
    assert_eq!(names(simple.input.as_slice()), ["in"]);
    assert_eq!(names(&simple.outputs), ["out", "log", "all"]);
}

#[test]
fn what_only_bash_has_is_read() {
    check(
        "A=(-w 3 \"b c\") B+=(x); run \"${A[@]}\"",
        &["A=(-w 3 \"b c\")", "B+=(x)", "run", "\"${A[@]}\""],
    );
    check("declare -a A=(1 2) B; a[1]=2 run", &["declare", "-a", "B", "a[1]=2", "run"]);
    check("source <(cat .env) && run", &["source", "<(cat .env)", "run"]);
    check("while read l; do a; done < <(b); c", &["read", "l", "a", "c"]);
    check(
        "run ${X%%-*} ${X#a} ${X:1:2} ${X/a/b} ${X//\\//-} ${X^^} ${#X} ${!X} ${X[1]}",
        &[
            "run",
            "${X%%-*}",
            "${X#a}",
            "${X:1:2}",
            "${X/a/b}",
            "${X//\\//-}",
            "${X^^}",
            "${#X}",
            "${!X}",
            "${X[1]}",
        ],
    );
    check("for ((i = 0; i < 3; i++)); do a; done; (( b++ )) && c", &["a", "c"]);
    check("case x in a) b ;& c) d ;;& *) e ;; esac", &["b", "d", "e"]);
    check("run $'a\\'b' \"${X%'}'}\" {a,b}", &["run", "$'a\\'b'", "\"${X%'}'}\"", "{a,b}"]);
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
    for open in ["(", "{ ", "$(", "\"$(", "`", "${x:-", "$((", "((", "if ", "case x in a) ", "! "] {
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
        "=(",
        "[@]",
        "$'",
        "<(",
        "%%",
        "//",
        "declare",
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
