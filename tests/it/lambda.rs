//! What the files of Serverless Framework, SAM, Zappa and Chalice come to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use opslint::analysis::{Analysis, Options};
use opslint::discover::{Found, Tree};
use opslint::workspace::{Files, Reach, Unreadable};

use crate::hosting::{check, check_unknown};

#[test]
fn a_function_of_serverless_wins_over_its_provider_and_both_over_defaults() {
    check(
        "serverless-forms",
        &[
            "serverless.yml - platform aws-lambda",
            "serverless.yml - region eu-central-1",
            "serverless.yml web kind function",
            "serverless.yml web app shop.wsgi.application",
            "serverless.yml web function.memory_mb 512",
            "serverless.yml web machine.memory_mb 512",
            "serverless.yml web machine.cpus 0.29",
            "serverless.yml web function.timeout_s 29",
            "serverless.yml web function.timeout_max_s 1800",
            "serverless.yml web function.runtime python3.13",
            "serverless.yml web function.runtime_status supported",
            "serverless.yml web function.architecture arm64",
            "serverless.yml web runtime.python 3.13",
            "serverless.yml web function.concurrency 50",
            "serverless.yml web scale.min 2",
            "serverless.yml web concurrency 1",
            "serverless.yml web function.payload_limit_mb 6",
            "serverless.yml web function.package_limit_mb 250",
            "serverless.yml web router.body_limit_mb 10",
            "serverless.yml web command absent",
            "serverless.yml web server none",
            "serverless.yml reports function.timeout_s 300",
            "serverless.yml reports function.temporary_storage_mb 2048",
            "serverless.yml balanced function.memory_mb 1024",
            "serverless.yml balanced function.timeout_s 20",
            "serverless.yml balanced function.runtime absent",
            "serverless.yml page function.timeout_s 10",
            "serverless.yml kept function.memory_mb 16384",
            "serverless.yml kept function.memory_max_mb 32768",
            "serverless.yml kept machine.cpus absent",
            "serverless.yml kept concurrency absent",
            "serverless.yml authorize runtime.python absent",
        ],
    );
}

#[test]
fn what_a_client_waits_for_comes_first_among_triggers() {
    check(
        "serverless-forms",
        &[
            "serverless.yml web function.trigger rest-api",
            "serverless.yml web router.request_timeout_s 28",
            "serverless.yml reports function.trigger queue",
            "serverless.yml reports function.triggers [queue, schedule]",
            "serverless.yml reports router.request_timeout_s absent",
            "serverless.yml reports router.body_limit_mb absent",
            "serverless.yml stream function.trigger rest-api",
            "serverless.yml stream router.request_timeout_s unknown",
            "serverless.yml later function.trigger event",
            "serverless.yml page function.trigger function-url",
            "serverless.yml balanced function.triggers [alb, event]",
            "serverless.yml balanced router.idle_timeout_s 60",
            "serverless.yml balanced function.payload_limit_mb 1",
            "serverless.yml chat function.triggers [websocket, stream]",
            "serverless.yml authorize function.trigger unknown",
        ],
    );
}

#[test]
fn an_unknown_of_serverless_names_what_is_missing() {
    check_unknown(
        "serverless-forms",
        &[
            "serverless.yml reports function.memory_mb `--memory` is chosen",
            "serverless.yml reports machine.cpus `--memory` is chosen",
            "serverless.yml stream function.timeout_s `file(./custom.yml)` is in another file",
            "serverless.yml hidden function.runtime `file(./hidden.yml)` is in another file",
            "serverless.yml odd function.trigger `teleporter` is an event",
            "serverless.yml authorize function.trigger the file does not say",
            "serverless.yml stream router.request_timeout_s a response that is streamed",
        ],
    );
    check_unknown(
        "serverless-wrong",
        &[
            "serverless.yml words function.timeout_s `timeout` is not a whole number",
            "serverless.yml words function.memory_mb `memorySize` is not a whole number",
            "serverless.yml loop function.timeout_s `${self:functions.loop.timeout}` leads",
        ],
    );
}

#[test]
fn older_and_other_forms_of_serverless_are_read_alike() {
    check(
        "serverless-other",
        &[
            "legacy/serverless.yml first function.timeout_s 6",
            "legacy/serverless.yml first function.trigger http-api",
            "legacy/serverless.yml first router.request_timeout_s 30",
            "json/serverless.json api function.memory_mb 256",
            "json/serverless.json api router.request_timeout_s 60",
        ],
    );
}

#[test]
fn other_providers_and_descriptions_of_examples_are_left_alone() {
    crate::hosting::check_absent(
        "serverless-other",
        &["google/serverless.yml", "template/serverless.template.yml"],
    );
}

#[test]
fn a_function_of_sam_wins_over_globals_and_both_over_the_defaults_of_lambda() {
    check(
        "sam-forms",
        &[
            "template.yaml - platform aws-lambda",
            "template.yaml Api function.triggers [rest-api, http-api]",
            "template.yaml Api router.request_timeout_s 29",
            "template.yaml Api function.architecture arm64",
            "template.yaml Api function.runtime python3.13",
            "template.yaml Worker function.memory_mb 768",
            "template.yaml Worker function.timeout_s 600",
            "template.yaml Worker function.trigger queue",
            "template.yaml Worker function.concurrency 5",
            "template.yaml Worker function.temporary_storage_mb 1024",
            "template.yaml Worker scale.min 1",
            "template.yaml Page function.memory_mb 128",
            "template.yaml Page function.timeout_s 3",
            "template.yaml Page function.trigger function-url",
            "template.yaml Page function.runtime absent",
            "template.yaml Plain machine.cpus 1",
            "template.yaml Plain function.timeout_s 3",
            "template.yaml Plain function.architecture absent",
        ],
    );
}

