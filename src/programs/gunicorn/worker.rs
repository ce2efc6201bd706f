//! Worker classes: what they are called, and which settings they read.

/// What kind of worker a class name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerKind {
    /// One request at a time, one connection each.
    Sync,
    /// A pool of threads.
    Gthread,
    /// A pool of greenlets.
    Gevent,
    /// Tornado's event loop.
    Tornado,
    /// gunicorn's own ASGI worker.
    Asgi,
    /// uvicorn inside gunicorn.
    Uvicorn,
    /// A class of another package; what it reads is not known.
    Other,
}

/// Names that gunicorn knows without importing anything, and their classes.
const ALIASES: &[(&str, WorkerKind)] = &[
    ("sync", WorkerKind::Sync),
    ("gthread", WorkerKind::Gthread),
    ("gevent", WorkerKind::Gevent),
    ("gevent_wsgi", WorkerKind::Gevent),
    ("gevent_pywsgi", WorkerKind::Gevent),
    ("tornado", WorkerKind::Tornado),
    ("asgi", WorkerKind::Asgi),
];

/// Import paths of classes whose behaviour is known.
const CLASSES: &[(&str, WorkerKind)] = &[
    ("gunicorn.workers.sync.SyncWorker", WorkerKind::Sync),
    ("gunicorn.workers.gthread.ThreadWorker", WorkerKind::Gthread),
    ("gunicorn.workers.ggevent.GeventWorker", WorkerKind::Gevent),
    ("gunicorn.workers.ggevent.GeventPyWSGIWorker", WorkerKind::Gevent),
    ("gunicorn.workers.gtornado.TornadoWorker", WorkerKind::Tornado),
    ("gunicorn.workers.gasgi.ASGIWorker", WorkerKind::Asgi),
    ("uvicorn.workers.UvicornWorker", WorkerKind::Uvicorn),
    ("uvicorn.workers.UvicornH11Worker", WorkerKind::Uvicorn),
    ("uvicorn_worker.UvicornWorker", WorkerKind::Uvicorn),
    ("uvicorn_worker.UvicornH11Worker", WorkerKind::Uvicorn),
];

/// A worker class that gunicorn had once.
#[derive(Debug)]
pub(super) struct RemovedWorker {
    /// The alias and the import path.
    pub(super) names: [&'static str; 2],
    /// The first version without it.
    pub(super) removed_in: &'static str,
}

/// Worker classes that gunicorn had once.
const REMOVED: &[RemovedWorker] = &[
    RemovedWorker {
        names: ["eventlet", "gunicorn.workers.geventlet.EventletWorker"],
        removed_in: "26.0",
    },
    RemovedWorker {
        names: ["gaiohttp", "gunicorn.workers.gaiohttp.AiohttpWorker"],
        removed_in: "20.0",
    },
];

impl WorkerKind {
    /// The kind of a class name. `threads` above 1 turns sync into gthread, as gunicorn does.
    pub(super) fn from_class(class: &str, threads: Option<i64>) -> Self {
        let is_sync = class == "sync" || class.ends_with("SyncWorker");
        if is_sync && threads.is_some_and(|it| it > 1) {
            return Self::Gthread;
        }
        let class = class.strip_prefix('#').unwrap_or(class);
        let known = ALIASES.iter().chain(CLASSES).find(|(name, _)| *name == class);
        known.map_or(Self::Other, |(_, kind)| *kind)
    }

    /// The kind of a class of a package, by its import path.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        CLASSES.iter().find(|(name, _)| *name == path).map(|(_, kind)| *kind)
    }

    /// The interface it speaks to the application, when that is certain.
    pub(super) fn interface(self) -> Option<&'static str> {
        match self {
            Self::Sync | Self::Gthread | Self::Gevent | Self::Tornado => Some("wsgi"),
            Self::Asgi | Self::Uvicorn => Some("asgi"),
            Self::Other => None,
        }
    }
}

/// The removed worker class of a name.
pub(super) fn removed(class: &str) -> Option<&'static RemovedWorker> {
    REMOVED.iter().find(|it| it.names.contains(&class))
}

/// Whether gunicorn looks the name up among the entry points of a package, of which its own has
/// none: `egg:gunicorn#gthread`, and a name without a dot.
pub(super) fn needs_entry_point(class: &str) -> bool {
    let dist = class.strip_prefix("egg:").map(|it| it.split('#').next().unwrap_or(it));
    match dist {
        Some(dist) => dist == "gunicorn",
        None => !class.contains('.'),
    }
}

/// Every alias.
pub(super) fn aliases() -> impl Iterator<Item = &'static str> {
    ALIASES.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_turn_sync_into_gthread() {
        assert_eq!(WorkerKind::from_class("sync", Some(1)), WorkerKind::Sync);
        assert_eq!(WorkerKind::from_class("sync", Some(2)), WorkerKind::Gthread);
        assert_eq!(WorkerKind::from_class("gevent", Some(2)), WorkerKind::Gevent);
    }
}
