//! Names in logs → processes of the project.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::sample::{Source, Subject};

/// A process that files of the project describe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownProcess {
    /// Its name in the manifest.
    pub name: String,
    /// Whether it answers requests.
    pub is_web: bool,
    /// Whether it is a function that is called.
    pub is_function: bool,
    /// The program that it runs: `gunicorn`, `celery`.
    pub program: Option<String>,
    /// How many processes serve in one instance of it, where files say it.
    pub workers: Option<u32>,
}

/// The most names that are told apart in one run; more are no processes, but something else.
const NAMES_MAX: usize = 64;

/// The most bytes of a name.
const NAME_MAX: usize = 64;

/// The most names of containers that are remembered with what they mean.
const REMEMBERED_MAX: usize = 4_096;

/// Which process a name is that of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// That at this place of [`Names::names`].
    Process(usize),
    /// Nothing tells.
    Unknown,
}

/// The processes of a run, those of the project first.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: Vec<KnownProcess>,
    names: Vec<String>,
    forced: Option<usize>,
    /// What names mean that were asked for, by the kind of subject.
    remembered: [HashMap<String, Named>; 5],
}

impl Names {
    pub(crate) fn new(known: Vec<KnownProcess>, forced: Option<&str>) -> Self {
        let names = known.iter().map(|it| it.name.clone()).collect();
        let mut all = Self { known, names, ..Self::default() };
        all.forced = forced.and_then(|it| match all.place(it) {
            Named::Process(place) => Some(place),
            Named::Unknown => None,
        });
        all
    }

    /// The name of a process.
    pub(crate) fn name(&self, place: usize) -> &str {
        &self.names[place]
    }

    /// How many processes serve in an instance of it, as files say.
    pub(crate) fn workers(&self, place: usize) -> Option<u32> {
        self.known.get(place)?.workers
    }

    /// The process that a line is about.
    pub(crate) fn find(&mut self, subject: Subject<'_>, source: Source) -> Named {
        let (kind, name) = match subject {
            Subject::Untold | Subject::Instance(_) => return self.untold(source),
            Subject::Dyno(name) => (0, name.split_once('.').map_or(name, |it| it.0)),
            Subject::Container(name) => (1, name),
            Subject::Perhaps(name, _) => (2, name),
            Subject::Function(name) => (3, name),
            Subject::Program(name, _) => (4, name),
        };
        if let Some(named) = self.remembered[kind].get(name) {
            return *named;
        }
        let named = match kind {
            4 => self.running(name),
            2 => self.known_place(name).map_or_else(|| self.untold(source), Named::Process),
            1 => match self.known_place(name) {
                Some(place) => Named::Process(place),
                None => self.place(without_replica(name)),
            },
            _ => self.place(name),
        };
        if self.remembered[kind].len() < REMEMBERED_MAX {
            self.remembered[kind].insert(name.to_owned(), named);
        }
        named
    }

    /// The process that is meant where a line tells none: the one that was asked for, or the only
    /// one of the project that such a line can be about.
    fn untold(&self, source: Source) -> Named {
        if let Some(forced) = self.forced {
            return Named::Process(forced);
        }
        let fits = |it: &KnownProcess| match source {
            Source::AccessLog | Source::Uvicorn | Source::Caddy | Source::Traefik => it.is_web,
            Source::Lambda => it.is_function,
            Source::Celery => it.program.as_deref() == Some("celery"),
            Source::Gunicorn => it.program.as_deref() == Some("gunicorn"),
            Source::Prometheus | Source::Render => it.is_web || self.known.len() == 1,
            _ => self.known.len() == 1,
        };
        let mut fitting = self.known.iter().enumerate().filter(|(_, it)| fits(it));
        match (fitting.next(), fitting.next()) {
            (Some((place, _)), None) => Named::Process(place),
            _ => Named::Unknown,
        }
    }

    /// Programs that the processes run; only that of the one that was asked for.
    pub(crate) fn programs(&self) -> Vec<String> {
        let asked = |place: usize| self.forced.is_none_or(|it| it == place);
        let known = self.known.iter().enumerate().filter(|(place, _)| asked(*place));
        let mut programs: Vec<String> = known.filter_map(|(_, it)| it.program.clone()).collect();
        programs.sort();
        programs.dedup();
        programs
    }

    /// The process that runs a program: the one that was asked for, or the only one.
    fn running(&self, program: &str) -> Named {
        let runs = |it: &KnownProcess| it.program.as_deref() == Some(program);
        if let Some(forced) = self.forced {
            return Named::Process(forced);
        }
        let mut fitting = self.known.iter().enumerate().filter(|(_, it)| runs(it));
        match (fitting.next(), fitting.next()) {
            (Some((place, _)), None) => Named::Process(place),
            _ => Named::Unknown,
        }
    }

