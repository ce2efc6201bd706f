//! The values of every setting while they are resolved.

use std::sync::{Arc, LazyLock};

use crate::fact::{Fact, Origin, OriginKind, Overridden, Unknown, Value};
use crate::launch::Word;
use crate::project::NamedFacts;
use crate::python::ClassFacts;

use super::config_file;
use super::custom::CustomWorker;
use super::object::Object;
use super::table::{self, Check, Default, SettingId};
use super::validate::validate;

/// What sets a setting, beside its default.
#[derive(Debug)]
struct Entry {
    /// The value after validation.
    object: Object,
    origin: Origin,
    overridden: Vec<Overridden>,
}

/// Every setting of one command.
#[derive(Debug)]
pub(super) struct Table {
    /// `None` for a setting that has its default, in the order of the table.
    entries: Vec<Option<Entry>>,
    /// Whether gunicorn refuses to start.
    pub(super) refused: bool,
    /// Whether it prints something and ends.
    pub(super) only_prints: bool,
    /// The application as given on the command line.
    pub(super) app: Option<Word>,
    /// The last `--paste` of the command line.
    pub(super) pasted: Option<Word>,
    /// Whether the application may stand in a word that is not known.
    pub(super) app_unknown: bool,
    /// The class that the configuration file gives as `worker_class`.
    pub(super) class: Option<ClassFacts>,
    /// The worker class, where it is one of the project.
    pub(super) custom: Option<CustomWorker>,
}

/// Defaults that are the same everywhere, in the order of the table.
static DEFAULTS: LazyLock<Vec<Object>> = LazyLock::new(|| SettingId::all().map(default).collect());

/// The same as facts, which all processes share.
static DEFAULT_FACTS: LazyLock<Vec<Arc<Fact>>> = LazyLock::new(|| {
    let fact = |it: &Object| Arc::new(Fact::new(it.state(), DEFAULT_ORIGIN.clone()));
    DEFAULTS.iter().map(fact).collect()
});

/// The settings by name.
static BY_NAME: LazyLock<Vec<SettingId>> = LazyLock::new(|| {
    let mut ids: Vec<SettingId> = SettingId::all().collect();
    ids.sort_by_key(|it| it.name());
    ids
});

static DEFAULT_ORIGIN: LazyLock<Origin> =
    LazyLock::new(|| Origin::new(OriginKind::Default, "gunicorn default"));

/// The origin of a default.
pub(super) fn default_origin() -> Origin {
    DEFAULT_ORIGIN.clone()
}

impl Table {
    /// Every setting at its default.
    pub(super) fn new() -> Self {
        Self {
            entries: SettingId::all().map(|_| None).collect(),
            refused: false,
            only_prints: false,
            app: None,
            pasted: None,
            app_unknown: false,
            class: None,
            custom: None,
        }
    }

    /// The value of a setting.
    pub(super) fn object(&self, id: SettingId) -> &Object {
        let entry = self.entries[usize::from(id.0)].as_ref();
        entry.map_or_else(|| &DEFAULTS[usize::from(id.0)], |it| &it.object)
    }

    /// Where the value comes from.
    pub(super) fn origin(&self, id: SettingId) -> &Origin {
        let entry = self.entries[usize::from(id.0)].as_ref();
        entry.map_or_else(|| &*DEFAULT_ORIGIN, |it| &it.origin)
    }

    /// What the value replaced, strongest first.
    pub(super) fn overridden(&self, id: SettingId) -> &[Overridden] {
        let entry = self.entries[usize::from(id.0)].as_ref();
        entry.map_or(&[], |it| &it.overridden)
    }

    /// The setting as a fact.
    pub(super) fn fact(&self, id: SettingId) -> Fact {
        Fact {
            state: self.object(id).state(),
            origin: self.origin(id).clone(),
            overridden: self.overridden(id).to_vec(),
        }
    }

    /// An integer that is known.
    pub(super) fn int(&self, id: SettingId) -> Option<i64> {
        match self.object(id) {
            Object::Int(it) => Some(*it),
            _ => None,
        }
    }