#[test]
fn an_unknown_of_sam_names_what_is_missing() {
    check_unknown(
        "sam-forms",
        &[
            "template.yaml Api function.memory_mb the parameter `Memory` may differ",
            "template.yaml Api function.timeout_s `!If [IsProduction, …]` is only known",
            "template.yaml Described router.request_timeout_s `DefinitionBody` of the API",
        ],
    );
}

#[test]
fn a_template_of_sam_may_be_json() {
    check(
        "sam-other",
        &[
            "json/template.json Api function.timeout_s 3",
            "json/template.json Api router.request_timeout_s 20",
        ],
    );
    let unknown = "json/template.json Api function.memory_mb `Fn::FindInMap` is only known";
    check_unknown("sam-other", &[unknown]);
}

#[test]
fn templates_without_functions_of_sam_are_left_alone() {
    crate::hosting::check_absent(
        "sam-other",
        &["network/template.yaml", "jinja/template.yaml", "helm/template.yml"],
    );
}

#[test]
fn a_stage_of_zappa_extends_another() {
    check(
        "zappa-forms",
        &[
            "zappa_settings.json staging function.memory_mb 1024",
            "zappa_settings.json staging function.timeout_s 30",
            "zappa_settings.json staging framework django",
            "zappa_settings.json staging function.triggers [function-url, direct]",
            "zappa_settings.json production function.memory_mb 2048",
            "zappa_settings.json production function.timeout_s 300",
            "zappa_settings.json production function.runtime python3.13",
            "zappa_settings.json production function.triggers [http-api, schedule, direct]",
            "zappa_settings.json production function.concurrency 20",
            "zappa_settings.json production function.temporary_storage_mb 1024",
            "zappa_settings.json production app shop.wsgi.application",
            "zappa_settings.json - region eu-central-1",
            "toml/zappa_settings.toml dev function.trigger alb",
            "toml/zappa_settings.toml dev function.memory_mb 512",
            "yaml/zappa_settings.yaml dev function.trigger rest-api",
            "yaml/zappa_settings.yaml dev router.request_timeout_s 29",
        ],
    );
}

#[test]
fn a_function_of_chalice_wins_over_its_stage_and_that_over_the_top() {
    check(
        "chalice-forms",
        &[
            ".chalice/config.json dev-api_handler function.memory_mb 256",
            ".chalice/config.json dev-api_handler function.timeout_s 20",
            ".chalice/config.json dev-api_handler function.trigger rest-api",
            ".chalice/config.json prod-api_handler function.timeout_s 60",
            ".chalice/config.json prod-api_handler function.concurrency 100",
            ".chalice/config.json prod-nightly function.timeout_s 900",
            ".chalice/config.json prod-nightly function.memory_mb 2048",
            ".chalice/config.json prod-nightly function.trigger schedule",
            ".chalice/config.json dev-orders function.trigger queue",
            ".chalice/config.json dev-orders function.timeout_s 20",
            "bare/.chalice/config.json dev-api_handler function.memory_mb 128",
        ],
    );
    crate::hosting::check_absent("chalice-forms", &["assets/config.json"]);
    check_unknown(
        "chalice-forms",
        &["bare/.chalice/config.json dev-api_handler function.trigger app.py does not say"],
    );
}

#[test]
fn variables_of_a_function_win_over_shared_ones_and_keep_their_places() {
    crate::hosting::check_variables(
        "serverless-forms/serverless.yml",
        "web",
        &[
            ("LOG_LEVEL", "debug", "debug"),
            ("NAME", "shop-orders", "${self:service}-orders"),
            ("STAGE", "unknown", "${self:custom.stage}"),
        ],
    );
    crate::hosting::check_variables(
        "sam-forms/template.yaml",
        "Api",
        &[("LOG_LEVEL", "debug", "debug"), ("TABLE", "unknown", "Orders.Arn")],
    );
    crate::hosting::check_variables(
        "chalice-forms/.chalice/config.json",
        "prod-nightly",
        &[("LOG_LEVEL", "error", "\"error\""), ("REGION", "eu", "\"eu\"")],
    );
}

/// One file, in another encoding.
struct Foreign(&'static str);

impl Files for Foreign {
    fn read(&self, path: &str, _: &Reach) -> Result<Arc<str>, Unreadable> {
        Err(if path == self.0 { Unreadable::NotText("UTF-16") } else { Unreadable::Missing })
    }

    fn list(&self, _: &str, _: &Reach) -> Vec<String> {
        Vec::new()
    }

    fn reach(&self, _: &str) -> Reach {
        Reach::Anywhere
    }
}

impl Tree for Foreign {
    fn find(&self, _: &[PathBuf]) -> anyhow::Result<Found> {
        Ok(Found { paths: self.around(""), ..Found::default() })
    }

    fn around(&self, _: &str) -> Vec<String> {
        vec![self.0.to_owned()]
    }

    fn shown_path(&self, path: &Path) -> String {
        path.to_string_lossy().into_owned()
    }

    fn expect_file(&self, _: &Path) -> anyhow::Result<()> {
        Ok(())
    }

    fn rule_files(&self, _: &str, _: &Reach) -> anyhow::Result<Vec<String>> {
        Ok(Vec::new())
    }

    fn above(&self) -> Vec<String> {
        Vec::new()
    }
}

#[track_caller]
fn check_foreign(path: &'static str, problems: usize) {
    let found = Analysis::open(Foreign(path), Options::plain())
        .expect("the files are there")
        .facts()
        .problems;
    assert_eq!(found.len(), problems, "{path}: {found:?}");
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem_only_where_its_name_is_ours() {
    check_foreign("template.yaml", 0);
    check_foreign(".chalice/config.json", 0);
    check_foreign("serverless.yml", 1);
}
