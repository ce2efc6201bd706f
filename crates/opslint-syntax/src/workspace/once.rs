//! What is worked out once for all that ask: many processes load the same files, and many projects
//! share one.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use opslint_model::project::Environment;

use super::Workspace;
use super::of_text::OfText;
use crate::budget::Spent;
use crate::source::FileId;

/// Bytes of the files of a project of which trees are kept.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// Bytes of code that cost as much to read as a step of an evaluator.
const BYTES_OF_STEP: usize = 4;

/// What is worked out once for all processes of a project.
#[derive(Default)]
pub(super) struct Once {
    /// What texts come to that stand in other files.
    of_texts: Mutex<HashMap<FileId, Arc<OfText>>>,
    /// Trees of files that several processes load, and the bytes of those files.
    kept: HashMap<FileId, Arc<dyn Any + Send + Sync>>,
    kept_bytes: usize,
    /// Files whose code was paid for, and whether there was enough left.
    code: HashMap<FileId, Result<(), Spent>>,
}

impl Workspace<'_> {
    /// The variables of a file, read in the way that `way` names; `make` works them out once.
    pub fn variables_of(
        &mut self,
        file: FileId,
        way: &str,
        make: impl FnOnce(&mut Self) -> Environment,
    ) -> Environment {
        let key = (file, way.to_owned());
        if let Some(known) = self.variables.get(&key) {
            return known.clone();
        }
        let made = make(self);
        self.variables.entry(key).or_insert(made).clone()
    }

    /// Takes from the budget of the project what it costs to read the code of a file, once for all
    /// its processes.
    ///
    /// # Errors
    /// When the project has used up its steps: then nothing is read of the file.
    pub fn takes_code(&mut self, file: FileId) -> Result<(), Spent> {
        if let Some(known) = self.once.code.get(&file) {
            return *known;
        }
        let taken = self.budget.steps(self.sources.file(file).text().len() / BYTES_OF_STEP);
        self.once.code.insert(file, taken);
        taken
    }

    /// What was kept of a file by [`Self::keep`].
    pub fn kept<T: Send + Sync + 'static>(&self, file: FileId) -> Option<Arc<T>> {
        Arc::clone(self.once.kept.get(&file)?).downcast().ok()
    }

    /// Keeps something large that was made of a file for the other processes of the project, as long
    /// as there is room: trees take dozens of times as much memory as their texts.
    pub fn keep<T: Send + Sync + 'static>(&mut self, file: FileId, made: Arc<T>) {
        let bytes = self.sources.file(file).text().len();
        if self.once.kept_bytes + bytes <= KEPT_BYTES_MAX && !self.once.kept.contains_key(&file) {
            self.once.kept_bytes += bytes;
            self.once.kept.insert(file, made);
        }
    }

    /// What the text of a file comes to, whoever asks: it is worked out once.
    pub fn of_text<T: Send + Sync + 'static>(
        &self,
        file: FileId,
        work: impl FnOnce(&str) -> T,
    ) -> Arc<T> {
        if let Some(stored) = self.stored.get(&file) {
            return stored.of_text.get(stored.source.text(), work);
        }
        // Texts in other files are those of one project.
        let text = self.sources.file(file).shared_text();
        let mut inner = self.once.of_texts.lock().unwrap_or_else(PoisonError::into_inner);
        let of_text = Arc::clone(inner.entry(file).or_default());
        drop(inner);
        of_text.get(&text, work)
    }
}
