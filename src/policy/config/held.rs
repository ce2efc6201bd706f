//! What locked rules go by where an opslint.toml that may not weaken them states something.
//!
//! A statement settles what files leave open, for every rule. What files write is not its to change
//! for a locked one: `workers = 2` in a folder below would otherwise take the place of
//! `--workers 9` beside it. So these rules look once more, without what such files state.

use std::collections::BTreeMap;

use super::{Config, Layer, Locks};
use crate::settings::Settings;

/// Groups of locked rules that look once more, each of which costs as much as the run itself. Few
/// have as many files that bring locked rules, one above the other; rules of more groups go without
/// any statement that does not come from the command line.
const HELD_MAX: usize = 3;

/// Locked rules, and the settings of all layers that may decide about them.
#[derive(Debug)]
pub struct Held {
    /// Ids of the rules.
    pub rules: Vec<String>,
    /// What these layers state, with the platforms that they add or correct.
    pub settings: Settings,
}

impl Config {
    /// Locked rules against which something is stated, those of the same layers together.
    pub fn held(&self, locks: &Locks) -> Vec<Held> {
        let states = |it: &Layer| {
            !it.env.is_empty() || !it.deployments.is_empty() || !it.platforms.is_empty()
        };
        let place = |idx| self.guards.len() + idx;
        let stating = || self.layers.iter().enumerate().filter(|it| states(it.1));
        let mut by_layers: BTreeMap<Vec<usize>, Vec<String>> = BTreeMap::new();
        for rule in locks.rules() {
            let decide = |idx: &usize| self.may_decide(place(*idx), rule, locks);
            let mut heard: Vec<usize> = stating().map(|it| it.0).filter(decide).collect();
            if heard.len() == stating().count() {
                continue;
            }
            let is_new = !by_layers.contains_key(&heard);
            if is_new && by_layers.len() >= HELD_MAX {
                heard.retain(|idx| self.layers[*idx].is_given);
            }
            by_layers.entry(heard).or_default().push(rule.to_owned());
        }
        let held = |(heard, rules): (Vec<usize>, _)| Held {
            rules,
            settings: self.settings_of(|idx| heard.contains(&idx)),
        };
        by_layers.into_iter().map(held).collect()
    }
}
