//! What rules cost: loading all of them, evaluating one process, and how that grows.
//!
//! Prints the median of many rounds. The aims: all rules are loaded in under 1 ms, one process is
//! evaluated in under 200 µs, and the cost of a process does not depend on how many there are.
#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use opslint::analysis::{Analysis, FactsAnswer, Options};
use opslint::check::{self, OpenRules};
use opslint::platforms::Catalog;
use opslint::policy::Policy;
use opslint::project::Project;
use opslint::workspace::MemoryFiles;

const CONFIG: &str = "import multiprocessing\n\
                      workers = multiprocessing.cpu_count() * 2 + 1\n\
                      timeout = 120\n";

fn main() {
    println!("rules, loaded          {:>9.1?}", median(load));
    println!("platforms, loaded      {:>9.1?}", median(|| drop(black_box(Catalog::builtin()))));
    for processes in [1, 10, 100] {
        let time = judged(processes, 1);
        let each = time / processes;
        println!("{processes:>3} processes, all rules {time:>9.1?}  {each:>9.1?} each");
    }
    for times in [1, 2, 4] {
        println!("100 processes, {times} × the rules {:>9.1?}", judged(100, times));
    }
}

fn load() {
    let mut broken = Vec::new();
    black_box(Policy::builtin(&mut broken));
    assert!(broken.is_empty(), "{broken:?}");
}

/// The time in which all rules, taken so many times, are evaluated against a deployment of so many
/// processes, which is resolved already.
fn judged(processes: u32, times: usize) -> Duration {
    let mut fly = String::from("app = \"shop\"\n[[vm]]\nmemory = \"512mb\"\n[processes]\n");
    for idx in 0..processes {
        fly += &format!("web{idx} = \"gunicorn shop.wsgi --threads {}\"\n", idx % 4 + 1);
    }
    let files = MemoryFiles::new().with("fly.toml", fly).with("gunicorn.conf.py", CONFIG);
    let mut broken = Vec::new();
    let mut policy = Policy::builtin(&mut broken);
    let rules = policy.rules.clone();
    policy.rules = rules.iter().cycle().take(rules.len() * times).cloned().collect();
    let analysis = Analysis::open(files, Options::plain()).expect("the files are there");
    let FactsAnswer { projects, sources, .. } = analysis.facts();
    let count = |it: &Project| it.deployments.iter().map(|it| it.processes.len()).sum::<usize>();
    assert_eq!(projects.iter().map(count).sum::<usize>(), processes as usize);
    median(|| {
        black_box(check::project(&sources, &projects[0], &policy, OpenRules::Explained));
    })
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<_> = (0..200)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}
