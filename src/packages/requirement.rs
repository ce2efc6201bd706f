//! One requirement: `celery[redis]==5.4.0 ; python_version >= "3.9"`.
//!
//! Sources: <https://packaging.python.org/en/latest/specifications/dependency-specifiers/>,
//! <https://packaging.python.org/en/latest/specifications/name-normalization/>

/// A requirement as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Requirement<'a> {
    /// The name as written.
    pub(super) name: &'a str,
    /// The optional parts of it that are asked for: `standard` of `uvicorn[standard]`.
    pub(super) extras: Vec<String>,
    /// The version, where only one will do.
    pub(super) version: Option<&'a str>,
    /// The highest major version that will do, where newer ones are kept out.
    pub(super) major_max: Option<u64>,
    /// Whether it is found somewhere else than in an index, so that nobody knows what it needs.
    pub(super) is_direct: bool,
}

/// Reads a requirement. `None` when it is none, and when no Linux installs it.
pub(super) fn read(text: &str) -> Option<Requirement<'_>> {
    let text = text.trim();
    let is_inside = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
    let end = text.find(|it| !is_inside(it)).unwrap_or(text.len());
    let name = &text[..end];
    let ends = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    if !ends(name.chars().next()) || !ends(name.chars().next_back()) {
        return None;
    }
    let mut rest = text[end..].trim_start();
    let mut extras = Vec::new();
    if let Some(inside) = rest.strip_prefix('[') {
        let (inside, behind) = inside.split_once(']')?;
        let names = inside.split(',').map(str::trim).filter(|it| !it.is_empty());
        extras = names.map(normalized).collect();
        rest = behind.trim_start();
    }
    let (rest, marker) = rest.split_once(';').unwrap_or((rest, ""));
    if is_for_another_system(marker) {
        return None;
    }
    let rest = rest.trim().trim_start_matches('(').trim_end_matches(')').trim();
    let starts = |it: &str| rest.starts_with(it);
    if !(rest.is_empty() || rest.starts_with(['=', '<', '>', '~', '!', '@'])) {
        return None;
    }
    let version = rest.strip_prefix("===").or_else(|| rest.strip_prefix("==")).map(str::trim);
    let version = version.filter(|it| is_version(it));
    let major_max = major_max(rest);
    Some(Requirement { name, extras, version, major_max, is_direct: starts("@") })
}

/// The highest major version that a list of bounds lets in: 3 for `>=3.2,<4`, for `~=3.2` and for
/// `^3.2` of poetry. `None` where newer ones are let in.
pub(super) fn major_max(bounds: &str) -> Option<u64> {
    if bounds.contains('|') || bounds.contains('@') {
        return None;
    }
    bounds.split(',').filter_map(|it| major_of_bound(it.trim())).min()
}

fn major_of_bound(bound: &str) -> Option<u64> {
    let version = bound.trim_start_matches(['=', '~', '^', '<', '>', '!']);
    let operator = &bound[..bound.len() - version.len()];
    let mut parts = version.trim().split('.');
    let first = parts.next()?;
    let digits = first.find(|it: char| !it.is_ascii_digit()).unwrap_or(first.len());
    let major: u64 = first[..digits].parse().ok()?;
    match operator {
        "" | "=" | "==" | "===" | "~" | "~=" | "^" | "<=" => Some(major),
        // In front of 4 and of 4.0 there is 3 only.
        "<" if parts.all(|it| it.trim_start_matches('0').is_empty()) => major.checked_sub(1),
        "<" => Some(major),
        _ => None,
    }
}

/// The name that all spellings of it have in common.
pub(super) fn normalized(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for it in name.chars() {
        match it {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            it => normal.push(it.to_ascii_lowercase()),
        }
    }
    normal
}

/// Numbers and letters with dots between them; `==5.*` is none.
pub(super) fn is_version(text: &str) -> bool {
    let is_inside = |it: char| it.is_ascii_alphanumeric() || ".+!-_".contains(it);
    text.starts_with(|it: char| it.is_ascii_digit()) && text.chars().all(is_inside)
}

/// Whether a marker asks for Windows or macOS and nothing else.
fn is_for_another_system(marker: &str) -> bool {
    const SYSTEMS: [&str; 5] = [
        "sys_platform==win32",
        "sys_platform==darwin",
        "platform_system==windows",
        "platform_system==darwin",
        "os_name==nt",
    ];
    let parts = marker.split(" and ").map(|it| {
        let plain = it.chars().filter(|it| !it.is_whitespace() && !"\"'()".contains(*it));
        plain.collect::<String>().to_ascii_lowercase()
    });
    !marker.contains(" or ") && parts.into_iter().any(|it| SYSTEMS.contains(&it.as_str()))
}
