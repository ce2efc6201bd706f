//! Values of app.yaml against the reader of App Engine, as it said of each: `LoadSingleAppInfo` of
//! appengine-python-standard 3.1.0.

use crate::refusals::refusals;

/// Lines beside `runtime` and `entrypoint`.
const LINES: &[(bool, &str)] = &[
    (true, "automatic_scaling: {max_instances: many}"),
    (false, "automatic_scaling: {max_instances: 3}"),
    (false, "automatic_scaling: {max_instances: \"3\"}"),
    (true, "automatic_scaling: {max_instances: 1}\nmanual_scaling: {instances: 1}"),
    (true, "automatic_scaling: {max_instances: 1}\nbasic_scaling: {max_instances: 1}"),
    (true, "manual_scaling: {instances: 0}"),
    (true, "manual_scaling: {instances: two}"),
    (false, "manual_scaling: {instances: 2}"),
    (true, "basic_scaling: {max_instances: 0}"),
    (true, "basic_scaling: {max_instances: 1, idle_timeout: 10}"),
    (true, "basic_scaling: {max_instances: 1, idle_timeout: 10 minutes}"),
    (false, "basic_scaling: {max_instances: 1, idle_timeout: 10m}"),
    (false, "automatic_scaling: {max_concurrent_requests: 80}"),
    (false, "automatic_scaling: {max_concurrent_requests: \"80\"}"),
    (true, "automatic_scaling: {max_concurrent_requests: 0}"),
    (true, "automatic_scaling: {min_pending_latency: 5}"),
    (false, "automatic_scaling: {min_pending_latency: 30ms}"),
    (false, "automatic_scaling: {min_pending_latency: automatic}"),
    (true, "automatic_scaling: {max_pending_latency: 5 s}"),
    (false, "automatic_scaling: {max_idle_instances: automatic}"),
    (true, "automatic_scaling: {max_idle_instances: few}"),
    (true, "handlers: [{url: /, script: auto, secure: sometimes}]"),
    (false, "handlers: [{url: /.*, script: auto, secure: always}]"),
    (true, "handlers: [{url: /, script: auto, login: maybe}]"),
    (true, "service: My_App"),
    (false, "service: shop-2"),
    (false, "service: 7"),
    (true, "service: shop-"),
    (true, "default_expiration: 4x"),
    (false, "default_expiration: 4d 5h"),
];

#[test]
fn values_are_refused_as_app_engine_refuses_them() {
    let mut wrong = Vec::new();
    for (is_refused, line) in LINES {
        let text = format!("runtime: python312\nentrypoint: gunicorn -b :$PORT a:b\n{line}\n");
        let said = refusals("app.yaml", &text);
        if *is_refused == said.is_empty() {
            wrong.push(format!("refused there: {is_refused}, {line}: {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
