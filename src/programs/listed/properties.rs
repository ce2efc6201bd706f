//! Where a server in Java listens: what Spring Boot and Quarkus are told by their properties.
//!
//! Sources: <https://docs.spring.io/spring-boot/reference/features/external-config.html>,
//! <https://docs.spring.io/spring-boot/how-to/webserver.html>,
//! <https://quarkus.io/guides/config-reference>, <https://quarkus.io/guides/http-reference>

use std::collections::HashMap;
use std::ops::Range;

use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::{Launch, StartFiles, Word};
use crate::parse::Syntax;
use crate::programs::{Server, default_fact};
use crate::project::Lookup;
use crate::source::{FileId, Span};
use crate::vocabulary as v;
use crate::workspace::{Workspace, join};

use super::{java_main, sources};

/// What is configured by properties.
struct Framework {
    title: &'static str,
    /// A word of the build file that brings its server.
    mark: &'static str,
    /// Words of the build file with which properties may come from elsewhere.
    elsewhere: &'static [&'static str],
    /// The property of the port, and that of the address.
    port: &'static str,
    address: &'static str,
    /// Their variables.
    variables: [&'static str; 2],
    /// Whether words behind the program are properties: `--server.port=80`.
    has_arguments: bool,
    /// The variable that names profiles; their files win.
    profiles: &'static str,
}

const FRAMEWORKS: &[Framework] = &[
    Framework {
        title: "Spring Boot",
        mark: "spring-boot-starter-web",
        elsewhere: &["spring-cloud-starter-config", "spring-cloud-starter-consul-config"],
        port: "server.port",
        address: "server.address",
        variables: ["SERVER_PORT", "SERVER_ADDRESS"],
        has_arguments: true,
        profiles: "SPRING_PROFILES_ACTIVE",
    },
    Framework {
        title: "Quarkus",
        mark: "quarkus-",
        elsewhere: &["quarkus-config-consul", "quarkus-spring-cloud-config-client"],
        port: "quarkus.http.port",
        address: "quarkus.http.host",
        variables: ["QUARKUS_HTTP_PORT", "QUARKUS_HTTP_HOST"],
        has_arguments: false,
        profiles: "QUARKUS_PROFILE",
    },
];

/// Variables that bring in properties which win over those of files.
const STRONGER: &[&str] = &[
    "QUARKUS_CONFIG_LOCATIONS",
    "SPRING_APPLICATION_JSON",
    "SPRING_CONFIG_ADDITIONAL_LOCATION",
    "SPRING_CONFIG_IMPORT",
    "SPRING_CONFIG_LOCATION",
];

/// The port of both where nothing sets one.
const PORT: i64 = 8080;

/// Files of the build, in the folder of the project.
const BUILD_FILES: &[&str] = &["pom.xml", "build.gradle", "build.gradle.kts"];

/// Where the properties are in the sources.
const RESOURCES: &str = "src/main/resources";

/// Frameworks whose classes take several times what a small program does: how much, depends on what
/// is loaded.
const LARGE: &[(&str, &str)] =
    &[("spring-boot", "Spring Boot"), ("quarkus-", "Quarkus"), ("micronaut-", "Micronaut")];

/// Sets the port, and where nothing names an address, that it is all of them.
pub(super) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    memory(server, workspace, launch);
    for framework in FRAMEWORKS {
        let on_command = framework.on_command(launch, framework.port);
        let sources = match is_alone(workspace, launch, framework) {
            true => framework.sources(workspace, launch),
            false => None,
        };
        if on_command.is_none() && (sources.is_none() || hides_options(launch)) {
            continue;
        }
        let sources = sources.unwrap_or_default();
        let Some(port) = on_command.or_else(|| {
            let property = (framework.port, framework.variables[0]);
            let port = framework.value(workspace, launch, property, &sources)?;
            Some(port.unwrap_or_else(|| default_fact(Value::Int(PORT), framework.title)))
        }) else {
            continue;
        };
        let port = as_port(port);
        // 0 is any port that is free.
        if port.int().is_some_and(|it| it <= 0) {
            continue;
        }
        server.facts.set(v::PORT, port);
        let address = framework.on_command(launch, framework.address).map(Some);
        let property = (framework.address, framework.variables[1]);
        let address = address.or_else(|| framework.value(workspace, launch, property, &sources));
        if let Some(address) = address {
            let all = || default_fact(Value::Text("0.0.0.0".to_owned()), framework.title);
            server.facts.set(v::BIND_HOST, address.unwrap_or_else(all));
        }
        return;
    }
}

