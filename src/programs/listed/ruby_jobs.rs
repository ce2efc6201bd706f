//! Jobs in the text of Ruby files: the classes whose objects are jobs, and the calls that send one.
//!
//! Lines are read, and no more: what a setting may decide is no sending, and a queue that is not
//! written out is not known.

use super::switches::decides;

/// What a file says of jobs.
#[derive(Debug)]
pub(super) struct Jobs {
    pub(super) classes: Vec<Class>,
    pub(super) sent: Vec<Sent>,
}

impl Jobs {
    pub(super) fn read(text: &str) -> Self {
        Self { classes: classes(text), sent: sent(text) }
    }
}

/// A class of jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// Its name; one of a module is none that is read.
    pub(super) name: String,
    /// Whether it is one of Sidekiq itself, rather than of Active Job.
    pub(super) is_native: bool,
    /// The queue, where it names one, and whether that can be known.
    pub(super) queue: Result<Option<String>, ()>,
    /// Whether it says itself which program works on its jobs.
    pub(super) has_adapter: bool,
}

/// A call that sends a job.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sent {
    /// The class of the job.
    pub(super) class: String,
    /// Whether it is a call of Sidekiq itself.
    pub(super) is_native: bool,
    /// The queue, where the call names one, and whether that can be known.
    pub(super) queue: Result<Option<String>, ()>,
    /// The call, without what it is given.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What makes a class one of Sidekiq.
const NATIVE: &[&str] = &["include Sidekiq::Job", "include Sidekiq::Worker"];

/// Classes that jobs of Active Job are made from.
const ACTIVE: &[&str] = &["ApplicationJob", "ActiveJob::Base"];

/// Most calls of a file.
const CALLS_MAX: usize = 200;

/// Methods that send a job at once, and whether they are Sidekiq's.
const METHODS: &[(&str, bool)] = &[(".perform_async", true), (".perform_later", false)];

/// The classes of jobs in a file: the one that it has, where it has one.
fn classes(text: &str) -> Vec<Class> {
    if !text.contains("Sidekiq::") && !text.contains("Job") {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|it| !it.starts_with('#')).collect();
    let mut heads = lines.iter().filter_map(|it| head(it));
    let (Some((name, parent)), None) = (heads.next(), heads.next()) else { return Vec::new() };
    let is_native = lines.iter().any(|it| NATIVE.contains(it));
    let is_active = parent.is_some_and(|it| ACTIVE.contains(&it.trim_start_matches("::")));
    if is_native == is_active || name.contains("::") || lines.iter().any(|it| is_module(it)) {
        return Vec::new();
    }
    let said: Vec<&&str> = lines
        .iter()
        .filter(|it| match is_native {
            true => it.starts_with("sidekiq_options") || it.contains("queue"),
            false => it.contains("queue_as") || it.contains("queue_name"),
        })
        .collect();
    let queue = match said.as_slice() {
        [] => Ok(None),
        [one] if is_native && one.starts_with("sidekiq_options") => of_options(one),
        [one] if !is_native => match one.strip_prefix("queue_as").map(str::trim) {
            Some(value) => match symbol(value.trim_matches(['(', ')'])) {
                Some(name) => Ok(Some(name)),
                None => Err(()),
            },
            None => Err(()),
        },
        _ => Err(()),
    };
    let has_adapter = lines.iter().any(|it| it.contains("queue_adapter"));
    vec![Class { name: name.to_owned(), is_native, queue, has_adapter }]
}

/// Whether names behind this line may be those of a module.
fn is_module(line: &str) -> bool {
    line.starts_with("module ") || head(line).is_some_and(|it| it.0.contains("::"))
}

/// The name of a class and what it is made from: `class Mails::SendJob < ApplicationJob`.
fn head(line: &str) -> Option<(&str, Option<&str>)> {
    let rest = line.strip_prefix("class ")?;
    if rest.trim_start().starts_with("<<") {
        return None;
    }
    let rest = rest.split([';', '#']).next().unwrap_or(rest);
    Some(match rest.split_once('<') {
        Some((name, parent)) => (name.trim(), Some(parent.trim())),
        None => (rest.trim(), None),
    })
}

/// The queue of options in a line: `queue: :low`, `queue: "low"`, `:queue => :low`.
fn of_options(line: &str) -> Result<Option<String>, ()> {
    // Options that go on in the next line are not seen, and neither are those of a table.
    if line.ends_with([',', '{', '(', '\\']) || line.contains("**") {
        return Err(());
    }
    let keys = ["queue: ", ":queue => ", "queue:", "\"queue\" => ", "'queue' => "];
    let Some(at) = keys.iter().find_map(|it| Some(line.find(it)? + it.len())) else {
        return if line.contains("queue") { Err(()) } else { Ok(None) };
    };
    let value = line[at..].split([',', ')', '}']).next().unwrap_or_default();
    symbol(value).map(Some).ok_or(())
}

/// `:low`, `"low"` or `'low'`.
fn symbol(code: &str) -> Option<String> {
    let code = code.trim();
    let name = match code.strip_prefix(':') {
        Some(rest) => rest.trim_matches('"'),
        None => ['"', '\''].iter().find_map(|it| code.strip_prefix(*it)?.strip_suffix(*it))?,
    };
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "_-.".contains(it);
    (!name.is_empty() && name.chars().all(is_plain)).then(|| name.to_owned())
}

