//! Command line → the program of `programs/` that it starts.

use super::{PROGRAMS, Program, Runs, Serves};
use crate::launch::{Launch, Word};

/// Programs that run the program that their first operand names: `php artisan`, `ruby bin/rails`.
const INTERPRETERS: &[&str] = &["bun", "deno", "node", "php", "ruby"];

/// Extensions that a program of an interpreter may have: `next.js` is `next`.
const EXTENSIONS: &[&str] = &[".js", ".mjs", ".cjs", ".rb", ".php"];

/// The program of a command, and the index of the first word that tells it something.
pub(in crate::programs) fn find(launch: &Launch) -> Option<(&'static Program, usize)> {
    let argv = &launch.argv;
    let first = argv.first()?.program_path()?;
    let name = basename(&first);
    if !is_installed(&first) && !OF_PROJECTS.contains(&name) {
        return None;
    }
    // `npx serve@14`
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    if INTERPRETERS.contains(&name) {
        if let Some(found) = behind_interpreter(argv) {
            return Some(found);
        }
        // `php artisan migrate` is none that stays.
        let operand = operand_idx(argv);
        let path = operand.and_then(|it| argv[it].text());
        if path.zip(operand).is_some_and(|(path, idx)| ends(&path, argv, idx + 1)) {
            return None;
        }
    }
    named(name, argv, 1)
}

/// Programs that lie in the folder of a project itself.
const OF_PROJECTS: &[&str] = &["artisan", "manage.py"];

/// Whether a path is one of a program that was installed: other folders have programs of the
/// project, whatever their names.
fn is_installed(path: &str) -> bool {
    let Some((folder, _)) = path.rsplit_once('/') else { return true };
    matches!(basename(folder), "bin" | ".bin" | "sbin")
}

fn basename(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The program that the first operand of an interpreter names. An interpreter that runs code of the
/// project is a program itself.
fn behind_interpreter(argv: &[Word]) -> Option<(&'static Program, usize)> {
    let idx = operand_idx(argv)?;
    let text = argv[idx].text()?;
    // `node node_modules/next/dist/bin/next`: what a package is called is in its folder.
    let is_tool = text.contains("/bin/") || text.contains("/.bin/") || !text.contains('.');
    let name = basename(&text);
    let name = EXTENSIONS.iter().find_map(|it| name.strip_suffix(it)).unwrap_or(name);
    let found = named(name, argv, idx + 1)?;
    (is_tool && found.0.serves != Serves::Code).then_some(found)
}

/// The index of the first operand.
fn operand_idx(argv: &[Word]) -> Option<usize> {
    let is_operand = |it: &Word| it.text().is_none_or(|it| !it.starts_with('-'));
    Some(1 + argv[1..].iter().position(is_operand)?)
}

/// Whether a command is one of a program that does its work once and ends. `path` is the program as
/// it is called, `start` the index of the word behind it.
pub fn ends(path: &str, argv: &[Word], start: usize) -> bool {
    let name = basename(path);
    if !is_installed(path) && !OF_PROJECTS.contains(&name) {
        return false;
    }
    let mut once = PROGRAMS.iter().filter(|it| it.serves == Serves::Once);
    once.any(|program| {
        let mut runs = program.runs.iter().filter(|it| it.names.contains(&name));
        runs.any(|it| starts(program, it, argv, start).is_some())
    })
}

/// The program of a name that these words start.
fn named(name: &str, argv: &[Word], start: usize) -> Option<(&'static Program, usize)> {
    let mut stay = PROGRAMS.iter().filter(|it| it.serves != Serves::Once);
    stay.find_map(|program| {
        let mut runs = program.runs.iter().filter(|it| it.names.contains(&name));
        let idx = runs.find_map(|it| starts(program, it, argv, start))?;
        // Without code to run, an interpreter waits for a person.
        let has_code = argv[idx..].iter().any(|it| it.text().is_none_or(|it| !it.starts_with('-')));
        (program.serves != Serves::Code || has_code).then_some((program, idx))
    })
}

/// The index behind the program and its subcommand.
fn starts(program: &Program, runs: &Runs, argv: &[Word], start: usize) -> Option<usize> {
    let words = argv.get(start..)?;
    if let Some(flag) = runs.flag {
        let has = |it: &Word| it.known_prefix().starts_with(flag);
        return words.iter().any(has).then_some(start);
    }
    if runs.subcommands.is_empty() {
        return Some(start);
    }
    let mut idx = 0;
    while let Some(text) = words.get(idx).and_then(Word::text) {
        if !text.starts_with('-') {
            let is_it = runs.subcommands.contains(&text.as_str());
            return match (is_it, runs.bare) {
                (true, _) => Some(start + idx + 1),
                // A folder or file, and no subcommand of its own.
                (false, true) if text.contains(['/', '.']) => Some(start),
                (false, _) => None,
            };
        }
        // No value of these options begins with a dash, and some options need none.
        let has_value = words.get(idx + 1).is_some_and(|it| !it.known_prefix().starts_with('-'));
        let is_option = program.table.options.iter().any(|it| it.flags.contains(&text.as_str()));
        let takes = has_value && (is_option || program.table.valued.contains(&text.as_str()));
        idx += if takes { 2 } else { 1 };
    }
    (runs.bare && idx >= words.len()).then_some(start)
}

/// What stands beside the programs of a project under exactly this name.
pub(in crate::programs) fn kind_beside(name: &str) -> Option<&'static str> {
    let mut beside = PROGRAMS.iter().filter(|it| it.serves == Serves::Others);
    beside.find(|it| it.runs.iter().any(|it| it.names.contains(&name)))?.kind
}

/// What a program or a service of this name is, where its file says it: `proxy`, `database`.
pub(in crate::programs) fn kind_of(name: &str) -> Option<&'static str> {
    // A service may have a longer name than its program: `postgresql`, `rabbitmq-server`.
    let mut longer =
        PROGRAMS.iter().filter(|it| it.kind_of_image().is_some() && name.starts_with(it.id));
    kind_beside(name).or_else(|| longer.next()?.kind)
}
