//! What a container of a task starts in the image that its manifest names.

use super::{Image, Started, Written, assumed_by_code, built, find};
use crate::document::Node;
use crate::draft::{Command, Context, ProcessDraft};
use crate::fact::{Fact, Origin, Value};
use crate::programs::listed::{Serves, images};
use crate::vocabulary as v;

/// An image that a container names, among those of the same task.
pub(in crate::manifests) struct Named<'n> {
    /// Its name, where it is written.
    pub(in crate::manifests) image: &'n Node,
    /// The image with the words that it is started with.
    pub(in crate::manifests) own: Option<&'n Started<'n>>,
    /// The same of every container of the task.
    pub(in crate::manifests) all: &'n [Started<'n>],
    /// Whether it is taken to be the one that the project's Dockerfile makes.
    pub(in crate::manifests) is_own: bool,
}

impl Named<'_> {
    /// Says which image it is; whether it runs a program of others, which is all that starts then.
    /// `is_whole` says that a command is written in the place of the image's own.
    pub(in crate::manifests) fn is_of_others(
        &self,
        is_whole: bool,
        process: &mut ProcessDraft,
    ) -> bool {
        let name = self.image.as_str().unwrap_or_default();
        let text = |it: &str| {
            Fact::known(Value::Text(it.to_owned()), Origin::written(self.image.span, "`image`"))
        };
        let (short, version) = images::parts(name);
        process.facts.set(v::IMAGE_NAME, text(short));
        process.facts.set(v::IMAGE_VERSION, text(version.unwrap_or("latest")));
        let program = images::of(name).filter(|(it, _)| it.serves == Serves::Others && !is_whole);
        let Some((program, _)) = program else { return false };
        if let Some(kind) = program.kind_of_image() {
            process.facts.set(v::KIND, text(kind));
        }
        process.facts.set(v::SERVER, text(program.id));
        process.command = Command::None;
        true
    }

    /// The image as a Dockerfile of the project makes it, where one does.
    pub(in crate::manifests) fn made(&self, context: &mut Context<'_, '_>) -> Option<Image> {
        let name = self.image.as_str().unwrap_or_default();
        match self.is_own {
            true => find(context, name),
            false => built(context, name).or_else(|| assumed_by_code(context, self.own?, self.all)),
        }
    }
}

impl Written {
    /// Sets the command of a container and what its image brings; whether anything is known of it.
    pub(in crate::manifests) fn start(
        self,
        context: &mut Context<'_, '_>,
        named: &Named<'_>,
        process: &mut ProcessDraft,
    ) -> bool {
        if named.is_of_others(self.is_whole, process) {
            return true;
        }
        let Some(made) = named.made(context) else {
            let own = named.own;
            let command = own.and_then(|it| self.in_another(context, it, named.image.span));
            let Some(command) = command else { return false };
            process.command = command;
            return true;
        };
        process.command = self.in_own(context, &made);
        made.bring(process);
        true
    }
}
