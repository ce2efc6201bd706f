//! How a file of each format is told from other programs' files of the same name: by its tree.

use crate::document::{Entry, Node, NodeKind};
use crate::source::Span;

/// Whether a tree is a heroku.yml.
pub(crate) fn heroku_yml(root: &Node) -> bool {
    ["setup", "build", "release", "run"].iter().any(|key| root.get(key).is_some())
}

/// Keys that no other reader of the file has. AppPack reads `buildpacks` too, but an app of AppPack
/// is known by its apppack.toml.
const APP_JSON_KEYS: &[&str] = &["addons", "buildpacks", "stack", "success_url"];

/// Keys that Heroku does not have: the file is Expo's or Dokku's.
const KEYS_OF_OTHER_APP_JSONS: &[&str] = &["expo", "healthchecks", "cron"];

/// Whether a tree is an app.json of Heroku's.
pub(super) fn app_json(root: &Node) -> bool {
    !is_other_app_json(root) && heroku_evidence(root).is_some()
}

/// Whether an app.json is that of another program.
pub(crate) fn is_other_app_json(root: &Node) -> bool {
    KEYS_OF_OTHER_APP_JSONS.iter().any(|key| root.get(key).is_some())
}

/// The place in an app.json that only Heroku reads. Dokku has a formation without sizes.
pub(crate) fn heroku_evidence(root: &Node) -> Option<Span> {
    let is_heroku = |key: &str| match key {
        "stack" | "success_url" => root.get(key).is_some_and(|it| it.as_str().is_some()),
        _ => root.get(key).is_some_and(|it| !it.elements().is_empty()),
    };
    let key = APP_JSON_KEYS.iter().copied().find(|it| is_heroku(it));
    if let Some(entry) = key.and_then(|it| root.entry(it)) {
        return Some(entry.key.span);
    }
    let formation = root.entry("formation")?;
    let has_size = formation.value.entries().iter().any(|it| it.value.get("size").is_some());
    has_size.then_some(formation.key.span)
}

/// Top-level keys of fly.toml: a file of that name without any of them is something else.
const FLY_KEYS: &[&str] = &[
    "app",
    "primary_region",
    "build",
    "deploy",
    "env",
    "processes",
    "http_service",
    "services",
    "checks",
    "mounts",
    "vm",
    "kill_signal",
    "kill_timeout",
    "experimental",
    "statics",
    "files",
    "metrics",
    "restart",
    "swap_size_mb",
    "mount",
    "compute",
];

/// Whether the tree has any key of a fly.toml.
pub(super) fn fly(root: &Node) -> bool {
    root.entries().iter().any(|it| FLY_KEYS.contains(&it.key.value.as_str()))
}

/// Root keys of a Blueprint.
const RENDER_KEYS: &[&str] =
    &["services", "databases", "envVarGroups", "projects", "ungrouped", "previews"];

/// Whether the tree is a Blueprint. GitHub workflows have file names like `render-deploy.yml` too.
pub(super) fn render(root: &Node) -> bool {
    let is_workflow = root.get("jobs").is_some() && root.get("services").is_none();
    !is_workflow && root.entries().iter().any(|it| RENDER_KEYS.contains(&it.key.value.as_str()))
}

/// Whether the tree is a service that is deployed to AWS.
pub(super) fn serverless(root: &Node) -> bool {
    let Some(provider) = root.get("provider") else { return false };
    let name = provider.as_str().or_else(|| provider.get("name")?.as_str());
    name.is_some_and(|it| it.eq_ignore_ascii_case("aws"))
}

/// Whether the tree is a template of SAM. Other templates of CloudFormation are left alone.
pub(super) fn sam(root: &Node) -> bool {
    let is_sam = |it: &Node| it.as_str().is_some_and(|it| it.starts_with("AWS::Serverless"));
    let transform = root.get("Transform");
    let by_transform = transform.is_some_and(|it| is_sam(it) || it.elements().iter().any(is_sam));
    let functions = ["AWS::Serverless::Function", "AWS::Lambda::Function"];
    let is_function = |it: &Node| it.as_str().is_some_and(|it| functions.contains(&it));
    let resources = root.get("Resources").map(Node::entries).unwrap_or_default();
    resources.iter().any(|it| it.value.get("Type").is_some_and(is_function))
        || (by_transform && !resources.is_empty())
}

