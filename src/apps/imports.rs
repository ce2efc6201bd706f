//! What the modules of an application import when they are loaded.
//!
//! Only statements that run on import count: an import inside of a function may never run, so that
//! what is found is a floor. Django loads more than its entry names: the modules of its apps and
//! those of its URLs.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Application, Source, entry, environment, folders, models};
use crate::fact::{Fact, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::python::{Jobs, To, Unmentioned, application, first_sent, handed};
use crate::source::{FileId, Span};
use crate::vocabulary as v;
use crate::workspace::{Workspace, parent};

/// Most files that are looked into.
const FILES_MAX: usize = 400;

/// Steps that a name is worth that is looked for among the files of the project.
const NAME_COST: usize = 16;

/// Modules that Django loads of each app.
const OF_DJANGO_APPS: &[&str] = &["", ".apps", ".models", ".admin"];

/// Modules that Celery loads of each app of a Django project, where it looks for tasks.
const OF_CELERY_APPS: &[&str] = &[".tasks"];

/// The name of a module that is looked for, of a dotted one that belongs to it.
pub(crate) type Wanted<'w> = &'w dyn Fn(&str) -> Option<String>;

/// What the modules of an application load.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// Where each wanted module is imported: the first place that is found.
    pub(crate) modules: BTreeMap<String, Span>,
    /// A call that loads a model, and where it stands.
    pub(crate) model: Option<(String, Span)>,
    /// The program that works on jobs which the code sends, and the call that sends one.
    pub(crate) jobs: Option<(&'static str, Span)>,
    /// The jobs whose queues are known.
    pub(crate) sent: Vec<Sent>,
}

/// A job that functions send.
#[derive(Debug)]
pub(crate) struct Sent {
    /// The program that works on it.
    pub(crate) server: &'static str,
    /// The queue; or the task whose queue the settings say, with its module where that is known.
    pub(crate) to: Result<String, String>,
    /// The name of the queue, or else the call.
    pub(crate) span: Span,
    /// The module that makes the application, where one does.
    pub(crate) app: Option<String>,
}

/// What an application loads when it is imported. `wanted` gives the name of a module that a dotted
/// one belongs to; `with_jobs` asks for the jobs that its functions send.
pub(crate) fn imports(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
    (server, application): (&Server, &Application),
    (wanted, with_jobs): (Wanted<'_>, bool),
) -> Loaded {
    let folders = folders(workspace, launch, server);
    let environment = environment(launch, server);
    let unmentioned = Unmentioned::Unknown;
    let mut source =
        Source { workspace, environment, folders, cpus, unmentioned, calls: Vec::new() };
    let (queue, seen, names) = (Vec::new(), BTreeSet::new(), HashMap::new());
    let mut walk = Walk { source: &mut source, wanted, with_jobs, queue, seen, names };
    if let Some(entry) = entry::find(walk.source, launch, server) {
        walk.queue.push(entry.file);
        if with_jobs && let Some(app) = server.facts.get(v::APP).and_then(Fact::text) {
            walk.name(entry.file, app);
        }
    }
    for dotted in &application.modules {
        walk.add(dotted);
    }
    let apps = match application.settings.get("INSTALLED_APPS").and_then(Fact::value) {
        Some(Value::List(apps)) => apps.as_slice(),
        _ => &[],
    };
    let is_celery = launch.argv.iter().filter_map(|it| it.text()).any(|it| it.ends_with("celery"));
    for app in apps.iter().filter_map(Value::as_str) {
        // `shop.apps.ShopConfig` is the app `shop`.
        let app = app.split_once(".apps.").map_or(app, |it| it.0);
        let more = if is_celery { OF_CELERY_APPS } else { &[] };
        for part in OF_DJANGO_APPS.iter().chain(more) {
            walk.add(&format!("{app}{part}"));
        }
    }
    walk.run()
}

struct Walk<'w, 'a, 'f> {
    source: &'w mut Source<'a, 'f>,
    wanted: Wanted<'w>,
    with_jobs: bool,
    queue: Vec<FileId>,
    /// Modules that were looked for.
    seen: BTreeSet<String>,
    /// What each file is imported as; nothing where that is not always the same.
    names: HashMap<FileId, Option<String>>,
}

impl Walk<'_, '_, '_> {
    fn run(mut self) -> Loaded {
        let mut found = Loaded::default();
        let mut looked: HashSet<FileId> = HashSet::new();
        let (mut files, mut jobs) = (Vec::new(), Vec::new());
        let mut is_whole = true;
        while let Some(file) = self.queue.pop() {
            if looked.len() >= FILES_MAX || !looked.insert(file) {
                continue;
            }
            // What is left out is a floor that is lower. It may be what runs jobs in place.
            if self.source.workspace.takes_code(file).is_err() {
                is_whole = false;
                break;
            }
            let path = self.source.workspace.sources.file(file).path().to_owned();
            let module = self.source.workspace.of_text(file, OfModule::read);
            if found.model.is_none() {
                let model = module.model.clone();
                found.model = model.map(|(name, at, end)| (name, Span::new(file, at, end)));
            }
            for dotted in &module.included {
                self.add(dotted);
            }
            if self.with_jobs {
                files.push(file);
                jobs.push(self.source.workspace.of_text(file, Jobs::read));
            }
            for import in &module.imports {
                let names = (import.names.len() + 1) * NAME_COST;
                if self.source.workspace.budget().steps(names).is_err() {
                    is_whole = false;
                    break;
                }
                let span = Span::new(file, import.start, import.end);
                for dotted in self.names(&path, import) {
                    if self.add(&dotted) {
                        continue;
                    }
                    if let Some(module) = (self.wanted)(&dotted) {
                        found.modules.entry(module).or_insert(span);
                    }
                }
            }
        }
        if !is_whole {
            return found;
        }
        let app = application(&jobs).and_then(|it| self.names.get(&files[it])?.clone());
        found.sent = handed(&jobs)
            .into_iter()
            .map(|it| Sent {
                server: it.server,
                app: app.clone(),
                span: Span::new(files[it.module], it.start, it.end),
                to: match it.to {
                    To::Queue(name) => Ok(name),
                    To::OfTask(Ok(name)) => Err(name),
                    To::OfTask(Err((at, function))) => Err(match self.names.get(&files[at]) {
                        Some(Some(module)) => format!("{module}.{function}"),
                        Some(None) | None => function,
                    }),
                },
            })
            .collect();
        found.jobs =
            first_sent(&jobs).map(|(idx, it)| (it.server, Span::new(files[idx], it.start, it.end)));
        found
    }

    /// Looks for a module and the packages that it is in among the files of the project.
    fn add(&mut self, dotted: &str) -> bool {
        let mut is_ours = false;
        let ends = dotted.match_indices('.').map(|(at, _)| at).chain([dotted.len()]);
        for end in ends {
            let name = &dotted[..end];
            if !self.seen.insert(name.to_owned()) {
                continue;
            }
            if let Some(file) = self.source.module(name) {
                self.queue.push(file);
                is_ours = true;
                let known = self.names.entry(file).or_insert_with(|| Some(name.to_owned()));
                if known.as_deref() != Some(name) {
                    *known = None;
                }
            }
        }
        is_ours
    }

    /// Notes the module that an application is named by: `shop`, `shop:app`, where celery looks for
    /// `shop.celery`, too.
    fn name(&mut self, file: FileId, app: &str) {
        let module = app.split(':').next().unwrap_or(app);
        let names = [module.to_owned(), format!("{module}.celery")];
        let is_it = |it: &&String| self.source.module(it) == Some(file);
        if let Some(name) = names.iter().find(is_it) {
            self.names.insert(file, Some(name.clone()));
        }
    }

    /// The modules that a statement may load: `from a import b` loads `a`, and `a.b` if that is one.
    fn names(&self, path: &str, import: &Import) -> Vec<String> {
        let dots = import.module.len() - import.module.trim_start_matches('.').len();
        let module = import.module.trim_start_matches('.');
        let base = match dots {
            0 => module.to_owned(),
            _ => {
                let Some(package) = package(self.source, path, dots) else { return Vec::new() };
                let parts = [package.as_str(), module];
                parts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(".")
            }
        };
        let inner = import.names.iter().map(|it| match base.is_empty() {
            true => it.clone(),
            false => format!("{base}.{it}"),
        });
        // The longest names come first: `google.cloud` alone says little.
        let mut names: Vec<String> = inner.collect();
        names.push(base.clone());
        names.retain(|it| !it.is_empty());
        names
    }
}

