//! What the Dockerfiles beside a manifest do with it: an image that has the manifest in it, or the
//! program that starts what it says, runs all its processes in one container.

use super::commands;
use crate::draft::Context;
use crate::platforms::{Clue, ClueKind};

/// The most Dockerfiles that are looked into.
const FILES_MAX: usize = 8;

/// Adds what the Dockerfiles in `folder` do.
pub(super) fn add(clues: &mut Vec<Clue>, context: &mut Context<'_, '_>, folder: &str) {
    let manifest = context.manifest.rsplit('/').next().unwrap_or_default().to_owned();
    // A Dockerfile that is itself the question is not beside a manifest.
    if is_dockerfile(&manifest) {
        return;
    }
    let names = context.workspace.list(folder).into_iter().filter(|it| is_dockerfile(it));
    for name in names.take(FILES_MAX).collect::<Vec<_>>() {
        look(clues, &super::text(context, folder, &name), &manifest);
    }
}

fn is_dockerfile(name: &str) -> bool {
    name.starts_with("Dockerfile") || name.ends_with(".Dockerfile") || name == "Containerfile"
}

fn look(clues: &mut Vec<Clue>, text: &str, manifest: &str) {
    let text = text.replace("\\\r\n", " ").replace("\\\n", " ");
    for line in text.lines().map(str::trim_start) {
        let Some((instruction, rest)) = line.split_once(char::is_whitespace) else { continue };
        match instruction.to_ascii_uppercase().as_str() {
            "COPY" | "ADD" if copies(rest, manifest) => {
                clues.push(Clue::new(ClueKind::Copied, manifest));
            }
            "RUN" => clues.extend(installed(rest).map(|it| Clue::new(ClueKind::Installed, it))),
            "CMD" | "ENTRYPOINT" => {
                let plain = rest.replace(['[', ']', '"', ','], " ");
                commands::command(clues, &plain, manifest);
            }
            _ => {}
        }
    }
}

/// Whether a file of this name is among what is copied; what comes from another image is not it.
fn copies(rest: &str, name: &str) -> bool {
    let rest = rest.replace(['[', ']', '"', ','], " ");
    let words: Vec<&str> = rest.split_whitespace().collect();
    let Some((_, sources)) = words.split_last() else { return false };
    !sources.iter().any(|it| it.starts_with("--from"))
        && sources.iter().any(|it| it.rsplit('/').next() == Some(name))
}

/// The packages that commands of a line install, by what stands behind `install` and `add`.
fn installed(line: &str) -> impl Iterator<Item = &str> {
    line.split(['&', ';', '|']).flat_map(|command| {
        let mut words = command.split_whitespace();
        let is_there = words.any(|it| matches!(it, "install" | "add"));
        let words = words.filter(move |it| is_there && !it.starts_with(['-', '.', '/']));
        words.filter_map(|it| {
            let it = it.trim_matches(['"', '\'']);
            let is_sign = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
            let end = it.find(|it| !is_sign(it)).unwrap_or(it.len());
            Some(&it[..end]).filter(|it| !it.is_empty())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[(ClueKind, &str)]) {
        let mut clues = Vec::new();
        look(&mut clues, text, "Procfile");
        let found: Vec<_> = clues.iter().map(|it| (it.kind, it.text.as_str())).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn an_image_that_has_the_manifest_in_it_is_seen() {
        use ClueKind::{Command, Copied, Installed};
        check("COPY entrypoint.sh Procfile ./", &[(Copied, "Procfile")]);
        check("copy [\"deploy/Procfile\", \"/app/\"]", &[(Copied, "Procfile")]);
        check("COPY --chown=app Procfile /app/", &[(Copied, "Procfile")]);
        check("RUN gem install foreman", &[(Installed, "foreman")]);
        check(
            "RUN apt-get update && \\\n    pip install --no-cache-dir 'honcho==2.0.0'",
            &[(Installed, "honcho")],
        );
        check("CMD [\"honcho\", \"start\"]", &[(Command, "honcho start")]);
    }

    #[test]
    fn what_says_nothing_of_the_manifest_is_no_clue() {
        check("COPY . .", &[]);
        check("COPY Procfile.dev Procfile", &[]);
        check("COPY --from=build /app/Procfile ./", &[]);
        check("# COPY Procfile .", &[]);
        check("RUN echo foreman", &[]);
    }
}
