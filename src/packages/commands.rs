//! Commands that install packages: of a build on a platform, and of the instructions of an image.
//!
//! Sources: `pip install --help` (26.0), `uv --help` (0.9), `poetry install --help` (2.3),
//! `pipenv --help` (2026.0), <https://pdm-project.org/en/latest/reference/cli/>

use super::parts::{Parts, Tool};
use super::requirement::{self, normalized};
use super::{Packages, files};
use crate::commands::{self as shell, CommandSource, Surroundings};
use crate::document::Text;
use crate::draft::{Command, ImageCommand};
use crate::fact::{Fact, Origin, OriginKind, Unknown};
use crate::launch::{Dialect, Launch, Word};
use crate::project::Environment;
use crate::workspace::{Workspace, join};

/// Options of `pip install` that take the next word.
const PIP_VALUED: &[&str] = &[
    "-c",
    "--constraint",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--platform",
    "--python-version",
    "--implementation",
    "--abi",
    "--cache-dir",
    "--trusted-host",
    "--timeout",
    "--retries",
    "--progress-bar",
    "--upgrade-strategy",
    "--no-binary",
    "--only-binary",
    "--src",
    "--log",
    "--proxy",
    "--cert",
    "--client-cert",
    "--python",
    "-p",
    "-C",
    "--config-settings",
    "--global-option",
    "--report",
    "-w",
    "--wheel-dir",
    "-d",
    "--dest",
    "--index",
    "--default-index",
    "--index-strategy",
    "--build-constraint",
    "-b",
    "--override",
    "--root-user-action",
    "--use-feature",
    "--exists-action",
    "--link-mode",
    "--python-platform",
    "--extra",
];

/// Options of programs that install a project which lead to another one.
const ELSEWHERE: &[&str] = &["-C", "-P", "--directory", "--package", "--project"];

/// Programs that may install anything.
const INSTALLERS: &[&str] = &[
    "conda",
    "mamba",
    "micromamba",
    "pixi",
    "make",
    "just",
    "task",
    "nix",
    "nix-env",
    "nix-shell",
    "easy_install",
    "hatch",
    "tox",
    "nox",
    "buildout",
    "ansible-playbook",
    "rye",
    "pants",
    "bazel",
];

/// Programs that install packages of a distribution, some of which are of Python.
const SYSTEM_INSTALLERS: &[&str] = &["apt-get", "apt", "aptitude", "apk", "dnf", "yum", "microdnf"];

/// What these packages bring is for installing others: no server, no worker, no framework.
const TOOLS: &[&str] = &[
    "build",
    "hatch",
    "pdm",
    "pip",
    "pip-tools",
    "pipenv",
    "poetry",
    "setuptools",
    "uv",
    "virtualenv",
    "wheel",
];

/// Whether a text may install something: most instructions of an image do not.
fn may_install(text: &str) -> bool {
    const SIGNS: [&str; 8] =
        ["pip", "poetry", "uv ", "pdm ", "conda", "mamba", "install", "setup.py"];
    SIGNS.iter().any(|it| text.contains(it))
}

/// Whether a text may install a server in a way that is not followed: by a script, or as a package of
/// the distribution.
fn may_bring_server(text: &str) -> bool {
    ["gunicorn", ".sh", "bash", "make", "curl", "wget"].iter().any(|it| text.contains(it))
}

/// What the commands of a build install. `None` when they install nothing of Python.
pub(super) fn of_build(
    workspace: &mut Workspace<'_>,
    text: &Text,
    folder: &str,
    environment: &Environment,
) -> Option<Packages> {
    let mut packages = Packages::default();
    let source = Command::Shell(text.clone());
    let place = Place { folder, environment, in_image: false, sh: Dialect::Unknown };
    run(workspace, &mut packages, &source, &place);
    (!packages.sources.is_empty()).then_some(packages)
}

/// What the instructions of an image install.
pub(super) fn of_image(
    workspace: &mut Workspace<'_>,
    image: &ImageCommand,
    environment: &Environment,
) -> Option<Packages> {
    let mut packages = Packages { is_of_image: true, ..Packages::default() };
    for step in image.build.iter() {
        let is_any = |holds: fn(&str) -> bool| match &step.command {
            Command::Shell(text) => holds(&text.value),
            Command::Words { words, .. } => words.iter().any(|it| holds(&it.value)),
            _ => false,
        };
        packages.may_be_of_others |= is_any(may_bring_server);
        let is_worth_it = is_any(may_install);
        if !is_worth_it {
            continue;
        }
        let folder = step.files.folder.as_str();
        let mut seen = workspace.in_image(Some(&step.files));
        let place = Place { folder, environment, in_image: true, sh: step.sh };
        run(&mut seen, &mut packages, &step.command, &place);
    }
    if let Some(reason) = &image.hidden_packages {
        packages.hide(reason.clone());
    }
    (!packages.sources.is_empty()).then_some(packages)
}

