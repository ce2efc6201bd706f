//! After any sequence of edits, renames, creations and deletions, an analysis answers as a new one
//! does.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use opslint::analysis::{About, Analysis, Checked, FactsAnswer, Judgement, Keep, Options, Scope};
use opslint::discover::{Found, Tree};
use opslint::platforms::Date;
use opslint::report::{self, Format, ReportOptions, ResolvedFormat, ShowSecrets, Shown};
use opslint::workspace::{Files, MemoryFiles, Reach, Unreadable};
use proptest::prelude::*;

/// Files on a disk that changes while an analysis looks at it.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<MemoryFiles>>);

impl Disk {
    fn now(&self) -> MemoryFiles {
        self.0.lock().unwrap().clone()
    }

    fn change(&self, path: &str, text: Option<&str>) {
        let mut files = self.0.lock().unwrap();
        *files = match text {
            Some(text) => files.clone().with(path, text),
            None => files.clone().without(path),
        };
    }
}

impl Files for Disk {
    fn read(&self, path: &str, reach: &Reach) -> Result<Arc<str>, Unreadable> {
        self.now().read(path, reach)
    }

    fn list(&self, folder: &str, reach: &Reach) -> Vec<String> {
        self.now().list(folder, reach)
    }

    fn reach(&self, folder: &str) -> Reach {
        self.now().reach(folder)
    }
}

impl Tree for Disk {
    fn find(&self, paths: &[PathBuf]) -> anyhow::Result<Found> {
        self.now().find(paths)
    }

    fn around(&self, file: &str) -> Vec<String> {
        self.now().around(file)
    }

    fn shown_path(&self, path: &Path) -> String {
        self.now().shown_path(path)
    }

    fn expect_file(&self, path: &Path) -> anyhow::Result<()> {
        self.now().expect_file(path)
    }

    fn rule_files(&self, folder: &str, reach: &Reach) -> anyhow::Result<Vec<String>> {
        self.now().rule_files(folder, reach)
    }

