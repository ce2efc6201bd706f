//! Services that the code of an application connects to at its own loopback.
//!
//! Each call counts that is certainly made, while the code is loaded or in a function of it. What a
//! variable of a file says is the business of that file, and code that starts programs or tunnels may
//! start the very service.

use crate::fact::{Fact, Origin, Value};
use crate::programs::Server;
use crate::python::{Argument, Binding, Module, PyValue, Site};
use crate::source::SourceMap;
use crate::vocabulary as v;

use self::known::Form::{Dsn, Host, Url};
pub(super) use self::known::is_named;
use self::known::{
    ADDRESSES, CLIENTS, Form, OTHER_WAYS, REQUESTS, SETTINGS, STARTS, USUAL_PORTS, is_cache,
    is_request, of,
};

mod known;

/// Whether a package has calls that connect.
pub(super) fn is_package(package: &str) -> bool {
    CLIENTS.iter().any(|it| it.package == package)
        || REQUESTS.iter().any(|it| it.0 == package)
        || package == "flask_caching"
}

/// Whether a call connects.
pub(super) fn is_call(dotted: &str) -> bool {
    of(dotted).is_some() || is_request(dotted) || is_cache(dotted)
}

/// Whether a call may lead back.
pub(super) fn matters(site: &Site) -> bool {
    leads_back(site).is_some()
}

/// What certainly leads back to the process itself.
pub(super) fn own_loopback(
    sources: &SourceMap,
    module: &Module,
    setting: impl Fn(&str) -> Option<Binding>,
    server: &Server,
) -> Option<Fact> {
    let texts: Vec<&str> = module.loaded.iter().map(|it| sources.file(*it).text()).collect();
    let of_site = |site: &Site| {
        let origin = leads_back(site)?;
        let package = site.call.split('.').next().unwrap_or(&site.call);
        let is_other = !is_request(&site.call) || leaves(site, server, &texts);
        is_other.then(|| named(package, origin))
    };
    let of_setting = |(package, key, form): &(&str, &str, Form)| {
        let binding = setting(key).filter(|it| !it.maybe_unset && is_in_code(&it.fact))?;
        let is_read = texts.iter().any(|it| it.contains(package));
        let leads = leads(&binding.value, *form) == Leads::Back;
        (leads && is_read).then(|| named(package, binding.fact.origin))
    };
    let found = module.sites.iter().find_map(of_site);
    let found = found.or_else(|| SETTINGS.iter().find_map(of_setting))?;
    let starts = texts.iter().any(|text| STARTS.iter().any(|it| text.contains(it)));
    (!starts).then_some(found)
}

fn named(package: &str, origin: Origin) -> Fact {
    let source = "an address in the code".to_owned();
    let origin = Origin { inputs: Vec::new(), source, ..origin };
    Fact::known(Value::Text(package.to_owned()), origin)
}

/// Where a call leads back to the process itself: the argument, or the call that does so by default.
fn leads_back(site: &Site) -> Option<Origin> {
    if is_cache(&site.call) {
        return of_cache(site);
    }
    let back = |argument: &Argument, form: Form| {
        let is_own = is_in_code(&argument.fact) && leads(&argument.value, form) == Leads::Back;
        is_own.then(|| argument.fact.origin.clone())
    };
    if is_request(&site.call) {
        return ADDRESSES.iter().find_map(|it| back(site.argument(it)?, Url));
    }
    let client = of(&site.call)?;
    let given = |(name, form): &(&str, Form)| Some((site.argument(name)?, *form));
    let given: Vec<(&Argument, Form)> = client.given.iter().filter_map(given).collect();
    let leaves =
        |(argument, form): &(&Argument, Form)| leads(&argument.value, *form) == Leads::Elsewhere;
    if given.iter().any(leaves) {
        return None;
    }
    let is_told = site.hidden || OTHER_WAYS.iter().any(|it| site.argument(it).is_some());
    match given.is_empty() {
        false => given.into_iter().find_map(|(argument, form)| back(argument, form)),
        true if client.by_default && !is_told => {
            Some(Origin::written(site.span, "the default of the client"))
        }
        true => None,
    }
}

/// `Cache(app, config={"CACHE_REDIS_URL": "redis://localhost"})`
fn of_cache(site: &Site) -> Option<Origin> {
    let given = ["config", "0", "1"].iter().filter_map(|it| site.argument(it));
    let mut tables = given.filter_map(|it| match &it.value {
        PyValue::Dict(entries) => Some((it, entries)),
        _ => None,
    });
    let (argument, entries) = tables.next()?;
    let keys = SETTINGS.iter().filter(|it| it.0 == "flask_caching");
    let mut found = keys.filter_map(|(_, key, form)| Some((entries.get(key)?, *form)));
    let is_back = found.any(|(value, form)| leads(value, form) == Leads::Back);
    (is_back && is_in_code(&argument.fact)).then(|| argument.fact.origin.clone())
}

/// Whether the code says a value itself: no variable of a file does.
fn is_in_code(fact: &Fact) -> bool {
    let mut inputs = fact.origin.inputs.iter();
    !inputs.any(|it| it.name.starts_with('$') && it.fact.text().is_some())
}

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leads {
    /// To the process itself.
    Back,
    Elsewhere,
    /// It names no host.
    Nowhere,
}

