//! What expressions work out to, also against another implementation of CEL.

use super::*;
use crate::expression::{Digits, Names, Template, compile};
use crate::fact::TextPart;
use crate::fact::{Case, Origin, OriginKind, State, Unknown};
use crate::vocabulary;

fn origin() -> Origin {
    Origin::new(OriginKind::Default, "test")
}

fn facts() -> Facts {
    let mut facts = Facts::new();
    let mut set = |id, state| facts.set(id, Fact::new(state, origin()));
    set(vocabulary::SERVER, State::Known(Value::Text("gunicorn".to_owned())));
    set(vocabulary::WORKERS, State::Known(Value::Int(9)));
    set(vocabulary::MACHINE_CPUS, State::Known(Value::Number(0.5)));
    set(vocabulary::THREADS, State::Range { min: 2.0, max: 4.0 });
    set(vocabulary::WORKER_TMP_DIR, State::Known(Value::Null));
    let cases = [1, 2].map(|it| Case::new(Value::Int(it), None));
    set(vocabulary::MAX_REQUESTS, State::OneOf(cases.to_vec()));
    let cases = ["a", "b"].map(|it| Case::new(Value::Text(it.to_owned()), None));
    set(vocabulary::APP, State::OneOf(cases.to_vec()));
    set(vocabulary::TIMEOUT_S, State::Unknown(Unknown::because("`$T` is set nowhere")));
    let parts = vec![
        TextPart::Known("0.0.0.0:".to_owned()),
        TextPart::Unknown(Unknown::because("`$PORT` is set nowhere")),
    ];
    set(vocabulary::BIND_HOST, State::Pattern(parts));
    facts
}

fn shown(value: &Val<'_>) -> String {
    crate::expression::shown(value, Digits::Grouped)
}

/// The value as a message shows it.
#[track_caller]
fn check(text: &str, expect: &str) {
    let names = Names { facts: true, ..Names::default() };
    let compiled = compile(text, &names).unwrap_or_else(|it| panic!("{text}: {it:?}"));
    let facts = facts();
    let scope = Scope { facts: Some(&facts), ..Scope::empty() };
    let value = scope.eval(&compiled).unwrap_or_else(|it| panic!("{text}: {it:?}"));
    assert_eq!(shown(&value), expect, "{text}");
}

/// What stops an expression that would take too long.
#[track_caller]
fn check_stopped(text: &str) {
    let compiled = compile(text, &Names::default()).unwrap_or_else(|it| panic!("{text}: {it:?}"));
    let error = Scope::empty().eval(&compiled).expect_err("it takes too many steps");
    assert_eq!(error.message, "it takes more than 1,000,000 steps");
}

#[test]
fn an_expression_that_grows_is_stopped() {
    let list = format!("[{}]", vec!["1"; 200].join(","));
    let nested = |body: &str| {
        format!("{list}.map(a, {list}.map(b, {list}.map(c, {list}.map(d, {body})))) == []")
    };
    check_stopped(&nested("a + b + c + d"));
    check_stopped(&nested("a"));
    check_stopped(&format!(
        "{list}.all(a, {list}.all(b, {list}.all(c, a == b || b == c || true)))"
    ));
    let long = format!("'{}'", "x".repeat(30_000));
    check_stopped(&format!("{list}.map(a, {list}.map(b, string(b))).map(c, c.join({long}))"));
    check_stopped(&format!("{list}.map(a, {long} + {long})"));
    check_stopped(&format!("[1]{}", ".map(a, [a, a])".repeat(30)));
}

#[test]
fn a_chain_as_long_as_the_parser_takes_is_worked_out() {
    check(&format!("true{}", " && workers > 1".repeat(254)), "true");
    check(&format!("0{}", " + 1".repeat(254)), "254");
    check(&format!("false{}", " || workers < 1".repeat(254)), "false");
}

#[test]
fn known_facts_decide() {
    check("workers <= machine.cpus * 2 + 1", "false");
    check("workers > 8 && server == 'gunicorn'", "true");
    check("workers / 2", "4.5");
    check("workers * 1000", "9,000");
}

