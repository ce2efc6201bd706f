//! What flyctl takes and what it refuses, function by function, against `tests/oracle/flyctl.txt`.
//!
//! What is refused must be an error here, and what is taken none. flyctl cannot be run without an
//! account, so the table says for each row where its verdict was read.

use super::cli::{Folder, check};

/// What decides on a file: what `configPatches` of `patches.go` lists, the decoding behind them, and
/// what `Config.Validate` of `validation.go` calls, each in its order. A function that is new there
/// has no row here: this is the list to compare with. `validateMachineConversion` builds the machine
/// of each group and overlooks the error, which then stops the deployment.
const FUNCTIONS: [&str; 20] = [
    "patchEnv",
    "patchServices",
    "patchProcesses",
    "patchExperimental",
    "patchTopLevelChecks",
    "patchCompute",
    "patchMounts",
    "patchMetrics",
    "patchTopFields",
    "patchBuild",
    "mapToConfig",
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

const SOURCES: [&str; 6] = [
    "validation.go",
    "patches.go",
    "config.go",
    "machines.go",
    "testdata",
    "fly.io/docs/reference/configuration",
];

struct Row {
    function: &'static str,
    source: &'static str,
    is_refused: bool,
    text: &'static str,
}

fn rows() -> Vec<Row> {
    let table = include_str!("../oracle/flyctl.txt");
    let row = |block: &'static str| {
        let (head, text) = block.split_once('\n').expect("a row has a file");
        let words: Vec<_> = head.split(' ').collect();
        let [function, source, verdict] = words[..] else { panic!("`{head}` has three words") };
        assert!(matches!(verdict, "taken" | "refused"), "{head}");
        Row { function, source, is_refused: verdict == "refused", text }
    };
    table.split("\n=== ").skip(1).map(row).collect()
}

#[test]
fn what_flyctl_takes_is_taken_and_what_it_refuses_is_an_error() {
    let mut wrong = Vec::new();
    for (idx, row) in rows().iter().enumerate() {
        let file = format!("app = \"shop\"\n{}", row.text);
        let folder = Folder::new(&format!("flyctl-{idx}")).with("fly.toml", &file);
        let out = check(&folder, &["--format", "concise", "--fail-on", "never"], 0);
        let errors: Vec<_> = out.lines().filter(|it| it.contains(": error[")).collect();
        if errors.is_empty() == row.is_refused {
            let Row { function, is_refused, .. } = row;
            wrong.push(format!("{function}, refused: {is_refused}\n{file}{}", errors.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn each_function_of_flyctl_has_rows() {
    let rows = rows();
    assert!(rows.len() >= 275, "only {} rows", rows.len());
    for row in &rows {
        assert!(FUNCTIONS.contains(&row.function), "`{}` is no function of flyctl", row.function);
        assert!(SOURCES.contains(&row.source), "`{}` is no source", row.source);
    }
    for function in FUNCTIONS {
        let own = rows.iter().filter(|it| it.function == function);
        assert!(own.count() >= 2, "`{function}` has no rows");
    }
}
