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
use crate::workspace::{Workspace, join};

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

/// Words of the other files of a project that give the server an address.
const IN_OTHER_CODE: &[&str] = &[
    "UseUrls",
    "Urls.Add",
    "Kestrel",
    "ListenAnyIP",
    "ListenLocalhost",
    ".Listen(",
    "UseSetting",
    "\"PORT\"",
    "\"urls\"",
    "\"http_ports\"",
];

/// Folders of a project in which its own methods for the start usually are.
const FOLDERS: &[&str] =
    &["", "Configuration", "Extensions", "Hosting", "Infrastructure", "Startup"];

/// Methods of a builder or a host that leave the address alone. Those that are not here are of the
/// project or of a package, and may give one.
const BUILDER_METHODS: &[&str] = &[
    "AddServiceDefaults",
    "Build",
    "CaptureStartupErrors",
    "ConfigureAppConfiguration",
    "ConfigureContainer",
    "ConfigureHostConfiguration",
    "ConfigureLogging",
    "ConfigureServices",
    "ConfigureWebHost",
    "ConfigureWebHostDefaults",
    "CreateBuilder",
    "CreateDefaultBuilder",
    "CreateSlimBuilder",
    "Run",
    "RunAsync",
    "UseContentRoot",
    "UseDefaultServiceProvider",
    "UseEnvironment",
    "UseIIS",
    "UseIISIntegration",
    "UseNLog",
    "UseSentry",
    "UseSerilog",
    "UseServiceProviderFactory",
    "UseStartup",
    "UseStaticWebAssets",
    "UseSystemd",
    "UseWebRoot",
    "UseWindowsService",
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
    !is_set
        && !IN_CODE.iter().any(|it| code.contains(it))
        && !calls_others(&code)
        && !others_say(workspace, launch, folder)
}

/// Whether another file of the project gives the server an address.
fn others_say(workspace: &mut Workspace<'_>, launch: &Launch, folder: &str) -> bool {
    let root = workspace.root().unwrap_or_default().to_owned();
    FOLDERS.iter().any(|below| {
        let below = format!("{folder}{below}");
        let folders = [&launch.folder, &root].map(|it| join(it, &below));
        folders.into_iter().flatten().any(|folder| {
            let names = workspace.list(&folder);
            let code = names.iter().filter(|it| it.ends_with(".cs") && *it != "Program.cs");
            let paths: Vec<String> = code.filter_map(|it| join(&folder, it)).collect();
            paths.iter().any(|it| {
                let file = workspace.open_in_project(it);
                let text = file.map(|it| workspace.sources.file(it).text());
                text.is_some_and(|text| IN_OTHER_CODE.iter().any(|it| text.contains(it)))
            })
        })
    })
}

/// Whether the builder or the host is handed to methods of which nobody knows what they do: each of
/// them may give it an address, and may be in a file that is not found.
fn calls_others(code: &str) -> bool {
    let hosts = ["CreateDefaultBuilder(", "CreateHostBuilder("];
    if hosts.iter().any(|it| code.contains(it)) {
        return chain(code).any(|it| it.starts_with("Use") && !BUILDER_METHODS.contains(&it));
    }
    let made = ["WebApplication.CreateBuilder(", "WebApplication.CreateSlimBuilder("];
    let builders = made.iter().flat_map(|it| code.match_indices(it));
    let names = builders.filter_map(|(at, _)| {
        let before = code[..at].trim_end().strip_suffix('=')?.trim_end();
        before.rsplit(|it: char| !(it.is_alphanumeric() || it == '_')).next()
    });
    names.filter(|it| !it.is_empty()).any(|name| {
        let levels = [format!("{name}."), format!("{name}.Host."), format!("{name}.WebHost.")];
        let called = levels.iter().flat_map(|level| {
            code.match_indices(level.as_str()).filter_map(|(at, _)| {
                let is_whole = !code[..at].ends_with(|it: char| it.is_alphanumeric() || it == '_');
                method(&code[at + level.len()..]).filter(|_| is_whole)
            })
        });
        // The builder itself is what a method of the project is given.
        let given = [format!("({name})"), format!("({name},"), format!(", {name})")];
        given.iter().any(|it| code.contains(it.as_str()))
            || called.into_iter().any(|it| !BUILDER_METHODS.contains(&it))
    })
}

/// Methods that are called on what another call gives: `.UseStartup<Startup>()`.
fn chain(code: &str) -> impl Iterator<Item = &str> {
    code.match_indices('.').filter_map(|(at, _)| method(&code[at + 1..]))
}

/// The name of a method that is called here: `Build` of `Build()`, `UseStartup` of
/// `UseStartup<Startup>()`.
fn method(code: &str) -> Option<&str> {
    let len = code.find(|it: char| !(it.is_alphanumeric() || it == '_'))?;
    let (name, rest) = code.split_at(len);
    let is_called = rest.starts_with('(') || rest.starts_with('<') && rest.contains(">(");
    (is_called && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::calls_others;

    #[test]
    fn what_a_builder_is_handed_to_may_give_it_an_address() {
        for code in [
            "var b=WebApplication.CreateBuilder(args);b.AddShopHosting();var app=b.Build();",
            "var builder = WebApplication.CreateBuilder(args);\nbuilder.WebHost.UseShop();",
            "var builder = WebApplication.CreateBuilder(args);\nHosting.Configure(builder);",
            "Host.CreateDefaultBuilder(args).ConfigureWebHostDefaults(w => w.UseStartup<S>().UseShopPort()).Build().Run();",
        ] {
            assert!(calls_others(code), "{code}");
        }
        for code in [
            "var builder = WebApplication.CreateBuilder(args);\nbuilder.Services.AddShop();\nvar app = builder.Build();\napp.UseShop();",
            "var builder = WebApplication.CreateBuilder(args);\nbuilder.Host.UseSerilog();\nvar app = builder.Build();",
            "Host.CreateDefaultBuilder(args).ConfigureWebHostDefaults(w => w.UseStartup<Startup>()).Build().Run();",
        ] {
            assert!(!calls_others(code), "{code}");
        }
    }
}
