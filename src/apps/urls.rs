//! Paths that Django knows only with a slash at their end: `APPEND_SLASH` has it answer the others
//! with a redirect.
//!
//! The routes are read as they are written. Where a route may be anything, from a package or from
//! code, nothing is said of the paths below it.
//!
//! Source: `django.middleware.common.CommonMiddleware` (5.2)

use std::collections::BTreeSet;

use crate::fact::{Fact, Origin, Value};
use crate::source::{FileId, Span};

use super::django::{Default, Settings};
use super::{Source, fact};

/// Most routes that are read, and how deep they are included in one another.
const ROUTES_MAX: usize = 400;
const DEPTH_MAX: usize = 6;

/// The middleware that redirects.
const COMMON: &str = "django.middleware.common.CommonMiddleware";

/// Functions that make a route of a text, and whether that is a pattern.
const ROUTES: &[(&str, bool)] = &[("path", false), ("re_path", true), ("url", true)];

/// The paths, without their slash.
pub(super) fn with_slash_alone(source: &mut Source<'_, '_>, settings: &Settings) -> Option<Fact> {
    let appends = match settings.binding("APPEND_SLASH") {
        Ok(None) => true,
        Ok(Some(binding)) => fact(binding).bool() == Some(true),
        Err(_) => false,
    };
    let middleware = settings.get("MIDDLEWARE", Default::Empty);
    let redirects = match middleware.value() {
        Some(Value::List(all)) => all.iter().any(|it| it.as_str() == Some(COMMON)),
        _ => false,
    };
    let urls = settings.get("ROOT_URLCONF", Default::None);
    let dotted = urls.text().filter(|_| appends && redirects)?;
    let file = source.module(dotted)?;
    let mut routes = Routes::default();
    routes.collect(source, file, "", DEPTH_MAX);
    let is_open = |path: &str| routes.open.iter().any(|it| path.starts_with(it.as_str()));
    let alone = routes
        .exact
        .iter()
        .filter_map(|it| it.strip_suffix('/'))
        .filter(|it| !it.is_empty() && !routes.exact.contains(*it) && !is_open(it));
    let paths: Vec<Value> = alone.map(|it| Value::Text(format!("/{it}"))).collect();
    let origin = Origin::written(Span::start_of(file), "the routes of the project");
    (!paths.is_empty()).then(|| Fact::known(Value::List(paths), origin))
}

/// The routes of a project, without the slash that paths begin with.
#[derive(Default)]
struct Routes {
    /// Paths that are written out.
    exact: BTreeSet<String>,
    /// Starts of paths behind which anything may be known.
    open: Vec<String>,
}

impl Routes {
    fn collect(&mut self, source: &mut Source<'_, '_>, file: FileId, prefix: &str, depth: usize) {
        let text = code(source.workspace.sources.file(file).text());
        let is_made = |line: &str| {
            let value =
                line.split_once("urlpatterns").map(|it| it.1.trim_start_matches([' ', '+', '=']));
            let plain = ["[", "(", "static(", "staticfiles_urlpatterns(", ":"];
            value.is_some_and(|it| !plain.iter().any(|start| it.starts_with(start)))
        };
        if depth == 0 || text.contains("i18n_patterns") || text.lines().any(is_made) {
            return self.open.push(prefix.to_owned());
        }
        for (is_pattern, arguments) in calls(&text) {
            if self.exact.len() + self.open.len() >= ROUTES_MAX {
                return self.open.push(prefix.to_owned());
            }
            let Some((route, rest)) = literal(arguments) else {
                self.open.push(prefix.to_owned());
                continue;
            };
            let is_start = is_pattern && route.strip_prefix('^') == Some(plain(route).0);
            let (route, is_whole) = match is_pattern {
                true => plain(route),
                false => start(route),
            };
            let whole = format!("{prefix}{route}");
            match (included(rest), is_whole) {
                (None, true) => {
                    self.exact.insert(whole);
                }
                // A pattern goes on where it includes others.
                (Some(Some(dotted)), _) if is_whole || is_start => match source.module(dotted) {
                    Some(inner) => self.collect(source, inner, &whole, depth - 1),
                    None => self.open.push(whole),
                },
                _ => self.open.push(whole),
            }
        }
    }
}