    fn above(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Paths that make projects, are read by one or several of them, are configuration, or nothing.
const PATHS: &[&str] = &[
    "Procfile",
    "fly.toml",
    "app.json",
    "Dockerfile",
    "gunicorn.conf.py",
    "conf/base.py",
    "api/Procfile",
    "api/fly.toml",
    "api/gunicorn.conf.py",
    "shop/settings/base.py",
    "shop/settings/production.py",
    "shop/wsgi.py",
    "opslint.toml",
    "policy/few-workers.toml",
    "known.toml",
    "README.md",
];

/// Texts that mean something under several of the paths, and some that are half typed.
const TEXTS: &[&str] = &[
    "",
    "web: gunicorn shop.wsgi --workers 9\n",
    "web: gunicorn shop.wsgi -c ../conf/base.py\nworker: celery -A shop worker\n",
    "# opslint: allow[timeout-above-router] nobody waits\nweb: gunicorn shop.wsgi --timeout 99\n",
    "web: gunicorn -c conf/base.py shop.wsgi\nweb",
    "app = \"shop\"\n[processes]\nweb = \"gunicorn shop.wsgi\"\n[http_service]\n\
     internal_port = 8000\n[[vm]]\nmemory = \"256mb\"\ncpus = 1\n",
    "app = \"shop\"\n[build]\ndockerfile = \"../Dockerfile\"\n# opslint: allow[health-check-missing] x\n\
     [[vm]]\nmemroy = \"256mb\"\n",
    "app = \"shop\n[build",
    "{ \"formation\": { \"web\": { \"size\": \"basic\", \"quantity\": 2 } } }",
    "{ \"formation\": ",
    "FROM python:3.13\nCOPY . /app\nWORKDIR /app\nCMD [\"gunicorn\", \"shop.wsgi\"]\n",
    "FROM python:3.13\nNOSUCH x\n",
    "workers = 8\ntimeout = 400\n",
    "from conf.base import *\nworkers = 3\n",
    "import os\nworkers = int(os.environ.get('WEB_CONCURRENCY', 5))\nworkers = (",
    "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    "DEBUG = True\nALLOWED_HOSTS = ['*']\n",
    "[env]\nWEB_CONCURRENCY = \"12\"\n[levels]\ntimeout-above-router = \"error\"\n",
    "rules = [\"policy\"]\nbaseline = \"known.toml\"\n",
    "[[suppressions]]\nrule = \"too-many-workers\"\npath = \"**\"\nreason = \"it is so\"\n\
     [deployments.Procfile]\nplatform = \"heroku\"\nprocesses.web.plan = \"basic\"\n",
    "version = 1\nentries = [\n  { path = \"Procfile\", rule = \"a\", fingerprint = \"0\" },\n]\n",
    include_str!("../../rules/timeout-above-router.toml"),
];

#[derive(Clone, Debug)]
enum Step {
    /// An editor shows a text for the file of this path.
    Type(usize, usize),
    /// The editor closes it: what is on disk counts.
    Close(usize),
    /// A text is written to disk.
    Write(usize, usize),
    /// A file goes.
    Delete(usize),
    /// A file gets another name.
    Rename(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let (path, text) = (0..PATHS.len(), 0..TEXTS.len());
    prop_oneof![
        4 => (path.clone(), text.clone()).prop_map(|(path, text)| Step::Type(path, text)),
        1 => path.clone().prop_map(Step::Close),
        3 => (path.clone(), text).prop_map(|(path, text)| Step::Write(path, text)),
        1 => path.clone().prop_map(Step::Delete),
        1 => (path.clone(), path).prop_map(|(from, to)| Step::Rename(from, to)),
    ]
}

/// An analysis that goes on, the disk it looks at, and what its editor shows.
struct Session {
    disk: Disk,
    typed: Vec<Option<usize>>,
    analysis: Analysis,
}

impl Session {
    fn tell(&mut self, path: usize) {
        let text = self.typed[path].map(|it| TEXTS[it].to_owned());
        // What is wrong with configuration is compared with what a new analysis says.
        let _ = self.analysis.set_text(PATHS[path], text);
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Type(path, text) => {
                self.typed[path] = Some(text);
                self.tell(path);
            }
            Step::Close(path) => {
                self.typed[path] = None;
                self.tell(path);
            }
            Step::Write(path, text) => {
                self.disk.change(PATHS[path], Some(TEXTS[text]));
                self.tell(path);
            }
            Step::Delete(path) => {
                self.disk.change(PATHS[path], None);
                self.tell(path);
            }
            Step::Rename(from, to) => {
                let text = self.disk.now().read(PATHS[from], &Reach::Anywhere).ok();
                self.disk.change(PATHS[from], None);
                self.disk.change(PATHS[to], text.as_deref());
                self.tell(from);
                self.tell(to);
            }
        }
    }

    /// The files as the editor shows them.
    fn files(&self) -> MemoryFiles {
        let typed = PATHS.iter().zip(&self.typed);
        typed.fold(self.disk.now(), |files, (path, text)| match text {
            Some(text) => files.with(*path, TEXTS[*text]),
            None => files,
        })
    }
}

fn options(keep: Keep) -> Options {
    Options { paths: vec![".".into()], keep, ..Options::default() }
}

/// Everything that an analysis says.
fn said(analysis: anyhow::Result<&Analysis>, about: About) -> String {
    let today = Judgement::on(Date::from_iso("2026-11-23").unwrap());
    let checked = analysis.and_then(|it| {
        let checked = it.check(&Scope { about, ..Scope::default() }, &today)?;
        let facts = it.facts();
        Ok((checked, facts))
    });
    let (Checked { outcome, sources, paths, .. }, facts) = match checked {
        Ok(checked) => checked,
        Err(error) => return format!("{error:#}"),
    };
    let mut text = Vec::new();
    let options = ReportOptions::default();
    let shown = Shown::outcome(outcome, &sources, ShowSecrets::Never);
    report::write(&mut text, Format::Json, &shown, &options).unwrap();
    let FactsAnswer { projects, sources, secrets, .. } = facts;
    let shown = Shown::projects(projects, &sources, &secrets, ShowSecrets::Never);
    let options = report::ResolvedOptions {
        report: options,
        process: None,
        settings: report::ListedSettings::All,
        worlds: None,
    };
    report::write_resolved(&mut text, ResolvedFormat::Json, &shown, &options).unwrap();
    format!("{paths:?}\n{}", String::from_utf8(text).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn an_analysis_that_was_told_of_changes_answers_as_a_new_one(
        steps in prop::collection::vec(step(), 1..16),
    ) {
        let disk = Disk::default();
        let analysis = Analysis::open(disk.clone(), options(Keep::Projects)).unwrap();
        let mut session = Session { disk, typed: vec![None; PATHS.len()], analysis };
        for step in &steps {
            session.take(step);
            let new = Analysis::open(session.files(), options(Keep::Reports));
            let again = said(Ok(&session.analysis), About::Everything);
            match &new {
                Ok(new) => prop_assert_eq!(said(Ok(new), About::Everything), again),
                // Configuration names what is not there: the old one counts until it does.
                Err(_) => break,
            }
        }
        let Ok(new) = Analysis::open(session.files(), options(Keep::Projects)) else {
            return Ok(());
        };
        for path in ["gunicorn.conf.py", "conf/base.py", "Dockerfile", "api/Procfile"] {
            let about = || About::ProjectsOf(path.to_owned());
            prop_assert_eq!(said(Ok(&new), about()), said(Ok(&session.analysis), about()));
            let open = |it: &Analysis| {
                let roots = it.projects_of(path).into_iter().map(|it| it.project.root.clone());
                roots.collect::<Vec<_>>()
            };
            prop_assert_eq!(open(&new), open(&session.analysis));
        }
    }
}
