//! Files of the project that a script loads: the one that listens, and the one with the settings.
//!
//! Source: <https://nodejs.org/docs/latest-v20.x/api/modules.html#file-modules>

use std::ops::Range;
use std::sync::Arc;

use super::text::{bound, entry};
use super::{FILES_MAX, Script, text};
use crate::workspace::{Workspace, join, parent};

/// What servers are called where they listen: other things listen, too.
const LISTENERS: &[&str] = &["app", "api", "server", "httpServer", "http", "fastify"];

/// Steps that a name in an import is worth: the workspace keeps of each path whether it is there.
const NAME_COST: usize = 256;

/// Endings that a name in an import may leave out.
const ENDINGS: &[&str] = &["", ".js", ".mjs", ".cjs", ".ts", ".json", "/index.js", "/index.ts"];

impl Script {
    /// The script, and the files of the project that it loads, and those that they load.
    pub(super) fn with_loaded(&self, workspace: &mut Workspace<'_>) -> Vec<Self> {
        let mut seen = vec![workspace.sources.file(self.file).path().to_owned()];
        let mut all = vec![self.clone()];
        let mut next = 0;
        while let Some(script) = all.get(next) {
            let path = seen[next].clone();
            next += 1;
            let code = Arc::clone(&script.code);
            for name in code.local() {
                let Some(path) = resolved(workspace, &path, name) else { continue };
                if seen.len() >= FILES_MAX || seen.contains(&path) || path.ends_with(".json") {
                    continue;
                }
                if let Some(script) = Self::at(workspace, &path) {
                    seen.push(path);
                    all.push(script);
                }
            }
        }
        all
    }

    /// What the script calls the things that a package gives it, each with its name in the package:
    /// `None` for the whole.
    pub(super) fn names_from(&self, package: &str) -> Vec<(String, Option<String>)> {
        if !self.code.loads(package) {
            return Vec::new();
        }
        let lines = self.code.lines().filter(|line| {
            let behind = line.split_once("require(").or_else(|| line.split_once(" from "));
            behind.is_some_and(|(_, right)| {
                let right = right.trim_start();
                ['\'', '"'].iter().any(|quote| {
                    right.strip_prefix(*quote).and_then(|it| it.strip_prefix(package)).is_some_and(
                        |rest| {
                            // `require("sqlite3").verbose()` is the package still.
                            let rest = rest.strip_prefix(*quote).unwrap_or("x");
                            let rest = rest.trim_start_matches([')', ';', ' ']);
                            rest.is_empty() || rest.starts_with(".verbose()")
                        },
                    )
                })
            })
        });
        let names = lines.flat_map(names_of);
        names.map(|(name, own)| (name.to_owned(), own.map(str::to_owned))).collect()
    }

    /// The calls of a name, with what each is given.
    pub(super) fn calls(&self, name: &str) -> Vec<(Range<usize>, Vec<Range<usize>>)> {
        let is_part = |it: char| it.is_alphanumeric() || matches!(it, '_' | '$' | '.');
        let open = format!("{name}(");
        let found = self.code.match_indices(&open).filter(|(at, _)| {
            !self.code[..*at].chars().next_back().is_some_and(is_part)
                && !self.code[..*at].ends_with("function ")
        });
        let call = |(at, it): (usize, &str)| {
            let end = at + it.len() - 1;
            Some((at..end, text::arguments(&self.code, end)?))
        };
        found.filter_map(call).collect()
    }

    /// The calls of what a package gives; an empty name is the package itself.
    pub(super) fn calls_of(
        &self,
        package: &str,
        name: &str,
    ) -> Vec<(Range<usize>, Vec<Range<usize>>)> {
        let callee = |(local, own): (String, Option<String>)| match own.as_deref() {
            None | Some("default") if name.is_empty() => Some(local),
            // The whole has it as a part; some packages are imported as the part itself.
            None => Some(format!("{local}.{name}")),
            Some(own) => (own == name).then_some(local),
        };
        let names = self.names_from(package).into_iter().filter_map(callee);
        names.flat_map(|it| self.calls(&it)).collect()
    }

