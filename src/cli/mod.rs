//! The command line: flags as typed become options as used, in one place.

mod about;
mod allow;
mod ask;
mod beside;
mod check;
mod clock;
mod commands;
mod convert;
mod fix;
mod generate;
mod init;
mod measure;
mod new_rule;
mod output;
mod pack;
mod plan;
mod policy;
mod resolve;
mod rule_tests;
mod said;
mod show_config;
mod streams;
mod suppressions;
mod terminal;
mod timing;
mod watch;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::diagnostic::{Diagnostic, Severity};
use crate::lsp;
use crate::outcome::Outcome;
use crate::platforms::Date;
use crate::report::{self, Format, Ink, ReportOptions, ShowSecrets, Shown, Wire};
use crate::secret::Secrets;
use crate::source::SourceMap;

use output::OutputFile;
use terminal::Stream;

/// Lint the files that put a web app into production, together.
///
/// Reads the manifests, images and settings of a project (`opslint formats` lists what is read),
/// works out what each process will really run with, and evaluates rules against that.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; without a command, `check`.
    #[command(subcommand)]
    command: Option<Command>,

    /// Flags of `check`, which need not be named.
    #[command(flatten)]
    check: CheckArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lint projects (the default)
    Check(Box<CheckArgs>),
    /// Show what each process will run with, and where each value comes from
    Resolve(resolve::ResolveArgs),
    /// Plan each process: does it fit, how much it takes, what it costs, what would be better
    Plan(Box<plan::PlanArgs>),
    /// Measure processes by their logs and metrics, for `check` to go by
    Measure(MeasureArgs),
    /// Show the page of a rule (what, why, help, sources, examples), of a fact or of a platform
    Explain(ExplainArgs),
    /// List the rules
    Rules(ListArgs),
    /// List the facts that rules can name, with types and units
    Facts(ListArgs),
    /// Run the examples in rule files
    Test(rule_tests::TestArgs),
    /// Write a rule file to start from; asks on a terminal when no flag says what the rule is
    NewRule(Box<new_rule::NewRuleArgs>),
    /// Make a folder of rules a package for pip and npm
    Pack(pack::PackArgs),
    /// List platforms, or show one platform's plans and limits
    Platforms(PlatformsArgs),
    /// List the formats that are read, and the names their files are found by
    Formats(FormatsArgs),
    /// List all suppressions with their reasons
    Suppressions(SuppressionsArgs),
    /// Print a JSON Schema
    Schema(SchemaArgs),
    /// Serve an editor on standard input and output (language server protocol)
    Lsp {
        /// Taken from clients that name the way they talk: there is no other
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Write opslint.toml for this project, with what its files leave open
    Init(InitArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the man page
    Man,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// Folders to search for projects, or files whose project is checked
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,

    /// How to print diagnostics
    #[arg(long, value_enum, default_value_t = Format::Pretty)]
    format: Format,

    /// Write a report to a file: `PATH` in the format above, or `FORMAT=PATH` beside it
    #[arg(long, short, value_name = "[FORMAT=]PATH", value_parser = OutputFile::parse)]
    output_file: Vec<OutputFile>,

    /// Print how often each rule fires instead of each diagnostic
    /// (with `--format json`, as one document)
    #[arg(long)]
    statistics: bool,

    /// Show only what touches files that changed since this commit or branch, according to git
    #[arg(long, value_name = "REV")]
    changed_since: Option<String>,

    /// Exit with status 1 on: info, warning (default), error, undecided, never; `a,b` for both
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<String>,

    /// Show only what is at least this bad: info, warning, error; the exit status does not change
    #[arg(long, value_name = "SEVERITY", value_parser = convert::severity)]
    min_severity: Option<Severity>,

    /// List the rules that could not be decided, and what would settle them
    #[arg(long)]
    show_undecided: bool,

    /// Read this file's text from standard input, its neighbours from disk
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,

    /// Apply the fixes that do not change what runs, and report what is left
    #[arg(long, conflicts_with_all = ["changed_since", "write_baseline"])]
    fix: bool,

    /// Also apply fixes that change what runs: with `--fix` or `--diff`
    #[arg(long)]
    unsafe_fixes: bool,

    /// Print what `--fix` would change instead of changing it; exit status 1 when there is anything
    #[arg(long, conflicts_with_all = ["fix", "changed_since", "write_baseline"])]
    diff: bool,

    /// Apply only the fixes of this rule
    #[arg(long, value_name = "RULE")]
    fix_only: Vec<String>,

    #[command(flatten)]
    more: watch::MoreArgs,

    /// Show what suppressions hold back
    #[arg(long)]
    no_suppressions: bool,

    /// Show only what is not in this baseline
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Write what is found to the baseline instead of failing
    #[arg(long)]
    write_baseline: bool,

    #[command(flatten)]
    secrets: SecretsArgs,

    /// Print nothing when there is nothing to report
    #[arg(long, short)]
    quiet: bool,

    /// Print the time of each stage to standard error
    #[arg(long, short)]
    verbose: bool,

    /// Print each setting of opslint.toml and where it comes from, and stop
    #[arg(long)]
    show_config: bool,

    #[command(flatten)]
    config: ConfigArgs,

    #[command(flatten)]
    color: ColorArgs,
}

#[derive(Debug, Args)]
struct ConfigArgs {
    /// Use this file instead of the nearest opslint.toml
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,

    /// Read no opslint.toml
    #[arg(long)]
    no_config: bool,

    /// Add a policy: an opslint.toml or a folder with one, wherever it is, or an installed package,
    /// `npm:NAME` or `python:NAME`; may be given several times
    #[arg(long, value_name = "PACK")]
    policy: Vec<String>,

    /// Set a value of opslint.toml, such as `env.WEB_CONCURRENCY=4` or `levels.bind-loopback=off`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,

    /// Assume nothing: what no file says is not known
    #[arg(long)]
    no_assumptions: bool,

    /// Take this day as today where dates decide: end of life, suppressions, age of limits
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = clock::day)]
    today: Option<Date>,
}

