//! Trees and spans of every syntax: spans are checked by slicing the text.

use proptest::prelude::*;

use super::*;
use crate::source::SourceMap;

const ALL: [Syntax; 7] = [
    Syntax::Toml,
    Syntax::Yaml,
    Syntax::YamlStream,
    Syntax::Json,
    Syntax::Procfile,
    Syntax::ConfigParser,
    Syntax::Python,
];

fn parse(syntax: Syntax, text: &str) -> (SourceMap, Document) {
    let mut sources = SourceMap::new();
    let file = sources.add("file", text);
    let document = document(syntax, file, text);
    (sources, document)
}

/// The source text of the value at a path of keys.
#[track_caller]
fn check(syntax: Syntax, text: &str, path: &[&str], expect: &str) {
    let (sources, document) = parse(syntax, text);
    assert!(document.problems.is_empty(), "{:?}", document.problems);
    let node = document.root.at(path).unwrap_or_else(|| panic!("no {path:?} in {document:?}"));
    assert_eq!(sources.text(node.span), expect);
}

#[test]
fn values_are_found_where_they_are_written() {
    check(Syntax::Toml, "a = 1\n[b]\nc = 'x' # y\n", &["b", "c"], "'x'");
    check(Syntax::Toml, "[b.d]\nc.e = [1, 2]\n", &["b", "d", "c", "e"], "[1, 2]");
    check(Syntax::Yaml, "a:\n  b: 12\n  c: x y # z\n", &["a", "b"], "12");
    check(Syntax::Yaml, "a:\n  b: 12\n  c: x y # z\n", &["a", "c"], "x y");
    check(Syntax::Yaml, "a: é\nb: 'q'\n", &["b"], "'q'");
    check(Syntax::Json, r#"{"a": {"b": [1, "x"]}}"#, &["a", "b"], r#"[1, "x"]"#);
    check(Syntax::Procfile, "web: run it\nworker:  go\n", &["worker"], "go");
    check(Syntax::Python, "a = 1\nb = cpu_count() * 2\n", &["b"], "cpu_count() * 2");
}

#[test]
fn a_table_with_a_header_has_the_span_of_its_header() {
    check(
        Syntax::Toml,
        "x = 1\n\n[http_service]\nport = 8080\n",
        &["http_service"],
        "[http_service]",
    );
}

#[test]
fn what_stands_before_an_error_is_kept() {
    for (syntax, text) in [
        (Syntax::Toml, "a = 1\nb = = 2\n"),
        (Syntax::Yaml, "a: 1\nb: [1, 2\nc: }\n"),
        (Syntax::Json, "{\"a\": 1, \"b\": }"),
        (Syntax::Json, "{\"a\": 1, \"b\": {\"c\": 2"),
        (Syntax::Procfile, "a: 1\nnothing here\n"),
        (Syntax::Python, "a = 1\nb = (\n"),
    ] {
        let (_, document) = parse(syntax, text);
        assert_eq!(document.problems.len(), 1, "{syntax:?}: {:?}", document.problems);
        assert!(document.root.get("a").is_some(), "{syntax:?}: {:?}", document.root);
    }
}

#[test]
fn a_syntax_error_has_the_position_the_parser_gives() {
    let (sources, document) = parse(Syntax::Toml, "a = 1\nb = = 2\n");
    let span = document.problems[0].primary.span;
    assert_eq!(&sources.file(span.file).text()[span.start as usize..][..3], "= 2");
}

#[test]
fn comments_are_found_and_a_sign_in_a_string_is_none() {
    for (syntax, text) in [
        (Syntax::Toml, "a = '# no' # yes\n"),
        (Syntax::Yaml, "a: '# no' # yes\n"),
        (Syntax::Procfile, "# yes\nweb: run # no\n"),
        (Syntax::Python, "a = '# no' # yes\n"),
    ] {
        let (sources, document) = parse(syntax, text);
        let comments: Vec<_> = document.comments.iter().map(|it| sources.text(*it)).collect();
        assert_eq!(comments, ["# yes"], "{syntax:?}");
    }
    let (sources, document) = parse(Syntax::Json, "{\"a\": \"// no\" // yes\n}");
    let comments: Vec<_> = document.comments.iter().map(|it| sources.text(*it)).collect();
    assert_eq!(comments, ["// yes"]);
}

#[test]
fn a_key_that_stands_twice_is_a_problem() {
    for (syntax, text) in [
        (Syntax::Toml, "a = 1\na = 2\n"),
        (Syntax::Yaml, "a: 1\na: 2\n"),
        (Syntax::Json, r#"{"a": 1, "a": 2}"#),
        (Syntax::Procfile, "a: 1\na: 2\n"),
    ] {
        let (_, document) = parse(syntax, text);
        let rules: Vec<_> = document.problems.iter().map(|it| it.rule.as_str()).collect();
        assert_eq!(rules, ["duplicate-key"], "{syntax:?}");
    }
}

#[test]
fn yaml_scalars_follow_the_core_schema() {
    let (_, document) = parse(Syntax::Yaml, "[1, 0x10, 1.5, yes, 'true', true, ~, 1.2.3, 08, -1]");
    let kinds: Vec<_> = document.root.elements().iter().map(Node::type_name).collect();
    let text = "a string";
    let expect = [
        "an integer",
        "an integer",
        "a number",
        text,
        text,
        "a boolean",
        "nothing",
        text,
        "an integer",
        "an integer",
    ];
    assert_eq!(kinds, expect);
}

#[test]
fn a_billion_laughs_stay_small() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let (_, document) = parse(Syntax::Yaml, &text);
    assert_eq!(document.root.entries().len(), 12);
}

#[test]
fn merge_keys_bring_what_is_not_there() {
    let (_, document) = parse(Syntax::Yaml, "base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n");
    let used = document.root.get("use").unwrap();
    assert_eq!(used.get("x").and_then(Node::as_int), Some(1));
    assert_eq!(used.get("y").and_then(Node::as_int), Some(3));
}

#[test]
fn a_key_beside_a_merge_key_is_no_duplicate() {
    check(Syntax::Yaml, "a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n", &["b", "x"], "2");
    check(Syntax::Yaml, "a: &a {x: 1}\nb:\n  x: 2\n  <<: *a\n", &["b", "x"], "2");
    check(Syntax::Yaml, "a: &a {x: 1}\nb: &b {x: 2}\nc:\n  <<: [*b, *a]\n", &["c", "x"], "2");
    check(Syntax::Yaml, "a: &a {x: 1}\nb:\n  <<: *a\n  y: 2\n", &["b"], "<<: *a\n  y: 2");
}

#[test]
fn yaml_collections_end_with_their_bracket_or_last_value() {
    check(Syntax::Yaml, "a: [1, 2 ] # c\nb: 1\n", &["a"], "[1, 2 ]");
    check(Syntax::Yaml, "a: {b: {c: 1} }\n", &["a"], "{b: {c: 1} }");
    check(Syntax::Yaml, "a:\n  - 1\n  - x y\n\n# c\nb: 1\n", &["a"], "- 1\n  - x y");
    check(Syntax::Yaml, "a: |\n  one\n  two\n\nb: 1\n", &["a"], "one\n  two");
}

#[test]
fn tags_of_yaml_itself_choose_the_type() {
    let (_, document) = parse(Syntax::Yaml, "[!!str 1, !!int '1', ! 1, !!float '1.5', !Ref X]");
    let kinds: Vec<_> = document.root.elements().iter().map(Node::type_name).collect();
    assert_eq!(kinds, ["a string", "an integer", "a string", "a number", "an expression"]);
}

/// Each line of problems as the text they stand at and what is said of it.
#[track_caller]
fn check_problems(syntax: Syntax, text: &str, expect: &[(&str, &str)]) {
    let (sources, document) = parse(syntax, text);
    let found = document.problems.iter().map(|it| (sources.text(it.primary.span), &*it.message));
    assert_eq!(found.collect::<Vec<_>>(), expect);
}

#[test]
fn one_slip_is_one_problem() {
    let rest = "b = 2\nc = \"x\"\n[d]\ne = 3\n";
    check_problems(
        Syntax::Toml,
        &format!("a = [1\n{rest}"),
        &[("", "expected `,` or `]` in the array")],
    );
    check_problems(Syntax::Toml, &format!("a =\n{rest}"), &[("", "a value is missing")]);
    check_problems(Syntax::Toml, &format!("a = x y\n{rest}"), &[("x y", "text needs quotes")]);
    check_problems(
        Syntax::Toml,
        &format!("a\n{rest}"),
        &[("", "expected `=` and a value after the key")],
    );
}

#[test]
fn each_slip_is_a_problem_in_file_order() {
    let text = "a = yes\nb = 1\nb = 2\nc =\n";
    let duplicate = "duplicate key `b`";
    let expect = [("yes", "text needs quotes"), ("b", duplicate), ("", "a value is missing")];
    check_problems(Syntax::Toml, text, &expect);
}

#[test]
fn a_key_whose_quote_is_left_open_is_said_on_one_line() {
    let text = "{\"a: 1,\n \": 2, \"b\": 3,\n\"a: 1,\n \": 4}";
    let (_, document) = parse(Syntax::Json, text);
    let said: Vec<&str> = document.problems.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(said, ["duplicate key `a: 1,  `"]);
}

#[test]
fn an_error_stands_at_what_is_wrong() {
    check_problems(Syntax::Yaml, "a:\n  b: x\n\tc: y\n", &[("\t", "a tab in the indentation")]);
    // The parser takes these, and others do not.
    for text in ["a:\n\tb: x\n", "a:\n \tb: x\n\tc: y\n", "a:\n\t- x\n", "a:\n  b:\n    \tc: x\n"] {
        check_problems(Syntax::Yaml, text, &[("\t", "a tab in the indentation")]);
    }
    for text in ["a: {\n\tb: x}\n", "a: [\n\tx\n]\n", "a: |\n \tb: x\n", "a:\tx\n", "a: x\n\t# b\n"]
    {
        check_problems(Syntax::Yaml, text, &[]);
    }
    check_problems(
        Syntax::Yaml,
        "a: 1\nno colon \nb: 2\n",
        &[("no colon", "expected `:` behind the key")],
    );
    check_problems(Syntax::Json, "{\"a\": 'x'}", &[("'", "single-quoted strings are not allowed")]);
    check_problems(Syntax::Python, "a = )\n", &[(")", "expected an expression")]);
}

#[test]
fn deep_nesting_is_a_problem_and_no_crash() {
    for syntax in ALL {
        for text in
            ["[".repeat(100_000), "a = ".to_owned() + &"[".repeat(100_000), "- ".repeat(50_000)]
        {
            let (_, document) = parse(syntax, &text);
            assert!(syntax == Syntax::Procfile || !document.problems.is_empty(), "{syntax:?}");
        }
    }
}

#[test]
fn a_template_is_said_to_be_one() {
    let (sources, document) = parse(Syntax::Toml, "app = \"x\"\n{% if y %}\na = 1\n{% endif %}\n");
    let rules: Vec<_> = document.problems.iter().map(|it| it.rule.as_str()).collect();
    assert_eq!(rules, ["template-file"]);
    assert_eq!(sources.text(document.problems[0].primary.span), "{% if y %}");
}

#[test]
fn braces_in_texts_make_no_template_of_a_mistake() {
    let check = |text: &str, expect: &str| {
        let (_, document) = parse(Syntax::Toml, text);
        let rules: Vec<_> = document.problems.iter().map(|it| it.rule.as_str()).collect();
        assert_eq!(rules, [expect], "{text}");
    };
    check("help = \"write {{ name }}\"\nlevel = \n", "syntax-error");
    check("help = \"write {{ name }}\"\nlevel = {{ level }}\n", "template-file");
    check("a = 1\n<% if x %>\nb = 2\n", "template-file");
    // Nobody fills in a rule.
    let mut sources = SourceMap::new();
    let text = "help = \"write {{ name }}\nlevel = 1\n";
    let file = sources.add("no-x.toml", text);
    let problems = as_it_is(Syntax::Toml, file, text).problems;
    assert!(problems.iter().all(|it| it.rule == "syntax-error"), "{problems:?}");
}

#[test]
fn what_a_template_fills_in_is_no_table() {
    let text = "name: {{ name }}\nplan: free\nregion: {{region}}\nmap: {a: {b: 1}}\n";
    let (sources, document) = parse(Syntax::Yaml, text);
    let rules: Vec<_> = document.problems.iter().map(|it| it.rule.as_str()).collect();
    assert_eq!(rules, ["template-file"]);
    assert_eq!(sources.text(document.problems[0].primary.span), "{{ name }}");
    for (key, expected) in [("name", "an expression"), ("region", "an expression")] {
        assert_eq!(document.root.get(key).unwrap().type_name(), expected, "{key}");
    }
    assert_eq!(document.root.at(&["map", "a", "b"]).unwrap().type_name(), "an integer");
}

#[test]
fn a_merge_conflict_is_one_problem() {
    let text = "a: 1\n<<<<<<< ours\nb: 2\n=======\nb: 3\n>>>>>>> theirs\n";
    let (sources, document) = parse(Syntax::Yaml, text);
    let said: Vec<_> = document.problems.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(said, ["a merge conflict is not resolved"]);
    assert_eq!(sources.text(document.problems[0].primary.span), "<<<<<<< ours");
    let (_, document) = parse(Syntax::Yaml, "a: |\n  <<<<<<< ours\n  =======\n");
    assert!(document.problems.is_empty(), "{:?}", document.problems);
}

/// Every span lies in the text on character boundaries.
fn check_spans(text: &str, node: &Node) {
    assert!(text.get(node.span.range()).is_some(), "{:?} in {text:?}", node.span);
    if let Some(it) = node.as_text() {
        for (at, _) in it.value.char_indices() {
            assert!(text.get(it.span_of(at..it.value.len()).range()).is_some());
        }
    }
    node.elements().iter().for_each(|it| check_spans(text, it));
    for entry in node.entries() {
        assert!(text.get(entry.key.span.range()).is_some());
        check_spans(text, &entry.value);
    }
}

fn check_all(text: &str) {
    for syntax in ALL {
        let (_, document) = parse(syntax, text);
        check_spans(text, &document.root);
        for problem in &document.problems {
            assert!(text.get(problem.primary.span.range()).is_some(), "{problem:?}");
        }
    }
}

/// Pieces of real syntax, so that generated texts get past a parser's first character.
const PIECES: &[&str] = &[
    "a", "=", ":", "[", "]", "{", "}", "\"", "'", "\n", "  ", "- ", "#", "é", "\\", "\"\"\"", "|",
    ">", "&x ", "*x", "<<", ",", "1", ".", "$", "(", ")", "\r\n", "\u{feff}", "!t ", "\t", "?",
];

proptest! {
    #[test]
    fn any_text_is_parsed(text in ".{0,200}") {
        check_all(&text);
    }

    #[test]
    fn soup_of_syntax_is_parsed(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        check_all(&pieces.concat());
    }
}

#[test]
fn a_stream_is_the_list_of_its_documents() {
    let text = "# one\n---\na: &x 1\n---\n---\n# two\nb: 2\n";
    let (sources, document) = parse(Syntax::YamlStream, text);
    let found: Vec<_> =
        document.root.elements().iter().map(|it| sources.text(it.span).trim_end()).collect();
    assert_eq!(found, ["a: &x 1", "b: 2"], "{:?}", document.problems);
    let (_, whole) = parse(Syntax::YamlStream, "a: 1\n---\nb: 2\n");
    assert_eq!(whole.root.elements()[1].get("b").and_then(Node::as_int), Some(2));
}