    /// The one file that listens of those that the script loads, where it does not listen itself.
    pub(super) fn imported_listener(&self, workspace: &mut Workspace<'_>) -> Option<Self> {
        let mut open =
            vec![(workspace.sources.file(self.file).path().to_owned(), Arc::clone(&self.code))];
        let mut seen = vec![open[0].0.clone()];
        let mut found = None;
        while let Some((path, code)) = open.pop() {
            for name in code.local() {
                let Some(path) = resolved(workspace, &path, name) else { continue };
                if seen.contains(&path) || path.ends_with(".json") {
                    continue;
                }
                if seen.len() > FILES_MAX {
                    return None;
                }
                seen.push(path.clone());
                let Some(script) = Self::at(workspace, &path) else { continue };
                open.push((path, Arc::clone(&script.code)));
                if script.has_listener() && found.replace(script).is_some() {
                    return None;
                }
            }
        }
        found
    }

    fn has_listener(&self) -> bool {
        let mut calls = self.code.match_indices(".listen(");
        calls.any(|(at, _)| {
            let before = &self.code[..at];
            let is_part = |it: char| it.is_alphanumeric() || it == '_' || it == '$';
            let start = before.rfind(|it| !is_part(it)).map_or(0, |it| it + 1);
            LISTENERS.contains(&&before[start..])
        })
    }

    /// The file that a name of this one is loaded from, and what of it the name is: `None` for all of
    /// it.
    fn loaded(&self, workspace: &mut Workspace<'_>, name: &str) -> Option<(Self, Option<String>)> {
        let path = workspace.sources.file(self.file).path().to_owned();
        let (module, part) = self.module_of(name)?;
        let path = resolved(workspace, &path, module)?;
        Some((Self::at(workspace, &path)?, part.map(str::to_owned)))
    }

    /// The module that a name comes from, and the name that it has there.
    fn module_of<'a>(&'a self, name: &'a str) -> Option<(&'a str, Option<&'a str>)> {
        self.code.lines().find_map(|line| {
            let (_, right) = line.split_once("require(").or_else(|| line.split_once(" from "))?;
            let quote = right.chars().next().filter(|it| matches!(it, '\'' | '"'))?;
            let (module, rest) = right[1..].split_once(quote)?;
            // `require('./config').port` is no module.
            let is_whole = rest.trim_start_matches([')', ';', ' ']).is_empty();
            let (_, own) = names_of(line).into_iter().find(|(it, _)| *it == name && is_whole)?;
            Some((module, own))
        })
    }

    /// The range of a value that is reached by names: `config.port` of an object here, or of the file
    /// that `config` is loaded from.
    pub(super) fn value_of(
        &self,
        workspace: &mut Workspace<'_>,
        expression: &str,
        at: usize,
    ) -> Option<(Option<Self>, Range<usize>)> {
        let mut keys = expression.split('.');
        let name = keys.next()?;
        let keys: Vec<&str> = keys.collect();
        if let Some(object) = bound(&self.code, name, at).filter(|it| self.is_object(it)) {
            return Some((None, self.within(object, &keys)?));
        }
        let (script, part) = self.loaded(workspace, name)?;
        let found = match part {
            Some(part) => script.exported(&part, &keys)?,
            None => script.within(script.exports()?, &keys)?,
        };
        Some((Some(script), found))
    }

    fn is_object(&self, range: &Range<usize>) -> bool {
        self.code.get(range.start..).is_some_and(|it| it.starts_with('{'))
    }

    /// What stands behind keys in an object.
    fn within(&self, object: Range<usize>, keys: &[&str]) -> Option<Range<usize>> {
        keys.iter().try_fold(object, |object, key| {
            if self.is_object(&object) { entry(&self.code, &object, key) } else { None }
        })
    }

    /// The object that the file gives to others as a whole.
    fn exports(&self) -> Option<Range<usize>> {
        for start in ["module.exports = ", "export default "] {
            let Some(at) = self.code.find(start) else { continue };
            let at = at + start.len();
            let rest = self.code.get(at..)?;
            if rest.starts_with('{') {
                return Some(at..self.code.len());
            }
            let len = rest.find(|it: char| !it.is_alphanumeric() && it != '_')?;
            return bound(&self.code, &rest[..len], 0).filter(|it| self.is_object(it));
        }
        None
    }

    /// What the file gives to others by a name.
    fn exported(&self, name: &str, keys: &[&str]) -> Option<Range<usize>> {
        let of_exports = || {
            let object = self.exports().or_else(|| {
                let at = self.code.find("export {")? + "export ".len();
                Some(at..self.code.len())
            })?;
            let value = self.within(object, &[name])?;
            // `{ port }` names what is bound above.
            match self.text(&value) == name {
                true => bound(&self.code, name, 0),
                false => Some(value),
            }
        };
        let assigned = || self.assigned(&format!("exports.{name} "));
        let value = bound(&self.code, name, 0)
            .filter(|it| self.is_exported(name, it))
            .or_else(assigned)
            .or_else(of_exports)?;
        if keys.is_empty() { Some(value) } else { self.within(value, keys) }
    }

    /// Whether a declaration says itself that it is for others: `export const port = …`.
    fn is_exported(&self, name: &str, value: &Range<usize>) -> bool {
        let line = self.code[..value.start].rsplit('\n').next().unwrap_or_default();
        line.starts_with("export ") && line.contains(name)
    }

    pub(super) fn at(workspace: &mut Workspace<'_>, path: &str) -> Option<Self> {
        let file = workspace.try_open(path).file()?;
        Self::read(workspace, file)
    }
}

