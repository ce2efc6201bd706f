//! Scripts of package.json as npm, yarn, pnpm and bun really start them.
//!
//! Generated commands run in a workspace whose scripts start the program `run`, which notes the
//! folder it is in, its arguments and some variables, and must give what opslint gives. Where
//! opslint says unknown that is allowed and counted. Nothing is fetched.
#![expect(clippy::unwrap_used, reason = "a test may fail")]
#![expect(clippy::disallowed_methods, reason = "the programs are found beside the oracle's Python")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use opslint::commands::{CommandSource, Dialect, Surroundings, launches};
use opslint::document::Text;
use opslint::fact::{Fact, Origin, OriginKind, Value};
use opslint::launch::Launch;
use opslint::project::{Environment, Lookup};
use opslint::source::Span;
use opslint::workspace::{MemoryFiles, Workspace};

use crate::oracle_gunicorn::oracle::python;

const ROOT: &str = r#"{
  "name": "shop",
  "version": "1.2.3",
  "private": true,
  "workspaces": ["packages/*"],
  "scripts": {
    "prestart": "run before start",
    "start": "run start",
    "poststart": "run after start",
    "web": "run web \"$X\"",
    "env": "X=7 run env",
    "preenv": "X=6 run before env",
    "serve:prod": "run 'a b' serve",
    "chain": "run one && X=8 run two",
    "cd": "cd packages/web && run cd",
    "quoted": "run \"c d\" 'e'",
    "exec": "exec run e",
    "tool": "run tool of scripts",
    "pretest": "run before test",
    "test": "run test",
    "stop": "run stop",
    "build": "run build",
    "deploy": "run deploy",
    "list": "run list",
    "event": "run $npm_lifecycle_event $npm_package_name $npm_package_version",
    "refused": "false && run no",
    "prerefused2": "false",
    "refused2": "run no",
    "inner": "npm run web -- in",
    "up": "tool up $X"
  }
}
"#;

const API: &str = r#"{
  "name": "@shop/api",
  "version": "2.0.0",
  "scripts": {
    "start": "run api start",
    "web": "run api web $X",
    "env": "X=9 run api env",
    "postweb": "run after web",
    "chain": "run api one; run api two",
    "restart": "run api restart",
    "test": "run api test",
    "event": "run $npm_lifecycle_event $npm_package_name"
  }
}
"#;

const WEB: &str = r#"{
  "name": "web",
  "version": "3.0.0",
  "scripts": {
    "prestart": "run web before",
    "start": "run web start",
    "web": "tool web",
    "env": "Y=1 run web env",
    "chain": "cd .. && run web chain",
    "event": "run ${npm_package_name:-none}",
    "test": "run web test"
  }
}
"#;

/// Files of the workspace.
const FILES: &[(&str, &str)] = &[
    ("package.json", ROOT),
    ("pnpm-workspace.yaml", "packages:\n  - packages/*\n"),
    ("packages/api/package.json", API),
    ("packages/api/src/main.js", "\n"),
    ("packages/web/package.json", WEB),
];

/// Commands: `S` is a script, `A` what is passed on.
const COMMANDS: &[&str] = &[
    "npm run S",
    "npm run-script S",
    "npm run S -- A",
    "npm run S A",
    "npm run --silent S A",
    "npm -s run S -- A",
    "npm start",
    "npm start -- A",
    "npm start A",
    "npm test -- A",
    "npm t",
    "npm stop A",
    "npm restart",
    "npm --prefix packages/api run S -- A",
    "npm run S --prefix packages/api -- A",
    "npm --prefix=packages/web start",
    "npm run S -w @shop/api -- A",
    "npm -w packages/api run S",
    "npm run S --workspace=web A",
    "npm run S --if-present",
    "npm run nothing --if-present",
    "npm run nothing",
    "npm exec -- tool A",
    "npm exec tool A",
    "npm x -- tool A",
    "npm exec -c 'tool A'",
    "npm exec -w @shop/api -- tool A",
    "npm --prefix packages/api exec -- tool A",
    "npx tool A",
    "npx --no-install tool A",
    "npx -y tool A",
    "npx --yes -- tool A",
    "npx -c 'tool A'",
    "npm run --loglevel error S -- A",
    "npm run S --loglevel=error -- A",
    "npm run -C packages/api S",
    "npm run S && npm run web",
    "npm run S -ws",
    "yarn S",
    "yarn S A",
    "yarn run S A",
    "yarn run S -- A",
    "yarn S -- A",
    "yarn -s S A",
    "yarn --silent run S A",
    "yarn --cwd packages/api S A",
    "yarn --cwd=packages/api run S",
    "yarn workspace @shop/api S A",
    "yarn workspace web run S A",
    "yarn tool A",
    "yarn up A",
    "yarn run other A",
    "yarn other A",
    "yarn exec tool A",
    "yarn exec -- tool A",
    "yarn exec -- tool -- A",
    "yarnpkg S A",
    "yarn start A",
    "yarn test A",
    "yarn build A",
    "yarn deploy A",
    "yarn stop A",
    "yarn workspaces run S",
    "pnpm S A",
    "pnpm run S A",
    "pnpm run S -- A",
    "pnpm S -- A",
    "pnpm start A",
    "pnpm test A",
    "pnpm t A",
    "pnpm stop A",
    "pnpm restart",
    "pnpm build A",
    "pnpm list A",
    "pnpm --filter @shop/api S A",
    "pnpm --filter=web run S A",
    "pnpm -F ./packages/api run S A",
    "pnpm --filter api S",
    "pnpm run --filter web S A",
    "pnpm -C packages/api S A",
    "pnpm --dir packages/api run S A",
    "pnpm --dir=packages/web S",
    "pnpm --prefix packages/api run S",
    "pnpm -w run S",
    "pnpm exec tool A",
    "pnpm --filter web exec tool A",
    "pnpm tool A",
    "pnpm other A",
    "pnpm -C packages/api exec tool A",
    "pnpm --silent run S A",
    "pnpm -s S A",
    "pnpm run --if-present nothing",
    "pnpm run S --if-present",
    "pnpm -r run S",
    "bun run S A",
    "bun S A",
    "bun run S -- A",
    "bun start A",
    "bun run --cwd packages/api S A",
    "bun run --cwd=packages/api S",
    "bun --cwd packages/api S A",
    "bun --cwd=packages/web run S",
    "bun run --silent S A",
    "bun --silent run S A",
    "bun run tool A",
    "bun tool A",
    "bun run other A",
    "bun other A",
    "bunx tool A",
    "bunx --bun tool A",
    "bun x tool A",
    "bun run --bun S A",
    "bun --bun run S A",
    "bun -b run S",
    "bun run build A",
    "bun run test A",
    "bun run --filter web S",
    "bun --filter @shop/api run S",
];

