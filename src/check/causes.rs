//! One cause is one diagnostic: what follows from something that is said at the same place is not
//! said once more.

use std::collections::HashMap;

use crate::check::assumptions;
use crate::diagnostic::{Diagnostic, Label};
use crate::fix::Fix;
use crate::keys::UNKNOWN_KEY;
use crate::source::{FileId, SourceMap, Span};
use crate::workspace::parent;

/// By the rule that names a cause, the rules that only name what follows from it there.
const CONSEQUENCES: &[(&str, &[&str])] = &[
    // Whoever gets `$PORT` as it stands refuses it.
    (
        "unexpanded-variable",
        &["invalid-setting", "gunicorn-rejected-value", "gunicorn-invalid-bind"],
    ),
    // Fewer workers is the advice of both.
    ("memory-overcommit", &["workers-from-host-cpus", "too-many-workers", "celery-never-replaced"]),
    ("python-refused-by-buildpack", &["python-end-of-life"]),
    // Both are about one `FROM`, and the first names both ends.
    ("base-image-ended", &["python-end-of-life", "runtime-end-of-life"]),
    ("secret-in-image", &["secret-key-in-manifest"]),
    // The second of two values is judged when it is the only one.
    ("duplicate-key", &["wrong-type", "value-not-allowed", "value-out-of-range", "unknown-key"]),
];

/// The diagnostics without those that follow from others.
pub(crate) fn without_consequences(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    for (cause, consequences) in CONSEQUENCES {
        let is_cause = |it: &&Diagnostic| it.rule == *cause;
        let labels = |it: &Diagnostic| {
            std::iter::once(&it.primary).chain(&it.related).map(|it| it.span).collect::<Vec<_>>()
        };
        let place = |it: &Diagnostic| {
            let is_open = assumptions::rests_on_world(it);
            labels(it).into_iter().map(move |span| (span, is_open)).collect::<Vec<_>>()
        };
        let causes: Vec<(Span, bool)> =
            diagnostics.iter().filter(is_cause).flat_map(place).collect();
        if causes.is_empty() {
            continue;
        }
        // What is wrong with the second value often tells which key was meant.
        if *cause == "duplicate-key" {
            let wrong = diagnostics.iter().filter(|it| it.rule == "wrong-type");
            let known: Vec<(Span, String)> =
                wrong.filter_map(|it| Some((it.primary.span, it.help.clone()?))).collect();
            for it in diagnostics.iter_mut().filter(|it| it.rule == *cause) {
                let here = known.iter().find(|(span, _)| overlap(*span, it.primary.span));
                it.help = here.map(|(_, help)| help.clone()).or(it.help.take());
            }
        }
        diagnostics.retain(|it| {
            let follows = consequences.contains(&it.rule.as_str());
            // What is so on an assumed machine alone hides nothing that is so on every other.
            let hides = |(cause, is_open): &(Span, bool)| {
                overlap(*cause, it.primary.span) && (!is_open || assumptions::rests_on_world(it))
            };
            !(follows && causes.iter().any(hides))
        });
    }
    diagnostics
}

/// Rules about what files of one folder that were copied from each other lack or do alike.
const ALIKE: &[&str] = &[
    "base-image-without-version",
    "health-check-missing",
    "https-not-forced",
    "key-without-effect",
    "proxy-headers-not-trusted",
    "proxy-headers-off",
    "stop-signal-unset",
];

/// Rules about what processes of one file lack alike, each under its own name.
const ALIKE_IN_A_FILE: &[&str] = &[
    "celery-children-get-the-signal",
    "celery-never-replaced",
    "default-grace-above-kill",
    "heartbeat-on-disk",
    "long-tasks-prefetched",
    "no-worker-recycling",
    "service-not-restarted",
    "unit-without-restart",
];

