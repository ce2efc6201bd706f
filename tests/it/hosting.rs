//! What the files of Heroku and AppPack come to, and which machine each plan is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use opslint::analysis::{Analysis, ConfigFile, FactsAnswer, Options};
use opslint::discover::{Disk, Tree};
use opslint::fact::{Fact, State};
use opslint::platforms::{Catalog, Plan};
use opslint::project::{Facts, Project};
use opslint::report::{
    ListedSettings, ReportOptions, ResolvedFormat, ResolvedOptions, ShowSecrets, Shown,
    write_resolved,
};
use opslint::vocabulary::{self, FactId};
use opslint::workspace::MemoryFiles;

/// The projects of files, with the opslint.toml among them.
fn projects(files: impl Tree + 'static) -> Vec<Project> {
    let mut options = Options::plain();
    options.config.file = ConfigFile::Nearest;
    let analysis = Analysis::open(files, options).unwrap();
    assert!(analysis.setup().broken.is_empty(), "{:?}", analysis.setup().broken);
    analysis.facts().projects
}

/// Resolves a fixture and compares facts: `manifest process fact value`, `-` for the process of a
/// fact of the deployment.
#[track_caller]
pub(crate) fn check(fixture: &str, expect: &[&str]) {
    let disk = Disk::new(std::path::Path::new("fixtures").join(fixture));
    let projects = projects(disk);
    for line in expect {
        let [manifest, process, name, value] = line.splitn(4, ' ').collect::<Vec<_>>()[..] else {
            panic!("`{line}` has too few words");
        };
        let facts = facts(&projects, manifest, process)
            .unwrap_or_else(|| panic!("{fixture} has no `{manifest}` `{process}`"));
        let id = FactId::from_name(name).unwrap_or_else(|| panic!("`{name}` is no fact"));
        let found = facts.get(id).map_or_else(|| "absent".to_owned(), |it| it.state.to_string());
        assert_eq!(found, value, "{fixture}: {line}");
    }
}

/// Resolves a fixture and compares unknown facts: `manifest process fact start of the reason`.
#[track_caller]
pub(crate) fn check_unknown(fixture: &str, expect: &[&str]) {
    let disk = Disk::new(std::path::Path::new("fixtures").join(fixture));
    let projects = projects(disk);
    for line in expect {
        let [manifest, process, name, reason] = line.splitn(4, ' ').collect::<Vec<_>>()[..] else {
            panic!("`{line}` has too few words");
        };
        let facts = facts(&projects, manifest, process).unwrap();
        let fact = facts.get(FactId::from_name(name).unwrap()).unwrap();
        let State::Unknown(unknown) = &fact.state else { panic!("{line}: {}", fact.state) };
        assert!(unknown.reason.starts_with(reason), "{fixture}: {line}: {}", unknown.reason);
    }
}

/// No deployment comes from these files of a fixture.
#[track_caller]
pub(crate) fn check_absent(fixture: &str, manifests: &[&str]) {
    let disk = Disk::new(std::path::Path::new("fixtures").join(fixture));
    let projects = projects(disk);
    for manifest in manifests {
        let path = std::path::Path::new("fixtures").join(fixture).join(manifest);
        assert!(path.is_file(), "{fixture} has no {manifest}");
        let mut deployments = projects.iter().flat_map(|it| &it.deployments);
        assert!(deployments.all(|it| it.manifest != *manifest), "{fixture}/{manifest}");
    }
}

/// Compares variables of a process: name, value, and the text at their place.
#[track_caller]
pub(crate) fn check_variables(manifest: &str, process: &str, expect: &[(&str, &str, &str)]) {
    let disk = Disk::new("fixtures");
    let options = Options { paths: vec![manifest.into()], ..Options::plain() };
    let FactsAnswer { projects, sources, .. } = Analysis::open(disk, options).unwrap().facts();
    let processes = projects.iter().flat_map(|it| &it.deployments).flat_map(|it| &it.processes);
    let process = processes.into_iter().find(|it| it.name.value == process).unwrap();
    for (name, value, place) in expect {
        let (_, fact) = process.environment.iter().find(|(it, _)| it == name).unwrap();
        assert_eq!(fact.state.to_string(), *value, "{manifest}: {name}");
        assert_eq!(sources.text(fact.origin.span.unwrap()), *place, "{name}");
    }
}

fn facts<'a>(projects: &'a [Project], manifest: &str, process: &str) -> Option<&'a Facts> {
    let deployments = projects.iter().flat_map(|it| &it.deployments);
    let mut deployments = deployments.filter(|it| it.manifest == manifest);
    if process == "-" {
        return deployments.next().map(|it| &it.facts);
    }
    let mut processes = deployments.flat_map(|it| &it.processes);
    processes.find(|it| it.name.value == process).map(|it| &it.facts)
}

