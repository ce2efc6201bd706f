//! What clues come to: one platform, several, none.

use super::*;

#[track_caller]
fn check(clues: &[(ClueKind, &str)], expect: &[(&str, i32)]) {
    let catalog = Catalog::builtin();
    let clues: Vec<_> = clues.iter().map(|(kind, text)| Clue::new(*kind, *text)).collect();
    let weighed = catalog.weigh(&clues);
    let found: Vec<_> = weighed.iter().map(|it| (it.platform, it.weight)).collect();
    assert_eq!(found, expect);
}

use ClueKind::{
    Action, Address, Command, Copied, File, Installed, Line, Manifest, Package, Twin, Variable,
};

#[test]
fn a_procfile_alone_speaks_for_heroku_more_than_for_dokku() {
    check(&[(File, "Procfile")], &[("heroku", 2), ("dokku", 1)]);
}

#[test]
fn a_procfile_of_developers_speaks_for_nobody() {
    check(&[(File, "Procfile"), (Command, "honcho start -f Procfile")], &[]);
    check(&[(Manifest, "Procfile.dev")], &[]);
}

#[test]
fn a_procfile_of_one_container_is_no_sign_of_heroku() {
    let procfile = (File, "Procfile");
    check(&[procfile, (Copied, "Procfile")], &[("dokku", 1)]);
    for package in ["foreman", "honcho", "goreman", "overmind"] {
        check(&[procfile, (Installed, package)], &[("dokku", 1)]);
    }
    check(&[procfile, (Twin, "Procfile.dev")], &[("dokku", 1)]);
    check(
        &[procfile, (File, "runtime.txt"), (Installed, "foreman")],
        &[("heroku", 2), ("dokku", 1)],
    );
}

#[test]
fn a_procfile_for_elastic_beanstalk_is_no_sign_of_heroku() {
    let procfile = (File, "Procfile");
    let bound = "web: gunicorn --env DJANGO_SETTINGS_MODULE=a.settings_aws a.wsgi -b 0.0.0.0:8000";
    check(&[procfile, (Line, bound)], &[("dokku", 1)]);
    check(&[procfile, (File, ".platform/hooks")], &[("dokku", 1)]);
    for other in ["web: gunicorn a.wsgi -b :8000", "web: gunicorn laws.wsgi -b :80001 --aws"] {
        check(&[procfile, (Line, other)], &[("heroku", 2), ("dokku", 1)]);
    }
}

#[test]
fn what_only_one_platform_has_decides() {
    check(
        &[(File, "Procfile"), (Command, "git push dokku main:master")],
        &[("dokku", 4), ("heroku", 2)],
    );
    check(&[(Variable, "FLY_APP_NAME")], &[("fly", 3)]);
    check(&[(Action, "superfly/flyctl-actions/setup-flyctl")], &[("fly", 3)]);
}

#[test]
fn platforms_of_equal_weight_are_both_kept() {
    let clues = [(Address, "shop.onrender.com"), (Address, ".fly.dev")];
    check(&clues, &[("fly", 3), ("render", 3)]);
}

#[test]
fn the_same_evidence_counts_once() {
    let clues = [(Address, "a.herokuapp.com"), (Address, "b.herokuapp.com")];
    check(&clues, &[("heroku", 3)]);
}

#[test]
fn names_are_compared_as_their_home_does() {
    check(&[(Package, "Django_Heroku")], &[("heroku", 3)]);
    check(&[(Package, "django-heroku-postgres")], &[]);
    check(&[(Address, "Shop.OnRender.com")], &[("render", 3)]);
    check(&[(Address, "notonrender.com")], &[]);
    check(&[(Command, "fly deploy --remote-only")], &[("fly", 3)]);
    check(&[(Command, "fly deployments")], &[]);
    check(&[(Command, "fly")], &[]);
    check(&[(File, "docs/Procfile")], &[]);
}

#[test]
fn who_may_run_a_manifest_is_data() {
    let mut catalog = Catalog::builtin();
    let procfile = ["cloud-run", "digitalocean", "dokku", "heroku", "railway"];
    assert_eq!(catalog.readers("Procfile"), procfile);
    assert!(catalog.readers("Dockerfile").contains(&"fly"));
    assert!(catalog.readers("Procfile.dev").is_empty(), "it is for a developer");
    catalog.assume_nothing();
    assert!(catalog.readers("Procfile").is_empty());
}

#[test]
fn evidence_has_a_weight_from_one_to_three() {
    let row = |weight: &str| {
        let source = "[sources.s]\nurl = \"https://a.b/c\"\nchecked = \"2026-11-23\"\n";
        let text = format!(
            "id = \"x\"\n{source}[[evidence]]\nkind = \"file\"\ntext = \"a\"\n{weight}source = \"s\"\n"
        );
        Catalog::builtin().add(&text).map_err(|it| it.message)
    };
    assert_eq!(row("weight = 3\n"), Ok(()));
    for weight in ["", "weight = 0\n", "weight = 4\n"] {
        assert!(row(weight).unwrap_err().contains("`weight` of 1, 2 or 3"), "{weight}");
    }
}

#[test]
fn every_kind_of_clue_has_its_name_in_files() {
    for (kind, name) in ClueKind::ALL {
        assert_eq!(kind.name(), name);
        let read: ClueKind = toml::Value::String(name.to_owned()).try_into().unwrap();
        assert_eq!(read, kind);
    }
}

#[test]
fn default_worlds_name_plans_that_are_sold() {
    each_platform(|platform| {
        for kind in KINDS {
            let plan = platform.default_world(kind).and_then(|it| it.plan.as_ref());
            if let Some(plan) = plan {
                let row = platform.plan_of_any_kind(&plan.value);
                assert!(row.is_some_and(|it| it.retired.is_none()), "{}", plan.value);
            }
        }
    });
    let catalog = Catalog::builtin();
    let heroku = catalog.platform("heroku").unwrap();
    let world = heroku.default_world("web").unwrap();
    let plan = heroku.plan(&world.plan.as_ref().unwrap().value, "web").unwrap();
    assert_eq!(plan.memory_mb.as_ref().unwrap().value, 512);
    assert_eq!(world.instances.as_ref().unwrap().value, 1);
    assert_eq!(heroku.default_world("release"), None);
}