/// The names that an import brings, each with what it is called in the module: `None` for the whole.
fn names_of(line: &str) -> Vec<(&str, Option<&str>)> {
    let line = line.trim_start();
    let left = match line.strip_prefix("import ") {
        Some(rest) => rest.split(" from ").next(),
        None => ["const ", "let ", "var "]
            .iter()
            .find_map(|it| line.strip_prefix(it))
            .and_then(|it| it.split('=').next()),
    };
    let Some(left) = left.map(str::trim) else { return Vec::new() };
    if let Some(inner) = left.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
        let parts = inner.split(',').map(str::trim).filter(|it| !it.is_empty());
        let parts = parts.map(|it| match it.split_once(" as ").or_else(|| it.split_once(':')) {
            Some((own, name)) => (name.trim(), Some(own.trim())),
            None => (it, Some(it)),
        });
        return parts.collect();
    }
    // `* as config` has what the module exports by name, as the whole of an object has.
    let name = left.strip_prefix("* as ").unwrap_or(left);
    vec![(name, None)]
}

/// The file that a name in an import is: `./server`, `../config/index.js`. In TypeScript, `./a.js` is
/// `a.ts`.
pub(super) fn resolved(workspace: &Workspace<'_>, from: &str, name: &str) -> Option<String> {
    workspace.budget().steps(NAME_COST).ok()?;
    let path = join(parent(from), name)?;
    let script = path.strip_suffix(".js").map(|it| format!("{it}.ts"));
    let names = ENDINGS.iter().map(|it| format!("{path}{it}")).chain(script);
    names.into_iter().find(|it| workspace.is_file(it))
}

#[cfg(test)]
mod tests {
    use super::names_of;

    #[test]
    fn an_import_says_what_its_names_are() {
        for (line, expect) in [
            ("const config = require('./config');", vec![("config", None)]),
            ("import config from './config'", vec![("config", None)]),
            ("import * as config from './config'", vec![("config", None)]),
            (
                "const { port, host: h } = require('./c')",
                vec![("port", Some("port")), ("h", Some("host"))],
            ),
            ("import { port as p } from './c'", vec![("p", Some("port"))]),
            ("require('./server');", vec![]),
        ] {
            assert_eq!(names_of(line), expect, "{line}");
        }
    }
}
