//! Schedulers that start with the application of an ASGI server: in its lifespan, or in a handler of
//! its startup. Nothing calls these functions while the module is loaded, so they are read as they
//! are written: an assignment of the scheduler, and a call of `start` that no condition guards.
//!
//! Sources: <https://fastapi.tiangolo.com/advanced/events/>,
//! <https://apscheduler.readthedocs.io/en/3.x/userguide.html#starting-the-scheduler>

use crate::fact::{Fact, Origin, Value};
use crate::source::{FileId, SourceMap, Span};

/// Schedulers that run in the process that starts them.
const SCHEDULERS: &[&str] = &["AsyncIOScheduler", "BackgroundScheduler"];

/// The scheduler that a function of the startup starts, at the call that starts it.
pub(super) fn scheduler(sources: &SourceMap, file: FileId) -> Option<Fact> {
    let text = sources.file(file).text();
    if !text.contains("apscheduler") {
        return None;
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut at = 0;
    for (idx, line) in text.split_inclusive('\n').enumerate() {
        let code = line.trim();
        if let Some(name) = code.strip_suffix(".start()")
            && let Some(class) = made(&lines, name)
            && starts_with_application(text, &lines, idx)
        {
            let start = at + line.find(code).unwrap_or(0);
            let span = Span::new(file, start, start + code.len());
            let origin = Origin::written(span, "a call when the application starts");
            return Some(Fact::known(Value::Text(class.to_owned()), origin));
        }
        at += line.len();
    }
    None
}

/// The class of the scheduler that a name is bound to: `scheduler = AsyncIOScheduler(…)`.
fn made(lines: &[&str], name: &str) -> Option<&'static str> {
    let value = lines.iter().find_map(|line| {
        let (target, value) = line.trim().split_once('=')?;
        (target.trim() == name).then(|| value.trim())
    })?;
    let call = value.split('(').next()?;
    SCHEDULERS.iter().copied().find(|class| call.rsplit('.').next() == Some(*class))
}

/// Whether a line is a statement of a function, not of a block in it, that an ASGI server calls once
/// in each process.
fn starts_with_application(text: &str, lines: &[&str], idx: usize) -> bool {
    let depth = indentation(lines[idx]);
    let is_outer = |it: &usize| {
        let line = lines[*it];
        !line.trim().is_empty() && !line.trim_start().starts_with('#') && indentation(line) < depth
    };
    let Some(head) = (0..idx).rev().find(is_outer) else { return false };
    let words = lines[head].trim_start();
    let Some(rest) = words.strip_prefix("async def ").or_else(|| words.strip_prefix("def ")) else {
        return false;
    };
    let name = rest.split('(').next().unwrap_or_default();
    let is_decorator = |it: &&&str| it.trim_start().starts_with('@');
    let mut decorators = lines[..head].iter().rev().take_while(is_decorator);
    let is_startup = |it: &&str| it.contains(".on_event(") && it.contains("startup");
    decorators.any(is_startup)
        || text.contains(&format!("lifespan={name}"))
        || text.contains(&format!("on_startup=[{name}]"))
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
