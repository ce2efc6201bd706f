//! Base images: what they put in front of a command, and what they run when nothing is said.
//!
//! `bases/README.md` says what a file may hold.

use crate::document::Text;
use crate::programs::listed::images;
use crate::source::Span;
use crate::workspace::Written;

/// What is known of the images of some names.
#[derive(Debug)]
pub(crate) struct Base {
    /// Its names, without registry and version. One that ends in `*` is the start of a name.
    names: &'static [&'static str],
    /// Words of which one must be in its tag; none is any tag. One that ends in `*` is the start of
    /// a word.
    tags: &'static [&'static str],
    /// Its ENTRYPOINT, where that is more than nothing.
    entrypoint: &'static [&'static str],
    /// Whether the entry point takes all words for its own, those of a shell included.
    pub(crate) takes_all: bool,
    /// Its CMD, where `programs/` has none for it.
    command: Option<&'static [&'static str]>,
    /// Its WORKDIR, where that is known.
    pub(crate) folder: Option<&'static str>,
    /// Its ENV, as far as it decides about a server.
    pub(crate) env: &'static [(&'static str, &'static str)],
    /// Its scripts, in our own words: what a command comes to.
    files: &'static [(&'static str, &'static str)],
}

/// `bases/*.toml` as they were at build time, those with tags first.
const BASES: &[Base] = include!(concat!(env!("OUT_DIR"), "/bases.rs"));

/// What is known of an image.
pub(crate) fn of(image: &str) -> Option<&'static Base> {
    let (name, tag) = images::parts(image);
    let tag = tag.unwrap_or_default();
    BASES.iter().find(|base| {
        let is_named = |it: &&str| match it.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => *it == name,
        };
        let is_tag = |word: &str, it: &str| match it.strip_suffix('*') {
            Some(start) => word.starts_with(start),
            None => word == it,
        };
        let has_tag = base.tags.is_empty()
            || tag.split('-').any(|word| base.tags.iter().any(|it| is_tag(word, it)));
        has_tag && base.names.iter().any(is_named)
    })
}

/// Whether the entry point of an image may take the first word of a command for itself, because
/// nothing is known of the image.
pub(crate) fn may_take_words(image: &str) -> bool {
    of(image).is_none() && images::of(image).is_none()
}

impl Base {
    /// The words of its entry point; `span` is where a file names the image.
    pub(crate) fn entry(&self, span: Span) -> Vec<Text> {
        texts(self.entrypoint, span)
    }

    /// Whether it does anything to a command, or brings something.
    pub(crate) fn is_more_than_plain(&self) -> bool {
        !self.entrypoint.is_empty() || !self.files.is_empty()
    }

    /// The words that it runs when nothing is said.
    pub(crate) fn command(&self, span: Span) -> Option<Vec<Text>> {
        Some(texts(self.command?, span))
    }

    /// Its scripts.
    pub(crate) fn files(&self, span: Span) -> impl Iterator<Item = Written> {
        self.files.iter().map(move |(path, text)| Written {
            path: (*path).to_owned(),
            text: Text::new(*text, span, Vec::new()),
            is_of_base: true,
        })
    }
}

fn texts(words: &[&str], span: Span) -> Vec<Text> {
    words.iter().map(|it| Text::new(*it, span, Vec::new())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_image_is_known_by_name_and_tag() {
        let entry = |image| of(image).map(|it| it.entrypoint.join(" "));
        assert_eq!(entry("denoland/deno:alpine-2.1").as_deref(), Some("docker-entrypoint.sh"));
        assert_eq!(entry("gcr.io/distroless/nodejs20-debian12").as_deref(), Some("node"));
        assert_eq!(entry("python:3.12-slim").as_deref(), Some(""));
        assert_eq!(entry("acme/python"), None);
        let env = |tag: &str| {
            let found = of(&format!("mcr.microsoft.com/dotnet/aspnet:{tag}"));
            found.map(|it| it.env.iter().map(|it| it.0).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(env("6.0-alpine").as_deref(), Some("ASPNETCORE_URLS"));
        assert_eq!(env("8.0.11").as_deref(), Some("ASPNETCORE_HTTP_PORTS"));
        assert_eq!(env("10.0").as_deref(), Some("ASPNETCORE_HTTP_PORTS"));
    }

    #[test]
    fn nothing_is_known_of_other_images() {
        assert!(may_take_words("acme/base:1") && may_take_words("registry.acme.com/node"));
        assert!(!may_take_words("debian:12") && !may_take_words("nginx"));
    }

    #[test]
    fn scripts_of_base_images_can_be_read() {
        let files = BASES.iter().flat_map(|it| it.files);
        for (path, text) in files.filter(|(_, text)| text.starts_with("#!")) {
            let script = crate::parse::shell::parse(text);
            assert!(script.problem.is_none(), "{path}: {:?}", script.problem);
        }
    }
}
