//! The catalog as it comes with opslint: sources, names, and what follows from a question.

mod clouds;
mod evidence;
mod files;
mod numbers;
mod prices;

use std::collections::BTreeSet;

use super::rows::Evidence;
use super::*;
use crate::vocabulary::KINDS;

fn each_platform(mut check: impl FnMut(&Platform)) {
    let catalog = Catalog::builtin();
    let ids: Vec<_> = catalog.ids().collect();
    assert!(["apppack", "fly", "heroku", "render"].iter().all(|it| ids.contains(it)), "{ids:?}");
    ids.into_iter().for_each(|it| check(catalog.platform(it).unwrap()));
}

#[test]
fn every_value_has_a_public_source_and_a_date() {
    let first = Date::from_iso("2015-01-01").unwrap();
    each_platform(|platform| {
        let rows = platform.rows();
        assert!(rows.len() > 1, "{}", platform.id());
        for row in rows {
            assert!(row.source.url.starts_with("https://"), "{}", row.path);
            assert!(first < row.source.checked, "{}", row.path);
        }
    });
}

#[test]
fn what_is_packed_is_what_is_written() {
    for (stem, text, packed) in catalog::BUILTIN {
        let written = load::by_toml(text).unwrap();
        let signs: Vec<_> = written.evidence().iter().map(Evidence::sign).collect();
        assert_eq!(Sign::embedded(packed).unwrap(), signs, "{stem}");
        assert_eq!(load::embedded(packed).unwrap(), written, "{stem}");
        assert_eq!(load::platform(text).unwrap(), written, "{stem}");
    }
    for (stem, text, packed) in languages::BUILTIN {
        let (packed, written) = (languages::embedded(packed), languages::language(text));
        assert_eq!(packed.unwrap(), written.unwrap(), "{stem}");
    }
}

#[test]
fn every_source_is_used() {
    for (stem, text, _) in catalog::BUILTIN {
        let table: toml::Table = text.parse().unwrap();
        for key in table["sources"].as_table().unwrap().keys() {
            let uses = text.matches(&format!(" = \"{key}\"\n")).count();
            assert!(uses > 0, "`[sources.{key}]` in {stem}.toml is not used");
        }
    }
}

#[test]
fn every_trait_is_a_fact() {
    let mut keys = BTreeSet::new();
    each_platform(|platform| {
        let values = platform.traits.values();
        assert!(values.len() > 5, "{} has too few traits for rules to ask", platform.id());
        let advice = platform.advice.values();
        let count = values.len() + advice.len();
        assert_eq!(platform.trait_facts().len(), count, "{}", platform.id());
        keys.extend(values.into_iter().map(|(key, _)| key.to_owned()));
        keys.extend(advice.into_iter().map(|(key, _)| format!("advice_{key}")));
    });
    let named =
        crate::vocabulary::VOCABULARY.iter().filter_map(|it| it.name.strip_prefix("platform."));
    assert_eq!(
        keys,
        named.map(str::to_owned).collect(),
        "each trait is known of at least one platform"
    );
}

#[test]
fn languages_end_in_order_and_have_sources() {
    let catalog = Catalog::builtin();
    let ids: Vec<_> = catalog.languages().iter().map(|it| it.id.as_str()).collect();
    assert_eq!(
        ids,
        ["dotnet", "mongod", "mysql", "node", "postgres", "python", "rabbitmq", "ruby"]
    );
    for language in catalog.languages() {
        assert!(language.rows().iter().all(|it| it.source.url.starts_with("https://")));
        for version in &language.versions {
            let (released, ends) = (version.released.as_ref(), version.ends.as_ref().unwrap());
            assert!(released.is_none_or(|it| it.value < ends.value), "{}", version.name);
        }
    }
    let python = catalog.language("python").unwrap();
    let end =
        |text: &str| python.version(text).map(|it| it.ends.as_ref().unwrap().value.to_string());
    assert_eq!(end("3.10.14").as_deref(), Some("2026-10-31"));
    assert_eq!(end("3.1"), Some("2012-04-09".to_owned()), "3.1 is not 3.10");
    assert_eq!(end("4.0"), None);
    let node = catalog.language("node").unwrap();
    assert_eq!(
        node.version("20.11.1").unwrap().ends.as_ref().unwrap().value.to_string(),
        "2026-04-30"
    );
}

#[test]
fn a_limit_that_grows_is_outdated_after_a_year_and_nothing_else_is() {
    let mut catalog = Catalog::builtin();
    catalog.set_today(Date::from_iso("2031-01-01").unwrap());
    let lambda = catalog.platform("aws-lambda").unwrap();
    assert!(lambda.function.timeout_s_max.as_ref().unwrap().outdated);
    assert!(!lambda.function.timeout_s.as_ref().unwrap().outdated, "a default is no limit");
    let fly = catalog.platform("fly").unwrap().plan("shared-cpu-1x", "web").unwrap();
    assert!(fly.memory_mb_max.as_ref().unwrap().outdated, "also where it follows from the CPUs");
    assert!(!fly.memory_mb.as_ref().unwrap().outdated);
}