/// What `include` of the rest of a route names: nothing where it does not include, and `Some(None)` where
/// it is no module that is written out.
fn included(rest: &str) -> Option<Option<&str>> {
    let inner = rest.split_once("include(")?.1.trim_start();
    Some(literal(inner).map(|it| it.0))
}

/// The arguments of each call that makes a route, and whether its text is a pattern.
fn calls(text: &str) -> Vec<(bool, &str)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('(') {
        let before = &text[..at];
        let is_name = |it: char| it.is_alphanumeric() || matches!(it, '_' | '.');
        let name = &before[before.trim_end_matches(is_name).len()..];
        let kind = ROUTES.iter().find(|it| it.0 == name.rsplit('.').next().unwrap_or(name));
        if let Some((_, is_pattern)) = kind
            && !before.trim_end_matches(is_name).ends_with("def ")
        {
            let arguments = &text[at + 1..];
            found.push((*is_pattern, &arguments[..end(arguments)]));
        }
    }
    found
}

/// Where the arguments of a call end that begin here.
fn end(arguments: &str) -> usize {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, it) in arguments.char_indices() {
        match (quote, it) {
            (Some(open), it) if it == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(it),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => return at,
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
    }
    arguments.len()
}

/// A text that is written out, and what follows it.
fn literal(arguments: &str) -> Option<(&str, &str)> {
    let text = arguments.trim_start();
    let text = text.strip_prefix('r').unwrap_or(text);
    let quote = text.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    let (inner, rest) = text[1..].split_once(quote)?;
    // Two texts side by side, and what is made of one, are more than that.
    matches!(rest.trim_start().chars().next(), Some(',' | ')') | None).then_some((inner, rest))
}

/// The start of a route that is written out, and whether that is all of it.
fn start(route: &str) -> (&str, bool) {
    match route.split_once('<') {
        Some((start, _)) => (start, false),
        None => (route, true),
    }
}

/// The same of a pattern. One that ends without `$` goes on.
fn plain(pattern: &str) -> (&str, bool) {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let (inner, ends) = match inner.strip_suffix('$') {
        Some(inner) => (inner, true),
        None => (inner, false),
    };
    let is_special = |it: char| !(it.is_alphanumeric() || matches!(it, '/' | '-' | '_'));
    match inner.find(is_special) {
        // What stands before a sign may hang on it: `healthz/?`.
        Some(at) => (&inner[..at.saturating_sub(1).min(inner.len())], false),
        None => (inner, ends && pattern.starts_with('^')),
    }
}

/// The text without its comments and long texts, which have examples.
fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quotes: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let open = ["\"\"\"", "'''"].into_iter().find(|it| line.matches(it).count() % 2 == 1);
        match (quotes, open) {
            (Some(_), Some(_)) => quotes = None,
            (Some(_), None) => {}
            (None, Some(it)) => quotes = Some(it),
            (None, None)
                if line.trim_start().starts_with(['#', '"', '\'']) && !line.contains("path(") => {}
            (None, None) if line.trim_start().starts_with('#') => {}
            (None, None) => out.push_str(line.split(" #").next().unwrap_or(line)),
        }
        if quotes.is_none() && !out.ends_with('\n') {
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_read_as_they_are_written() {
        let text = code(
            "\"\"\"Such as\n    path('blog/', include('blog.urls'))\n\"\"\"\nurlpatterns = [\n    \
             path('up/', views.up),  # path('down/')\n    # path('old/', views.old),\n    \
             path(\"shop/\", include(\"shop.urls\")),\n    re_path(r'^a/?$', views.a),\n]\n",
        );
        let found: Vec<_> = calls(&text)
            .into_iter()
            .map(|(_, it)| (literal(it).unwrap().0, included(it)))
            .collect();
        let expect = [("up/", None), ("shop/", Some(Some("shop.urls"))), ("^a/?$", None)];
        assert_eq!(found, expect);
    }

    #[test]
    fn a_pattern_is_whole_where_it_has_an_end_and_no_signs() {
        for (pattern, expect) in [
            ("^up/$", ("up/", true)),
            ("^up/", ("up/", false)),
            ("^up/?$", ("up", false)),
            ("up/$", ("up/", false)),
            ("^(?P<a>b)$", ("", false)),
        ] {
            assert_eq!(plain(pattern), expect, "{pattern}");
        }
    }
}
