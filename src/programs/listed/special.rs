//! What no table can say of single programs.

use super::{
    Program, database, dotnet, flower, laravel, nginx, node, phoenix, php_fpm, pm2, properties,
    puma, rails, rails_jobs, ruby, sanic, sidekiq, solid_queue, spring, streamlit, unicorn,
};
use crate::fact::Fact;
use crate::launch::{Launch, Word};
use crate::programs::Server;
use crate::programs::arguments::Given;
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// Adds what follows from several options of a program, or from its own files.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    program: &Program,
    given: &Given,
    launch: &Launch,
    cpus: &Fact,
) {
    if program.language == Some("ruby") {
        ruby::framework(server, workspace, program, launch);
    }
    match program.id {
        "dotnet" => dotnet::facts(server, workspace, &given.operands, launch),
        "java" => {
            properties::facts(server, workspace, launch);
            spring::facts(server, workspace, launch);
        }
        "flower" => flower::facts(server, workspace, program, launch),
        "laravel-queue" => laravel::of_queue(server, workspace, &given.operands, launch),
        "laravel-schedule" => laravel::of_schedule(server, workspace, launch),
        "nginx" => nginx::facts(server, workspace, launch, cpus),
        "tsx" if is_first(&given.operands, "watch") => {
            node::of_watch(server, workspace, launch, cpus);
        }
        "node" | "tsx" | "bun" | "deno" => {
            node::facts(server, workspace, &given.operands, launch, cpus)
        }
        "forever" => {
            pm2::daemon(server, launch, "forever");
            node::facts(server, workspace, &given.operands, launch, cpus);
        }
        "nest" => node::of_nest(server, workspace, launch, cpus),
        "octane" => laravel::octane::facts(server, workspace, launch, cpus),
        "phoenix" => phoenix::of_mix(server, workspace, launch),
        "php-fpm" => php_fpm::facts(server, workspace, launch),
        "pm2" => pm2::facts(server, workspace, &given.operands, launch, cpus),
        "puma" => puma::facts(server, workspace, launch, cpus),
        "rails-server" => puma::of_rails(server, workspace, launch, cpus),
        "sanic" => sanic::facts(server, &given.operands, cpus),
        "sidekiq" => sidekiq::facts(server, workspace, launch, cpus),
        "solid-queue" => solid_queue::facts(server, workspace, launch, cpus),
        "streamlit" => streamlit::facts(server, workspace, launch),
        "unicorn" => unicorn::facts(server, workspace, launch, cpus),
        _ => {}
    }
    // Apache's image is one of PHP, too.
    if program.language == Some("php") || program.id == "apache" {
        laravel::facts(server, workspace, launch);
    }
    let is_rails = server.facts.get(v::FRAMEWORK).and_then(Fact::text) == Some("rails");
    if is_rails && program.language == Some("ruby") {
        database::facts(server, workspace, launch, cpus);
        rails::facts(server, workspace, launch);
        rails_jobs::facts(server, workspace, launch);
    }
}

fn is_first(operands: &[Word], text: &str) -> bool {
    operands.first().and_then(Word::text).as_deref() == Some(text)
}
