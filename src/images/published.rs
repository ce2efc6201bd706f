//! Images that others publish: what they run when nobody says anything.

use std::sync::Arc;

use crate::document::Text;
use crate::draft::{Command, ImageCommand};
use crate::images::bases;
use crate::programs::listed::images;
use crate::source::Span;
use crate::workspace::ImageFiles;

/// The words that an image runs; `span` is where a file names it.
pub(crate) fn words(image: &str, span: Span) -> Option<Vec<Text>> {
    let (_, image) = images::of(image)?;
    Some(image.command.iter().map(|it| Text::new(*it, span, Vec::new())).collect())
}

/// What starts in an image that nobody here builds: `written` takes the place of its CMD. `None`
/// where what the image does with it is not known.
pub(crate) fn command(image: &str, span: Span, written: Option<Command>) -> Option<Command> {
    let base = bases::of(image);
    let own = || base.and_then(|it| it.command(span)).or_else(|| words(image, span));
    let command = match (written, base) {
        (Some(written), Some(_)) => written,
        (Some(_), None) => return None,
        (None, _) => Command::Words { words: own()?, span },
    };
    let Some(base) = base.filter(|it| it.is_more_than_plain()) else { return Some(command) };
    if base.takes_all && matches!(command, Command::Shell(_)) {
        return None;
    }
    let files = ImageFiles {
        start: base.folder.unwrap_or_default().to_owned(),
        is_open: true,
        // Whoever names the image may mount a configuration of his own.
        written: base.files(span).filter(|it| it.text.value.starts_with("#!")).collect(),
        ..ImageFiles::default()
    };
    Some(Command::Image(Box::new(ImageCommand {
        entry_of_base: base.entry(span),
        hidden_packages: Some(format!("the image `{image}` may bring packages")),
        ..ImageCommand::seeing(command, Arc::new(files))
    })))
}

/// Official images with a language: their names, and what it is called in `languages/`.
const LANGUAGES: &[(&str, &str)] = &[
    ("mcr.microsoft.com/dotnet/aspnet", "dotnet"),
    ("mcr.microsoft.com/dotnet/core/aspnet", "dotnet"),
    ("mcr.microsoft.com/dotnet/core/runtime", "dotnet"),
    ("mcr.microsoft.com/dotnet/core/sdk", "dotnet"),
    ("mcr.microsoft.com/dotnet/runtime", "dotnet"),
    ("mcr.microsoft.com/dotnet/sdk", "dotnet"),
    ("node", "node"),
    ("ruby", "ruby"),
];

/// The language of an official image, and its version: `node:20-slim`, `ruby:3.3.1`.
pub(crate) fn runtime(image: &str) -> Option<(&'static str, &str)> {
    let (name, tag) = images::parts(image);
    let (_, language) = LANGUAGES.iter().find(|it| it.0 == name)?;
    let version = tag?.split('-').next()?;
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    version.split('.').all(is_number).then_some((*language, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_numbers_in_front_of_the_variant() {
        assert_eq!(runtime("node:20-slim"), Some(("node", "20")));
        let aspnet = "mcr.microsoft.com/dotnet/aspnet:8.0-alpine";
        assert_eq!(runtime(aspnet), Some(("dotnet", "8.0")));
        assert_eq!(runtime("docker.io/library/ruby:3.3.1"), Some(("ruby", "3.3.1")));
        for image in
            ["node:lts", "node:lts-alpine", "node", "acme/node:20", "node:current", "node:20.x"]
        {
            assert_eq!(runtime(image), None, "{image}");
        }
    }
}
