//! Runs every target for some seconds with a stable compiler.
//!
//! Each target has a process of its own: a crash, a hang or too much memory is then an answer, and
//! the input is still there. An input that is found belongs in `fuzz/seeds/TARGET`, and into a
//! test of what was wrong.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program talks to people")]
#![expect(clippy::disallowed_methods, reason = "inputs are files of this program's own")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use opslint_fuzz::mutate::{Random, mutate};
use opslint_fuzz::{TARGETS, Target, chains, seeds};

/// One input may take this much time of a processor that does [`reference`] in [`REFERENCE`]; a
/// slower one, or a busy one, has more.
const TIME_MAX: Duration = Duration::from_secs(5);

/// What [`reference`] takes on a usual machine, in a build without optimization.
const REFERENCE: Duration = Duration::from_millis(120);

/// After this, an input is given up: it may wait for something that needs no processor.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// One input may take this much memory, in MB, with what was needed before it.
const MEMORY_MAX_MB: u64 = 1_024;

const USAGE: &str = "\
usage: cargo run -p opslint-fuzz -- [--seconds N] [--inputs N] [--seed N] [--jobs N] [TARGET…]
       cargo run -p opslint-fuzz -- --input FILE TARGET
       cargo run -p opslint-fuzz -- --write-seeds FOLDER TARGET

Runs the targets, N seconds each (10), and no more than N inputs (no limit), side by side: with a
limit of inputs each machine runs the same ones. Or runs one input; or writes what a target
starts from.";

struct Options {
    seconds: u64,
    inputs: u64,
    seed: u64,
    jobs: usize,
    input: Option<PathBuf>,
    write_seeds: Option<PathBuf>,
    /// Whether this is the process of one target.
    alone: bool,
    targets: Vec<&'static Target>,
}