#[test]
fn heroku_yml_wins_over_a_procfile_and_nothing_but_the_platform_sets_variables() {
    check(
        "heroku-yml",
        &[
            "heroku.yml - platform heroku",
            "heroku.yml - database.plan essential-1",
            "heroku.yml - database.connections_max 20",
            "heroku.yml web machine.plan basic",
            "heroku.yml web machine.memory_mb 512",
            "heroku.yml web scale.max 2",
            "heroku.yml web workers 3",
            "heroku.yml web router.request_timeout_s 30",
            "heroku.yml worker server celery",
            "heroku.yml worker concurrency 2",
            "heroku.yml worker router.request_timeout_s absent",
            "heroku.yml release command python manage.py migrate --noinput",
            "heroku.yml release machine.plan basic",
            "heroku.yml thumbnails command unknown",
            "Procfile - platform unknown",
            "Procfile web machine.memory_mb absent",
        ],
    );
}

#[test]
fn a_bare_procfile_is_on_heroku_when_opslint_toml_says_so() {
    check(
        "heroku-bare-procfile-with-config",
        &[
            "Procfile - platform heroku",
            "Procfile - price_usd_month 125",
            "Procfile web machine.plan standard-2x",
            "Procfile web machine.memory_mb 1024",
            "Procfile web machine.visible_cpus 8",
            "Procfile web workers 4",
            "Procfile web scale.min 2",
            "Procfile worker machine.memory_mb 512",
            "Procfile release machine.plan standard-1x",
            "Procfile release scale.min absent",
        ],
    );
}

#[test]
fn a_procfile_beside_apppack_toml_runs_on_apppack_with_one_worker() {
    check(
        "apppack-buildpack",
        &[
            "Procfile - platform apppack",
            "Procfile web machine.cpus 0.5",
            "Procfile web machine.memory_mb 1024",
            "Procfile web router.idle_timeout_s 60",
            "Procfile web health_check.path /",
            "Procfile web health_check.interval_s 30",
            "Procfile web workers 1",
            "Procfile web scale.max 1",
            "Procfile release router.idle_timeout_s absent",
        ],
    );
}

#[test]
fn services_of_apppack_toml_are_processes_of_a_dockerfile() {
    check(
        "apppack-dockerfile",
        &[
            "apppack.toml - platform apppack",
            "apppack.toml web workers 4",
            "apppack.toml web kind web",
            "apppack.toml worker server celery",
            "apppack.toml worker kind worker",
            "apppack.toml release command python manage.py migrate",
            "Procfile - platform unknown",
        ],
    );
}

#[test]
fn app_json_of_other_programs_says_nothing_about_heroku() {
    check(
        "dokku-app-json",
        &[
            "Procfile - platform dokku",
            "Procfile web scale.max 2",
            "Procfile web router.request_timeout_s 60",
            "Procfile web machine.memory_mb 1024..65536",
            "Procfile web workers 3",
        ],
    );
    // It is the Procfile that speaks for Heroku, and it is only an assumption.
    check("expo-app-json", &["Procfile - platform heroku"]);
}

#[test]
fn a_bare_procfile_is_taken_for_one_of_heroku_unless_something_speaks_against_it() {
    let platform = |files: MemoryFiles| {
        let found = projects(files);
        let facts = facts(&found, "Procfile", "-").unwrap();
        let fact = facts.get(vocabulary::PLATFORM).unwrap().clone();
        (fact.text().map(str::to_owned), fact.origin.is_assumed())
    };
    let bare = || MemoryFiles::new().with("Procfile", "web: gunicorn shop.wsgi\n");
    assert_eq!(platform(bare()), (Some("heroku".to_owned()), true));
    assert_eq!(platform(bare().with("runtime.txt", "")), (Some("heroku".to_owned()), true));
    // Started by hand, on a developer's machine.
    assert_eq!(platform(bare().with("Makefile", "run:\n\thoncho start\n")).0, None);
    // Render does not read a Procfile: this one is left over.
    assert_eq!(platform(bare().with("render.yaml", "services: []\n")).0, None);
}

#[test]
fn what_is_not_known_says_what_would_settle_it() {
    let files = MemoryFiles::new()
        .with("shop/Procfile", "web: gunicorn shop.wsgi\n")
        .with("shop/Makefile", "run:\n\tforeman start\n");
    let found = projects(files);
    let platform = facts(&found, "shop/Procfile", "-").unwrap().get(vocabulary::PLATFORM).unwrap();
    let opslint::fact::State::Unknown(unknown) = &platform.state else { panic!("{platform:?}") };
    assert!(unknown.settle_with.contains("[deployments.\"shop/Procfile\"]"), "{unknown:?}");
}

