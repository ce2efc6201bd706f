//! Every platform, read when it is first asked for.

use std::sync::OnceLock;

use super::load::{self, LoadError};
use super::platform::Platform;

/// `platforms/*.toml` as they were at build time: stem and text, sorted by stem.
pub(super) const BUILTIN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/platforms.rs"));

/// The platforms that opslint knows.
#[derive(Debug)]
pub struct Catalog {
    entries: Vec<Entry>,
}

/// A platform that is read at the first question about it.
#[derive(Debug)]
struct Entry {
    id: String,
    builtin: Option<&'static str>,
    /// The user's platforms of the same id, oldest first.
    corrections: Vec<Platform>,
    platform: OnceLock<Platform>,
}

impl Default for Catalog {
    fn default() -> Self {
        Self::builtin()
    }
}

impl Catalog {
    /// The platforms that come with opslint.
    pub fn builtin() -> Self {
        let entry = |(id, text): &(&str, &'static str)| Entry {
            id: (*id).to_owned(),
            builtin: Some(*text),
            corrections: Vec::new(),
            platform: OnceLock::new(),
        };
        Self { entries: BUILTIN.iter().map(entry).collect() }
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
                entry.platform = OnceLock::new();
            }
            None => self.entries.push(Entry {
                id: platform.id.clone(),
                builtin: None,
                corrections: vec![platform],
                platform: OnceLock::new(),
            }),
        }
        Ok(())
    }

    /// The platform of an id such as `heroku`.
    pub fn platform(&self, id: &str) -> Option<&Platform> {
        let entry = self.entries.iter().find(|it| it.id == id)?;
        entry.platform()
    }

    /// The ids of all platforms: ours sorted, then the user's in the order they were added.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|it| it.id.as_str())
    }
}

impl Entry {
    fn platform(&self) -> Option<&Platform> {
        if let Some(platform) = self.platform.get() {
            return Some(platform);
        }
        let builtin = self
            .builtin
            .map(|text| load::platform(text).expect("tests load every file of `platforms/`"));
        let layers = builtin.into_iter().chain(self.corrections.iter().cloned());
        let mut platform = layers.reduce(|base, correction| correction.over(base))?;
        platform.derive();
        Some(self.platform.get_or_init(|| platform))
    }
}
