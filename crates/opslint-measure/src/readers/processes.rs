//! Tables of processes: `ps`, whichever columns it was asked for, and `smem`.
//!
//! A table is of everything that runs on a machine. Taken of it are the programs of the project, and
//! what they started, which may look like nothing of theirs: workers of uvicorn are a bare `python`.
//! A process that has children of its own program manages them, and serves nothing.

use std::collections::HashMap;

use crate::envelope::Line;
use crate::number::{bytes, decimal, digits, words};
use crate::sample::{Event, Of, Sample, Sink, Source, Subject};
use crate::time::Time;

use super::State;

/// The most rows that are kept of a table.
const ROWS_MAX: usize = 4_096;

/// The most words that are looked at of a row.
const WORDS_MAX: usize = 64;

/// What smem leaves of a command.
const CUT_LEN: usize = 27;

/// Programs that no web app runs as, but that any table of processes has.
const TOOLS: &[&str] = &["ps", "smem", "top", "sh", "bash", "sleep", "awk", "sed", "ssh", "sshd"];

/// What follows the name of a program in the names of its processes: `celeryd`, `waitress-serve`.
const SUFFIXES: &[&[u8]] = &[b"", b"d", b"-serve"];

/// Programs that others are started by.
const INTERPRETERS: &[&[u8]] = &[b"python", b"ruby", b"node", b"php"];

/// The child of a Python program that only tidies up behind the others.
const TIDIER: &[u8] = b"multiprocessing.resource_tracker";

/// What the columns of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) source: Source,
    id: usize,
    parent: Option<usize>,
    memory: usize,
    /// Whether shared pages are counted in parts, so that sizes may be added up.
    is_proportional: bool,
    command: usize,
    /// Columns behind the command, which has spaces in it.
    behind: usize,
}

/// A table until its end, where it is known who has children.
#[derive(Debug, Default)]
pub(crate) struct Rows(Vec<Row>);

#[derive(Clone, Debug)]
struct Row {
    id: u64,
    parent: Option<u64>,
    bytes: f64,
    /// Its place in [`State::programs`].
    program: Option<usize>,
    is_worker: bool,
    time: Option<Time>,
}

/// The columns that a header of such a table names.
pub(super) fn header(text: &[u8]) -> Option<Columns> {
    let columns: Vec<&[u8]> = words(text).take(24).collect();
    let place = |name: &[u8]| columns.iter().position(|it| *it == name);
    let id = place(b"PID")?;
    let command = place(b"COMMAND").or_else(|| place(b"CMD")).or_else(|| place(b"Command"))?;
    let proportional = place(b"PSS");
    let memory = proportional.or_else(|| place(b"RSS")).or_else(|| place(b"RSZ"))?;
    let is_smem = command < memory;
    Some(Columns {
        source: if is_smem { Source::Smem } else { Source::Ps },
        id,
        parent: place(b"PPID"),
        memory,
        is_proportional: proportional.is_some(),
        command,
        behind: columns.len() - command - 1,
    })
}

/// Reads a row. `None` when it is none.
pub(super) fn read(
    state: &mut State,
    columns: Columns,
    line: &Line<'_>,
    sink: &mut dyn Sink,
) -> Option<()> {
    let row: Vec<&[u8]> = words(line.text).collect();
    // The columns in front of the command count from the start, those behind it from the end.
    let end = row.len().checked_sub(columns.behind)?;
    let at = |column: usize| match column.checked_sub(columns.command) {
        None => row.get(column),
        Some(behind) => row.get((end + behind).checked_sub(1)?),
    };
    let command = row.get(columns.command..end).filter(|it| !it.is_empty())?;
    let command = &command[..command.len().min(WORDS_MAX)];
    let id = u64::try_from(digits(at(columns.id)?)?).ok()?;
    let parent = columns.parent.and_then(|it| u64::try_from(digits(at(it)?)?).ok());
    let memory = at(columns.memory)?;
    // Both print KiB, where no unit is asked for.
    let bytes = match decimal(memory) {
        Some(kib) => kib * 1024.0,
        None => bytes(memory)?,
    };
    let first = base(command[0]);
    // Kernel threads have no memory.
    if bytes <= 0.0 || command.contains(&TIDIER) {
        return Some(());
    }
    if state.programs.is_empty() {
        if !TOOLS.iter().any(|it| it.as_bytes() == first) {
            let (name, id) = (std::str::from_utf8(first).ok()?, at(columns.id)?);
            let subject = Subject::Perhaps(name, std::str::from_utf8(id).ok()?);
            let (source, time) = (columns.source, line.time);
            sink.take(Sample { source, subject, time, event: Event::Memory(Of::Worker, bytes) });
        }
        return Some(());
    }
    let is_cut = columns.source == Source::Smem;
    let program = program(&state.programs, command, is_cut);
    if program.is_none() && is_cut && (is_interpreter(command) || is_cut_in_folder(command)) {
        // It may be one of several programs: `--process` settles it.
        let (source, subject, time) = (columns.source, Subject::Untold, line.time);
        sink.take(Sample { source, subject, time, event: Event::Memory(Of::Worker, bytes) });
    }
    // `gunicorn: master [shop]`, where the server gives its processes titles.
    let is_worker = !(command[0].ends_with(b":") && command.get(1) == Some(&b"master".as_slice()));
    if state.rows.0.len() >= ROWS_MAX {
        finish(state, columns, sink);
    }
    state.rows.0.push(Row { id, parent, bytes, program, is_worker, time: line.time });
    Some(())
}

