//! What shells and `man` know of the command line, from the flags themselves.

use std::io::Write as _;

use clap::CommandFactory;

use crate::nearest::nearest;

use super::{Cli, CompletionsArgs, ExitStatus, streams};

/// `opslint completions SHELL`
pub(super) fn completions(args: &CompletionsArgs) -> anyhow::Result<ExitStatus> {
    let mut command = Cli::command();
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command, "opslint", &mut text);
    streams::print_own(&text)?;
    Ok(ExitStatus::Clean)
}

/// The command that was meant by the name of a path where there is nothing.
pub(super) fn nearest_command(name: &str) -> Option<String> {
    let command = Cli::command();
    let names = command.get_subcommands().map(|it| it.get_name());
    nearest(name, names).map(str::to_owned)
}

/// `opslint man`: one page with every command.
pub(super) fn man() -> anyhow::Result<ExitStatus> {
    let mut command = Cli::command();
    command.build();
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(command.clone());
    page.render(&mut text)?;
    for sub in command.get_subcommands().filter(|it| !it.is_hide_set()) {
        let page = clap_mangen::Man::new(sub.clone());
        writeln!(text, ".SH \"OPSLINT {}\"", sub.get_name().to_uppercase())?;
        page.render_description_section(&mut text)?;
        page.render_synopsis_section(&mut text)?;
        page.render_options_section(&mut text)?;
    }
    streams::print_own(&text)?;
    Ok(ExitStatus::Clean)
}
