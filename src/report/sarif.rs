//! `--format sarif`: SARIF 2.1.0, as code scanning services read it.
//!
//! Beyond the schema this keeps GitHub's rules: every result has a location with a relative,
//! percent-encoded URI and lines from 1, rules have help in Markdown, and a related location is
//! shown because the message links to it.
//!
//! Sources: the OASIS standard, <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>;
//! GitHub's page "SARIF support for code scanning".

use std::io;

use serde_json::{Value, json};

use super::assumed::assumptions;
use super::distinct::fingerprints;
use super::edits;
use super::options::{ReportOptions, RuleInfo};
use super::position::{Columns, Positions};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::outcome::Outcome;
use crate::source::{SourceMap, Span};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Writes one run.
pub(super) fn write(
    out: &mut dyn io::Write,
    outcome: &Outcome,
    sources: &SourceMap,
    options: &ReportOptions<'_>,
) -> io::Result<()> {
    let positions = Positions::new(sources, Columns::CodePoints);
    let rules = rules(outcome, options);
    let results = outcome.diagnostics.iter().zip(fingerprints(outcome, sources));
    let results: Vec<_> =
        results.map(|(it, print)| result(it, &print, &rules, &positions)).collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "opslint",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.iter().map(rule).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// The rules of the run, and a short entry for each other id: problems in files have rules too.
fn rules(outcome: &Outcome, options: &ReportOptions<'_>) -> Vec<RuleInfo> {
    let mut rules = options.rules.to_vec();
    for it in &outcome.diagnostics {
        if rules.iter().all(|rule| rule.id != it.rule) {
            rules.push(RuleInfo {
                id: it.rule.clone(),
                summary: it.rule.replace('-', " "),
                why: it.why.as_deref().unwrap_or_default().to_owned(),
                help: it.help.clone().unwrap_or_default(),
                url: it.url.clone(),
                severity: Some(it.severity),
            });
        }
    }
    rules
}

fn rule(it: &RuleInfo) -> Value {
    let paragraphs = |list: &[&str]| {
        let list: Vec<_> = list.iter().map(|it| it.trim()).filter(|it| !it.is_empty()).collect();
        list.join("\n\n")
    };
    let text = paragraphs(&[&it.why, &it.help]);
    let text = if text.is_empty() { it.summary.clone() } else { text };
    let to_do = match it.help.trim() {
        "" => String::new(),
        help => format!("**What to do:** {help}"),
    };
    let page = it.url.as_deref().map(|url| format!("[{}]({url})", it.id)).unwrap_or_default();
    let markdown = paragraphs(&[&it.why, &to_do, &page]);
    let markdown = if markdown.is_empty() { it.summary.clone() } else { markdown };
    let why = it.why.trim();
    let mut rule = json!({
        "id": it.id,
        "shortDescription": { "text": it.summary },
        "fullDescription": { "text": if why.is_empty() { &it.summary } else { why } },
        "help": { "text": text, "markdown": markdown },
        "defaultConfiguration": {
            "enabled": it.severity.is_some(),
            "level": it.severity.map_or("none", level),
        },
    });
    if let Some(url) = &it.url {
        rule["helpUri"] = json!(url);
    }
    rule
}

fn result(
    it: &Diagnostic,
    fingerprint: &str,
    rules: &[RuleInfo],
    positions: &Positions<'_>,
) -> Value {
    let mut location = location(it.primary.span, positions);
    if !it.primary.text.is_empty() {
        location["message"] = json!({ "text": it.primary.text });
    }
    let related = it.related.iter().enumerate().map(|(idx, label)| {
        let mut related = self::location(label.span, positions);
        related["id"] = json!(idx + 1);
        related["message"] = json!({ "text": related_text(label, positions) });
        related
    });
    let mut result = json!({
        "ruleId": it.rule,
        "ruleIndex": rules.iter().position(|rule| rule.id == it.rule),
        "level": level(it.severity),
        "message": { "text": message(it, positions) },
        "locations": [location],
        "relatedLocations": related.collect::<Vec<_>>(),
        "partialFingerprints": { "opslint/v2": fingerprint },
        "properties": {
            "confidence": match it.confidence {
                Confidence::Certain => "certain",
                Confidence::Assumed => "assumed",
            },
            "deployment": it.deployment(),
            "deployments": it.deployments,
            "process": it.process,
        },
    });
    if !it.fixes.is_empty() {
        result["fixes"] = it.fixes.iter().map(|it| edits::sarif(it, positions)).collect();
    }
    result
}

/// Message and help as sentences, and links to the related locations.
fn message(it: &Diagnostic, positions: &Positions<'_>) -> String {
    let mut text = sentence(&escaped(&it.message));
    if let Some(help) = &it.help {
        text += " ";
        text += &sentence(&escaped(help));
    }
    for assumption in assumptions(it) {
        text += &format!(" Assumed: {}", sentence(&escaped(&assumption)));
    }
    for (idx, label) in it.related.iter().enumerate() {
        let what = escaped(&related_text(label, positions));
        text += &format!(" See [{what}]({}).", idx + 1);
    }
    text
}

fn related_text(label: &crate::diagnostic::Label, positions: &Positions<'_>) -> String {
    match label.text.as_str() {
        "" => positions.line_place(label.span),
        text => text.to_owned(),
    }
}

/// Brackets would start a link.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

fn location(span: Span, positions: &Positions<'_>) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(positions.path(span)) },
        "region": region(span, positions),
    } })
}

