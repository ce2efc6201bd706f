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
    ]);
}

#[test]
fn tasks_of_fargate_and_machines_elsewhere() {
    let east = Some("us-east-1");
    check(&[
        ("apppack", VcpuHour, None, east, Some("x86_64"), 0.04048, None),
        ("apppack", GbHour, None, east, Some("x86_64"), 0.004445, None),
        ("apppack", VcpuHour, None, east, Some("arm64"), 0.03238, None),
        ("railway", VcpuMonth, None, None, None, 20.0, None),
        ("railway", GbMonth, None, None, None, 10.0, None),
        ("railway", DiskGbMonth, None, None, None, 0.15, None),
        ("railway", EgressGb, None, None, None, 0.05, None),
        ("fly", RootfsGbMonth, None, None, None, 0.15, None),
        ("fly", DiskGbMonth, None, None, None, 0.15, None),
        ("fly", DatabaseGbMonth, None, None, None, 0.28, None),
        ("fly", EgressGb, None, None, None, 0.02, None),
    ]);
}

#[test]
fn a_month_of_a_small_task_costs_what_the_table_says() {
    let catalog = Catalog::builtin();
    let apppack = catalog.platform("apppack").unwrap();
    let month = |unit: UsageUnit| {
        let row = apppack.usage_price(unit, None, Some("us-east-1"), Some("x86_64")).unwrap();
        row.price_usd.as_ref().unwrap().value * unit.in_a_month().unwrap()
    };
    // 0.5 CPUs with 1 GB for 720 hours: 360 × 0.04048 + 720 × 0.004445.
    let usd = 0.5 * month(VcpuHour) + month(GbHour);
    assert!((usd - 17.7732).abs() < 1e-9, "{usd}");
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
