//! Versions of packages that a newer Python cannot import, because it has lost what they use.
//!
//! Each row was tried: the package was installed by pip into an empty environment of Python 3.11.7,
//! 3.12.1 or 3.13.0, on 2026-11-30, and what starts a process with it was imported. A version that
//! only a bound says is the highest that the bound lets in.

use super::{Package, Packages};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::project::Facts;
use crate::vocabulary as v;

/// What a package needs that Python has lost.
enum Lost {
    /// A module of the standard library that no package of the project brings instead: the packages
    /// that do.
    Module(&'static [&'static str]),
    /// `pkg_resources`, which setuptools has brought until its version 82. Since Python 3.12 no
    /// setuptools comes with Python, so that pip takes the newest.
    PkgResources,
    /// A part of Python that nothing brings.
    Gone,
}

/// A package, its versions, and the Python that refuses them.
struct Refused {
    /// As its authors write it.
    package: &'static str,
    /// The version from which on it works.
    below: (u64, u64),
    /// The minor version of Python 3 from which on it does not.
    python: u64,
    lost: Lost,
}

/// Sources: <https://docs.python.org/3/whatsnew/3.11.html#removed> (`inspect.formatargspec`),
/// <https://docs.python.org/3/whatsnew/3.12.html#removed> (`distutils`, `imp`, `find_module`),
/// <https://docs.python.org/3/whatsnew/3.13.html#whatsnew313-pep594> (`cgi`),
/// <https://setuptools.pypa.io/en/latest/history.html> (82.0.0, without `pkg_resources`)
const REFUSED: &[Refused] = &[
    refused("Django", (4, 1), 13, Lost::Module(&["legacy-cgi"])),
    refused("Django", (3, 2), 12, Lost::Module(&["setuptools"])),
    refused("gunicorn", (20, 0), 12, Lost::Gone),
    refused("gunicorn", (21, 0), 12, Lost::PkgResources),
    refused("celery", (5, 0), 11, Lost::Gone),
    refused("eventlet", (0, 37), 13, Lost::Gone),
    refused("eventlet", (0, 31), 12, Lost::Gone),
];

const fn refused(package: &'static str, below: (u64, u64), python: u64, lost: Lost) -> Refused {
    Refused { package, below, python, lost }
}

/// The first version of setuptools without `pkg_resources`.
const SETTLED: u64 = 82;

/// Adds `packages.too_old_for_python`, of the packages that the process certainly imports.
pub(crate) fn facts(packages: &Packages, facts: &mut Facts) {
    let Some(python) = facts.get(v::RUNTIME_PYTHON).filter(|it| !it.origin.is_assumed()) else {
        return;
    };
    let version = python.text().and_then(|it| it.strip_prefix("3.")).unwrap_or_default();
    let minor = version.split(|it: char| !it.is_ascii_digit()).next().unwrap_or_default();
    let Ok(minor) = minor.parse::<u64>() else { return };
    let text = |id| facts.get(id).and_then(Fact::text).unwrap_or_default();
    let (server, framework) = (text(v::SERVER), text(v::FRAMEWORK));
    let is_imported = |name: &str| match name {
        "Django" => framework == "django",
        "celery" => server == "celery" || server == "celery-beat",
        "eventlet" => text(v::WORKER_CLASS) == name,
        name => server == name,
    };
    let found = REFUSED.iter().filter(|it| it.python <= minor && is_imported(it.package));
    let mut found = found.filter_map(|it| {
        let package = packages.get(&it.package.to_ascii_lowercase())?;
        (is_below(package, it.below) && is_lost(packages, &it.lost)).then_some((it, package))
    });
    let Some((row, package)) = found.next() else { return };
    let (name, (major, minor)) = (row.package, row.below);
    let shown = match &package.version {
        Some(version) => format!("{name} {version}"),
        None => format!("{name} before {major}.{minor}"),
    };
    let source = format!("what Python {} imports of `{name}`", python.text().unwrap_or_default());
    let origin =
        || Origin { span: Some(package.span), ..Origin::new(OriginKind::Derived, source.clone()) };
    let first = Fact::known(Value::Text(format!("{name} {major}.{minor}")), origin());
    let refused = Fact::known(Value::Text(shown), origin());
    drop(found);
    facts.set(v::PACKAGES_FIRST_FOR_PYTHON, first);
    facts.set(v::PACKAGES_TOO_OLD_FOR_PYTHON, refused);
}

/// Whether each version of a package that may be installed is below one.
fn is_below(package: &Package, (major, minor): (u64, u64)) -> bool {
    let Some(version) = &package.version else {
        return package.major_max.is_some_and(|it| it < major);
    };
    let mut parts = version.split('.').map(|it| it.parse::<u64>().ok());
    let (Some(Some(have)), rest) = (parts.next(), parts.next()) else { return false };
    have < major || have == major && rest.is_some_and(|it| it.is_some_and(|it| it < minor))
}

/// Whether certainly nothing that is installed has what Python has lost.
fn is_lost(packages: &Packages, lost: &Lost) -> bool {
    match lost {
        Lost::Gone => true,
        // Nobody looked at which packages bring setuptools: only a list of everything is enough.
        Lost::Module(["setuptools"]) => packages.is_whole && packages.lack(&["setuptools"]),
        Lost::Module(others) => packages.lack(others),
        Lost::PkgResources => {
            let is_known = packages.hidden.is_none()
                && !packages.is_unnamed
                && (packages.is_whole || packages.is_of_image);
            let setuptools = packages.get("setuptools");
            is_known
                && setuptools.is_none_or(|it| match &it.version {
                    Some(_) => !is_below(it, (SETTLED, 0)),
                    None => it.major_max.is_none_or(|it| it >= SETTLED),
                })
        }
    }
}
