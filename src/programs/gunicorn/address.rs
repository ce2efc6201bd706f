//! Addresses: what gunicorn binds to, and the networks it trusts.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::number::{self, Base, Parsed};

/// An address as gunicorn's `parse_address` reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A UNIX socket.
    Unix(String),
    /// An open file descriptor.
    Descriptor(i64),
    /// A host in lower case, and a port that may still be out of range.
    Tcp {
        /// Host name or address, without brackets.
        host: String,
        /// Port.
        port: i64,
    },
}

/// Reads an address; the text that is not a number when a port or descriptor should be one.
pub(super) fn parse(text: &str, default_port: i64) -> Result<Address, String> {
    if text.starts_with("unix:") {
        let (_, path) = text.rsplit_once("unix:").unwrap_or_default();
        return Ok(Address::Unix(path.strip_prefix("//").unwrap_or(path).to_owned()));
    }
    if let Some(descriptor) = text.strip_prefix("fd://") {
        return integer(descriptor).map(Address::Descriptor);
    }
    let text = match text.strip_prefix("tcp://") {
        Some(rest) => rest.split("tcp://").next().unwrap_or(rest),
        None => text,
    };
    let (host, port) = if text.contains('[') && text.contains(']') {
        let host = text.split(']').next().unwrap_or_default();
        (host.get(1..).unwrap_or_default(), text.split("]:").nth(1))
    } else if text.contains(':') {
        let mut parts = text.split(':');
        (parts.next().unwrap_or_default(), parts.next())
    } else if text.is_empty() {
        ("0.0.0.0", None)
    } else {
        (text, None)
    };
    let port = port.map_or(Ok(default_port), integer)?;
    Ok(Address::Tcp { host: host.to_lowercase(), port })
}

fn integer(text: &str) -> Result<i64, String> {
    match number::parse(text, Base::Ten) {
        Parsed::Int(it) => Ok(it),
        Parsed::Huge | Parsed::Not => Err(text.to_owned()),
    }
}

/// Checks an IP address or network as Python's strict `ip_network` does.
pub(super) fn network(text: &str) -> Result<(), String> {
    let wrong = || format!("`{text}` is none");
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let (bits, width) = match (address.parse::<Ipv4Addr>(), ipv6(address)) {
        (Ok(it), _) => (u128::from(it.to_bits()), 32),
        (_, Some(it)) => (it.to_bits(), 128),
        _ => return Err(wrong()),
    };
    let Some(prefix) = prefix else { return Ok(()) };
    let length = prefix_length(prefix, width).ok_or_else(wrong)?;
    let host_mask = u128::MAX.checked_shr(128 - (width - length)).unwrap_or(0);
    if bits & host_mask != 0 {
        return Err(format!("`{text}` names a host inside the network, so gunicorn refuses it"));
    }
    Ok(())
}

/// An IPv6 address, with or without a scope.
fn ipv6(text: &str) -> Option<Ipv6Addr> {
    match text.split_once('%') {
        Some((_, scope)) if scope.is_empty() || scope.contains('%') => None,
        Some((address, _)) => address.parse().ok(),
        None => text.parse().ok(),
    }
}

/// The length of a prefix: digits, or for IPv4 also a netmask or its inverse.
fn prefix_length(text: &str, width: u32) -> Option<u32> {
    if !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()) {
        return text.parse().ok().filter(|it| *it <= width);
    }
    let mask = text.parse::<Ipv4Addr>().ok().filter(|_| width == 32)?.to_bits();
    if mask.leading_ones() + mask.trailing_zeros() == 32 {
        return Some(mask.leading_ones());
    }
    let inverse = !mask;
    (inverse.leading_ones() + inverse.trailing_zeros() == 32).then(|| inverse.leading_ones())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(host: &str, port: i64) -> Result<Address, String> {
        Ok(Address::Tcp { host: host.to_owned(), port })
    }

    /// Expected values are what gunicorn 27.0.1 returns.
    #[test]
    fn addresses_are_read_as_gunicorn_reads_them() {
        assert_eq!(parse("0.0.0.0:5000", 8000), tcp("0.0.0.0", 5000));
        assert_eq!(parse("[::1]:80", 8000), tcp("::1", 80));
        assert_eq!(parse("[::]", 8000), tcp("::", 8000));
        assert_eq!(parse("Localhost", 8000), tcp("localhost", 8000));
        assert_eq!(parse(":8080", 8000), tcp("", 8080));
        assert_eq!(parse("tcp://a:1", 8000), tcp("a", 1));
        assert_eq!(parse("unix:/run/g.sock", 8000), Ok(Address::Unix("/run/g.sock".to_owned())));
        assert_eq!(parse("unix:///run/g", 8000), Ok(Address::Unix("/run/g".to_owned())));
        assert_eq!(parse("fd://3", 8000), Ok(Address::Descriptor(3)));
        assert_eq!(parse("0.0.0.0:", 8000), Err(String::new()));
        assert_eq!(parse("a:$PORT", 8000), Err("$PORT".to_owned()));
    }

    /// Expected values are what Python 3.11's `ip_network` accepts.
    #[test]
    fn networks_are_checked_as_python_checks_them() {
        for good in
            ["10.0.0.0/8", "127.0.0.1", "::1", "fd00::/8", "10.0.0.0/255.0.0.0", "0.0.0.0/0"]
        {
            assert_eq!(network(good), Ok(()), "{good}");
        }
        for bad in ["10.0.0.1/8", "localhost", "", "10.0.0.0/33", "01.2.3.4", "1.2.3", "::1/64"] {
            assert!(network(bad).is_err(), "{bad}");
        }
    }
}