/// Whether nothing but the properties and the variables of the files says where it listens.
/// Buildpacks set the variable of the port, and their word for it is in no file; that of Heroku
/// leaves it to the command, so there people write it into their code, too.
///
/// Source: <https://github.com/heroku/heroku-buildpack-jvm-common/tree/main/opt>, as of October 2026.
fn is_alone(workspace: &mut Workspace<'_>, launch: &Launch, framework: &Framework) -> bool {
    let is_dyno = || matches!(launch.environment.get("DYNO"), Lookup::Set(_));
    match launch.files {
        StartFiles::Image => true,
        StartFiles::Project | StartFiles::Prepared => {
            is_dyno() && (!framework.has_arguments || java_main::leaves_port(workspace, launch))
        }
    }
}

/// The properties of an application of Spring Boot.
pub(super) struct Spring {
    /// The text of the build file.
    pub(super) build: String,
    files: Vec<FileId>,
}

impl Spring {
    /// Those of the application that a command starts, where nothing else says any.
    pub(super) fn open(workspace: &mut Workspace<'_>, launch: &Launch) -> Option<Self> {
        let framework = &FRAMEWORKS[0];
        if hides_options(launch) || !is_alone(workspace, launch, framework) {
            return None;
        }
        let build = BUILD_FILES.iter().find_map(|it| sources::text(workspace, launch, it))?;
        let files = framework.sources(workspace, launch)?;
        Some(Self { build, files })
    }

    /// A property: `Some(None)` where nothing says it, and `None` where that is not known.
    pub(super) fn value(
        &self,
        workspace: &Workspace<'_>,
        launch: &Launch,
        property: &str,
    ) -> Option<Option<Fact>> {
        let framework = &FRAMEWORKS[0];
        if let Some(fact) = framework.on_command(launch, property) {
            return Some(Some(fact));
        }
        // A variable leaves dashes out and has capitals.
        let name: String = property.chars().filter(|it| *it != '-').collect();
        let name = name.replace('.', "_").to_ascii_uppercase();
        let dashed = property.replace(['.', '-'], "_").to_ascii_uppercase();
        let variable = match launch.environment.get(&dashed) {
            Lookup::Set(_) => &dashed,
            Lookup::Unset | Lookup::Unmentioned => &name,
        };
        framework.value(workspace, launch, (property, variable), &self.files)
    }
}

/// What a process takes is not known where a large framework is built in.
fn memory(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    let found = BUILD_FILES.iter().find_map(|it| {
        let (_, file) = sources::open(workspace, launch, it)?;
        let text = workspace.sources.file(file).text();
        let mut at = LARGE.iter().filter_map(|(mark, title)| Some((text.find(mark)?, *title)));
        let (at, title) = at.next()?;
        Some((Span::new(file, at, at), title))
    });
    let Some((span, title)) = found else { return };
    let unknown = Unknown::because(format!("an application of {title} takes what it loads"));
    let fact = Fact::unknown(unknown, Origin::written(span, "what the build brings in"));
    server.facts.set(v::MEMORY_PER_WORKER_MB, fact);
}

