//! What is said about files: `fixtures/*-forms` are right, `fixtures/*-wrong` are not.
//!
//! In a wrong file, the comment of a line names the rules that speak about the line. `keys.txt`
//! beside it has what they say.

use expect_test::{ExpectFile, expect_file};

use super::diagnostics;
use crate::diagnostic::Diagnostic;
use crate::fix::Safety;
use crate::parse::Syntax;
use crate::source::SourceMap;

/// A file of the folder `fixtures`: its path there, and its text.
macro_rules! fixture {
    ($path:literal) => {
        ($path, include_str!(concat!("../../../fixtures/", $path)))
    };
}

const RIGHT: [(&str, (&str, &str)); 19] = [
    ("fly", fixture!("fly-forms/fly.toml")),
    ("fly", fixture!("fly-forms/fly.single.toml")),
    ("fly", fixture!("fly-forms/fly.json")),
    ("fly", fixture!("fly-forms/fly.builtin.toml")),
    ("fly", fixture!("fly-forms/fly.docker.toml")),
    ("render", fixture!("render-forms/render.yaml")),
    ("apppack", fixture!("apppack-forms/apppack.toml")),
    ("apppack", fixture!("apppack-forms/apppack.buildpack.toml")),
    ("heroku-yml", fixture!("heroku-yml-forms/heroku.yml")),
    ("app-json", fixture!("app-json-forms/app.json")),
    ("vercel", fixture!("vercel-forms/vercel.json")),
    ("railway", fixture!("railway-forms/railway.json")),
    ("kamal", fixture!("kamal-forms/deploy.every-key.yml")),
    ("supervisord", fixture!("supervisord-forms/every-key.conf")),
    ("app-runner", fixture!("app-runner-forms/apprunner.yaml")),
    ("copilot", fixture!("copilot-forms/every-key.yml")),
    ("copilot", fixture!("copilot-forms/every-key.request-driven.yml")),
    ("copilot", fixture!("copilot-forms/every-key.static-site.yml")),
    // A word that stands for nothing yet is not wrong.
    ("fly", ("fly.toml", "app = \"<your-app>\"\n[[vm]]\nsize = \"YOUR_SIZE\"\n")),
];

/// The syntax of a file of a format.
fn syntax(format: &str, path: &str) -> Syntax {
    let format = crate::formats::FORMATS.iter().find(|it| it.name == format);
    Syntax::of_path(path).or_else(|| format?.syntax(path)).unwrap()
}

#[test]
fn every_form_that_a_platform_reads_is_right() {
    for (format, (path, text)) in RIGHT {
        let (sources, found) = diagnostics(format, syntax(format, path), text);
        assert!(found.is_empty(), "{path}:\n{}", listing(path, &sources, &found));
    }
}

#[test]
fn a_key_is_put_right_only_where_its_value_is_taken() {
    for (text, expected) in [
        ("[[vm]]\nmemry = \"1gb\"", Some((1, Safety::Unsafe))),
        ("[[vm]]\nmemry = \"1gbb\"", None),
        ("[http_service]\ninternal_port = 80\nforce_htps = \"maybe\"", None),
    ] {
        let (_, found) = diagnostics("fly", Syntax::Toml, text);
        let unknown = found.iter().find(|it| it.rule == "unknown-key").expect(text);
        let fix = unknown.proposals.first().map(|it| (it.changes.len(), it.safety));
        assert_eq!(fix, expected, "{text}: {found:?}");
    }
}

#[test]
fn no_beginning_of_a_file_is_too_odd() {
    for (format, (path, text)) in RIGHT {
        // A prime step ends everywhere in lines.
        for end in (0..text.len()).step_by(13).filter(|it| text.is_char_boundary(*it)) {
            diagnostics(format, syntax(format, path), &text[..end]);
        }
    }
}

#[test]
fn fixtures_have_every_key() {
    // Keys that only files with something to say about have.
    let wrong = [
        ("fly", fixture!("fly-wrong/fly.toml")),
        ("fly", fixture!("fly-wrong/fly.legacy.toml")),
        ("render", fixture!("render-wrong/render.yaml")),
        ("vercel", fixture!("vercel-wrong/vercel.json")),
    ];
    // Tables that come from a schema have the keys that the schema has.
    let by_hand = crate::keys::formats().filter(|it| !super::data::is_from_schema(it));
    for format in by_hand {
        let files = RIGHT.iter().chain(&wrong).filter(|it| it.0 == format);
        let texts: Vec<_> = files.map(|(_, (_, text))| *text).collect();
        let is_absent = |key: &String| !texts.iter().any(|it| it.contains(key.as_str()));
        let absent: Vec<_> = super::data::keys(format).into_iter().filter(is_absent).collect();
        assert!(absent.is_empty(), "{format}: no fixture has {absent:?}");
    }
}