#[test]
fn an_unknown_decides_nothing_unless_the_rest_does() {
    check("timeout_s > 30", "unknown");
    check("timeout_s > 30 && workers < 2", "false");
    check("workers < 2 && timeout_s > 30", "false");
    check("timeout_s > 30 || workers > 2", "true");
    check("timeout_s > 30 && workers > 2", "unknown");
    check("!(timeout_s > 30)", "unknown");
    check("timeout_s > 30 ? 1 : 2", "unknown");
    check("workers > 1 ? 1 : timeout_s", "1");
    check("keepalive_s > 1", "none");
}

#[test]
fn a_bounded_number_decides_what_its_bounds_decide() {
    check("threads <= 4", "true");
    check("threads > 4", "false");
    check("threads <= 3", "unknown");
    check("threads == 5", "false");
    check("threads == 3", "unknown");
    check("threads * workers", "18 to 36");
    check("threads * -1", "-4 to -2");
    check("12 / threads", "3 to 6");
    check("max(threads, 3)", "3 to 4");
    check("threads in [7, 8]", "false");
}

#[test]
fn a_text_with_gaps_decides_what_its_known_parts_decide() {
    check("bind_host == '127.0.0.1:8000'", "false");
    check("bind_host == '0.0.0.0:8000'", "unknown");
    check("startsWith(bind_host, '0.0.0.0')", "true");
    check("bind_host.startsWith('127.')", "false");
    check("bind_host in ['localhost', '::1']", "false");
    check("contains(bind_host, '0.0')", "true");
}

#[test]
fn candidates_decide_what_all_of_them_decide() {
    check("max_requests <= 2", "true");
    check("max_requests == 2", "false or true");
    check("max_requests + 1", "2 or 3");
    check("max_requests * threads", "2 to 8");
    check("string(max_requests)", "1 or 2");
    check("app in ['a', 'b', 'c']", "true");
    check("app != 'c' && has(app)", "true");
    check("app + '!' == 'b!'", "false or true");
    check("upper(app)", "A or B");
    check("[1, 2].exists(x, x == max_requests)", "unknown");
    check("split(app, ',').all(x, size(x) == 1)", "true");
    check("(max_requests == 1 ? 4 : 4) == 4", "true");
    check("max_requests == 1 || max_requests == 2", "true or false");
    check("1 / (max_requests - 1)", "unknown");
}

#[test]
fn no_function_decides_on_what_is_not_known() {
    let text = r#"{ "layers": [1, 2], "nothing": [], "table": { "a": 1 } }"#;
    let file = crate::source::SourceMap::new().add("fly.toml", text);
    let mut document = crate::parse::document(crate::parse::Syntax::Json, file, text);
    let NodeKind::Map(entries) = &mut document.root.kind else { panic!("a table") };
    let NodeKind::List(layers) = &mut entries[0].value.kind else { panic!("a list") };
    layers[0].kind = NodeKind::Dynamic("!Ref Layer".to_owned());
    let files = [("fly", Arc::new(document))];
    for (expression, expect) in [
        ("file.fly.layers.contains(1)", "unknown"),
        ("file.fly.layers.contains(2)", "true"),
        ("1 in file.fly.layers", "unknown"),
        ("join(file.fly.layers, ',') == '1,2'", "unknown"),
        ("string(file.fly.layers[0]) == 'x'", "unknown"),
        ("known(file.fly.layers)", "false"),
        ("known(file.fly.table)", "true"),
        ("size(file.fly.layers)", "2"),
        ("sum(file.fly.layers)", "unknown"),
        ("file.fly.layers == [1, 3]", "false"),
        ("file.fly.layers == [1, 2]", "unknown"),
        ("has(file.fly.layers[0].name)", "unknown"),
        ("file.fly.table == file.fly.table", "true"),
        ("'a' in file.fly.table", "true"),
    ] {
        let compiled = compile(expression, &Names::default()).expect("the expression is right");
        let scope = Scope { files: &files, ..Scope::empty() };
        let value = scope.eval(&compiled).expect("the values are right");
        assert_eq!(shown(&value), expect, "{expression}");
    }
}

#[test]
fn a_text_is_made_of_a_value_and_not_of_how_it_is_shown() {
    check("string('a,b')", "a,b");
    check("string(1234) == '1234'", "true");
    check("string(0.125)", "0.125");
    check("string(preload)", "none");
    check("string(threads) == '2'", "unknown");
    check("join(['a,b', 1000], ';')", "a,b;1000");
}