/// A word without the folders in front of it and what titles have around names.
fn base(word: &[u8]) -> &[u8] {
    let base = word.rsplit(|it| *it == b'/').next().unwrap_or_default();
    let base = base.strip_prefix(b"[").unwrap_or(base);
    base.strip_suffix(b":").unwrap_or(base)
}

/// The program that a command starts, or that a script in it is.
fn program(programs: &[String], command: &[&[u8]], is_cut: bool) -> Option<usize> {
    let is_it = |name: &[u8], program: &str| {
        name.strip_prefix(program.as_bytes()).is_some_and(|it| SUFFIXES.contains(&it))
    };
    let named = |word: &&[u8]| programs.iter().position(|it| is_it(base(word), it));
    let found = command.iter().find_map(named);
    if found.is_some() || !is_cut {
        return found;
    }
    // smem cuts commands off, so that only the start of the script may be left, or
    // nothing of it.
    let last = base(command.last()?);
    let is_start = |it: &String| last.len() > 2 && it.as_bytes().starts_with(last);
    match programs.iter().position(is_start) {
        None if is_interpreter(command) && programs.len() == 1 => Some(0),
        found => found,
    }
}

/// Whether a command that was cut off is an interpreter's, and nothing is left of what it runs.
fn is_interpreter(command: &[&[u8]]) -> bool {
    let [one] = command else { return false };
    let name = base(one);
    INTERPRETERS.iter().any(|it| {
        name.starts_with(it) || one.len() == CUT_LEN && !name.is_empty() && it.starts_with(name)
    })
}

/// Whether a command was cut off in the folders of a program that no package of the system brings:
/// in a virtual environment, for instance.
fn is_cut_in_folder(command: &[&[u8]]) -> bool {
    const SYSTEM: [&[u8]; 4] = [b"/usr/", b"/lib", b"/bin/", b"/sbin/"];
    let [one] = command else { return false };
    one.len() == CUT_LEN && one.starts_with(b"/") && !SYSTEM.iter().any(|it| one.starts_with(it))
}

