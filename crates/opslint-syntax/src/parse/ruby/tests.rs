//! What the reader of Ruby makes of texts.

use super::*;

/// A node in few words.
fn shown(node: &Node) -> String {
    let all = |nodes: &[Node]| nodes.iter().map(shown).collect::<Vec<_>>().join("; ");
    match &node.kind {
        Kind::Nil => "nil".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => value.to_string(),
        Kind::Float(value) => value.to_string(),
        Kind::Text(pieces) => {
            let piece = |it: &Piece| match it {
                Piece::Literal(text) => text.clone(),
                Piece::Code(body) => format!("#{{{}}}", all(body)),
            };
            format!("\"{}\"", pieces.iter().map(piece).collect::<String>())
        }
        Kind::Symbol(name) => format!(":{name}"),
        Kind::Name(name) | Kind::Constant(name) => name.clone(),
        Kind::Call(call) => {
            let receiver = call.receiver.as_ref().map(|it| format!("{}.", shown(it)));
            let block = call.block.as_ref().map(|it| format!(" {{{}}}", all(it)));
            let arguments: Vec<String> = call.arguments.iter().map(shown).collect();
            let (receiver, block) = (receiver.unwrap_or_default(), block.unwrap_or_default());
            format!("{receiver}{}({}){block}", call.name, arguments.join(", "))
        }
        Kind::Array(values) => format!("[{}]", all(values)),
        Kind::Binary(op, a, b) => format!("({} {op} {})", shown(a), shown(b)),
        Kind::Not(it) => format!("!{}", shown(it)),
        Kind::Minus(it) => format!("-{}", shown(it)),
        Kind::Assign(name, value) => format!("{name} = {}", shown(value)),
        Kind::AssignUnless(name, value) => format!("{name} ||= {}", shown(value)),
        Kind::AssignIndex(it, at, value) => {
            format!("{}[{}] = {}", shown(it), all(at), shown(value))
        }
        Kind::If(condition, then, otherwise) => {
            format!("if {} {{{}}} {{{}}}", shown(condition), all(then), all(otherwise))
        }
        Kind::Block(body) => format!("({})", all(body)),
        Kind::Perhaps(body) => format!("perhaps {{{}}}", all(body)),
        Kind::Later(body) => format!("later {{{}}}", all(body)),
        Kind::Other => "…".to_owned(),
    }
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let found = statements(text).unwrap_or_else(|| panic!("not understood: {text}"));
    let found: Vec<String> = found.iter().map(shown).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn calls_take_arguments_with_and_without_parentheses() {
    check("workers 2", &["workers(2)"]);
    check("threads(1, 5)\npreload_app!", &["threads(1, 5)", "preload_app!"]);
    check("workers Integer(ENV['A'] || 2)", &["workers(Integer((ENV.[](\"A\") || 2)))"]);
    check("port ENV.fetch(\"PORT\") { 3000 }", &["port(ENV.fetch(\"PORT\") {3000})"]);
    check("port ENV.fetch 'PORT', 3000", &["port(ENV.fetch(\"PORT\", 3000))"]);
    check("a ENV.fetch(\"B\") do 2 end", &["a(ENV.fetch(\"B\")) {2}"]);
    check("x = 3\nworkers x\nworkers x -1", &["x = 3", "workers(x)", "workers((x - 1))"]);
    check("workers -1", &["workers(-1)"]);
    check("bind 'tcp://::', x: 1, 'y' => 2", &["bind(\"tcp://::\", …, …)"]);
    check("ENV\n  # why\n  .fetch('A')\n  .to_i", &["ENV.fetch(\"A\").to_i()"]);
}

#[test]
fn texts_have_code_in_them() {
    check("\"a#{b}\\n\"", &["\"a#{b}\n\""]);
    check("'a#{b}\\n'", &["\"a#{b}\\n\""]);
    check("\"#{ENV[\"A\"] || '}'}:1\"", &["\"#{(ENV.[](\"A\") || \"}\")}:1\""]);
    check("%w[a b].each { |x| y x }", &["….each() {y(x)}"]);
    check("x =~ /a#b/", &["(x =~ …)"]);
}

#[test]
fn conditions_stand_around_and_behind() {
    check("a 1 if b == 'c'", &["if (b == \"c\") {a(1)} {}"]);
    check("a 1 unless b?", &["if b? {} {a(1)}"]);
    check("if a then b else c end", &["if a {b} {c}"]);
    check("if a\n b\nelsif c\n d\nend", &["if a {b} {if c {d} {}}"]);
    check("x = a ? 1 : 2", &["x = if a {1} {2}"]);
    check("x = a.nil? ? \"b\" : c", &["x = if a.nil?() {\"b\"} {c}"]);
    check("not a and b", &["(!a && b)"]);
}

#[test]
fn bodies_end_where_ruby_ends_them() {
    check(
        "on_boot do |x|\n  begin\n    y\n  rescue A => e\n    z\n  end\nend\nw 1",
        &["on_boot() {(perhaps {y; z})}", "w(1)"],
    );
    check("def a(b)\n  c b\nend\nd", &["later {c(b)}", "d"]);
    check("case a\nwhen 1, 2 then b\nelse\n c\nend", &["perhaps {b; c}"]);
    check("while a do\n b\nend", &["perhaps {b}"]);
    check("x = -> { y 1 }", &["x = later {y(1)}"]);
    check("=begin\nworkers 2\n=end\na # b\n__END__\n(((", &["a"]);
    check("@x = 3\nA = 4\nb ||= 5", &["perhaps {3}", "A = 4", "b ||= 5"]);
}

#[test]
fn what_is_not_understood_is_not_guessed() {
    for text in [
        "x = <<~A\n b\nA",
        "a, b = 1, 2",
        "if a",
        "end",
        "a )",
        "'a",
        "x = 010",
        "def a = 1",
        "return",
        "\"\\u0041\"",
        "a \"b\" \"c\"",
    ] {
        assert_eq!(statements(text), None, "{text}");
    }
    let deep = "(".repeat(100_000);
    assert_eq!(statements(&deep), None);
    assert_eq!(statements(&"!".repeat(100_000)), None);
    assert_eq!(statements(&"a ".repeat(100_000)), None);
    assert_eq!(statements(&"x\n".repeat(200_000)), None);
    assert_eq!(statements(&"\"#{".repeat(10_000)), None);
}

#[test]
fn every_prefix_of_a_file_is_read_without_a_panic() {
    let text = "# é\nthreads_count = ENV.fetch(\"A\") { 5 }.to_i\nthreads 1, x\nif %w[a].include?('é')\n  \
        bind \"unix://#{Dir.pwd}/é.sock\" # ü\nend\non_worker_boot do |w|\n  a.b&.c :d, e: 1\nend\n";
    for (idx, _) in text.char_indices() {
        let _ = statements(&text[..idx]);
        let _ = statements(&text[idx..]);
    }
    assert!(statements(text).is_some());
}
