//! Programs that start another program: one row each.

use super::run::basename;
use crate::launch::Word;

/// How a wrapper is told which program to start.
struct Wrapper {
    /// Names it is known by.
    names: &'static [&'static str],
    /// Words that must follow, such as `run`; options may stand between.
    subcommand: &'static [&'static str],
    /// Options that take the next word. `*` is every option without `=`.
    valued: &'static [&'static str],
    /// Words in front of the program, such as the duration of `timeout`.
    operands: usize,
    /// Whether the program must stand behind `--`.
    dashes: Dashes,
    /// Options whose value is the command as shell text.
    scripts: &'static [&'static str],
    /// Whether it sets variables that no file of the project has to show.
    sets_variables: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dashes {
    Optional,
    Required,
}

const fn row(
    names: &'static [&'static str],
    subcommand: &'static [&'static str],
    valued: &'static [&'static str],
) -> Wrapper {
    Wrapper {
        names,
        subcommand,
        valued,
        operands: 0,
        dashes: Dashes::Optional,
        scripts: &[],
        sets_variables: false,
    }
}

impl Wrapper {
    const fn operands(self, operands: usize) -> Self {
        Self { operands, ..self }
    }

    const fn dashes(self) -> Self {
        Self { dashes: Dashes::Required, ..self }
    }

    const fn variables(self) -> Self {
        Self { sets_variables: true, ..self }
    }

    const fn scripts(self, scripts: &'static [&'static str]) -> Self {
        Self { scripts, ..self }
    }
}

/// Options of `uv run` that take a value (uv 0.8, `uv run --help`).
const UV_RUN: &[&str] = &[
    "--extra",
    "--no-extra",
    "--group",
    "--no-group",
    "--only-group",
    "--env-file",
    "--with",
    "-w",
    "--with-editable",
    "--with-requirements",
    "--package",
    "--index",
    "--default-index",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "-P",
    "--upgrade-package",
    "--reinstall-package",
    "--index-strategy",
    "--keyring-provider",
    "--resolution",
    "--prerelease",
    "--fork-strategy",
    "--exclude-newer",
    "--link-mode",
    "-C",
    "--config-setting",
    "--no-build-package",
    "--no-binary-package",
    "--no-build-isolation-package",
    "--cache-dir",
    "--refresh-package",
    "-p",
    "--python",
    "--color",
    "--directory",
    "--project",
    "--config-file",
    "--allow-insecure-host",
    "--python-platform",
];

