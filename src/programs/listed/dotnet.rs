//! Where a server of ASP.NET Core listens: what its variables say, unless its code or its settings
//! say otherwise.
//!
//! Sources: <https://learn.microsoft.com/en-us/aspnet/core/fundamentals/servers/kestrel/endpoints>,
//! <https://learn.microsoft.com/en-us/dotnet/core/compatibility/containers/8.0/aspnet-port>

use super::sources;
use crate::fact::{Fact, State, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::programs::Server;
use crate::programs::settle::address;
use crate::project::Lookup;
use crate::vocabulary as v;
use crate::workspace::Workspace;

/// Variables with addresses, the strongest first; they win over those with ports alone.
const URLS: &[&str] = &["ASPNETCORE_URLS", "DOTNET_URLS", "URLS"];
const PORTS: &[&str] = &["ASPNETCORE_HTTP_PORTS", "DOTNET_HTTP_PORTS", "HTTP_PORTS"];

/// Words of code that says itself where it listens, or of which nobody knows.
const IN_CODE: &[&str] = &[
    "Urls",
    "Kestrel",
    "Listen",
    "UseSetting",
    "Run(\"",
    "Run($",
    "Run(url",
    "RunAsync(\"",
    "PORT",
];

/// Words of settings that do the same, in small letters.
const IN_SETTINGS: &[&str] = &["kestrel", "urls", "http_ports"];

/// Sets the host and the port.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    operands: &[Word],
    launch: &Launch,
) {
    let name = operands.first().and_then(Word::text);
    let name = name.and_then(|it| Some(it.rsplit('/').next()?.strip_suffix(".dll")?.to_owned()));
    let Some(name) = name else { return };
    if !launch.values_of(&["--urls", "--http_ports"]).is_empty()
        || !leaves_it_to_variables(workspace, launch, &name)
    {
        return;
    }
    let set = |names: &[&str]| {
        names.iter().find_map(|it| match launch.environment.get(it) {
            Lookup::Set(fact) if fact.text() != Some("") => Some(fact.clone()),
            _ => None,
        })
    };
    let (host, port) = match (set(URLS), set(PORTS)) {
        (Some(urls), _) => match of_urls(&urls) {
            Some(found) => found,
            None => return,
        },
        (None, Some(ports)) => {
            let port = ports.text().and_then(|it| it.trim().parse().ok());
            let unknown = || State::Unknown(Unknown::because("the port is not a number"));
            let state = match (&ports.state, port) {
                (_, Some(port)) => State::Known(Value::Int(port)),
                (State::Known(_), None) => unknown(),
                (state, None) => state.clone(),
            };
            let all = State::Known(Value::Text("0.0.0.0".to_owned()));
            (Fact { state: all, ..ports.clone() }, Fact { state, ..ports })
        }
        (None, None) => return,
    };
    server.facts.set(v::BIND_HOST, host);
    server.facts.set(v::PORT, port);
}

/// The host and the port of the one address without TLS: `http://+:80`.
fn of_urls(urls: &Fact) -> Option<(Fact, Fact)> {
    let text = urls.text()?;
    let mut plain = text.split(';').filter_map(|it| it.trim().strip_prefix("http://"));
    let one = plain.next().filter(|_| plain.next().is_none())?.trim_end_matches('/');
    let one = match one.strip_prefix('+') {
        Some(rest) => format!("0.0.0.0{rest}"),
        None => one.replace("localhost", "127.0.0.1"),
    };
    let fact = Fact { state: State::Known(Value::Text(one)), ..urls.clone() };
    Some(address(&fact, Some(80)))
}

/// Whether the sources are there, are those of a web application, and say nothing of an address.
fn leaves_it_to_variables(workspace: &mut Workspace<'_>, launch: &Launch, name: &str) -> bool {
    let folders = [String::new(), format!("{name}/"), format!("src/{name}/")];
    let project = folders.iter().find_map(|folder| {
        let path = format!("{folder}{name}.csproj");
        Some((folder, sources::text(workspace, launch, &path)?))
    });
    let Some((folder, project)) = project else { return false };
    let code = sources::text(workspace, launch, &format!("{folder}Program.cs"));
    let Some(code) = code.filter(|_| project.contains("Microsoft.NET.Sdk.Web")) else {
        return false;
    };
    let settings = ["appsettings.json", "appsettings.Production.json"].map(|it| {
        let text = sources::text(workspace, launch, &format!("{folder}{it}"));
        text.unwrap_or_default().to_ascii_lowercase()
    });
    let is_set = settings.iter().any(|text| IN_SETTINGS.iter().any(|it| text.contains(it)));
    !is_set && !IN_CODE.iter().any(|it| code.contains(it))
}