/// Forms that Docker Compose reads: anchors, extensions, variables for numbers.
#[test]
fn compose_files_may_be_merged_extended_and_filled_in() {
    let text = "x-base: &base\n  restart: always\nservices:\n  web:\n    <<: *base\n    build: .\n    \
                mem_limit: ${LIMIT}\n    x-own: 1\n    command:\n    networks: {front: }\n    \
                ports: ['80:80', 81, {target: 82}]\n    environment: {A: 1, B: }\n    \
                deploy: {replicas: '${N:-2}'}\nnetworks:\n  front:\n";
    let (sources, found) = diagnostics("compose", Syntax::Yaml, text);
    assert!(found.is_empty(), "{}", listing("compose.yaml", &sources, &found));
    let text = "services:\n  web:\n    build: {contxt: .}\n    mem_limt: 1g\n    \
                healthcheck: {intervall: 5s}\n    user: 5\n";
    let (_, found) = diagnostics("compose", Syntax::Yaml, text);
    let rules: Vec<_> = found.iter().map(|it| it.rule.as_str()).collect();
    assert_eq!(rules, ["unknown-key", "unknown-key", "unknown-key", "wrong-type"], "{found:?}");
}

/// Functions of CloudFormation stand anywhere, and other resources are none of SAM's.
#[test]
fn sam_templates_may_use_cloudformation() {
    let text = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Web:\n    \
                Type: AWS::Serverless::Function\n    Properties:\n      Handler: a.b\n      \
                MemorySize: {'Fn::If': [a, 1, 2]}\n      Role: !GetAtt R.Arn\n      Events:\n        \
                G: {Type: Api, Properties: {Path: /, Method: get}}\n        \
                O: {Type: !Ref Other, Properties: {Pth: 1}}\n  T:\n    Type: AWS::DynamoDB::Table\n    \
                Properties: {Anything: 1}\n";
    let (sources, found) = diagnostics("sam", Syntax::Yaml, text);
    assert!(found.is_empty(), "{}", listing("template.yaml", &sources, &found));
    let text = text.replace("MemorySize", "MemorySiz").replace("Path", "Pth");
    let (_, found) = diagnostics("sam", Syntax::Yaml, &text);
    let help: Vec<_> = found.iter().map(|it| it.help.as_deref().unwrap_or_default()).collect();
    assert_eq!(help, ["write `MemorySize`", "write `Path`"], "{found:?}");
}

/// Numbers of Lambda's may stand in quotes and come from elsewhere; words are none.
#[test]
fn numbers_and_events_of_functions_are_checked() {
    let text = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Web:\n    \
                Type: AWS::Serverless::Function\n    Properties:\n      Handler: a.b\n      \
                Timeout: abc\n      MemorySize: '512'\n      Events:\n        \
                A: {Type: Apii}\n        B: {Type: Api}\n";
    let rules = |format, text| -> Vec<String> {
        let (sources, found) = diagnostics(format, Syntax::Yaml, text);
        found.iter().map(|it| format!("{} {}", it.rule, sources.text(it.primary.span))).collect()
    };
    assert_eq!(rules("sam", text), ["wrong-type abc", "value-not-allowed Apii"]);
    let text = "service: a\nprovider: {name: aws, timeout: soon}\nfunctions:\n  f:\n    \
                handler: a.b\n    timeout: [1]\n    memorySize: '512'\n    \
                reservedConcurrency: {Ref: A}\n    provisionedConcurrency: ${env:N, 3}\n";
    assert_eq!(rules("serverless", text), ["wrong-type soon", "wrong-type timeout"]);
}

/// Plugins have keys of their own: only what is nearly a key of the framework is wrong.
#[test]
fn serverless_files_may_have_keys_of_plugins() {
    let text = "service: shop\nprovider: {name: aws, vendorThing: 1}\nfunctions:\n  web:\n    \
                handler: a.b\n    warmup: true\n    memorySize: ${opt:size}\n    events:\n    \
                - http: {path: /, method: get}\n    vpc: {Fn::If: [a, b, c]}\n";
    let (sources, found) = diagnostics("serverless", Syntax::Yaml, text);
    assert!(found.is_empty(), "{}", listing("serverless.yml", &sources, &found));
    let text = "service: shop\nprovider: {name: aws, memorysize: 1}\nfunctions:\n  web:\n    \
                handler: a.b\n    timeot: 5\n    events:\n    - htp: GET /\n";
    let (_, found) = diagnostics("serverless", Syntax::Yaml, text);
    let help: Vec<_> = found.iter().map(|it| it.help.as_deref().unwrap_or_default()).collect();
    assert_eq!(help, ["write `memorySize`", "write `timeout`", "write `http`"], "{found:?}");
}