impl Framework {
    /// A property that the command gives: `-Dserver.port=80` in front of the program, and
    /// `--server.port=80` behind it, which counts first.
    fn on_command(&self, launch: &Launch, property: &str) -> Option<Fact> {
        let (flag, argument) = (format!("-D{property}="), format!("--{property}="));
        let code = code(launch);
        let words = |words: &[Word], prefix: &str| {
            let word = words.iter().rfind(|it| it.known_prefix().starts_with(prefix))?;
            Some(word.tail(prefix.len()).fact(format!("`{}`", prefix.trim_end_matches('='))))
        };
        let (before, behind) = launch.argv.split_at(code);
        let argument = || words(behind, &argument).filter(|_| self.has_arguments);
        argument().or_else(|| words(before, &flag))
    }

    /// The files with its properties, the strongest first. `None` where the project has none of its
    /// files, or properties may come from elsewhere.
    fn sources(&self, workspace: &mut Workspace<'_>, launch: &Launch) -> Option<Vec<FileId>> {
        let (folder, text) = BUILD_FILES.iter().find_map(|it| {
            let (folder, file) = sources::open(workspace, launch, it)?;
            let text = workspace.sources.file(file).text().to_owned();
            text.contains(self.mark).then_some((folder, text))
        })?;
        if self.elsewhere.iter().any(|it| text.contains(it)) || text.contains("<modules>") {
            return None;
        }
        let is_set =
            |it: &&str| !matches!(launch.environment.get(it), Lookup::Unset | Lookup::Unmentioned);
        if STRONGER.iter().any(is_set) {
            return None;
        }
        let mut names = vec!["application".to_owned()];
        match launch.environment.get(self.profiles) {
            Lookup::Set(fact) => {
                let profiles = fact.text()?.to_owned();
                names.splice(0..0, profiles.rsplit(',').map(|it| format!("application-{it}")));
            }
            Lookup::Unset | Lookup::Unmentioned => {}
        }
        let mut files = Vec::new();
        for name in names {
            for ending in ["properties", "yml", "yaml"] {
                // A file beside the program wins over that in it.
                for place in ["", "config/"] {
                    let path = format!("{place}{name}.{ending}");
                    let beside = workspace.join(&launch.folder, &path);
                    if beside.is_some_and(|it| workspace.is_there(&it)) {
                        return None;
                    }
                }
                let path = join(&folder, &format!("{RESOURCES}/{name}.{ending}"))?;
                let file =
                    if workspace.is_file(&path) { workspace.open_in_project(&path) } else { None };
                files.extend(file);
            }
        }
        // What a profile says wins, and the file itself may turn one on.
        let has_profiles = |it: &FileId| {
            let text = workspace.sources.file(*it).text();
            ["profiles", "%prod"].iter().any(|it| text.contains(it))
        };
        (!files.is_empty() && !files.iter().any(has_profiles)).then_some(files)
    }

    /// What variables and files say of a property: `Some(None)` where they say nothing, and `None`
    /// where that is not known.
    fn value(
        &self,
        workspace: &Workspace<'_>,
        launch: &Launch,
        (property, variable): (&str, &str),
        files: &[FileId],
    ) -> Option<Option<Fact>> {
        if let Lookup::Set(fact) = launch.environment.get(variable) {
            return Some(Some(fact.clone()));
        }
        for file in files {
            let found = match workspace.sources.file(*file).path().ends_with(".properties") {
                true => of_properties(workspace, *file, property),
                false => of_yaml(workspace, *file, property),
            };
            if let Some((text, span)) = found? {
                return filled(&text, span, property, launch).map(Some);
            }
        }
        Some(None)
    }
}

/// The index of what the command runs, in the words of the command.
fn code(launch: &Launch) -> usize {
    let mut words = launch.argv.iter().enumerate().skip(1);
    while let Some((idx, word)) = words.next() {
        match word.known_prefix().as_str() {
            "-jar" => return (idx + 2).min(launch.argv.len()),
            "-cp" | "-classpath" | "--class-path" => {
                words.next();
            }
            text if text.starts_with('-') || word.may_be_several() => {}
            _ => return idx + 1,
        }
    }
    launch.argv.len()
}