#[test]
fn a_percentage_of_what_may_be_nothing_is_no_mistake() {
    check("percent(1, threads - 3)", "unknown");
    check("percent(1, threads) <= 50", "true");
    let names = Names { facts: true, ..Names::default() };
    let compiled = compile("percent(1, workers - 9)", &names).expect("the expression is right");
    let facts = facts();
    let scope = Scope { facts: Some(&facts), ..Scope::empty() };
    let error = scope.eval(&compiled).expect_err("the second number is 0");
    assert_eq!(error.message, "percent of nothing: the second number is not above 0");
}

#[test]
fn what_is_not_set_is_not_compared() {
    check("has(worker_tmp_dir)", "false");
    check("worker_tmp_dir == null", "true");
    check("worker_tmp_dir == '/dev/shm'", "false");
    check("has(timeout_s)", "unknown");
    check("has(workers)", "true");
}

#[test]
fn whether_a_value_is_known_is_always_known() {
    check("known(workers)", "true");
    check("known(threads)", "true");
    check("known(worker_tmp_dir)", "true");
    check("known(timeout_s)", "false");
    check("known(keepalive_s)", "false");
    check("known(timeout_s) && timeout_s > 30", "false");
    check("known(env('PORT'))", "false");
}

#[test]
fn files_with_any_name_are_reached_and_macros_go_over_the_keys_of_a_table() {
    let text = r#"{ "formation": { "web": { "quantity": 2 }, "worker": {} } }"#;
    let file = crate::source::SourceMap::new().add("app.json", text);
    let document = crate::parse::document(crate::parse::Syntax::Json, file, text);
    let files = [("app-json", std::sync::Arc::new(document))];
    let scope = Scope { files: &files, ..Scope::empty() };
    let compiled = |text: &str| compile(text, &Names::default()).expect("the expression is right");
    for (expression, expect) in [
        ("join(file['app-json'].formation.filter(k, k != 'web'), ', ')", "worker"),
        ("file['app-json'].formation.all(k, k.startsWith('w'))", "true"),
        ("has(file['app-json'].addons)", "false"),
    ] {
        let value = scope.eval(&compiled(expression)).expect("the values are right");
        assert_eq!(shown(&value), expect, "{expression}");
    }
    let place = scope.place(&compiled("file['app-json'].formation.web.quantity"));
    assert_eq!(place.map(|it| &text[it.range()]), Some("2"));
    let first =
        "file['app-json'].formation[file['app-json'].formation.filter(k, true)[0]].quantity";
    let place = scope.place(&compiled(first));
    assert_eq!(place.map(|it| &text[it.range()]), Some("2"), "a key may be worked out");
}

#[test]
fn what_a_file_says_is_written_and_a_default_is_not() {
    let text = "SET = 1";
    let span = Span::new(crate::source::SourceMap::new().add("fly.toml", text), 6, 7);
    let mut facts = facts();
    let written = |value| Fact::known(Value::Int(value), Origin::written(span, "`SET`"));
    facts.set(vocabulary::PORT, written(1));
    let scope = Scope { facts: Some(&facts), ..Scope::empty() };
    let names = Names { facts: true, ..Names::default() };
    for (expression, expect) in [
        ("written(port)", "true"),
        ("written(workers)", "false"),
        ("written(workers * port)", "false"),
        ("written(timeout_s)", "false"),
        ("written(1)", "false"),
    ] {
        let value = compile(expression, &names).map(|it| scope.eval(&it).map(|it| shown(&it)));
        assert_eq!(value, Ok(Ok(expect.to_owned())), "{expression}");
    }
}

#[test]
fn a_number_has_the_noun_that_fits() {
    check("count(1, 'worker')", "1 worker");
    check("count(2, 'worker')", "2 workers");
    check("count(0, 'process', 'processes')", "0 processes");
    check("count(machine.cpus, 'CPU')", "0.5 CPUs");
    check("count(1000, 'request')", "1,000 requests");
    check("count(max_requests, 'request')", "1 request or 2 requests");
    check("count(timeout_s, 'second')", "unknown");
    let names = Names { facts: true, ..Names::default() };
    let template = Template::compile("{count(threads, 'thread')}", &names).expect("it is right");
    let facts = facts();
    let scope = Scope { facts: Some(&facts), ..Scope::empty() };
    assert_eq!(scope.fill(&template), Ok("2 to 4 threads".to_owned()));
}

