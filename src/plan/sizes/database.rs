//! What there is, with no more connections than the database accepts: fewer workers, threads or
//! instances on the same machines.

use super::{Size, Sizing};
use crate::plan::figure::{self, Bounds};
use crate::plan::figures::Connections;
use crate::project::Process;
use crate::vocabulary;

/// A database that accepts fewer connections than the processes can open together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exceeded {
    /// Connections that one instance can open.
    each: u32,
    /// Connections that are left for all instances of the process.
    left: u32,
}

impl Exceeded {
    /// `None` where the database accepts all of them, or too little is known.
    pub(super) fn of(process: &Process, connections: &Connections, now: Bounds) -> Option<Self> {
        let of_slots = || figure::known(&process.facts, vocabulary::CONCURRENCY);
        let each = connections.each.or_else(of_slots).filter(|it| it.is_exact())?;
        let needed = connections.needed.as_ref().ok()?.max;
        let available = connections.available.filter(|it| needed > *it)?;
        let others = needed - each.max * now.max;
        let left = available - others;
        (each.max >= 1.0 && others >= 0.0 && left >= 1.0)
            .then_some(Self { each: each.max as u32, left: left as u32 })
    }

    /// The most that the process can be on the same machines: each with one number less.
    pub(super) fn sizes<'a>(self, now: &Sizing<'_>, price: f64) -> Vec<Size<'a>> {
        if !now.instances.is_exact() || now.workers == 0 {
            return Vec::new();
        }
        let instances = now.instances.min as u32;
        let as_now =
            Size { plan: None, workers: now.workers, threads: now.threads, instances, price };
        let of_one = self.left / instances;
        let of_worker = (self.each / now.workers).max(1);
        let of_slot = (of_worker / now.threads).max(1);
        let fewer = [
            Size { workers: of_one / of_worker, ..as_now },
            Size { threads: of_one / now.workers / of_slot, ..as_now },
            Size { instances: self.left / self.each, ..as_now },
        ];
        let is_less = |it: &Size<'_>| {
            let is_some = it.workers > 0 && it.threads > 0 && it.instances > 0;
            let is_free = !now.is_single || it.workers == now.workers;
            let can_have = now.instances_are_known || it.instances == instances;
            is_some && is_free && can_have
        };
        fewer.into_iter().filter(is_less).collect()
    }
}
