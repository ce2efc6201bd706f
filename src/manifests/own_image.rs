//! The image of a manifest that names one in a registry, where the project's Dockerfile makes it.
//!
//! Nothing says so: an image is taken to be the project's own when it is called like what runs it
//! and no other one is, and then that is an assumption of the command.

pub(super) mod code;
pub(super) mod container;
pub(super) mod unseen;

use crate::document::Node;
use crate::draft::{Command, Context};
use crate::fact::Unknown;
use crate::images::dockerfile::{self, Build, Image};
use crate::images::published;
use crate::manifests::steps::Built;
use crate::programs::listed::images;
use crate::source::Span;
use crate::workspace::{ImageFiles, folders_up, join, parent};

/// An image, and what runs it.
pub(super) struct Named<'a> {
    /// The image as written.
    pub(super) image: &'a str,
    /// Names of what runs it, without those of helpers.
    pub(super) names: Vec<&'a str>,
}

/// The one image of a deployment that is called like what runs it, or whose name is filled in when
/// it is deployed. `None` where there are several: which of them is built here is not known.
pub(super) fn candidate<'a>(all: impl Iterator<Item = Named<'a>>) -> Option<&'a str> {
    let is_own = |it: &Named<'_>| {
        let name = own_name(it.image);
        let is_hole = |it: u8| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_';
        let is_filled_in =
            name.contains(['$', '<']) || !name.is_empty() && name.bytes().all(is_hole);
        images::of(it.image).is_none()
            && (is_filled_in || it.names.iter().any(|thing| is_called(name, thing)))
    };
    let mut own = all.filter(is_own).map(|it| images::parts(it.image).0);
    let first = own.next()?;
    own.all(|it| it == first).then_some(first)
}

/// The last part of an image's name.
fn own_name(image: &str) -> &str {
    let (name, _) = images::parts(image);
    name.rsplit('/').next().unwrap_or_default()
}

/// The folder of the nearest Dockerfile, which is the manifest's or one above it.
fn nearest(context: &Context<'_, '_>) -> Option<String> {
    let is_there =
        |it: &&str| join(it, "Dockerfile").is_some_and(|it| context.workspace.is_file(&it));
    folders_up(parent(context.manifest)).find(is_there).map(str::to_owned)
}

/// The label by which GitHub knows the repository that an image of its registry is made of.
/// Source: <https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry>
const SOURCE_LABEL: &str = "org.opencontainers.image.source";

/// The image that the nearest Dockerfile makes, where its label names the repository that an image
/// of GitHub's registry is called after: `ghcr.io/acme/shop` and `https://github.com/acme/shop`.
pub(super) fn labelled(context: &mut Context<'_, '_>, image: &str) -> Option<Image> {
    let (name, _) = images::parts(image);
    let repository = name.strip_prefix("ghcr.io/")?.to_ascii_lowercase();
    let path = join(&nearest(context)?, "Dockerfile")?;
    let address = format!("github.com/{repository}");
    let goes_on = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.' | '/');
    let names_it = |line: &str| {
        let line = line.to_ascii_lowercase();
        let rest = line.split_once(&address).map(|it| it.1);
        line.contains(SOURCE_LABEL) && rest.is_some_and(|it| !it.starts_with(goes_on))
    };
    context.workspace.open_if(&path, &|text| text.lines().any(names_it))?;
    find(context, image)
}

/// The image that a workflow builds under this name, else the one that the nearest Dockerfile makes, in
/// the manifest's folder or above it.
pub(super) fn find(context: &mut Context<'_, '_>, image: &str) -> Option<Image> {
    if let Some(made) = built(context, image) {
        return Some(made);
    }
    let folder = nearest(context)?;
    let path = join(&folder, "Dockerfile")?;
    let build = Build { path: &path, context: &folder, target: None, arguments: &|_| None };
    let mut made = dockerfile::image(context, &build)?;
    made.assume(format!("`{image}` is taken to be the image of `{path}`"));
    Some(made)
}

/// An image of a manifest, and the texts of the command that it is started with.
#[derive(Debug)]
pub(super) struct Started<'a> {
    /// The image as written.
    pub(super) image: &'a str,
    /// The words of its entry point and its command.
    pub(super) texts: Vec<String>,
}

impl<'a> Started<'a> {
    /// Of a container whose words are lists under these keys. `None` where it names no image.
    pub(super) fn of(container: &'a Node, keys: [&str; 2]) -> Option<Self> {
        let image = container.get("image")?.as_str()?;
        let words = keys.iter().filter_map(|it| container.get(it)).flat_map(Node::elements);
        let texts = words.filter_map(Node::as_str).map(str::to_owned).collect();
        Some(Self { image, texts })
    }
}

/// The image of the nearest Dockerfile, which has code that a command names.
pub(super) struct WithCode {
    image: Image,
    /// The folder of the Dockerfile.
    pub(super) folder: String,
    /// Why it is taken for the one that runs.
    pub(super) reason: String,
}