/// Scripts that stand for `S`, each with the place where `run` finds itself.
const SCRIPTS: &[&str] = &[
    "start",
    "web",
    "env",
    "chain",
    "event",
    "serve:prod",
    "cd",
    "quoted",
    "exec",
    "tool",
    "refused",
    "refused2",
    "up",
    "test",
    "inner",
    "web",
    "env",
    "chain",
];

/// What stands for `A`.
const ARGUMENTS: &[&str] = &[
    "",
    "one",
    "one two",
    "'a b'",
    "--port 3000",
    "-p 1",
    "--port=3000",
    "\"it's\"",
    "'$X'",
    "a -- b",
    "--silent x",
    "'*' \\\\",
    "",
];

/// Folders that commands are given in.
const FOLDERS: &[&str] = &["", "", "", "packages/api", "packages/api/src"];

/// How many cases each command has.
const ROUNDS: usize = 3;

/// A small generator, the same in each run.
struct Random(u64);

impl Random {
    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        all[usize::try_from(self.0 >> 33).unwrap() % all.len()]
    }
}

/// A command in a folder.
struct Case {
    folder: &'static str,
    command: String,
}

fn cases() -> Vec<Case> {
    let mut random = Random(1);
    let mut cases = Vec::new();
    for form in COMMANDS {
        let holes = form.matches([' ']).count();
        let rounds = if form.contains(['S', 'A']) && holes > 0 { ROUNDS } else { 1 };
        for round in 0..rounds {
            let words: Vec<String> = form
                .split(' ')
                .map(|it| match it.trim_matches('\'') {
                    "S" => random.of(SCRIPTS).to_owned(),
                    "A" if it == "A'" => "one".to_owned(),
                    "A" => random.of(ARGUMENTS).to_owned(),
                    _ => it.to_owned(),
                })
                .collect();
            let needs_root = form.contains("packages/");
            let folder = if round == 0 || needs_root { "" } else { random.of(FOLDERS) };
            let command = words.join(" ").trim().replace("tool one", "tool one'");
            let command =
                if form.contains("-c '") { command } else { command.replace("one'", "one") };
            cases.push(Case { folder, command });
        }
    }
    cases
}

/// A folder with the files, and the programs `run`, `tool` and `other`.
struct Stage {
    folder: PathBuf,
    path: String,
}