/// Hands on what a table tells, at its end.
pub(super) fn finish(state: &mut State, columns: Columns, sink: &mut dyn Sink) {
    let mut rows = std::mem::take(&mut state.rows.0);
    let places: HashMap<u64, usize> =
        rows.iter().enumerate().map(|(place, it)| (it.id, place)).collect();
    let above = |row: &Row| row.parent.and_then(|it| places.get(&it)).copied();
    // A child is mostly behind its parent. Where it is not, the rounds that are left see it.
    for _ in 0..4 {
        for place in 0..rows.len() {
            if rows[place].program.is_none() {
                rows[place].program = above(&rows[place]).and_then(|it| rows[it].program);
            }
        }
    }
    for place in 0..rows.len() {
        if let Some(parent) = above(&rows[place])
            && rows[parent].program == rows[place].program
            && parent != place
        {
            rows[parent].is_worker = false;
        }
    }
    let mut totals: Vec<Option<(f64, Option<Time>)>> = vec![None; state.programs.len()];
    for row in &rows {
        let Some(program) = row.program else { continue };
        let (name, time) = (state.programs[program].as_str(), row.time);
        let total = &mut totals[program];
        *total = Some((total.map_or(0.0, |it| it.0) + row.bytes, time));
        if row.is_worker {
            let id = row.id.to_string();
            let (source, subject) = (columns.source, Subject::Program(name, &id));
            let event = Event::Memory(Of::Worker, row.bytes);
            sink.take(Sample { source, subject, time, event });
        }
    }
    if !columns.is_proportional {
        return;
    }
    for (name, total) in state.programs.iter().zip(totals) {
        let Some((bytes, time)) = total else { continue };
        let (source, subject) = (columns.source, Subject::Program(name, ""));
        sink.take(Sample { source, subject, time, event: Event::Memory(Of::Instance, bytes) });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Kept;
    use super::super::{finish, read_line};
    use super::*;

    #[track_caller]
    fn check(programs: &[&str], text: &str, source: Source, expect: &[&str]) {
        let mut kept = Kept::default();
        let mut state = State::new(programs.iter().map(|it| (*it).to_owned()).collect());
        for line in text.lines() {
            let got = read_line(&mut state, &[], &Line::new(line.as_bytes()), &mut kept);
            assert_eq!(got, Some(source), "{line}");
        }
        finish(&mut state, &mut kept);
        assert_eq!(kept.0, expect);
    }

    #[test]
    fn without_a_project_everything_but_tools_is_taken() {
        check(
            &[],
            "USER   PID %CPU %MEM    VSZ   RSS TTY STAT START   TIME COMMAND
app      7  0.0  0.5  30000  1000 ?   S    15:00   0:00 gunicorn: worker [shop]
app      8  0.0  0.5  30000  1000 ?   R    15:00   0:00 ps aux",
            Source::Ps,
            &[r#"ps Perhaps("gunicorn", "7")  Memory(Worker, 1024000.0)"#],
        );
    }

    #[test]
    fn workers_are_the_children_of_the_program() {
        check(
            &["gunicorn"],
            "2026-11-28T15:00:00Z
  PID  PPID   RSS COMMAND
    1     0  9000 /sbin/init
    7     1  2000 /app/bin/python /app/bin/gunicorn shop.wsgi
    8     7  1000 /app/bin/python /app/bin/gunicorn shop.wsgi
    9     7  1000 /app/bin/python -c from multiprocessing.spawn import spawn_main
   10     7   500 /app/bin/python -c from multiprocessing.resource_tracker import main
   11     1  8000 postgres: checkpointer
2026-11-28T15:01:00Z
  PID  PPID   RSS COMMAND
   20     1  3000 gunicorn: master [shop]
   21    20  3000 gunicorn: worker [shop]",
            Source::Ps,
            &[
                r#"ps Program("gunicorn", "8") 2026-11-28T15:00:00Z Memory(Worker, 1024000.0)"#,
                r#"ps Program("gunicorn", "9") 2026-11-28T15:00:00Z Memory(Worker, 1024000.0)"#,
                r#"ps Program("gunicorn", "21") 2026-11-28T15:01:00Z Memory(Worker, 3072000.0)"#,
            ],
        );
    }

    #[test]
    fn proportional_sizes_add_up() {
        check(
            &["celery"],
            "  PID  PPID   PSS COMMAND
    7     1  2000 [celeryd: celery@a:MainProcess] -active- (worker)
    8     7  1000 [celeryd: celery@a:ForkPoolWorker-1]",
            Source::Ps,
            &[
                r#"ps Program("celery", "8")  Memory(Worker, 1024000.0)"#,
                r#"ps Program("celery", "")  Memory(Instance, 3072000.0)"#,
            ],
        );
    }

    #[test]
    fn smem_cuts_commands_off() {
        for command in [
            "/usr/bin/python3 /usr/bin/gunic",
            "/home/app/.venv/bin/python3",
            "/home/ap/longer/.venv/bin/p",
        ] {
            check(
                &["gunicorn"],
                &format!(
                    "  PID User     Command                         Swap      USS      PSS      RSS
    7 app      {command}        0     1000     1500     2000
    8 app      /usr/sbin/nginx -g              0     1000     1500     2000"
                ),
                Source::Smem,
                &[
                    r#"smem Program("gunicorn", "7")  Memory(Worker, 1536000.0)"#,
                    r#"smem Program("gunicorn", "")  Memory(Instance, 1536000.0)"#,
                ],
            );
        }
    }
}