#[test]
fn a_file_with_a_syntax_error_is_not_judged() {
    let (_, found) = diagnostics("fly", Syntax::Toml, "[htp_service\nport = 1\nfoo = 2\n");
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_mistake_behind_an_alias_is_one_mistake() {
    let text = "\
services:
- {type: web, name: a, runtime: go, startCommand: x, disk: &disk {name: d, mountPath: /x, gb: 1}}
- {type: web, name: b, runtime: go, startCommand: x, disk: *disk}
";
    let (_, found) = diagnostics("render", Syntax::Yaml, text);
    let rules: Vec<_> = found.iter().map(|it| it.rule.as_str()).collect();
    assert_eq!(rules, ["unknown-key"], "{found:?}");
}

#[test]
fn fly_toml_mistakes_are_found() {
    let files = [fixture!("fly-wrong/fly.toml"), fixture!("fly-wrong/fly.legacy.toml")];
    check("fly", &files, expect_file!["../../../fixtures/fly-wrong/keys.txt"]);
}

#[test]
fn render_yaml_mistakes_are_found() {
    let files = [fixture!("render-wrong/render.yaml")];
    check("render", &files, expect_file!["../../../fixtures/render-wrong/keys.txt"]);
}

#[test]
fn apppack_toml_mistakes_are_found() {
    let files = [
        fixture!("apppack-wrong/apppack.toml"),
        fixture!("apppack-wrong/apppack.buildpack.toml"),
        fixture!("apppack-wrong/apppack.dockerfile.toml"),
    ];
    check("apppack", &files, expect_file!["../../../fixtures/apppack-wrong/keys.txt"]);
}

#[test]
fn heroku_yml_mistakes_are_found() {
    let files = [fixture!("heroku-yml-wrong/heroku.yml")];
    check("heroku-yml", &files, expect_file!["../../../fixtures/heroku-yml-wrong/keys.txt"]);
}

#[test]
fn app_json_mistakes_are_found() {
    let files = [fixture!("app-json-wrong/app.json")];
    check("app-json", &files, expect_file!["../../../fixtures/app-json-wrong/keys.txt"]);
}

/// Compares rules with the comments of the lines, and sentences with the listing.
#[track_caller]
fn check(format: &str, files: &[(&str, &str)], expect: ExpectFile) {
    let mut listings = String::new();
    let mut misses = String::new();
    for (path, text) in files {
        let (sources, found) = diagnostics(format, syntax(format, path), text);
        for (idx, line) in text.lines().enumerate() {
            let mut said: Vec<_> = found
                .iter()
                .filter(|it| line_index(text, it) == idx)
                .map(|it| it.rule.as_str())
                .collect();
            let mut named = named_rules(line);
            said.sort_unstable();
            named.sort_unstable();
            if said != named {
                misses += &format!("{path}:{}: said {said:?}, named {named:?}\n", idx + 1);
            }
        }
        listings += &listing(path, &sources, &found);
    }
    assert!(misses.is_empty(), "{misses}\n{listings}");
    expect.assert_eq(&listings);
}

/// The rules in the comment at the end of a line.
fn named_rules(line: &str) -> Vec<&str> {
    let comment = line.rsplit_once(" # ").or_else(|| line.rsplit_once(" // "));
    comment.map_or(Vec::new(), |(_, rules)| rules.split(' ').collect())
}

fn line_index(text: &str, diagnostic: &Diagnostic) -> usize {
    text[..diagnostic.primary.span.start as usize].matches('\n').count()
}

/// A block for each diagnostic: place and message, then label, other labels and help.
fn listing(path: &str, sources: &SourceMap, found: &[Diagnostic]) -> String {
    let first_line = |span| sources.text(span).lines().next().unwrap_or_default();
    let mut listing = String::new();
    for it in found {
        let text = sources.file(it.primary.span.file).text();
        let line_number = line_index(text, it) + 1;
        listing += &format!("{path}:{line_number} {}[{}]\n", it.severity.name(), it.rule);
        listing += &format!("    {}\n", it.message);
        listing += &format!("    ^ {} ← {}\n", first_line(it.primary.span), it.primary.text);
        for label in &it.related {
            listing += &format!("    ~ {} ← {}\n", first_line(label.span), label.text);
        }
        if let Some(help) = &it.help {
            listing += &format!("    help: {help}\n");
        }
    }
    listing
}
