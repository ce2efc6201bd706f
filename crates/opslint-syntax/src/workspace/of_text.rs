//! What a text comes to, kept beside it.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What was worked out of one text, by the type of it.
#[derive(Default)]
pub(super) struct OfText(Mutex<Vec<Made>>);

/// The type of something, and what it is.
type Made = (TypeId, Arc<dyn Any + Send + Sync>);

impl OfText {
    /// What the text comes to; it is worked out for whoever asks first.
    pub(super) fn get<T: Send + Sync + 'static>(
        &self,
        text: &str,
        work: impl FnOnce(&str) -> T,
    ) -> Arc<T> {
        if let Some(known) = known(&self.lock()) {
            return known;
        }
        // Work takes long, so others may go on meanwhile. Who is first to be done counts.
        let made = Arc::new(work(text));
        let mut all = self.lock();
        if let Some(known) = known(&all) {
            return known;
        }
        all.push((TypeId::of::<T>(), Arc::<T>::clone(&made)));
        made
    }

    /// Nothing here panics while it holds the lock, so what a panic elsewhere left behind is whole.
    fn lock(&self) -> MutexGuard<'_, Vec<Made>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn known<T: Send + Sync + 'static>(all: &[Made]) -> Option<Arc<T>> {
    let (_, made) = all.iter().find(|(it, _)| *it == TypeId::of::<T>())?;
    Arc::clone(made).downcast().ok()
}

impl fmt::Debug for OfText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfText").finish_non_exhaustive()
    }
}
