//! One binary for all tests that use the library from outside.

mod advice;
mod allowing;
mod alone;
mod analysis;
mod analysis_edits;
mod app_engine_values;
mod app_runner_values;
mod application_oracle;
mod ask;
#[cfg(unix)]
mod asking;
mod bad_input;
#[cfg(unix)]
mod baselines;
mod bounds;
mod built_elsewhere;
#[cfg(target_os = "linux")]
mod caddy_oracle;
#[cfg(target_os = "linux")]
mod caddy_values;
#[cfg(unix)]
mod celery_oracle;
mod changed;
#[cfg(unix)]
mod changed_hostile;
mod cli;
mod cloud_run_values;
mod compose_oracle;
mod compose_values;
mod config_maps;
mod configurations;
mod connections;
mod contradicted;
mod copilot_values;
mod dates;
mod docs;
mod ecosystem;
mod ecs_values;
mod fastapi_oracle;
#[cfg(unix)]
mod filled_in;
mod fixes;
mod fixes_again;
mod fixes_follow;
mod fixtures;
mod flyctl;
mod formats_oracle;
mod homes;
mod hostile;
mod hosting;
mod kubernetes_values;
mod kustomize_oracle;
mod lambda;
mod laravel;
mod layers;
mod locked;
mod locked_facts;
#[cfg(unix)]
mod lsp;
mod lsp_hostile;
mod lsp_workspace;
mod lsp_writing;
#[cfg(unix)]
mod manager_oracle;
#[cfg(unix)]
mod measure;
mod measure_canaries;
#[cfg(target_os = "linux")]
mod measure_producers;
#[cfg(unix)]
mod measure_runs;
mod needed_variables;
#[cfg(target_os = "linux")]
mod nginx_oracle;
mod node_queues;
mod oracle_gunicorn;
mod outputs;
mod outside;
mod parse_oracle;
mod php_on_heroku;
mod plan;
mod plan_against;
mod plan_functions;
#[cfg(unix)]
mod plan_on;
mod policies;
mod production;
mod program;
mod puma_oracle;
mod python_cases;
mod python_oracle;
mod races;
mod readme;
mod refusals;
mod ruby;
#[cfg(unix)]
mod safe_output;
mod schema_oracle;
mod scripts;
mod secrets;
mod settling;
#[cfg(unix)]
mod shell_oracle;
mod shown;
mod sidekiq_oracle;
#[cfg(target_os = "linux")]
mod starts_oracle;
mod statuses;
mod supervisor_oracle;
#[cfg(target_os = "linux")]
mod systemd_oracle;
mod tidy;
mod undecided;
mod unicorn_oracle;
mod units;
mod unreadable;
#[cfg(unix)]
#[cfg(target_os = "linux")]
mod uwsgi_oracle;
mod ways;
mod words;
#[cfg(unix)]
mod worker_classes;
#[cfg(unix)]
mod workers_oracle;
mod workflows;
mod worlds;
mod writes;
