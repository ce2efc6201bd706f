//! Platform files of a user, whole and broken.

use super::*;

/// A source under the key `s`, for small files.
const SOURCE: &str = "[sources.s]\nurl = \"https://a.b/c\"\nchecked = \"2026-11-23\"\n";

#[track_caller]
fn check_error(text: &str, message: &str, place: &str) {
    let error = Catalog::builtin().add(text).unwrap_err();
    assert!(error.message.contains(message), "{error}");
    // The library for TOML says the same, and of the same place.
    assert_eq!(load::by_toml(text).unwrap_err(), error);
    let found = &text[error.range.clone()];
    assert!(found.contains(place), "{error} at {found:?}");
}

#[test]
fn a_user_adds_a_platform() {
    let mut catalog = Catalog::builtin();
    let text = format!(
        "id = \"caprover\"\n{SOURCE}\
         [[plans]]\nname = \"box\"\ncpus = 2\nmemory_mb = 4096\nsource = \"s\"\n"
    );
    catalog.add(&text).unwrap();
    let caprover = catalog.platform("caprover").unwrap();
    assert_eq!(caprover.name(), "caprover");
    assert_eq!(caprover.plan("box", "web").unwrap().memory_mb.as_ref().unwrap().value, 4096);
    assert_eq!(catalog.ids().last(), Some("caprover"));
}

#[test]
fn a_user_corrects_a_platform() {
    let mut catalog = Catalog::builtin();
    assert!(catalog.platform("heroku").is_some());
    let text = format!(
        "id = \"heroku\"\n{SOURCE}[router.request_timeout_s]\nvalue = 25\nsource = \"s\"\n\
         [[plans]]\nname = \"Standard-1X\"\nmemory_mb = 600\nsource = \"s\"\n\
         [[default_machines]]\nplan = \"standard-1x\"\nsource = \"s\"\n"
    );
    catalog.add(&text).unwrap();
    let heroku = catalog.platform("heroku").unwrap();
    assert_eq!(heroku.name(), "Heroku");
    assert_eq!(heroku.router.request_timeout_s.as_ref().unwrap().value, 25);
    assert_eq!(heroku.router.idle_timeout_s.as_ref().unwrap().value, 55);
    let plan = heroku.plan("standard-1x", "web").unwrap();
    assert_eq!(plan.memory_mb.as_ref().unwrap().value, 600);
    let builtin = Catalog::builtin();
    let known = builtin.platform("heroku").unwrap().plan("standard-1x", "web").unwrap();
    assert_eq!(plan.visible_cpus, known.visible_cpus, "what is not corrected stays");
    assert!(plan.visible_cpus.is_some());
    assert!(heroku.plan("standard-2x", "web").is_some());
    let default = heroku.default_machine("web").unwrap().plan.as_ref().unwrap();
    assert_eq!(default.value, "standard-1x");
}

#[test]
fn a_broken_file_names_the_place() {
    let file = |rest: &str| format!("id = \"x\"\n{SOURCE}{rest}");
    let plan = |rest: &str| file(&format!("[[plans]]\nname = \"a\"\nsource = \"s\"\n{rest}"));
    check_error("id = \"x\"\ncolour = 1\n", "unknown field `colour`", "colour");
    check_error("id = \"X\"\n", "not an id", "\"X\"");
    check_error(&plan("memory = 1\n"), "unknown field `memory`", "memory");
    check_error(&plan("memory_mb = -1\n"), "invalid value", "-1");
    check_error(&plan("kinds = [\"wep\"]\n"), "`wep` is not a kind", "wep");
    check_error(&plan("doubtful = [\"cpus\"]\n"), "no value `cpus`", "\"cpus\"");
    check_error(&plan("retired = \"today\"\n"), "`today` is not a date", "today");
    check_error(&plan("aliases = [\"A\"]\n"), "two plans `a`", "\"a\"");
    check_error(&file("[column_sources.plans]\nram = \"s\"\n"), "`ram` is not a column", "ram");
    check_error(
        &file("[boot.timeout_s]\nvalue = 1\nsource = \"t\"\n"),
        "no `[sources.t]`",
        "\"t\"",
    );
    check_error(&file("[boot.timeout_s]\nvalue = 1\n"), "missing field `source`", "timeout_s");
    let default = "[[default_machines]]\ncpus = 1\nsource = \"s\"\n";
    check_error(&file(default), "a default needs one of", "\"s\"");
    let databases = "[[databases]]\nkind = \"redis\"\nplans = [\"a\", \"A\"]\nsource = \"s\"\n";
    check_error(&file(databases), "two databases `A`", "\"A\"");
    let balancing = "[traits.router_balancing]\nvalue = \"fair\"\nsource = \"s\"\n";
    check_error(&file(balancing), "unknown variant `fair`", "fair");
    let unknown = "[traits.fast]\nvalue = true\nsource = \"s\"\n";
    check_error(&file(unknown), "unknown field `fast`", "fast");
    check_error(&plan("cpus = \"two\"\n"), "invalid type: string \"two\"", "two");
    check_error("id = \n", "", "");
}

#[test]
fn a_date_needs_quotes_a_table_its_keys_and_a_number_an_end() {
    let check = |rest: &str, message: &str, place: &str| {
        let text = format!("id = \"x\"\n{rest}");
        let error = Catalog::builtin().add(&text).unwrap_err();
        assert_eq!((error.message.as_str(), &text[error.range]), (message, place));
    };
    check("url = 2026-11-23\n", "`2026-11-23`: write dates in quotes", "2026-11-23");
    let large = "9223372036854775808";
    check(&format!("url = {large}\n"), &format!("`{large}` is too large a number"), large);
    check("boot = [1]\n", "invalid type: sequence, expected struct RawBoot", "[1]");
}

#[test]
fn a_user_says_what_a_platform_does() {
    let mut catalog = Catalog::builtin();
    let text = format!(
        "id = \"fly\"\n{SOURCE}[traits.ephemeral_disk]\nvalue = false\nsource = \"s\"\n\
         [traits.router_balancing]\nvalue = \"random\"\nsource = \"s\"\n"
    );
    catalog.add(&text).unwrap();
    let facts = catalog.platform("fly").unwrap().trait_facts();
    let value = |id| {
        let (_, fact) = facts.iter().find(|(it, _)| *it == id).unwrap();
        fact.state.to_string()
    };
    assert_eq!(value(crate::vocabulary::PLATFORM_EPHEMERAL_DISK), "false");
    assert_eq!(value(crate::vocabulary::PLATFORM_ROUTER_BALANCING), "random");
    assert_eq!(value(crate::vocabulary::PLATFORM_TERMINATES_TLS), "true", "what is not said stays");
}
