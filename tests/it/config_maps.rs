//! Files that a container finds in a ConfigMap: what they say is known, where the manifest says it.

use std::sync::Arc;

use opslint::analysis::{Analysis, Judgement, Options, Scope};
use opslint::fact::{Fact, State};
use opslint::platforms::Date;
use opslint::policy::Policy;
use opslint::project::Process;
use opslint::vocabulary as v;
use opslint::workspace::MemoryFiles;

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata:\n  \
                      block.py: |\n    bind = \"0.0.0.0:9000\"\n    workers = 3\n  \
                      quoted.py: \"workers = 4\\ntimeout = 50\\n\"\n  \
                      uwsgi.ini: |-\n    [uwsgi]\n    processes = 5\n  \
                      celery.py: |\n    worker_concurrency = 6\n  \
                      puma.rb: |\n    workers 7\n  \
                      www.conf: |\n    [www]\n    pm = static\n    pm.max_children = 8\n  \
                      number: 4\n";

/// A Deployment with one container, and its volumes.
fn deployment(container: &str, volumes: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  \
         selector: {{matchLabels: {{app: web}}}}\n  template:\n    \
         metadata: {{labels: {{app: web}}}}\n    spec:\n      containers:\n        \
         - {{name: web, {container}}}\n      volumes: {volumes}\n"
    )
}

fn processes(files: &[(&str, &str)], manifest: &str) -> Vec<(Process, String)> {
    let files = files.iter().fold(MemoryFiles::new(), |all, (path, text)| all.with(*path, *text));
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let place = |fact: &Fact| {
        let span = fact.origin.span.map(|it| (answer.sources.file(it.file).path(), it));
        span.map(|(path, it)| format!(" at `{}` of {path}", answer.sources.text(it)))
    };
    let deployments = answer.projects.iter().flat_map(|it| &it.deployments);
    let processes = deployments.filter(|it| it.manifest == manifest).flat_map(|it| &it.processes);
    let shown = |it: &Process| {
        let fact = it.facts.get(v::WORKERS).or_else(|| it.facts.get(v::CONCURRENCY));
        let Some(fact) = fact else { return "no workers".to_owned() };
        match &fact.state {
            State::Known(value) => format!("{value}{}", place(fact).unwrap_or_default()),
            State::Unknown(unknown) => unknown.reason.clone(),
            other => other.to_string(),
        }
    };
    processes.map(|it| (it.clone(), shown(it))).collect()
}

#[track_caller]
fn check(container: &str, volumes: &str, more: &[(&str, &str)], expect: &str) {
    let web = deployment(container, volumes);
    let mut files = vec![("k8s/web.yaml", web.as_str()), ("k8s/config.yaml", CONFIG)];
    files.extend(more);
    let all = processes(&files, "k8s/web.yaml");
    let [(_, said)] = all.as_slice() else { panic!("one process: {all:?}") };
    assert_eq!(said, expect, "{container} {volumes}");
}

const VOLUME: &str = "[{name: c, configMap: {name: shop}}]";

#[test]
fn each_image_finds_the_texts_of_its_config_maps() {
    const AT: &str = "volumeMounts: [{name: c, mountPath: /etc/shop}]";
    let dockerfile = [("Dockerfile", "FROM python:3.13\nWORKDIR /app\nCOPY . .\n")];
    let command = "command: [gunicorn, -c, /etc/shop/block.py, \"a:b\"]";
    let expect = "3 at `3` of k8s/config.yaml";
    check(&format!("image: web:1, {command}, {AT}"), VOLUME, &dockerfile, expect);
    check(&format!("image: acme/other:1, {command}, {AT}"), VOLUME, &[], expect);
    check(&format!("image: \"python:3.13\", {command}, {AT}"), VOLUME, &[], expect);
    for (command, expect) in [
        ("[gunicorn, -c, /etc/shop/quoted.py, \"a:b\"]", "4 at `4` of k8s/config.yaml"),
        ("[uwsgi, --ini, /etc/shop/uwsgi.ini]", "5 at `5` of k8s/config.yaml"),
        ("[puma, -C, /etc/shop/puma.rb]", "7 at `workers 7` of k8s/config.yaml"),
    ] {
        check(&format!("image: acme/other:1, command: {command}, {AT}"), VOLUME, &[], expect);
    }
}

