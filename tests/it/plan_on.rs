//! `opslint plan --on`: a process on other platforms; and what is published of plans for programs.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]
#![expect(clippy::disallowed_methods, reason = "a test writes opslint.toml")]

use opslint::report::schema::Schema;
use serde_json::{Value, json};

use super::cli::{Folder, check};
use super::outputs::run;
use super::schema_oracle::validate;

const PLATFORMS: &str = "render,fly,heroku,cloud-run,aws-lambda,digitalocean,railway";

/// Two Standard-1X dynos with Django, a release command and a worker.
fn heroku(name: &str) -> Folder {
    let procfile = "web: gunicorn shop.wsgi --timeout 20\nrelease: python manage.py migrate\n\
                    worker: celery -A shop worker --concurrency 2\n";
    Folder::new(name)
        .with("Procfile", procfile)
        .with("requirements.txt", "Django==5.2\ngunicorn==23.0.0\ncelery==5.5.0\n")
        .with(
            "opslint.toml",
            "[deployments.Procfile]\nplatform = \"heroku\"\n\
             [deployments.Procfile.processes.web]\nplan = \"standard-1x\"\ninstances = 2\n\
             [deployments.Procfile.processes.worker]\nplan = \"standard-1x\"\ninstances = 1\n",
        )
}

/// A web service with a disk, whose requests may take two minutes.
const RENDER: &str = "services:\n  - type: web\n    name: shop\n    runtime: python\n    \
    plan: standard\n    startCommand: gunicorn shop:app --workers 2 --timeout 120\n    \
    disk:\n      name: data\n      mountPath: /var/data\n      sizeGB: 5\n";

fn elsewhere(folder: &Folder, more: &[&str], process: &str) -> Vec<Value> {
    let arguments = [&["plan", ".", process, "--format", "json"], more].concat();
    let plan: Value = serde_json::from_str(&check(folder, &arguments, 0)).unwrap();
    let all = &plan["deployments"][0]["processes"][0]["elsewhere"];
    all.as_array().cloned().unwrap_or_default()
}

#[track_caller]
fn on<'a>(all: &'a [Value], platform: &str) -> &'a Value {
    let mut found = all.iter().filter(|it| it["platform"] == platform);
    found.next().unwrap_or_else(|| panic!("nothing on {platform}: {all:?}"))
}

fn changes(it: &Value) -> Vec<(String, String)> {
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let all = it["changes"].as_array().unwrap();
    all.iter().map(|it| (text(&it["subject"]), text(&it["text"]))).collect()
}

#[track_caller]
fn change(it: &Value, subject: &str) -> String {
    let all = changes(it);
    let found = all.iter().find(|(name, _)| name == subject);
    found.unwrap_or_else(|| panic!("no {subject}: {all:?}")).1.clone()
}

/// By hand: 4 slots on 2 dynos; a starter of Render has 512 MB, of which 80 % hold 3 workers of
/// 128 MB. Two of them, so that not all depends on one: $14, 6 slots, 6 × 60 / 0.3 = 1,200.
#[test]
fn machines_elsewhere_do_as_much_as_those_here() {
    let folder = heroku("plan-on-machines");
    let all = elsewhere(&folder, &["--on", PLATFORMS], "web");
    assert!(all.iter().all(|it| it["platform"] != "heroku"), "it runs there: {all:?}");
    let render = on(&all, "render");
    assert_eq!(render["price_usd_month"], json!({"min": 14, "max": 14}), "{render}");
    let choice = &render["choice"];
    assert_eq!(choice["with"], json!({"plan": "starter", "instances": 2, "workers": 3}));
    assert_eq!(choice["requests_per_minute"]["min"], 1_200);
    assert_eq!(choice["memory_percent"]["max"], 75);
    assert_eq!(choice["breaks"], json!([]));
    // A demand asks for more of them.
    let more = elsewhere(&folder, &["--on", "render", "--requests", "3000/min"], "web");
    let price = |it: &Value| it["price_usd_month"]["max"].as_f64().unwrap();
    assert!(price(on(&more, "render")) > price(render), "{more:?}");
    assert_eq!(on(&more, "render")["choice"]["is_enough"], true);
}

