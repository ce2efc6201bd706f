//! What flyctl takes and what it refuses, function by function.
//!
//! Source: flyctl `internal/appconfig/validation.go` with the tests and `testdata` beside it, read
//! on 2026-11-28. Each function of `Config.Validate` has cases here, and a function that is new
//! there has none: [`FUNCTIONS`] is the list to compare with.

use super::cli::{Folder, check};

/// What `Config.Validate` calls, in its order. `validateMachineConversion` builds the machine of
/// each group, which the checks of `[[vm]]` stand for.
const FUNCTIONS: [&str; 9] = [
    "validateBuildStrategies",
    "validateDeploySection",
    "validateChecksSection",
    "validateServicesSection",
    "validateProcessesSection",
    "validateMachineConversion",
    "validateConsoleCommand",
    "validateMounts",
    "validateRestartPolicy",
];

/// A function, a fly.toml, and whether flyctl refuses it.
const CASES: &[(&str, &str, bool)] = &[
    ("validateBuildStrategies", "[build]\nimage = \"a\"\n", false),
    ("validateDeploySection", "[deploy]\nrelease_command = \"a 'b\"\n", true),
    ("validateDeploySection", "[deploy]\nrelease_command = \"a 'b'\"\n", false),
    ("validateDeploySection", "[deploy]\nrelease_command = \"a \\\"b\"\n", true),
    ("validateDeploySection", "[deploy]\nstrategy = \"fast\"\n", true),
    ("validateDeploySection", "[deploy]\nstrategy = \"rolling\"\n", false),
    ("validateDeploySection", "[deploy]\nstrategy = \"immediate\"\n", false),
    (
        "validateDeploySection",
        "[deploy]\nstrategy = \"canary\"\n[[mounts]]\nsource = \"a\"\ndestination = \"/a\"\n",
        true,
    ),
    (
        "validateDeploySection",
        "[deploy]\nstrategy = \"rolling\"\n[[mounts]]\nsource = \"a\"\ndestination = \"/a\"\n",
        false,
    ),
    (
        "validateChecksSection",
        "[checks.a]\ntype = \"tcp\"\nport = 80\ninterval = \"1s\"\ntimeout = \"1s\"\n",
        true,
    ),
    (
        "validateChecksSection",
        "[checks.a]\ntype = \"tcp\"\nport = 80\ninterval = \"2s\"\ntimeout = \"1s\"\n",
        false,
    ),
    (
        "validateChecksSection",
        "[checks.a]\ntype = \"tcp\"\nport = 80\ninterval = \"90s\"\ntimeout = \"61s\"\n",
        true,
    ),
    (
        "validateServicesSection",
        "[processes]\nweb = \"x\"\n[http_service]\ninternal_port = 80\n",
        true,
    ),
    (
        "validateServicesSection",
        "[processes]\nweb = \"x\"\n[http_service]\ninternal_port = 80\nprocesses = [\"web\"]\n",
        false,
    ),
    (
        "validateServicesSection",
        "[processes]\nweb = \"x\"\n[http_service]\ninternal_port = 80\nprocesses = [\"job\"]\n",
        true,
    ),
    ("validateServicesSection", "[[processes]]\n[http_service]\ninternal_port = 80\n", false),
    ("validateProcessesSection", "[processes]\nweb = \"x 'y\"\n", true),
    ("validateProcessesSection", "[processes]\nweb = \"x 'y'\"\n", false),
    ("validateProcessesSection", "[processes]\nweb = \"\"\n", false),
    ("validateProcessesSection", "[processes]\nweb = \"x \\\\\"\n", true),
    ("validateMachineConversion", "[[vm]]\nsize = \"shared-cpu-9x\"\n", true),
    ("validateMachineConversion", "[[vm]]\nsize = \"shared-cpu-2x\"\nmemory = \"1gb\"\n", false),
    ("validateConsoleCommand", "console_command = \"a 'b\"\n", true),
    ("validateConsoleCommand", "console_command = \"a 'b'\"\n", false),
    ("validateConsoleCommand", "console_command = \"a # 'b\"\n", false),
    (
        "validateMounts",
        "[[mounts]]\nsource = \"a\"\ndestination = \"/a\"\n\
         [[mounts]]\nsource = \"b\"\ndestination = \"/b\"\n",
        true,
    ),
    (
        "validateMounts",
        "[processes]\na = \"x\"\nb = \"y\"\n\
         [[mounts]]\nsource = \"a\"\ndestination = \"/a\"\nprocesses = [\"a\"]\n\
         [[mounts]]\nsource = \"b\"\ndestination = \"/b\"\nprocesses = [\"b\"]\n",
        false,
    ),
    (
        "validateMounts",
        "[[mounts]]\nsource = \"a\"\ndestination = \"/a\"\ninitial_size = \"15Mb\"\n",
        true,
    ),
    (
        "validateMounts",
        "[[mounts]]\nsource = \"a\"\ndestination = \"/a\"\ninitial_size = \"1GB\"\n",
        false,
    ),
    (
        "validateMounts",
        "[[mounts]]\nsource = \"a\"\ndestination = \"/a\"\ninitial_size = \"big\"\n",
        true,
    ),
    (
        "validateMounts",
        "[[mounts]]\nsource = \"a\"\ndestination = \"/a\"\nsnapshot_retention = 61\n",
        true,
    ),
    (
        "validateMounts",
        "[[mounts]]\nsource = \"a\"\ndestination = \"/a\"\nsnapshot_retention = 60\n",
        false,
    ),
    (
        "validateMounts",
        "[[mounts]]\nsource = \"a\"\ndestination = \"/a\"\nauto_extend_size_threshold = 80\n\
         auto_extend_size_increment = \"1GB\"\nauto_extend_size_limit = \"5GB\"\n",
        false,
    ),
    (
        "validateMounts",
        "[[mounts]]\nsource = \"a\"\ndestination = \"/a\"\nauto_extend_size_threshold = 49\n\
         auto_extend_size_increment = \"1GB\"\nauto_extend_size_limit = \"5GB\"\n",
        true,
    ),
    (
        "validateMounts",
        "[[mounts]]\nsource = \"a\"\ndestination = \"/a\"\nauto_extend_size_threshold = 80\n\
         auto_extend_size_increment = \"101GB\"\nauto_extend_size_limit = \"500GB\"\n",
        true,
    ),
    (
        "validateMounts",
        "[[mounts]]\nsource = \"a\"\ndestination = \"/a\"\nauto_extend_size_threshold = 80\n\
         auto_extend_size_increment = \"100GB\"\nauto_extend_size_limit = \"501GB\"\n",
        true,
    ),
    (
        "validateMounts",
        "[[mounts]]\nsource = \"a\"\ndestination = \"/a\"\nauto_extend_size_threshold = 80\n",
        true,
    ),
    ("validateRestartPolicy", "[[restart]]\npolicy = \"on-fail\"\n", true),
    ("validateRestartPolicy", "[[restart]]\npolicy = \"on-failure\"\n", false),
    ("validateRestartPolicy", "[[restart]]\npolicy = \"sometimes\"\n", true),
    ("validateRestartPolicy", "[[restart]]\npolicy = \"always\"\nprocesses = [\"gone\"]\n", true),
];

#[test]
fn what_flyctl_takes_is_taken_and_what_it_refuses_is_an_error() {
    let mut wrong = Vec::new();
    for (idx, (function, text, refused)) in CASES.iter().enumerate() {
        assert!(FUNCTIONS.contains(function), "`{function}` is no function of flyctl");
        let file = format!("app = \"shop\"\n{text}");
        let folder = Folder::new(&format!("flyctl-{idx}")).with("fly.toml", &file);
        let out = check(&folder, &["--format", "concise", "--fail-on", "never"], 0);
        let errors: Vec<_> = out.lines().filter(|it| it.contains(": error[")).collect();
        if errors.is_empty() == *refused {
            wrong.push(format!("{function}, refused: {refused}\n{file}{}", errors.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn each_function_of_flyctl_has_cases() {
    for function in FUNCTIONS {
        assert!(CASES.iter().any(|it| it.0 == function), "`{function}` has no case");
    }
}
