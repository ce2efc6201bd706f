//! The processes of nginx: `worker_processes` of its main file.
//!
//! Sources: <https://nginx.org/en/docs/ngx_core_module.html#worker_processes> (one by itself), and the
//! main file of the official image, which has `auto`.

use crate::fact::{Fact, Origin, OriginKind, State, Unknown, Value};
use crate::launch::Launch;
use crate::parse::Syntax;
use crate::programs::{Server, default_fact};
use crate::vocabulary as v;
use crate::workspace::{Opened, Workspace};

/// The main file.
const MAIN: &str = "/etc/nginx/nginx.conf";

/// Sets the number of workers.
pub(super) fn facts(
    server: &mut Server,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    cpus: &Fact,
) {
    let is_plain = |it: &str| it == "-g" || !it.starts_with('-');
    let words: Vec<String> = launch.argv.iter().skip(1).filter_map(|it| it.text()).collect();
    if let Some(directives) = words.iter().find(|it| it.contains("daemon")) {
        let is_off = directives.contains("daemon off");
        let origin = Origin::new(OriginKind::Derived, "`-g` of the command");
        server.settings.insert("daemon".to_owned(), Fact::known(Value::Bool(!is_off), origin));
    }
    let has_own = words.iter().any(|it| !is_plain(it) || it.contains("worker_processes"));
    if has_own || !workspace.is_in_image() {
        return;
    }
    let opened = workspace.join(&launch.folder, MAIN).map(|it| workspace.try_open(&it));
    let workers = match opened {
        Some(Opened::File(file)) => {
            let document = workspace.look_into(file, Syntax::Nginx);
            if !words.iter().any(|it| it.contains("daemon")) {
                let daemon = match document.root.get("daemon") {
                    None => Some(default_fact(Value::Bool(true), "nginx")),
                    Some(node) => node.as_str().map(|it| {
                        let origin = Origin::written(node.span, "`daemon`");
                        Fact::known(Value::Bool(it.trim() != "off"), origin)
                    }),
                };
                server.settings.extend(daemon.map(|it| ("daemon".to_owned(), it)));
            }
            match document.root.get("worker_processes") {
                None => default_fact(Value::Int(1), "nginx"),
                Some(node) => {
                    let origin = Origin::written(node.span, "`worker_processes`");
                    match node.as_str().map(str::trim) {
                        Some("auto") => of_cpus(origin, cpus),
                        Some(text) => Fact::new(number(text), origin),
                        None => Fact::new(number(""), origin),
                    }
                }
            }
        }
        Some(Opened::Unknown(unknown)) => {
            Fact::unknown(unknown, Origin::new(OriginKind::Default, "nginx"))
        }
        Some(Opened::Missing) | None => {
            of_cpus(Origin::new(OriginKind::Assumed, "`auto` in the main file of the image"), cpus)
        }
    };
    server.facts.set(v::WORKERS, workers);
}

/// One for each CPU.
fn of_cpus(origin: Origin, cpus: &Fact) -> Fact {
    Fact::new(cpus.state.clone(), origin.with_input("CPUs of the machine", cpus.clone()))
}

fn number(text: &str) -> State {
    let unknown = || State::Unknown(Unknown::because("it is not a number"));
    text.parse().map_or_else(|_| unknown(), |it| State::Known(Value::Int(it)))
}
