//! `opslint plan`: does it fit, how much does it take, what does it cost, what would be better.

use std::path::PathBuf;

use clap::Args;

use crate::analysis::{Analysis, Options};
use crate::discover::{self, Disk};
use crate::plan::request::{self, MemoryBounds};
use crate::plan::{Request, WhatIf, no_such_process};
use crate::report::{PlanFormat, Shown, write_plans};

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

    /// Percent of memory below which a machine is too large, and above which it is tight
    #[arg(long, value_name = "LOW,HIGH", value_parser = request::memory_bounds,
          allow_hyphen_values = true)]
    memory_bounds: Option<MemoryBounds>,

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

impl PlanArgs {
    fn request(&self) -> Request {
        let usual = Request::default();
        let times = self.response_time.as_ref().map(|it| it.0.clone());
        Request {
            response_times_s: times.unwrap_or(usual.response_times_s),
            cpu_time_s: self.cpu_time,
            requests_per_minute: self.requests,
            p95_s: self.p95,
            memory: self.memory_bounds.unwrap_or(usual.memory),
            with: self.with.clone(),
            process: self.process.clone(),
        }
    }
}

/// Plans and prints.
pub(super) fn run(args: &PlanArgs) -> anyhow::Result<ExitStatus> {
    let paths = vec![args.path.clone()];
    let disk = Disk::new(discover::current_folder()?).with_checked(&paths);
    let options = Options { paths, config: args.config.options()?, ..Options::default() };
    let analysis = Analysis::open(disk, options)?;
    let answer = analysis.plan(&args.request())?;
    if let (Some(name), true) = (&args.process, answer.plans.is_empty()) {
        let everything = Request { process: None, with: Vec::new(), ..args.request() };
        let all = analysis.plan(&everything)?;
        let all = all.plans.iter().flat_map(|it| &it.deployments).flat_map(|it| &it.processes);
        let names: Vec<&str> = all.map(|it| it.name.as_str()).collect();
        return Err(no_such_process(name, &names).into());
    }
    let shown = Shown::plans(answer.plans, &answer.secrets);
    let report = Terminal::of(args.color.color).report();
    write_plans(&mut streams::report_stdout(), args.format, &shown, &report)?;
    let setup = analysis.setup();
    say_broken(setup.broken.iter().cloned(), &setup.sources)?;
    Ok(if setup.broken.is_empty() { ExitStatus::Clean } else { ExitStatus::Failure })
}
