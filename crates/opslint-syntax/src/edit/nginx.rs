//! Directives of nginx that were not there, in the blocks where they count.
//!
//! A block with a `proxy_set_header` of its own inherits none, so one more header goes where the
//! headers of a location come from. Anything else goes beside the directive that passes requests
//! on, in every block that passes them on to the same place.
//!
//! Source: <https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header>

use std::collections::BTreeMap;

use crate::fix::Edit;
use crate::parse::nginx::{self, Directive};
use crate::source::{FileId, Span};

use super::text;

/// Directives of which a block has several, and inherits all or none.
const LISTS: &[&str] =
    &["proxy_set_header", "fastcgi_param", "uwsgi_param", "scgi_param", "grpc_set_header"];

/// Blocks in which what is looked at may stand: `if` takes none of it.
const BLOCKS: &[&str] = &["http", "server", "location"];

/// A block around a place, and the one of its directives that leads there.
#[derive(Clone, Copy)]
struct Level<'a> {
    name: &'a str,
    directives: &'a [Directive],
    inner: &'a Directive,
}

/// Where lines go: behind the one of a directive, or in front of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Behind(usize, usize),
    Before(usize),
}

/// The edits that put directives where requests are passed on as by the one at `beside`.
pub(super) fn add(source: &str, beside: Span, new: &str) -> Option<Vec<Edit>> {
    let all = nginx::parse(beside.file, source);
    let wanted = nginx::parse(FileId::embedded(0), new);
    let mut passes = Vec::new();
    walk("", &all, &mut Vec::new(), &mut |levels| {
        let Some(it) = levels.last() else { return };
        passes.push((it.inner, levels.to_vec()));
    });
    let (model, _) = passes.iter().find(|(it, _)| it.name.span == beside)?;
    let target = model.argument(0).filter(|_| model.name.value.ends_with("_pass"))?.to_owned();
    let name = model.name.value.clone();
    let mut lines: BTreeMap<At, Vec<&str>> = BTreeMap::new();
    for (it, levels) in &passes {
        if it.name.value != name || it.argument(0) != Some(&target) {
            continue;
        }
        for directive in &wanted {
            let at = match need(levels, directive) {
                Need::Write(at) => at,
                Need::Met => continue,
                Need::Contradicted => return None,
            };
            let line = new.get(directive.span.range())?;
            let known = lines.entry(at).or_default();
            if !known.contains(&line) {
                known.push(line);
            }
        }
    }
    Some(lines.into_iter().map(|(at, lines)| edit(source, beside.file, at, &lines)).collect())
}

/// What is to be done about a directive.
enum Need {
    /// It is to be written there.
    Write(At),
    /// It is there already.
    Met,
    /// Another one of its kind is there, and only one of them can be.
    Contradicted,
}

fn need(levels: &[Level<'_>], new: &Directive) -> Need {
    let name = new.name.value.as_str();
    let is_block = |it: &Level<'_>| BLOCKS.contains(&it.name);
    let Some(own) = levels.iter().rposition(is_block) else { return Need::Contradicted };
    let of_level = |idx: usize| levels[idx].directives.iter().filter(|it| it.name.value == name);
    let with = (0..=own).rev().find(|idx| of_level(*idx).next().is_some());
    let Some(with) = with else { return Need::Write(before(&levels[own])) };
    if !LISTS.contains(&name) {
        return match of_level(with).all(|it| says_the_same(it, new)) {
            true => Need::Met,
            false if with == own => Need::Contradicted,
            false => Need::Write(before(&levels[own])),
        };
    }
    // ERB may leave those out that are there.
    if of_level(with).any(|it| it.conditional) {
        return Need::Contradicted;
    }
    let is_named = |it: &&Directive| match (it.argument(0), new.argument(0)) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => true,
    };
    match (of_level(with).find(is_named), of_level(with).next_back()) {
        (Some(it), _) if says_the_same(it, new) => Need::Met,
        (None, Some(last)) => Need::Write(behind(last)),
        _ => Need::Contradicted,
    }
}

fn says_the_same(it: &Directive, other: &Directive) -> bool {
    let words = |it: &Directive| it.arguments.iter().map(|it| it.text.clone()).collect::<Vec<_>>();
    !it.conditional && words(it) == words(other)
}

fn before(level: &Level<'_>) -> At {
    At::Before(level.inner.span.start as usize)
}

fn behind(it: &Directive) -> At {
    At::Behind(it.span.start as usize, it.span.end as usize)
}

