//! The addresses of a site: the ports that it listens on, and whether it takes HTTPS.
//!
//! Source: <https://caddyserver.com/docs/caddyfile/concepts#addresses>,
//! <https://caddyserver.com/docs/automatic-https#activation>

use crate::parse::nginx::Directive;

/// What the global options say that sites rest on.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) http_port: u16,
    pub(super) https_port: u16,
    /// Whether names alone bring HTTPS.
    pub(super) is_automatic: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { http_port: 80, https_port: 443, is_automatic: true }
    }
}

impl Options {
    pub(super) fn read(&mut self, block: &[Directive]) {
        for it in block {
            let port = it.argument(0).and_then(|it| it.parse().ok());
            match (it.name.value.as_str(), port) {
                ("http_port", Some(port)) => self.http_port = port,
                ("https_port", Some(port)) => self.https_port = port,
                ("auto_https", _) if it.argument(0) == Some("off") => self.is_automatic = false,
                _ => {}
            }
        }
    }
}

/// What the addresses of a site come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) listens: Vec<u16>,
    /// Whether it takes HTTPS; `None` where that is not known.
    pub(super) takes_tls: Option<bool>,
}

impl Site {
    /// Of the addresses; one that is `None` is not known.
    pub(super) fn of(addresses: &[Option<&str>], block: &[Directive], options: &Options) -> Self {
        let has_certificate = block.iter().any(|it| it.name.value == "tls");
        let mut listens = Vec::new();
        let (mut any, mut unknown) = (false, false);
        for address in addresses {
            let Some(address) = address.filter(|it| !it.contains('{')) else {
                unknown = true;
                continue;
            };
            let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
            let authority = rest.split('/').next().unwrap_or_default();
            let (host, port) = match authority.rsplit_once(':') {
                Some((host, port)) if !port.contains(']') => (host, port.parse::<u16>().ok()),
                _ => (authority, None),
            };
            match (scheme, port) {
                (_, Some(port)) => listens.push(port),
                ("http", None) => listens.push(options.http_port),
                ("https", None) => listens.push(options.https_port),
                // HTTP is redirected.
                (_, None) => listens.extend([options.http_port, options.https_port]),
            }
            let takes = match () {
                () if scheme == "http" || port == Some(options.http_port) => Some(false),
                () if scheme == "https" || has_certificate => Some(true),
                // Without a name there is nothing to have a certificate for.
                () if host.is_empty() && port == Some(options.https_port) => None,
                () if host.is_empty() => Some(false),
                () => options.is_automatic.then_some(true),
            };
            any |= takes == Some(true);
            unknown |= takes.is_none();
        }
        let takes_tls = if unknown && !any { None } else { Some(any) };
        Self { listens, takes_tls }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(addresses: &[&str], listens: &[u16], takes_tls: Option<bool>) {
        let addresses: Vec<Option<&str>> = addresses.iter().map(|it| Some(*it)).collect();
        let site = Site::of(&addresses, &[], &Options::default());
        assert_eq!(site, Site { listens: listens.to_vec(), takes_tls }, "{addresses:?}");
    }

    #[test]
    fn a_name_brings_https_and_a_port_alone_does_not() {
        check(&["example.com"], &[80, 443], Some(true));
        check(&["localhost"], &[80, 443], Some(true));
        check(&[":80"], &[80], Some(false));
        check(&[":8080"], &[8080], Some(false));
        check(&["http://example.com"], &[80], Some(false));
        check(&["example.com:8080"], &[8080], Some(true));
        check(&["example.com:80"], &[80], Some(false));
        check(&["https://"], &[443], Some(true));
        check(&[":443"], &[443], None);
        check(&["http://a.com", "https://a.com"], &[80, 443], Some(true));
        check(&["http://[::1]:8080"], &[8080], Some(false));
        check(&["{host}"], &[], None);
    }
}
