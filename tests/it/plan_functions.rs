//! Functions of the files in a plan: prices worked out by hand, in every format.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use serde_json::{Value, json};

use super::cli::{Folder, check};

/// A function that answers requests, with these keys more, and others beside it.
fn serverless(name: &str, keys: &str, others: &str) -> Folder {
    let text = format!(
        "service: shop\nprovider:\n  name: aws\n  runtime: python3.13\n  region: us-east-1\n\
         functions:\n  web:\n    handler: app.web\n    memorySize: 512\n    timeout: 20\n    \
         events: [{{ httpApi: '*' }}]\n{keys}{others}"
    );
    Folder::new(name).with("serverless.yml", text)
}

const OTHER: &str = "  api:\n    handler: app.api\n    memorySize: 512\n    timeout: 20\n    \
                     events: [{ httpApi: '*' }]\n";

fn plan(folder: &Folder, more: &[&str]) -> Value {
    let arguments = [&["plan", ".", "--format", "json"], more].concat();
    serde_json::from_str(&check(folder, &arguments, 0)).unwrap()
}

fn is_near(value: &Value, by_hand: f64) -> bool {
    (value.as_f64().unwrap() - by_hand).abs() < 0.01
}

/// By hand: 600 a minute are 25.92 million a month. Each takes 10 ms of CPU, which 512 of the
/// 1,769 MB of a CPU stretch to 34.6 ms: 324.6 ms × 0.5 GB are 4,206,168 GB-seconds. Less 400,000
/// they cost $0.0000166667, and 24.92 million calls $0.20: $68.42.
#[test]
fn a_function_costs_what_its_calls_take() {
    let all = plan(&serverless("plan-fn", "", ""), &["--requests", "600/min"]);
    let web = &all["deployments"][0]["functions"][0];
    assert!(is_near(&web["price_usd_month"]["max"], 68.42), "{web}");
    assert!(is_near(&all["deployments"][0]["price_usd_month"]["max"], 68.42), "{all}");
    assert!(is_near(&web["calls"][1]["takes_s"], 0.3246), "{web}");
    // 324.6 ms × 0.5 GB × $0.0000166667 and $0.0000002, a million times.
    assert!(is_near(&web["calls"][1]["usd_million"], 2.90), "{web}");
    assert_eq!(web["calls"][1]["free_calls_month"], 1_000_000);
    assert_eq!(web["at_once"], 1_000, "of the account");
    assert_eq!(all["deployments"][0]["processes"], json!([]));
}

/// By hand: twice 4,206,168 GB-seconds less 400,000 once, and 51.84 million calls less one.
#[test]
fn what_is_free_is_taken_off_once() {
    let folder = serverless("plan-fn-free", "", OTHER);
    let all = plan(&folder, &["--requests", "600/min"]);
    let total = &all["deployments"][0]["price_usd_month"]["max"];
    assert!(is_near(total, 133.54 + 10.17), "{total}");
    // What is as for another function is not said again.
    let text = check(&folder, &["plan"], 0);
    assert!(text.contains("choices     as those of `web`"), "{text}");
    assert!(text.contains("$0 a month and $"), "{text}");
}

/// By hand: two of 0.5 GB, a GB-second of us-east-1 for $0.0000041667 all month: $10.80. The calls
/// of two that are ready, one at a time, are not free.
#[test]
fn what_is_kept_ready_is_paid_for_all_month() {
    let keys = "    provisionedConcurrency: 2\n    reservedConcurrency: 30\n";
    let folder = serverless("plan-fn-ready", keys, "");
    let web = plan(&folder, &[])["deployments"][0]["functions"][0].clone();
    assert!(is_near(&web["ready_usd_month"]["max"], 10.80), "{web}");
    assert_eq!((&web["ready"], &web["at_once"]), (&json!(2), &json!(30)));
    // 30 at once, 324.6 ms each.
    assert!(is_near(&web["calls"][1]["requests_per_minute_max"], 5_546.13), "{web}");
    // That is more than a machine for $7, whatever the demand.
    let mut instances = web["instances"].as_array().unwrap().iter();
    let heroku = instances.find(|it| it["platform"] == "Heroku").unwrap();
    assert!(heroku["cheaper_from_per_minute"].as_f64().unwrap() < 1.0, "{heroku}");
}

fn with_demand(p95: &str) -> [&str; 6] {
    ["--p95", p95, "--response-time", "300ms", "--requests", "60/min"]
}