/// Keys that only a stage of Zappa has.
const ZAPPA_KEYS: &[&str] = &[
    "app_function",
    "django_settings",
    "s3_bucket",
    "project_name",
    "lambda_handler",
    "slim_handler",
    "zappa_settings",
    "extends",
    "aws_region",
    "keep_warm",
];

/// Whether the tree has a stage of Zappa.
pub(super) fn zappa(root: &Node) -> bool {
    let is_stage = |it: &Entry| ZAPPA_KEYS.iter().any(|key| it.value.get(key).is_some());
    root.entries().iter().any(is_stage)
}

/// Keys that a config.json of Chalice has.
const CHALICE_KEYS: &[&str] =
    &["app_name", "stages", "lambda_timeout", "lambda_memory_size", "lambda_functions"];

/// Whether the tree is a configuration of Chalice. The folder says so already.
pub(super) fn chalice(root: &Node) -> bool {
    CHALICE_KEYS.iter().any(|it| root.get(it).is_some())
}

/// Whether the tree is a compose file. A file of that name that says so in no other way is none: what
/// compose refuses of the services is said of it, whether or not one of them can be read.
pub(super) fn compose(root: &Node) -> bool {
    ["services", "include"]
        .iter()
        .any(|it| root.get(it).is_some_and(|it| it.kind != NodeKind::Null))
}

/// Whether the tree is an app spec, or a deploy template with one.
pub(super) fn digitalocean(root: &Node) -> bool {
    let spec = root.get("spec").unwrap_or(root);
    let lists = ["services", "workers", "jobs", "static_sites", "functions", "databases"];
    spec.get("name").is_some()
        && lists.iter().any(|it| spec.get(it).is_some_and(|it| !it.elements().is_empty()))
}

/// Whether the tree is a configuration of Railway.
pub(super) fn railway(root: &Node) -> bool {
    ["build", "deploy", "environments"].iter().any(|it| root.get(it).is_some())
}

/// Whether the tree is a unit of a service.
pub(super) fn systemd(root: &Node) -> bool {
    root.at(&["Service", "ExecStart"]).is_some()
}

/// Whether the tree is a Knative service.
pub(super) fn cloud_run(root: &Node) -> bool {
    let text = |key: &str| root.get(key).and_then(Node::as_str);
    text("apiVersion") == Some("serving.knative.dev/v1") && text("kind") == Some("Service")
}

/// Whether the tree is a service of App Engine: other platforms have an app.yaml, too.
pub(super) fn app_engine(root: &Node) -> bool {
    let is_text = |key: &str| root.get(key).is_some_and(|it| it.as_str().is_some());
    let is_other =
        ["apiVersion", "kind", "services", "jobs"].iter().any(|it| root.get(it).is_some());
    is_text("runtime") && !is_other && !is_text("command")
}

/// Whether the file says anything. Most have no function with a table of its own, and only their
/// keys are looked at.
pub(super) fn netlify(root: &Node) -> bool {
    !root.entries().is_empty()
}

/// Tables under `[functions]`. Patterns are about functions that have other names.
pub(crate) fn netlify_functions(root: &Node) -> impl Iterator<Item = &Entry> {
    let entries = root.get("functions").map(Node::entries).unwrap_or_default();
    entries.iter().filter(|it| {
        matches!(it.value.kind, NodeKind::Map(_)) && !it.key.value.contains(['*', '/'])
    })
}

/// Values of `framework` whose application becomes one Python function.
const VERCEL_FRAMEWORKS: [&str; 5] = ["django", "flask", "fastapi", "fasthtml", "python"];

/// Whether the file says anything. Most only route a static site, and only their keys are looked at.
pub(super) fn vercel(root: &Node) -> bool {
    !root.entries().is_empty()
}

/// `src` of the builds that a Python builder makes.
pub(crate) fn vercel_python_builds(root: &Node) -> impl Iterator<Item = &Node> {
    let builds = root.get("builds").map(Node::elements).unwrap_or_default();
    let is_python =
        |it: &&Node| it.get("use").and_then(Node::as_str).is_some_and(|it| it.contains("python"));
    builds
        .iter()
        .filter(is_python)
        .filter_map(|it| it.get("src"))
        .filter(|it| it.as_str().is_some())
}