#[test]
fn a_file_is_named_after_its_id() {
    for (stem, ..) in catalog::BUILTIN {
        assert_eq!(Catalog::builtin().platform(stem).unwrap().id(), *stem);
    }
}

#[test]
fn a_name_means_one_plan_for_each_kind() {
    each_platform(|platform| {
        for kind in KINDS {
            let mut names = BTreeSet::new();
            for plan in platform.plans(kind) {
                for name in std::iter::once(&plan.name).chain(&plan.aliases) {
                    assert!(names.insert(name.to_lowercase()), "{} {name}", platform.id());
                    assert_eq!(platform.plan(name, kind), Some(plan));
                }
            }
        }
    });
}

#[test]
fn default_plans_exist() {
    each_platform(|platform| {
        for kind in KINDS {
            let plan = platform.default_machine(kind).and_then(|it| it.plan.as_ref());
            if let Some(plan) = plan {
                assert!(platform.plan(&plan.value, kind).is_some(), "{}", plan.value);
            }
        }
    });
}

#[test]
fn names_follow_the_case_rules_of_their_platform() {
    let catalog = Catalog::builtin();
    let name = |platform: &str, name: &str| {
        let plan = catalog.platform(platform).unwrap().plan(name, "web");
        plan.map(|it| it.name.clone())
    };
    assert_eq!(name("heroku", "Standard-1X").as_deref(), Some("standard-1x"));
    assert_eq!(name("heroku", "Private-Memory-XL").as_deref(), Some("private-xl"));
    assert_eq!(name("render", "Pro Plus").as_deref(), Some("pro plus"));
    assert_eq!(name("render", "pro-plus"), None);
    assert_eq!(name("fly", "shared-cpu-1x").as_deref(), Some("shared-cpu-1x"));
    assert_eq!(name("fly", "Shared-CPU-1x"), None);
}

#[test]
fn machines_when_no_file_names_one() {
    let catalog = Catalog::builtin();
    let default = |platform: &str, kind: &str| {
        catalog.platform(platform).unwrap().default_machine(kind).unwrap().clone()
    };
    let plan = |platform, kind| default(platform, kind).plan.unwrap().value;
    assert_eq!(plan("fly", "web"), "shared-cpu-1x");
    assert_eq!(plan("fly", "worker"), "shared-cpu-1x");
    assert_eq!(plan("fly", "release"), "shared-cpu-2x");
    assert_eq!(plan("render", "cron"), "starter");
    assert!(default("heroku", "web").unknown.is_some());
    let apppack = default("apppack", "web");
    assert_eq!(apppack.cpus.unwrap().value, 0.5);
    assert_eq!(apppack.memory_mb.unwrap().value, 1024);
}

/// The injected variables as `NAME=value`, `NAME=…` at run time, `NAME?` when perhaps set.
#[track_caller]
fn check_injected(
    platform: &str,
    kind: &str,
    runtime: Option<&str>,
    plan: Option<&str>,
    expect: &[&str],
) {
    let catalog = Catalog::builtin();
    let platform = catalog.platform(platform).unwrap();
    let plan = plan.map(|it| platform.plan(it, kind).unwrap());
    let injected = platform.injected(kind, runtime, plan);
    let show = |it: &Injected<'_>| match &it.value {
        InjectedValue::Known { value, .. } if value.doubtful => {
            format!("{}=({})", it.name, value.value)
        }
        InjectedValue::Known { value, .. } => format!("{}={}", it.name, value.value),
        InjectedValue::Runtime => format!("{}=…", it.name),
        InjectedValue::Maybe { .. } => format!("{}?", it.name),
    };
    let injected = injected.iter().filter(|it| !MARKS.iter().any(|(_, name)| *name == it.name));
    assert_eq!(injected.map(show).collect::<Vec<_>>(), expect);
}

/// Variables by which code knows where it runs, and on which platforms.
const MARKS: &[(&str, &str)] = &[
    ("app-engine", "GAE_APPLICATION"),
    ("aws-lambda", "AWS_LAMBDA_FUNCTION_NAME"),
    ("cloud-foundry", "VCAP_APPLICATION"),
    ("kubernetes", "KUBERNETES_SERVICE_HOST"),
    ("vercel", "VERCEL"),
    ("app-engine", "GAE_ENV"),
    ("cloud-run", "K_SERVICE"),
    ("fly", "FLY_ALLOC_ID"),
    ("fly", "FLY_APP_NAME"),
    ("fly", "FLY_MACHINE_ID"),
    ("fly", "FLY_REGION"),
    ("heroku", "DYNO"),
    ("railway", "RAILWAY_ENVIRONMENT_NAME"),
    ("render", "RENDER"),
    ("render", "RENDER_EXTERNAL_HOSTNAME"),
    ("render", "RENDER_EXTERNAL_URL"),
    ("render", "RENDER_SERVICE_ID"),
    ("render", "RENDER_SERVICE_NAME"),
];