impl ConfigArgs {
    /// The day of the run.
    fn today(&self) -> anyhow::Result<Date> {
        self.today.map_or_else(clock::today, Ok)
    }
}

#[derive(Debug, Args)]
struct SecretsArgs {
    /// Print values that look like secrets instead of `***`
    #[arg(long)]
    show_secrets: bool,
}

impl SecretsArgs {
    fn show(&self) -> ShowSecrets {
        if self.show_secrets { ShowSecrets::Always } else { ShowSecrets::Never }
    }
}

#[derive(Debug, Args)]
struct ColorArgs {
    /// When to use colours
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
}

#[derive(Debug, Args)]
struct MeasureArgs {
    /// Logs and metrics, also compressed by gzip or zstd; patterns in quotes; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The process that a line is about where it does not say
    #[arg(long, value_name = "NAME")]
    process: Option<String>,

    /// A format of access logs beside those that the project sets: gunicorn's `%(s)s %(D)s` or
    /// nginx's `$status $request_time`
    #[arg(long, value_name = "FORMAT")]
    access_format: Vec<String>,

    /// The folder of the project, where opslint.measured.toml is written
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    project: PathBuf,

    /// Print what would be written, and write nothing
    #[arg(long)]
    print: bool,

    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
struct ExplainArgs {
    /// Id of the rule, name of the fact, or id of the platform
    #[arg(value_name = "NAME")]
    rule: String,

    /// Say what the rule makes of the process of this name, and from which values
    #[arg(long = "for", value_name = "PROCESS")]
    process: Option<String>,

    /// Folder to search for the process
    #[arg(default_value = ".", requires = "process")]
    path: PathBuf,

    /// How to print the page
    #[arg(long, value_enum, default_value_t = PageFormat::Terminal)]
    format: PageFormat,

    #[command(flatten)]
    config: ConfigArgs,

    #[command(flatten)]
    color: ColorArgs,
}

#[derive(Debug, Args)]
struct ListArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
struct PlatformsArgs {
    /// Id of a platform, such as `heroku`
    platform: Option<String>,

    /// List the values that nobody has compared with their source for a year before this day
    #[arg(long, value_name = "YYYY-MM-DD", num_args = 0..=1, default_missing_value = "today")]
    stale: Option<String>,

    #[command(flatten)]
    color: ColorArgs,

    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
struct FormatsArgs {
    /// Print a regular expression that matches the path of every such file, as pre-commit takes it
    #[arg(long)]
    pattern: bool,
}

#[derive(Debug, Args)]
struct SuppressionsArgs {
    /// Folders to search for projects
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
struct SchemaArgs {
    /// What the schema is for: rule, config, output, resolve, plan, measured
    name: String,
}

#[derive(Debug, Args)]
struct InitArgs {
    /// The folder of the project
    #[arg(value_name = "FOLDER", default_value = ".", hide_default_value = true)]
    folder: PathBuf,