/// Where a command runs.
struct Place<'a> {
    folder: &'a str,
    environment: &'a Environment,
    in_image: bool,
    sh: Dialect,
}

fn run(
    workspace: &mut Workspace<'_>,
    packages: &mut Packages,
    command: &Command,
    place: &Place<'_>,
) {
    let unknown = Unknown::because("a build is no place to count CPUs");
    let cpus = Fact::unknown(unknown, Origin::new(OriginKind::Default, "CPUs of the build"));
    let surroundings = Surroundings {
        environment: place.environment,
        folder: place.folder,
        in_image: place.in_image,
        cpus: &cpus,
        shell: place.sh,
        sh: place.sh,
        entry_of_base: &[],
    };
    let source = match command {
        Command::Shell(text) => CommandSource::Shell(text),
        Command::Words { words, span } => CommandSource::Array { words, span: *span },
        _ => return,
    };
    // What is wrong with the commands of a build is not said here.
    let mut unsaid = Vec::new();
    let launches = shell::launches(&mut unsaid, workspace, &source, &surroundings);
    if launches.uncertain.is_some() {
        packages.hide("a command of the build is not followed".to_owned());
    }
    for launch in launches.before.iter().chain(&launches.background).chain(&launches.main) {
        self::launch(workspace, packages, launch);
    }
}

/// What one program installs.
fn launch(workspace: &mut Workspace<'_>, packages: &mut Packages, launch: &Launch) {
    let Some(program) = launch.argv.first().and_then(Word::text) else {
        return packages.hide("a program of the build is not known".to_owned());
    };
    let name = program.rsplit('/').next().unwrap_or_default();
    let words = launch.argv.get(1..).unwrap_or_default();
    let text = |idx: usize| words.get(idx).and_then(Word::text).unwrap_or_default();
    let first = words.iter().position(|it| it.text().is_none_or(|it| !it.starts_with('-')));
    let subcommand = first.map(text).unwrap_or_default();
    let behind = first.and_then(|it| words.get(it + 1..)).unwrap_or_default();
    match (name, subcommand.as_str()) {
        _ if name.starts_with("python") && text(0) == "-m" => {
            let argv = launch.argv.get(2..).unwrap_or_default().to_vec();
            if !argv.is_empty() {
                self::launch(workspace, packages, &Launch { argv, ..launch.clone() });
            }
        }
        (_, "install" | "wheel" | "download") if is_pip(name) => {
            pip(workspace, packages, launch, behind);
        }
        ("uv", "pip") => match behind.first().and_then(Word::text).as_deref() {
            Some("install") => pip(workspace, packages, launch, &behind[1..]),
            Some("sync") => {
                for word in behind[1..].iter().filter_map(Word::text) {
                    if !word.starts_with('-') {
                        file(workspace, packages, launch, (&word, &Parts::default()));
                    }
                }
            }
            _ => {}
        },
        ("uv", "sync") => project(workspace, packages, launch, (Tool::Uv, "uv.lock", words)),
        ("poetry", "install" | "sync") => {
            project(workspace, packages, launch, (Tool::Poetry, "poetry.lock", words));
        }
        ("pdm", "install" | "sync") => {
            project(workspace, packages, launch, (Tool::Pdm, "pdm.lock", words));
        }
        ("pipenv", "install" | "sync") => {
            let names: Vec<Word> = behind.to_vec();
            project(workspace, packages, launch, (Tool::Pipenv, "Pipfile.lock", words));
            names.iter().for_each(|it| named(packages, it));
        }
        _ if INSTALLERS.contains(&name) => {
            let reason = format!("`{name}` may install anything");
            packages.hide(reason);
        }
        _ if SYSTEM_INSTALLERS.contains(&name) => {
            let is_python = |it: String| it.starts_with("python3-") || it.starts_with("py3-");
            if words.iter().filter_map(Word::text).any(is_python) {
                packages.is_whole = false;
                packages.may_be_of_others = true;
            }
        }
        // A script that is not followed may install, too.
        _ if program.contains('/')
            && !program.starts_with("/bin/")
            && !program.starts_with("/usr/")
            || name.ends_with(".sh") =>
        {
            packages.hide(format!("`{program}` may install anything"));
        }
        // `xargs pip install < extra.txt`
        _ if words.iter().filter_map(Word::text).any(|it| is_pip(&it)) => {
            packages.hide(format!("what `{name}` makes `pip` install is not known"));
        }
        _ => {}
    }
}

fn is_pip(name: &str) -> bool {
    let rest = name.strip_prefix("pip");
    rest.is_some_and(|it| it.chars().all(|it| it.is_ascii_digit() || it == '.'))
}

