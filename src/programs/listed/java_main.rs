//! The class with which an application of Spring starts: where it is, and whether it says a port.

use super::sources;
use crate::launch::Launch;
use crate::workspace::{Workspace, join};

/// Where sources are.
const SOURCES: &[&str] = &["src/main/java", "src/main/kotlin"];

/// Words of code that gives the server a port: in the class itself, or in one beside it.
const SAYS_PORT: &[&str] =
    &["setPort", ".port", "PORT", "getenv", "setProperty", "setDefaultProperties", "properties("];

/// Whether the class is found, and neither it nor one beside it says a port.
pub(super) fn leaves_port(workspace: &mut Workspace<'_>, launch: &Launch) -> bool {
    let Some(packages) = packages(workspace, launch) else { return false };
    let root = workspace.root().unwrap_or_default().to_owned();
    let mut folders = Vec::new();
    for start in [&launch.folder, &root] {
        for sources in SOURCES {
            folders
                .extend(packages.iter().filter_map(|it| join(start, &format!("{sources}/{it}"))));
        }
    }
    folders.iter().any(|folder| {
        let names = workspace.list(folder);
        let code = names.iter().filter(|it| it.ends_with(".java") || it.ends_with(".kt"));
        let paths: Vec<String> = code.filter_map(|it| join(folder, it)).collect();
        let mut is_found = false;
        for path in &paths {
            let Some(file) = workspace.open_in_project(path) else { return false };
            let text = workspace.sources.file(file).text();
            if SAYS_PORT.iter().any(|it| text.contains(it)) {
                return false;
            }
            is_found |= text.contains("SpringApplication") || text.contains("runApplication");
        }
        is_found
    })
}

/// Folders that the build names for the package: that of the group, and that of the artifact in it.
fn packages(workspace: &mut Workspace<'_>, launch: &Launch) -> Option<Vec<String>> {
    let (group, artifact) = match sources::text(workspace, launch, "pom.xml") {
        Some(text) => of_maven(&text)?,
        None => {
            let build = ["build.gradle", "build.gradle.kts"];
            let build = build.iter().find_map(|it| sources::text(workspace, launch, it))?;
            let settings = ["settings.gradle", "settings.gradle.kts"];
            let settings = settings.iter().find_map(|it| sources::text(workspace, launch, it));
            let artifact = settings.and_then(|it| assigned(&it, "rootProject.name"));
            (assigned(&build, "group")?, artifact.unwrap_or_default())
        }
    };
    let group = group.replace('.', "/");
    let mut folders = vec![group.clone()];
    for between in ["-", "", "_", "/"] {
        let artifact = artifact.replace('-', between).replace('.', "/");
        let folder = format!("{group}/{artifact}");
        if !artifact.is_empty() && !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    Some(folders)
}

/// Group and artifact of the project itself, whose parent has its own.
fn of_maven(text: &str) -> Option<(String, String)> {
    let without = |text: String, name: &str| {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        match (text.find(&open), text.find(&close)) {
            (Some(start), Some(end)) if start < end => {
                format!("{}{}", &text[..start], &text[end + close.len()..])
            }
            _ => text,
        }
    };
    let element = |text: &str, name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split('<').next()?.trim().to_owned())
    };
    let others = ["parent", "dependencyManagement", "dependencies", "build", "profiles"];
    let own = others.iter().fold(text.to_owned(), |text, it| without(text, it));
    let parent = text.split_once("<parent>").and_then(|(_, it)| element(it, "groupId"));
    Some((element(&own, "groupId").or(parent)?, element(&own, "artifactId")?))
}

/// The text that a line gives a name: `group = 'com.example'`.
fn assigned(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix(name)?.trim_start();
        let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
        let rest = rest.strip_prefix(['"', '\''])?;
        Some(rest.split(['"', '\'']).next()?.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::{assigned, of_maven};

    #[test]
    fn the_project_is_not_its_parent() {
        let pom = "<project><parent><groupId>org.springframework.boot</groupId>\
                   <artifactId>spring-boot-starter-parent</artifactId></parent>\
                   <dependencies><dependency><groupId>x</groupId></dependency></dependencies>\
                   <groupId>com.example</groupId><artifactId>shop-api</artifactId></project>";
        let expect = ("com.example".to_owned(), "shop-api".to_owned());
        assert_eq!(of_maven(pom), Some(expect));
    }

    #[test]
    fn gradle_gives_names_with_or_without_a_sign() {
        for line in ["group = 'com.example'", "group = \"com.example\"", "group 'com.example'"] {
            assert_eq!(assigned(line, "group").as_deref(), Some("com.example"), "{line}");
        }
        assert_eq!(assigned("groups = ['x']", "group"), None);
    }
}
