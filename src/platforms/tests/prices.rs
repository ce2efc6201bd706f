//! Prices of what is used, typed from the published tables and not from `platforms/*.toml`.

use super::*;

/// Platform, unit, way of billing, region, processor, price in dollars, free units of a month.
type Price = (
    &'static str,
    UsageUnit,
    Option<&'static str>,
    Option<&'static str>,
    Option<&'static str>,
    f64,
    Option<f64>,
);

#[track_caller]
fn check(prices: &[Price]) {
    let catalog = Catalog::builtin();
    for (platform, unit, mode, region, processor, price, free) in prices {
        let platform = catalog.platform(platform).unwrap();
        let row = platform.usage_price(*unit, *mode, *region, *processor).unwrap();
        assert_eq!(row.price_usd.as_ref().unwrap().value, *price, "{unit:?} {region:?}");
        assert_eq!(row.free_month.as_ref().map(|it| it.value), *free, "{unit:?} {region:?}");
    }
}

use UsageUnit::{
    DatabaseGbMonth, DiskGbMonth, EgressGb, GbHour, GbMonth, GbSecond, MillionRequests,
    RootfsGbMonth, VcpuHour, VcpuMonth, VcpuSecond,
};

#[test]
fn functions_of_aws() {
    let (x86, arm) = (Some("x86_64"), Some("arm64"));
    let free = Some(400_000.0);
    let frankfurt = Some("eu-central-1");
    check(&[
        ("aws-lambda", GbSecond, None, None, x86, 1.66667e-5, free),
        ("aws-lambda", GbSecond, None, frankfurt, x86, 1.66667e-5, free),
        ("aws-lambda", GbSecond, None, None, arm, 1.33334e-5, free),
        ("aws-lambda", GbSecond, None, Some("af-south-1"), x86, 2.21e-5, free),
        ("aws-lambda", GbSecond, None, Some("eu-central-2"), arm, 1.46667e-5, free),
        ("aws-lambda", MillionRequests, None, frankfurt, None, 0.2, Some(1.0)),
        ("aws-lambda", MillionRequests, None, Some("ap-east-1"), None, 0.28, Some(1.0)),
        ("aws-lambda", GbSecond, Some("provisioned"), Some("us-east-1"), None, 4.1667e-6, None),
        ("aws-lambda", GbSecond, Some("provisioned"), frankfurt, None, 5.0147e-6, None),
    ]);
    let catalog = Catalog::builtin();
    let lambda = catalog.platform("aws-lambda").unwrap();
    let unknown = lambda.usage_price(GbSecond, Some("provisioned"), None, None);
    assert_eq!(unknown, None, "without a region, nobody knows");
}

#[test]
fn services_of_google() {
    let requests = Some("requests");
    check(&[
        ("cloud-run", VcpuSecond, requests, None, None, 2.4e-5, Some(180_000.0)),
        ("cloud-run", GbSecond, requests, None, None, 2.5e-6, Some(360_000.0)),
        ("cloud-run", MillionRequests, requests, None, None, 0.4, Some(2.0)),
        ("cloud-run", VcpuSecond, Some("instances"), None, None, 1.8e-5, Some(240_000.0)),
        // Tier 1, and tier 2.
        ("cloud-run", VcpuSecond, requests, Some("europe-west1"), None, 2.4e-5, Some(180_000.0)),
        ("cloud-run", VcpuSecond, requests, Some("europe-west3"), None, 3.36e-5, Some(180_000.0)),
        ("cloud-run", GbSecond, requests, Some("us-west2"), None, 3.5e-6, Some(360_000.0)),
        ("app-engine", VcpuHour, Some("instances"), None, None, 0.0526, None),
        ("app-engine", GbHour, Some("instances"), None, None, 0.0071, None),
    ]);
}

#[test]
fn tasks_of_fargate_and_machines_elsewhere() {
    let (east, instances) = (Some("us-east-1"), Some("instances"));
    check(&[
        ("apppack", VcpuHour, instances, east, Some("x86_64"), 0.04048, None),
        ("apppack", GbHour, instances, east, Some("x86_64"), 0.004445, None),
        ("apppack", VcpuHour, instances, east, Some("arm64"), 0.03238, None),
        ("apppack", VcpuHour, instances, Some("us-west-1"), Some("x86_64"), 0.04656, None),
        ("apppack", GbHour, instances, Some("eu-west-2"), Some("x86_64"), 0.00511, None),
        ("apppack", VcpuHour, instances, Some("sa-east-1"), Some("x86_64"), 0.0696, None),
        ("apppack", GbHour, instances, Some("ap-southeast-2"), Some("x86_64"), 0.00532, None),
        ("railway", VcpuMonth, None, None, None, 20.0, None),
        ("railway", GbMonth, None, None, None, 10.0, None),
        ("railway", DiskGbMonth, None, None, None, 0.15, None),
        ("railway", EgressGb, None, None, None, 0.05, None),
        ("fly", RootfsGbMonth, None, None, None, 0.15, None),
        ("fly", DiskGbMonth, None, None, None, 0.15, None),
        ("fly", DatabaseGbMonth, None, None, None, 0.28, None),
        ("fly", EgressGb, None, None, None, 0.02, None),
        ("render", DiskGbMonth, None, None, None, 0.25, None),
        ("render", DatabaseGbMonth, None, None, None, 0.3, None),
        ("render", EgressGb, None, None, None, 0.15, None),
        ("vercel", VcpuHour, None, Some("iad1"), None, 0.128, Some(4.0)),
        ("vercel", GbHour, None, Some("hnd1"), None, 0.0167, Some(360.0)),
        ("vercel", MillionRequests, None, None, None, 0.6, Some(1.0)),
    ]);
}