/// Makes one of what several files of a folder, or processes of a file, lack alike: the others are
/// further places of it.
pub(super) fn gather(diagnostics: &mut Vec<Diagnostic>, sources: &SourceMap) {
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    // What is made one lies in one folder: without a look at all others, a run costs what its
    // projects cost, however many there are.
    let mut of_folders: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut of_fixes: HashMap<(String, (FileId, u32)), usize> = HashMap::new();
    for it in diagnostics.drain(..) {
        let beside = of_folders.entry(parent(sources.file(it.primary.span.file).path()));
        let beside = beside.or_default();
        let is_same = |first: &Diagnostic| {
            (&first.rule, &first.message) == (&it.rule, &it.message)
                && help_of_any(first) == help_of_any(&it)
                && first.primary.span.file != it.primary.span.file
        };
        let is_beside = |first: &Diagnostic| {
            (&first.rule, first.severity) == (&it.rule, it.severity)
                && first.primary.span.file == it.primary.span.file
                && first.help == it.help
        };
        let is_alike = ALIKE.contains(&it.rule.as_str());
        let in_a_file = ALIKE_IN_A_FILE.contains(&it.rule.as_str());
        if it.rule == UNKNOWN_KEY && !it.about.is_empty() {
            match beside.iter().find(|at| is_beside_in_table(&kept[**at], &it)) {
                Some(at) => add_key(&mut kept[*at], it, sources),
                None => {
                    beside.push(kept.len());
                    kept.push(it);
                }
            }
            continue;
        }
        let is_it =
            |first: &Diagnostic| is_alike && is_same(first) || in_a_file && is_beside(first);
        let fixed_at = fixed_elsewhere(&it);
        let by_fix = fixed_at.and_then(|span| of_fixes.get(&(it.rule.clone(), span)).copied());
        let by_fix = by_fix.filter(|at| is_one_change(&kept[*at], &it));
        match by_fix.or_else(|| beside.iter().copied().find(|at| is_it(&kept[*at]))) {
            Some(at) => {
                let first = &mut kept[at];
                let is_copy = first.message == it.message;
                let text = if is_copy { "the same here" } else { it.message.as_str() };
                let here = Label::new(it.primary.span, text);
                if !first.related.contains(&here) {
                    first.related.push(here);
                }
                if first.help != it.help {
                    first.help = help_of_any(first);
                }
                if by_fix.is_none() {
                    first.fixes = of_both(std::mem::take(&mut first.fixes), &it.fixes, sources);
                }
                first.deployments.extend(it.deployments);
                first.deployments.sort_unstable();
                first.deployments.dedup();
            }
            None => {
                beside.push(kept.len());
                if let Some(span) = fixed_at {
                    of_fixes.insert((it.rule.clone(), span), kept.len());
                }
                kept.push(it);
            }
        }
    }
    *diagnostics = kept;
}

/// Where the best fix of a diagnostic starts, when that is in another file than its label: several
/// commands may read one configuration file.
fn fixed_elsewhere(it: &Diagnostic) -> Option<(FileId, u32)> {
    let span = it.fixes.first()?.edits.first()?.span;
    (span.file != it.primary.span.file).then_some((span.file, span.start))
}

/// Whether one change settles both, and they say the same.
fn is_one_change(first: &Diagnostic, it: &Diagnostic) -> bool {
    (&first.message, first.severity) == (&it.message, it.severity)
        && first.help == it.help
        && first.fixes == it.fixes
}

/// What is to be done at both places: what fixes one of them alone would leave the other.
fn of_both(first: Vec<Fix>, other: &[Fix], sources: &SourceMap) -> Vec<Fix> {
    let joined = |mut it: Fix| {
        let same = other.iter().find(|of| of.title == it.title)?;
        join(&mut it, same, sources);
        Some(it)
    };
    first.into_iter().filter_map(joined).collect()
}

/// Makes both or neither.
fn join(own: &mut Fix, other: &Fix, sources: &SourceMap) {
    own.safety = own.safety.max(other.safety);
    let new = other.edits.iter().filter(|it| !own.edits.contains(it)).cloned().collect::<Vec<_>>();
    own.edits.extend(new);
    own.edits.sort_by_key(|it| (sources.file(it.span.file).path().to_owned(), it.span.order()));
}

/// What to do, in words that are the same for copies of one manifest.
fn help_of_any(it: &Diagnostic) -> Option<String> {
    let mut help = it.help.clone()?;
    for manifest in &it.deployments {
        help = help.replace(manifest.as_str(), "each manifest");
    }
    Some(help)
}

/// What to do about what is true of several deployments: one sentence where the same is to be done at
/// a place of each, else what is to be done for each.
pub(super) fn help_of_both(first: &Diagnostic, other: &Diagnostic) -> Option<String> {
    let (Some(own), Some(more)) = (&first.help, &other.help) else {
        return first.help.clone().or_else(|| other.help.clone());
    };
    let manifest = other.deployments.first().map_or("", String::as_str);
    // It may have been said of this deployment already, as one of several processes.
    if own.contains(more.as_str()) || own.contains(&format!("for {manifest}: ")) {
        return first.help.clone();
    }
    let of_any = help_of_any(first);
    if of_any == help_of_any(other) {
        return of_any;
    }
    let places = in_places(first, other);
    Some(places.unwrap_or_else(|| format!("{own}; for {manifest}: {more}")))
}

