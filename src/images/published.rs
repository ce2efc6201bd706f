//! Images that others publish: what they run when nobody says anything.

use crate::document::Text;
use crate::draft::Command;
use crate::programs::listed::images;
use crate::source::Span;

/// The words that an image runs; `span` is where a file names it.
pub(crate) fn words(image: &str, span: Span) -> Option<Vec<Text>> {
    let (_, image) = images::of(image)?;
    Some(image.command.iter().map(|it| Text::new(*it, span, Vec::new())).collect())
}

/// The same as a command.
pub(crate) fn command(image: &str, span: Span) -> Option<Command> {
    Some(Command::Words { words: words(image, span)?, span })
}

/// Official images that are named like a language.
const LANGUAGES: &[&str] = &["node", "ruby"];

/// The language of an official image, and its version: `node:20-slim`, `ruby:3.3.1`.
pub(crate) fn runtime(image: &str) -> Option<(&'static str, &str)> {
    let (name, tag) = images::parts(image);
    let language = LANGUAGES.iter().find(|it| **it == name)?;
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
        assert_eq!(runtime("docker.io/library/ruby:3.3.1"), Some(("ruby", "3.3.1")));
        for image in
            ["node:lts", "node:lts-alpine", "node", "acme/node:20", "node:current", "node:20.x"]
        {
            assert_eq!(runtime(image), None, "{image}");
        }
    }
}