    /// The process of the project whose name is the longest in the name of a container:
    /// `shop-web-1`, `web-6d8f7c9b4-x2x9z`, `production_web.1.k3j4`.
    fn known_place(&self, name: &str) -> Option<usize> {
        let known = self.known.iter().enumerate().filter(|(_, it)| has_part(name, &it.name));
        known.max_by_key(|(_, it)| it.name.len()).map(|(place, _)| place)
    }

    /// The place of a name, which is added when it is new and can be one.
    fn place(&mut self, name: &str) -> Named {
        if let Some(place) = self.names.iter().position(|it| it == name) {
            return Named::Process(place);
        }
        let is_name = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.');
        let can_be = !name.is_empty() && name.len() <= NAME_MAX && name.bytes().all(is_name);
        if !can_be || looks_like_address(name) || self.names.len() >= NAMES_MAX {
            return Named::Unknown;
        }
        self.names.push(name.to_owned());
        Named::Process(self.names.len() - 1)
    }
}

/// Tells instances of a process apart.
pub(crate) fn instance(subject: Subject<'_>) -> u64 {
    let name = match subject {
        Subject::Untold => "",
        Subject::Instance(it) | Subject::Dyno(it) | Subject::Container(it) => it,
        Subject::Perhaps(_, it) | Subject::Program(_, it) | Subject::Function(it) => it,
    };
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Whether a name has another one as a whole part, between dashes, dots and underscores.
fn has_part(name: &str, part: &str) -> bool {
    let is_between = |it: Option<char>| it.is_none_or(|it| matches!(it, '-' | '_' | '.' | '/'));
    name.match_indices(part).any(|(at, _)| {
        let after = &name[at + part.len()..];
        is_between(name[..at].chars().next_back()) && is_between(after.chars().next())
    })
}

/// A name of a container without what tells its replicas apart: a number, or the two parts that
/// Kubernetes adds for a ReplicaSet and a Pod.
fn without_replica(name: &str) -> &str {
    let name = name.strip_prefix('/').unwrap_or(name);
    let parts: Vec<&str> = name.split('-').collect();
    let is_random = |it: &str| {
        let digits = it.bytes().filter(u8::is_ascii_digit).count();
        it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit()) && digits > 0
    };
    if let [_, .., set, pod] = parts[..]
        && parts.len() > 2
        && pod.len() == 5
        && (8..=10).contains(&set.len())
        && is_random(set)
    {
        return &name[..name.len() - set.len() - pod.len() - 2];
    }
    match name.rsplit_once(['-', '_']) {
        Some((start, number)) if number.bytes().all(|it| it.is_ascii_digit()) => start,
        _ => name,
    }
}

/// Whether a name is rather an address: somebody's, which is not to be kept.
fn looks_like_address(name: &str) -> bool {
    name.parse::<std::net::IpAddr>().is_ok() || name.matches('.').count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str, is_web: bool) -> KnownProcess {
        KnownProcess { name: name.to_owned(), is_web, ..KnownProcess::default() }
    }

    #[track_caller]
    fn check(names: &mut Names, subject: Subject<'_>, expect: Option<&str>) {
        let got = match names.find(subject, Source::AccessLog) {
            Named::Process(place) => Some(names.name(place).to_owned()),
            Named::Unknown => None,
        };
        assert_eq!(got.as_deref(), expect, "{subject:?}");
    }

    #[test]
    fn containers_are_those_of_the_process_that_they_name() {
        let mut names = Names::new(vec![known("web", true), known("web-admin", false)], None);
        for (name, expect) in [
            ("shop-web-1", "web"),
            ("shop_web_1", "web"),
            ("shop-web-admin-2", "web-admin"),
            ("web-6d8f7c9b4-x2x9z", "web"),
            ("webhooks-1", "webhooks"),
            ("redis-7c9b46d8f-abcde", "redis"),
        ] {
            check(&mut names, Subject::Container(name), Some(expect));
        }
        check(&mut names, Subject::Dyno("worker.3"), Some("worker"));
        check(&mut names, Subject::Container("10.0.0.7"), None);
        check(&mut names, Subject::Container("www.example.com"), None);
    }

    #[test]
    fn where_nothing_tells_the_only_one_that_fits_is_meant() {
        let mut names = Names::new(vec![known("web", true), known("worker", false)], None);
        check(&mut names, Subject::Untold, Some("web"));
        check(&mut names, Subject::Perhaps("job-of-scrapes", "x"), Some("web"));
        let mut names = Names::new(vec![known("a", true), known("b", true)], None);
        check(&mut names, Subject::Untold, None);
        let mut names = Names::new(vec![known("a", true), known("b", true)], Some("b"));
        check(&mut names, Subject::Untold, Some("b"));
        check(&mut names, Subject::Dyno("a.1"), Some("a"));
    }

    #[test]
    fn names_are_few() {
        let mut names = Names::new(Vec::new(), None);
        for number in 0..1_000 {
            names.find(Subject::Dyno(&format!("n{number}x")), Source::Heroku);
        }
        assert_eq!(names.names.len(), NAMES_MAX);
    }
}