/// From the first character to the place after the last one.
pub(super) fn region(span: Span, positions: &Positions<'_>) -> Value {
    let (start, end) = (positions.start(span), positions.end(span));
    json!({
        "startLine": start.line_number,
        "startColumn": start.column_number,
        "endLine": end.line_number,
        "endColumn": end.column_number,
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A relative path as a URI reference: everything but unreserved characters is percent-encoded, the
/// colon too, since a first part with one would be a scheme.
pub(super) fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            byte => uri += &format!("%{byte:02X}"),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;
    use expect_test::expect;

    fn print(outcome: &Outcome, sources: &SourceMap, rules: &[RuleInfo]) -> Value {
        let options = ReportOptions { rules, ..ReportOptions::default() };
        let mut out = Vec::new();
        write(&mut out, outcome, sources, &options).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("a b/ü%.toml"), "a%20b/%C3%BC%25.toml");
        assert_eq!(uri("c:x"), "c%3Ax");
    }

    #[test]
    fn a_result_links_to_its_related_location() {
        let (sources, outcome) = samples::shop();
        let document = print(&outcome, &sources, &[]);
        let text = serde_json::to_string_pretty(&document["runs"][0]["results"]).unwrap();
        expect![[r#"
            [
              {
                "level": "error",
                "locations": [
                  {
                    "message": {
                      "text": "9: this machine shows 4 CPUs"
                    },
                    "physicalLocation": {
                      "artifactLocation": {
                        "uri": "gunicorn.conf.py"
                      },
                      "region": {
                        "endColumn": 46,
                        "endLine": 3,
                        "startColumn": 11,
                        "startLine": 3
                      }
                    }
                  }
                ],
                "message": {
                  "text": "9 workers need about 1,152 MB, the machine has 512 MB. Set `workers = 3`, or `memory = \"2gb\"`. Assumed: 128 MB per worker (Django); measured it? set `memory_per_worker_mb` in opslint.toml. See [all of process `web` runs in this](1)."
                },
                "partialFingerprints": {
                  "opslint/v2": "02476818dfe65bc0"
                },
                "properties": {
                  "confidence": "assumed",
                  "deployment": "fly.toml",
                  "deployments": [
                    "fly.toml"
                  ],
                  "process": "web"
                },
                "relatedLocations": [
                  {
                    "id": 1,
                    "message": {
                      "text": "all of process `web` runs in this"
                    },
                    "physicalLocation": {
                      "artifactLocation": {
                        "uri": "fly.toml"
                      },
                      "region": {
                        "endColumn": 19,
                        "endLine": 11,
                        "startColumn": 12,
                        "startLine": 11
                      }
                    }
                  }
                ],
                "ruleId": "memory-overcommit",
                "ruleIndex": 0
              }
            ]"#]].assert_eq(&text);
    }

    #[test]
    fn rules_describe_themselves_and_results_point_at_them() {
        let (sources, outcome) = samples::shop();
        let document = print(&outcome, &sources, &samples::rules());
        let run = &document["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let index = run["results"][0]["ruleIndex"].as_u64().unwrap();
        assert_eq!(rules[usize::try_from(index).unwrap()]["id"], run["results"][0]["ruleId"]);
        expect![[r#"
            {
              "defaultConfiguration": {
                "enabled": true,
                "level": "error"
              },
              "fullDescription": {
                "text": "The kernel kills workers when memory runs out.\n\nRequests in flight are lost."
              },
              "help": {
                "markdown": "The kernel kills workers when memory runs out.\n\nRequests in flight are lost.\n\n**What to do:** set at most {machine.memory_mb / memory_per_worker_mb} workers\n\n[memory-overcommit](https://opslint.example/rules#memory-overcommit)",
                "text": "The kernel kills workers when memory runs out.\n\nRequests in flight are lost.\n\nset at most {machine.memory_mb / memory_per_worker_mb} workers"
              },
              "helpUri": "https://opslint.example/rules#memory-overcommit",
              "id": "memory-overcommit",
              "shortDescription": {
                "text": "the workers need more memory than the machine has"
              }
            }"#]].assert_eq(&serde_json::to_string_pretty(&rules[0]).unwrap());
    }
}
