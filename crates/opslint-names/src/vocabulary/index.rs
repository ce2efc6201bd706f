//! Facts by name: a table made when the program is built.

use super::{FactId, VOCABULARY};

/// Places of [`INDEX`]: several times as many as there are facts.
const SLOTS: usize = 1024;
/// A place of [`INDEX`] without a fact.
const FREE: u16 = u16::MAX;

/// Facts by [`slot`] of their name, or the next free place: a run asks for names thousands of times.
static INDEX: [u16; SLOTS] = index();

const fn index() -> [u16; SLOTS] {
    let mut index = [FREE; SLOTS];
    let mut idx = 0u16;
    while (idx as usize) < VOCABULARY.len() {
        let mut at = slot(VOCABULARY[idx as usize].name.as_bytes());
        while index[at] != FREE {
            at = (at + 1) % SLOTS;
        }
        index[at] = idx;
        idx += 1;
    }
    index
}

/// Where a name is looked for first: its FNV-1a hash.
const fn slot(name: &[u8]) -> usize {
    let mut hash = 0x811c_9dc5_u32;
    let mut at = 0;
    while at < name.len() {
        hash = (hash ^ name[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash as usize % SLOTS
}

/// The fact of a name.
pub(super) fn find(name: &str) -> Option<FactId> {
    let mut at = slot(name.as_bytes());
    while INDEX[at] != FREE {
        let id = FactId(INDEX[at]);
        if id.name() == name {
            return Some(id);
        }
        at = (at + 1) % SLOTS;
    }
    None
}