/// The calls that certainly send a job, unless they are never made.
fn sent(text: &str) -> Vec<Sent> {
    let is_sent = METHODS.iter().any(|it| text.contains(it.0));
    if !is_sent || text.lines().any(|it| is_module(it.trim_start())) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut start = 0;
    // The lines of the method so far that something is decided in.
    let mut is_decided = false;
    for line in text.split_inclusive('\n') {
        let (at, code) = (start, line.trim());
        start += line.len();
        if code.starts_with('#') {
            continue;
        }
        if code.starts_with("def ") {
            is_decided = false;
        }
        is_decided |= decides(code);
        if !is_decided {
            found.extend(call(line, at));
        }
        if found.len() >= CALLS_MAX {
            break;
        }
    }
    found
}

/// The call in a line: `SendJob.perform_later(1)`, `SendJob.set(queue: :low).perform_later`.
fn call(line: &str, at: usize) -> Option<Sent> {
    let (method, is_native) = METHODS.iter().find(|it| line.contains(it.0))?;
    let place = line.find(method)?;
    let end = place + method.len();
    // Another method may begin like this one: `perform_async_at`.
    if line[end..].starts_with(|it: char| it.is_ascii_alphanumeric() || it == '_') {
        return None;
    }
    let before = line[..place].trim_end();
    // In a text or in a comment, it is none.
    if before.contains(['"', '\'', '#']) && !before.contains(".set(") {
        return None;
    }
    let (receiver, queue) = match before.split_once(".set(") {
        Some((receiver, options)) => (receiver, of_options(options)),
        None => (before, Ok(None)),
    };
    let is_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | ':');
    let from = receiver.rfind(|it: char| !is_name(it)).map_or(0, |it| it + 1);
    let class = receiver[from..].trim_start_matches("::");
    let is_class = class.starts_with(|it: char| it.is_ascii_uppercase()) && !class.contains(':');
    is_class.then(|| Sent {
        class: class.to_owned(),
        is_native: *is_native,
        queue,
        start: at + from,
        end: at + end,
    })
}

#[cfg(test)]
mod tests {
    use super::{classes, sent};

    #[track_caller]
    fn queue(text: &str, expect: Option<Result<Option<&str>, ()>>) {
        let found = classes(text).pop().map(|it| it.queue);
        let expect = expect.map(|it| it.map(|it| it.map(str::to_owned)));
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn a_class_of_jobs_names_its_queue() {
        let active = |body: &str| format!("class AJob < ApplicationJob\n  {body}\nend\n");
        queue(&active("queue_as :low"), Some(Ok(Some("low"))));
        queue(&active("queue_as 'low'"), Some(Ok(Some("low"))));
        queue(&active("queue_as(:low)"), Some(Ok(Some("low"))));
        queue(&active("# queue_as :low"), Some(Ok(None)));
        queue(&active("queue_as { x ? :low : :high }"), Some(Err(())));
        queue(&active("queue_as QUEUE"), Some(Err(())));
        queue("class AJob < BaseJob\n  queue_as :low\nend\n", None);
        let native = |body: &str| format!("class A\n  include Sidekiq::Job\n  {body}\nend\n");
        queue(&native("sidekiq_options queue: :low, retry: 3"), Some(Ok(Some("low"))));
        queue(&native("sidekiq_options retry: 3, queue: 'low'"), Some(Ok(Some("low"))));
        queue(&native("sidekiq_options :queue => :low"), Some(Ok(Some("low"))));
        queue(&native("sidekiq_options retry: 3"), Some(Ok(None)));
        queue(&native("sidekiq_options queue: ENV['Q']"), Some(Err(())));
        queue(&native("sidekiq_options retry: 3,\n    queue: :low"), Some(Err(())));
        queue("class A\nend\nclass B\n  include Sidekiq::Job\nend\n", None);
    }

    #[track_caller]
    fn calls(text: &str, expect: &[(&str, &str)]) {
        let found = sent(text);
        let found: Vec<_> =
            found.iter().map(|it| (it.class.as_str(), &text[it.start..it.end])).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn a_call_sends_a_job_unless_a_setting_decides() {
        calls("  def a\n    AJob.perform_later(1)\n", &[("AJob", "AJob.perform_later")]);
        calls("  def a\n    x = ::AJob.perform_async\n", &[("AJob", "::AJob.perform_async")]);
        calls("  def a\n    x = M::AJob.perform_async\n", &[]);
        calls("module A\n  def a\n    AJob.perform_async\n", &[]);
        calls("    after_commit { AJob.perform_later(id) }\n", &[("AJob", "AJob.perform_later")]);
        calls(
            "  def a\n    AJob.perform_later if user.active?\n",
            &[("AJob", "AJob.perform_later")],
        );
        calls("  def a\n    AJob.perform_later if ENV['X']\n", &[]);
        calls("  def a\n    return unless Flipper.enabled?(:x)\n    AJob.perform_later\n", &[]);
        calls("    # AJob.perform_later\n", &[]);
        calls("    puts \"AJob.perform_later\"\n", &[]);
        calls("    job.perform_later\n", &[]);
        calls("    AJob.perform_async_at(1)\n", &[]);
    }

    #[test]
    fn a_call_may_name_the_queue() {
        let text = "AJob.set(queue: :low).perform_later(1)\n";
        assert_eq!(sent(text)[0].queue, Ok(Some("low".to_owned())));
        assert_eq!(sent("AJob.set(wait: 5).perform_later(1)\n")[0].queue, Ok(None));
        assert_eq!(sent("AJob.set(queue: q).perform_later(1)\n")[0].queue, Err(()));
    }
}
