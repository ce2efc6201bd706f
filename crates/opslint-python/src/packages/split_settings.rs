//! `include("base.py", optional("local.py"))` of django-split-settings: files that run with the names of
//! the module that includes them.
//!
//! Source: `split_settings.tools.include` (1.3.2)

use std::collections::BTreeMap;
use std::sync::Arc;

use ruff_text_size::TextRange;

use crate::source::FileId;
use crate::workspace::{Opened, join, parent};

use super::super::branch::Flow;
use super::super::call::Arguments;
use super::super::eval::not_seen;
use super::super::evaluator::{DEPTH_MAX, Evaluator, Unit};
use super::super::raise::{Error, Evaluated};
use super::super::state::Scope;
use super::super::storage::Opaque;
use super::super::trace::Inputs;
use super::super::value::PyValue;

/// The method that stands for `optional(path)`: of the path.
const OPTIONAL: &str = "optional file";

/// How many files one `include` may run.
const FILES_MAX: usize = 30;

impl Evaluator<'_, '_, '_> {
    /// `optional(path)`.
    pub(super) fn optional_file(&self, arguments: &Arguments) -> PyValue {
        match arguments.positional.as_slice() {
            [path @ PyValue::Str(_)] => self.heap.method(path.clone(), OPTIONAL),
            _ => PyValue::Unknown(not_seen()),
        }
    }

    /// `include(path, …)`. What is not followed may set any name.
    pub(super) fn include(
        &mut self,
        arguments: &Arguments,
        range: TextRange,
    ) -> Evaluated<PyValue> {
        let is_own = |(name, value): &(String, PyValue)| {
            name == "scope" && self.namespace_unit(value) == Some(self.unit)
        };
        let is_plain = arguments.hidden.is_none() && arguments.keywords.iter().all(is_own);
        if !is_plain || !self.state.locals.is_empty() {
            let reason = Opaque::because("`split_settings.tools.include` may set any name");
            self.forget_all(&reason);
            return Ok(PyValue::None);
        }
        for path in &arguments.positional {
            let found = match path {
                PyValue::Str(path) => self.included(path).map(|it| (it, false)),
                PyValue::Method(it) if it.name() == OPTIONAL => match it.object() {
                    PyValue::Str(path) => self.included(path).map(|it| (it, true)),
                    _ => Err(not_seen()),
                },
                other => Err(other.unknown().unwrap_or_else(not_seen)),
            };
            match found {
                Ok((files, false)) if files.is_empty() => {
                    let error = Error::raise("OSError", "a file of `include` is not there");
                    return Err(self.raised(error, range, &Inputs::default()));
                }
                // A file that is not in the project may be there where it runs.
                Ok((files, true)) if files.is_empty() => {
                    self.forget_all(&Opaque::because("an optional file of settings may set it"));
                }
                Ok((files, _)) => self.include_files(&files, range)?,
                Err(unknown) => self.forget_all(&unknown),
            }
        }
        Ok(PyValue::None)
    }

    /// The files of a path beside the module, which may have a `*` in its last part.
    fn included(&mut self, path: &str) -> Result<Vec<FileId>, Opaque> {
        let here = self.host.workspace.sources.file(self.file()).path().to_owned();
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let beyond = || Opaque::because(format!("`{path}` is not followed"));
        if path.starts_with('/') || folder.contains('*') || path.contains(['?', '[']) {
            return Err(beyond());
        }
        let folder = join(parent(&here), folder).ok_or_else(beyond)?;
        let names = match name.split_once('*') {
            None => vec![name.to_owned()],
            Some((before, after)) if !after.contains('*') => {
                let fits = |it: &&String| {
                    let rest = it.strip_prefix(before).and_then(|it| it.strip_suffix(after));
                    rest.is_some() && !it.starts_with('.')
                };
                let listed = self.host.workspace.list(&folder);
                listed.iter().filter(fits).cloned().collect()
            }
            Some(_) => return Err(beyond()),
        };
        let mut files = Vec::new();
        for path in names.iter().filter_map(|it| join(&folder, it)) {
            match self.host.workspace.try_open(&path) {
                Opened::File(file) => files.push(file),
                Opened::Missing => {}
                Opened::Unknown(unknown) => return Err(unknown.into()),
            }
        }
        match files.len() > FILES_MAX {
            true => Err(beyond()),
            false => Ok(files),
        }
    }

    /// Runs files one after the other. Of several that one pattern finds, the order is not known.
    fn include_files(&mut self, files: &[FileId], range: TextRange) -> Evaluated<()> {
        let mut set: BTreeMap<String, usize> = BTreeMap::new();
        for file in files {
            for name in self.include_file(*file, range)? {
                *set.entry(name).or_default() += 1;
            }
        }
        let reason = Opaque::because("the order of the files of settings is not known");
        let unit = self.unit;
        for (name, _) in set.into_iter().filter(|(_, count)| *count > 1) {
            let is_setting = name.chars().all(|it| !it.is_lowercase());
            if let (true, Some(slot)) = (is_setting, self.state.globals[unit].get_mut(&name)) {
                slot.value.value = PyValue::Unknown(reason.clone());
            }
        }
        Ok(())
    }

    /// Runs a file with the names of the running module, and says which names it assigns.
    fn include_file(&mut self, file: FileId, range: TextRange) -> Evaluated<Vec<String>> {
        if self.depth + 4 >= DEPTH_MAX {
            self.forget_all(&Opaque::because("the files of settings are nested too deeply"));
            return Ok(Vec::new());
        }
        let opaque = self.too_large(file);
        if let Some(reason) = opaque {
            self.forget_all(&reason);
            return Ok(Vec::new());
        }
        let (parsed, names) = self.parse(file);
        if !parsed.errors().is_empty() {
            let error = Error::raise("SyntaxError", "a file of settings is not valid Python");
            return Err(self.raised(error, range, &Inputs::default()));
        }
        let outer = self.unit;
        let name = self.units[outer].name.clone();
        let parsed_too = Arc::clone(&parsed);
        // Its functions see the names as they are once it has run.
        let name = format!("{name} ");
        self.units.push(Unit { file, name, parsed, names, opaque: None });
        let unit = self.units.len() - 1;
        while self.state.globals.len() <= unit {
            self.state.globals.push(Scope::default());
        }
        self.state.globals[unit] = Scope { unit, ..self.state.globals[outer].clone() };
        self.unit = unit;
        let place = self.place.take();
        self.depth += 1;
        let flow = self.exec_block(parsed_too.suite());
        self.depth -= 1;
        self.unit = outer;
        self.place = place;
        let scope = self.state.globals[unit].clone();
        // Records are those of the first module, wherever they are made.
        let own = std::mem::take(&mut self.state.globals[outer]);
        let mut merged = Scope { unit: outer, ..scope };
        for slot in own.slots.into_iter().filter(|it| it.name.contains(' ')) {
            merged.bind(slot);
        }
        self.state.globals[outer] = merged;
        match flow {
            Flow::Raise(raised) => Err(raised),
            _ => Ok(self.effects_of(parsed_too.suite()).assigned.iter().cloned().collect()),
        }
    }
}