/// What a module brings with it, whoever loads it.
struct OfModule {
    /// The first call that loads a model.
    model: Option<(String, usize, usize)>,
    /// The modules of URLs that it takes in.
    included: Vec<String>,
    imports: Vec<Import>,
}

/// A [`Statement`] that is kept.
struct Import {
    module: String,
    names: Vec<String>,
    start: usize,
    end: usize,
}

impl OfModule {
    fn read(text: &str) -> Self {
        let import = |it: Statement<'_>| Import {
            module: it.module.to_owned(),
            names: it.names.into_iter().map(str::to_owned).collect(),
            start: it.start,
            end: it.end,
        };
        Self {
            model: models::loaded(text),
            included: included(text).map(str::to_owned).collect(),
            imports: statements(text).into_iter().map(import).collect(),
        }
    }
}

/// The modules of URLs that one of Django's takes in: `include("shop.orders.urls")`.
fn included(text: &str) -> impl Iterator<Item = &str> {
    text.split("include(").skip(1).filter_map(|it| {
        let rest = it.trim_start().strip_prefix(['"', '\''])?;
        let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && !"_.".contains(it))?;
        rest[end..].starts_with(['"', '\'']).then_some(&rest[..end])
    })
}

/// The package that a relative import starts from, which stands in the file at a path.
pub(super) fn package(source: &Source<'_, '_>, path: &str, dots: usize) -> Option<String> {
    let mut folder = parent(path);
    for _ in 1..dots {
        folder = parent(folder);
    }
    let roots = source.folders.iter().filter(|it| folder.starts_with(it.as_str()));
    let root = roots.max_by_key(|it| it.len())?;
    Some(folder[root.len()..].trim_matches('/').replace('/', "."))
}