/// Where a value leads; several hosts have to lead to one place.
fn leads(value: &PyValue, form: Form) -> Leads {
    let of_all = |values: &[PyValue]| {
        let all: Vec<Leads> = values.iter().map(|it| leads(it, form)).collect();
        match all.first() {
            Some(first) if all.iter().all(|it| it == first) => *first,
            _ => Leads::Elsewhere,
        }
    };
    match value {
        PyValue::Str(text) => of_text(text, form),
        PyValue::Pattern(parts) => {
            let parts = parts.to_model();
            let text: String = parts.iter().map(super::flask::part).collect();
            of_text(&text, form)
        }
        // `("localhost", 11211)`
        PyValue::Tuple(parts) if matches!(&**parts, [PyValue::Str(_), PyValue::Int(_)]) => {
            leads(&parts[0], form)
        }
        PyValue::List(items) => of_all(items),
        PyValue::Tuple(items) => of_all(items),
        PyValue::Dict(entries) => {
            entries.get("host").map_or(Leads::Elsewhere, |it| leads(it, Host))
        }
        PyValue::None => Leads::Nowhere,
        _ => Leads::Elsewhere,
    }
}

fn of_text(text: &str, form: Form) -> Leads {
    if let Some((scheme, rest)) = text.split_once("://") {
        if scheme.contains("sqlite") || scheme.contains("unix") {
            return Leads::Elsewhere;
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        // The host of the address may be a socket, which is named behind it.
        if query.contains("host=") || query.contains("unix_socket=") {
            return Leads::Elsewhere;
        }
        let place = place.rsplit_once('@').map_or(place, |it| it.1);
        let hosts = place.split('/').next().unwrap_or(place);
        return of_hosts(hosts);
    }
    match form {
        Url => Leads::Elsewhere,
        Host => of_hosts(text),
        Dsn => {
            let mut words = text.split_whitespace().filter_map(|it| it.strip_prefix("host="));
            words.next().map_or(Leads::Nowhere, of_hosts)
        }
    }
}

/// `localhost:9092,localhost:9093`
fn of_hosts(hosts: &str) -> Leads {
    let is_own = |it: &str| {
        let host = match it.strip_prefix('[') {
            Some(it) => it.split(']').next().unwrap_or(it),
            None if it == "::1" => it,
            None => it.split(':').next().unwrap_or(it),
        };
        matches!(host.trim_matches('\''), "localhost" | "127.0.0.1" | "::1")
    };
    match hosts.split(',').all(is_own) {
        true => Leads::Back,
        false => Leads::Elsewhere,
    }
}

/// Whether a request leads to another program than the own one: to another port than that of the
/// server, which the code mentions nowhere but in addresses.
fn leaves(site: &Site, server: &Server, texts: &[&str]) -> bool {
    let given = ADDRESSES.iter().filter_map(|it| site.argument(it));
    let mut ports = given.filter_map(|it| port(&text(&it.value)?));
    let Some(port) = ports.next() else { return false };
    let own = server.facts.get(v::PORT).and_then(Fact::int);
    let is_own = own.map_or(USUAL_PORTS.contains(&port), |it| it == i64::from(port));
    let digits = port.to_string();
    let is_opened = |text: &&str| {
        text.match_indices(&digits).any(|(at, _)| {
            let before = &text[..at];
            !before.ends_with(':') && !before.ends_with(|it: char| it.is_ascii_digit())
        })
    };
    !is_own && !texts.iter().any(is_opened)
}

/// The text of a value, what is not known of it as a mark.
fn text(value: &PyValue) -> Option<String> {
    match value {
        PyValue::Str(text) => Some(text.to_string()),
        PyValue::Pattern(parts) => Some(parts.to_model().iter().map(super::flask::part).collect()),
        _ => None,
    }
}

/// The port of an address.
fn port(url: &str) -> Option<u16> {
    let (_, rest) = url.split_once("://")?;
    let place = rest.split(['/', '?']).next().unwrap_or(rest);
    place.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, form: Form, expect: Leads) {
        assert_eq!(of_text(text, form), expect, "{text}");
    }

    #[test]
    fn an_address_leads_back_by_its_host() {
        check("redis://localhost:6379/0", Url, Leads::Back);
        check("postgresql+psycopg2://u:p@ss@127.0.0.1/x", Url, Leads::Back);
        check("mongodb://localhost:27017,localhost:27018/x", Url, Leads::Back);
        check("mongodb://localhost:27017,db:27017/x", Url, Leads::Elsewhere);
        check("postgresql://localhost.example.org/x", Url, Leads::Elsewhere);
        check("postgresql://u@localhost/x?host=/cloudsql/a:b:c", Url, Leads::Elsewhere);
        check("redis://…:6379", Url, Leads::Elsewhere);
        check("postgresql://…:…@localhost/…", Url, Leads::Back);
        check("localhost", Url, Leads::Elsewhere);
        check("localhost:9092", Host, Leads::Back);
        check("[::1]:9092", Host, Leads::Back);
        check("db", Host, Leads::Elsewhere);
        check("dbname=x host=localhost user=y", Dsn, Leads::Back);
        check("dbname=x user=y", Dsn, Leads::Nowhere);
        check("dbname=x hostaddr=10.0.0.1 host=db", Dsn, Leads::Elsewhere);
    }

    #[test]
    fn a_call_belongs_to_a_client_by_its_package_and_its_end() {
        assert!(is_named("redis.asyncio.from_url", "redis", "from_url"));
        assert!(is_named("redis.Redis.from_url", "redis", "from_url"));
        assert!(is_named("mysql.connector.connect", "mysql", "connector.connect"));
        assert!(!is_named("redis.my_from_url", "redis", "from_url"));
        assert!(!is_named("redis_lock.from_url", "redis", "from_url"));
    }

    #[test]
    fn the_port_of_an_address_is_behind_its_host() {
        assert_eq!(port("http://127.0.0.1:8001/api"), Some(8001));
        assert_eq!(port("http://localhost/api"), None);
    }
}
