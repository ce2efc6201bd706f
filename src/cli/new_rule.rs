//! `opslint new-rule`: a rule file to start from.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::{ExitStatus, ask, rule_tests, streams};
use crate::discover::{self, Disk};
use crate::examples;
use crate::report::{Ink, Wire};

#[derive(Debug, Args)]
pub(super) struct NewRuleArgs {
    /// Id of the rule: kebab-case, names the bad state
    name: String,

    /// Folder to write it to
    #[arg(long, default_value = ".")]
    folder: PathBuf,

    /// How bad it is: error, warning, info, off
    #[arg(long)]
    level: Option<String>,

    /// What it is about, such as `capacity`
    #[arg(long)]
    group: Option<String>,

    /// The bad state in one line
    #[arg(long)]
    summary: Option<String>,

    /// What to do
    #[arg(long, value_name = "TEXT")]
    advice: Option<String>,

    /// What it is evaluated for: process, deployment, project, file
    #[arg(long)]
    on: Option<String>,

    /// When it applies
    #[arg(long, value_name = "EXPRESSION")]
    when: Option<String>,

    /// Where the label goes, such as `workers` or `file.fly.primary_region`
    #[arg(long, value_name = "EXPRESSION")]
    select: Option<String>,

    /// What must hold
    #[arg(long, value_name = "EXPRESSION")]
    require: Option<String>,

    /// What is said when it does not hold; `{…}` holds an expression
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,

    /// What happens where `require` is not known: passes, fails
    #[arg(long)]
    unknown: Option<String>,
}

impl NewRuleArgs {
    fn start(&self) -> examples::Start {
        examples::Start {
            level: self.level.clone(),
            group: self.group.clone(),
            summary: self.summary.clone(),
            help: self.advice.clone(),
            on: self.on.clone(),
            when: self.when.clone(),
            select: self.select.clone(),
            require: self.require.clone(),
            message: self.message.clone(),
            unknown: self.unknown.clone(),
        }
    }
}

/// Writes the file, and says how to try it. Asks where a person sits and nothing is given.
pub(super) fn run(args: &NewRuleArgs) -> anyhow::Result<ExitStatus> {
    let start = args.start();
    let catalog = rule_tests::catalog();
    let platforms: Vec<&str> = catalog.ids().collect();
    let is_asked = start == examples::Start::default() && streams::is_dialogue();
    let rule = match is_asked {
        true => {
            let mut out = streams::stdout(Wire::Prose(Ink::Plain));
            ask::rule(&args.name, &platforms, &mut io::stdin().lock(), &mut out)?
        }
        false => examples::new_rule(&args.name, &start, &platforms)?,
    };
    let path = args.folder.join(format!("{}.toml", args.name));
    if Disk::here()?.leads_out(&path) {
        bail!("cannot write `{}`: a link there leads out of the project", path.display());
    }
    discover::write_new(&path, &rule.text)
        .with_context(|| format!("cannot write `{}`", path.display()))?;
    let mut out = streams::stdout(Wire::Prose(Ink::Plain));
    writeln!(out, "wrote {}", path.display())?;
    match rule.is_shown {
        true => writeln!(out, "try it: opslint test {}", path.display())?,
        false => writeln!(
            out,
            "its examples do not show this rule yet: edit them until `opslint test {}` passes",
            path.display()
        )?,
    }
    out.flush()?;
    Ok(ExitStatus::Clean)
}