/// `framework`, when its application becomes one Python function.
pub(crate) fn vercel_framework(root: &Node) -> Option<&Node> {
    root.get("framework").filter(|it| it.as_str().is_some_and(|it| VERCEL_FRAMEWORKS.contains(&it)))
}

/// Where the pod of each kind of workload stands, and whether it names its pods by a selector.
const WORKLOADS: &[(&str, &[&str], bool)] = &[
    ("Deployment", &["spec", "template"], true),
    ("StatefulSet", &["spec", "template"], true),
    ("DaemonSet", &["spec", "template"], true),
    ("Job", &["spec", "template"], false),
    ("CronJob", &["spec", "jobTemplate", "spec", "template"], false),
    ("Pod", &[], false),
];

/// Whether a kind of object is a workload.
pub(super) fn is_workload(kind: &str) -> bool {
    WORKLOADS.iter().any(|(it, ..)| *it == kind)
}

/// The objects of a stream of documents; a `List` is the objects in it.
pub(crate) fn kubernetes_objects(root: &Node) -> impl Iterator<Item = &Node> {
    root.elements().iter().flat_map(|it| {
        let is_list = it.get("kind").and_then(Node::as_str) == Some("List");
        let items = it.get("items").filter(|_| is_list);
        items.map_or(std::slice::from_ref(it), Node::elements)
    })
}

/// The template of the pods of a workload. Patches of kustomize lack a selector or an image, and
/// templates of Helm have texts that are filled in.
pub(crate) fn kubernetes_pod(object: &Node) -> Option<&Node> {
    let kind = object.get("kind")?.as_str()?;
    let (_, path, selects) = WORKLOADS.iter().find(|(it, ..)| *it == kind)?;
    let version = object.get("apiVersion")?.as_str()?;
    let is_ours = version.starts_with("apps/") || version.starts_with("batch/") || version == "v1";
    let has_selector = object.at(&["spec", "selector"]).is_some();
    let pod = object.at(path)?;
    let containers = pod.at(&["spec", "containers"])?.elements();
    let has_images =
        containers.iter().all(|it| it.get("image").is_some_and(|it| it.as_str().is_some()));
    let is_whole = is_ours && (has_selector || !selects) && !containers.is_empty() && has_images;
    (is_whole && !has_templates(object)).then_some(pod)
}

fn has_templates(node: &Node) -> bool {
    match &node.kind {
        NodeKind::String(text) => text.value.contains("{{"),
        NodeKind::List(nodes) => nodes.iter().any(has_templates),
        NodeKind::Map(entries) => entries.iter().any(|it| has_templates(&it.value)),
        _ => false,
    }
}

/// Whether a stream of documents has a workload of Kubernetes.
pub(super) fn kubernetes(root: &Node) -> bool {
    kubernetes_objects(root).any(|it| kubernetes_pod(it).is_some())
}

/// Whether the tree is a kustomization that makes something of what it names: it changes the objects,
/// or gives them the labels by which they find their pods.
pub(super) fn kustomize(root: &Node) -> bool {
    let has = |key: &&str| root.get(key).is_some_and(|it| !it.elements().is_empty());
    let kind = root.get("kind").and_then(Node::as_str);
    kind.is_none_or(|it| it == "Kustomization")
        && ["resources", "bases"].iter().any(has)
        && (kustomize_changes(root) || kustomize_selected(root).next().is_some())
}

/// Whether a kustomization changes the objects that it names.
pub(crate) fn kustomize_changes(root: &Node) -> bool {
    const CHANGES: &[&str] = &[
        "configMapGenerator",
        "images",
        "patches",
        "patchesJson6902",
        "patchesStrategicMerge",
        "replicas",
    ];
    CHANGES.iter().any(|it| root.get(it).is_some_and(|it| !it.elements().is_empty()))
}

/// The labels that a kustomization gives selectors, and the pods that they select.
pub(crate) fn kustomize_selected(root: &Node) -> impl Iterator<Item = &Node> {
    let includes = |it: &&Node| it.get("includeSelectors").and_then(Node::as_bool) == Some(true);
    let lists = root.get("labels").map(Node::elements).unwrap_or_default();
    let pairs = lists.iter().filter(includes).filter_map(|it| it.get("pairs"));
    pairs.chain(root.get("commonLabels")).filter(|it| !it.entries().is_empty())
}

