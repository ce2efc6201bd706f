//! PHP-FPM behind the scripts of Heroku's buildpack, which work out the number of children when they
//! start: from `memory_limit`, and from the memory and the CPUs of the dyno.
//!
//! Sources: <https://github.com/heroku/heroku-buildpack-php/blob/main/bin/heroku-php-apache2>,
//! <https://github.com/heroku/heroku-buildpack-php/blob/main/bin/util/autotune.php>,
//! <https://devcenter.heroku.com/articles/php-concurrency>,
//! <https://devcenter.heroku.com/articles/custom-php-settings> (options of the scripts)

use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::{Launch, Word};
use crate::programs::{Server, default_fact, one_for_each_worker};
use crate::project::{Facts, Lookup};
use crate::source::{FileId, Span};
use crate::vocabulary as v;
use crate::workspace::{Workspace, join};

use super::number;

/// The setting that PHP has, in megabytes; and what it is when nothing says it, as in the buildpack.
pub(super) const MEMORY_LIMIT: &str = "memory_limit";
const USUAL_LIMIT_MB: f64 = 128.0;

/// The variable that has the number of children.
const CHILDREN: &str = "WEB_CONCURRENCY";

/// What names the children in a pool.
const MAX_CHILDREN: &str = "pm.max_children";

/// Bytes of a megabyte.
const MEGABYTE: f64 = 1024.0 * 1024.0;

/// Options of the scripts with a value.
const VALUED: [char; 7] = ['C', 'c', 'F', 'f', 'i', 'l', 'p'];

/// Whether a script of Heroku's buildpack starts PHP-FPM, behind Apache or nginx.
pub(super) fn is_started(launch: &Launch) -> bool {
    let program = launch.argv.first().and_then(Word::text);
    program.is_some_and(|it| it.rsplit('/').next().is_some_and(|it| it.starts_with("heroku-php-")))
}

/// Sets the children of such a script, or the limit that they follow from once the memory is known.
pub(super) fn facts(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    server.facts.set(v::THREADS, default_fact(Value::Int(1), "PHP-FPM"));
    let told = told(launch);
    if let Some(told) = &told
        && let Some(fact) = included(workspace, launch, told, MAX_CHILDREN)
    {
        let workers = Fact { state: number(fact.text().unwrap_or_default()), ..fact };
        return set(server, workers);
    }
    if let Lookup::Set(fact) = launch.environment.get(CHILDREN) {
        let unknown = fact.state.open();
        let state = unknown.map_or_else(|| number(fact.text().unwrap_or_default()), State::Unknown);
        return set(server, Fact { state, ..fact.clone() });
    }
    let limit = match &told {
        Some(told) => limit(workspace, launch, told),
        None => Err("the options of the script are not known"),
    };
    match limit {
        Ok(limit) => {
            let why = "the buildpack works it out from memory, CPUs and `memory_limit`";
            set(server, hidden(why));
            server.settings.insert(MEMORY_LIMIT.to_owned(), limit);
        }
        Err(why) => set(server, hidden(why)),
    }
}

/// Works out the children on a dyno of Heroku, whose memory is known by now.
pub(super) fn on_machine(server: &mut Server, facts: &Facts, launch: &Launch) {
    let is_on_heroku = matches!(launch.environment.get("DYNO"), Lookup::Set(_));
    let Some(limit) = server.settings.get(MEMORY_LIMIT).filter(|_| is_on_heroku).cloned() else {
        return;
    };
    let (memory, cpus) = (facts.get(v::MACHINE_MEMORY_MB), facts.get(v::MACHINE_VISIBLE_CPUS));
    let (Some(memory), Some(cpus)) = (memory, cpus) else { return };
    // What the newer generation shows of its memory, nobody has looked at.
    let plan = facts.get(v::MACHINE_PLAN).and_then(Fact::text);
    if plan.is_none_or(|it| it.starts_with("dyno-")) {
        return;
    }
    let known = (memory.number(), limit.number(), cpus.number());
    let (Some(ram), Some(limit_mb), Some(cores)) = known else { return };
    let Some(workers) = children(ram, limit_mb, cores) else { return };
    let mut origin = Origin::new(OriginKind::Derived, "what Heroku's buildpack for PHP works out");
    origin.span = limit.origin.span;
    let origin = origin
        .with_input(v::MACHINE_MEMORY_MB.name(), memory.clone())
        .with_input(v::MACHINE_VISIBLE_CPUS.name(), cpus.clone())
        .with_input("memory_limit (MB)", limit);
    set(server, Fact::known(Value::Int(workers), origin));
    if let Some(program) = launch.argv.first() {
        for id in [v::WORKERS, v::CONCURRENCY] {
            server.facts.anchor(id, program.span);
        }
    }
}