#[test]
fn programs_find_them_at_the_places_that_they_look_at_by_themselves() {
    let mount = |path: &str, key: &str| {
        format!("volumeMounts: [{{name: c, mountPath: {path}, subPath: {key}}}]")
    };
    let php = mount("/usr/local/etc/php-fpm.d/www.conf", "www.conf");
    let expect = "8 at `8` of k8s/config.yaml";
    check(&format!("image: \"php:8.4-fpm\", {php}"), VOLUME, &[], expect);
    let shop = [
        ("Dockerfile", "FROM python:3.13\nWORKDIR /app\nCOPY . .\nRUN pip install celery\n"),
        ("shop.py", "from celery import Celery\napp = Celery()\napp.config_from_object('conf')\n"),
    ];
    let celery = mount("/app/conf.py", "celery.py");
    let command = "command: [celery, -A, shop, worker]";
    let expect = "6 at `6` of k8s/config.yaml";
    check(&format!("image: web:1, {command}, {celery}"), VOLUME, &shop, expect);
    let uwsgi = mount("/etc/app.ini", "uwsgi.ini");
    let command = "command: [/usr/local/bin/uwsgi, /etc/app.ini]";
    let expect = "5 at `5` of k8s/config.yaml";
    check(&format!("image: acme/other:1, {command}, {uwsgi}"), VOLUME, &[], expect);
    // Beside the command, in the folder of the image.
    let image = [("Dockerfile", "FROM ruby:3.4\nWORKDIR /app\nCOPY . .\nCMD [\"puma\"]\n")];
    let puma = mount("/app/config/puma.rb", "puma.rb");
    let expect = "7 at `workers 7` of k8s/config.yaml";
    check(&format!("image: web:1, {puma}"), VOLUME, &image, expect);
    let image = [("Dockerfile", "FROM python:3.13\nWORKDIR /app\nCOPY . .\n")];
    let gunicorn = mount("/app/gunicorn.conf.py", "block.py");
    let command = "command: [gunicorn, \"a:b\"]";
    let expect = "3 at `3` of k8s/config.yaml";
    check(&format!("image: web:1, {command}, {gunicorn}"), VOLUME, &image, expect);
}

#[test]
fn a_proxy_says_what_it_does_where_the_config_map_says_it() {
    let front = |pass: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: front}}\ndata:\n  shop.conf: |\n    \
             server {{ listen 8080; location / {{ {pass} proxy_read_timeout 7s; }} }}\n---\n\
             apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n  \
             {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8000}}]}}\n---\n{}",
            deployment(
                "image: \"nginx:1.29\", volumeMounts: [{name: c, mountPath: /etc/nginx/conf.d}]",
                "[{name: c, configMap: {name: front}}]"
            )
            .replace("web", "front")
        )
    };
    let web = deployment("image: acme/web:1, command: [gunicorn, \"a:b\"]", "[]");
    let check = |pass: &str, expect: Option<&str>| {
        let front = front(pass);
        let files = [("k8s/web.yaml", web.as_str()), ("k8s/front.yaml", front.as_str())];
        let all = processes(&files, "k8s/web.yaml");
        let fact = all.first().and_then(|it| it.0.facts.get(v::PROXY_READ_TIMEOUT_S)).expect(pass);
        assert_eq!(fact.number().map(|it| it.to_string()).as_deref(), expect, "{pass}");
    };
    for pass in ["http://web;", "http://web.default.svc;", "http://WEB.x.svc.cluster.local:80/;"] {
        check(&format!("proxy_pass {pass}"), Some("7"));
    }
    for pass in ["http://other;", "http://web.example.com;", "http://127.0.0.1:8000;"] {
        check(&format!("proxy_pass {pass}"), None);
    }
    // Nothing is known of where requests go.
    check("set $back web; proxy_pass http://$back$uri;", None);
}

#[test]
fn items_and_sub_paths_say_where_a_text_is() {
    let check = |mount: &str, path: &str, volume: &str, expect: &str| {
        let container = format!(
            "image: acme/other:1, command: [gunicorn, -c, {path}, \"a:b\"], \
             volumeMounts: [{{name: c, {mount}}}]"
        );
        check(&container, volume, &[], expect);
    };
    let known = "3 at `3` of k8s/config.yaml";
    let items = "[{name: c, configMap: {name: shop, items: [{key: block.py, path: a/b.py}]}}]";
    check("mountPath: /c/", "/c/a/b.py", items, known);
    check("mountPath: /c/b.py, subPath: a/b.py", "/c/b.py", items, known);
    check("mountPath: /c, subPath: a", "/c/b.py", items, known);
    check("mountPath: /c.py, subPath: block.py", "/c.py", VOLUME, known);
    let projected = "[{name: c, projected: {sources: [{configMap: {name: shop}}]}}]";
    check("mountPath: /c", "/c/block.py", projected, known);
    // What is not there, or not of this ConfigMap, is not known.
    let unknown = |path: &str| format!("what is mounted at `{path}` is not known");
    for (mount, path, volume) in [
        ("mountPath: /c", "/c/block.py", items),
        ("mountPath: /c", "/c/other.py", VOLUME),
        ("mountPath: /c.py, subPath: block", "/c.py", VOLUME),
        ("mountPath: /c.py, subPathExpr: block.py", "/c.py", VOLUME),
        ("mountPath: /c", "/c/number", VOLUME),
        ("mountPath: /c", "/c/block.py", "[{name: c, configMap: {name: other}}]"),
        ("mountPath: /c", "/c/block.py", "[{name: c, secret: {secretName: shop}}]"),
    ] {
        check(mount, path, volume, &unknown(path));
    }
    // No path leads out of the folder.
    let items = "[{name: c, configMap: {name: shop, items: [{key: block.py, path: ../b.py}]}}]";
    check("mountPath: /c/d", "/c/b.py", items, "`/c/b.py` is outside this project");
}