#[test]
fn no_price_stands_for_a_region_that_nobody_named() {
    let catalog = Catalog::builtin();
    let all = [("apppack", Some("instances"), "eu-central-2"), ("vercel", None, "gru1")];
    for (platform, mode, region) in all {
        let platform = catalog.platform(platform).unwrap();
        let price = platform.usage_price(VcpuHour, mode, Some(region), Some("x86_64"));
        assert_eq!(price, None, "{region}");
    }
}

/// Databases: the kind, the plan, GB that come with it, dollars a month.
#[test]
fn databases_with_a_price() {
    let (postgres, redis) = (DatabaseKind::Postgres, DatabaseKind::Redis);
    let all = [
        ("heroku", postgres, "essential-0", Some(1), Some(5.0)),
        ("heroku", postgres, "essential-1", Some(10), Some(9.0)),
        ("heroku", postgres, "essential-2", Some(32), Some(20.0)),
        ("heroku", postgres, "standard-0", Some(64), Some(50.0)),
        ("heroku", postgres, "premium-0", Some(64), Some(200.0)),
        ("heroku", postgres, "private-0", Some(64), None),
        ("heroku", postgres, "standard-2", Some(256), Some(200.0)),
        ("heroku", postgres, "premium-2", Some(256), Some(350.0)),
        ("heroku", postgres, "standard-3", Some(512), Some(400.0)),
        ("heroku", postgres, "premium-3", Some(512), Some(750.0)),
        ("heroku", postgres, "standard-4", Some(768), Some(750.0)),
        ("heroku", postgres, "premium-5", Some(1024), Some(2_500.0)),
        ("heroku", postgres, "standard-6", Some(1536), Some(2_000.0)),
        ("heroku", postgres, "premium-7", Some(2048), Some(6_000.0)),
        ("heroku", postgres, "standard-8", Some(3072), Some(4_500.0)),
        ("heroku", postgres, "premium-9", Some(4096), Some(11_000.0)),
        ("heroku", redis, "mini", None, Some(3.0)),
        ("heroku", redis, "premium-0", None, Some(15.0)),
        ("heroku", redis, "premium-2", None, Some(60.0)),
        ("heroku", redis, "premium-5", None, Some(200.0)),
        ("heroku", redis, "premium-9", None, Some(1_450.0)),
        ("heroku", redis, "private-9", None, None),
        ("render", postgres, "basic-256mb", None, Some(6.0)),
        ("render", postgres, "accelerated-16gb", None, Some(160.0)),
        ("render", postgres, "accelerated-64gb", None, Some(750.0)),
        ("render", postgres, "96c-768g", None, Some(9_000.0)),
        ("render", redis, "standard", None, Some(32.0)),
        ("render", redis, "pro plus", None, Some(250.0)),
        ("render", redis, "20g", None, Some(550.0)),
        ("digitalocean", postgres, "dev", Some(1), Some(7.0)),
    ];
    let catalog = Catalog::builtin();
    for (platform, kind, plan, storage_gb, price) in all {
        let row = catalog.platform(platform).unwrap().database(kind, plan).unwrap();
        let found = (row.storage_gb.as_ref().map(|it| it.value), row.price_usd_month.as_ref());
        assert_eq!((found.0, found.1.map(|it| it.value)), (storage_gb, price), "{platform} {plan}");
    }
}

#[test]
fn a_month_of_what_is_reserved_costs_what_the_table_says() {
    let catalog = Catalog::builtin();
    let usd = |platform: &str, cpus, memory_mb, region| {
        let platform = catalog.platform(platform).unwrap();
        platform.reserved_price_usd_month(cpus, memory_mb, region).map(|it| it.value)
    };
    // 720 hours of 0.5 CPUs with 1 GB: 360 × 0.04048 + 720 × 0.004445.
    assert_eq!(usd("apppack", 0.5, 1024.0, Some("us-east-1")), Some(17.77));
    // 1440 × 0.04656 + 2880 × 0.00511.
    assert_eq!(usd("apppack", 2.0, 4096.0, Some("eu-west-2")), Some(81.76));
    assert_eq!(usd("apppack", 0.5, 1024.0, None), None, "the region decides");
    // 720 × 0.0526 + 720 × 0.0071.
    assert_eq!(usd("app-engine", 1.0, 1024.0, None), Some(42.98));
    // The 2.592 million seconds of a month: × (0.000018 + 0.5 × 0.000002).
    assert_eq!(usd("cloud-run", 1.0, 512.0, None), Some(49.25));
    assert_eq!(usd("railway", 1.0, 512.0, None), None, "what is used is billed there");
}

#[test]
fn every_unit_has_its_name_in_files() {
    each_platform(|platform| {
        for row in platform.usage() {
            let name = toml::Value::String(row.unit.name().to_owned());
            assert_eq!(name.try_into(), Ok::<UsageUnit, _>(row.unit));
        }
    });
}

#[test]
fn a_price_is_never_below_nothing() {
    let source = "[sources.s]\nurl = \"https://a.b/c\"\nchecked = \"2026-11-23\"\n";
    for (price, is_good) in [("price_usd = 0.1\n", true), ("price_usd = -1\n", false), ("", false)]
    {
        let usage = format!("[[usage]]\nunit = \"gb-hour\"\n{price}source = \"s\"\n");
        let added = Catalog::builtin().add(&format!("id = \"x\"\n{source}{usage}"));
        assert_eq!(added.is_ok(), is_good, "{price}");
    }
}