/// The image of the nearest Dockerfile, where it has code that a command names. `None` for published
/// images, and where another image of the manifest starts the same file of a name that every project
/// has: which of them is made here is not known.
pub(super) fn with_code(
    context: &mut Context<'_, '_>,
    own: &Started<'_>,
    all: &[Started<'_>],
) -> Option<WithCode> {
    if own.texts.is_empty() || unseen::is_published(own.image) {
        return None;
    }
    let folder = nearest(context)?;
    let path = join(&folder, "Dockerfile")?;
    let build = Build { path: &path, context: &folder, target: None, arguments: &|_| None };
    let image = dockerfile::image(context, &build)?;
    let files = code::in_image(context.workspace, &image, &own.texts);
    let first = files.first()?;
    let name = images::parts(own.image).0;
    let others = all.iter().filter(|it| images::parts(it.image).0 != name);
    let is_common = |it: &String| !it.contains('/');
    for other in others.filter(|it| !unseen::is_published(it.image)) {
        let others_files = code::in_image(context.workspace, &image, &other.texts);
        if others_files.iter().any(|it| is_common(it) && files.contains(it)) {
            return None;
        }
    }
    let reason = format!(
        "`{}` is taken to be the image of `{path}`: `{first}`, which its command names, is here",
        own.image
    );
    Some(WithCode { image, folder, reason })
}

/// The same as the image that runs.
pub(super) fn assumed_by_code(
    context: &mut Context<'_, '_>,
    own: &Started<'_>,
    all: &[Started<'_>],
) -> Option<Image> {
    let WithCode { mut image, reason, .. } = with_code(context, own, all)?;
    image.assume(reason);
    Some(image)
}

/// The image that a workflow builds under this name.
pub(super) fn built(context: &mut Context<'_, '_>, image: &str) -> Option<Image> {
    let built = Built::named(context, image)?;
    let build = Build {
        path: &built.path,
        context: &built.folder,
        target: built.target.as_deref(),
        arguments: &|_| None,
    };
    let mut made = dockerfile::image(context, &build)?;
    made.assume(format!(
        "`{image}` is taken to be the image that a workflow builds of `{}`",
        built.path
    ));
    Some(made)
}

/// A command of which too little is written: `words` is the key with words for the entry point of
/// the image, where there are some, and `whole` the one that takes its place.
pub(super) fn not_known(words: Option<&str>, whole: &str) -> Command {
    let reason = match words {
        Some(key) => {
            format!(
                "`{key}` goes to the ENTRYPOINT of the image, which no file of the project shows"
            )
        }
        None => "the file names no command, so the image's own runs".to_owned(),
    };
    Command::Unknown(Unknown::new(reason, format!("`{whole}` of the container")))
}

/// What a manifest writes beside an image.
pub(super) struct Written {
    /// Words of the command, if there are any.
    pub(super) words: Option<Command>,
    /// Whether they take the place of the entry point, too.
    pub(super) is_whole: bool,
}

impl Written {
    /// What starts in an image that is made elsewhere; `None` where that is not known. The project
    /// is not in one that nobody knows, unless the manifest's folder has what the command names.
    pub(super) fn in_another(
        self,
        context: &Context<'_, '_>,
        own: &Started<'_>,
        span: Span,
    ) -> Option<Command> {
        match self.words {
            Some(words) if self.is_whole => {
                let folder = parent(context.manifest);
                let is_here = || code::is_in_folder(context.workspace, folder, &own.texts);
                if unseen::is_published(own.image) || is_here() {
                    return Some(words);
                }
                let files = ImageFiles::unseen(own.image, None, folder);
                Some(unseen::command(own.image, Vec::new(), words, (true, files)))
            }
            words => {
                let known = published::command(own.image, span, words.clone());
                // An entry point runs the program that its words name, or takes them for itself.
                let is_program =
                    !unseen::is_published(own.image) && code::starts_program(&own.texts);
                known.or_else(|| {
                    let files = ImageFiles::unseen(own.image, None, parent(context.manifest));
                    let command = words.filter(|_| is_program)?;
                    Some(unseen::command(own.image, Vec::new(), command, (false, files)))
                })
            }
        }
    }

    /// What starts in an image that is made here.
    pub(super) fn in_own(self, context: &mut Context<'_, '_>, made: &Image) -> Command {
        match self.words {
            None => made.command(context.acc),
            Some(words) if self.is_whole => made.command_alone(words),
            Some(words) => made.command_behind_entrypoint(context.acc, words),
        }
    }
}

/// Whether an image is that of a thing: `shop` is the image of `shop`, `shop-worker` and `my-shop`.
fn is_called(image: &str, thing: &str) -> bool {
    let rest = thing.strip_prefix(image).map(|it| it.starts_with(['-', '_']));
    let start = thing.strip_suffix(image).map(|it| it.ends_with(['-', '_']));
    !image.is_empty() && (image == thing || rest == Some(true) || start == Some(true))
}

#[cfg(test)]
mod tests {
    use super::is_called;

    #[test]
    fn a_thing_is_called_like_its_image_or_begins_or_ends_so() {
        for thing in ["shop", "shop-worker", "my-shop", "shop_web"] {
            assert!(is_called("shop", thing), "{thing}");
        }
        for thing in ["shopping", "myshop", "", "redis"] {
            assert!(!is_called("shop", thing), "{thing}");
        }
        assert!(!is_called("", "shop") && !is_called("redis-exporter", "redis"));
    }
}
