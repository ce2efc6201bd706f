//! Fixes on whole folders: a copy of all fixtures is fixed twice, and what was added to nginx is
//! read by the real one.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]
#![expect(clippy::disallowed_methods, reason = "a test changes files and starts nginx")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use opslint::analysis::{Analysis, Judgement, Options, Scope, Selection};
use opslint::discover::{Found, Tree};
use opslint::fixes::syntax_of;
use opslint::parse;
use opslint::platforms::Date;
use opslint::policy::Policy;
use opslint::source::SourceMap;
use opslint::workspace::{Files, MemoryFiles, Reach, Unreadable};

use crate::cli::Folder;
use crate::program::opslint;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The regular files below a folder, with their texts where they have one.
fn texts(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(it) = folders.pop() {
        for entry in fs::read_dir(it).unwrap() {
            let entry = entry.unwrap();
            let path = entry.path();
            match entry.file_type().unwrap() {
                it if it.is_dir() => folders.push(path),
                it if it.is_file() => {
                    let Ok(text) = fs::read_to_string(&path) else { continue };
                    found.insert(path.strip_prefix(folder).unwrap().to_owned(), text);
                }
                _ => {}
            }
        }
    }
    found
}

fn problems(path: &Path, text: &str) -> Option<usize> {
    let name = path.to_string_lossy();
    let text = text.trim_start_matches('\u{feff}');
    let file = SourceMap::new().add(name.as_ref(), text);
    Some(parse::document(syntax_of(&name, text)?, file, text).problems.len())
}

