//! What a container of a task starts in the image that its manifest names.

use super::{Started, Written, assumed_by_code, built, find};
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

impl Written {
    /// Sets the command of a container and what its image brings; whether anything is known of it.
    pub(in crate::manifests) fn start(
        self,
        context: &mut Context<'_, '_>,
        named: &Named<'_>,
        process: &mut ProcessDraft,
    ) -> bool {
        let Named { image, own, all, is_own } = *named;
        let name = image.as_str().unwrap_or_default();
        let text = |it: &str| {
            Fact::known(Value::Text(it.to_owned()), Origin::written(image.span, "`image`"))
        };
        let (short, version) = images::parts(name);
        process.facts.set(v::IMAGE_NAME, text(short));
        process.facts.set(v::IMAGE_VERSION, text(version.unwrap_or("latest")));
        let program = images::of(name).filter(|(it, _)| it.serves == Serves::Others);
        if let (Some((program, _)), false) = (program, self.is_whole) {
            if let Some(kind) = program.kind_of_image() {
                process.facts.set(v::KIND, text(kind));
            }
            process.facts.set(v::SERVER, text(program.id));
            process.command = Command::None;
            return true;
        }
        let made = match is_own {
            true => find(context, name),
            false => built(context, name).or_else(|| assumed_by_code(context, own?, all)),
        };
        let Some(made) = made else {
            let command = own.and_then(|it| self.in_another(context, it, image.span));
            let Some(command) = command else { return false };
            process.command = command;
            return true;
        };
        process.command = self.in_own(context, &made);
        made.bring(process);
        true
    }
}
