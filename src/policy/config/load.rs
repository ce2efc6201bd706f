//! From candidate paths and flags to layers: which files are read, and in which order they count.

use std::collections::HashSet;

use super::flags;
use super::layer::Layer;
use super::packs;
use super::problems;
use super::tree::{self, Place};
use crate::diagnostic::Diagnostic;
use crate::parse;
use crate::platforms::Catalog;
use crate::source::{FileId, Span, Spanned};
use crate::vocabulary;
use crate::workspace::{Opened, Reach, Workspace, join, parent};

/// Wrong names of rules that are compared with all right ones. Who has more of them than this has
/// not mistyped one.
const SUGGESTED_MAX: usize = 100;

/// Name of the configuration file.
pub const FILE_NAME: &str = "opslint.toml";

/// Where configuration may come from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// The folder that is checked.
    pub folder: &'a str,
    /// Paths where an opslint.toml may be, nearest first. The first that exists counts.
    pub candidates: &'a [String],
    /// The file that the user has named instead.
    pub named: Option<&'a str>,
    /// Names of the folders around the one opslint was started in, outermost first, as far up as
    /// `candidates` reach. They are matched and never shown.
    pub above: &'a [String],
    /// Policies that the command line brings: paths of opslint.toml files, the weakest first. The
    /// files of the repository win over them, except in what they lock.
    pub policies: &'a [String],
    /// The texts of `--set KEY=VALUE`, in order; they win over every file.
    pub set: &'a [String],
}

/// Paths where the opslint.toml for a folder may be, nearest first, up to the start folder.
///
/// `folder` is a path as shown to the user. Folders above the start folder are for the caller to
/// add: only it knows where the repository ends.
pub fn candidates(folder: &str) -> Vec<String> {
    let mut folder = folder;
    let mut paths = Vec::new();
    loop {
        if folder.is_empty() {
            paths.push(FILE_NAME.to_owned());
            return paths;
        }
        paths.push(format!("{folder}/{FILE_NAME}"));
        if folder.ends_with("..") {
            return paths;
        }
        folder = parent(folder);
    }
}

/// Reads the nearest file, what it extends, and the flags: the weakest layer first.
pub(super) struct Loader<'a, 'f> {
    pub(super) acc: &'a mut Vec<Diagnostic>,
    pub(super) workspace: &'a mut Workspace<'f>,
    pub(super) above: &'a [String],
    /// Files read or being read, in order of their first mention.
    pub(super) files: Vec<FileId>,
    /// Files whose `extends` are being followed.
    pub(super) open: Vec<FileId>,
    pub(super) layers: Vec<Layer>,
    /// Layers further up, of which only locked rules count.
    pub(super) guards: Vec<Layer>,
    /// How far reading goes for what is checked.
    pub(super) checked: Reach,
}

impl Loader<'_, '_> {
    pub(super) fn load(&mut self, request: &Request<'_>) {
        self.checked = self.workspace.reach_of(request.folder);
        let further_up = self.nearest(request);
        self.policies(request.policies);
        let own = self.layers.len();
        for node in flags::parse(self.acc, &mut self.workspace.sources, request.set) {
            let sources = &self.workspace.sources;
            let layer = Layer::read(self.acc, sources, &node, ("", &Reach::Anywhere), self.above);
            self.bases(&layer);
            self.layers.push(layer);
        }
        self.layers.iter_mut().skip(own).for_each(|it| it.is_given = true);
        self.guards(further_up);
    }

