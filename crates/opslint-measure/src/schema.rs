//! The JSON Schema of opslint.measured.toml.

use serde_json::{Value, json};

use crate::file::{Counts, VERSION};
use crate::sample::Source;

/// The schema, draft 2020-12.
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "opslint.measured.toml",
        "description": "What `opslint measure` found in logs and metrics. Version 1: keys are added, never renamed.",
        "type": "object",
        "required": ["version", "written"],
        "additionalProperties": false,
        "properties": {
            "version": { "const": VERSION },
            "written": { "type": "string", "format": "date", "description": "The day of the run." },
            "process": {
                "type": "object",
                "description": "Processes by their name in the manifest.",
                "additionalProperties": process(),
            },
        },
        "$defs": { "memory": memory(), "requests": requests(), "quantiles": quantiles() },
    })
}

fn process() -> Value {
    object(
        "What was measured of one process.",
        &[],
        json!({
            "memory": { "$ref": "#/$defs/memory", "description": "Memory of one instance: a dyno, a container, a pod." },
            "worker-memory": { "$ref": "#/$defs/memory", "description": "Memory of one process of the operating system in it." },
            "requests": { "$ref": "#/$defs/requests" },
            "jobs": { "$ref": "#/$defs/requests" },
            "response-time": { "$ref": "#/$defs/quantiles" },
            "queue": { "$ref": "#/$defs/quantiles", "description": "How long requests waited until an instance took them." },
            "job-time": { "$ref": "#/$defs/quantiles" },
            "boot": measured("How long an instance took to start.", &["median_s", "p95_s", "max_s"], json!({
                "median_s": number(), "p95_s": number(), "max_s": number(),
            })),
            "function": measured("Runs of a function.", &["invocations", "cold_starts"], json!({
                "invocations": count(), "cold_starts": count(), "failed": count(), "timed_out": count(),
                "billed_s": number(), "init_median_s": number(), "init_p95_s": number(),
            })),
            "events": measured("What went wrong, how often.", &[], events()),
        }),
    )
}

fn events() -> Value {
    let names = Counts::default().named();
    Value::Object(names.into_iter().map(|(name, _)| (name.to_owned(), count())).collect())
}

fn memory() -> Value {
    let slope = object(
        "How fast it grew between restarts; with a probability of 95 % between low and high.",
        &["mb_per_hour", "low_mb_per_hour", "high_mb_per_hour"],
        json!({
            "mb_per_hour": { "type": "number" },
            "low_mb_per_hour": { "type": "number" },
            "high_mb_per_hour": { "type": "number" },
        }),
    );
    measured(
        "Memory in megabytes.",
        &["median_mb", "p95_mb", "max_mb"],
        json!({
            "median_mb": number(), "p95_mb": number(), "max_mb": number(), "slope": slope,
            "workers": { "type": "integer", "minimum": 1, "description": "How many processes served in an instance then." },
        }),
    )
}

fn requests() -> Value {
    measured(
        "Requests or jobs.",
        &["count", "errors"],
        json!({
            "count": count(),
            "errors": count(),
            "mean_per_minute": number(),
            "peak_per_minute": count(),
            "per_minute_by_hour": {
                "type": "array", "items": number(), "minItems": 24, "maxItems": 24,
                "description": "The mean of the minutes of each hour of the day, in UTC.",
            },
        }),
    )
}

fn quantiles() -> Value {
    measured(
        "Durations in seconds.",
        &["p50_s", "p95_s", "p99_s"],
        json!({
            "mean_s": number(),
            "p50_s": number(), "p95_s": number(), "p99_s": number(), "max_s": number(),
            "by-status": {
                "type": "object",
                "propertyNames": { "pattern": "^[1-5]xx$" },
                "additionalProperties": { "$ref": "#/$defs/quantiles" },
            },
        }),
    )
}

/// A table with where its values come from.
fn measured(description: &str, required: &[&str], own: Value) -> Value {
    let ids: Vec<&str> = Source::ALL.iter().map(|it| it.id()).collect();
    let time = json!({ "type": "string", "format": "date-time" });
    let mut properties = json!({
        "source": { "enum": ids }, "samples": count(), "from": time, "to": time,
    });
    if let (Value::Object(all), Value::Object(own)) = (&mut properties, own) {
        all.extend(own);
    }
    object(description, &[required, &["source", "samples"]].concat(), properties)
}

fn object(description: &str, required: &[&str], properties: Value) -> Value {
    json!({
        "type": "object", "description": description, "required": required,
        "additionalProperties": false, "properties": properties,
    })
}

fn number() -> Value {
    json!({ "type": "number", "minimum": 0 })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}