impl Stage {
    /// `None` where the programs that it asks are not installed.
    fn new() -> Option<Self> {
        let node = Path::new(&python()?).parent()?.parent()?.join("node/node_modules/.bin");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("managers");
        let _ = fs::remove_dir_all(&folder);
        let program = "#!/bin/sh\n{ printf '(%s)' \"$PWD\"; for word in \"${0##*/}\" \"$@\"; do \
                       printf '[%s]' \"$word\"; done; printf '{%s|%s}\\n' \"${X-unset}\" \
                       \"${Y-unset}\"; } >>\"$NOTES\"\n";
        let programs = [
            "programs/run",
            "node_modules/.bin/tool",
            "node_modules/.bin/other",
            "packages/api/node_modules/.bin/tool",
            "packages/web/node_modules/.bin/tool",
        ];
        for (path, text) in FILES.iter().copied().chain(programs.map(|it| (it, program))) {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::create_dir_all(folder.join("home")).unwrap();
        // Packages of a workspace are linked where `npm install` has run.
        fs::create_dir_all(folder.join("node_modules/@shop")).unwrap();
        symlink("../../packages/api", folder.join("node_modules/@shop/api")).unwrap();
        symlink("../packages/web", folder.join("node_modules/web")).unwrap();
        let folder = folder.canonicalize().unwrap();
        let own = std::env::var("PATH").unwrap();
        let path = format!("{}/programs:{}:{own}", folder.display(), node.display());
        node.join("yarn").exists().then_some(Self { folder, path })
    }

    /// The lines that the programs note.
    fn real(&self, idx: usize, case: &Case) -> String {
        let notes = self.folder.join(format!("notes-{idx}"));
        fs::write(&notes, "").unwrap();
        Command::new("sh")
            .args(["-c", &case.command])
            .current_dir(self.folder.join(case.folder))
            .env_clear()
            .env("PATH", &self.path)
            .env("X", "1")
            .env("NOTES", &notes)
            .env("HOME", self.folder.join("home"))
            .env("npm_config_update_notifier", "false")
            .env("npm_config_offline", "true")
            .env("CI", "true")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = fs::read_to_string(notes).unwrap();
        let root = self.folder.display().to_string();
        let short = |line: &str| {
            let rest = line.strip_prefix('(')?.strip_prefix(&root)?;
            Some(format!("({}\n", rest.trim_start_matches('/')))
        };
        text.lines().map(|it| short(it).unwrap()).collect()
    }
}

/// What opslint says they note; `None` when it is not known.
fn ours(case: &Case) -> Option<String> {
    let mut environment = Environment::complete();
    let origin = Origin::new(OriginKind::Env, "X");
    environment.set("X", Fact::known(Value::Text("1".to_owned()), origin));
    let cpus = Fact::known(Value::Int(2), Origin::new(OriginKind::Platform, "here"));
    let files = FILES.iter().fold(MemoryFiles::new(), |files, (path, it)| files.with(*path, *it));
    let mut workspace = Workspace::new(&files);
    let file = workspace.sources.add("COMMAND", case.command.as_str());
    let text = Text::verbatim(&case.command, Span::new(file, 0, case.command.len()), 0);
    let surroundings = Surroundings {
        environment: &environment,
        folder: case.folder,
        in_image: false,
        cpus: &cpus,
        shell: Dialect::Dash,
        sh: Dialect::Dash,
        entry_of_base: &[],
    };
    let mut acc = Vec::new();
    let found = launches(&mut acc, &mut workspace, &CommandSource::Shell(&text), &surroundings);
    if found.uncertain.is_some() {
        return None;
    }
    found.before.iter().chain(&found.main).map(show).collect()
}

/// The line that a program notes; `None` when a part of it is not known.
fn show(launch: &Launch) -> Option<String> {
    let words = launch.argv.iter().map(|it| it.text()).collect::<Option<Vec<_>>>()?;
    if !["run", "tool", "other"].contains(&words.first()?.as_str()) {
        // A manager that is not followed, or another program.
        return None;
    }
    let words: String = words.iter().map(|it| format!("[{it}]")).collect();
    let variable = |name: &str| match launch.environment.get(name) {
        Lookup::Set(fact) => fact.text().map(str::to_owned),
        Lookup::Unset => Some("unset".to_owned()),
        Lookup::Unmentioned => None,
    };
    let (x, y) = (variable("X")?, variable("Y")?);
    Some(format!("({}){words}{{{x}|{y}}}\n", launch.folder))
}

/// The most of 100 commands that may be unknown.
const UNKNOWN_MAX: usize = 15;

#[test]
fn scripts_are_started_as_package_managers_start_them() {
    let Some(stage) = Stage::new() else { return };
    let cases = cases();
    assert!(cases.len() >= 300, "{} cases", cases.len());
    let threads = std::thread::available_parallelism().unwrap().get();
    let part = cases.len().div_ceil(threads);
    let real: Vec<String> = std::thread::scope(|scope| {
        let parts = cases.chunks(part).enumerate().map(|(idx, cases)| {
            let stage = &stage;
            scope.spawn(move || {
                let real = cases.iter().map(|it| stage.real(idx, it));
                real.collect::<Vec<_>>()
            })
        });
        let parts: Vec<_> = parts.collect();
        parts.into_iter().flat_map(|it| it.join().unwrap()).collect()
    });
    let (mut same, mut unknown, mut wrong) = (0, Vec::new(), Vec::new());
    for (case, real) in std::iter::zip(&cases, &real) {
        let shown = format!("({}) {}", case.folder, case.command);
        match ours(case) {
            Some(text) if text == *real => same += 1,
            Some(text) => wrong.push(format!("{shown}\n ours {text:?}\n real {real:?}")),
            // What the manager refuses is unknown, too.
            None if real.is_empty() => same += 1,
            None => unknown.push(format!("{shown}\n real {real:?}")),
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    let share = unknown.len() * 100 / cases.len();
    assert!(share <= UNKNOWN_MAX, "{same} the same, unknown:\n{}", unknown.join("\n"));
}
