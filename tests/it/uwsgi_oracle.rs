//! Files of uWSGI against uWSGI itself: what opslint knows of an option is what `--show-config` of
//! Debian's 2.0.21 says that it was given.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::path::{Path, PathBuf};
use std::process::Command;

use opslint::analysis::{Analysis, Options};
use opslint::fact::{OriginKind, State};
use opslint::workspace::MemoryFiles;

use crate::cli::Folder;
use crate::measure_producers::debian;

/// Options that are compared: the name of each, its other names, and whether it is a number.
const OPTIONS: &[(&str, &[&str], Kind)] = &[
    ("workers", &["workers", "processes"], Kind::Number),
    ("threads", &["threads"], Kind::Number),
    ("harakiri", &["harakiri"], Kind::Number),
    ("listen", &["listen"], Kind::Number),
    ("master", &["master"], Kind::Flag),
    ("die-on-term", &["die-on-term"], Kind::Flag),
    ("module", &["module"], Kind::Text),
    ("protocol", &["protocol"], Kind::Text),
];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Number,
    Flag,
    Text,
}

/// How a file is named on the command, and what it says. What opslint leaves unknown stands in
/// front.
const FILES: &[(&str, &str, &str)] = &[
    ("", "a.ini", "[uwsgi]\nprocesses = 4\nmaster = true\nmodule=a:b\n[other]\nthreads = 3\n"),
    ("", "--ini a.ini:other", "[uwsgi]\nprocesses = 4\n[other]\nthreads = 3\nmaster\n"),
    (
        "module",
        "a.ini",
        "[uwsgi]\nmaster =\nprocesses = $(COUNT)\nmodule = $(NONE)\ndie-on-term = 0\n",
    ),
    (
        "",
        "a.ini",
        "[uwsgi]\nif-env = NONE\nthreads = 2\nendif =\nif-env = COUNT\nlisten = 9\nendif =\n",
    ),
    ("workers", "a.ini", "[uwsgi]\nif-env = COUNT\nthreads = 2\nelse =\nprocesses = 9\nendif =\n"),
    ("", "--xml a.xml", "<uwsgi><processes>4</processes><master/></uwsgi>"),
    (
        "",
        "a.xml",
        "<?xml version=\"1.0\"?>\n<!-- a -->\n<uwsgi>\n  <threads>2</threads>\n</uwsgi>\n",
    ),
    ("", "-x a.xml", "<uwsgi><processes> 4 </processes><listen>\n  9\n</listen></uwsgi>"),
    (
        "",
        "a.xml",
        "<uwsgi><module>a&amp;b:c&#65;</module><harakiri><![CDATA[30]]></harakiri></uwsgi>",
    ),
    ("", "a.xml", "<uwsgi><processes>$(COUNT)</processes><die-on-term>0</die-on-term></uwsgi>"),
    (
        "",
        "a.xml",
        "<uwsgi><processes>2</processes><processes>3</processes><master></master></uwsgi>",
    ),
    ("", "a.xml", "<a><b/><uwsgi id=\"x\"><processes>1</processes></uwsgi><uwsgi/></a>"),
    (
        "",
        "--xml a.xml:y",
        "<a><uwsgi id=\"x\"><threads>1</threads></uwsgi><uwsgi id=\"y\"><threads>2</threads><listen id=\"z\">3</listen></uwsgi></a>",
    ),
    ("", "a.xml", "<uwsgi><if-env>NONE</if-env><processes>3</processes><endif/></uwsgi>"),
    ("", "a.xml", "<uwsgi><if-env>COUNT</if-env><processes>3</processes><endif/></uwsgi>"),
    (
        "",
        "a.xml",
        "<uwsgi><app mountpoint=\"/a\"><module>m</module></app><threads>2</threads></uwsgi>",
    ),
    ("workers", "a.xml", "<uwsgi><processes><!-- a -->3</processes><threads>2</threads></uwsgi>"),
    ("workers", "a.xml", "<uwsgi><processes>2<!-- a -->3</processes><threads>2</threads></uwsgi>"),
    ("module", "a.xml", "<uwsgi><module> a:b </module><threads>2</threads></uwsgi>"),
    (
        "workers",
        "a.xml",
        "<!DOCTYPE uwsgi [<!ENTITY n \"5\">]><uwsgi><processes>&n;</processes></uwsgi>",
    ),
    (
        "",
        "--yaml a.yaml",
        "uwsgi:\n  processes: 4\n  master: true\n  harakiri: \"30\"\n  module: a:b # c\nother:\n  threads: 3\n",
    ),
    ("", "a.yml", "---\na: 1\nuwsgi:\n  processes: $(COUNT)\n  die-on-term: no\n"),
    ("", "-y a.yml:other", "uwsgi:\n  processes: 4\nother:\n  threads: 3\n"),
    ("", "a.yml", "uwsgi:\n  if-env: NONE\n  threads: 3\n  endif: x\n  processes: 2\n"),
    ("*", "a.yml", "uwsgi: {processes: 4}\n"),
    ("*", "a.yml", "uwsgi:\n  - processes: 4\n  - threads: 2\n"),
    ("workers *", "a.yml", "uwsgi:\n  threads: 2\n  module:\n  - a:b\n  processes: 4\n"),
    ("workers *", "a.yml", "uwsgi:\n  threads: 2\n  master:\n  processes: 4\n"),
    ("workers protocol", "a.yml", "uwsgi:\n  processes: '4'\n  protocol: \"a#b\"\n  threads: 2\n"),
    ("module", "a.yml", "uwsgi:\n  module: >\n    a:b\n  threads: 2\n"),
    (
        "",
        "--json a.json",
        "{\"uwsgi\": {\"processes\": 4, \"master\": true, \"die-on-term\": null, \"module\": \"a:\\u0062\"}}",
    ),
    (
        "",
        "a.json",
        "{\"uwsgi\": {\"processes\": \"$(COUNT)\", \"threads\": [2, \"3\"], \"die-on-term\": false}}",
    ),
    (
        "",
        "-j a.json:b",
        "{\"uwsgi\": {\"processes\": 4}, \"b\": {\"threads\": 3, \"master\": \"yes\"}}",
    ),
    ("listen", "a.json", "{\"uwsgi\": {\"threads\": 3, \"listen\": 1.5}}"),
];