fn edit(source: &str, file: FileId, at: At, lines: &[&str]) -> Edit {
    let brk = text::line_break(source);
    let (At::Before(start) | At::Behind(start, _)) = at;
    let indent = text::before(source, start);
    let is_own = indent.trim().is_empty();
    let (at, new) = match at {
        At::Before(_) if is_own => {
            (start, lines.iter().map(|it| format!("{it}{brk}{indent}")).collect())
        }
        At::Before(_) => (start, lines.iter().map(|it| format!("{it} ")).collect()),
        At::Behind(_, end) if is_own && text::ends_line(source, end) => {
            let new: String = lines.iter().map(|it| format!("{brk}{indent}{it}")).collect();
            (text::line_end(source, end), new)
        }
        At::Behind(_, end) => (end, lines.iter().map(|it| format!(" {it}")).collect::<String>()),
    };
    Edit { span: Span::new(file, at, at), text: new }
}

/// Visits every directive with the blocks around it, outermost first.
fn walk<'a>(
    name: &'a str,
    directives: &'a [Directive],
    levels: &mut Vec<Level<'a>>,
    visit: &mut dyn FnMut(&[Level<'a>]),
) {
    for it in directives {
        levels.push(Level { name, directives, inner: it });
        visit(levels);
        if let Some(block) = &it.block {
            walk(&it.name.value, block, levels, visit);
        }
        levels.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[track_caller]
    fn check(text: &str, new: &str, expect: Option<&str>) {
        let file = SourceMap::new().add("nginx.conf", text);
        let start = text.find("proxy_pass").unwrap();
        let beside = Span::new(file, start, start + "proxy_pass".len());
        let made = add(text, beside, new).map(|edits| {
            let mut made = text.to_owned();
            edits.iter().rev().for_each(|it| made.replace_range(it.span.range(), &it.text));
            made
        });
        assert_eq!(made.as_deref(), expect, "{text}");
    }

    const PROTO: &str = "proxy_set_header X-Forwarded-Proto $scheme;";

    #[test]
    fn a_header_goes_where_the_headers_of_the_location_are() {
        check(
            "server {\r\n\tproxy_set_header Host $host; # keep\r\n\tlocation / {\r\n\t\tproxy_pass http://a;\r\n\t}\r\n}",
            PROTO,
            Some(
                "server {\r\n\tproxy_set_header Host $host; # keep\r\n\tproxy_set_header X-Forwarded-Proto $scheme;\r\n\tlocation / {\r\n\t\tproxy_pass http://a;\r\n\t}\r\n}",
            ),
        );
        check(
            "server { proxy_set_header A b; location / { proxy_set_header Host $host; proxy_pass http://a; } }",
            PROTO,
            Some(
                "server { proxy_set_header A b; location / { proxy_set_header Host $host; proxy_set_header X-Forwarded-Proto $scheme; proxy_pass http://a; } }",
            ),
        );
    }

    #[test]
    fn without_any_it_goes_in_front_of_each_directive_that_passes_to_the_same_place() {
        check(
            "location /a {\n    proxy_pass http://a; # app\n}\nlocation /b {\n    proxy_pass http://b;\n}\nlocation /c { proxy_pass http://a; }\n",
            PROTO,
            Some(
                "location /a {\n    proxy_set_header X-Forwarded-Proto $scheme;\n    proxy_pass http://a; # app\n}\nlocation /b {\n    proxy_pass http://b;\n}\nlocation /c { proxy_set_header X-Forwarded-Proto $scheme; proxy_pass http://a; }\n",
            ),
        );
        // `if` has no headers.
        check(
            "location / {\n  if ($x) {\n    proxy_pass http://a;\n  }\n}\n",
            PROTO,
            Some(
                "location / {\n  proxy_set_header X-Forwarded-Proto $scheme;\n  if ($x) {\n    proxy_pass http://a;\n  }\n}\n",
            ),
        );
    }

    #[test]
    fn what_is_there_is_not_written_twice() {
        let text = "location / {\n  proxy_http_version 1.1;\n  proxy_pass http://a;\n}\n";
        let new = "proxy_http_version 1.1; proxy_read_timeout 9s;";
        let expect = text.replace("  proxy_pass", "  proxy_read_timeout 9s;\n  proxy_pass");
        check(text, new, Some(&expect));
        check(text, "proxy_http_version 1.0;", None);
        check(
            "location / {\n  proxy_set_header x-forwarded-proto http;\n  proxy_pass http://a;\n}\n",
            PROTO,
            None,
        );
        check(
            "location / { <% if x %> proxy_set_header A b; <% end %> proxy_pass http://a; }",
            PROTO,
            None,
        );
    }
}