fn set(server: &mut Server, workers: Fact) {
    server.settings.insert(MAX_CHILDREN.to_owned(), workers.clone());
    server.facts.set(v::WORKERS, workers);
    one_for_each_worker(server);
}

fn hidden(why: &str) -> Fact {
    let settle_with = format!("`{CHILDREN}` under `[env]` in opslint.toml");
    let unknown = Unknown::new(why, settle_with);
    Fact::unknown(unknown, Origin::new(OriginKind::Default, "PHP-FPM on Heroku"))
}

/// The number of children for these megabytes and CPUs. `None` where the script comes to a number
/// that is not whole, of which its versions make different things.
fn children(ram_mb: f64, limit_mb: f64, cores: f64) -> Option<i64> {
    if limit_mb == 0.0 {
        return None;
    }
    // Without a limit the script comes to a number below one, and starts one.
    if limit_mb < 0.0 {
        return Some(1);
    }
    let factor = (ram_mb / USUAL_LIMIT_MB).log2().ceil();
    let wanted = factor * cores * 2.0 * (USUAL_LIMIT_MB / limit_mb);
    let most = (ram_mb / limit_mb).floor();
    let count = if most < wanted { most } else { wanted };
    let is_whole = count.fract() == 0.0 && count < 1e6;
    is_whole.then_some(count.max(1.0) as i64)
}

/// What the script is told.
#[derive(Debug, Default)]
struct Told {
    /// The folder of the documents.
    root: String,
    /// `-i`: php.ini.
    ini: Option<String>,
    /// `-F`: what is put behind the pool.
    included: Option<String>,
    /// `-f`: another configuration of PHP-FPM.
    has_own: bool,
}

/// The options in front of the folder of the documents; `None` where a word of them is not known.
fn told(launch: &Launch) -> Option<Told> {
    let mut told = Told::default();
    let mut words = launch.argv.iter().skip(1).map(Word::text);
    while let Some(word) = words.next() {
        let word = word?;
        let Some(option) = word.strip_prefix('-').filter(|it| !it.is_empty()) else {
            told.root = word;
            return Some(told);
        };
        if option.starts_with('-') {
            continue;
        }
        // Letters may stand together; behind one with a value is that value, or it is the next word.
        let Some(at) = option.find(VALUED) else { continue };
        let (letter, rest) = option[at..].split_at(1);
        let value = match rest {
            "" => words.next()??,
            rest => rest.to_owned(),
        };
        match letter {
            "i" => told.ini = Some(value),
            "F" => told.included = Some(value),
            "f" => told.has_own = true,
            _ => {}
        }
    }
    Some(told)
}