/// The real program, and the folders of the libraries that it needs.
fn uwsgi() -> Option<(PathBuf, String)> {
    let program = debian("uwsgi-core", "usr/bin/uwsgi-core")?;
    let mut folders = Vec::new();
    for (package, folder, name) in
        [("libpcre3", "lib", "libpcre.so.3"), ("libyajl2", "usr/lib", "libyajl.so.2")]
    {
        let library = debian(package, &format!("{folder}/{ARCH}-linux-gnu/{name}"))?;
        folders.push(library.parent()?.to_str()?.to_owned());
    }
    Some((program, folders.join(":")))
}

/// What the real one was given: the last value of each option.
fn given(uwsgi: &(PathBuf, String), folder: &Path, words: &str) -> BTreeMap<&'static str, String> {
    let output = Command::new(&uwsgi.0)
        .args(words.split(' '))
        .args(["--show-config", "--no-server"])
        .env("LD_LIBRARY_PATH", &uwsgi.1)
        .env("COUNT", "7")
        .env_remove("NONE")
        .current_dir(folder)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    let (_, text) = text.split_once(";uWSGI instance configuration\n").expect(&text);
    let (text, _) = text.split_once(";end of configuration").expect(text);
    let mut given = BTreeMap::new();
    // A value may have several lines.
    for (key, value) in text.split('\n').filter_map(|it| it.split_once(" =")) {
        let all = || text.split_once(&format!("{key} ={value}")).map_or("", |it| it.1);
        let value = if value.trim().is_empty() { all() } else { value };
        let value = value.strip_prefix(' ').unwrap_or(value);
        let option = OPTIONS.iter().find(|it| it.1.contains(&key));
        let Some((name, _, kind)) = option else { continue };
        let shown = match kind {
            Kind::Text => value.to_owned(),
            Kind::Flag => (!matches!(value, "0" | "false" | "no")).to_string(),
            Kind::Number => {
                let digits = value.trim_start();
                let end = digits.find(|it: char| !it.is_ascii_digit()).unwrap_or(digits.len());
                digits[..end].to_owned()
            }
        };
        given.insert(*name, shown);
    }
    given
}

/// What opslint takes each option for: a value, `?` where it is not known, and nothing where no file
/// says it.
fn known(words: &str, path: &str, text: &str) -> BTreeMap<&'static str, String> {
    let manifest = "services:\n  web:\n    build: .\n    restart: always\n    ports: ['80:80']\n    \
                    environment: {COUNT: 7}\n    command: uwsgi ";
    let files = MemoryFiles::new()
        .with("compose.yaml", format!("{manifest}{words}\n"))
        .with("Dockerfile", "FROM python:3.13\nWORKDIR /app\nCOPY . .\n")
        .with(path, text);
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let process = &answer.projects[0].deployments[0].processes[0];
    let mut known = BTreeMap::new();
    for (name, ..) in OPTIONS {
        match process.settings.get(name) {
            Some(it) if it.origin.kind == OriginKind::Default && it.value().is_some() => {}
            Some(it) => {
                let shown = match &it.state {
                    State::Known(value) if value.to_string() == "none" => continue,
                    State::Known(value) => value.to_string(),
                    _ => "?".to_owned(),
                };
                known.insert(*name, shown);
            }
            None => {}
        }
    }
    known
}

#[test]
fn options_of_files_are_those_that_uwsgi_is_given() {
    let Some(uwsgi) = uwsgi() else { return };
    let mut wrong = Vec::new();
    for (idx, (unknown, words, text)) in FILES.iter().enumerate() {
        let path = words.rsplit(' ').next().unwrap().split(':').next().unwrap();
        let folder = Folder::new(&format!("uwsgi-oracle-{idx}")).with(path, text);
        let mut given = given(&uwsgi, folder.path(), words);
        let mut known = known(words, path, text);
        let unknown: Vec<&str> = unknown.split(' ').filter(|it| !it.is_empty()).collect();
        // Where any option may be given, all that are not written are unknown.
        if unknown.contains(&"*") {
            let all_open = OPTIONS.iter().all(|(name, ..)| known.contains_key(name));
            if !all_open {
                wrong.push(format!("{text:?}: something is open: {known:?}"));
            }
            known.retain(|_, it| it != "?");
            given.retain(|name, _| known.contains_key(name));
        }
        for name in unknown.iter().filter(|it| **it != "*") {
            given.remove(name);
            if known.remove(name).is_some_and(|it| it != "?") {
                wrong.push(format!("{text:?}: `{name}` is known"));
            }
        }
        if given != known {
            wrong.push(format!("{words} {text:?}: {known:?}, and uWSGI was given {given:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), FILES.len(), wrong.join("\n"));
}