/// An import of a module.
pub(super) struct Statement<'t> {
    /// As written, with the dots of a relative one.
    pub(super) module: &'t str,
    /// What is taken from it.
    pub(super) names: Vec<&'t str>,
    /// What a module that is imported as a whole is called here, where that is another name.
    pub(super) alias: Option<&'t str>,
    /// Whether the module goes on without it, because it stands in a `try`.
    pub(super) is_tried: bool,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The imports that run when a module is loaded: those that stand in no block but `try`.
pub(super) fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut in_try = false;
    let mut quotes: Option<&str> = None;
    let mut rest_of: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let (at, code) = (start, line.trim_end());
        start += line.len();
        if let Some(open) = quotes {
            if code.contains(open) {
                quotes = None;
            }
            continue;
        }
        quotes = ["\"\"\"", "'''"].into_iter().find(|it| code.matches(it).count() % 2 == 1);
        let plain = code.trim_start();
        if let Some(idx) = rest_of {
            // Names between parentheses go on over lines.
            let names = plain.split('#').next().unwrap_or_default();
            let import: &mut Statement<'_> = &mut found[idx];
            import.names.extend(listed(names));
            if names.contains(')') {
                rest_of = None;
            }
            continue;
        }
        let is_indented = plain.len() < code.len();
        if !is_indented && !plain.is_empty() && !plain.starts_with('#') {
            in_try = plain.starts_with("try:");
        }
        if is_indented && !in_try {
            continue;
        }
        let before = found.len();
        statement(&mut found, plain, at + (code.len() - plain.len()), at + code.len());
        found[before..].iter_mut().for_each(|it| it.is_tried = is_indented);
        if plain.contains('(') && !plain.contains(')') && found.len() > before {
            rest_of = Some(found.len() - 1);
        }
    }
    found
}

/// `import a.b as c, d` or `from a import b as c, d`.
fn statement<'t>(found: &mut Vec<Statement<'t>>, line: &'t str, start: usize, end: usize) {
    let code = line.split('#').next().unwrap_or(line);
    if let Some(modules) = code.strip_prefix("import ") {
        let alias = |it: &'t str| Some(it.split_once(" as ")?.1.trim());
        for part in modules.split([',', ';']) {
            let alias = alias(part);
            for module in listed(part) {
                found.push(Statement {
                    module,
                    names: Vec::new(),
                    alias,
                    is_tried: false,
                    start,
                    end,
                });
            }
        }
    } else if let Some((module, names)) =
        code.strip_prefix("from ").and_then(|it| it.split_once(" import"))
    {
        let names = listed(names).collect();
        let module = module.trim();
        found.push(Statement { module, names, alias: None, is_tried: false, start, end });
    }
}

/// Names between commas, without what they are called here.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    let names = text.split([',', ';', '(', ')']).filter_map(|it| it.split_whitespace().next());
    names.filter(|it| it.chars().all(|it| it.is_alphanumeric() || "_.".contains(it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[(&str, &[&str])]) {
        let found = statements(text);
        let found: Vec<_> = found.iter().map(|it| (it.module, it.names.as_slice())).collect();
        assert_eq!(found, expect, "{text:?}");
    }

    #[test]
    fn only_what_runs_on_import_counts() {
        check("import a, b.c as d\n", &[("a", &[]), ("b.c", &[])]);
        check("def f():\n    import a\n", &[]);
        check("try:\n    import a\nexcept ImportError:\n    import b\n", &[("a", &[])]);
        check("\"\"\"Use it so:\n\nimport a\n\"\"\"\nimport b\n", &[("b", &[])]);
        check("if TYPE_CHECKING:\n    import a\n", &[]);
    }

    #[test]
    fn urls_are_taken_in_by_their_module() {
        let text = "path('a/', include('shop.a.urls')),\ninclude(\n    \"b.urls\"), include(c), include('d";
        assert_eq!(included(text).collect::<Vec<_>>(), ["shop.a.urls", "b.urls"]);
        assert_eq!(included("include((\"a\", 'b'))").count(), 0);
    }

    #[test]
    fn names_may_stand_on_several_lines() {
        let text = "from ..a import (  # all\n    b as c,\n    d,\n)\nfrom e import f\n";
        check(text, &[("..a", &["b", "d"]), ("e", &["f"])]);
    }
}