/// Whether options of the command, or of variables that Java reads, are not known.
fn hides_options(launch: &Launch) -> bool {
    let names = ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"];
    let is_hidden = |name: &&str| match launch.environment.get(name) {
        Lookup::Set(fact) => fact.text().is_none_or(|it| it.contains(".port=")),
        Lookup::Unset | Lookup::Unmentioned => false,
    };
    launch.argv.iter().any(Word::may_be_several) || names.iter().any(is_hidden)
}

/// A number as a port.
fn as_port(fact: Fact) -> Fact {
    match &fact.state {
        State::Known(value) => {
            let port = value.to_string().trim().parse().ok().map(Value::Int);
            let unknown = || State::Unknown(Unknown::because("the port is not a number"));
            Fact { state: port.map_or_else(unknown, State::Known), ..fact }
        }
        _ => fact,
    }
}

/// The value of a property in a file of them, and its place. `None` where parts of the file count
/// only in some profiles.
fn of_properties(
    workspace: &Workspace<'_>,
    file: FileId,
    property: &str,
) -> Option<Option<(String, Span)>> {
    let properties = workspace.of_text(file, Properties::read);
    let place = properties.0.as_ref()?.get(property);
    Some(place.map(|it| {
        let text = workspace.sources.file(file).text();
        (text[it.clone()].to_owned(), Span::new(file, it.start, it.end))
    }))
}

/// Where the values of properties stand; `None` where parts of the file count only in some profiles.
struct Properties(Option<HashMap<Box<str>, Range<usize>>>);

impl Properties {
    fn read(text: &str) -> Self {
        if text.contains("#---") || text.contains("spring.config.import") {
            return Self(None);
        }
        let mut at = 0;
        let mut found = HashMap::new();
        for line in text.split_inclusive('\n') {
            let content = line.trim();
            // `%dev.quarkus.http.port` counts in a profile.
            if let Some((key, value)) = content.split_once(['=', ':']) {
                let value = value.trim();
                let start = at + line.rfind(value).unwrap_or_default();
                found.insert(key.trim().into(), start..start + value.len());
            }
            at += line.len();
        }
        Self(Some(found))
    }
}

/// The same of a YAML file.
fn of_yaml(
    workspace: &Workspace<'_>,
    file: FileId,
    property: &str,
) -> Option<Option<(String, Span)>> {
    let text = workspace.sources.file(file).text();
    if text.trim_start_matches("---").contains("\n---") || text.contains("import:") {
        return None;
    }
    let document = workspace.look_into(file, Syntax::Yaml);
    let keys: Vec<&str> = property.split('.').collect();
    let node = document.root.get(property).or_else(|| document.root.at(&keys));
    match node {
        Some(node) => Some(Some((sources::scalar(node)?, node.span))),
        None => Some(None),
    }
}

/// A value with its placeholder filled in: `${PORT:8080}`.
fn filled(text: &str, span: Span, property: &str, launch: &Launch) -> Option<Fact> {
    let origin = Origin::written(span, format!("`{property}`"));
    let Some(inner) = text.strip_prefix("${").and_then(|it| it.strip_suffix('}')) else {
        let is_plain = !text.contains("${");
        return is_plain.then(|| Fact::known(Value::Text(text.to_owned()), origin));
    };
    let (name, default) = match inner.split_once(':') {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    let is_variable = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_';
    if !name.chars().all(is_variable) {
        return None;
    }
    match (launch.environment.get(name), default) {
        (Lookup::Set(given), _) => Some(given.clone()),
        (_, Some(default)) if !default.contains("${") => {
            let unset = launch.environment.taken_as_unset(name);
            let origin = match unset {
                Some(unset) => origin.with_input(format!("${name}"), unset),
                None => origin,
            };
            Some(Fact::known(Value::Text(default.to_owned()), origin))
        }
        _ => {
            let unknown = Unknown::because(format!("`{name}` decides about `{property}`"));
            Some(Fact::unknown(unknown, Origin { kind: OriginKind::Written, ..origin }))
        }
    }
}
