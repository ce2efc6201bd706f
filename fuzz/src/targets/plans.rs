//! Plans of small trees of files, asked for in any words.

use opslint::analysis::{Analysis, Options};
use opslint::plan::{Profile, Request, WhatIf, request};
use opslint::report::{PlanFormat, ReportOptions, Shown, write_plans};

use super::projects::{is_for_people, is_json, memory, policy, tree};

/// What is planned where the input has no files.
const FILES: [(&str, &str); 2] = [
    ("Procfile", "web: gunicorn shop.wsgi --workers 3\nworker: celery -A shop worker\n"),
    (
        "opslint.toml",
        "[deployments.Procfile]\nplatform = \"heroku\"\n\
         [deployments.Procfile.processes.web]\nplan = \"standard-1x\"\ninstances = 2\n",
    ),
];

/// Arguments as `NAME=VALUE`, one in a line, and then perhaps files.
pub(super) fn plan(text: &str) {
    let files = tree(text);
    let end = text.find(super::projects::FILE_MARK).unwrap_or(text.len());
    let mut asked = Request { with_curves: true, ..Request::default() };
    for line in text[..end].lines() {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        // What an argument refuses is not asked for.
        let _ = argument(&mut asked, name.trim(), value);
    }
    let files = if files.is_empty() { memory(FILES.iter()) } else { memory(files.iter()) };
    let analysis = Analysis::open(files, Options::with_policy(policy()));
    let analysis = analysis.expect("files in memory are there");
    // A name that nothing has is a mistake, and no panic.
    let Ok(answer) = analysis.plan(&asked) else { return };
    let shown = Shown::plans(answer.plans, &answer.secrets);
    for (format, _, _) in PlanFormat::ALL {
        let mut out = Vec::new();
        write_plans(&mut out, format, &shown, None, &ReportOptions::default())
            .expect("memory takes all");
        let text = String::from_utf8(out).expect("plans are UTF-8");
        match format {
            PlanFormat::Json => is_json(&text),
            PlanFormat::Html => assert!(!text.contains("NaN"), "a number of a plot is none"),
            _ => is_for_people(&text),
        }
    }
}

fn argument(asked: &mut Request, name: &str, value: &str) -> Result<(), String> {
    match name {
        "response-time" => {
            asked.response_times_s = request::response_times_s(value)?;
            asked.has_response_times = true;
        }
        "cpu-time" => asked.cpu_time_s = Some(request::duration_s(value)?),
        "requests" => asked.requests_per_minute = Some(request::requests_per_minute(value)?),
        "p95" => asked.p95_s = Some(request::duration_s(value)?),
        "with" => asked.with.push(WhatIf::parse(value)?),
        "on" => asked.on = request::platforms(value)?,
        "memory-bounds" => asked.memory = request::memory_bounds(value)?,
        "profile" => asked.profile = Some(Profile::parse(value)?),
        "process" => asked.process = Some(value.to_owned()),
        "fail-above" => drop(request::dollars(value)?),
        _ => {}
    }
    Ok(())
}
