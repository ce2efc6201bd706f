//! What a person at a terminal sees of the work itself: the time of each stage with `--verbose`,
//! and a sign of life when it takes long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::streams;

/// Runs shorter than this show no progress: a line that flashes up helps nobody.
const PATIENCE: Duration = Duration::from_millis(600);
/// Between two looks at how far the work is.
const PACE: Duration = Duration::from_millis(120);

/// The times of the stages of a run.
pub(super) struct Stages {
    last: Instant,
    done: Vec<(&'static str, Duration)>,
}

impl Stages {
    /// The first stage starts now.
    pub(super) fn start() -> Self {
        Self { last: Instant::now(), done: Vec::new() }
    }

    /// A stage ends, the next one starts.
    pub(super) fn end(&mut self, name: &'static str) {
        let now = Instant::now();
        self.done.push((name, now - self.last));
        self.last = now;
    }

    /// One line for each stage and one for all.
    pub(super) fn table(&self) -> String {
        let all = self.done.iter().map(|(_, it)| *it).sum();
        let rows = self.done.iter().copied().chain([("together", all)]);
        let row = |(name, time): (&str, Duration)| {
            let ms = time.as_secs_f64() * 1000.0;
            format!("{name:<13} {ms:>9.2} ms\n")
        };
        rows.map(row).collect()
    }
}

/// A line on standard error that says how many files were read, while that takes long. It is gone
/// when the value is dropped.
pub(super) struct Progress {
    worker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Watches a count of files; does nothing where no person looks.
    pub(super) fn watch(files: Arc<AtomicUsize>, is_wanted: bool) -> Self {
        if !is_wanted || !streams::is_stderr_terminal() {
            return Self { worker: None };
        }
        let (sender, receiver) = mpsc::channel();
        let handle = thread::spawn(move || {
            let mut pause = PATIENCE;
            let mut is_shown = false;
            while receiver.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                streams::show_progress(&format!("{} files read", files.load(Ordering::Relaxed)));
                is_shown = true;
                pause = PACE;
            }
            if is_shown {
                streams::show_progress("");
            }
        });
        Self { worker: Some((sender, handle)) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, handle)) = self.worker.take() {
            drop(sender);
            // A panic of the line is no reason to end the run.
            let _ = handle.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_has_a_line_and_all_have_one() {
        let mut stages = Stages::start();
        stages.end("discover");
        stages.end("resolve");
        let table = stages.table();
        let names: Vec<_> = table.lines().filter_map(|it| it.split(' ').next()).collect();
        assert_eq!(names, ["discover", "resolve", "together"]);
    }
}