#[rustfmt::skip]
const WRAPPERS: &[Wrapper] = &[
    // Environments of Python projects.
    row(&["poetry"], &["run"], &["-C", "--directory", "-P", "--project"]),
    row(&["pipenv"], &["run"], &["--python", "--pypi-mirror"]).variables(),
    row(&["uv"], &["run"], UV_RUN),
    row(&["uvx"], &[], UV_RUN),
    row(&["pdm"], &["run"], &["-p", "--project", "-c", "--config", "--venv"]).variables(),
    row(&["hatch"], &["run"], &["-e", "--env", "-p", "--project"]).variables(),
    row(&["rye"], &["run"], &["--pyproject"]),
    row(&["pixi"], &["run"], &["-e", "--environment", "--manifest-path"]).variables(),
    row(&["conda", "micromamba"], &["run"], &["-n", "--name", "-p", "--prefix", "--cwd"]).variables(),
    row(&["bundle"], &["exec"], &[]),
    // A proxy in front of Puma: <https://github.com/basecamp/thruster>.
    row(&["thrust"], &[], &[]),
    // Programs of Node.js packages.
    row(&["npx", "bunx", "pnpx"], &[], &["-p", "--package"]).scripts(&["-c", "--call"]),
    // That of Python, and those of Node.js.
    row(&["dotenv"], &["run"], &["-f", "--file", "-q", "--quote", "-e", "--export"]).variables(),
    row(&["dotenvx"], &["run"], &["-e", "--env", "-f", "--env-file", "-fk", "--convention"]).variables(),
    row(&["dotenv"], &[], &["-e", "-p", "-v"]).variables(),
    row(&["env-cmd"], &[], &["-e", "--environments", "-f", "--file", "-r", "--rc-file"]).variables(),
    // Monitoring.
    row(&["newrelic-admin"], &["run-program"], &[]),
    row(&["ddtrace-run"], &[], &[]),
    row(&["opentelemetry-instrument"], &[], &["*"]),
    row(&["sentry-cli"], &["monitors", "run"], &["-e", "--environment"]).operands(1),
    row(&["memray"], &["run"], &["-o", "--output"]),
    row(&["logfire"], &["run"], &[]),
    // Restarts and displays.
    row(&["watchmedo"], &["auto-restart"], &["-d", "--directory", "--directories", "-p",
        "--pattern", "--patterns", "-i", "--ignore-pattern", "--ignore-patterns", "--signal",
        "--kill-after", "--timeout", "--interval", "--debounce-interval"]),
    row(&["xvfb-run"], &[], &["-e", "--error-file", "-f", "--auth-file", "-n", "--server-num",
        "-p", "--xauth-protocol", "-s", "--server-args", "-w", "--wait"]),
    row(&["corepack"], &[], &[]),
    row(&["poe"], &[], &["-C", "--directory", "-e", "--executor", "-X", "--executor-opt"]).variables(),
    // Buildpacks.
    row(&["start-nginx", "start-nginx-solo", "start-nginx-debug"], &[], &[]),
    row(&["start-pgbouncer", "start-pgbouncer-stunnel", "start-stunnel"], &[], &[]),
    row(&["jemalloc.sh", "qgtunnel", "run_with_env"], &[], &[]).variables(),
    // Secrets.
    row(&["doppler"], &["run"], &["-p", "--project", "-c", "--config", "-t", "--token",
        "--config-dir", "--mount", "--fallback", "--name-transformer"]).scripts(&["--command"])
        .variables(),
    row(&["chamber"], &["exec"], &["-b", "--backend", "-r", "--retries"]).dashes().variables(),
    row(&["aws-vault"], &["exec"], &["-d", "--duration", "-n", "--region", "-t", "--mfa-token"])
        .operands(1)
        .variables(),
    row(&["infisical"], &["run"], &["--env", "--path", "--projectId", "--token", "--tags"])
        .scripts(&["--command"])
        .variables(),
    row(&["op"], &["run"], &["--env-file", "--account"]).dashes().variables(),
    row(&["envdir", "envconsul"], &[], &["-config"]).operands(1).variables(),
    // Init processes.
    row(&["dumb-init"], &[], &["-r", "--rewrite"]),
    row(&["tini", "tini-static", "catatonit", "docker-init"], &[], &["-p", "-e"]),
    // Users, limits, scheduling.
    row(&["gosu", "su-exec", "s6-setuidgid"], &[], &[]).operands(1),
    row(&["setpriv"], &[], &["--reuid", "--regid", "--groups", "--inh-caps", "--bounding-set"]),
    row(&["chpst"], &[], &["-u", "-U", "-e", "-n", "-l", "-L"]).variables(),
    row(&["authbind"], &[], &["--depth"]),
    row(&["nice"], &[], &["-n", "--adjustment"]),
    row(&["ionice"], &[], &["-c", "--class", "-n", "--classdata"]),
    row(&["time"], &[], &["-f", "--format", "-o", "--output"]),
    // Behind `time`, which shells know as a word of their own.
    row(&["exec"], &[], &["-a"]),
    row(&["timeout"], &[], &["-k", "--kill-after", "-s", "--signal"]).operands(1),
    row(&["flock"], &[], &["-w", "--wait", "--timeout", "-E", "--conflict-exit-code"])
        .operands(1)
        .scripts(&["-c", "--command"]),
    row(&["nohup", "setsid", "catchsegv", "unbuffer", "caffeinate"], &[], &[]),
    row(&["stdbuf"], &[], &["-i", "--input", "-o", "--output", "-e", "--error"]),
    // Waiting for something else.
    row(&["wait-for-it", "wait-for-it.sh", "wait-for", "wait-for.sh"], &[], &[]).dashes(),
    row(&["dockerize"], &[], &["-wait", "-timeout", "-template", "-stdout", "-stderr",
        "-wait-retry-interval"]),
    // Databases beside the program.
    row(&["litefs"], &["mount"], &["-config"]).dashes(),
    row(&["litestream"], &["replicate"], &["-config"]).scripts(&["-exec", "--exec"]).dashes(),
    // Procfile runners that run one command in their environment.
    row(&["honcho", "foreman", "forego"], &["run"], &["-e", "--env", "-f", "--procfile", "-d",
        "--app-root"])
        .variables(),
];

/// Programs that take program names as something else than a program to run.
const NOT_WRAPPERS: &[&str] = &[
    "pip",
    "pip3",
    "apt-get",
    "apt",
    "apk",
    "yum",
    "brew",
    "npm",
    "yarn",
    "pnpm",
    "docker",
    "pkill",
    "killall",
    "systemctl",
    "supervisorctl",
    "service",
    "rc-service",
    "man",
    "cat",
    "ls",
    "rm",
    "cp",
    "mv",
    "mkdir",
    "touch",
    "head",
    "tail",
    "make",
    "rake",
    "just",
    "task",
    "inv",
    "fab",
    "node",
    "ruby",
    "java",
    "php",
    "perl",
    "git",
    "curl",
    "wget",
    "chown",
    "chmod",
    "ln",
    "find",
    "xargs",
    "pytest",
    "tox",
    "nox",
    "poetry",
    "pipenv",
    "uv",
    "pdm",
    "hatch",
    "python",
    "python3",
    "watchfiles",
    "supervisord",
    "circusd",
    "pm2",
    "s6-svscan",
];

