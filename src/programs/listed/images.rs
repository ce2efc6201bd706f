//! Published images → what they run when nothing is said.

use super::{Image, PROGRAMS, Program};

/// Registries and owners that official images are published under.
const LIBRARIES: &[&str] = &[
    "docker.io/library/",
    "docker.io/",
    "library/",
    "public.ecr.aws/docker/library/",
    "public.ecr.aws/nginx/",
    "mirror.gcr.io/library/",
    "mirror.gcr.io/",
];

/// The name of an image without registry and version, and its version.
pub fn parts(image: &str) -> (&str, Option<&str>) {
    let name = image.split('@').next().unwrap_or_default();
    let (name, version) = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (name, None),
    };
    (LIBRARIES.iter().find_map(|it| name.strip_prefix(it)).unwrap_or(name), version)
}

/// The major version of a tag, or that of PostgreSQL in one that names both: 16 of `16-alpine` and of
/// `0.8.0-pg16`.
pub fn major(tag: &str) -> Option<u32> {
    let from = tag.find("pg").map_or(tag, |at| &tag[at + 2..]);
    let end = from.find(|it: char| !it.is_ascii_digit()).unwrap_or(from.len());
    from[..end].parse().ok()
}

/// The program of an image, and what is known of the image.
pub fn of(image: &str) -> Option<(&'static Program, &'static Image)> {
    let (name, tag) = parts(image);
    let tag = tag.unwrap_or_default();
    let is_it = |it: &Image| {
        let has_tag = it.tags.is_empty() || tag.split('-').any(|word| it.tags.contains(&word));
        it.names.contains(&name) && has_tag
    };
    PROGRAMS.iter().find_map(|program| {
        let image = program.images.iter().find(|it| is_it(it))?;
        Some((program, image))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_without_registry_and_version() {
        let name = |image| of(image).map(|(it, _)| it.id);
        assert_eq!(name("postgres:17-alpine"), Some("postgres"));
        assert_eq!(name("docker.io/library/redis@sha256:0"), Some("redis"));
        assert_eq!(name("registry.example.com:5000/nginx"), None);
        assert_eq!(name("nginx"), Some("nginx"));
        assert_eq!(name("acme/postgres:1"), None);
        assert_eq!(parts("localhost:5000/x"), ("localhost:5000/x", None));
    }

    #[test]
    fn a_variant_is_a_word_of_the_tag() {
        let name = |image| of(image).map(|(it, _)| it.id);
        assert_eq!(name("php:8.3-fpm-alpine"), Some("php-fpm"));
        assert_eq!(name("php:8.3-apache"), Some("apache"));
        assert_eq!(name("php:cli"), Some("php"));
        assert_eq!(name("php:8.3"), None);
    }
}
