//! Nothing in names, values, arguments or files acts on a terminal or on a CI server.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::process::Command;

use opslint::report::Format;
use opslint::visible::is_hidden;

use crate::cli::Folder;

/// Texts that would act, or that nobody would see. All that is hidden stands in one: runs are few.
const HOSTILE: &[&str] = &[
    "\u{1b}[31m\u{1b}[8m\u{1b}]0;t\u{7}\u{1b}]8;;https://evil.example\u{1b}\\\u{9b}31m\u{7f}\
     \u{202e}\u{2066}\u{200b}\u{200d}\u{ad}\u{feff}\u{2028}\u{2029}\u{e0041}\u{e0100}\u{fe0f}\
     \u{115f}\u{3164}\u{61c}\u{34f}\u{180e}\u{fff9}",
    "::error title=x::y",
    "##[error]x ##vso[task.setvariable variable=x]y",
];

/// Runs opslint; gives what it printed to both streams.
fn printed(folder: &Folder, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opslint"));
    let command =
        command.args(arguments).current_dir(folder.path()).env_remove("GITHUB_STEP_SUMMARY");
    let output = command.output().unwrap();
    let text = |it: &[u8]| String::from_utf8(it.to_vec()).unwrap();
    text(&output.stdout) + "\n" + &text(&output.stderr)
}

#[track_caller]
fn check(text: &str, commands: bool, what: &str) {
    let hidden = text.chars().find(|it| *it != '\n' && is_hidden(*it));
    assert_eq!(hidden, None, "{what}\n{text}");
    for line in text.lines() {
        let is_ours = commands
            && ["::error file=", "::warning file=", "::notice "]
                .iter()
                .any(|it| line.starts_with(it));
        let acts = line.trim_start().starts_with("::") && !is_ours;
        assert!(!acts && !line.contains("##[") && !line.contains("##vso["), "{what}: {line}");
    }
}

/// A project with a text in every place that opslint prints something of.
fn project(idx: usize, evil: &str) -> Folder {
    let toml = evil.escape_unicode().to_string().replace("\\u{", "\\U").replace('}', "");
    let toml: String = toml.split("\\U").skip(1).map(|it| format!("\\U{it:0>8}")).collect();
    Folder::new(&format!("hostile-{idx}"))
        .with(
            &format!("{evil}/fly.toml"),
            format!("app = \"shop\"\n\"{toml}\" = 1\n[processes]\n\"{toml}\" = \"gunicorn shop.wsgi -b 127.0.0.1:80 {toml}\"\n# {}\nbogus = 1\n", evil.replace(['\u{1b}', '\u{7}', '\u{7f}'], "")),
        )
        .with(
            "Procfile",
            format!("# opslint: allow[bind-loopback] {evil} reason\nweb: gunicorn shop.wsgi --workers 2000 --name '{evil}' --bogus {evil}\n"),
        )
        .with("gunicorn.conf.py", format!("workers = '{evil}'\nproc_name = '{evil}'\nraise Exception('{evil}')\n"))
        .with("render.yaml", format!("services:\n- type: web\n  name: \"{toml}\"\n  plan: \"{toml}\"\n  startCommand: gunicorn x\n"))
        .with("opslint.toml", format!("[env]\n\"{toml}\" = \"{toml}\"\n[levels]\n\"{toml}\" = \"off\"\n"))
}

#[test]
fn no_text_of_a_project_acts_in_any_output() {
    for (idx, evil) in HOSTILE.iter().enumerate() {
        let folder = project(idx, evil);
        for format in Format::ALL {
            let name = format.name();
            let text =
                printed(&folder, &["check", "--no-config", "--show-undecided", "--format", name]);
            check(&text, *format == Format::Github, &format!("{evil:?} in {name}"));
        }
        for arguments in [
            &["check"][..],
            &["check", "--show-config"],
            &["resolve", "--no-config", "--settings"],
            &["resolve", "--no-config", "--settings", "--format", "json"],
            &["suppressions", "--no-config"],
            &["init", "--stdout"],
        ] {
            check(&printed(&folder, arguments), false, &format!("{evil:?} in {arguments:?}"));
        }
    }
}

#[test]
fn no_argument_acts_in_an_error() {
    let folder = Folder::new("hostile-arguments").with("Procfile", "web: gunicorn shop.wsgi\n");
    for evil in HOSTILE {
        let word = format!("no{evil}such");
        for arguments in [
            &["check", &word][..],
            &["check", "--format", &word],
            &["check", "--fail-on", &word],
            &["check", "--config", &word],
            &["check", "--set", &word],
            &["check", "--baseline", &word],
            &["check", "--changed-since", &word],
            &["check", &format!("--{word}")],
            &[&word],
            &["explain", &word],
            &["schema", &word],
            &["platforms", &word],
            &["platforms", "--stale", &word],
            &["test", &word],
            &["new-rule", &word],
            &["resolve", ".", &word],
            &["check", "-o", &format!("json={word}/x/y")],
        ] {
            check(&printed(&folder, arguments), false, &format!("{arguments:?}"));
        }
    }
}

#[test]
fn the_folder_of_a_run_is_not_named() {
    let folder = Folder::new("hostile-folder")
        .with("Procfile", "web: gunicorn shop.wsgi --workers 2000\n")
        .with("fly.toml", "app = 1\nbogus = 2\n")
        .with("opslint.toml", "rules = [\"none\"]\n");
    let base = folder.path().to_string_lossy().into_owned();
    for arguments in [
        &["check"][..],
        &["check", "--no-config"],
        &["check", "--config", "none.toml"],
        &["check", "--baseline", "none.toml"],
        &["resolve", "--no-config"],
        &["check", "-o", "json=none/x.json"],
        &["test", "none"],
    ] {
        let text = printed(&folder, arguments);
        assert!(!text.contains(&base), "{arguments:?}: {text}");
    }
}
