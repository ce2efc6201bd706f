//! The numbers of services and functions in clouds, typed from the published pages.

use super::numbers::check_plans;
use super::*;

#[test]
fn cloud_run_limits() {
    let catalog = Catalog::builtin();
    let run = catalog.platform("cloud-run").unwrap();
    let router = &run.router;
    for (found, expect) in [
        (&router.request_timeout_s, 300),
        (&router.request_timeout_s_max, 60 * 60),
        (&router.hard_limit, 80),
        (&router.hard_limit_max, 1000),
        (&router.port, 8080),
    ] {
        assert_eq!(found.as_ref().unwrap().value, expect);
    }
    // CPUs, least memory in MB and most in GB.
    for (cpus, min_mb, max_gb) in
        [(1.0, 128, 4), (2.0, 128, 8), (4.0, 2048, 16), (6.0, 4096, 24), (8.0, 4096, 32)]
    {
        let size = run.machine_size(cpus).unwrap();
        assert_eq!(size.requests_max, None, "{cpus} CPUs");
        let value = |it: &Option<Sourced<u32>>| it.as_ref().map(|it| it.value);
        let found = (value(&size.memory_mb_min), value(&size.memory_mb_max));
        assert_eq!(found, (Some(min_mb), Some(max_gb * 1024)), "{cpus} CPUs");
    }
    for (cpus, max_mb) in [(0.08, 512), (0.25, 512), (0.5, 1024), (0.99, 1024)] {
        let size = run.machine_size(cpus).unwrap();
        assert_eq!(size.memory_mb_max.as_ref().unwrap().value, max_mb, "{cpus} CPUs");
        assert_eq!(size.requests_max.as_ref().unwrap().value, 1, "{cpus} CPUs");
    }
    assert_eq!((run.machine_size(0.07), run.machine_size(1.5)), (None, None));
}

#[test]
fn app_engine_classes_and_scalings() {
    check_plans(
        "app-engine",
        "web",
        &[
            ("F1", None, None, 384, Some(36.0)),
            ("F2", None, None, 768, Some(72.0)),
            ("F4", None, None, 1536, Some(144.0)),
            ("F4_1G", None, None, 3072, Some(216.0)),
            ("B1", None, None, 384, Some(36.0)),
            ("B2", None, None, 768, Some(72.0)),
            ("B4", None, None, 1536, Some(144.0)),
            ("B4_1G", None, None, 3072, None),
            ("B8", None, None, 3072, None),
        ],
    );
    let catalog = Catalog::builtin();
    let engine = catalog.platform("app-engine").unwrap();
    for (name, class, minutes) in [
        ("automatic_scaling", "F1", 10),
        ("basic_scaling", "B2", 24 * 60),
        ("manual_scaling", "B2", 24 * 60),
    ] {
        let row = engine.scaling(name).unwrap();
        assert_eq!(row.plan.as_ref().unwrap().value, class, "{name}");
        assert_eq!(row.request_timeout_s.as_ref().unwrap().value, minutes * 60, "{name}");
    }
}

#[test]
fn vercel_and_netlify_limits() {
    let catalog = Catalog::builtin();
    let vercel = catalog.platform("vercel").unwrap();
    assert_eq!(vercel.router.body_limit_mb.as_ref().unwrap().value, 4.5);
    let function = &vercel.function;
    for (found, expect) in [
        (&function.timeout_s, 300),
        (&function.timeout_s_min, 1),
        (&function.timeout_s_max, 60 * 60),
        (&function.package_limit_mb, 5 * 1024),
        (&function.memory_mb, 2 * 1024),
        (&function.memory_mb_max, 4 * 1024),
    ] {
        assert_eq!(found.as_ref().unwrap().value, expect);
    }
    for (plan, longest_s) in [("hobby", 300), ("pro", 1800), ("enterprise", 1800)] {
        let plan = vercel.plan(plan, "function").unwrap();
        assert_eq!(plan.function_timeout_s_max.as_ref().unwrap().value, longest_s);
    }
    let netlify = catalog.platform("netlify").unwrap();
    assert_eq!(netlify.function.memory_mb.as_ref().unwrap().value, 1024);
    for (name, longest_s) in [("function-url", 60), ("schedule", 30), ("direct", 15 * 60)] {
        let row = netlify.trigger(name).unwrap();
        assert_eq!(row.request_timeout_s.as_ref().unwrap().value, longest_s, "{name}");
    }
}
