//! What the name of an official image says of it.

use crate::launch::Dialect;

/// Official images that are built on Debian or Ubuntu, unless their tag says another system.
const DEBIAN_IMAGES: [&str; 9] =
    ["buildpack-deps", "debian", "golang", "node", "php", "python", "ruby", "rust", "ubuntu"];

/// Which shell `sh` is in an official image: dash in those that are built on Debian.
///
/// Sources: <https://hub.docker.com/_/python> and the pages of the others (image variants);
/// <https://www.debian.org/doc/debian-policy/ch-files.html#scripts>, <https://wiki.ubuntu.com/DashAsBinSh>.
pub(super) fn sh(image: &str) -> Dialect {
    const LIBRARIES: [&str; 4] =
        ["library/", "docker.io/library/", "docker.io/", "public.ecr.aws/docker/library/"];
    const OTHER_SYSTEMS: [&str; 4] = ["alpine", "windows", "nanoserver", "ubi"];
    let image = image.split('@').next().unwrap_or_default();
    let (name, tag) = image.rsplit_once(':').unwrap_or((image, ""));
    let library = LIBRARIES.iter().find_map(|it| name.strip_prefix(it));
    let name = library.unwrap_or(name);
    let other = OTHER_SYSTEMS.iter().any(|it| tag.contains(it));
    let uv =
        name == "ghcr.io/astral-sh/uv" && ["bookworm", "trixie"].iter().any(|it| tag.contains(it));
    match !other && DEBIAN_IMAGES.contains(&name) || uv {
        true => Dialect::Dash,
        false => Dialect::Unknown,
    }
}

/// The version of Python in an image that is built from the official ones: `python:3.12-slim`,
/// `ghcr.io/astral-sh/uv:python3.12-bookworm-slim`.
pub(super) fn python(image: &str) -> Option<&str> {
    let (name, tag) = image.split('@').next()?.rsplit_once(':')?;
    let tag = match name.rsplit('/').next()? {
        "python" => tag,
        "uv" => tag.split("python").nth(1)?,
        _ => return None,
    };
    let version = tag.split('-').next()?;
    let is_version = version.contains('.')
        && version.split('.').all(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
    is_version.then_some(version)
}
