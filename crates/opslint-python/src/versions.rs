//! What is newer than the oldest Python that is still supported, or was when it was written.

use ruff_python_ast::PythonVersion as Target;
use ruff_text_size::TextRange;

use super::evaluator::Evaluator;
use super::raise::{Error, Evaluated};
use super::trace::Inputs;

/// A version of Python, such as (3, 12).
pub type PythonVersion = (u8, u8);

/// The oldest version that gets security fixes on 2026-11-28: devguide.python.org/versions. Where
/// no file names a version, this one and all newer ones are possible.
const OLDEST: PythonVersion = (3, 11);

/// Names of the standard library and the version that has them first: "Added in version" of
/// docs.python.org/3.14/library, read 2026-11-28.
const SINCE: [(&str, PythonVersion); 28] = [
    ("datetime.UTC", (3, 11)),
    ("enum.StrEnum", (3, 11)),
    ("functools.cache", (3, 9)),
    ("functools.cached_property", (3, 8)),
    ("itertools.batched", (3, 12)),
    ("itertools.pairwise", (3, 10)),
    ("logging.getHandlerByName", (3, 12)),
    ("logging.getLevelNamesMapping", (3, 11)),
    ("math.cbrt", (3, 11)),
    ("math.dist", (3, 8)),
    ("math.exp2", (3, 11)),
    ("math.fma", (3, 13)),
    ("math.isqrt", (3, 8)),
    ("math.lcm", (3, 9)),
    ("math.nextafter", (3, 9)),
    ("math.perm", (3, 8)),
    ("math.prod", (3, 8)),
    ("math.sumprod", (3, 12)),
    ("math.ulp", (3, 9)),
    ("os.pidfd_open", (3, 9)),
    ("os.process_cpu_count", (3, 13)),
    ("os.waitstatus_to_exitcode", (3, 9)),
    ("random.binomialvariate", (3, 12)),
    ("random.randbytes", (3, 9)),
    ("shlex.join", (3, 8)),
    ("sys.exception", (3, 11)),
    ("sys.orig_argv", (3, 10)),
    ("sys.stdlib_module_names", (3, 10)),
];

/// Modules of the standard library, as above.
const MODULES_SINCE: [(&str, PythonVersion); 6] = [
    ("annotationlib", (3, 14)),
    ("compression", (3, 14)),
    ("graphlib", (3, 9)),
    ("string.templatelib", (3, 14)),
    ("tomllib", (3, 11)),
    ("zoneinfo", (3, 9)),
];

/// Methods of built-in types, as above.
const METHODS_SINCE: [(&str, &str, PythonVersion); 3] = [
    ("int", "bit_count", (3, 10)),
    ("str", "removeprefix", (3, 9)),
    ("str", "removesuffix", (3, 9)),
];

/// The version whose grammar a file is parsed by.
pub(super) fn target(version: Option<PythonVersion>) -> Target {
    version.map_or_else(Target::latest, |(major, minor)| Target { major, minor })
}

impl Evaluator<'_, '_, '_> {
    /// `name` of a module of the standard library: an exception where the Python that runs is known
    /// and older, and maybe one where it is not known.
    pub(super) fn check_since(&mut self, dotted: &str, range: TextRange) -> Evaluated<()> {
        let found = SINCE.iter().find(|(name, _)| *name == dotted);
        self.check_version(found.map(|it| it.1), "AttributeError", dotted, range)
    }

    /// A module of the standard library.
    pub(super) fn check_module_since(&mut self, module: &str, range: TextRange) -> Evaluated<()> {
        let found = MODULES_SINCE.iter().find(|(name, _)| {
            module.strip_prefix(name).is_some_and(|it| it.is_empty() || it.starts_with('.'))
        });
        self.check_version(found.map(|it| it.1), "ModuleNotFoundError", module, range)
    }

    /// A method of a built-in type.
    pub(super) fn check_method_since(
        &mut self,
        kind: &str,
        name: &str,
        range: TextRange,
    ) -> Evaluated<()> {
        let found = METHODS_SINCE.iter().find(|it| (it.0, it.1) == (kind, name));
        self.check_version(found.map(|it| it.2), "AttributeError", name, range)
    }

    fn check_version(
        &mut self,
        since: Option<PythonVersion>,
        kind: &str,
        what: &str,
        range: TextRange,
    ) -> Evaluated<()> {
        let Some(since) = since else { return Ok(()) };
        match self.host.python {
            Some(version) if version < since => {
                let (major, minor) = since;
                let message = format!("`{what}` is new in Python {major}.{minor}");
                Err(self.raised(Error::raise(kind, message), range, &Inputs::default()))
            }
            None if since > OLDEST => {
                self.may_raise(kind);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether `{…} | {…}` is one dict: new in 3.9 (PEP 584).
    pub(super) fn merges_dicts(&self) -> bool {
        self.host.python.is_none_or(|it| it >= (3, 9))
    }
}
