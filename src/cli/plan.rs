//! `opslint plan`: does it fit, how much does it take, what does it cost, what would be better.

use std::env;
use std::path::PathBuf;

use clap::Args;

use crate::analysis::{Analysis, Options, PlanAnswer};
use crate::discover::{Committed, Disk, Git, NOT_FETCHED};
use crate::plan::request::{self, MemoryBounds};
use crate::plan::{Bounds, Profile, Request, WhatIf, no_such_process};
use crate::report::{PlanFormat, Shown, price_change, write_plans};
use crate::secret::Secrets;
use crate::workspace::{Files as _, Reach};

use super::terminal::Terminal;
use super::{ColorArgs, ConfigArgs, ExitStatus, say_broken, streams};

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    /// Folder to search for projects, or a file whose project is planned
    #[arg(default_value = ".")]
    path: PathBuf,

    /// Plan only processes of this name
    process: Option<String>,

    /// How to print plans
    #[arg(long, value_enum, default_value_t = PlanFormat::Human)]
    format: PlanFormat,

    /// Seconds from the start of the work on a request to its response: `100ms,300ms,1s`
    #[arg(long, value_name = "TIMES", value_parser = ResponseTimes::parse, allow_hyphen_values = true)]
    response_time: Option<ResponseTimes>,

    /// CPU in a request, such as `10ms`
    #[arg(long, value_name = "TIME", value_parser = request::duration_s, allow_hyphen_values = true)]
    cpu_time: Option<f64>,

    /// Requests that have to be served: `600/min`, `10/s`, `50000/day`
    #[arg(long, value_name = "RATE", value_parser = request::requests_per_minute,
          allow_hyphen_values = true)]
    requests: Option<f64>,

    /// Time in which 95 % of these have to be answered, their wait included
    #[arg(long, value_name = "TIME", value_parser = request::duration_s, allow_hyphen_values = true, requires = "requests")]
    p95: Option<f64>,

    /// Plan with another value, such as `web.plan=standard-2x` or `workers=3`
    #[arg(long, value_name = "[PROCESS.]NAME=VALUE", value_parser = WhatIf::parse)]
    with: Vec<WhatIf>,

    /// Plan for these platforms as well: what processes cost there, and what would have to change
    #[arg(long, value_name = "PLATFORMS", value_parser = Platforms::parse)]
    on: Option<Platforms>,

    /// Percent of memory below which a machine is too large, above which it is tight, and above
    /// which it does not suffice; else as `[plan]` of opslint.toml says
    #[arg(long, value_name = "LOW,HIGH[,MOST]", value_parser = request::memory_bounds,
          allow_hyphen_values = true)]
    memory_bounds: Option<MemoryBounds>,

    /// Busy hours, in which what is scaled by load has the most instances: `8hx22d` of a month
    #[arg(long, value_name = "HOURSxDAYS", value_parser = Profile::parse,
          allow_hyphen_values = true)]
    profile: Option<Profile>,

    /// Print only what changed since the branch left this commit or branch, according to git
    #[arg(long, value_name = "REV")]
    against: Option<String>,

    /// Exit with status 1 when the price of a month grows by more, such as `+$50`
    #[arg(long, value_name = "DOLLARS", value_parser = request::dollars,
          requires = "against", allow_hyphen_values = true)]
    fail_above: Option<f64>,

    #[command(flatten)]
    config: ConfigArgs,

    #[command(flatten)]
    color: ColorArgs,
}

/// Response times, side by side.
#[derive(Clone, Debug)]
struct ResponseTimes(Vec<f64>);

impl ResponseTimes {
    fn parse(text: &str) -> Result<Self, String> {
        request::response_times_s(text).map(Self)
    }
}

/// Ids of platforms.
#[derive(Clone, Debug)]
struct Platforms(Vec<String>);

impl Platforms {
    fn parse(text: &str) -> Result<Self, String> {
        request::platforms(text).map(Self)
    }
}

impl PlanArgs {
    fn request(&self, memory: MemoryBounds) -> Request {
        let usual = Request::default();
        let times = self.response_time.as_ref().map(|it| it.0.clone());
        Request {
            has_response_times: times.is_some(),
            response_times_s: times.unwrap_or(usual.response_times_s),
            cpu_time_s: self.cpu_time,
            requests_per_minute: self.requests,
            p95_s: self.p95,
            memory,
            with: self.with.clone(),
            process: self.process.clone(),
            on: self.on.as_ref().map(|it| it.0.clone()).unwrap_or_default(),
            profile: self.profile,
            with_curves: self.format == PlanFormat::Html,
        }
    }
}