/// Whether the tree is a configuration of Kamal, or what a destination changes of it.
pub(super) fn kamal(root: &Node) -> bool {
    let has = |it: &&str| root.get(it).is_some();
    let own = ["servers", "proxy", "builder", "accessories", "primary_role", "traefik"];
    ["service", "image"].iter().all(has) && own.iter().any(has) || {
        let is_map = |it: &&str| root.get(it).is_some_and(|it| !it.entries().is_empty());
        !has(&"service") && ["servers", "proxy"].iter().any(is_map)
    }
}

/// Whether the tree has a program of Supervisor.
pub(super) fn supervisord(root: &Node) -> bool {
    root.entries().iter().any(|it| it.key.value.starts_with("program:"))
}

/// The task of a file: it is one, or it is what `aws ecs describe-task-definition` prints of it.
pub(crate) fn ecs_task(root: &Node) -> Option<&Node> {
    let printed = root.get("taskDefinition");
    let task = printed.filter(|it| it.get("containerDefinitions").is_some()).unwrap_or(root);
    let containers = task.get("containerDefinitions")?.elements();
    containers.iter().any(|it| it.get("image").is_some()).then_some(task)
}

/// Whether the tree is a task definition of Amazon ECS.
pub(super) fn ecs(root: &Node) -> bool {
    ecs_task(root).is_some()
}

/// Whether the tree is a configuration of App Runner.
pub(super) fn app_runner(root: &Node) -> bool {
    ["build", "run", "runtime"].iter().any(|it| root.get(it).is_some())
}

/// Whether the tree is a workload of AWS Copilot.
pub(super) fn copilot(root: &Node) -> bool {
    ["name", "type"].iter().all(|it| root.get(it).is_some())
        || root.get("type").is_some() && root.get("image").is_some()
}

/// Keys that an app of Cloud Foundry may have. Other manifests list applications, too.
pub(super) const CLOUD_FOUNDRY_KEYS: &[&str] = &[
    "memory",
    "instances",
    "buildpack",
    "buildpacks",
    "command",
    "disk_quota",
    "routes",
    "random-route",
    "no-route",
    "health-check-type",
    "processes",
    "services",
    "docker",
];

/// Whether the tree is a manifest of Cloud Foundry.
pub(super) fn cloud_foundry(root: &Node) -> bool {
    let apps = root.get("applications").map(Node::elements).unwrap_or_default();
    let is_app = |it: &Node| {
        it.get("name").is_some() && CLOUD_FOUNDRY_KEYS.iter().any(|key| it.get(key).is_some())
    };
    apps.iter().any(is_app)
}

/// What a workflow says to deploy a service of Cloud Run.
const DEPLOYS_TO_CLOUD_RUN: &[&str] =
    &["gcloud run deploy", "gcloud beta run deploy", "google-github-actions/deploy-cloudrun"];

/// Whether a workflow deploys a service of Cloud Run: in a command, with an action, or with the
/// words of a step of Cloud Build.
pub(super) fn workflow(root: &Node) -> bool {
    let is_deploy = |it: &[Node]| {
        let words = it.iter().filter_map(Node::as_str);
        let words: Vec<&str> = words.skip_while(|it| matches!(*it, "gcloud" | "beta")).collect();
        matches!(words.as_slice(), ["run", "deploy", ..])
    };
    match &root.kind {
        NodeKind::String(text) => DEPLOYS_TO_CLOUD_RUN.iter().any(|it| text.value.contains(it)),
        NodeKind::List(nodes) => is_deploy(nodes) || nodes.iter().any(workflow),
        NodeKind::Map(entries) => entries.iter().any(|it| workflow(&it.value)),
        _ => false,
    }
}

/// Whether it is worth to look into a file at all: of workflows there are many, and few deploy.
pub(crate) fn may_be(manifest: super::Manifest, text: &str) -> bool {
    let is_workflow = manifest == super::Manifest::Workflow;
    !is_workflow || text.contains("deploy-cloudrun") || text.contains("gcloud")
}
