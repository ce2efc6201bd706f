//! What is worked out once for all that ask: many processes of a project load the same files.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use opslint_model::project::Environment;

use super::Workspace;
use crate::source::FileId;

/// What texts of files come to, by the file and the type of it.
pub(super) type OfTexts = HashMap<(FileId, TypeId), Arc<dyn Any + Send + Sync>>;

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

    /// What the text of a file comes to, whoever asks: it is worked out once.
    pub fn of_text<T: Send + Sync + 'static>(
        &mut self,
        file: FileId,
        work: impl FnOnce(&str) -> T,
    ) -> Arc<T> {
        let key = (file, TypeId::of::<T>());
        if let Some(known) = self.of_texts.get(&key)
            && let Ok(known) = Arc::clone(known).downcast()
        {
            return known;
        }
        let made = Arc::new(work(&self.sources.file(file).shared_text()));
        self.of_texts.insert(key, Arc::<T>::clone(&made));
        made
    }
}