fn main() -> ExitCode {
    let run = || -> anyhow::Result<bool> {
        let options = options(std::env::args().skip(1))?;
        if let Some(input) = &options.input {
            let bytes = fs::read(input).context("cannot read the input")?;
            opslint_fuzz::run(options.targets[0].name, &bytes);
            return Ok(true);
        }
        if let Some(folder) = &options.write_seeds {
            return write_seeds(folder, options.targets[0]).map(|()| true);
        }
        if options.alone { alone(&options).map(|()| true) } else { all(&options) }
    };
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Options> {
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let mut options = Options {
        seconds: 10,
        inputs: u64::MAX,
        seed: 0,
        jobs,
        input: None,
        write_seeds: None,
        alone: false,
        targets: Vec::new(),
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().context(USAGE);
        match argument.as_str() {
            "--seconds" => options.seconds = value()?.parse().context(USAGE)?,
            "--inputs" => options.inputs = value()?.parse().context(USAGE)?,
            "--seed" => options.seed = value()?.parse().context(USAGE)?,
            "--jobs" => options.jobs = value()?.parse().context(USAGE)?,
            "--input" => options.input = Some(value()?.into()),
            "--write-seeds" => options.write_seeds = Some(value()?.into()),
            "--alone" => options.alone = true,
            name => match TARGETS.iter().find(|it| it.name == name) {
                Some(target) => options.targets.push(target),
                None => bail!("there is no target `{name}`\n{USAGE}"),
            },
        }
    }
    let is_one = options.alone || options.input.is_some() || options.write_seeds.is_some();
    if is_one && options.targets.len() != 1 {
        bail!("name one target\n{USAGE}");
    }
    if options.targets.is_empty() {
        options.targets = TARGETS.iter().collect();
    }
    Ok(options)
}

/// Writes what a target starts from, a file for each input.
fn write_seeds(folder: &Path, target: &Target) -> anyhow::Result<()> {
    for (idx, text) in seeds::of(target).iter().chain(&chains::of(target.name)).enumerate() {
        fs::write(folder.join(format!("seed-{idx}")), text).context("cannot write a seed")?;
    }
    Ok(())
}

/// Where the input stands that a target works on.
fn current(target: &Target) -> PathBuf {
    seeds::root().join("target").join("fuzz-inputs").join(target.name)
}

/// Runs targets side by side. `false` when one of them failed.
fn all(options: &Options) -> anyhow::Result<bool> {
    fs::create_dir_all(seeds::root().join("target/fuzz-inputs"))?;
    let mut waiting = options.targets.iter().copied();
    let mut running: Vec<Job> = Vec::new();
    let mut is_good = true;
    loop {
        while running.len() < options.jobs.max(1)
            && let Some(target) = waiting.next()
        {
            running.push(Job::start(options, target)?);
        }
        if running.is_empty() {
            return Ok(is_good);
        }
        std::thread::sleep(Duration::from_millis(50));
        let mut left = Vec::new();
        for mut job in running {
            match job.ended()? {
                Some(is_good_too) => is_good &= is_good_too,
                None => left.push(job),
            }
        }
        running = left;
    }
}

/// A process of one target.
struct Job {
    target: &'static Target,
    child: Child,
    started: Instant,
}

impl Job {
    fn start(options: &Options, target: &'static Target) -> anyhow::Result<Self> {
        let child = Command::new(std::env::current_exe()?)
            .args(["--alone", "--seconds", &options.seconds.to_string()])
            .args(["--inputs", &options.inputs.to_string()])
            .args(["--seed", &options.seed.to_string(), target.name])
            .stdin(Stdio::null())
            .spawn()
            .context("cannot start a target")?;
        Ok(Self { target, child, started: Instant::now() })
    }

    /// Whether it ended well; `None` while it works.
    fn ended(&mut self) -> anyhow::Result<Option<bool>> {
        let path = current(self.target);
        if let Some(status) = self.child.try_wait()? {
            if status.success() {
                return Ok(Some(true));
            }
            println!("FAIL {}: {status}", self.target.name);
            self.say_input(&path);
            return Ok(Some(false));
        }
        let since = fs::metadata(&path).and_then(|it| it.modified()).ok();
        let since = since.and_then(|it| it.elapsed().ok()).unwrap_or_default();
        // The input may still be that of a run before this one.
        if since.min(self.started.elapsed()) <= WAIT_MAX {
            return Ok(None);
        }
        self.child.kill()?;
        self.child.wait()?;
        println!("FAIL {}: not done after {} s", self.target.name, WAIT_MAX.as_secs());
        self.say_input(&path);
        Ok(Some(false))
    }

    fn say_input(&self, path: &Path) {
        let kept = path.with_extension("failed");
        let kept = if fs::copy(path, &kept).is_ok() { &kept } else { path };
        let name = self.target.name;
        println!("     cargo run -p opslint-fuzz -- --input {} {name}", kept.display());
    }
}

/// Runs one target: what it starts from, chains, and then changed inputs until time is over.
fn alone(options: &Options) -> anyhow::Result<()> {
    limit();
    let target = options.targets[0];
    let path = current(target);
    let until = Instant::now() + Duration::from_secs(options.seconds);
    let seeds = seeds::of(target);
    let words = seeds::words();
    let most = TIME_MAX.mul_f64((reference().as_secs_f64() / REFERENCE.as_secs_f64()).max(1.0));
    let mut runs = 0_u64;
    let mut slowest = Duration::ZERO;
    let mut run = |text: &str| -> anyhow::Result<()> {
        fs::write(&path, text)?;
        let started = worked();
        (target.run)(text);
        let taken = worked().saturating_sub(started);
        slowest = slowest.max(taken);
        runs += 1;
        if taken > most {
            bail!("{} took {:.1} s", target.name, taken.as_secs_f32());
        }
        match peak_mb() {
            Some(peak) if peak > MEMORY_MAX_MB => bail!("{} took {peak} MB", target.name),
            _ => Ok(()),
        }
    };
    for text in &seeds {
        run(text)?;
    }
    let chains = chains::of(target.name);
    // Where there is no time for all, each run takes others.
    let mut random = Random::new(options.seed);
    let start = random.below(chains.len().max(1));
    for text in chains.iter().cycle().skip(start).take(chains.len()) {
        if Instant::now() > until {
            break;
        }
        run(text)?;
    }
    let mut left = options.inputs;
    while left > 0 && Instant::now() < until {
        run(&mutate(&mut random, &seeds, &words))?;
        left -= 1;
    }
    let peak = peak_mb().unwrap_or(0);
    let slowest = slowest.as_secs_f32();
    println!("ok   {}: {runs} inputs, the slowest {slowest:.2} s, {peak} MB", target.name);
    Ok(())
}

/// What is lost when memory grows without end is this process.
#[cfg(unix)]
fn limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::As).maximum;
    let current = Some((4 * MEMORY_MAX_MB) << 20);
    // A system that has no such limit runs without.
    let _ = setrlimit(Resource::As, Rlimit { current, maximum });
}

/// There is no such limit.
#[cfg(not(unix))]
fn limit() {}

/// How long this machine takes for what most inputs cost: texts and trees that are made, copied and
/// let go of.
fn reference() -> Duration {
    let started = worked();
    let mut left = 0_usize;
    for round in 0..100 {
        let texts = (0..2_000_usize).map(|it| ((it * 7_919) % 2_003, format!("{round} {it}")));
        let tree: std::collections::BTreeMap<usize, String> = texts.collect();
        left += tree.clone().into_values().map(|it| it.len()).sum::<usize>();
    }
    std::hint::black_box(left);
    worked().saturating_sub(started)
}

/// How long this process worked so far, whoever else did.
#[cfg(unix)]
fn worked() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// How long this process ran so far.
#[cfg(not(unix))]
fn worked() -> Duration {
    static STARTED: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    STARTED.get_or_init(Instant::now).elapsed()
}

/// The most memory that this process had, where the system tells.
fn peak_mb() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()? / 1024)
}
