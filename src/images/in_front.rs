//! A proxy in a container of its own: which program it is, and what its files say.

use super::container::Container;
use super::proxy::Configuration;
use super::{apache, caddy, haproxy, nginx};
use crate::fact::Unknown;
use crate::workspace::Workspace;

/// A proxy whose configuration is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Nginx,
    Caddy,
    HaProxy,
    Apache,
}

/// Images that are a proxy with its files at the usual places, by the last part of their names.
const IMAGES: &[(&str, Program)] = &[
    ("nginx", Program::Nginx),
    ("nginx-unprivileged", Program::Nginx),
    ("caddy", Program::Caddy),
    ("haproxy", Program::HaProxy),
    ("httpd", Program::Apache),
];

/// What a command of a container does where it writes the files of its nginx before it starts it.
const WRITES: &[&str] =
    &["envsubst", "sed -i", "cp ", "mv ", "ln -s", "> /etc/nginx", ">/etc/nginx"];

impl Program {
    /// The proxy that an image is, with its files where those of the official image are.
    pub(crate) fn of_image(image: &str) -> Option<Self> {
        let name = image.split('@').next().unwrap_or_default();
        let name = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => name,
            _ => name,
        };
        let (owner, last) = name.rsplit_once('/').unwrap_or(("", name));
        // Bitnami's has its files below /opt.
        let known = IMAGES.iter().find(|(it, _)| *it == last && !owner.ends_with("bitnami"));
        known.map(|(_, program)| *program)
    }

    /// The proxy whose main file is one of the project, whatever the image is called.
    pub(crate) fn of_files(container: &Container) -> Option<Self> {
        match () {
            () if container.has_nginx() => Some(Self::Nginx),
            () if caddy::is_there(container) => Some(Self::Caddy),
            () if haproxy::is_there(container) => Some(Self::HaProxy),
            () => None,
        }
    }

    /// What its files say, where it is started with these words, if any are written. `None` when no
    /// file of it is of the project.
    pub(crate) fn configuration(
        self,
        workspace: &mut Workspace<'_>,
        container: &Container,
        words: Option<&[&str]>,
    ) -> Option<Result<Configuration, Unknown>> {
        let named = match (self, words) {
            (_, None) | (Self::Apache, _) => Ok(None),
            (Self::Nginx, Some(words)) => file_of_nginx(words),
            (Self::Caddy, Some(words)) => file_of_caddy(words),
            (Self::HaProxy, Some(words)) => file_of_haproxy(words),
        };
        let named = match named {
            Ok(named) => named,
            Err(reason) => return Some(Err(Unknown::because(reason))),
        };
        match self {
            Self::Nginx => nginx::in_container(workspace, container, named),
            Self::Caddy => caddy::in_container(workspace, container, named),
            Self::HaProxy => haproxy::in_container(workspace, container, named),
            Self::Apache => apache::in_container(workspace, container),
        }
    }
}

/// The file that a command of nginx names; none where it names none.
fn file_of_nginx<'a>(words: &[&'a str]) -> Result<Option<&'a str>, &'static str> {
    let text = words.join(" ");
    if WRITES.iter().any(|it| text.contains(it)) {
        return Err("the command may write the configuration of nginx");
    }
    let mut words = words.iter().skip_while(|it| it.rsplit('/').next() != Some("nginx"));
    match words.by_ref().any(|it| *it == "-c").then(|| words.next()).flatten() {
        Some(path) if path.contains('$') => Err("a variable says which file nginx reads"),
        path => Ok(path.copied()),
    }
}

/// The file that a command of Caddy names; none where it names none.
fn file_of_caddy<'a>(words: &[&'a str]) -> Result<Option<&'a str>, &'static str> {
    let named = words.iter().enumerate().find_map(|(idx, it)| match it.strip_prefix("--config") {
        Some("") => words.get(idx + 1).copied(),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    });
    match named {
        Some(path) if path.contains('$') => Err("a variable says which file Caddy reads"),
        Some(path) => Ok(Some(path)),
        // It may be told of all of it in another way.
        None if words.iter().any(|it| *it == "run" || *it == "start") => Ok(None),
        None => Err("the command of Caddy names no configuration"),
    }
}

/// The one file that a command of HAProxy names.
fn file_of_haproxy<'a>(words: &[&'a str]) -> Result<Option<&'a str>, &'static str> {
    let mut named = words.iter().enumerate().filter(|(_, it)| **it == "-f");
    match (named.next().and_then(|(idx, _)| words.get(idx + 1)), named.next()) {
        (Some(path), _) if path.contains('$') => Err("a variable says which file HAProxy reads"),
        (Some(_), Some(_)) => Err("HAProxy reads several files"),
        (Some(path), None) => Ok(Some(path)),
        (None, _) => Err("the command of HAProxy names no configuration"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_of_nginx_may_name_its_file_and_may_write_it() {
        let check = |text: &str, expected: Result<Option<&str>, &str>| {
            let words: Vec<&str> = text.split_whitespace().collect();
            let found = file_of_nginx(&words).map_err(|_| "unknown");
            assert_eq!(found, expected, "{text}");
        };
        check("nginx -g 'daemon off;'", Ok(None));
        check(
            "/usr/sbin/nginx -c /etc/nginx/shop.conf -g 'daemon off;'",
            Ok(Some("/etc/nginx/shop.conf")),
        );
        check(
            "/bin/sh -c 'while :; do sleep 6h & wait ${!}; nginx -s reload; done & nginx'",
            Ok(None),
        );
        check("sh -c \"nginx -g 'daemon off;' 2> /dev/null\"", Ok(None));
        check("nginx -c $FILE", Err("unknown"));
        check("sh -c 'envsubst < /t > /etc/nginx/conf.d/default.conf && nginx'", Err("unknown"));
    }

    #[test]
    fn an_image_is_a_proxy_by_the_last_part_of_its_name() {
        let check = |image: &str, expected: Option<Program>| {
            assert_eq!(Program::of_image(image), expected, "{image}");
        };
        check("nginx", Some(Program::Nginx));
        check("docker.io/library/nginx:1.29-alpine", Some(Program::Nginx));
        check("nginxinc/nginx-unprivileged@sha256:1", Some(Program::Nginx));
        check("registry.example.com:5000/httpd", Some(Program::Apache));
        check("bitnami/nginx:1", None);
        check("shop/web", None);
    }
}