/// Where verdicts change: as the flag says, else as `[plan]` of opslint.toml does.
fn memory_bounds(args: &PlanArgs, analysis: &Analysis) -> anyhow::Result<MemoryBounds> {
    if let Some(bounds) = args.memory_bounds {
        return Ok(bounds);
    }
    let usual = MemoryBounds::default();
    let config = &analysis.setup().config;
    let percent = |key, usual| config.plan(key).map_or(usual, |it| it as f64);
    let bounds = MemoryBounds {
        over_allocated: percent("over-allocated-below", usual.over_allocated),
        tight: percent("tight-above", usual.tight),
        does_not_fit: percent("does-not-fit-above", usual.does_not_fit),
    };
    if !bounds.is_ordered() {
        anyhow::bail!(
            "`[plan]` of opslint.toml: `over-allocated-below` ({}) must be less than \
             `tight-above` ({}), and that at most `does-not-fit-above` ({})",
            bounds.over_allocated,
            bounds.tight,
            bounds.does_not_fit
        );
    }
    Ok(bounds)
}

/// What no request can be: computing for longer than it takes.
fn expect_possible(args: &PlanArgs) -> anyhow::Result<()> {
    let (Some(cpu_time), Some(times)) = (args.cpu_time, &args.response_time) else {
        return Ok(());
    };
    match times.0.iter().find(|it| **it < cpu_time) {
        Some(time) => anyhow::bail!(
            "`--cpu-time` ({cpu_time} s) must not be more than `--response-time` ({time} s)"
        ),
        None => Ok(()),
    }
}

/// Plans and prints.
pub(super) fn run(args: &PlanArgs) -> anyhow::Result<ExitStatus> {
    expect_possible(args)?;
    let paths = vec![args.path.clone()];
    let disk = Disk::here()?.with_checked(&paths);
    let options = Options { paths, config: args.config.options()?, ..Options::default() };
    let analysis = Analysis::open(disk, options)?;
    let request = args.request(memory_bounds(args, &analysis)?);
    let answer = analysis.plan(&request)?;
    let is_empty = answer.plans.iter().all(|it| it.deployments.is_empty());
    if let (Some(name), true) = (&args.process, is_empty) {
        let everything = Request { process: None, with: Vec::new(), ..request };
        let all = analysis.plan(&everything)?;
        let all = all.plans.iter().flat_map(|it| &it.deployments).flat_map(|it| &it.processes);
        let names: Vec<&str> = all.map(|it| it.name.as_str()).collect();
        return Err(no_such_process(name, &names).into());
    }
    let before =
        args.against.as_deref().map(|it| before(args, &analysis, &request, it)).transpose()?;
    let grows = before.as_ref().map(|it| price_change(&it.plans, &answer.plans));
    let shown = Shown::plans(answer.plans, &answer.secrets);
    let before = before.map(|it| Shown::plans(it.plans, &it.secrets));
    let before = before.as_ref().zip(args.against.as_deref());
    let report = Terminal::of(args.color.color).report();
    write_plans(&mut streams::report_stdout(), args.format, &shown, before, &report)?;
    let setup = analysis.setup();
    say_broken(setup.broken.iter().cloned(), &setup.sources, &Secrets::none_known())?;
    let is_broken = !setup.broken.is_empty() || !answer.broken.is_empty();
    say_broken(answer.broken.into_iter(), &answer.sources, &answer.secrets)?;
    if is_broken {
        return Ok(ExitStatus::Failure);
    }
    Ok(gate(args, grows.flatten()))
}

/// The plans of the commit where the branch left a revision.
fn before(
    args: &PlanArgs,
    now: &Analysis,
    request: &Request,
    revision: &str,
) -> anyhow::Result<PlanAnswer> {
    let disk = Disk::here()?;
    let files = Committed::at(&disk, Git::new(env::vars_os()), revision)?;
    let failed = files.failed();
    let paths = vec![args.path.clone()];
    let options = Options { paths, config: args.config.options()?, ..Options::default() };
    let then = Analysis::open(files, options)?;
    // What is planned otherwise may not have been there.
    let mut answer = match then.plan(request) {
        Ok(answer) => answer,
        Err(_) => then.plan(&Request { with: Vec::new(), ..request.clone() })?,
    };
    // A file that is not there for this reason was no smaller machine.
    if let Some(why) = failed.get() {
        anyhow::bail!("{why}: {NOT_FETCHED}");
    }
    // A file that is there and was not found is ignored now: it is not gone.
    let is_found = |path: &String| now.found().paths.contains(path);
    for plan in &mut answer.plans {
        plan.deployments
            .retain(|it| is_found(&it.manifest) || !disk.is_file(&it.manifest, &Reach::Anywhere));
    }
    Ok(answer)
}

/// Whether the price grows by more than is allowed. What is not known stops nobody, and is said.
fn gate(args: &PlanArgs, grows: Option<Bounds>) -> ExitStatus {
    match (args.fail_above, grows) {
        (Some(allowed), Some(by)) if by.max > allowed + 0.005 => ExitStatus::Found,
        (Some(_), None) => {
            streams::say("warning", "`--fail-above` decides nothing: some price is not known");
            ExitStatus::Clean
        }
        _ => ExitStatus::Clean,
    }
}