/// `pip install -r requirements.txt gunicorn .`
fn pip(workspace: &mut Workspace<'_>, packages: &mut Packages, launch: &Launch, words: &[Word]) {
    // uv takes the parts of a pyproject.toml that `-r` names.
    let parts = Parts::of(Tool::Pip, words).unwrap_or_default();
    let mut idx = 0;
    while let Some(word) = words.get(idx) {
        idx += 1;
        let Some(text) = word.text() else {
            let reason = "what `pip install` is given is not known".to_owned();
            packages.from("`pip install`");
            packages.hide(reason);
            continue;
        };
        let mut next = || {
            idx += 1;
            words.get(idx - 1).and_then(Word::text).unwrap_or_default()
        };
        match text.as_str() {
            "-r" | "--requirement" | "--requirements" => {
                let path = next();
                file(workspace, packages, launch, (&path, &parts));
            }
            "-e" | "--editable" => {
                let path = next();
                folder(workspace, packages, launch, &path);
            }
            "--group" => group(workspace, packages, launch, &next()),
            it if PIP_VALUED.contains(&it) => drop(next()),
            it if it.starts_with("--group=") => {
                group(workspace, packages, launch, it.trim_start_matches("--group="));
            }
            it if it.starts_with('-') => {
                let path = it.strip_prefix("--requirement=").or_else(|| {
                    it.strip_prefix("-r").filter(|it| !it.is_empty() && !it.starts_with('e'))
                });
                if let Some(path) = path {
                    file(workspace, packages, launch, (path, &parts));
                }
            }
            it if files::is_place(it) => {
                packages.is_unnamed = true;
                folder(workspace, packages, launch, it);
            }
            _ => named(packages, word),
        }
    }
}

/// A requirement that a command names.
fn named(packages: &mut Packages, word: &Word) {
    let Some(text) = word.text().filter(|it| !it.starts_with('-')) else { return };
    let Some(found) = requirement::read(&text) else { return };
    let name = normalized(found.name);
    if TOOLS.contains(&name.as_str()) {
        return;
    }
    packages.is_whole = false;
    packages.from("`pip install`");
    packages.add(files::asked(&found, word.span));
}

/// A file of requirements, as the program sees it.
fn file(
    workspace: &mut Workspace<'_>,
    packages: &mut Packages,
    launch: &Launch,
    (path, parts): (&str, &Parts),
) {
    match workspace.join(&launch.folder, path) {
        Some(path) => files::read_parts(workspace, packages, &path, parts),
        None => {
            packages.from(format!("`{path}`"));
            packages.hide(format!("`{path}` is made while the image is built"));
        }
    }
}

/// `pip install .`, with extras behind it: what the project asks for itself.
fn folder(workspace: &mut Workspace<'_>, packages: &mut Packages, launch: &Launch, name: &str) {
    packages.is_whole = false;
    let plain = name.split('[').next().unwrap_or(name);
    let is_folder = plain.starts_with('.') || plain.starts_with('/');
    let joined = is_folder.then(|| workspace.join(&launch.folder, plain)).flatten();
    let pyproject = joined.and_then(|it| join(&it, "pyproject.toml"));
    match pyproject.filter(|it| workspace.is_there(it)) {
        Some(path) => {
            files::read_parts(workspace, packages, &path, &Parts::in_brackets(name));
        }
        None => {
            packages.from("`pip install`");
            let reason = format!("what `{name}` needs is not read");
            packages.hide(reason);
        }
    }
}

/// `pip install --group prod`: a group of the project here, or of a file in front of a colon.
fn group(workspace: &mut Workspace<'_>, packages: &mut Packages, launch: &Launch, value: &str) {
    let (path, name) = value.rsplit_once(':').unwrap_or(("pyproject.toml", value));
    match workspace.join(&launch.folder, path).filter(|it| workspace.is_there(it)) {
        Some(path) => files::read_parts(workspace, packages, &path, &Parts::group(name)),
        None => {
            packages.from("`pip install`");
            packages.hide(format!("`{path}` is not in this project"));
        }
    }
}

/// A program that installs what the lock file of the project says, else what the project asks for,
/// with the parts of it that the words of the command name.
fn project(
    workspace: &mut Workspace<'_>,
    packages: &mut Packages,
    launch: &Launch,
    (tool, lock, words): (Tool, &str, &[Word]),
) {
    let is_elsewhere = |it: String| ELSEWHERE.contains(&it.split('=').next().unwrap_or_default());
    if words.iter().filter_map(Word::text).any(is_elsewhere) {
        packages.from(format!("`{lock}`"));
        return packages.hide("the command installs a project elsewhere".to_owned());
    }
    let parts = Parts::of(tool, words).unwrap_or_else(|| {
        packages.hide("which parts of the project are installed is not known".to_owned());
        Parts::default()
    });
    let project = if lock == "Pipfile.lock" { "Pipfile" } else { "pyproject.toml" };
    let mut paths = [lock, project].into_iter().filter_map(|it| join(&launch.folder, it));
    match paths.find(|it| workspace.is_there(it)) {
        Some(path) => files::read_parts(workspace, packages, &path, &parts),
        None => {
            packages.from(format!("`{lock}`"));
            packages.hide(format!("`{lock}` is not in this project"));
        }
    }
}
