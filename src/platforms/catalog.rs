//! Every platform, read when it is first asked for.

use std::sync::OnceLock;

use super::evidence::Sign;
use super::languages::{self, Language};
use super::load::{self, LoadError};
use super::platform::Platform;
use super::rows::Evidence;
use super::sourced::{Date, Sourced};
use crate::packed::Embedded;

/// `platforms/*.toml` as they were at build time, sorted by stem.
pub(super) const BUILTIN: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/platforms.rs"));

/// The platforms that opslint knows.
#[derive(Debug)]
pub struct Catalog {
    entries: Vec<Entry>,
    languages: OnceLock<Vec<Language>>,
    today: Option<Date>,
    /// Whether platforms keep what speaks for them, and what is usual there.
    assumes: bool,
}

/// A platform that is read at the first question about it.
#[derive(Debug)]
struct Entry {
    id: String,
    /// The packed file that comes with opslint.
    builtin: Option<&'static [u8]>,
    /// The user's platforms of the same id, oldest first.
    corrections: Vec<Platform>,
    platform: OnceLock<Platform>,
    signs: OnceLock<Vec<Sign>>,
}

impl Default for Catalog {
    fn default() -> Self {
        Self::builtin()
    }
}

impl Catalog {
    /// The platforms that come with opslint.
    pub fn builtin() -> Self {
        let entry = |(id, _, packed): &Embedded| Entry {
            builtin: Some(packed),
            ..Entry::new((*id).to_owned(), Vec::new())
        };
        Self {
            entries: BUILTIN.iter().map(entry).collect(),
            languages: OnceLock::new(),
            today: None,
            assumes: true,
        }
    }

    /// The day that dates are compared with.
    pub fn today(&self) -> Option<Date> {
        self.today
    }

    /// Sets the day that dates are compared with. Without one, the catalog is as it was on the day
    /// on which each source was read, so that its answers do not change with the clock.
    pub fn set_today(&mut self, today: Date) {
        self.today = Some(today);
        self.entries.iter_mut().for_each(|it| it.platform = OnceLock::new());
    }

    /// Takes away what speaks for platforms and what is usual there, so that nothing is taken for
    /// granted.
    pub fn assume_nothing(&mut self) {
        self.assumes = false;
        self.entries.iter_mut().for_each(|it| it.platform = OnceLock::new());
    }

    /// Whether a day of the catalog has come.
    pub fn has_come(&self, day: &Sourced<Date>) -> bool {
        day.value <= self.today.unwrap_or(day.source.checked)
    }

    /// Whether a day of the catalog is over.
    pub fn is_over(&self, day: &Sourced<Date>) -> bool {
        day.value < self.today.unwrap_or(day.source.checked)
    }

    /// Adds the platform of a user's file, or corrects the known one of the same id: what the file
    /// says wins, what it does not mention stays.
    ///
    /// # Errors
    /// The first thing that is wrong with the file, with its place there.
    pub fn add(&mut self, text: &str) -> Result<(), LoadError> {
        let platform = load::platform(text)?;
        match self.entries.iter_mut().find(|it| it.id == platform.id) {
            Some(entry) => {
                entry.corrections.push(platform);
                (entry.platform, entry.signs) = (OnceLock::new(), OnceLock::new());
            }
            None => self.entries.push(Entry::new(platform.id.clone(), vec![platform])),
        }
        Ok(())
    }

    /// The platform of an id such as `heroku`.
    pub fn platform(&self, id: &str) -> Option<&Platform> {
        let entry = self.entries.iter().find(|it| it.id == id)?;
        entry.platform(self.today, self.assumes)
    }

    /// The language of an id such as `python`.
    pub fn language(&self, id: &str) -> Option<&Language> {
        self.languages().iter().find(|it| it.id == id)
    }

    /// Every language, by id.
    pub fn languages(&self) -> &[Language] {
        let read = |(_, _, packed): &Embedded| {
            languages::embedded(packed).expect("tests load every file of `languages/`")
        };
        self.languages.get_or_init(|| languages::BUILTIN.iter().map(read).collect())
    }

    /// Each platform's id, and what speaks for it and against it.
    pub(super) fn signs(&self) -> impl Iterator<Item = (&str, &[Sign])> {
        // Where nothing is taken for granted, nothing speaks for a platform.
        let entries = self.entries.iter().filter(|_| self.assumes);
        entries.map(|it| (it.id.as_str(), it.signs(self.today)))
    }

    /// The ids of all platforms: ours sorted, then the user's in the order they were added.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|it| it.id.as_str())
    }
}

impl Entry {
    fn new(id: String, corrections: Vec<Platform>) -> Self {
        let (platform, signs) = (OnceLock::new(), OnceLock::new());
        Self { id, builtin: None, corrections, platform, signs }
    }

    /// Of a file that comes with opslint, nothing else is read for them: every platform is asked,
    /// and of most nothing speaks for one.
    fn signs(&self, today: Option<Date>) -> &[Sign] {
        self.signs.get_or_init(|| match (self.builtin, self.corrections.as_slice()) {
            (Some(packed), []) => {
                Sign::embedded(packed).expect("tests load every file of `platforms/`")
            }
            _ => {
                let rows = self.platform(today, true).map(Platform::evidence).unwrap_or_default();
                rows.iter().map(Evidence::sign).collect()
            }
        })
    }

    fn platform(&self, today: Option<Date>, assumes: bool) -> Option<&Platform> {
        if let Some(platform) = self.platform.get() {
            return Some(platform);
        }
        let builtin = self
            .builtin
            .map(|packed| load::embedded(packed).expect("tests load every file of `platforms/`"));
        let layers = builtin.into_iter().chain(self.corrections.iter().cloned());
        let mut platform = layers.reduce(|base, correction| correction.over(base))?;
        if let Some(today) = today {
            platform.mark_outdated(today);
        }
        if !assumes {
            platform.forget_what_is_usual();
        }
        platform.derive();
        Some(self.platform.get_or_init(|| platform))
    }
}
