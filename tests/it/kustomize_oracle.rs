//! Overlays against kustomize itself: what opslint knows of one is what it knows of the objects that
//! `kubectl kustomize` (kustomize 5.5.0) builds of it. These are recorded beside each case:
//! `kubectl kustomize CASE/overlays/prod > CASE/whole.yaml`.
#![expect(clippy::unwrap_used, reason = "a test may fail")]
#![expect(clippy::disallowed_methods, reason = "a test reads its cases")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use opslint::analysis::{Analysis, Options};
use opslint::project::Process;
use opslint::vocabulary as v;
use opslint::workspace::MemoryFiles;

const OVERLAY: &str = "overlays/prod";

/// A Dockerfile, so that the image is taken to be the project's own.
const DOCKERFILE: &str = "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\n";

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/kustomize");
    let mut cases: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    cases.sort();
    cases
}

/// The files below a folder, by their paths from there.
fn files(folder: &Path, inside: &str, all: &mut MemoryFiles) {
    for entry in fs::read_dir(folder.join(inside)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
        if path.is_dir() {
            files(folder, &name, all);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            *all = std::mem::replace(all, MemoryFiles::new()).with(name, text);
        }
    }
}

/// What is known of each process of a manifest: facts and variables, as texts.
fn known(files: MemoryFiles, manifest: &str) -> BTreeMap<String, Vec<String>> {
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let deployments = answer.projects.into_iter().flat_map(|it| it.deployments);
    let processes = deployments.filter(|it| it.manifest == manifest).flat_map(|it| it.processes);
    processes.map(|it| (it.name.value.clone(), of_process(&it))).collect()
}

fn of_process(process: &Process) -> Vec<String> {
    let ids = [
        v::KIND,
        v::SERVER,
        v::WORKERS,
        v::TIMEOUT_S,
        v::BIND,
        v::PORT,
        v::ROUTER_PORT,
        v::MACHINE_MEMORY_MB,
        v::MACHINE_CPUS,
        v::SCALE_MIN,
        v::SCALE_MAX,
        v::SHUTDOWN_GRACE_S,
        v::HEALTH_CHECK_PATH,
        v::HEALTH_CHECK_INTERVAL_S,
        v::IMAGE_NAME,
        v::IMAGE_VERSION,
    ];
    let fact =
        |id: &v::FactId| process.facts.get(*id).map(|it| format!("{} = {}", id.name(), it.state));
    let mut all: Vec<String> = ids.iter().filter_map(fact).collect();
    let variables = process.environment.iter();
    let mut variables: Vec<String> =
        variables.map(|(name, fact)| format!("${name} = {}", fact.state)).collect();
    variables.sort();
    all.extend(variables);
    all
}

#[test]
fn an_overlay_is_what_kustomize_builds_of_it() {
    let mut processes = 0;
    for case in cases() {
        let mut overlay = MemoryFiles::new().with("Dockerfile", DOCKERFILE);
        files(&case, "base", &mut overlay);
        files(&case, "overlays", &mut overlay);
        let whole = fs::read_to_string(case.join("whole.yaml")).unwrap();
        let whole =
            MemoryFiles::new().with("Dockerfile", DOCKERFILE).with("k8s.yaml", whole.as_str());
        let ours = known(overlay, &format!("{OVERLAY}/kustomization.yaml"));
        // A prefix is part of the names that are built, and nothing else.
        let theirs: BTreeMap<String, Vec<String>> = known(whole, "k8s.yaml")
            .into_iter()
            .map(|(name, all)| (name.trim_start_matches("prod-").to_owned(), all))
            .collect();
        processes += ours.len();
        assert_eq!(ours, theirs, "{}", case.display());
    }
    assert!(processes >= 6, "{processes}");
}