/// With 256 MB a call of 300 ms takes 359 ms, with 512 MB 325, with 1,024 MB 307, with a whole CPU
/// 300: the cheapest that answers in time is best.
#[test]
fn a_faster_answer_needs_more_memory() {
    let folder = serverless("plan-fn-p95", "", "");
    for (p95, best) in [("340ms", 512), ("310ms", 1_024), ("300ms", 1_769)] {
        let all = plan(&folder, &with_demand(p95));
        let web = &all["deployments"][0]["functions"][0];
        let choice = &web["choices"][web["best"].as_u64().unwrap() as usize];
        let memory = match &choice["with"]["function.memory_mb"] {
            Value::Null => &web["memory"]["has_mb"]["max"],
            stated => stated,
        };
        assert_eq!(memory, best, "{p95}: {web}");
    }
    let all = plan(&folder, &with_demand("290ms"));
    assert_eq!(all["deployments"][0]["functions"][0]["best"], Value::Null);
}

/// At the demand from which on machines cost less, both cost the same.
#[test]
fn machines_cost_as_much_from_their_demand_on() {
    let folder = serverless("plan-fn-even", "", "");
    let web = plan(&folder, &["--on", "heroku"])["deployments"][0]["functions"][0].clone();
    let machines = &web["instances"][0];
    let each = machines["price_usd_month_each"].as_f64().unwrap();
    let from = machines["cheaper_from_per_minute"].as_f64().unwrap();
    let rate = format!("{from}/min");
    let then = plan(&folder, &["--requests", &rate])["deployments"][0]["functions"][0].clone();
    assert!(is_near(&then["price_usd_month"]["max"], each), "{then}");
}

/// The memory that a function has been seen to need bounds what it may have.
#[test]
fn what_was_measured_needs_room() {
    let stated = "[deployments.\"serverless.yml\".processes.web]\nmemory_needed_mb = 480\n";
    let folder = serverless("plan-fn-memory", "", "").with("opslint.toml", stated);
    let web = plan(&folder, &[])["deployments"][0]["functions"][0].clone();
    assert!(is_near(&web["memory"]["percent"]["max"], 93.75), "{web}");
    let best = &web["choices"][web["best"].as_u64().unwrap() as usize];
    assert_eq!(best["with"]["function.memory_mb"], 1_024, "{web}");
}

#[test]
fn every_format_tells_of_functions() {
    let folder = serverless("plan-fn-formats", "", "");
    for format in ["human", "markdown", "html", "agent"] {
        let text = check(&folder, &["plan", "--format", format], 0);
        for said in ["$2.90 for a million calls at 300 ms", "Heroku", "1024 MB"] {
            assert!(text.contains(said), "{format}: `{said}` is missing:\n{text}");
        }
    }
}

/// Instances that are kept between requests are not free, though only requests have a price.
#[test]
fn the_wait_of_instances_that_are_kept_is_named_as_left_out() {
    let service = |annotations: &str| {
        format!(
            "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata:\n  name: shop\nspec:\n  \
             template:\n    metadata:\n      annotations:\n        \
             autoscaling.knative.dev/maxScale: \"6\"\n{annotations}    spec:\n      \
             containers:\n        - image: europe-docker.pkg.dev/p/r/shop\n          command: \
             [\"gunicorn\"]\n          args: [\"shop.wsgi\", \"--bind\", \":8080\"]\n"
        )
    };
    let left_out = |name: &str, annotations: &str| {
        let folder = Folder::new(name).with("service.yaml", service(annotations));
        let plan = plan(&folder, &[]);
        let excludes = &plan["deployments"][0]["price_usd_month"]["excludes"];
        let waits = "the least instances of `shop` while they wait";
        excludes.as_array().unwrap().iter().any(|it| it == waits)
    };
    let kept = "        autoscaling.knative.dev/minScale: \"2\"\n";
    assert!(left_out("plan-kept", kept));
    assert!(!left_out("plan-not-kept", ""));
    let paid = format!("{kept}        run.googleapis.com/cpu-throttling: \"false\"\n");
    assert!(!left_out("plan-kept-and-paid", &paid));
}

/// The page names equal choices once, and refers to them.
#[test]
fn a_page_does_not_repeat_equal_choices() {
    let folder = serverless("plan-fn-page", "", OTHER);
    for (format, table) in [("html", "Choices of "), ("markdown", "| --- | --- | ---: |")] {
        let page = check(&folder, &["plan", "--format", format], 0);
        assert_eq!(page.matches(table).count(), 1, "{page}");
        assert!(page.contains("as those of"), "{page}");
    }
}