#[test]
fn a_variable_and_a_setting_have_the_place_that_sets_them() {
    let text = "SET = 1";
    let file = crate::source::SourceMap::new().add("fly.toml", text);
    let span = Span::new(file, 6, 7);
    let fact = Fact::known(Value::Text("1".to_owned()), Origin::written(span, "`SET`"));
    let mut environment = Environment::new();
    environment.set("SET", fact.clone());
    let settings = [("set", fact)].into_iter().collect();
    let scope =
        Scope { environment: Some(&environment), settings: Some(&settings), ..Scope::empty() };
    let place = |text: &str| {
        scope.place(&compile(text, &Names::default()).expect("the expression is right"))
    };
    assert_eq!(place("env('SET')"), Some(span));
    assert_eq!(place("setting('set')"), Some(span));
    assert_eq!(place("env('OTHER')"), None);
    assert_eq!(place("setting('other')"), None);
}

#[test]
fn functions_compute() {
    check("round_up(machine.cpus)", "1");
    check("round_down(4.9) + round(0.5)", "5");
    check("percent(1, 8)", "12.5");
    check("mb('1gb') + mb('512mb')", "1,536");
    check("seconds('1m30s')", "90");
    check("size([1, 2]) + size('abc')", "5");
    check("'a,b'.split(',').exists(x, x == 'b')", "true");
    check("[1, 2, 3].filter(x, x > 1).map(x, x * 2)", "4, 6");
    check("sum([1, 2.5])", "3.5");
    check("server.matches('^guni')", "true");
    check("upper(server) + '!'", "GUNICORN!");
    check("min(timeout_s, 3)", "unknown");
    check("join(['a', 'b'], '-')", "a-b");
    check("all([1, 2], x, x > 0)", "true");
}

#[test]
fn a_division_by_zero_is_an_error() {
    let compiled = compile("1 / (2 - 2)", &Names::default()).unwrap();
    let error = Scope::empty().eval(&compiled).expect_err("nothing");
    assert_eq!(error.message, "division by zero");
}

#[test]
fn facts_that_took_part_are_recorded_in_order() {
    let names = Names { facts: true, ..Names::default() };
    let compiled = compile("workers > 1 && server == 'gunicorn' && workers < 3", &names).unwrap();
    let facts = facts();
    let scope = Scope { facts: Some(&facts), ..Scope::empty() };
    scope.eval(&compiled).unwrap();
    let used: Vec<_> = scope.used.borrow().iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(used, ["workers", "server"]);
}

/// Another implementation of CEL agrees wherever both have the same language: integers and decimals
/// do not mix there, so numbers are written as decimals.
#[test]
fn results_agree_with_another_implementation() {
    for text in [
        "1.5 + 2.0 * 3.0 - 4.0 / 8.0",
        "(1.0 + 2.0) * 3.0 > 8.5 && !(2.0 >= 2.5)",
        "true || false && false",
        "1.0 < 2.0 ? 'yes' : 'no'",
        "'abc'.startsWith('ab') && 'abc'.endsWith('c') && 'abc'.contains('b')",
        "'a' in ['a', 'b'] && !('c' in ['a', 'b'])",
        "[1.0, 2.0, 3.0].exists(x, x > 2.5)",
        "[1.0, 2.0, 3.0].all(x, x > 1.5)",
        "size([1.0, 2.0]) == 2",
        "'b' > 'a' && 'a' <= 'a'",
        "-2.0 - -3.0 == 1.0",
        "null == null",
        "'x' + 'y' == 'xy'",
        "1.0 == 1.0 ? (2.0 > 1.0 ? 'a' : 'b') : 'c'",
        "1.0 == 2.0 ? 'a' : 2.0 > 1.0 ? 'b' : 'c'",
        "'it\\'s' == \"it's\"",
    ] {
        let program = cel::Program::compile(text).unwrap_or_else(|it| panic!("{text}: {it}"));
        let theirs = match program.execute(&cel::Context::default()) {
            Ok(cel::Value::Bool(it)) => it.to_string(),
            Ok(cel::Value::Float(it)) => shown(&Val::Known(Value::Number(it))),
            Ok(cel::Value::String(it)) => it.to_string(),
            other => panic!("{text}: {other:?}"),
        };
        check(text, &theirs);
    }
}