/// One sentence of two that differ in their place alone, which both name by the manifest: `under
/// [env] of fly.toml and envVars of render.yaml`.
fn in_places(first: &Diagnostic, other: &Diagnostic) -> Option<String> {
    let (own, more): (Vec<&str>, Vec<&str>) =
        (first.help.as_ref()?.split(' ').collect(), other.help.as_ref()?.split(' ').collect());
    let both = own.len().min(more.len());
    let start = std::iter::zip(&own, &more).take_while(|(a, b)| a == b).count();
    let ends = std::iter::zip(own.iter().rev(), more.iter().rev());
    let end = ends.take(both - start).take_while(|(a, b)| a == b).count();
    let (own_place, more_place) = (&own[start..own.len() - end], &more[start..more.len() - end]);
    let (own_place, more_place) = (own_place.join(" "), more_place.join(" "));
    let names = |it: &Diagnostic, place: &str| {
        it.deployments.iter().any(|it| place.contains(it.rsplit('/').next().unwrap_or(it)))
    };
    let is_place = start > 0 && names(first, &own_place) && names(other, &more_place);
    let own_place = own_place.trim_end_matches(',');
    let words = [&own[..start], &[own_place, "and", &more_place], &more[more.len() - end..]];
    is_place.then(|| words.concat().join(" "))
}

/// Whether two unknown keys stand in one table of one file.
fn is_beside_in_table(first: &Diagnostic, it: &Diagnostic) -> bool {
    (&first.rule, first.severity, &first.about) == (&it.rule, it.severity, &it.about)
        && first.primary.span.file == it.primary.span.file
        && first.deployments == it.deployments
}

/// Says one more unknown key of a table beside the first one.
fn add_key(first: &mut Diagnostic, it: Diagnostic, sources: &SourceMap) {
    let written = |span: Span| {
        let text = sources.file(span.file).text();
        let key = text.get(span.start as usize..span.end as usize).unwrap_or_default();
        format!("`{}`", key.trim_matches(['"', '\'']))
    };
    let help = it.help.unwrap_or_default();
    first.related.push(Label::new(it.primary.span, help.clone()));
    let labels = std::iter::once(&first.primary).chain(&first.related);
    let mut keys: Vec<String> = Vec::new();
    labels.map(|it| written(it.span)).for_each(|it| {
        if !keys.contains(&it) {
            keys.push(it);
        }
    });
    first.message = match keys.len() {
        1 => format!("{} is not a key of {}", keys[0], first.about),
        2 | 3 => format!("{} are not keys of {}", listed(&keys), first.about),
        many => format!("{many} keys are none of {}: {}", first.about, listed(&keys)),
    };
    let before = first.help.clone().unwrap_or_default();
    if !before.split("; ").any(|it| it == help) {
        // Each says which key it is about.
        let named = |key: String, help: &str| match help.contains(&key) {
            true => help.to_owned(),
            false => format!("{key}: {help}"),
        };
        let before = match first.related.len() {
            1 => named(written(first.primary.span), &before),
            _ => before,
        };
        first.help = Some(format!("{before}; {}", named(written(it.primary.span), &help)));
    }
    // What fixes one of them alone would leave the rest.
    match (first.fixes.as_mut_slice(), it.fixes.as_slice()) {
        ([own], [more]) => {
            own.title = first.help.clone().unwrap_or_default();
            join(own, more, sources);
        }
        _ => first.fixes.clear(),
    }
}

/// Names as a sentence has them: `a`, `b` and `c`.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