/// By hand: 2 instances with 2 × 128 MB are half a GB all month, $5. Of CPU, none to what is
/// comfortable on the two dynos: 4 slots, 10 ms in each request, $20 for a CPU.
#[test]
fn what_is_used_is_priced_where_size_is_not() {
    let folder = heroku("plan-on-use");
    let all = elsewhere(&folder, &["--on", "railway"], "web");
    let price = &on(&all, "railway")["price_usd_month"];
    assert_eq!(price["min"], 5, "{all:?}");
    let most = price["max"].as_f64().unwrap();
    assert!((5.5..=8.0).contains(&most), "{price}");
    // 3,000 a minute take half a CPU: $10. Two workers take 400 at 300 ms, so more have to run.
    let more = elsewhere(&folder, &["--on", "railway", "--requests", "3000/min"], "web");
    let it = on(&more, "railway");
    assert_eq!(it["choice"]["is_enough"], true, "{it}");
    let workers = it["choice"]["with"]["workers"].as_f64().unwrap();
    let instances = it["choice"]["with"]["instances"].as_f64().unwrap();
    let by_hand = workers * instances * 128.0 / 1_024.0 * 10.0 + 10.0;
    let price = it["price_usd_month"]["max"].as_f64().unwrap();
    assert!((price - by_hand).abs() < 0.01, "{price}, by hand {by_hand}");
    // Workers use as much as their children can.
    let all = elsewhere(&folder, &["--on", "railway"], "worker");
    assert_eq!(on(&all, "railway")["price_usd_month"], json!({"min": 2.5, "max": 42.5}));
}

/// By hand: 80 MB all month are $0.78; the 66.7 requests a minute that are comfortable at 300 ms
/// take 10 ms of CPU each, 1.1 % of a CPU for $20: $0.22.
#[test]
fn what_runs_where_use_is_billed_costs_what_it_uses() {
    let folder = Folder::new("plan-on-railway-itself")
        .with("railway.json", "{\"deploy\": {\"startCommand\": \"gunicorn shop:app\"}}\n")
        .with("requirements.txt", "flask==3.1.0\ngunicorn==23.0.0\n");
    let said = check(&folder, &["plan"], 0);
    assert!(said.contains("$0.78 to $1 a month"), "{said}");
    assert!(said.contains("the fee of the plan, which pays for some of the use"), "{said}");
    assert!(said.contains("what is billed by use works from not at all"), "{said}");
    assert!(!said.contains("over-allocated"), "{said}");
    let said = check(&folder, &["plan", "--requests", "600/min"], 0);
    assert!(said.contains("$2.78 a month"), "{said}");
}

/// By hand: 1 CPU × $0.000018 and 1 GB × $0.000002 in 2,592,000 s, of one to four instances.
#[test]
fn cloud_run_is_paid_for_all_month_where_its_cpu_stays() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = run(root, &["plan", "fixtures/cloud-run-forms", "--format", "json"], &[]);
    let plan: Value = serde_json::from_str(&found.stdout).unwrap();
    let of = |manifest: &str| {
        let mut all = plan["deployments"].as_array().unwrap().iter();
        all.find(|it| it["manifest"].as_str().unwrap().ends_with(manifest)).unwrap().clone()
    };
    let shop = &of("/service.yaml")["price_usd_month"];
    assert_eq!((&shop["min"], &shop["max"]), (&json!(51.84), &json!(207.36)));
    let jobs = &of("/jobs-service.yaml")["price_usd_month"];
    assert_eq!(jobs["min"], 0, "no request, no price: {jobs}");
}

