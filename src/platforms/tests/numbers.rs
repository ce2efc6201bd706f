//! The numbers of the catalog, typed from the published tables and not from `platforms/*.toml`.

use super::*;
use crate::fact::OriginKind;

/// Name, CPUs, visible CPUs, memory in MB, price of a month.
type PlanNumbers = (&'static str, Option<f64>, Option<u32>, u32, Option<f64>);

/// Checks the numbers of plans. `None` must be absent.
#[track_caller]
pub(super) fn check_plans(platform: &str, kind: &str, expect: &[PlanNumbers]) {
    let catalog = Catalog::builtin();
    let platform = catalog.platform(platform).unwrap();
    for &(name, cpus, visible_cpus, memory_mb, price_usd_month) in expect {
        let plan = platform.plan(name, kind).unwrap_or_else(|| panic!("no plan `{name}`"));
        let found = (
            plan.cpus.as_ref().map(|it| it.value),
            plan.visible_cpus.as_ref().map(|it| it.value),
            plan.memory_mb.as_ref().unwrap().value,
            plan.price_usd_month.as_ref().map(|it| it.value),
        );
        assert_eq!(found, (cpus, visible_cpus, memory_mb, price_usd_month), "plan `{name}`");
    }
}

/// Checks database plan → (memory in MB, connections).
#[track_caller]
fn check_databases(
    platform: &str,
    kind: DatabaseKind,
    expect: &[(&str, Option<u32>, Option<u32>)],
) {
    let catalog = Catalog::builtin();
    let platform = catalog.platform(platform).unwrap();
    for &(name, memory_mb, connections_max) in expect {
        let database = platform.database(kind, name).unwrap_or_else(|| panic!("no `{name}`"));
        let found = (
            database.memory_mb.as_ref().map(|it| it.value),
            database.connections_max.as_ref().map(|it| it.value),
        );
        assert_eq!(found, (memory_mb, connections_max), "database `{name}`");
    }
}

#[test]
fn heroku_cedar_dynos() {
    let all = [
        ("eco", None, Some(8), 512, Some(5.0)),
        ("basic", None, Some(8), 512, Some(7.0)),
        ("standard-1x", None, Some(8), 512, Some(25.0)),
        ("standard-2x", None, Some(8), 1024, Some(50.0)),
        ("performance-m", Some(2.0), Some(2), 2560, Some(250.0)),
        ("performance-l", Some(8.0), Some(8), 14336, Some(500.0)),
        ("performance-l-ram", Some(4.0), Some(4), 30720, Some(500.0)),
        ("performance-xl", Some(8.0), Some(8), 63488, Some(750.0)),
        ("performance-2xl", Some(16.0), Some(16), 129_024, Some(1500.0)),
        ("private-s", Some(2.0), Some(2), 1024, Some(225.0)),
        ("private-m", Some(2.0), Some(2), 2560, Some(450.0)),
        ("private-l", Some(8.0), Some(8), 14336, Some(900.0)),
        ("private-l-ram", Some(4.0), Some(4), 30720, None),
        ("private-xl", Some(8.0), Some(8), 63488, None),
        ("private-2xl", Some(16.0), Some(16), 129_024, None),
        ("shield-s", Some(2.0), Some(2), 1024, Some(270.0)),
        ("shield-m", Some(2.0), Some(2), 2560, Some(540.0)),
        ("shield-l", Some(8.0), Some(8), 14336, Some(1080.0)),
        ("shield-l-ram", Some(4.0), Some(4), 30720, None),
        ("shield-xl", Some(8.0), Some(8), 63488, None),
        ("shield-2xl", Some(16.0), Some(16), 129_024, None),
    ];
    check_plans("heroku", "web", &all);
    check_plans("heroku", "worker", &all);
}

#[test]
fn heroku_fir_dynos_pay_for_a_quota() {
    let all = [
        ("dyno-1c-0.5gb", Some(0.9), None, 512, Some(25.0)),
        ("dyno-2c-1gb", Some(1.8), None, 1024, Some(50.0)),
        ("dyno-1c-4gb", Some(0.9), None, 4096, Some(80.0)),
        ("dyno-2c-8gb", Some(1.8), None, 8192, Some(160.0)),
        ("dyno-4c-16gb", Some(3.6), None, 16384, Some(320.0)),
        ("dyno-8c-32gb", Some(7.2), None, 32768, Some(640.0)),
        ("dyno-16c-64gb", Some(14.4), None, 65536, Some(1000.0)),
        ("dyno-2c-4gb", Some(1.8), None, 4096, Some(150.0)),
        ("dyno-4c-8gb", Some(3.6), None, 8192, Some(300.0)),
        ("dyno-8c-16gb", Some(7.2), None, 16384, Some(600.0)),
        ("dyno-16c-32gb", Some(14.4), None, 32768, Some(1200.0)),
        ("dyno-32c-64gb", Some(28.8), None, 65536, Some(2400.0)),
        ("dyno-1c-8gb", Some(0.9), None, 8192, Some(100.0)),
        ("dyno-2c-16gb", Some(1.8), None, 16384, Some(250.0)),
        ("dyno-4c-32gb", Some(3.6), None, 32768, Some(500.0)),
        ("dyno-8c-64gb", Some(7.2), None, 65536, Some(750.0)),
        ("dyno-16c-128gb", Some(14.4), None, 131_072, Some(1500.0)),
    ];
    check_plans("heroku", "web", &all);
    let catalog = Catalog::builtin();
    let heroku = catalog.platform("heroku").unwrap();
    assert_eq!(heroku.plans("web").count(), 21 + all.len());
    for (name, ..) in all {
        let plan = heroku.plan(name, "web").unwrap();
        assert_eq!(plan.bind_host.as_ref().unwrap().value, "::");
        let memory = [&plan.memory_mb, &plan.memory_kill_mb].map(|it| it.as_ref().unwrap().value);
        assert_eq!(memory[0], memory[1], "{name} has no swap");
    }
}

#[test]
fn heroku_limits_of_a_dyno() {
    let catalog = Catalog::builtin();
    let heroku = catalog.platform("heroku").unwrap();
    // Threads, MB at which R15 comes, WEB_CONCURRENCY.
    let expect = [
        ("eco", Some(256), 1024, 2),
        ("standard-1x", Some(256), 1024, 2),
        ("standard-2x", Some(512), 2048, 4),
        ("performance-m", Some(16384), 5120, 5),
        ("performance-l", Some(32768), 28672, 17),
        ("performance-l-ram", None, 36 * 1024, 9),
        ("performance-2xl", Some(65536), 151 * 1024, 33),
        ("private-s", Some(512), 1024, 4),
        ("shield-2xl", Some(65536), 129_024, 33),
    ];
    for (name, threads, kill, concurrency) in expect {
        let plan = heroku.plan(name, "web").unwrap();
        assert_eq!(plan.threads_max.as_ref().map(|it| it.value), threads, "{name}");
        assert_eq!(plan.memory_kill_mb.as_ref().unwrap().value, kill, "{name}");
        assert_eq!(plan.web_concurrency.as_ref().unwrap().value, concurrency, "{name}");
    }
    assert!(
        heroku.plan("performance-xl", "web").unwrap().memory_kill_mb.as_ref().unwrap().doubtful
    );
}

#[test]
fn heroku_web_concurrency_follows_the_formula_of_the_buildpack() {
    let catalog = Catalog::builtin();
    for plan in catalog.platform("heroku").unwrap().plans("web") {
        let Some(concurrency) = &plan.web_concurrency else {
            assert_eq!(plan.generation.as_deref(), Some("fir"));
            continue;
        };
        let by_cpu = 2 * plan.visible_cpus.as_ref().unwrap().value + 1;
        let by_memory = plan.memory_mb.as_ref().unwrap().value / 256;
        assert_eq!(concurrency.value, by_cpu.min(by_memory).max(1), "{}", plan.name);
    }
}

#[test]
fn fly_machines() {
    let all = [
        ("shared-cpu-1x", Some(1.0), Some(1), 256, Some(2.19)),
        ("shared-cpu-2x", Some(2.0), Some(2), 512, Some(4.39)),
        ("shared-cpu-4x", Some(4.0), Some(4), 1024, Some(8.78)),
        ("shared-cpu-6x", Some(6.0), Some(6), 1536, Some(13.16)),
        ("shared-cpu-8x", Some(8.0), Some(8), 2048, Some(17.55)),
        ("performance-1x", Some(1.0), Some(1), 2048, Some(33.00)),
        ("performance-2x", Some(2.0), Some(2), 4096, Some(66.00)),
        ("performance-4x", Some(4.0), Some(4), 8192, Some(132.01)),
        ("performance-6x", Some(6.0), Some(6), 12288, Some(198.01)),
        ("performance-8x", Some(8.0), Some(8), 16384, Some(264.01)),
        ("performance-10x", Some(10.0), Some(10), 20480, Some(330.01)),
        ("performance-12x", Some(12.0), Some(12), 24576, Some(396.02)),
        ("performance-14x", Some(14.0), Some(14), 28672, Some(462.02)),
        ("performance-16x", Some(16.0), Some(16), 32768, Some(528.02)),
    ];
    check_plans("fly", "web", &all);
    assert_eq!(Catalog::builtin().platform("fly").unwrap().plans("web").count(), all.len());
}

#[test]
fn fly_memory_bounds_and_sustained_cpus() {
    let catalog = Catalog::builtin();
    let fly = catalog.platform("fly").unwrap();
    let expect = [
        ("shared-cpu-1x", 256, 2048, 256, 0.0625),
        ("shared-cpu-2x", 512, 4096, 256, 0.125),
        ("shared-cpu-4x", 1024, 8192, 256, 0.25),
        ("shared-cpu-6x", 1536, 12288, 256, 0.375),
        ("shared-cpu-8x", 2048, 16384, 256, 0.5),
        ("performance-1x", 2048, 8192, 2048, 1.0),
        ("performance-16x", 32768, 131_072, 2048, 16.0),
    ];
    for (name, min, max, step, baseline) in expect {
        let plan = fly.plan(name, "web").unwrap();
        let bounds = [&plan.memory_mb_min, &plan.memory_mb_max, &plan.memory_mb_step];
        assert_eq!(bounds.map(|it| it.as_ref().unwrap().value), [min, max, step], "{name}");
        assert_eq!(plan.cpus_baseline.as_ref().unwrap().value, baseline, "{name}");
    }
    let price = |cpus, mb| fly.cpu_kind("shared").unwrap().price_usd_month(cpus, mb).unwrap().value;
    // The pricing page says 3.69, 6.70 and 13.39.
    assert_eq!([price(1.0, 512), price(1.0, 1024), price(2.0, 2048)], [3.69, 6.7, 13.39]);
}

#[test]
fn fly_gpu_sizes_are_retired() {
    let catalog = Catalog::builtin();
    let plan = catalog.platform("fly").unwrap().plan("l40s", "web").unwrap();
    assert_eq!(plan.retired.as_ref().unwrap().value.to_string(), "2026-07-31");
}

#[test]
fn render_instance_types() {
    let all = [
        ("starter", Some(0.5), None, 512, Some(7.0)),
        ("0.5c-512mb", Some(0.5), None, 512, Some(7.0)),
        ("standard", Some(1.0), None, 2048, Some(25.0)),
        ("1c-2g", Some(1.0), None, 2048, Some(25.0)),
        ("pro", Some(2.0), None, 4096, Some(85.0)),
        ("2c-4g", Some(2.0), None, 4096, Some(85.0)),
        ("2c-8g", Some(2.0), None, 8192, Some(135.0)),
        ("2c-16g", Some(2.0), None, 16384, Some(200.0)),
        ("pro plus", Some(4.0), None, 8192, Some(175.0)),
        ("4c-8g", Some(4.0), None, 8192, Some(175.0)),
        ("4c-16g", Some(4.0), None, 16384, Some(225.0)),
        ("4c-32g", Some(4.0), None, 32768, Some(350.0)),
        ("8c-16g", Some(8.0), None, 16384, Some(300.0)),
        ("8c-32g", Some(8.0), None, 32768, Some(450.0)),
        ("8c-64g", Some(8.0), None, 65536, Some(1000.0)),
    ];
    check_plans("render", "web", &all);
    check_plans("render", "cron", &all);
    let not_for_cron = [
        ("pro max", Some(4.0), None, 16384, Some(225.0)),
        ("pro ultra", Some(8.0), None, 32768, Some(450.0)),
        ("12c-24g", Some(12.0), None, 24576, Some(450.0)),
        ("12c-48g", Some(12.0), None, 49152, Some(800.0)),
        ("12c-96g", Some(12.0), None, 98304, Some(1500.0)),
    ];
    check_plans("render", "worker", &not_for_cron);
    check_plans("render", "web", &[("free", Some(0.1), None, 512, Some(0.0))]);
    let catalog = Catalog::builtin();
    let render = catalog.platform("render").unwrap();
    for (name, ..) in not_for_cron {
        assert_eq!(render.plan(name, "cron"), None, "{name}");
        assert!(render.plan_of_any_kind(name).is_some());
    }
    assert_eq!(render.plan("free", "worker"), None);
}

#[test]
fn fargate_combinations() {
    let catalog = Catalog::builtin();
    let apppack = catalog.platform("apppack").unwrap();
    // CPUs, least and most memory in GB, number of choices.
    let expect = [
        (0.25, 0.5, 2, 3),
        (0.5, 1.0, 4, 4),
        (1.0, 2.0, 8, 7),
        (2.0, 4.0, 16, 13),
        (4.0, 8.0, 30, 23),
        (8.0, 16.0, 60, 12),
        (16.0, 32.0, 120, 12),
    ];
    for (cpus, min_gb, max_gb, count) in expect {
        let choices = &apppack.machine_size(cpus).unwrap().memory_mb_choices;
        let choices = &choices.as_ref().unwrap().value;
        assert_eq!(f64::from(choices[0]), min_gb * 1024.0, "{cpus}");
        assert_eq!(*choices.last().unwrap(), max_gb * 1024, "{cpus}");
        assert_eq!(choices.len(), count, "{cpus}");
        assert!(choices.is_sorted());
    }
    assert_eq!(apppack.machine_size(0.25).unwrap().accepts(3072), Some(false));
    assert_eq!(apppack.machine_size(8.0).unwrap().accepts(20480), Some(true));
    assert_eq!(apppack.machine_size(3.0), None);
}

#[test]
fn databases_of_heroku() {
    check_databases(
        "heroku",
        DatabaseKind::Postgres,
        &[
            ("essential-0", None, Some(20)),
            ("essential-1", None, Some(20)),
            ("essential-2", None, Some(40)),
            ("standard-0", Some(4096), Some(120)),
            ("premium-0", Some(4096), Some(120)),
            ("shield-2", Some(8192), Some(400)),
            ("private-3", Some(15616), Some(500)),
            ("standard-9", Some(786_432), Some(500)),
            ("4g-performance", Some(4096), Some(380)),
            ("32g-performance", Some(32768), Some(3200)),
            ("1536G-Performance", Some(1_572_864), Some(5000)),
        ],
    );
    check_databases(
        "heroku",
        DatabaseKind::Redis,
        &[
            ("mini", Some(25), Some(20)),
            ("premium-0", Some(50), Some(40)),
            ("premium-3", Some(500), Some(400)),
            ("premium-4", Some(750), Some(700)),
            ("premium-5", Some(1024), Some(1000)),
            ("private-7", Some(7168), Some(10000)),
            ("premium-14", Some(102_400), Some(65000)),
        ],
    );
}

#[test]
fn databases_of_render_and_fly() {
    check_databases(
        "render",
        DatabaseKind::Postgres,
        &[
            ("free", Some(256), Some(100)),
            ("basic-256mb", Some(256), Some(100)),
            ("0.1c-256mb", Some(256), Some(100)),
            ("Basic-1gb", Some(1024), Some(100)),
            ("2c-4g", Some(4096), Some(100)),
            ("pro-4gb", Some(4096), Some(100)),
            ("pro-8gb", Some(8192), Some(200)),
            ("pro-16gb", Some(16384), Some(400)),
            ("accelerated-16gb", Some(16384), Some(400)),
            ("pro-32gb", Some(32768), Some(500)),
            ("128c-1024g", Some(1_048_576), Some(500)),
            ("starter", None, Some(97)),
            ("pro plus", None, Some(197)),
        ],
    );
    check_databases(
        "render",
        DatabaseKind::Redis,
        &[
            ("free", Some(25), Some(50)),
            ("starter", Some(256), Some(250)),
            ("1g", Some(1024), Some(1000)),
            ("3g", Some(3072), None),
            ("pro plus", Some(10240), Some(10000)),
            ("pro ultra", Some(40960), Some(40000)),
        ],
    );
    check_databases(
        "fly",
        DatabaseKind::Postgres,
        &[
            ("basic", Some(1024), Some(50)),
            ("starter", Some(2048), Some(50)),
            ("launch", Some(8192), Some(150)),
            ("scale", Some(32768), Some(300)),
            ("performance", Some(65536), Some(300)),
        ],
    );
}

#[test]
fn connections_of_render_postgres_follow_from_memory() {
    let catalog = Catalog::builtin();
    let render = catalog.platform("render").unwrap();
    for database in render.databases.iter().filter(|it| it.kind == DatabaseKind::Postgres) {
        let Some(memory) = &database.memory_mb else { continue };
        let expect = match memory.value / 1024 {
            ..8 => 100,
            8..16 => 200,
            16..32 => 400,
            32.. => 500,
        };
        let connections = database.connections_max.as_ref().unwrap().value;
        assert_eq!(connections, expect, "{:?}", database.plans);
    }
}

#[test]
fn timeouts_of_each_platform() {
    let catalog = Catalog::builtin();
    let platform = |id| catalog.platform(id).unwrap();
    // Request, idle and keep-alive timeout, grace and most grace, boot.
    let expect = [
        ("heroku", [Some(30), Some(55), Some(90), Some(30), None, Some(60)]),
        ("render", [Some(6000), None, Some(120), Some(30), Some(300), Some(900)]),
        ("fly", [None, None, Some(4), Some(5), Some(300), Some(300)]),
        ("apppack", [None, Some(60), Some(60), Some(30), Some(120), None]),
        ("app-runner", [Some(120), None, None, None, None, Some(300)]),
        ("copilot", [None, Some(60), Some(60), Some(30), Some(120), None]),
        ("railway", [Some(900), Some(300), None, Some(0), None, None]),
        ("digitalocean", [None, None, None, Some(120), Some(600), None]),
    ];
    for (id, seconds) in expect {
        let it = platform(id);
        let found = [
            &it.router.request_timeout_s,
            &it.router.idle_timeout_s,
            &it.router.keepalive_timeout_s,
            &it.shutdown.grace_s.as_ref().map(|it| it.map(|seconds| *seconds as u32)),
            &it.shutdown.grace_s_max,
            &it.boot.timeout_s,
        ];
        assert_eq!(found.map(|it| it.as_ref().map(|it| it.value)), seconds, "{id}");
    }
    let signal = platform("fly").shutdown.signal.as_ref().unwrap();
    assert_eq!((signal.value.as_str(), signal.doubtful), ("SIGINT", true));
    let origin = signal.origin("Fly.io default");
    assert_eq!(origin.kind, OriginKind::Assumed);
    let timeout = platform("heroku").router.request_timeout_s.as_ref().unwrap();
    let fact = timeout.fact("Heroku router");
    assert!(fact.origin.source.starts_with("Heroku router (devcenter.heroku.com, 20"));
    assert_eq!((fact.int(), fact.origin.kind), (Some(30), OriginKind::Platform));
}

#[test]
fn lambda_limits_and_what_stands_before_functions() {
    let catalog = Catalog::builtin();
    let lambda = catalog.platform("aws-lambda").unwrap();
    let function = &lambda.function;
    let limits = [
        (&function.memory_mb, 128),
        (&function.memory_mb_min, 128),
        (&function.memory_mb_max, 10_240),
        (&function.memory_mb_per_cpu, 1769),
        (&function.timeout_s, 3),
        (&function.timeout_s_min, 1),
        (&function.timeout_s_max, 1800),
        (&function.managed_timeout_s_max, 90 * 60),
        (&function.managed_memory_mb_max, 32 * 1024),
        (&function.image_limit_mb, 10 * 1024),
        (&function.temporary_storage_mb_min, 512),
        (&function.temporary_storage_mb_max, 10_240),
        (&function.package_limit_mb, 250),
        (&function.requests_per_instance, 1),
        (&function.account_concurrency, 1000),
    ];
    for (found, expect) in limits {
        assert_eq!(found.as_ref().unwrap().value, expect);
    }
    for (name, timeout_s, body_mb) in [
        ("rest-api", Some(29), Some(10.0)),
        ("http-api", Some(30), Some(10.0)),
        ("websocket", Some(29), None),
        ("alb", None, Some(1.0)),
        ("function-url", None, Some(6.0)),
    ] {
        let row = lambda.trigger(name).unwrap();
        assert_eq!(row.request_timeout_s.as_ref().map(|it| it.value), timeout_s, "{name}");
        assert_eq!(row.body_limit_mb.as_ref().map(|it| it.value), body_mb, "{name}");
    }
    for (name, memory_mb, timeout_s) in
        [("serverless", 1024, 6), ("zappa", 512, 30), ("chalice", 128, 60)]
    {
        let tool = lambda.tool(name).unwrap();
        let found =
            (tool.memory_mb.as_ref().unwrap().value, tool.timeout_s.as_ref().unwrap().value);
        assert_eq!(found, (memory_mb, timeout_s), "{name}");
    }
    for (name, ends) in
        [("python3.9", "2025-12-15"), ("nodejs18.x", "2025-09-01"), ("python3.13", "2029-06-30")]
    {
        let runtime = lambda.runtime(name).unwrap();
        assert_eq!(runtime.deprecated.as_ref().unwrap().value.to_string(), ends, "{name}");
    }
}

#[test]
fn every_trigger_of_the_catalog_is_a_name_of_the_vocabulary() {
    let catalog = Catalog::builtin();
    for platform in catalog.ids().filter_map(|it| catalog.platform(it)) {
        for trigger in platform.triggers() {
            assert!(
                crate::vocabulary::TRIGGERS.contains(&trigger.name.as_str()),
                "{}",
                trigger.name
            );
        }
    }
}