#[test]
fn which_of_two_config_maps_of_one_name_counts_is_not_known() {
    let container = "image: acme/other:1, command: [gunicorn, -c, /c/block.py, \"a:b\"], \
                     volumeMounts: [{name: c, mountPath: /c}]";
    let other = CONFIG.replace("workers = 3", "workers = 9");
    let unknown = "what is mounted at `/c/block.py` is not known";
    check(container, VOLUME, &[("k8s/other.yaml", &other)], unknown);
    // One of another namespace is another one.
    let web = deployment(container, VOLUME)
        .replace("{name: web}\nspec", "{name: web, namespace: a}\nspec");
    let own = CONFIG.replace("{name: shop}", "{name: shop, namespace: a}");
    let other = other.replace("{name: shop}", "{name: shop, namespace: b}");
    let files =
        [("k8s/web.yaml", web.as_str()), ("k8s/own.yaml", &own), ("k8s/other.yaml", &other)];
    let all = processes(&files, "k8s/web.yaml");
    assert_eq!(all[0].1, "3 at `3` of k8s/own.yaml");
}

#[test]
fn a_generator_makes_one_of_files() {
    let container = "image: acme/other:1, command: [gunicorn, -c, /c/a.py, \"a:b\"], \
                     volumeMounts: [{name: c, mountPath: /c}]";
    let web = deployment(container, VOLUME);
    let overlay = |files: &str| {
        format!(
            "resources: [web.yaml]\nconfigMapGenerator:\n  - name: shop\n    files: [{files}]\n"
        )
    };
    let check = |named: &str, expect: &str| {
        let overlay = overlay(named);
        let files = [
            ("deploy/web.yaml", web.as_str()),
            ("deploy/kustomization.yaml", &overlay),
            ("deploy/a.py", "workers = 3\n"),
            ("deploy/conf/b.py", "workers = 4\n"),
        ];
        let all = processes(&files, "deploy/kustomization.yaml");
        let said: Vec<&str> = all.iter().map(|it| it.1.as_str()).collect();
        assert_eq!(said.join(", "), expect, "{named}");
    };
    check("a.py", "3 at `3` of deploy/a.py");
    check("a.py=conf/b.py", "4 at `4` of deploy/conf/b.py");
    check("conf/b.py", "what is mounted at `/c/a.py` is not known");
    // Without one of its files, nothing is known of the overlay.
    check("none.py", "");
}

#[test]
fn a_fix_keeps_the_language_of_the_text() {
    let web = deployment(
        "image: acme/other:1, ports: [{containerPort: 80}], command: [gunicorn, -c, /c/a.py, \"a:b\"], \
         volumeMounts: [{name: c, mountPath: /c}]",
        VOLUME,
    );
    let edits = |line: &str| {
        let config = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: shop}}\ndata:\n  a.py: |\n    {line}\n"
        );
        let files =
            MemoryFiles::new().with("k8s/web.yaml", web.as_str()).with("k8s/config.yaml", config);
        let policy = Arc::new(Policy::builtin(&mut Vec::new()));
        let analysis = Analysis::open(files, Options::with_policy(policy));
        let analysis = analysis.expect("the files are there");
        let judgement = Judgement::on(Date::from_iso("2026-11-30").expect("a day"));
        let checked = analysis.check(&Scope::default(), &judgement).expect("they can be read");
        let fixes = checked.outcome.diagnostics.iter().flat_map(|it| &it.fixes);
        let edits = fixes.flat_map(|it| &it.edits);
        let edits =
            edits.filter(|it| checked.sources.file(it.span.file).path() == "k8s/config.yaml");
        let shown = edits.map(|it| format!("{} → {}", checked.sources.text(it.span), it.text));
        shown.collect::<Vec<_>>()
    };
    assert_eq!(edits("worker_class = \"gevnt\""), ["gevnt → gevent"]);
    assert_eq!(edits("timeout = 0"), ["0 → 30"]);
    // Another name and another value are the same in each language; a line more is not.
    assert_eq!(edits("worker_clas = \"gevent\""), ["worker_clas → worker_class"]);
    assert_eq!(edits("max_requests = 100"), [""; 0]);
}
