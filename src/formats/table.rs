//! The table of formats.

use super::names::KUBERNETES;
use super::{Format, Interpolation, Manifest, Names, Role, recognise};
use crate::parse::Syntax;

/// What most formats have in common.
const USUAL: Format = Format {
    name: "",
    patterns: &[],
    excluded: &[],
    names: Names::Own,
    syntax: None,
    interpolation: Interpolation::Templates,
    role: Role::Shared,
    recognise: |_| true,
    reads: "",
};

/// Every format, in the order in which a file is tried.
pub const FORMATS: &[Format] = &[
    Format {
        name: "procfile",
        patterns: &["Procfile", "Procfile.*", "procfile", "procfile.txt", "PROCFILE", "ProcFile"],
        // Foreman and honcho start these on a developer's machine; they deploy nothing.
        excluded: &[
            "Procfile.dev",
            "Procfile.local",
            "Procfile.development",
            "Procfile.test",
            "Procfile.rs",
            "Procfile.md",
            "Procfile.windows",
            "Procfile.dev.*",
            "Procfile.example",
        ],
        syntax: Some(Syntax::Procfile),
        role: Role::Manifest(Manifest::Procfile),
        recognise: |_| true,
        reads: "the command of each process",
        ..USUAL
    },
    Format {
        name: "heroku-yml",
        patterns: &["heroku.yml"],
        role: Role::Manifest(Manifest::HerokuYml),
        recognise: recognise::heroku_yml,
        reads: "processes, images, add-ons and variables of an app on the container stack",
        ..USUAL
    },
    Format {
        name: "app-json",
        patterns: &["app.json"],
        role: Role::Shared,
        recognise: recognise::app_json,
        reads: "formation, add-ons, variables, buildpacks, stack",
        ..USUAL
    },
    Format {
        name: "apppack",
        patterns: &["apppack.toml"],
        role: Role::Manifest(Manifest::AppPack),
        recognise: |_| true,
        reads: "services and the release command of builds from a Dockerfile",
        ..USUAL
    },
    Format {
        name: "fly",
        patterns: &["fly.toml", "fly.*.toml", "fly.json", "fly.*.json", "fly.yaml", "fly.*.yaml"],
        role: Role::Manifest(Manifest::Fly),
        recognise: recognise::fly,
        reads: "process groups, machines, services, checks, environment, shutdown",
        ..USUAL
    },
    Format {
        name: "render",
        patterns: &["render.yaml", "render.yml", "render*.yaml", "render*.yml"],
        role: Role::Manifest(Manifest::Render),
        recognise: recognise::render,
        reads: "services, plans, scaling, environment, databases",
        ..USUAL
    },
    Format {
        name: "serverless",
        patterns: &[
            "serverless.yml",
            "serverless.yaml",
            "serverless.json",
            "serverless.*.yml",
            "serverless.*.yaml",
            "serverless-*.yml",
            "serverless-*.yaml",
        ],
        interpolation: Interpolation::Braces,
        role: Role::Manifest(Manifest::Serverless),
        recognise: recognise::serverless,
        reads: "functions on AWS Lambda: memory, time limit, events, concurrency, environment",
        ..USUAL
    },
    Format {
        name: "sam",
        patterns: &[
            "template.yaml",
            "template.yml",
            "template.json",
            "sam.yaml",
            "sam.yml",
            "*.sam.yaml",
            "*.sam.yml",
            "*-template.yaml",
            "*-template.yml",
            "template-*.yaml",
            "template-*.yml",
        ],
        names: Names::Common,
        role: Role::Manifest(Manifest::Sam),
        recognise: recognise::sam,
        reads: "functions of an AWS SAM template, with `Globals`, events and environment",
        ..USUAL
    },
    Format {
        name: "zappa",
        patterns: &[
            "zappa_settings.json",
            "zappa_settings.toml",
            "zappa_settings.yaml",
            "zappa_settings.yml",
        ],
        role: Role::Manifest(Manifest::Zappa),
        recognise: recognise::zappa,
        reads: "stages with their function, what calls it, environment",
        ..USUAL
    },
    Format {
        name: "chalice",
        patterns: &[".chalice/config.json"],
        names: Names::Common,
        role: Role::Manifest(Manifest::Chalice),
        recognise: recognise::chalice,
        reads: "stages with their functions, environment",
        ..USUAL
    },
    Format {
        name: "compose",
        patterns: &[
            "compose.yaml",
            "compose.yml",
            "compose.*.yaml",
            "compose.*.yml",
            "docker-compose*.yml",
            "docker-compose*.yaml",
            "docker-stack*.yml",
            "docker-stack*.yaml",
        ],
        interpolation: Interpolation::Dollars,
        role: Role::Manifest(Manifest::Compose),
        recognise: recognise::compose,
        reads: "services that are built here: image, command, limits, environment, shutdown",
        ..USUAL
    },
    Format {
        name: "digitalocean",
        patterns: &[".do/app.yaml", ".do/app.yml", ".do/deploy.template.yaml"],
        interpolation: Interpolation::Braces,
        role: Role::Manifest(Manifest::DigitalOcean),
        recognise: recognise::digitalocean,
        reads: "services, workers, jobs, sizes, scaling, checks, environment",
        ..USUAL
    },
    Format {
        name: "railway",
        patterns: &["railway.toml", "railway.json"],
        role: Role::Manifest(Manifest::Railway),
        recognise: recognise::railway,
        reads: "command, replicas, check, shutdown; nixpacks.toml and the Dockerfile beside it",
        ..USUAL
    },
    Format {
        name: "systemd",
        patterns: &["*.service"],
        syntax: Some(Syntax::Unit),
        role: Role::Manifest(Manifest::Systemd),
        recognise: recognise::systemd,
        reads: "command, limits, environment, shutdown",
        ..USUAL
    },
    Format {
        name: "cloud-run",
        patterns: &[
            "service.yaml",
            "service.yml",
            "service.*.yaml",
            "*.service.yaml",
            "service-*.yaml",
            "*-service.yaml",
            "cloudrun.yaml",
            "cloudrun-*.yaml",
            "cloud-run.yaml",
            "cloud-run-*.yaml",
        ],
        names: Names::Common,
        interpolation: Interpolation::Braces,
        role: Role::Manifest(Manifest::CloudRun),
        recognise: recognise::cloud_run,
        reads: "a Cloud Run service: CPUs, memory, concurrency, timeout, scale, environment",
        ..USUAL
    },
    Format {
        name: "app-engine",
        patterns: &["app.yaml", "app.yml", "app.*.yaml", "app-*.yaml", "worker.yaml", "worker.yml"],
        names: Names::Common,
        role: Role::Manifest(Manifest::AppEngine),
        recognise: recognise::app_engine,
        reads: "an App Engine service: runtime, instance class, entrypoint, scaling, environment",
        ..USUAL
    },
    Format {
        name: "vercel",
        patterns: &["vercel.json"],
        role: Role::Manifest(Manifest::Vercel),
        recognise: recognise::vercel,
        reads: "functions and Python builds on Vercel: duration, memory, runtime, region",
        ..USUAL
    },
    Format {
        name: "netlify",
        patterns: &["netlify.toml"],
        role: Role::Manifest(Manifest::Netlify),
        recognise: recognise::netlify,
        reads: "functions on Netlify that have a table of their own",
        ..USUAL
    },
    Format {
        name: "kubernetes",
        patterns: KUBERNETES,
        // Templates of Helm's charts.
        excluded: &["templates/*.yaml", "templates/*.yml"],
        names: Names::Common,
        syntax: Some(Syntax::YamlStream),
        interpolation: Interpolation::Braces,
        role: Role::Manifest(Manifest::Kubernetes),
        recognise: recognise::kubernetes,
        reads: "workloads of Kubernetes: containers, limits, probes, replicas, environment, grace; \
                Services, autoscalers and ConfigMaps beside them, with the files that these are \
                mounted as",
    },
    Format {
        name: "kustomize",
        patterns: &[
            "kustomization.yaml",
            "kustomization.yml",
            "overlays/*/kustomization.yaml",
            "overlays/*/kustomization.yml",
        ],
        names: Names::Common,
        syntax: Some(Syntax::Yaml),
        interpolation: Interpolation::Braces,
        role: Role::Manifest(Manifest::Kustomize),
        recognise: recognise::kustomize,
        reads: "overlays of kustomize: the objects below with their patches, replicas, images and \
                ConfigMaps of literals and files",
        ..USUAL
    },
    Format {
        name: "kamal",
        patterns: &["config/deploy.yml", "config/deploy.*.yml"],
        names: Names::Common,
        role: Role::Manifest(Manifest::Kamal),
        recognise: recognise::kamal,
        reads: "roles with their hosts and commands, the proxy, environment, shutdown; the \
                Dockerfile of the project",
        ..USUAL
    },
    Format {
        name: "supervisord",
        patterns: &[
            "supervisord.conf",
            "supervisord-*.conf",
            "supervisord.*.conf",
            "supervisor.conf",
            "supervisor/*.conf",
            "supervisor/*.ini",
            "supervisor/conf.d/*.conf",
            "supervisor/conf.d/*.ini",
            "supervisor.d/*.conf",
            "supervisor.d/*.ini",
            "supervisord/*.conf",
            "supervisord/*.ini",
            "supervisord/conf.d/*.conf",
            "supervisord.d/*.conf",
            "supervisord.d/*.ini",
        ],
        names: Names::Common,
        syntax: Some(Syntax::ConfigParser),
        role: Role::Manifest(Manifest::Supervisord),
        recognise: recognise::supervisord,
        reads: "programs with their command, folder, number, environment, shutdown",
        ..USUAL
    },
    Format {
        name: "ecs",
        patterns: &[
            "task-definition.json",
            "task-definition-*.json",
            "task-definition.*.json",
            "*-task-definition.json",
            "*.task-definition.json",
            "task_definition.json",
            "*_task_definition.json",
            "taskdef.json",
            "*-taskdef.json",
            "task-def.json",
            "ecs-task-*.json",
            "task-definitions/*.json",
        ],
        names: Names::Common,
        interpolation: Interpolation::Braces,
        role: Role::Manifest(Manifest::Ecs),
        recognise: recognise::ecs,
        reads: "containers of a task of Amazon ECS: command, CPUs, memory, variables, check, stop",
        ..USUAL
    },
    Format {
        name: "app-runner",
        patterns: &["apprunner.yaml"],
        role: Role::Manifest(Manifest::AppRunner),
        recognise: recognise::app_runner,
        reads: "a service of AWS App Runner: runtime, command, port, environment, secrets",
        ..USUAL
    },
    Format {
        name: "copilot",
        patterns: &["copilot/*/manifest.yml"],
        interpolation: Interpolation::Braces,
        role: Role::Manifest(Manifest::Copilot),
        recognise: recognise::copilot,
        reads: "services and jobs of AWS Copilot: image, command, CPUs, memory, number, checks, \
                environment, sidecars, and what each environment changes of them",
        ..USUAL
    },
    Format {
        name: "cloud-foundry",
        patterns: &["manifest.yml", "manifest.yaml", "manifest-*.yml", "manifest.*.yml"],
        names: Names::Common,
        role: Role::Manifest(Manifest::CloudFoundry),
        recognise: recognise::cloud_foundry,
        reads: "apps of Cloud Foundry: processes, memory, instances, checks, environment; the \
                Procfile beside them",
        ..USUAL
    },
    Format {
        name: "workflow",
        patterns: &[
            ".github/workflows/*.yml",
            ".github/workflows/*.yaml",
            ".gitlab-ci.yml",
            "cloudbuild.yaml",
            "cloudbuild.yml",
            "cloudbuild.*.yaml",
            "cloudbuild-*.yaml",
            "*.cloudbuild.yaml",
        ],
        names: Names::Common,
        interpolation: Interpolation::Braces,
        role: Role::Manifest(Manifest::Workflow),
        recognise: recognise::workflow,
        reads: "services of Cloud Run that a workflow deploys with `gcloud run deploy`: image, CPUs, \
                memory, concurrency, timeout, scale, environment",
        ..USUAL
    },
    Format {
        name: "dockerfile",
        patterns: &[
            "Dockerfile",
            "Dockerfile.*",
            "Dockerfile-*",
            "*.Dockerfile",
            "*.dockerfile",
            "dockerfile",
            "Containerfile",
            "Containerfile.*",
        ],
        // Templates, and what says which files a build leaves out.
        excluded: &[
            "Dockerfile.j2",
            "Dockerfile.*.j2",
            "Dockerfile-*.j2",
            "Dockerfile.erb",
            "*.dockerignore",
            "Dockerfile-*.md",
        ],
        syntax: Some(Syntax::Dockerfile),
        role: Role::Shared,
        recognise: |_| true,
        reads: "what an image runs, its variables, folder, port, user and Python version",
        ..USUAL
    },
    Format {
        name: "gunicorn",
        patterns: &["gunicorn.conf.py", "gunicorn_config.py", "gunicorn_conf.py", "gunicorn.py"],
        role: Role::Shared,
        recognise: |_| true,
        reads: "every setting, evaluated as Python would",
        ..USUAL
    },
    Format {
        name: "pm2",
        patterns: &[
            "ecosystem.config.js",
            "ecosystem.config.cjs",
            "ecosystem.config.mjs",
            "pm2.config.js",
            "pm2.config.cjs",
            "ecosystem.json",
            "pm2.json",
        ],
        role: Role::Shared,
        recognise: |_| true,
        reads: "apps, their scripts, instances, variables and times",
        ..USUAL
    },
    Format {
        name: "application",
        // The server's command names the module, so a settings module may have any other name.
        patterns: &["settings.py", "wsgi.py", "asgi.py"],
        role: Role::Shared,
        recognise: |_| true,
        reads: "what Django, Flask and SQLAlchemy are told: upload limits, debug mode, connections",
        ..USUAL
    },
    Format {
        name: "nginx",
        patterns: &["nginx.conf", "nginx.conf.erb"],
        role: Role::Shared,
        recognise: |_| true,
        reads: "the largest body and the timeout of requests that are passed on",
        ..USUAL
    },
    Format {
        name: "caddy",
        patterns: &["Caddyfile"],
        role: Role::Shared,
        recognise: |_| true,
        reads: "where requests go in a compose file, their largest body, timeouts and headers",
        ..USUAL
    },
    Format {
        name: "haproxy",
        patterns: &["haproxy.cfg"],
        role: Role::Shared,
        recognise: |_| true,
        reads: "where requests go in a compose file, timeouts and headers",
        ..USUAL
    },
];
