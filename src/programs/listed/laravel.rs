//! What the code of a Laravel application says of its scheduler.
//!
//! Source: <https://laravel.com/docs/12.x/scheduling#running-tasks-on-one-server>

use super::sources;
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::launch::Launch;
use crate::programs::Server;
use crate::workspace::Workspace;

/// Files in which tasks are scheduled.
const FILES: &[&str] = &["routes/console.php", "app/Console/Kernel.php", "bootstrap/app.php"];

/// Notes whether tasks take a lock, so that one of several schedulers starts each.
pub(super) fn of_schedule(server: &mut Server, workspace: &mut Workspace<'_>, launch: &Launch) {
    let texts: Vec<String> =
        FILES.iter().filter_map(|it| sources::text(workspace, launch, it)).collect();
    let is_locked = texts.iter().any(|it| it.contains("onOneServer"));
    let origin = Origin::new(OriginKind::Derived, "the files in which tasks are scheduled");
    let fact = Fact::known(Value::Bool(is_locked), origin);
    server.settings.insert("on_one_server".to_owned(), fact);
}