    /// Print the file instead of writing it
    #[arg(long)]
    stdout: bool,

    /// The platform that runs what no file names one for, such as `heroku`
    #[arg(long, value_name = "ID")]
    platform: Option<String>,

    /// The plan of a process, such as `web=standard-1x`; may be given several times
    #[arg(long, value_name = "PROCESS=PLAN", value_parser = init::plan)]
    plan: Vec<(String, String)>,
}

#[derive(Debug, Args)]
struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Also into a file or pipe.
    Always,
    /// Not even on a terminal.
    Never,
}

/// How to print a rule's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PageFormat {
    /// For a terminal.
    Terminal,
    /// Markdown.
    Markdown,
}

/// What a run ends with. Public and stable: 0, 1, 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Nothing at or above the severity that fails.
    Clean,
    /// Something at or above it.
    Found,
    /// opslint could not do its job: bad arguments, unreadable path, broken rule or configuration.
    Failure,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}

/// Reads the command line, does what it asks for, and says what went wrong.
pub fn start() -> ExitStatus {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return say_usage(&error),
    };
    match run(cli) {
        Ok(status) => status,
        // Whoever read our output has enough of it, but not all that there was to say.
        Err(error) if streams::is_broken_pipe(&error) => ExitStatus::Failure,
        Err(error) => {
            streams::say("error", &format!("{error:#}"));
            ExitStatus::Failure
        }
    }
}

/// Prints help, the version, or what is wrong with the arguments.
fn say_usage(error: &clap::Error) -> ExitStatus {
    let is_help = !error.use_stderr();
    let ink = terminal::ink_of(if is_help { Stream::Output } else { Stream::Error });
    let text = match ink {
        Ink::Plain => error.render().to_string(),
        Ink::Ansi => error.render().ansi().to_string(),
    };
    if !is_help {
        streams::say_styled(&text, ink);
        return ExitStatus::Failure;
    }
    let mut out = streams::stdout(Wire::Prose(ink));
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitStatus::Clean,
        Err(_) => ExitStatus::Failure,
    }
}

/// Does what the command line asks for.
///
/// # Errors
/// When opslint cannot do its job; diagnostics about the user's files are not errors.
pub fn run(cli: Cli) -> anyhow::Result<ExitStatus> {
    match cli.command {
        None => check::run_unnamed(&cli.check),
        Some(Command::Check(args)) => check::run(&args),
        Some(Command::Resolve(args)) => resolve::run(&args),
        Some(Command::Plan(args)) => plan::run(&args),
        Some(Command::Measure(args)) => measure::run(&args),
        Some(Command::Explain(args)) => commands::explain(&args),
        Some(Command::Rules(args)) => commands::rules(&args),
        Some(Command::Facts(_)) => commands::facts(),
        Some(Command::Test(args)) => rule_tests::run(&args),
        Some(Command::NewRule(args)) => new_rule::run(&args),
        Some(Command::Pack(args)) => pack::run(&args),
        Some(Command::Platforms(args)) => commands::platforms(&args),
        Some(Command::Formats(args)) => commands::formats(&args),
        Some(Command::Suppressions(args)) => suppressions::run(&args),
        Some(Command::Schema(args)) => commands::schema(&args),
        Some(Command::Lsp { stdio: true | false }) => {
            lsp::run(clock::today).map(|()| ExitStatus::Clean)
        }
        Some(Command::Init(args)) => init::run(&args),
        Some(Command::Completions(args)) => generate::completions(&args),
        Some(Command::Man) => generate::man(),
    }
}

/// Prints what is wrong with files to standard error, for commands whose report is something else.
///
/// `secrets` are those that are known besides what these files show of themselves.
fn say_broken(
    broken: impl Iterator<Item = Diagnostic>,
    sources: &SourceMap,
    secrets: &Secrets,
) -> anyhow::Result<()> {
    let diagnostics: Vec<Diagnostic> = broken.collect();
    if diagnostics.is_empty() {
        return Ok(());
    }
    let mut secrets = secrets.clone();
    sources.iter().for_each(|(file, it)| secrets.read(file, it));
    let outcome = Outcome { diagnostics, secrets, ..Outcome::default() };
    let shown = Shown::outcome(outcome, sources, ShowSecrets::Never);
    let options = ReportOptions::default();
    Ok(report::write(&mut streams::report_stderr(), Format::Concise, &shown, &options)?)
}
