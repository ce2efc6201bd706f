//! Programs that are known by their file in `programs/` alone: one file, one program.
//!
//! `programs/README.md` says what a file may hold. What no table can say is code beside this.

mod database;
mod dotnet;
mod facts;
mod find;
mod flower;
pub(crate) mod go_http;
pub mod images;
mod java_main;
mod laravel;
mod nginx;
pub(crate) mod node;
pub(crate) mod phoenix;
mod php_fpm;
pub(crate) mod pm2;
mod properties;
mod puma;
mod rails;
mod rails_jobs;
pub(crate) mod rocket;
mod ruby;
mod ruby_jobs;
mod sanic;
mod sidekiq;
mod solid_queue;
mod sources;
mod special;
mod spring;
mod streamlit;
mod switches;
mod unicorn;

use super::options::{Abbreviations, Default, Opt, Table, Ty};
use crate::vocabulary::FactId;

pub(super) use facts::resolve;
pub use find::ends;
pub(super) use find::{find, kind_beside, kind_of};
pub(super) use php_fpm::on_machine;

/// What a program does all day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serves {
    /// It answers HTTP requests.
    Http,
    /// It works on jobs.
    Jobs,
    /// What the code says that it is given: `node`, `java`.
    Code,
    /// It does its work once and ends: a migration, a dump.
    Once,
    /// Programs of the project: a database, a broker, a proxy.
    Others,
}

impl Serves {
    /// The value of the fact `serves`; none where the code decides.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Http => Some("http"),
            Self::Jobs => Some("jobs"),
            Self::Once => Some("once"),
            Self::Others => Some("others"),
            Self::Code => None,
        }
    }
}

/// A file of `programs/`.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    /// Its id, which is the value of `server`: `puma`.
    pub id: &'static str,
    /// Its name in prose.
    pub title: &'static str,
    /// The language that it runs: an id of `languages/`, or another name.
    pub language: Option<&'static str>,
    /// What it does.
    pub serves: Serves,
    /// Whether it is made for development only.
    pub development: bool,
    /// The processes that it always is; `None` where its options decide, or nobody knows.
    pub workers: Option<i64>,
    /// What one of its processes usually needs.
    pub memory: Option<Memory>,
    /// The kind of process that its image is, where that is certain.
    pub kind: Option<&'static str>,
    /// How a command tells it to listen on all addresses, with `{}` for the port, where that is more
    /// than an option for each.
    pub listens: Option<&'static str>,
    /// Where its image keeps data.
    pub data: Option<&'static str>,
    /// Variables of which any may put its data elsewhere.
    pub data_env: &'static [&'static str],
    /// The ports that its image listens on when nothing is said; empty where nobody looked.
    pub ports: &'static [u16],
    /// Variables of which any makes it ask for a login.
    pub login_env: &'static [&'static str],
    /// Whether it asks for no login when nothing makes it, as consoles do.
    pub open: bool,
    /// Variables with the passwords that its image gives to those who ask it.
    pub password_env: &'static [&'static str],
    /// Variables without which its images end at once where there are no data yet.
    pub needs: &'static [Need],
    /// Schemes of the addresses that it is asked at: `redis` in `redis://cache:6379`.
    pub schemes: &'static [&'static str],
    /// Words in names of variables that have its address: `PG`, `POSTGRES`.
    pub called: &'static [&'static str],
    /// Whether its options may stand behind the code that it runs.
    pub options_behind_code: bool,
    /// Variables with words that it reads before those of the command: `NODE_OPTIONS`.
    pub words_env: &'static [&'static str],
    /// Commands that start it.
    pub runs: &'static [Runs],
    /// Images that run it when nothing is said.
    pub images: &'static [Image],
    /// Its options.
    pub(super) table: Table,
}

impl Program {
    /// The options that do what a variable does which makes it ask for a login, and those that name a
    /// file. Empty where none of its options is known.
    pub fn login_options(&self) -> Vec<&'static str> {
        let asks = |it: &&Opt| it.env.iter().any(|it| self.login_env.contains(it));
        let flags = self.table.options.iter().filter(asks).flat_map(|it| it.flags.iter().copied());
        flags.chain(self.table.config_files.iter().copied()).collect()
    }

    /// What its image is beside those of a project; an application of others is what it is here for,
    /// so that a manifest decides.
    pub fn kind_of_image(&self) -> Option<&'static str> {
        self.kind.filter(|it| *it != SERVICE)
    }
}

/// The kind of an application that others make, and that nobody here writes code for.
pub const SERVICE: &str = "service";

/// Variables of which an image asks for one where it has no data yet: it ends when none is set.
#[derive(Debug, PartialEq, Eq)]
pub struct Need {
    /// The images, without registry and version.
    pub images: &'static [&'static str],
    /// The first major version that asks.
    pub from: Option<u32>,
    /// The variables; the first is the one to recommend.
    pub one_of: &'static [&'static str],
    /// A folder whose files may say it as well.
    pub unless_mounted: Option<&'static str>,
}

/// What one process of a program usually needs, on the low side.
#[derive(Debug, PartialEq, Eq)]
pub struct Memory {
    /// Megabytes.
    pub mb: i64,
    /// What that is, as in "80 MB per worker (a small Ruby app)".
    pub what: &'static str,
    /// The same for frameworks: id, megabytes, title.
    pub frameworks: &'static [(&'static str, i64, &'static str)],
}

/// A way to start a program.
#[derive(Debug, PartialEq, Eq)]
pub struct Runs {
    /// Names of the program on disk.
    pub names: &'static [&'static str],
    /// Words of which one must follow; options may stand between.
    pub subcommands: &'static [&'static str],
    /// Whether it is this one without any subcommand, too.
    pub bare: bool,
    /// An option that must be among the words: `php -S`.
    pub flag: Option<&'static str>,
}

/// A published image.
#[derive(Debug, PartialEq, Eq)]
pub struct Image {
    /// Its names, without registry and version. `*/gunicorn` is one of any owner.
    pub names: &'static [&'static str],
    /// Words of which one must be in its tag; none is any tag.
    pub tags: &'static [&'static str],
    /// What it runs; none when that is a shell that waits for a person.
    pub command: &'static [&'static str],
    /// Variables that it sets.
    pub env: &'static [(&'static str, &'static str)],
}

/// `programs/*.toml` as they were at build time, sorted by id.
pub const PROGRAMS: &[Program] = include!(concat!(env!("OUT_DIR"), "/programs.rs"));

/// The program of an id.
pub fn of_id(id: &str) -> Option<&'static Program> {
    PROGRAMS.iter().find(|it| it.id == id)
}

/// Whether an application runs in a server of this name, of those that have a file.
pub fn is_server(id: &str) -> bool {
    of_id(id).is_some_and(|it| !matches!(it.serves, Serves::Once | Serves::Others))
}