fn overlap(a: Span, b: Span) -> bool {
    a.file == b.file && a.start < b.end && b.start < a.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;
    use crate::fix::{Edit, Safety};

    fn check(cause: (u32, u32), follows: (u32, u32), rule: &str, expect: usize) {
        let start = Span::start_of(SourceMap::new().add("x", ""));
        let said = |rule: &str, (from, to): (u32, u32)| {
            let span = Span { start: from, end: to, ..start };
            Diagnostic::new(rule, Severity::Error, "", Label::new(span, ""))
        };
        let all = vec![said(rule, follows), said("unexpanded-variable", cause)];
        assert_eq!(without_consequences(all).len(), expect, "{cause:?} {follows:?} {rule}");
    }

    #[test]
    fn copies_of_one_file_lack_a_thing_once() {
        let mut sources = SourceMap::new();
        let mut said = |path: &str, rule: &str| {
            let span = Span::start_of(sources.add(path, "x"));
            Diagnostic::new(rule, Severity::Info, "absent", Label::new(span, ""))
        };
        let mut all = vec![
            said("fly.toml", "health-check-missing"),
            said("fly.dev.toml", "health-check-missing"),
            said("api/fly.toml", "health-check-missing"),
            said("fly.toml", "image-without-version"),
            said("fly.dev.toml", "image-without-version"),
        ];
        gather(&mut all, &sources);
        let related: Vec<usize> = all.iter().map(|it| it.related.len()).collect();
        assert_eq!(related, [1, 0, 0, 0]);
    }

    #[test]
    fn what_is_gathered_is_fixed_together() {
        let mut sources = SourceMap::new();
        let mut said = |path: &str, rule: &str, edit: Option<Span>| {
            let span = Span::start_of(sources.add(path, "key = 1"));
            let mut it = Diagnostic::new(rule, Severity::Info, "idle", Label::new(span, ""));
            let edits = vec![Edit { span: edit.unwrap_or(span), text: String::new() }];
            it.fixes.push(Fix { title: "remove it".to_owned(), safety: Safety::Safe, edits });
            it
        };
        let rule = "key-without-effect";
        let mut all = vec![said("fly.toml", rule, None), said("fly.dev.toml", rule, None)];
        let shared = all[0].primary.span;
        // Two commands of different folders that read one file.
        all.push(said("Procfile", "heartbeat-on-disk", Some(shared)));
        all.push(said("docker/Dockerfile", "heartbeat-on-disk", Some(shared)));
        gather(&mut all, &sources);
        let edits: Vec<usize> = all.iter().map(|it| it.fixes[0].edits.len()).collect();
        assert_eq!((edits, all[1].related.len()), (vec![2, 1], 1));
    }

    #[test]
    fn what_is_to_be_done_is_said_of_each_deployment() {
        let span = Span::start_of(SourceMap::new().add("Dockerfile", ""));
        let check = |helps: &[(&str, &str)], expect: &str| {
            let said = |(manifest, help): &(&str, &str)| {
                let it = Diagnostic::new("a", Severity::Info, "", Label::new(span, ""));
                Diagnostic { deployments: vec![(*manifest).to_owned()], ..it }.with_help(*help)
            };
            let mut all = helps.iter().map(said);
            let mut first = all.next().unwrap();
            for it in all {
                first.help = help_of_both(&first, &it);
                first.deployments.extend(it.deployments);
            }
            assert_eq!(first.help.as_deref(), Some(expect));
        };
        let fly = ("api/fly.toml", "set `A` under `[env]` of api/fly.toml, which is safe");
        let render = ("render.yaml", "set `A` under `envVars` of render.yaml, which is safe");
        let heroku = ("Procfile", "set `A` with `heroku config:set`, which is safe");
        check(&[fly, fly], fly.1);
        check(
            &[fly, render],
            "set `A` under `[env]` of api/fly.toml and `envVars` of render.yaml, which is safe",
        );
        check(
            &[fly, ("b/fly.toml", "set `A` under `[env]` of b/fly.toml, which is safe")],
            "set `A` under `[env]` of each manifest, which is safe",
        );
        check(&[heroku, render, render], &format!("{}; for render.yaml: {}", heroku.1, render.1));
        check(
            &[("a", "take 3 workers"), ("b", "take 5 workers")],
            "take 3 workers; for b: take 5 workers",
        );
    }

    #[test]
    fn processes_of_one_file_lack_a_thing_once() {
        let mut sources = SourceMap::new();
        let file = Span::start_of(sources.add("compose.yaml", "web, jobs"));
        let other = Span::start_of(sources.add("compose.prod.yaml", "web"));
        let said = |span: Span, at: u32, name: &str| {
            let span = Span { start: at, end: at + 1, ..span };
            let message = format!("nothing starts `{name}` again");
            Diagnostic::new("service-not-restarted", Severity::Info, message, Label::new(span, ""))
        };
        let mut all = vec![said(file, 0, "web"), said(file, 5, "jobs"), said(other, 0, "web")];
        gather(&mut all, &sources);
        let related: Vec<usize> = all.iter().map(|it| it.related.len()).collect();
        assert_eq!(related, [1, 0]);
        assert_eq!(all[0].related[0].text, "nothing starts `jobs` again");
    }

    #[test]
    fn a_consequence_is_dropped_only_where_its_cause_is_said() {
        check((4, 9), (4, 9), "invalid-setting", 1);
        check((6, 9), (4, 9), "invalid-setting", 1);
        check((4, 9), (9, 12), "invalid-setting", 2);
        check((4, 9), (4, 9), "fixed-port", 2);
    }
}