/// What a wrapper starts.
pub(super) enum Inner {
    /// The words from this index on.
    Words(usize),
    /// The module that the word at this index names, with the words behind it.
    Module(usize),
    /// Shell text: the word at this index, from this byte on.
    Script(usize, usize),
}

/// What `words` starts, when its first word is a wrapper.
pub(super) fn inner(words: &[Word]) -> Option<Inner> {
    let name = words[0].text()?;
    let name = basename(&name);
    let wrapper =
        WRAPPERS.iter().find(|row| row.names.contains(&name) && row.start(words).is_some())?;
    wrapper.inner(words, wrapper.start(words)?, name)
}

/// Whether the wrapper that `words` begin with sets variables: those of a file, or secrets.
pub(super) fn sets_variables(words: &[Word]) -> bool {
    let Some(name) = words[0].text() else { return false };
    let name = basename(&name);
    let names_file = |it: &Word| it.text().is_some_and(|it| it.starts_with("--env-file"));
    let is_wrapper = |it: &&Wrapper| it.names.contains(&name) && it.start(words).is_some();
    WRAPPERS
        .iter()
        .find(is_wrapper)
        .is_some_and(|it| it.sets_variables || it.names[0] == "uv" && words.iter().any(names_file))
}

/// The index of a server's program behind an unknown wrapper: `statsd-tg gunicorn app:app`.
///
/// Only when nothing else than a program can stand there: it is the only word that names a server,
/// it has arguments, and in front of it there are no words but the wrapper's and complete options.
pub(super) fn behind_unknown(words: &[Word], is_server: impl Fn(&str) -> bool) -> Option<usize> {
    let name = words[0].text()?;
    if NOT_WRAPPERS.contains(&basename(&name)) || is_server(basename(&name)) {
        return None;
    }
    let names_server = |it: &Word| it.text().is_some_and(|text| is_server(basename(&text)));
    let mut servers = words.iter().enumerate().filter(|(_, it)| names_server(it));
    let (idx, _) = servers.next()?;
    if servers.next().is_some() || idx + 1 == words.len() {
        return None;
    }
    let dashes = words[idx - 1].text().as_deref() == Some("--");
    let complete = |it: &Word| {
        let text = it.known_prefix();
        text.starts_with("--") && text.contains('=')
    };
    (dashes || words[1..idx].iter().all(complete)).then_some(idx)
}

impl Wrapper {
    fn takes_value(&self, option: &str) -> bool {
        !option.contains('=') && self.valued.iter().any(|it| *it == "*" || *it == option)
    }

    /// The index behind the subcommand; `None` when it is missing.
    fn start(&self, words: &[Word]) -> Option<usize> {
        let mut idx = 1;
        for expected in self.subcommand {
            idx = self.skip_options(words, idx);
            if words.get(idx)?.text().as_deref() != Some(*expected) {
                return None;
            }
            idx += 1;
        }
        Some(idx)
    }

    fn skip_options(&self, words: &[Word], mut idx: usize) -> usize {
        while let Some(text) = words.get(idx).and_then(Word::text) {
            let is_option = text.starts_with('-') && text != "--" && text.len() > 1;
            if !is_option || self.scripts.iter().any(|it| text.split('=').next() == Some(*it)) {
                break;
            }
            if matches!(text.as_str(), "-m" | "--module") && self.names[0] == "uv" {
                break;
            }
            idx += if self.takes_value(&text) { 2 } else { 1 };
        }
        idx
    }

    fn inner(&self, words: &[Word], start: usize, name: &str) -> Option<Inner> {
        let mut idx = self.skip_options(words, start);
        if let Some(text) = words.get(idx).and_then(Word::text) {
            let (option, value) = text.split_once('=').unwrap_or((&text, ""));
            if self.scripts.contains(&option) {
                return match value {
                    "" => words.get(idx + 1).map(|_| Inner::Script(idx + 1, 0)),
                    _ => Some(Inner::Script(idx, option.len() + 1)),
                };
            }
            if matches!(text.as_str(), "-m" | "--module") && name == "uv" {
                return words.get(idx + 1).map(|_| Inner::Module(idx + 1));
            }
        }
        if self.dashes == Dashes::Required {
            let is_dashes = |it: &Word| it.text().as_deref() == Some("--");
            idx += words[idx.min(words.len())..].iter().position(is_dashes)?;
        } else {
            idx += self.operands;
            // `aws-vault exec profile --no-session -- gunicorn`.
            idx = self.skip_options(words, idx);
        }
        if words.get(idx)?.text().as_deref() == Some("--") {
            idx += 1;
        }
        (idx < words.len()).then_some(Inner::Words(idx))
    }
}