/// The limit of each child in megabytes, from whatever says it.
fn limit(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    told: &Told,
) -> Result<Fact, &'static str> {
    if told.has_own {
        return Err("the configuration that `-f` names is not read");
    }
    if matches!(launch.environment.get("PHP_INI_SCAN_DIR"), Lookup::Set(_)) {
        return Err("`PHP_INI_SCAN_DIR` names further files of settings");
    }
    let is_made = |it: &Option<String>| it.as_ref().is_some_and(|it| it.ends_with(".php"));
    if is_made(&told.ini) || is_made(&told.included) {
        return Err("a script of PHP makes the settings");
    }
    let admin = included(workspace, launch, told, "php_admin_value[memory_limit]");
    let user = |workspace: &mut Workspace<'_>| {
        let path = join(&launch.folder, &format!("{}/.user.ini", told.root.trim_end_matches('/')));
        let file = path.and_then(|it| workspace.open(&it))?;
        setting(workspace, file, MEMORY_LIMIT)
    };
    let pool = |workspace: &mut Workspace<'_>| {
        included(workspace, launch, told, "php_value[memory_limit]")
    };
    let found = admin.or_else(|| user(workspace)).or_else(|| pool(workspace));
    let found = match (&told.ini, found) {
        (_, Some(found)) => Some(found),
        (None, None) => None,
        (Some(ini), None) => {
            let file = join(&launch.folder, ini).and_then(|it| workspace.open(&it));
            let file = file.ok_or("the php.ini of the command is not in this project")?;
            setting(workspace, file, MEMORY_LIMIT)
        }
    };
    match found {
        None => Ok(default_fact(Value::of_number(USUAL_LIMIT_MB), "PHP")),
        Some(fact) => {
            let size = fact.text().and_then(megabytes).ok_or("`memory_limit` is no plain size")?;
            Ok(Fact { state: State::Known(Value::of_number(size)), ..fact })
        }
    }
}

/// What `-F` says of a key.
fn included(
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    told: &Told,
    key: &str,
) -> Option<Fact> {
    let path = join(&launch.folder, told.included.as_ref()?)?;
    let file = workspace.open(&path).filter(|_| !path.ends_with(".php"))?;
    setting(workspace, file, key)
}

/// The text of a setting, of which the last line counts.
fn setting(workspace: &Workspace<'_>, file: FileId, key: &str) -> Option<Fact> {
    let source = workspace.sources.file(file);
    let mut at = 0;
    let mut found = None;
    for line in source.text().split_inclusive('\n') {
        let code = line.split(';').next().unwrap_or(line);
        if let Some((name, value)) = code.split_once('=')
            && name.trim() == key
        {
            let start = at + code.len() - value.trim_start().len();
            let value = value.trim();
            let span = Span::new(file, start, start + value.len());
            let origin = Origin::written(span, format!("`{key}` in {}", source.path()));
            let text = value.trim_matches(['"', '\'']).to_owned();
            found = Some(Fact::known(Value::Text(text), origin));
        }
        at += line.len();
    }
    found
}

/// Megabytes of a size as PHP reads it: `256M`, `1G`, `134217728`.
fn megabytes(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let (digits, unit) = match lower.strip_suffix(['k', 'm', 'g']) {
        Some(digits) if lower.ends_with('g') => (digits, 1024.0),
        Some(digits) if lower.ends_with('m') => (digits, 1.0),
        Some(digits) => (digits, 1.0 / 1024.0),
        None => (lower.as_str(), 1.0 / MEGABYTE),
    };
    let number: i32 = digits.parse().ok()?;
    Some(f64::from(number) * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_dyno_makes_the_children() {
        for (ram, limit, cores, expect) in [
            (512.0, 128.0, 8.0, Some(4)),
            (1024.0, 128.0, 8.0, Some(8)),
            (2560.0, 128.0, 2.0, Some(20)),
            (14336.0, 128.0, 8.0, Some(112)),
            (512.0, 32.0, 8.0, Some(16)),
            (512.0, 1024.0, 8.0, Some(1)),
            (512.0, 96.0, 8.0, Some(5)),
            (512.0, -1.0, 8.0, Some(1)),
            (512.0, 0.0, 8.0, None),
            (30720.0, 96.0, 1.0, None),
        ] {
            assert_eq!(children(ram, limit, cores), expect, "{ram} {limit} {cores}");
        }
    }

    #[test]
    fn sizes_are_those_of_php() {
        for (text, expect) in [
            ("256M", Some(256.0)),
            ("1g", Some(1024.0)),
            ("131072K", Some(128.0)),
            ("-1", Some(-1.0 / MEGABYTE)),
        ] {
            assert_eq!(megabytes(text), expect, "{text}");
        }
        for text in ["", "M", "${LIMIT}", "99999999999G", "1.5G", "ä"] {
            assert_eq!(megabytes(text), None, "{text}");
        }
    }
}
