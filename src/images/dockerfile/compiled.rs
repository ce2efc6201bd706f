//! Programs that a Dockerfile compiles: they are what their name says, and no scripts.
//!
//! `go build -o PATH` says where the program is, cargo puts it into `release`, and `cargo install`
//! into its own folder. Copied to the next stage, it stays what it is.

use super::places::join_image;

/// A program of an image: its path there, and the language that it was written in.
pub(crate) type Compiled = (String, &'static str);

/// Most programs of one image that are kept.
const COUNT_MAX: usize = 64;

/// Programs of one stage.
#[derive(Clone, Debug, Default)]
pub(super) struct Programs {
    found: Vec<Compiled>,
    /// Whether cargo has compiled something.
    has_cargo: bool,
    /// Whether `mix` has made a release.
    has_release: bool,
}

impl Programs {
    pub(super) fn into_found(self) -> Vec<Compiled> {
        self.found
    }

    /// What a `RUN` compiles in a folder.
    pub(super) fn run(&mut self, command: &str, folder: &str) {
        self.has_cargo |= ["cargo build", "cargo install", "cargo chef cook"]
            .iter()
            .any(|it| command.contains(it));
        self.has_release |= command.contains("mix release");
        for part in command.split(['&', ';', '\n']).filter(|it| it.contains("go build")) {
            let mut words = part.split_whitespace();
            while let Some(word) = words.next() {
                let path = match word.strip_prefix("-o=") {
                    Some(path) => Some(path),
                    None if word == "-o" => words.next(),
                    None => None,
                };
                // A folder, or a name that only the build knows.
                let path = path.filter(|it| !it.ends_with('/') && !it.contains(['$', '"', '\'']));
                if let Some(path) = path {
                    self.add(join_image(folder, path), "go");
                }
            }
        }
    }

    /// What a `COPY --from` brings from another stage to a path of this one.
    pub(super) fn copy(&mut self, from: &Self, source: &str, target: String) {
        if let Some((_, language)) = from.found.iter().find(|(path, _)| path == source) {
            self.add(target, language);
        } else if from.has_cargo && is_of_cargo(source) {
            self.add(target, "rust");
        }
    }

    /// What a `COPY --from` brings of a release to a folder of this stage: `_build/prod/rel/shop` has
    /// the script that Phoenix's generator writes into `rel/overlays/bin/server`.
    pub(super) fn copy_release(&mut self, from: &Self, source: &str, folder: &str) {
        let Some((_, name)) = source.rsplit_once("/rel/").filter(|_| from.has_release) else {
            return;
        };
        if !name.is_empty() && !name.contains('/') {
            self.add(join_image(folder, "bin/server"), "elixir");
        }
    }

    /// What of a path that a program of this stage starts is known.
    pub(super) fn add(&mut self, path: String, language: &'static str) {
        if self.found.len() < COUNT_MAX {
            self.found.push((path, language));
        }
    }
}

/// `/app/target/x86_64-unknown-linux-musl/release/shop`, `/usr/local/cargo/bin/shop`.
fn is_of_cargo(path: &str) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    let is_there = folder.ends_with("/release") || folder.ends_with("cargo/bin");
    is_there && !name.contains(['.', '*'])
}

/// The language of the program that a command names, when the image compiles it.
pub(crate) fn language<'a>(compiled: &'a [Compiled], program: &str) -> Option<&'a str> {
    let name = |it: &str| it.rsplit('/').next().unwrap_or_default().to_owned();
    let is_it = |(path, _): &&Compiled| match program.starts_with('/') {
        true => path == program,
        // From the folder that it starts in, or from `$PATH`.
        false => name(path) == name(program),
    };
    compiled.iter().find(is_it).map(|(_, language)| *language)
}

/// The language of the program that a command names, when another command of the same platform compiles
/// it: `go build -o app`, `cargo build --release`. `module` is what Go calls it unless it is told.
pub(crate) fn language_after(
    build: &str,
    program: &str,
    module: Option<&str>,
) -> Option<&'static str> {
    let mut programs = Programs::default();
    programs.run(build, "");
    let name = program.strip_prefix("./").unwrap_or(program);
    let is_of_module = || {
        let mut parts = build.split(['&', ';', '\n']).map(str::trim);
        let is_here = |it: &str| !it.contains("-o") && !it.contains("./");
        parts.any(|it| it.starts_with("go build") && is_here(it)) && module == Some(name)
    };
    let is_go = || language(&programs.found, program).is_some() || is_of_module();
    match programs.has_cargo && is_of_cargo(program) {
        true => Some("rust"),
        false => is_go().then_some("go"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_says_where_its_program_is() {
        let mut programs = Programs::default();
        programs.run(
            "go mod download && CGO_ENABLED=0 go build -ldflags='-s' -o bin/shop ./cmd",
            "/src",
        );
        programs.run("go build -o $OUT .; go build -o /out/ ./...; go build .", "/src");
        assert_eq!(programs.into_found(), [("/src/bin/shop".to_owned(), "go")]);
    }

    #[test]
    fn cargo_puts_its_programs_into_folders_of_its_own() {
        let mut builder = Programs::default();
        builder.run("cargo build --release", "/app");
        let mut stage = Programs::default();
        stage.copy(&builder, "/app/target/release/shop", "/shop".to_owned());
        stage.copy(&builder, "/app/static", "/static".to_owned());
        stage.copy(&builder, "/app/target/release/start.sh", "/start.sh".to_owned());
        stage.copy(&Programs::default(), "/app/target/release/x", "/x".to_owned());
        assert_eq!(stage.into_found(), [("/shop".to_owned(), "rust")]);
    }

    #[test]
    fn a_release_of_mix_has_its_server() {
        let mut builder = Programs::default();
        builder.run("mix release", "/app");
        let mut stage = Programs::default();
        stage.copy_release(&builder, "/app/_build/prod/rel/shop", "/app");
        stage.copy_release(&builder, "/app/_build/prod/rel/shop/lib", "/lib");
        stage.copy_release(&Programs::default(), "/app/_build/prod/rel/shop", "/x");
        assert_eq!(stage.into_found(), [("/app/bin/server".to_owned(), "elixir")]);
    }

    #[test]
    fn a_platform_starts_what_it_has_compiled() {
        for (build, program, expect) in [
            ("go build -tags netgo -ldflags '-s -w' -o app", "./app", Some("go")),
            ("go build -o bin/api ./cmd/api", "bin/api", Some("go")),
            ("go mod download && go build", "./shop", Some("go")),
            ("go build .", "./other", None),
            ("go build ./...", "./shop", None),
            ("cargo build --release", "./target/release/shop", Some("rust")),
            ("cargo build --release", "./start.sh", None),
            ("npm run build", "./shop", None),
        ] {
            assert_eq!(language_after(build, program, Some("shop")), expect, "{build}");
        }
    }

    #[test]
    fn a_program_is_known_by_its_path_or_name() {
        let compiled = [("/app/shop".to_owned(), "go")];
        for program in ["/app/shop", "./shop", "shop"] {
            assert_eq!(language(&compiled, program), Some("go"), "{program}");
        }
        for program in ["/shop", "start.sh", "./app"] {
            assert_eq!(language(&compiled, program), None, "{program}");
        }
    }
}
