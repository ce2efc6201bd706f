//! Commands that look at opslint itself: rules, facts, platforms, formats, schemas.

use std::io::Write;

use anyhow::bail;

use crate::analysis::{Analysis, AppliedAnswer, Options, Setup};
use crate::discover::Disk;
use crate::formats::{self, FORMATS, Role};
use crate::nearest::did_you_mean;
use crate::plan::no_such_process;
use crate::policy::Policy;
use crate::policy::rule::Rule;
use crate::report::explain::{Ink, RulePage, markdown_page, terminal_page};
use crate::report::platforms::{write_platform, write_platforms, write_stale};
use crate::report::schema::Schema;
use crate::report::{Shown, Wire, listed};
use crate::secret::Secrets;
use crate::vocabulary::{Type, VOCABULARY};

use super::said::said;
use super::terminal::Terminal;
use super::{
    ConfigArgs, ExitStatus, ExplainArgs, FormatsArgs, ListArgs, PageFormat, PlatformsArgs,
    SchemaArgs, about, clock, say_broken, streams,
};

/// Runs `act` with configuration and policy of the start folder.
fn with_setup(
    args: &ConfigArgs,
    ink: Ink,
    act: impl FnOnce(&Setup, &mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<ExitStatus> {
    let disk = Disk::here()?;
    let setup = Setup::open(disk, &args.options()?)?;
    let mut out = streams::stdout(Wire::Prose(ink));
    act(&setup, &mut out)?;
    out.flush()?;
    let is_broken = !setup.broken.is_empty();
    say_broken(setup.broken.into_iter(), &setup.sources, &Secrets::none_known())?;
    Ok(if is_broken { ExitStatus::Failure } else { ExitStatus::Clean })
}

/// `opslint explain RULE`
pub(super) fn explain(args: &ExplainArgs) -> anyhow::Result<ExitStatus> {
    let terminal = Terminal::of(args.color.color);
    let ink = match args.format {
        PageFormat::Terminal => terminal.ink(),
        PageFormat::Markdown => Ink::Plain,
    };
    with_setup(&args.config, ink, |setup, out| {
        let Some(rule) = setup.policy.rule(&args.rule) else {
            return about::explain(out, &args.rule, setup, terminal);
        };
        let embedded = Policy::embedded(rule.file);
        let source = embedded.as_ref().unwrap_or_else(|| setup.sources.file(rule.file));
        let page = RulePage::read(&rule.id, source.text());
        let page = match &args.process {
            Some(process) => beside(args, page, rule, process)?,
            None => page,
        };
        let text = match args.format {
            PageFormat::Terminal => terminal_page(&page, terminal.width, ink),
            PageFormat::Markdown => markdown_page(&page),
        };
        Ok(out.write_all(text.as_bytes())?)
    })
}

/// The page with what the rule makes of the processes of a name.
fn beside(
    args: &ExplainArgs,
    page: RulePage,
    rule: &Rule,
    process: &str,
) -> anyhow::Result<RulePage> {
    let paths = vec![args.path.clone()];
    let disk = Disk::here()?.with_checked(&paths);
    let options = Options { paths, config: args.config.options()?, ..Options::default() };
    let analysis = Analysis::open(disk, options)?;
    let AppliedAnswer { applied, names, sources, secrets } = analysis.applied(rule, process);
    if applied.is_empty() {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        return Err(no_such_process(process, &names).into());
    }
    Ok(page.beside(&Shown::applied(applied, &sources, &secrets)))
}

/// `opslint rules`
pub(super) fn rules(args: &ListArgs) -> anyhow::Result<ExitStatus> {
    let columns = Terminal::list_columns();
    with_setup(&args.config, Ink::Plain, |setup, out| {
        let width = setup.policy.rules.iter().map(|it| it.id.len()).max().unwrap_or(0);
        for rule in &setup.policy.rules {
            let level = rule.level.name();
            let head = format!("{:<width$}  {level:<7}  {:<14}  ", rule.id, rule.group);
            out.write_all(listed(&head, &rule.summary, columns).as_bytes())?;
        }
        Ok(())
    })
}

/// `opslint facts`
pub(super) fn facts() -> anyhow::Result<ExitStatus> {
    let mut out = streams::stdout(Wire::Prose(Ink::Plain));
    let columns = Terminal::list_columns();
    let width = VOCABULARY.iter().map(|it| it.name.len()).max().unwrap_or(0);
    for def in VOCABULARY {
        let (ty, unit) = (about::type_name(def), about::unit_name(def));
        let head = format!("{:<width$}  {ty:<8} {unit:<9}  ", def.name);
        out.write_all(listed(&head, def.doc, columns).as_bytes())?;
        if let Type::Enum(values) = def.ty {
            let (head, values) = (" ".repeat(head.len()), format!("one of: {}", values.join(", ")));
            out.write_all(listed(&head, &values, columns).as_bytes())?;
        }
        let formats = said(def.name).formats;
        if !formats.is_empty() {
            let (head, formats) = (" ".repeat(head.len()), format!("in: {formats}"));
            out.write_all(listed(&head, &formats, columns).as_bytes())?;
        }
    }
    out.flush()?;
    Ok(ExitStatus::Clean)
}

/// `opslint formats`
pub(super) fn formats(args: &FormatsArgs) -> anyhow::Result<ExitStatus> {
    let mut out = streams::stdout(Wire::Prose(Ink::Plain));
    if args.pattern {
        writeln!(out, "{}", formats::path_pattern())?;
        out.flush()?;
        return Ok(ExitStatus::Clean);
    }
    let columns = Terminal::list_columns();
    let width = FORMATS.iter().map(|it| it.name.len()).max().unwrap_or(0);
    for format in FORMATS {
        let role = match format.role {
            Role::Manifest(_) => "deploys",
            Role::Shared => "shared",
        };
        let head = format!("{:<width$}  {role:<7}  ", format.name);
        out.write_all(listed(&head, &format.patterns.join(", "), columns).as_bytes())?;
        out.write_all(listed(&" ".repeat(head.len()), format.reads, columns).as_bytes())?;
    }
    out.flush()?;
    Ok(ExitStatus::Clean)
}

/// `opslint schema NAME`
pub(super) fn schema(args: &SchemaArgs) -> anyhow::Result<ExitStatus> {
    let Some(schema) = Schema::from_name(&args.name) else {
        let names: Vec<&str> = Schema::ALL.iter().map(|(_, it)| *it).collect();
        bail!("there is no schema `{}`; there are {}", args.name, names.join(", "));
    };
    streams::print_own(schema.text().as_bytes())?;
    Ok(ExitStatus::Clean)
}

/// `opslint platforms [ID]`
pub(super) fn platforms(args: &PlatformsArgs) -> anyhow::Result<ExitStatus> {
    let stale = match args.stale.as_deref() {
        None => None,
        Some("today") => Some(args.config.today()?),
        Some(day) => match clock::day(day) {
            Ok(day) => Some(day),
            Err(reason) => bail!("`--stale {day}`: {reason}"),
        },
    };
    let terminal = Terminal::of(args.color.color);
    with_setup(&args.config, terminal.ink(), |setup, out| {
        let catalog = &setup.surroundings.catalog;
        let ids: Vec<&str> = catalog.ids().collect();
        let named = args.platform.as_deref();
        if let Some(name) = named.filter(|it| !ids.contains(it)) {
            match did_you_mean(name, &ids) {
                Some(help) => bail!("there is no platform `{name}`; {help}"),
                None => bail!("there is no platform `{name}`; there are {}", ids.join(", ")),
            }
        }
        for id in ids.into_iter().filter(|id| named.is_none_or(|it| it == *id)) {
            let Some(platform) = catalog.platform(id) else { continue };
            match stale {
                Some(today) => write_stale(out, id, platform.stale(today))?,
                None if named.is_some() => {
                    write_platform(out, platform, terminal.width, terminal.ink())?;
                }
                None => {}
            }
        }
        if let (None, Some(today)) = (named, stale) {
            for language in catalog.languages() {
                write_stale(out, &language.id, language.stale(today))?;
            }
        }
        if named.is_none() && stale.is_none() {
            write_platforms(out, catalog, terminal.ink())?;
        }
        Ok(())
    })
}
