//! A command in an image that no file of the project makes.
//!
//! What is written counts: the program, and its options. What the image has is not known, so neither is
//! the application, nor a configuration that the program finds by itself.

use std::sync::Arc;

use crate::document::Text;
use crate::draft::{Command, ImageCommand};
use crate::images::{bases, dockerfile};
use crate::programs::listed::images;
use crate::workspace::ImageFiles;

/// Whether an image is one that everybody can look into: that of a program or a language.
pub(in crate::manifests) fn is_published(image: &str) -> bool {
    images::of(image).is_some()
        || bases::of(image).is_some()
        || dockerfile::tools::interpreter(image).is_some()
}

/// What starts in the image. `entrypoint` are words that the command stands behind; `is_whole` says
/// whether both take the place of what the image runs by itself.
pub(in crate::manifests) fn command(
    image: &str,
    entrypoint: Vec<Text>,
    command: Command,
    (is_whole, files): (bool, ImageFiles),
) -> Command {
    if matches!(command, Command::None | Command::Unknown(_)) {
        return command;
    }
    let (name, _) = images::parts(image);
    Command::Image(Box::new(ImageCommand {
        entrypoint,
        may_take_words: (!is_whole).then(|| name.to_owned()),
        hidden_packages: Some(format!("the image `{image}` may bring packages")),
        ..ImageCommand::seeing(command, Arc::new(files))
    }))
}
