//! The file from which the builder of a platform installs packages of Python, where no command of the
//! manifest does.

use crate::document::Node;
use crate::draft::{Context, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::packages::BUILDPACK_FILES;
use crate::vocabulary as v;
use crate::workspace::join;

/// A builder that installs what files ask for before it runs any command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Builder {
    /// Railway's two builders, which agree as long as there is a requirements.txt.
    ///
    /// Sources: `providers/python` of <https://github.com/railwayapp/railpack> and
    /// <https://github.com/railwayapp/nixpacks>
    Railway,
    /// Heroku's buildpack, which others use as well.
    ///
    /// Source: <https://docs.digitalocean.com/products/app-platform/reference/buildpacks/python/>
    Heroku,
    /// App Engine's. With an entry point of one's own it adds no server.
    ///
    /// Sources: <https://cloud.google.com/appengine/docs/standard/python3/specifying-dependencies>,
    /// `cmd/python/webserver` of <https://github.com/GoogleCloudPlatform/buildpacks>
    AppEngine,
}

impl Builder {
    /// The files that it looks for, in its order.
    fn files(self) -> &'static [&'static str] {
        match self {
            Self::Railway | Self::AppEngine => &["requirements.txt"],
            Self::Heroku => BUILDPACK_FILES,
        }
    }

    /// Files that tell it to do something else, or another one to build.
    fn others(self) -> &'static [&'static str] {
        match self {
            Self::Railway => &[
                "package.json",
                "railpack.json",
                "nixpacks.toml",
                "nixpacks.json",
                "mise.toml",
                ".mise.toml",
            ],
            Self::Heroku => &["Dockerfile", "bin/pre_compile", "bin/post_compile"],
            Self::AppEngine => &[],
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Railway => "Railway's builder installs from it",
            Self::Heroku => "the buildpack of Python installs from it",
            Self::AppEngine => "App Engine installs from it",
        }
    }
}

/// Parts of commands that install packages, or may do so.
const INSTALLS: &[&str] =
    &["pip", "uv ", "poetry", "pdm", "conda", "install", ".sh", "bash", "make", "curl", "wget"];

/// Says of a process which file its packages come from. A command of the build that may install
/// others leaves it open.
pub(super) fn set(
    context: &Context<'_, '_>,
    builder: Builder,
    build: Option<&Node>,
    process: &mut ProcessDraft,
) {
    let build = build.map(|it| it.as_str().unwrap_or("install"));
    if build.is_some_and(|it| INSTALLS.iter().any(|part| it.contains(part))) {
        return;
    }
    let is_there = |name: &&&str| {
        join(&process.folder, name).is_some_and(|path| context.workspace.is_file(&path))
    };
    if builder.others().iter().any(|it| is_there(&it)) {
        return;
    }
    if let Some(name) = builder.files().iter().find(is_there) {
        let origin = Origin::new(OriginKind::Platform, builder.title());
        process
            .facts
            .set(v::BUILD_REQUIREMENTS, Fact::known(Value::Text((*name).to_owned()), origin));
    }
}