#[test]
fn code_can_tell_where_it_runs() {
    let catalog = Catalog::builtin();
    for (platform, name) in MARKS {
        let injected = catalog.platform(platform).unwrap().injected("web", None, None);
        assert!(injected.iter().any(|it| it.name == *name), "{platform} {name}");
    }
}

#[test]
fn heroku_injects_what_its_python_buildpack_sets() {
    let gunicorn = ["FORWARDED_ALLOW_IPS=*", "GUNICORN_CMD_ARGS=--access-logfile -"];
    let with = |first: &[&'static str]| [first, &gunicorn].concat();
    check_injected(
        "heroku",
        "web",
        Some("python"),
        Some("standard-2x"),
        &with(&["PORT=…", "WEB_CONCURRENCY=4"]),
    );
    let at_run_time = with(&["PORT=…", "WEB_CONCURRENCY=…"]);
    check_injected("heroku", "web", Some("python"), None, &at_run_time);
    check_injected("heroku", "worker", Some("python"), None, &with(&["WEB_CONCURRENCY=…"]));
    check_injected("heroku", "web", Some("node"), None, &["PORT=…", "WEB_CONCURRENCY=…"]);
    check_injected("heroku", "web", Some("docker"), None, &["PORT=…"]);
    check_injected("heroku", "web", Some("python"), Some("dyno-2c-4gb"), &["PORT=…"]);
    let unknown = [
        "PORT=…",
        "WEB_CONCURRENCY?",
        "WEB_CONCURRENCY?",
        "FORWARDED_ALLOW_IPS?",
        "GUNICORN_CMD_ARGS?",
        "RACK_ENV?",
        "RAILS_ENV?",
        "PUMA_PERSISTENT_TIMEOUT?",
    ];
    check_injected("heroku", "web", None, None, &unknown);
    let ruby =
        ["PORT=…", "RACK_ENV=production", "RAILS_ENV=production", "PUMA_PERSISTENT_TIMEOUT=95"];
    check_injected("heroku", "web", Some("ruby"), None, &ruby);
}

#[test]
fn other_platforms_inject_less() {
    let render = [
        "PORT=10000",
        "WEB_CONCURRENCY=(1)",
        "FORWARDED_ALLOW_IPS=*",
        "GUNICORN_CMD_ARGS=(--preload --access-logfile - --bind=0.0.0.0:10000)",
    ];
    check_injected("render", "web", Some("python"), Some("starter"), &render);
    check_injected("render", "web", Some("docker"), None, &["PORT=10000", "WEB_CONCURRENCY=…"]);
    check_injected("fly", "web", Some("docker"), None, &["FLY_PROCESS_GROUP=…"]);
    check_injected("apppack", "web", Some("python"), None, &["PORT=…"]);
    let catalog = Catalog::builtin();
    let injected = catalog.platform("render").unwrap().injected("web", Some("python"), None);
    let arguments = injected.iter().find(|it| it.name == "GUNICORN_CMD_ARGS").unwrap();
    let InjectedValue::Known { undisputed: Some(undisputed), .. } = &arguments.value else {
        panic!("{arguments:?}");
    };
    assert_eq!(undisputed.value, "--bind=0.0.0.0:10000");
}

#[test]
fn stale_rows_are_those_of_old_sources() {
    let mut catalog = Catalog::builtin();
    let text = "
        id = 'x'
        [sources]
        old = { url = 'https://a.b', checked = '2025-01-31' }
        new = { url = 'https://a.b', checked = '2026-01-31' }
        [column_sources.plans]
        memory_mb = 'old'
        [[plans]]
        name = 'box'
        cpus = 1
        memory_mb = 256
        source = 'new'
        [boot.timeout_s]
        value = 60
        source = 'old'
    ";
    catalog.add(text).unwrap();
    let stale = |today| {
        let rows = catalog.platform("x").unwrap().stale(Date::from_iso(today).unwrap());
        rows.into_iter().map(|it| it.path).collect::<Vec<_>>()
    };
    assert_eq!(stale("2026-01-31"), Vec::<String>::new());
    assert_eq!(stale("2026-02-01"), ["plans.box.memory_mb", "boot.timeout_s"]);
    let all = ["plans.box", "plans.box.cpus", "plans.box.memory_mb", "boot.timeout_s"];
    assert_eq!(stale("2027-02-01"), all);
}