    /// Reads the file that counts, and gives the paths where others may be further up.
    fn nearest<'r>(&mut self, request: &Request<'r>) -> &'r [String] {
        if let Some(path) = request.named {
            let (opened, reach) = self.open(path, &Reach::Anywhere);
            self.found(path, &opened, &reach);
            return &[];
        }
        for (idx, path) in request.candidates.iter().enumerate() {
            let (opened, reach) = self.open(path, &self.workspace.reach_of(parent(path)));
            // One that cannot be read is the one that counts all the same.
            if opened != Opened::Missing {
                self.found(path, &opened, &reach);
                return &request.candidates[idx + 1..];
            }
        }
        &[]
    }

    /// Reads what the command line brings, and puts it before what the repository says.
    fn policies(&mut self, paths: &[String]) {
        let own = std::mem::take(&mut self.layers);
        for path in paths {
            let (opened, reach) = self.open(path, &Reach::Anywhere);
            if opened.file().is_none_or(|it| !self.files.contains(&it)) {
                self.found(path, &opened, &reach);
            }
        }
        self.layers.iter_mut().for_each(|it| it.is_given = true);
        self.layers.extend(own);
    }

    /// Reads the files further up, whose locked rules count below them.
    fn guards(&mut self, paths: &[String]) {
        let files = self.files.len();
        for path in paths {
            let (opened, reach) = self.open(path, &self.workspace.reach_of(parent(path)));
            let is_known = opened.file().is_some_and(|it| self.files.contains(&it));
            if opened == Opened::Missing || is_known {
                continue;
            }
            let own = std::mem::take(&mut self.layers);
            self.found(path, &opened, &reach);
            let mut further_up = std::mem::replace(&mut self.layers, own);
            further_up.append(&mut self.guards);
            self.guards = further_up;
        }
        self.files.truncate(files);
    }

    fn found(&mut self, path: &str, opened: &Opened, reach: &Reach) {
        match opened.file() {
            Some(file) => self.file(file, reach),
            None => {
                let file = self.workspace.sources.add(path, "");
                self.workspace.problems.retain(|it| it.primary.span.file != file);
                self.acc.push(problems::unreadable(Span::start_of(file), path, opened));
            }
        }
    }

    /// A file that something with this reach names, and how far that file's own paths reach: what
    /// the user has named is trusted, unless it is one of the files that are checked.
    fn open(&mut self, path: &str, reach: &Reach) -> (Opened, Reach) {
        self.workspace.set_reach(reach.clone());
        if *reach != Reach::Anywhere {
            return (self.workspace.try_open(path), reach.clone());
        }
        self.workspace.set_reach(self.checked.clone());
        match self.workspace.try_open(path) {
            it @ Opened::File(_) => (it, self.checked.clone()),
            _ => (self.workspace.open_named(path), Reach::Anywhere),
        }
    }

    fn file(&mut self, file: FileId, reach: &Reach) {
        self.files.push(file);
        self.open.push(file);
        let source = self.workspace.sources.file(file);
        let (path, text) = (source.path().to_owned(), source.shared_text());
        if text.len() > parse::BYTES_MAX {
            self.acc.push(problems::too_large(Span::start_of(file), text.len()));
            self.open.pop();
            return;
        }
        let mut root = tree::parse(self.acc, Place::whole(file), &text);
        self.acc.extend(parse::bounds::cut(&mut root).map(problems::cut));
        let sources = &self.workspace.sources;
        let layer = Layer::read(self.acc, sources, &root, (parent(&path), reach), self.above);
        self.acc.extend(layer.pack.as_ref().and_then(packs::too_new));
        self.bases(&layer);
        self.layers.push(layer);
        self.open.pop();
    }

    /// The first place of a base where there is something.
    fn base(&mut self, layer: &Layer, written: &str) -> (Opened, Reach) {
        let mut last = (Opened::Missing, layer.reach.clone());
        for path in packs::places(&layer.folder, written) {
            last = self.open(&path, &layer.reach);
            if last.0.file().is_some() {
                break;
            }
        }
        last
    }

    fn bases(&mut self, layer: &Layer) {
        for base in &layer.extends {
            let (opened, reach) = self.base(layer, &base.value);
            match opened.file() {
                None if packs::is_package(&base.value) => {
                    self.acc.push(problems::not_installed(base.span, &base.value));
                }
                None => self.acc.push(problems::unreadable(base.span, &base.value, &opened)),
                Some(file) if self.open.contains(&file) => {
                    self.acc.push(problems::extends_itself(base.span, &base.value));
                }
                // A file that two others extend counts once, where it is first named.
                Some(file) if self.files.contains(&file) => {}
                Some(file) => self.file(file, &reach),
            }
        }
    }
}

/// The layer that names a platform file, and the file's path and text.
pub(super) type Corrected = (usize, (String, String));

/// The texts of platform files, and in `acc` those that cannot be used.
pub(super) fn platforms(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    layers: &[Layer],
) -> (Catalog, Vec<Corrected>) {
    let mut catalog = Catalog::builtin();
    let mut texts = Vec::new();
    for (idx, layer) in layers.iter().enumerate() {
        for path in &layer.platforms {
            workspace.set_reach(layer.reach.clone());
            let opened = join(&layer.folder, &path.value)
                .map_or(Opened::Missing, |it| workspace.try_open(&it));
            let Some(file) = opened.file() else {
                acc.push(problems::unreadable(path.span, &path.value, &opened));
                continue;
            };
            let source = workspace.sources.file(file);
            match catalog.add(source.text()) {
                Ok(()) => {
                    texts.push((idx, (source.path().to_owned(), source.text().to_owned())));
                }
                Err(error) => {
                    let len = source.text().len();
                    let range = error.range.start.min(len)..error.range.end.min(len);
                    let span = Place::whole(file).span(range);
                    acc.push(problems::broken_platform(span, &error.message));
                }
            }
        }
    }
    (catalog, texts)
}

/// Adds the platforms that the catalog does not know, and takes them out of the layers.
pub(super) fn check_platforms(acc: &mut Vec<Diagnostic>, layers: &mut [Layer], catalog: &Catalog) {
    let known: Vec<_> = catalog.ids().collect();
    for deployment in layers.iter_mut().flat_map(|it| &mut it.deployments) {
        deployment.facts.retain(|fact| {
            let id = fact.value.value.as_str().unwrap_or_default();
            if fact.name.value != vocabulary::PLATFORM.name() || known.contains(&id) {
                return true;
            }
            acc.push(problems::wrong_name(fact.value.span, "a platform", id, &known));
            false
        });
    }
}

/// Adds the names that are not among `known` rules.
pub(super) fn check_rules<'a>(
    acc: &mut Vec<Diagnostic>,
    names: impl Iterator<Item = &'a Spanned<String>>,
    known: &[&str],
) {
    // Most configurations name none.
    let mut names = names.peekable();
    if names.peek().is_none() {
        return;
    }
    let ids: HashSet<&str> = known.iter().copied().collect();
    let wrong = names.filter(|it| !ids.contains(it.value.as_str()));
    for (idx, name) in wrong.enumerate() {
        let known = if idx < SUGGESTED_MAX { known } else { &[] };
        acc.push(problems::wrong_name(name.span, "a rule", &name.value, known));
    }
}