/// What `opslint resolve` says of a whole deployment.
#[track_caller]
fn check_totals(app_json: &str, expect: &[&str]) {
    let procfile = "web: gunicorn shop.wsgi --worker-class gthread --workers 2 --threads 5\n";
    let files = MemoryFiles::new().with("Procfile", procfile).with("app.json", app_json);
    let FactsAnswer { projects, sources, secrets, .. } =
        Analysis::open(files, Options::plain()).unwrap().facts();
    let options = ResolvedOptions {
        report: ReportOptions::default(),
        process: None,
        settings: ListedSettings::Changed,
        worlds: None,
    };
    let mut out = Vec::new();
    let format = ResolvedFormat::Human;
    let shown = Shown::projects(projects, &sources, &secrets, ShowSecrets::Never);
    write_resolved(&mut out, format, &shown, &options).unwrap();
    let text = String::from_utf8(out).unwrap();
    // The last table is the deployment's.
    let table = text.rsplit("\n\nProcfile").next().unwrap_or_default();
    let rows = table.lines().map(|it| it.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
    let names = ["price_usd_month ", "database.connections_max ", "connections_needed "];
    let totals: Vec<String> =
        rows.filter(|row| names.iter().any(|it| row.starts_with(it))).collect();
    assert_eq!(totals, expect);
}

#[test]
fn totals_have_the_price_and_the_connections_as_far_as_these_are_known() {
    check_totals(
        r#"{
            "addons": [{ "plan": "heroku-postgresql:essential-0", "as": "DATABASE" }],
            "formation": { "web": { "quantity": 2, "size": "standard-1x" } }
        }"#,
        &["database.connections_max 20", "connections_needed 20", "price_usd_month $55.00/month"],
    );
    check_totals(
        r#"{
            "addons": ["heroku-postgresql:essential-2", "heroku-redis:mini"],
            "formation": { "web": { "size": "eco" } }
        }"#,
        // One dyno runs until somebody scales it.
        &["database.connections_max 40", "connections_needed 10"],
    );
    let two = r#"{ "addons": ["heroku-postgresql:essential-0", "heroku-postgresql:essential-2"] }"#;
    check_totals(
        two,
        // One of them is the database of the application, and no file says which.
        &["database.connections_max unknown", "connections_needed 10"],
    );
}