#[test]
fn all_fixtures_are_fixed_once_and_a_second_run_changes_nothing() {
    let before = texts(&root().join("fixtures"));
    let mut folder = Folder::new("fix-fixtures");
    for (path, text) in &before {
        folder = folder.with(&path.to_string_lossy(), text);
    }
    let fix = || {
        let mut command = opslint(folder.path());
        let output = command.args(["check", "--fix", "--unsafe-fixes"]).output().unwrap();
        assert_ne!(output.status.code(), None, "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let said = fix();
    let after = texts(folder.path());
    let changed: Vec<_> = before.iter().filter(|(path, text)| after[*path] != **text).collect();
    assert!(changed.len() > 20 && said.contains("fixed "), "{}: {said}", changed.len());
    for (path, text) in changed {
        let new = &after[path];
        assert!(problems(path, new) <= problems(path, text), "{}\n{new}", path.display());
        let breaks =
            |it: &str| (it.contains("\r\n"), it.ends_with('\n'), it.starts_with('\u{feff}'));
        assert_eq!(breaks(new), breaks(text), "{}", path.display());
    }
    let again = fix();
    assert!(!again.contains("fixed "), "{again}");
    assert!(texts(folder.path()) == after, "a second run changes something");
}

#[cfg(target_os = "linux")]
#[test]
fn nginx_reads_what_is_added() {
    // Where there is no Debian, there is no nginx to ask.
    let Some(nginx) = crate::measure_producers::debian("nginx", "usr/sbin/nginx") else { return };
    let conf = "pid nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\n  access_log off;\n  \
                upstream app { server 127.0.0.1:8000; }\n  server {\n    listen 8443;\n    \
                proxy_set_header Host $host; # kept\n    location /ws/ { proxy_pass http://app; }\n    \
                location / {\n      proxy_pass http://app;\n    }\n  }\n}\n";
    let manifest = "services:\n  app:\n    build: .\n    restart: always\n    \
                    command: daphne -b 0.0.0.0 -p 8000 shop.asgi:application\n  proxy:\n    \
                    image: nginx:1.27\n    restart: always\n    ports: [\"80:8443\"]\n    volumes: \
                    [\"./nginx.conf:/etc/nginx/nginx.conf:ro\"]\n";
    let application = "from channels.routing import ProtocolTypeRouter\napplication = \
                       ProtocolTypeRouter({\"websocket\": None})\n";
    let folder = Folder::new("fix-nginx")
        .with("nginx.conf", conf.replace("127.0.0.1:8000", "app:8000"))
        .with("compose.yaml", manifest)
        .with("Dockerfile", "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\n")
        .with("shop/asgi.py", application);
    let arguments = ["check", "--fix", "--unsafe-fixes", "--fix-only", "websocket-not-passed-on"];
    opslint(folder.path()).args(arguments).output().unwrap();
    let fixed = folder.read("nginx.conf").replace("app:8000", "127.0.0.1:8000");
    assert_eq!(fixed.matches("proxy_http_version 1.1;").count(), 2, "{fixed}");
    assert_eq!(fixed.matches("proxy_set_header Upgrade").count(), 1, "{fixed}");
    let path = folder.path().join("whole.conf");
    // Its own folders are there only where it is installed.
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let places: String = kinds.map(|it| format!("  {it}_temp_path {it};\n")).concat();
    fs::write(&path, fixed.replace("http {\n", &format!("http {{\n{places}"))).unwrap();
    let mut command = Command::new(nginx);
    let output = command.arg("-t").arg("-p").arg(folder.path()).arg("-c").arg(path).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Files in memory of which one is saved by somebody else as soon as it was read once.
struct SavedMeanwhile {
    files: MemoryFiles,
    reads: AtomicUsize,
}

impl Files for SavedMeanwhile {
    fn read(&self, path: &str, reach: &Reach) -> Result<Arc<str>, Unreadable> {
        let text = self.files.read(path, reach)?;
        if path != "Procfile" || self.reads.fetch_add(1, Ordering::Relaxed) == 0 {
            return Ok(text);
        }
        Ok(Arc::from(text.replace("# as read", "# as saved")))
    }

    fn list(&self, folder: &str, reach: &Reach) -> Vec<String> {
        self.files.list(folder, reach)
    }

    fn is_file(&self, path: &str, reach: &Reach) -> bool {
        self.files.is_file(path, reach)
    }

    fn reach(&self, folder: &str) -> Reach {
        self.files.reach(folder)
    }
}

impl Tree for SavedMeanwhile {
    fn find(&self, paths: &[PathBuf]) -> anyhow::Result<Found> {
        self.files.find(paths)
    }

    fn around(&self, file: &str) -> Vec<String> {
        self.files.around(file)
    }

    fn shown_path(&self, path: &Path) -> String {
        self.files.shown_path(path)
    }

    fn expect_file(&self, path: &Path) -> anyhow::Result<()> {
        self.files.expect_file(path)
    }

    fn rule_files(&self, folder: &str, reach: &Reach) -> anyhow::Result<Vec<String>> {
        self.files.rule_files(folder, reach)
    }

    fn above(&self) -> Vec<String> {
        self.files.above()
    }
}

/// What is written is an edit of what is compared with the disk: otherwise a save between two reads
/// would be lost.
#[test]
fn a_fix_is_made_in_the_text_that_it_is_compared_with() {
    let procfile = "# as read\nweb: gunicorn shop.wsgi --workers 8\n";
    let files = MemoryFiles::new().with("Procfile", procfile);
    let files = SavedMeanwhile { files, reads: AtomicUsize::new(0) };
    let policy = Arc::new(Policy::builtin(&mut Vec::new()));
    let mut analysis = Analysis::open(files, Options::with_policy(policy)).unwrap();
    let selection = Selection { with_unsafe: true, ..Selection::default() };
    let judgement = Judgement::on(Date::from_iso("2026-11-23").unwrap());
    let applied = analysis.fix(&Scope::default(), &judgement, &selection).unwrap();
    let changed = &applied.changed["Procfile"];
    assert_ne!(changed.old, changed.new);
    let is_as_read = |it: &str| it.contains("# as read");
    assert_eq!(is_as_read(&changed.old), is_as_read(&changed.new), "{changed:?}");
}