/// By hand, for 512 MB and a quarter of a CPU in 720 hours: in us-east-1
/// (0.25 × $0.04048 + 0.5 × $0.004445) × 720 = $8.89, in sa-east-1 $15.26; two of them.
#[test]
fn what_is_reserved_is_priced_by_region() {
    let all = elsewhere(&heroku("plan-on-reserved"), &["--on", "apppack"], "web");
    let it = on(&all, "apppack");
    assert_eq!(it["price_usd_month"], json!({"min": 17.78, "max": 30.52}), "{it}");
    assert_eq!(it["choice"]["with"]["machine.memory_mb"], 512, "{it}");
    assert_eq!(it["choice"]["breaks"], json!([]), "{it}");
}

/// What gunicorn takes where nobody says an address is a loopback address, unless `PORT` is set:
/// Heroku sets it, Fly.io does not.
#[test]
fn rules_judge_the_process_where_it_would_run() {
    let all = elsewhere(&heroku("plan-on-rules"), &["--on", "fly,render"], "web");
    assert_eq!(on(&all, "fly")["choice"]["breaks"], json!(["bind-loopback"]));
    assert_eq!(on(&all, "render")["choice"]["breaks"], json!([]));
}

#[test]
fn what_would_have_to_change_is_said() {
    let folder = Folder::new("plan-on-changes")
        .with("render.yaml", RENDER)
        .with("requirements.txt", "flask==3.1.0\ngunicorn==23.0.0\n");
    let all = elsewhere(&folder, &["--on", PLATFORMS], "shop");
    let heroku = on(&all, "heroku");
    let timeout = change(heroku, "timeout");
    assert!(timeout.starts_with("a request ends after 30 s, not 2 minutes"), "{timeout}");
    assert!(change(heroku, "disk").contains("`/var/data`"), "{heroku}");
    let fly = on(&all, "fly");
    assert!(change(fly, "disk").contains("copied to a disk there"), "{fly}");
    let lambda = on(&all, "aws-lambda");
    for subject in ["timeout", "upload", "disk", "background-work", "cold-start", "program"] {
        change(lambda, subject);
    }
    assert!(change(lambda, "upload").starts_with("a request has at most 6 MB"), "{lambda}");
    // Cloud Run gives five minutes, which are enough.
    let cloud_run = changes(on(&all, "cloud-run"));
    assert!(cloud_run.iter().all(|(name, _)| name != "timeout"), "{cloud_run:?}");
}

#[test]
fn a_worker_needs_a_process_that_stays() {
    let all = elsewhere(&heroku("plan-on-worker"), &["--on", PLATFORMS], "worker");
    for functions in ["aws-lambda", "cloud-run"] {
        let reason = &on(&all, functions)["price_usd_month"]["unknown"]["reason"];
        assert!(reason.as_str().unwrap().contains("has to stay"), "{reason}");
    }
    let render = on(&all, "render");
    // 2 × 128 MB are 50 % of a starter.
    assert_eq!(render["price_usd_month"]["max"], 7, "{render}");
}

#[test]
fn a_platform_that_does_not_exist_is_named_with_the_nearest() {
    let folder = heroku("plan-on-mistakes");
    for (flag, said) in [
        ("rendr", "`--on rendr`: there is no such platform; did you mean `render`?"),
        ("render,,fly", "--on"),
        ("", "--on"),
    ] {
        let found = run(folder.path(), &["plan", "--on", flag], &[]);
        assert_eq!(found.status, 2, "{flag}: {}", found.stderr);
        assert!(found.stderr.contains(said), "{flag}: {}", found.stderr);
    }
}

/// People, pages and assistants read the same.
#[test]
fn every_format_tells_of_other_platforms() {
    let folder = heroku("plan-on-formats");
    for format in ["human", "markdown", "html", "agent"] {
        let arguments = ["plan", ".", "web", "--on", "render,aws-lambda", "--format", format];
        let text = check(&folder, &arguments, 0).replace("\\", "");
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("Render: $14 a month for 2 × starter, 3 workers"), "{text}");
        assert!(flat.contains("an adapter calls the application"), "{text}");
    }
}