#[test]
fn buildpacks_decide_about_the_variables_of_a_process() {
    for (app_json, other, workers) in [
        (r#"{"buildpacks": [{"url": "heroku/python"}]}"#, "", "2"),
        (r#"{"addons": []}"#, "requirements.txt", "2"),
        (r#"{"stack": "heroku-24"}"#, "requirements.txt", "2"),
        // No file names a buildpack, but only that of Python can run the command.
        (r#"{"stack": "heroku-24"}"#, "README.md", "2"),
        (r#"{"stack": "cnb"}"#, "requirements.txt", "1"),
        (r#"{"buildpacks": [{"url": "heroku/nodejs"}, {"url": "heroku/python"}]}"#, "", "1..2"),
        (r#"{"buildpacks": [{"url": "https://github.com/acme/x"}]}"#, "setup.py", "unknown"),
    ] {
        let opslint = "[deployments.\"Procfile\"]\nplatform = \"heroku\"\n\
                       processes.web.plan = \"basic\"\n";
        let files = MemoryFiles::new()
            .with("Procfile", "web: gunicorn shop.wsgi\n")
            .with("app.json", app_json)
            .with("opslint.toml", opslint)
            .with(other, "");
        let found = projects(files);
        let facts = facts(&found, "Procfile", "web").unwrap();
        let found = facts.get(vocabulary::WORKERS).map(|it| it.state.to_string());
        assert_eq!(found.as_deref(), Some(workers), "{app_json} {other}");
    }
}

/// A project in which a web process has this plan.
fn with_plan(platform: &str, plan: &str) -> MemoryFiles {
    let upper = plan.to_uppercase();
    match platform {
        "heroku" => MemoryFiles::new().with("Procfile", "web: gunicorn shop.wsgi\n").with(
            "app.json",
            format!("{{\"formation\": {{\"web\": {{\"quantity\": 1, \"size\": \"{upper}\"}}}}}}"),
        ),
        "fly" => MemoryFiles::new().with(
            "fly.toml",
            format!("[processes]\nweb = \"gunicorn shop.wsgi\"\n[[vm]]\nsize = \"{plan}\"\n"),
        ),
        _ => MemoryFiles::new().with(
            "render.yaml",
            format!(
                "services:\n  - type: web\n    name: web\n    runtime: python\n    plan: {plan}\n    \
                 startCommand: gunicorn shop.wsgi\n"
            ),
        ),
    }
}

fn check_plan(platform: &str, plan: &Plan) {
    let files = with_plan(platform, &plan.name);
    let found = projects(files);
    let processes = found.iter().flat_map(|it| &it.deployments).flat_map(|it| &it.processes);
    let [process] = processes.collect::<Vec<_>>()[..] else { panic!("{platform} {}", plan.name) };
    let number = |id| process.facts.get(id).and_then(Fact::number);
    let memory = plan.memory_mb.as_ref().map(|it| f64::from(it.value));
    assert_eq!(number(vocabulary::MACHINE_MEMORY_MB), memory, "{platform} {}", plan.name);
    let cpus = plan.cpus.as_ref().map(|it| it.value);
    assert_eq!(number(vocabulary::MACHINE_CPUS), cpus, "{platform} {}", plan.name);
    let name = process.facts.get(vocabulary::MACHINE_PLAN).and_then(Fact::text);
    assert_eq!(name, Some(plan.name.as_str()), "{platform}");
}

#[test]
fn every_plan_of_the_catalog_is_the_machine_of_a_process_that_names_it() {
    let catalog = Catalog::builtin();
    for id in ["heroku", "fly", "render"] {
        let platform = catalog.platform(id).unwrap();
        let plans: Vec<&Plan> = platform.plans("web").collect();
        assert!(plans.len() > 5, "{id}");
        plans.into_iter().for_each(|it| check_plan(id, it));
    }
}

/// Numbers from the pages of the platforms, typed off by hand.
#[test]
fn well_known_plans_have_their_published_numbers() {
    for (platform, plan, memory_mb, price_usd_month) in [
        ("heroku", "basic", 512, Some(7.0)),
        ("heroku", "standard-2x", 1024, Some(50.0)),
        ("heroku", "performance-m", 2560, Some(250.0)),
        ("heroku", "dyno-1c-0.5gb", 512, Some(25.0)),
        ("render", "starter", 512, Some(7.0)),
        ("render", "standard", 2048, Some(25.0)),
        ("fly", "shared-cpu-1x", 256, None),
        ("fly", "performance-1x", 2048, None),
    ] {
        let files = with_plan(platform, plan);
        let found = projects(files);
        let facts = &found[0].deployments[0].processes[0].facts;
        let memory = facts.get(vocabulary::MACHINE_MEMORY_MB).and_then(Fact::int);
        assert_eq!(memory, Some(memory_mb), "{platform} {plan}");
        if price_usd_month.is_some() {
            let price = facts.get(vocabulary::MACHINE_PRICE_USD_MONTH).and_then(Fact::number);
            assert_eq!(price, price_usd_month, "{platform} {plan}");
        }
    }
}

#[test]
fn other_commands_of_a_server_are_not_the_server() {
    for command in ["celery -A shop inspect ping", "rq info"] {
        let files = MemoryFiles::new().with("Procfile", format!("web: {command}\n"));
        let found = projects(files);
        let facts = facts(&found, "Procfile", "web").unwrap();
        assert_eq!(facts.get(vocabulary::SERVER).and_then(Fact::text), None, "{command}");
    }
}

#[test]
fn a_machine_of_fly_is_named_by_the_cpus_that_it_has() {
    for (table, plan) in [
        ("cpu_kind = \"performance\"\ncpus = 2\nmemory = \"8gb\"", Some("performance-2x")),
        ("cpus = 4\nmemory = \"1gb\"", Some("shared-cpu-4x")),
        ("size = \"shared-cpu-2x\"\ncpu_kind = \"performance\"", Some("performance-2x")),
        ("size = \"shared-cpu-2x\"\nmemory = \"1gb\"", Some("shared-cpu-2x")),
        ("cpus = 3", None),
    ] {
        let text =
            format!("app = \"shop\"\n[processes]\nweb = \"gunicorn shop.wsgi\"\n[[vm]]\n{table}\n");
        let found = projects(MemoryFiles::new().with("fly.toml", text.as_str()));
        let facts = facts(&found, "fly.toml", "web").unwrap();
        let found = facts.get(vocabulary::MACHINE_PLAN).and_then(|it| it.text());
        assert_eq!(found, plan, "{table}");
    }
}
