//! Programs that a host of one's own starts by itself: where the project is on it, what they see.

use std::sync::Arc;

use crate::draft::{Command, Context, ImageCommand};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::programs;
use crate::project::Facts;
use crate::source::Span;
use crate::vocabulary as v;
use crate::workspace::{Copied, ImageFiles, join, parent};

/// Files that make a folder a project.
pub(super) const MARKS: &[&str] = &[
    "requirements.txt",
    "pyproject.toml",
    "manage.py",
    "setup.py",
    "Pipfile",
    "uv.lock",
    "poetry.lock",
    "package.json",
    "Gemfile",
    "composer.json",
    "go.mod",
    "Cargo.toml",
    "mix.exs",
    "pom.xml",
    "build.gradle",
];

/// The folder of the manifest, or the nearest one above that looks like a project.
pub(super) fn project_folder(context: &Context<'_, '_>) -> String {
    let own = parent(context.manifest).to_owned();
    let mut folder = own.as_str();
    loop {
        let has = |it: &&&str| join(folder, it).is_some_and(|it| context.workspace.is_file(&it));
        if MARKS.iter().find(has).is_some() {
            return folder.to_owned();
        }
        if folder.is_empty() {
            return own;
        }
        folder = parent(folder);
    }
}

/// The project on the host: the folder `start` that a program starts in is taken to hold it, so
/// that absolute paths below that folder are files of the project.
pub(super) fn files(start: Option<&str>, folder: &str) -> ImageFiles {
    let Some(start) = start.filter(|it| it.starts_with('/') && !it.contains('%')) else {
        return ImageFiles::default();
    };
    let start = start.trim_end_matches('/').to_owned();
    let copied = vec![Copied { to: start.clone(), from: folder.to_owned() }];
    let folder = folder.to_owned();
    ImageFiles { start, folder, copied, is_open: true, ..ImageFiles::default() }
}

/// What a program is for where it is a proxy, a database or a broker, whatever it is called here.
pub(super) fn kind_of_program(path: &str, span: Span, facts: &mut Facts) {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some(kind) = programs::kind_beside(name) else { return };
    let origin = Origin { span: Some(span), ..Origin::new(OriginKind::Derived, "its program") };
    facts.set(v::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
}

/// The program is found where the host has it, and so are the files that it reads.
pub(super) fn command(command: Command, files: ImageFiles) -> Command {
    Command::Image(Box::new(ImageCommand::seeing(command, Arc::new(files))))
}