#[test]
fn an_assistant_is_told_what_to_write_and_what_to_ask() {
    let text = check(&heroku("plan-agent"), &["plan", "--format", "agent"], 0);
    for said in [
        "Procfile on Heroku: $75 a month\n",
        "  best: workers = 3: 50 dollars a month, 1,200 requests a minute, 75 % of memory\n",
        "  change: workers = 3 where the project sets it; until then, try it under \
         `[deployments.Procfile.processes.web]` in opslint.toml\n",
        "Ask the user what is true:\n- `--cpu-time` (10 ms of CPU in a request)\n",
    ] {
        assert!(text.contains(said), "`{said}` is missing:\n{text}");
    }
    assert!(!text.contains('→') && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn where_nothing_stays_it_is_said_what_there_is() {
    let cron = "services:\n- type: cron\n  name: nightly\n  runtime: python\n  plan: starter\n  \
                schedule: '0 3 * * *'\n  startCommand: python clean.py\n";
    let folder = Folder::new("plan-nothing-stays").with("render.yaml", cron);
    for format in ["human", "markdown", "html", "agent"] {
        let text = check(&folder, &["plan", "--format", format], 0);
        assert!(text.to_lowercase().contains("nothing to plan"), "{text}");
        assert!(text.contains("render.yaml has nightly (cron)"), "{text}");
    }
    let plan: Value =
        serde_json::from_str(&check(&folder, &["plan", "--format", "json"], 0)).unwrap();
    assert_eq!(plan["left_out"][0]["kind"], "cron");
}

#[test]
fn plans_are_what_their_schema_promises() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cases = Vec::new();
    for more in [&[][..], &["--on", PLATFORMS], &["--requests", "900/min", "--profile", "8hx22d"]] {
        let arguments = [&["plan", "fixtures", "--format", "json"], more].concat();
        let found = run(root, &arguments, &[]);
        assert_eq!(found.status, 0, "{more:?}: {}", found.stderr);
        cases.push(json!({ "schema": Schema::Plan.name(), "json": found.stdout }));
    }
    assert!(cases.iter().all(|it| it["json"].as_str().unwrap().len() > 10_000));
    // What the schema does not allow is found: it says something.
    let wrong = r#"{"version": 1, "assumptions": [], "deployments": [{"manifest": "Procfile"}]}"#;
    cases.push(json!({ "schema": Schema::Plan.name(), "json": wrong }));
    let mut errors = validate(&cases);
    assert!(!errors.pop().unwrap().is_empty(), "the schema allows anything");
    for (case, errors) in cases.iter().zip(&errors) {
        let text = case["json"].as_str().unwrap();
        assert!(errors.is_empty(), "{errors:#?} in {}", &text[..text.len().min(2_000)]);
    }
}

/// `[plan]` of opslint.toml says where verdicts change, a flag says it better, and what crosses is
/// refused.
#[test]
fn verdicts_change_where_the_project_says() {
    let verdict = |plan: &str, more: &[&str]| {
        let name = format!("plan-bounds-{}-{}", plan.len(), more.len());
        let folder = heroku(&name);
        let path = folder.path().join("opslint.toml");
        let stated = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{stated}[plan]\n{plan}\n")).unwrap();
        let arguments = [&["plan", ".", "web", "--format", "json"], more].concat();
        let found = run(folder.path(), &arguments, &[]);
        let plan: Value = serde_json::from_str(&found.stdout).unwrap_or_default();
        let verdict = &plan["deployments"][0]["processes"][0]["memory"]["verdict"];
        (found.status, verdict.as_str().unwrap_or_default().to_owned(), found.stderr)
    };
    // 2 × 128 MB are 50 % of 512 MB.
    assert_eq!(verdict("", &[]).1, "fits");
    assert_eq!(verdict("tight-above = 45", &[]).1, "tight");
    assert_eq!(verdict("tight-above = 45\ndoes-not-fit-above = 49", &[]).1, "does-not-fit");
    assert_eq!(verdict("tight-above = 45", &["--memory-bounds", "40,80"]).1, "fits");
    let (status, _, error) = verdict("tight-above = 30", &[]);
    assert_eq!(status, 2, "{error}");
    assert!(
        error.contains("`over-allocated-below` (40) must be less than `tight-above`"),
        "{error}"
    );
    assert_eq!(verdict("tight-abov = 30", &[]).0, 2, "a name that is not there");
}

/// Where the platform's variable decides about workers, nobody knows how many there are: those that
/// fit are proposed for the same machine, and no smaller machine is called enough.
#[test]
fn workers_that_nobody_knows_can_be_chosen() {
    let folder = Folder::new("plan-unknown-workers")
        .with("requirements.txt", "flask==3.1.0\ngunicorn==23.0.0\n");
    let folder = folder.with(
        "render.yaml",
        "services:\n  - type: web\n    name: shop\n    runtime: python\n    plan: standard\n    \
         startCommand: gunicorn shop:app --workers $COUNT\n    envVars:\n      - key: COUNT\n\
         \x20       sync: false\n",
    );
    let plan: Value =
        serde_json::from_str(&check(&folder, &["plan", "--format", "json"], 0)).unwrap();
    let web = &plan["deployments"][0]["processes"][0];
    assert_eq!(web["memory"]["verdict"], "unknown", "{web}");
    let best = usize::try_from(web["best"].as_u64().unwrap()).unwrap();
    // 1 CPU: 2 × 1 + 1 workers, of 80 MB each in 2,048 MB.
    assert_eq!(web["choices"][best]["with"], json!({"workers": 3}), "{web}");
}

/// By hand: standard $25, basic-256mb $6, and a Key Value: free $0, starter $10. A free one adds
/// nothing, and what a second database costs is not forgotten.
#[test]
fn databases_and_caches_of_the_files_are_in_the_price() {
    let price = |databases: &str, cache: &str| {
        let stores = format!(
            "  - type: keyvalue\n    name: cache\n    plan: {cache}\n    ipAllowList: []\n\
             databases:\n{databases}"
        );
        let render = RENDER.replace(
            "    disk:\n      name: data\n      mountPath: /var/data\n      sizeGB: 5\n",
            "",
        );
        let folder = Folder::new(&format!("plan-stores-{}-{cache}", databases.len()))
            .with("render.yaml", format!("{render}{stores}"));
        let plan: Value =
            serde_json::from_str(&check(&folder, &["plan", "--format", "json"], 0)).unwrap();
        plan["deployments"][0]["price_usd_month"].clone()
    };
    let one = "  - name: db\n    plan: basic-256mb\n";
    assert_eq!(price(one, "free")["max"], 31);
    assert_eq!(price(one, "starter")["max"], 41);
    let two = price(&format!("{one}{}", one.replace("db", "other")), "free");
    assert_eq!(two["max"], 37);
    let excludes = two["excludes"].as_array().unwrap();
    assert!(excludes.contains(&json!("storage of `other`")), "{excludes:?}");
}

/// A plan of the database that opslint.toml states brings its connections.
#[test]
fn a_stated_database_has_its_connections() {
    let folder = heroku("plan-stated-database");
    let path = folder.path().join("opslint.toml");
    let stated = std::fs::read_to_string(&path).unwrap();
    let stated = stated.replace(
        "platform = \"heroku\"\n",
        "platform = \"heroku\"\n\"database.plan\" = \"essential-0\"\n",
    );
    std::fs::write(&path, stated).unwrap();
    let plan: Value =
        serde_json::from_str(&check(&folder, &["plan", ".", "web", "--format", "json"], 0))
            .unwrap();
    assert_eq!(plan["deployments"][0]["processes"][0]["connections"]["available"], 20);
}