    /// A text that is known.
    pub(super) fn text(&self, id: SettingId) -> Option<&str> {
        self.object(id).as_text()
    }

    /// Whether something other than a default sets it.
    pub(super) fn is_set(&self, id: SettingId) -> bool {
        self.origin(id).kind != OriginKind::Default
    }

    /// Whether something sets it to a known value other than its default.
    pub(super) fn is_changed(&self, id: SettingId) -> bool {
        let object = self.object(id);
        self.is_set(id) && object.unknown().is_none() && *object != DEFAULTS[usize::from(id.0)]
    }

    /// Every setting by name.
    pub(super) fn into_settings(mut self) -> NamedFacts {
        let fact = |id: &SettingId| {
            let fact = match self.entries[usize::from(id.0)].take() {
                Some(it) => Arc::new(Fact {
                    state: it.object.state(),
                    origin: it.origin,
                    overridden: it.overridden,
                }),
                None => Arc::clone(&DEFAULT_FACTS[usize::from(id.0)]),
            };
            (id.name(), fact)
        };
        // A map is quickly made of what is sorted already.
        BY_NAME.iter().map(fact).collect()
    }

    /// Sets a value; what was there becomes what it replaced.
    pub(super) fn replace(&mut self, id: SettingId, object: Object, origin: Origin) {
        let slot = &mut self.entries[usize::from(id.0)];
        let overridden = match slot.take() {
            Some(old) => {
                let loser = Overridden { state: old.object.state(), origin: old.origin };
                std::iter::once(loser).chain(old.overridden).collect()
            }
            None => {
                let state = DEFAULTS[usize::from(id.0)].state();
                vec![Overridden { state, origin: DEFAULT_ORIGIN.clone() }]
            }
        };
        *slot = Some(Entry { object, origin, overridden });
    }

    /// Adds assignments of the same source that the value replaced, strongest first.
    pub(super) fn add_earlier(&mut self, id: SettingId, earlier: &[Overridden]) {
        if let Some(entry) = &mut self.entries[usize::from(id.0)] {
            entry.overridden.splice(0..0, earlier.iter().cloned());
        }
    }

    /// Notes that an image, which nobody can look into, is taken to have no configuration file. Its
    /// address is not known then: a server in a container that nobody tells one listens where no
    /// request comes, which is hardly what runs.
    pub(super) fn take_as_not_configured(&mut self, image: &str) {
        let source =
            format!("`{image}`, which is made elsewhere, has no `{}`", config_file::DEFAULT);
        let assumed = Fact::known(Value::Null, Origin::new(OriginKind::Assumed, source));
        for id in SettingId::all() {
            let origin = self.origin(id).clone().with_input("config_file", assumed.clone());
            if id == table::BIND && !self.is_set(id) {
                let reason = format!("`{image}` is made elsewhere, and may say where it listens");
                self.replace(id, Object::Unknown(Unknown::because(reason)), origin);
                continue;
            }
            let object = self.object(id).clone();
            let overridden = self.overridden(id).to_vec();
            self.entries[usize::from(id.0)] = Some(Entry { object, origin, overridden });
        }
    }

    /// Sets a default that depends on where gunicorn starts; it replaces nothing.
    pub(super) fn set_default(&mut self, id: SettingId, object: Object, origin: Origin) {
        self.entries[usize::from(id.0)] = Some(Entry { object, origin, overridden: Vec::new() });
    }
}

fn default(id: SettingId) -> Object {
    let text = |it: &&str| Object::Text((*it).to_owned());
    match id.def().default {
        Default::Null => Object::None,
        Default::Bool(it) => Object::Bool(it),
        Default::Int(it) => Object::Int(it),
        Default::Text(it) => text(&it),
        Default::Texts(items) => Object::List(items.iter().map(text).collect()),
        Default::Pairs(pairs) => {
            Object::Dict(pairs.iter().map(|(key, value)| (text(key), text(value))).collect())
        }
        Default::Hook(shown) => text(&shown),
        Default::Runtime if id.def().check == Check::Folder => text(&"."),
        Default::Runtime => validate(id.def().check, Object::None, "").unwrap_or(Object::None),
    }
}
