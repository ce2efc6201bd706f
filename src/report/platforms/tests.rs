//! What is printed of platforms.

use expect_test::expect;

use super::*;

fn page(id: &str) -> String {
    let catalog = Catalog::builtin();
    let mut out = Vec::new();
    write_platform(&mut out, catalog.platform(id).unwrap(), 100, Ink::Plain).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_page_has_sizes_limits_and_sources() {
    expect![[r#"
        AppPack  https://apppack.io

        sizes
          CPUs  MB                        source
          0.25  512, 1024, 2048           docs.aws.amazon.com, 2026-11-23
           0.5  1024, 2048, 3072, 4096    docs.aws.amazon.com, 2026-11-23
             1  2048 to 8192              docs.aws.amazon.com, 2026-11-23
             2  4096 to 16384             docs.aws.amazon.com, 2026-11-23
             4  8192 to 30720             docs.aws.amazon.com, 2026-11-23
             8  16384 to 61440            docs.aws.amazon.com, 2026-11-23
            16  32768 to 122880           docs.aws.amazon.com, 2026-11-23
           0.5  1024 when no size is set  github.com, 2026-08-07

        prices of what is used
          unit       how        processor       USD  regions                                             source
          vcpu-hour  instances  x86_64      0.04048  us-east-1                                           www.vantage.sh, 2026-04-01
          gb-hour    instances  x86_64     0.004445  us-east-1                                           www.vantage.sh, 2026-04-01
          vcpu-hour  instances  arm64       0.03238  us-east-1                                           www.vantage.sh, 2026-04-01
          gb-hour    instances  arm64       0.00356  us-east-1                                           www.vantage.sh, 2026-04-01
          vcpu-hour  instances  x86_64      0.04048  eu-west-1, us-east-2, us-west-2                     github.com, 2026-09-29
          gb-hour    instances  x86_64     0.004445  eu-west-1, us-east-2, us-west-2                     github.com, 2026-09-29
          vcpu-hour  instances  x86_64      0.04256  ap-south-1                                          github.com, 2026-09-29
          gb-hour    instances  x86_64     0.004655  ap-south-1                                          github.com, 2026-09-29
          vcpu-hour  instances  x86_64       0.0445  eu-north-1                                          github.com, 2026-09-29
          gb-hour    instances  x86_64       0.0049  eu-north-1                                          github.com, 2026-09-29
          vcpu-hour  instances  x86_64      0.04456  ca-central-1                                        github.com, 2026-09-29
          gb-hour    instances  x86_64     0.004865  ca-central-1                                        github.com, 2026-09-29
          vcpu-hour  instances  x86_64      0.04656  ap-northeast-2, eu-central-1, eu-west-2, us-west-1  github.com, 2026-09-29
          gb-hour    instances  x86_64      0.00511  ap-northeast-2, eu-central-1, eu-west-2, us-west-1  github.com, 2026-09-29
          vcpu-hour  instances  x86_64      0.04856  ap-southeast-2                                      github.com, 2026-09-29
          gb-hour    instances  x86_64      0.00532  ap-southeast-2                                      github.com, 2026-09-29
          vcpu-hour  instances  x86_64       0.0486  eu-south-1, eu-west-3                               github.com, 2026-09-29
          gb-hour    instances  x86_64       0.0053  eu-south-1, eu-west-3                               github.com, 2026-09-29
          vcpu-hour  instances  x86_64      0.05056  ap-northeast-1, ap-southeast-1                      github.com, 2026-09-29
          gb-hour    instances  x86_64      0.00553  ap-northeast-1, ap-southeast-1                      github.com, 2026-09-29
          vcpu-hour  instances  x86_64       0.0526  me-south-1                                          github.com, 2026-09-29
          gb-hour    instances  x86_64       0.0058  me-south-1                                          github.com, 2026-09-29
          vcpu-hour  instances  x86_64       0.0546  af-south-1                                          github.com, 2026-09-29
          gb-hour    instances  x86_64        0.006  af-south-1                                          github.com, 2026-09-29
          vcpu-hour  instances  x86_64       0.0556  ap-east-1                                           github.com, 2026-09-29
          gb-hour    instances  x86_64       0.0061  ap-east-1                                           github.com, 2026-09-29
          vcpu-hour  instances  x86_64       0.0696  sa-east-1                                           github.com, 2026-09-29
          gb-hour    instances  x86_64       0.0076  sa-east-1                                           github.com, 2026-09-29

        taken where nothing says more
          instances  source
                  1  github.com, 2026-08-07

        what speaks for it
          weight                          source
               3  file      apppack.toml  github.com, 2025-12-02
               3  command   apppack       github.com, 2025-12-02
               1  manifest  Dockerfile    github.com, 2025-12-02

        variables that are set
          variable  value        where  source
          PORT      at run time  web    github.com, 2026-07-23

        traits
          routes from outside       yes          docs.aws.amazon.com, 2026-11-23
          terminates tls            yes          github.com, 2025-12-02
          sets forwarded proto      yes          docs.aws.amazon.com, 2026-11-28
          sets forwarded allow ips  no           github.com, 2026-07-23
          router balancing          round-robin  github.com, 2026-11-28
            The default of a target group.
          checks http               yes          github.com, 2026-08-07
          check host header         address      docs.aws.amazon.com, 2026-11-28
          checks after deploy       yes          docs.aws.amazon.com, 2026-11-28
          restarts failing          yes          docs.aws.amazon.com, 2026-11-23
            ECS replaces a task that its load balancer calls unhealthy.
          ephemeral disk            yes          github.com, 2025-12-02
          injects port              yes          github.com, 2026-07-23
          scales to zero            no           github.com, 2026-08-07
          cpu only during requests  no           docs.aws.amazon.com, 2026-11-23
          single host               no           docs.aws.amazon.com, 2026-11-23
          release phase             yes          github.com, 2025-12-02
          builds image              yes          github.com, 2025-12-02
            With `system = "dockerfile"` in apppack.toml.
          deploys overlap           yes          docs.aws.amazon.com, 2026-11-28
          remote shell              yes          github.com, 2025-12-02
            `apppack shell`

        advice
          variable  with `apppack config set`             github.com, 2025-12-02
          secret    with `apppack config set`             github.com, 2025-12-02
          release   in `release_command` of apppack.toml  github.com, 2025-12-02

        router
          idle timeout       60 s  github.com, 2026-11-28
            The load balancer can be set to 1 to 4000 seconds; AppPack leaves the default.
          keepalive timeout  60 s  docs.aws.amazon.com, 2026-11-23
            The idle timeout closes connections to the app as well.

        shutdown
          signal     SIGTERM  docs.aws.amazon.com, 2026-11-23
          grace      30 s     github.com, 2026-11-28
            `stopTimeout` of ECS.
          grace max  120 s    github.com, 2026-11-28
            On Fargate.
          drain      15 s     github.com, 2026-07-23
            Deregistration delay of the load balancer.

        scale
          instances default  1       github.com, 2026-08-07
          cpu target         50 % ?  github.com, 2025-12-02
            Average CPU that autoscaling aims at. The CLI only sets the bounds.

        autoscaling
          metrics  cpu     github.com, 2025-12-02
          target   50 % ?  github.com, 2025-12-02

        health check
          kind      http  github.com, 2026-08-07
          path      /     github.com, 2026-08-07
          interval  30 s  github.com, 2026-08-07
    "#]]
    .assert_eq(&page("apppack"));
}

#[test]
fn every_plan_and_database_of_a_platform_is_on_its_page() {
    let catalog = Catalog::builtin();
    for id in catalog.ids() {
        let platform = catalog.platform(id).unwrap();
        let page = page(id);
        for plan in platform.sold_plans() {
            assert!(page.contains(&format!("  {} ", plan.name)), "{id}: {}", plan.name);
        }
        for name in platform.databases().iter().flat_map(|it| &it.plans) {
            assert!(page.contains(name.as_str()), "{id}: {name}");
        }
    }
}

#[test]
fn a_unit_stands_before_a_bound() {
    assert_eq!(unit("grace_s_max"), Some(("grace_max".to_owned(), " s")));
    assert_eq!(words("cpu_target_percent"), "cpu target");
    assert_eq!(words("signals"), "signals");
}
