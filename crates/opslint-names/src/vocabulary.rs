//! The names that rules can use: one table, everything else derived from it.
//!
//! A fact's unit is part of its name (`_s`, `_mb`, `_usd_month`), so a rule reads like the sentence
//! it stands for. `opslint facts` prints this table.

mod index;
mod servers;
mod triggers;

pub use servers::{OF_APPLICATIONS, SERVERS, called};
pub use triggers::TRIGGERS;

/// What values a fact has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// A number, perhaps with a fraction.
    Number,
    /// Any text.
    Text,
    /// One of these texts. Comparing with any other text is an error in a rule.
    Enum(&'static [&'static str]),
    /// A list of texts.
    List,
}

/// What a number counts. Two numbers compare only when their units agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Not a quantity.
    None,
    /// Things: workers, threads, requests, connections, CPUs.
    Count,
    /// Seconds.
    Seconds,
    /// Mebibytes.
    Megabytes,
    /// US dollars per month of 30 days.
    UsdMonth,
    /// A TCP port.
    Port,
}

/// What a fact belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One process of a deployment.
    Process,
    /// A deployment; its processes see it too.
    Deployment,
}

/// A name of the vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactDef {
    /// The name in rules and output.
    pub name: &'static str,
    /// What values it has.
    pub ty: Type,
    /// What a number counts.
    pub unit: Unit,
    /// What it belongs to.
    pub scope: Scope,
    /// One sentence for `opslint facts`.
    pub doc: &'static str,
}

impl FactDef {
    /// Whether it is a trait of the platform, the same for everything there. Files of platforms say
    /// it, and no other file can.
    pub fn is_trait(&self) -> bool {
        self.name.starts_with("platform.")
    }
}

/// Index of a name in [`VOCABULARY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(u16);

impl FactId {
    /// The fact of a name that is known to be one, when the program is built.
    ///
    /// # Panics
    /// When there is no such fact.
    pub const fn known(name: &str) -> Self {
        let name = name.as_bytes();
        let mut idx = 0u16;
        while (idx as usize) < VOCABULARY.len() {
            let known = VOCABULARY[idx as usize].name.as_bytes();
            let mut same = 0;
            while known.len() == name.len() && same < name.len() && known[same] == name[same] {
                same += 1;
            }
            if known.len() == name.len() && same == name.len() {
                return Self(idx);
            }
            idx += 1;
        }
        panic!("there is no fact of this name")
    }

    /// The definition.
    pub fn def(self) -> &'static FactDef {
        &VOCABULARY[self.0 as usize]
    }

    /// Its place in [`VOCABULARY`].
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The fact at a place in [`VOCABULARY`].
    pub fn at(index: usize) -> Option<Self> {
        VOCABULARY.get(index)?;
        u16::try_from(index).ok().map(Self)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        self.def().name
    }

    /// The id of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        index::find(name)
    }

    /// Every id, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        (0u16..).map(Self).take(VOCABULARY.len())
    }
}

macro_rules! vocabulary {
    ($($id:ident = $name:literal, $ty:expr, $unit:ident, $scope:ident, $doc:literal;)*) => {
        /// Every fact a rule can name.
        pub const VOCABULARY: &[FactDef] = &[
            $(FactDef { name: $name, ty: $ty, unit: Unit::$unit, scope: Scope::$scope, doc: $doc },)*
        ];
        /// Places in the table, in its order.
        #[expect(
            non_camel_case_types,
            clippy::upper_case_acronyms,
            reason = "named like the constants they number"
        )]
        #[repr(u16)]
        enum Place {
            $($id,)*
        }
        $(
            #[doc = $doc]
            pub const $id: FactId = FactId(Place::$id as u16);
        )*
    };
}

/// What a process is for. The last five are programs of others beside those of the project: what
/// passes requests on, keeps data, holds jobs, remembers for a while, and shows people all of that.
pub const KINDS: &[&str] = &[
    "web", "worker", "release", "cron", "function", "proxy", "database", "broker", "cache",
    "console", "service",
];

vocabulary! {
    PLATFORM = "platform", Type::Text, None, Deployment, "Where the deployment runs, by the id of `opslint platforms`: `heroku`, `fly`, `cloud-run`.";
    MANIFEST = "manifest", Type::Text, None, Deployment, "Path of the file that describes the deployment: `staging/fly.toml`.";
    ENVIRONMENT = "environment", Type::Enum(&["production", "staging", "review", "development", "test"]), None, Deployment, "What the deployment is for, by its own name or that of its file or folder; `production` where no name says otherwise.";
    KIND = "kind", Type::Enum(KINDS), None, Process, "What the process is for.";
    NAME = "name", Type::Text, None, Process, "The name of the process in its manifest.";
    COMMAND = "command", Type::Text, None, Process, "The command as written.";
    SERVER = "server", Type::Enum(SERVERS), None, Process, "The program that serves, behind any wrappers.";
    SERVES = "serves", Type::Enum(&["http", "jobs", "once", "others"]), None, Process, "What the program does: it answers requests (`http`), works on jobs or hands them out (`jobs`), does its work and ends (`once`), or is for other programs, as a database and a proxy are (`others`). Of an interpreter, its code decides.";
    SERVER_KIND = "server_kind", Type::Enum(KINDS), None, Process, "What the program of a published image is, whatever the platform takes the process for: a `database` that a platform sends requests to.";
    DEV_SERVER = "dev_server", Type::Bool, None, Process, "Whether the program is a development server, or reloads code.";
    APP = "app", Type::Text, None, Process, "The application the server loads, as written: `shop.wsgi:application`.";
    FRAMEWORK = "framework", Type::Text, None, Process, "The web framework, where a file names it: `django`, `flask`, `fastapi`, `rails`.";
    FRAMEWORK_MAJOR_MAX = "framework_major_max", Type::Int, None, Process, "Highest major version of the framework that the requirements allow; not there where nothing keeps newer ones out.";
    PACKAGES_INSTALLED = "packages.installed", Type::List, None, Process, "Packages of Python that the build installs, as far as files ask for them, by their normalized names: `google-cloud-storage`. With a lock file, those of development too.";
    PACKAGES_LACKS = "packages.lacks", Type::List, None, Process, "Servers that the packages of a list without what they need in turn certainly do not bring.";
    PACKAGES_NEEDED_BY_OPTION = "packages.needed_by_option", Type::Text, None, Process, "Package that a worker class or another option of the server asks for, where it is certainly not installed: `gevent`.";
    PACKAGES_NEEDED_BY_DATABASE = "packages.needed_by_database", Type::Text, None, Process, "Package that the engine of Django's default database asks for, where it is certainly not installed: `psycopg2-binary`.";
    PACKAGES_NEEDED_BY_BROKER = "packages.needed_by_broker", Type::Text, None, Process, "Package that the address of Celery's broker or of its results asks for, where it is certainly not installed: `redis`.";
    PACKAGES_NEEDED_BY_CODE = "packages.needed_by_code", Type::List, None, Process, "Packages that the code imports when it is loaded, or that its settings name, which are certainly not installed: `django-cors-headers`.";
    PACKAGES_TOO_OLD_FOR_PYTHON = "packages.too_old_for_python", Type::Text, None, Process, "Package that the process imports, in a version that its Python cannot import: `Django 3.1.4`.";
    PACKAGES_FIRST_FOR_PYTHON = "packages.first_for_python", Type::Text, None, Process, "First version of that package which this Python imports: `Django 4.1`.";
    PACKAGES_UNNAMED = "packages.unnamed", Type::Bool, None, Process, "Whether something is installed that only its place is said of, so that it may be called anything: `git+https://…`, `-e .`.";
    PACKAGES_COMPLETE = "packages.complete", Type::Bool, None, Process, "Whether `packages.installed` has every package, with those that others need, as a lock file does.";
    PACKAGES_IMPORTED_MB = "packages.imported_mb", Type::Int, Megabytes, Process, "Memory that packages take in each worker because the application imports them when it is loaded, beside its framework; as measured for the package alone.";
    BUILD_COMMAND = "build.command", Type::Text, None, Process, "The command that builds what the process runs, as written.";
    BUILD_REQUIREMENTS = "build.requirements", Type::Text, None, Process, "File from which the builder of the platform installs packages of Python, whatever the command of the build does.";
    INTERFACE = "interface", Type::Enum(&["wsgi", "asgi"]), None, Process, "The interface the worker class speaks to the application.";

    WORKERS = "workers", Type::Int, Count, Process, "Worker processes one instance starts.";
    THREADS = "threads", Type::Int, Count, Process, "Threads in each worker that handle requests or jobs.";
    WORKER_CLASS = "worker_class", Type::Text, None, Process, "How a worker handles requests: `sync`, `gthread`, `gevent`, `asgi`, or an import path.";
    WORKER_CONNECTIONS = "worker_connections", Type::Int, Count, Process, "Connections that one worker accepts at once.";
    CONCURRENCY = "concurrency", Type::Int, Count, Process, "Requests or jobs that one instance works on at once.";
    TIMEOUT_S = "timeout_s", Type::Number, Seconds, Process, "Seconds after which the server kills a worker that does not answer; 0 is never.";
    GRACEFUL_TIMEOUT_S = "graceful_timeout_s", Type::Number, Seconds, Process, "Seconds that the server gives requests in flight when it is told to stop.";
    KEEPALIVE_S = "keepalive_s", Type::Number, Seconds, Process, "Seconds that an idle client connection is kept open.";
    MAX_REQUESTS = "max_requests", Type::Int, Count, Process, "Requests or jobs after which a worker is replaced; 0 is never.";
    MAX_REQUESTS_JITTER = "max_requests_jitter", Type::Int, Count, Process, "Largest random addition to `max_requests`.";
    PRELOAD = "preload", Type::Bool, None, Process, "Whether the application is loaded before workers are forked.";
    BIND = "bind", Type::List, None, Process, "Addresses the server listens on, as the server sees them.";
    BIND_HOST = "bind_host", Type::Text, None, Process, "Host of the address the server listens on.";
    PORT = "port", Type::Int, Port, Process, "Port the server listens on.";
    RELOAD = "reload", Type::Bool, None, Process, "Whether the server restarts when code changes.";
    SERVER_LISTEN = "server_listen", Type::Text, None, Process, "How the command tells the server to listen on all addresses, with `{}` for the port: `--host 0.0.0.0 --port {}`.";
    SERVER_VERSION = "server_version", Type::Text, None, Process, "Version of the package that has the server, where what the build installs allows only one.";
    CONFIG_FILE = "config_file", Type::Text, None, Process, "Configuration file in which options of the server stand; null where the command says them all.";
    WORKER_TMP_DIR = "worker_tmp_dir", Type::Text, None, Process, "Folder of the workers' heartbeat files.";
    WORKERS_FROM_CPU_COUNT = "workers_from_cpu_count", Type::Bool, None, Process, "Whether the number of workers is computed from the CPUs the program sees.";

    MACHINE_PLAN = "machine.plan", Type::Text, None, Process, "Plan or size of the machine.";
    MACHINE_CPUS = "machine.cpus", Type::Number, Count, Process, "CPUs that the plan pays for; may be a fraction.";
    MACHINE_CPU_KIND = "machine.cpu_kind", Type::Text, None, Process, "`shared` or `dedicated`, as the platform says it.";
    MACHINE_MEMORY_MB = "machine.memory_mb", Type::Int, Megabytes, Process, "Memory of one instance.";
    MACHINE_MIN_MEMORY_MB = "machine.min_memory_mb", Type::Int, Megabytes, Process, "Least memory that an instance with these CPUs can have.";
    MACHINE_MAX_MEMORY_MB = "machine.max_memory_mb", Type::Int, Megabytes, Process, "Most memory that an instance with these CPUs can have.";
    MACHINE_STEP_MEMORY_MB = "machine.step_memory_mb", Type::Int, Megabytes, Process, "Memory of an instance is a multiple of this.";
    MACHINE_CPUS_OFFERED = "machine.cpus_offered", Type::Bool, None, Process, "Whether the platform has machines with this number of CPUs.";
    MACHINE_SWAP_MB = "machine.swap_mb", Type::Int, Megabytes, Process, "Swap of one instance.";
    MACHINE_VISIBLE_CPUS = "machine.visible_cpus", Type::Int, Count, Process, "What `cpu_count()` returns there; on shared hosts not what is paid for.";
    MACHINE_PRICE_USD_MONTH = "machine.price_usd_month", Type::Number, UsdMonth, Process, "Price of one instance that runs all month.";
    MEMORY_PER_WORKER_MB = "memory_per_worker_mb", Type::Int, Megabytes, Process, "Memory that one worker takes.";
    MEMORY_NEEDED_MB = "memory_needed_mb", Type::Int, Megabytes, Process, "Memory that the server and its workers take together.";

    SCALE_MIN = "scale.min", Type::Int, Count, Process, "Fewest instances.";
    SCALE_MAX = "scale.max", Type::Int, Count, Process, "Most instances.";
    SCALE_LIMIT = "scale.limit", Type::Int, Count, Process, "Most instances that the platform or the plan allows.";
    SCALE_AUTOSCALING = "scale.autoscaling", Type::Bool, None, Process, "Whether the platform adds and removes instances by load.";
    SCALE_STOPS_WHEN_IDLE = "scale.stops_when_idle", Type::Bool, None, Process, "Whether the platform stops instances without traffic.";

    ROUTER_REQUEST_TIMEOUT_S = "router.request_timeout_s", Type::Number, Seconds, Process, "Seconds the platform's router waits for the first byte of a response.";
    ROUTER_REQUEST_TIMEOUT_MAX_S = "router.request_timeout_max_s", Type::Number, Seconds, Process, "Most seconds that a file can ask the router to wait.";
    ROUTER_IDLE_TIMEOUT_S = "router.idle_timeout_s", Type::Number, Seconds, Process, "Seconds without a byte after which the router closes a connection.";
    ROUTER_KEEPALIVE_TIMEOUT_S = "router.keepalive_timeout_s", Type::Number, Seconds, Process, "Seconds that the router keeps an idle connection to the server for reuse.";
    ROUTER_BODY_LIMIT_MB = "router.body_limit_mb", Type::Number, Megabytes, Process, "Largest request body the router passes on.";
    ROUTER_PORT = "router.port", Type::Int, Port, Process, "Port the router sends requests to.";
    ROUTER_KEEPS_SESSIONS = "router.keeps_sessions", Type::Bool, None, Process, "Whether the router sends the requests of a client to the same instance each time.";
    ROUTER_HTTPS_ONLY = "router.https_only", Type::Bool, None, Process, "Whether the router sends plain HTTP requests on to HTTPS.";
    ROUTER_SOFT_LIMIT = "router.soft_limit", Type::Int, Count, Process, "Load at which the router prefers other instances.";
    ROUTER_HARD_LIMIT = "router.hard_limit", Type::Int, Count, Process, "Load at which the router sends nothing more.";
    ROUTER_HARD_LIMIT_MAX = "router.hard_limit_max", Type::Int, Count, Process, "Highest `router.hard_limit` that a file can ask for.";

    HEALTH_CHECK_PATH = "health_check.path", Type::Text, None, Process, "Path the platform asks for; none when it only opens a connection.";
    HEALTH_CHECK_REDIRECT_IS_HEALTHY = "health_check.redirect_is_healthy", Type::Bool, None, Process, "Whether an answer that sends the check on to another address counts as healthy.";
    HEALTH_CHECK_INTERVAL_S = "health_check.interval_s", Type::Number, Seconds, Process, "Seconds between two checks.";
    HEALTH_CHECK_TIMEOUT_S = "health_check.timeout_s", Type::Number, Seconds, Process, "Seconds that a check waits for an answer.";
    HEALTH_CHECK_GRACE_S = "health_check.grace_s", Type::Number, Seconds, Process, "Seconds after the start in which checks do not count.";

    HEALTH_CHECK_PORT = "health_check.port", Type::Int, Port, Process, "Port of the container's own address that the command of the check asks.";
    SHUTDOWN_SIGNAL = "shutdown.signal", Type::Text, None, Process, "Signal that asks the process to stop.";
    SHUTDOWN_GRACE_S = "shutdown.grace_s", Type::Number, Seconds, Process, "Seconds between that signal and SIGKILL.";
    SHUTDOWN_GRACE_MAX_S = "shutdown.grace_max_s", Type::Number, Seconds, Process, "Most seconds of `shutdown.grace_s` that a file can ask for.";
    BOOT_TIMEOUT_S = "boot_timeout_s", Type::Number, Seconds, Process, "Seconds in which the process must listen on its port.";

    DATABASE_PLAN = "database.plan", Type::Text, None, Deployment, "Plan of the database.";
    DATABASE_CONNECTIONS_MAX = "database.connections_max", Type::Int, Count, Deployment, "Connections that the database accepts.";
    DATABASE_CONN_MAX_AGE_S = "database.conn_max_age_s", Type::Number, Seconds, Process, "Seconds that the application keeps a database connection between requests; 0 closes it after each, null never does.";
    CONNECTIONS_PER_PROCESS = "connections_per_process", Type::Int, Count, Process, "Database connections that one worker process may open.";
    CONNECTIONS_NEEDED = "connections_needed", Type::Int, Count, Deployment, "Database connections that all processes can open together.";
    BROKER_EVICTION = "broker.eviction_policy", Type::Text, None, Deployment, "What the store that holds jobs drops when its memory is full: `noeviction`, `allkeys-lru`.";
    PRICE_USD_MONTH = "price_usd_month", Type::Number, UsdMonth, Deployment, "Price of all instances that run all month.";
    PURPOSE = "purpose", Type::Enum(&["production", "development"]), None, Process, "Whether the file deploys the process, or is for a developer's machine, where files of such a kind are for both.";
    PUBLISHED_PORTS = "published_ports", Type::List, None, Process, "Ports of the host that lead to the process, each with the address that they are open on: `0.0.0.0:5432`.";
    ANSWERED_PORTS = "answered_ports", Type::List, None, Process, "Those of `published_ports` that lead to a port on which the program listens; all of them, where that is not known.";
    PUBLISHED_TARGETS = "published_targets", Type::List, None, Process, "The port of the container behind each of `published_ports`: 8000.";
    RESTART_POLICY = "restart_policy", Type::Text, None, Process, "When the container is started again after it has ended: `no`, `always`, `unless-stopped`, `on-failure`.";
    IMAGE_NAME = "image.name", Type::Text, None, Process, "Image that the process runs in, where it is not built here, without its version: `postgres`.";
    IMAGE_VERSION = "image.version", Type::Text, None, Process, "Tag of that image: `17-alpine`.";
    IMAGE_DATA_PATH = "image.data_path", Type::Text, None, Process, "Folder in which the program of the image keeps its data.";
    MEASURED_MEMORY_MB = "measured.memory_mb", Type::Int, Megabytes, Process, "Memory that one instance takes at most in 95 % of the time, as it was measured.";
    MEASURED_GROWTH_MB_PER_HOUR = "measured.growth_mb_per_hour", Type::Number, None, Process, "Megabytes by which the memory of an instance grows in an hour, as it was measured; 0 when it is not sure to grow.";
    MEASURED_MEMORY_FULL_AFTER_S = "measured.memory_full_after_s", Type::Number, Seconds, Process, "Seconds in which growing takes an instance from its median memory to all that its machine has.";
    MEASURED_MEMORY_KILLS = "measured.memory_kills", Type::Int, Count, Process, "How often an instance was killed for its memory while it was measured.";
    MEASURED_RESPONSE_P50_S = "measured.response_p50_s", Type::Number, Seconds, Process, "Seconds that half of the requests took at most.";
    MEASURED_RESPONSE_MEAN_S = "measured.response_mean_s", Type::Number, Seconds, Process, "Seconds that a request took on average, or half of them at most where the average is not told; it decides how many requests a worker can take.";
    MEASURED_RESPONSE_P99_S = "measured.response_p99_s", Type::Number, Seconds, Process, "Seconds that 99 % of the requests took at most.";
    MEASURED_QUEUE_P95_S = "measured.queue_p95_s", Type::Number, Seconds, Process, "Seconds that 95 % of the requests waited at most until an instance took them.";
    MEASURED_BOOT_S = "measured.boot_s", Type::Number, Seconds, Process, "Seconds that the slowest start of an instance took.";
    MEASURED_REQUESTS_PER_MINUTE = "measured.requests_per_minute", Type::Number, Count, Process, "Requests a minute, as the mean of all minutes.";
    MEASURED_PEAK_PER_MINUTE = "measured.peak_per_minute", Type::Int, Count, Process, "Requests in the busiest minute.";
    MEASURED_CONNECTIONS_REFUSED = "measured.connections_refused", Type::Int, Count, Process, "How often the database had no connection left.";
    MEASURED_COLD_START_PERCENT = "measured.cold_start_percent", Type::Number, Count, Process, "Of 100 runs of a function, how many had to start an environment first.";
    EXPOSED_PORT = "exposed_port", Type::Int, Port, Process, "Port that the image says it listens on: `EXPOSE`.";
    IMAGE_USER = "image.user", Type::Text, None, Process, "User that the image runs as; null is root.";
    SHELL_IS_PID1 = "shell_is_pid1", Type::Bool, None, Process, "Whether a shell stays the first process, so that the server never gets the signal to stop.";
    RUNTIME_PYTHON = "runtime.python", Type::Text, None, Process, "Version of Python that the files ask for, as written: `3.12` or `3.12.4`.";
    RUNTIME_PYTHON_STATUS = "runtime.python_status", Type::Enum(&["supported", "ended"]), None, Process, "Whether this version of Python still gets security fixes.";
    RUNTIME_PYTHON_END = "runtime.python_end", Type::Text, None, Process, "Last day on which it gets them, such as `2027-10-31`.";
    RUNTIME_LANGUAGE = "runtime.language", Type::Text, None, Process, "Language that the program is written in: `python`, `node`, `ruby`.";
    RUNTIME_VERSION = "runtime.version", Type::Text, None, Process, "Version of that language that the files ask for, as written.";
    RUNTIME_VERSION_STATUS = "runtime.version_status", Type::Enum(&["supported", "ended"]), None, Process, "Whether this version still gets security fixes.";
    RUNTIME_VERSION_END = "runtime.version_end", Type::Text, None, Process, "Last day on which it gets them.";
    RUNTIME_HEAP_MB = "runtime.heap_mb", Type::Int, Megabytes, Process, "Largest heap that the options of the runtime allow: `-Xmx`, `--max-old-space-size`.";
    RUNTIME_HEAP_PERCENT = "runtime.heap_percent", Type::Number, Count, Process, "Part of the machine's memory that the heap may grow to, of 100: `-XX:MaxRAMPercentage`.";
    RUNTIME_STACK = "runtime.stack", Type::Text, None, Process, "Operating system that the platform builds on: `heroku-24`.";
    RUNTIME_STACK_STATUS = "runtime.stack_status", Type::Enum(&["supported", "deprecated", "ended"]), None, Process, "Whether the platform still supports it; `ended` when it gets no security fixes any more.";
    RUNTIME_STACK_END = "runtime.stack_end", Type::Text, None, Process, "Last day on which it gets them.";
    STORAGE_PATH = "storage.path", Type::Text, None, Process, "Folder in which a disk that outlives the process is mounted.";
    STORAGE_PATHS = "storage.paths", Type::List, None, Process, "Every folder in which a disk that outlives the process is mounted.";
    STORAGE_MAY_HAVE_DATA = "storage.may_have_data", Type::List, None, Process, "Every folder in which a disk is mounted that may have data before the process first starts: an external volume, a folder of the host, a claim.";
    MOUNTS_PATHS = "mounts.paths", Type::List, None, Process, "Every folder or file of the container in whose place the platform puts something else, whether it outlives the process or not.";
    STORAGE_MISSES_DATABASE = "storage.misses_database", Type::Text, None, Process, "File of Django's default database, or of the one that the code opens, where the process has a disk that outlives it and the file is certainly not there: `/app/db.sqlite3`.";
    STORAGE_MISSES_UPLOADS = "storage.misses_uploads", Type::Text, None, Process, "Folder of uploads, `MEDIA_ROOT` of Django or the one that the code names, where the process has a disk that outlives it and the folder is certainly not there: `/app/media`.";
    STORAGE_SIZE_MB = "storage.size_mb", Type::Int, Megabytes, Process, "Size of that disk.";
    REGION = "region", Type::Text, None, Deployment, "Region the deployment runs in, by the platform's name for it.";
    FUNCTION_MEMORY_MB = "function.memory_mb", Type::Int, Megabytes, Process, "Memory of a function.";
    FUNCTION_TIMEOUT_S = "function.timeout_s", Type::Number, Seconds, Process, "Seconds after which the platform ends a function.";
    FUNCTION_TRIGGER = "function.trigger", Type::Enum(TRIGGERS), None, Process, "What calls the function. With several, one that a client waits for comes first.";
    FUNCTION_TRIGGERS = "function.triggers", Type::List, None, Process, "Everything that calls the function, by the names of `function.trigger`.";
    FUNCTION_HANDLER = "function.handler", Type::Text, None, Process, "What the platform calls in the code of a function: `app.handler`.";
    FUNCTION_RUNTIME = "function.runtime", Type::Text, None, Process, "Language and version that runs a function: `python3.12`.";
    FUNCTION_ARCHITECTURE = "function.architecture", Type::Text, None, Process, "Processor that a function runs on, by the platform's name for it: `arm64`.";
    FUNCTION_RUNTIME_STATUS = "function.runtime_status", Type::Enum(&["supported", "deprecated", "blocked"]), None, Process, "Whether the platform supports the runtime; `blocked` when functions that use it cannot be updated.";
    FUNCTION_RUNTIME_END = "function.runtime_end", Type::Text, None, Process, "Day on which support of the runtime ends, such as `2029-06-30`.";
    FUNCTION_MEMORY_MIN_MB = "function.memory_min_mb", Type::Int, Megabytes, Process, "Least memory that such a function can have.";
    FUNCTION_MEMORY_MAX_MB = "function.memory_max_mb", Type::Int, Megabytes, Process, "Most memory that such a function can have.";
    FUNCTION_TIMEOUT_MIN_S = "function.timeout_min_s", Type::Number, Seconds, Process, "Shortest timeout that the platform allows for such a function.";
    FUNCTION_TIMEOUT_MAX_S = "function.timeout_max_s", Type::Number, Seconds, Process, "Longest timeout that the platform allows for such a function.";
    FUNCTION_CONCURRENCY = "function.concurrency", Type::Int, Count, Process, "Most instances of a function that run at once.";
    RESERVED_CONCURRENCY = "reserved_concurrency", Type::Int, Count, Deployment, "Executions at once that all functions reserve together.";
    ACCOUNT_CONCURRENCY = "account_concurrency", Type::Int, Count, Deployment, "Executions at once that the account has for all its functions.";
    UNRESERVED_CONCURRENCY_MIN = "unreserved_concurrency_min", Type::Int, Count, Deployment, "Executions of the account that no function may reserve.";
    QUEUE_VISIBILITY_S = "queue.visibility_s", Type::Number, Seconds, Process, "Seconds after which a queue gives a message that a process works on to another one.";
    RESERVED_VARIABLES = "reserved_variables", Type::List, None, Process, "Variables that files set under names which the platform keeps for itself.";
    FUNCTION_TEMPORARY_STORAGE_MB = "function.temporary_storage_mb", Type::Int, Megabytes, Process, "Disk that a function may write to while it runs.";
    FUNCTION_TEMPORARY_STORAGE_MIN_MB = "function.temporary_storage_min_mb", Type::Int, Megabytes, Process, "Least such disk that a function can have.";
    FUNCTION_TEMPORARY_STORAGE_MAX_MB = "function.temporary_storage_max_mb", Type::Int, Megabytes, Process, "Most such disk that a function can have.";
    FUNCTION_PACKAGE_LIMIT_MB = "function.package_limit_mb", Type::Number, Megabytes, Process, "Largest unpacked code and dependencies of a function.";
    FUNCTION_PAYLOAD_LIMIT_MB = "function.payload_limit_mb", Type::Number, Megabytes, Process, "Largest request that reaches the function.";
    APP_LIMITS_UPLOAD_MB = "app_limits.upload_mb", Type::Number, Megabytes, Process, "Largest upload the application accepts.";
    APP_LIMITS_MEMORY_UPLOAD_MB = "app_limits.memory_upload_mb", Type::Number, Megabytes, Process, "Largest request body without files that the application reads.";
    APP_KEEPS_UPLOADS = "app_limits.keeps_uploads", Type::Bool, None, Process, "Whether the application keeps files that users upload in a folder, wherever that is.";
    APP_LIMITS_DEBUG = "app_limits.debug", Type::Bool, None, Process, "Whether the application's debug mode is on.";
    CODE_SCHEDULER = "code.scheduler", Type::Text, None, Process, "Scheduler that starts when the application is loaded, so in each process that loads it.";
    CODE_CONNECTION = "code.connection", Type::Text, None, Process, "Call that opens a connection when the application is loaded, where nothing closes it afterwards.";
    CODE_WEBSOCKET = "code.websocket", Type::Text, None, Process, "What in the application answers WebSocket requests.";
    CODE_SOCKETIO = "code.socketio", Type::Text, None, Process, "Server of Socket.IO in the application, which keeps the session of a client in one process.";
    CODE_LARGE_LIBRARY = "code.large_library", Type::Text, None, Process, "Library that the application loads and that takes several hundred megabytes.";
    CODE_MODEL = "code.model", Type::Text, None, Process, "Call that loads a model of machine learning when the application is loaded, so in each process that loads it: `spacy.load`.";
    CODE_RANDOM_SECRET = "code.random_secret", Type::Text, None, Process, "Setting that signs sessions and that is made at random when the application is loaded.";
    CODE_WRITTEN_SECRET = "code.written_secret", Type::Text, None, Process, "Setting that signs sessions and that is written in the code.";
    CODE_DEBUG_UNLESS = "code.debug_unless", Type::Text, None, Process, "Variable without which Django shows its debug pages, where no file sets it.";
    CODE_SECRET_UNLESS = "code.secret_unless", Type::Text, None, Process, "Variable without which sessions are signed with a key that is written in the code, where no file sets it.";
    CODE_DATABASE_FILE_UNLESS = "code.database_file_unless", Type::Text, None, Process, "Variable without which the application keeps its database in a file, where no file sets it.";
    CODE_LOCAL_LIMITER = "code.local_limiter", Type::Text, None, Process, "Limiter of requests that counts in the memory of its own process.";
    CODE_DATABASE_FILE = "code.database_file", Type::Text, None, Process, "Address of the file that the application opens as its database, where the code says so: `sqlite:///site.db`.";
    CODE_DATABASE_DIALECT = "code.database_dialect", Type::Text, None, Process, "Dialect that SQLAlchemy reads in the address of the application's database, where it is one that the installed version lacks: `postgres`.";
    CODE_OTHER_PORTS = "code.other_ports", Type::List, None, Process, "Ports that something asks for and that the code opens beside that of the server: 9102 of `start_http_server(9102)`.";
    CODE_CLIENT = "code.client", Type::Text, None, Process, "Package that makes the program a client of a chat service, where nothing in its code answers requests.";
    CODE_OWN_LOOPBACK = "code.own_loopback", Type::Text, None, Process, "Package that the code tells to connect to another service on the loopback of the process itself: `mongoose`.";
    CODE_DEVELOPMENT_UNLESS = "code.development_unless", Type::Text, None, Process, "Package that runs in its development mode because nothing sets `NODE_ENV`: `express`.";
    CODE_UPLOAD_FOLDER = "code.upload_folder", Type::Text, None, Process, "Folder in which the application keeps files that users upload, as the code says it.";
    CODE_LOCAL_SESSIONS = "code.local_sessions", Type::Text, None, Process, "Package that keeps the sessions of users in the memory of its own process, because it is told no store.";
    CODE_SESSION_FILES = "code.session_files", Type::Text, None, Process, "What keeps the sessions of users as files: `session-file-store`, `Laravel`.";
    CODE_SESSION_FILES_UNLESS = "code.session_files_unless", Type::Text, None, Process, "Variable without which the application keeps the sessions of users as files, where no file sets it.";
    CODE_JOBS = "code.jobs", Type::Text, None, Process, "Package whose workers for jobs the code starts: `bullmq`.";
    CODE_DROPS_JOBS = "code.drops_jobs", Type::Text, None, Process, "The same, where nothing in the code closes them when the process is told to stop.";
    CODE_SECURE_SESSIONS = "code.secure_sessions", Type::Text, None, Process, "Package whose session cookie is for HTTPS only, in code that trusts no proxy's word for it.";
    CODE_METRICS = "code.metrics", Type::Text, None, Process, "What gives out the metrics of its own process.";
    CODE_MISSING_MODULE = "code.missing_module", Type::Text, None, Process, "Module that the command names and that is not among the files of the project, where nothing shows another place for it: `shop.wsgi`.";
    CODE_SLASH_PATHS = "code.slash_paths", Type::List, None, Process, "Paths that the project knows only with a slash behind them, so that Django redirects to that one: `/healthz`.";
    CODE_FAILS_WITHOUT = "code.fails_without", Type::Text, None, Process, "Variable that the code reads without a default when it is loaded, where the manifest lists all variables of the process and this is none of them: `SECRET_KEY`.";
    JOBS_TAKEN_ELSEWHERE = "jobs.taken_elsewhere", Type::Bool, None, Process, "Whether another file of the project may start a worker that takes the jobs which the process sends by the clock.";
    CODE_SENDS_JOBS = "code.sends_jobs", Type::Text, None, Process, "Program that works on the jobs which functions of the code send: `celery`. Not there where a setting may run them in place, or where another file of the project may start such a program.";
    CODE_QUEUES = "code.queues", Type::List, None, Process, "Queues to which functions of the code certainly send jobs, as far as the code names them, and with the default of a program that has no settings for it: `mails`.";
    CODE_SENT_TASKS = "code.sent_tasks", Type::List, None, Process, "Tasks which functions of the code certainly send without a queue, so that settings say where they go: `shop.tasks.send_mail`; without the module where that is not known.";
    CODE_UNREAD_QUEUE = "code.unread_queue", Type::Text, None, Process, "Queue to which functions of the code send jobs, and from which no worker of the deployment takes any, where it is known of each worker what it takes, and no other file of the project may start one.";
    JOBS_QUEUES = "jobs.queues", Type::List, None, Process, "Queues that a worker takes jobs from: `default`, `mails`.";
    CODE_SENDS_JOBS_UNLESS = "code.sends_jobs_unless", Type::Text, None, Process, "Variable without which the jobs that the code sends wait for a worker, where no file sets it: `QUEUE_CONNECTION`.";
    CODE_SERVES_STATIC = "code.serves_static", Type::Text, None, Process, "What serves static files from within the application.";
    START_MIGRATION = "start.migration", Type::Text, None, Process, "Command that changes the tables of the database before the main program starts.";
    START_INSTALL = "start.install", Type::Text, None, Process, "Command that installs packages before the main program starts.";
    START_COLLECTSTATIC = "start.collectstatic", Type::Text, None, Process, "Command that collects static files before the main program starts.";
    START_BUILD = "start.build", Type::Text, None, Process, "Command that builds the application before the main program starts.";
    REQUIRES_WEBSOCKET_LIBRARY = "requires.websocket_library", Type::Bool, None, Process, "Whether the requirements bring a library that speaks WebSocket for the server.";
    REQUIRES_SD_NOTIFY = "requires.sd_notify", Type::Bool, None, Process, "Whether a package is asked for with which code tells systemd that it has started.";
    REQUIRES_PACKAGE_MB = "requires.package_mb", Type::Number, Megabytes, Process, "Unpacked size that the packages of the requirements have at least.";
    REQUIRES_LARGEST = "requires.largest", Type::Text, None, Process, "Largest of these packages.";
    COMMAND_PORT = "command_port", Type::Text, None, Process, "What the command itself puts into `PORT` for the program that it starts.";
    START_COMMANDS = "start.commands", Type::Text, None, Process, "Every command that starting the process leads through, in its scripts and its entry point too, one a line: what the main program is wrapped in, what runs before it and what runs beside it. What is not known stands there as it is written, such as `$PORT`.";
    START_KINDS = "start.kinds", Type::List, None, Process, "What the programs are that `start.commands` names beside the main one, as far as they are known: `proxy` (a tunnel too), `database`, `broker`, `cache`, `backup` for one that brings a database file back and keeps copies of it, and `server` where another one than the main program answers requests.";
    START_DEVELOPMENT_PACKAGE = "start.development_package", Type::Text, None, Process, "Package of Node.js that the command starts and that package.json has among `devDependencies` alone: `nodemon`.";
    START_FRONT = "start.front", Type::Text, None, Process, "Program that the command keeps in the foreground where the server is a daemon: `nginx` behind `php-fpm -D`. It gets the signal to stop.";
    START_VARIABLES = "start.variables", Type::List, None, Process, "Environment variables that the command and its scripts read and do not set themselves, as far as they are seen.";
    SHARED_NETWORK = "shared_network", Type::Enum(&["pod", "task", "host", "container"]), None, Process, "What the process shares its network with, so that `localhost` leads to other programs, too: the other containers of its pod or task, the host, or another container. Not there where it has a network of its own.";
    BACKGROUND = "background", Type::List, None, Process, "Programs that the command leaves running beside the main one.";
    CPU_ONLY_DURING_REQUESTS = "cpu_only_during_requests", Type::Bool, None, Process, "Whether the process has its CPU only while it works on a request.";
    HEALTH_CHECK_HEADERS = "health_check.headers", Type::List, None, Process, "Names of the headers that the check sends, in lower case, where the file gives it headers of its own.";
    HEALTH_CHECK_MISSING_TOOL = "health_check.missing_tool", Type::Text, None, Process, "Program that the command of the health check calls and that the image lacks.";
    HEALTH_CHECK_ACCEPTS_ERRORS = "health_check.accepts_errors", Type::Text, None, Process, "Program that the command of the health check calls in a way that succeeds whatever the answer says.";
    IMAGE_VERSION_STATUS = "image.version_status", Type::Enum(&["supported", "ended"]), None, Process, "Whether `image.version` still gets security fixes.";
    IMAGE_VERSION_END = "image.version_end", Type::Text, None, Process, "Last day on which it gets them.";
    IMAGE_OPEN_CONSOLE = "image.open_console", Type::Text, None, Process, "Console of a database, a broker or the host that the image is, where no variable makes it ask for a login.";
    IMAGE_INTERPRETER = "image.interpreter", Type::Text, None, Process, "Interpreter that an image runs because its Dockerfile names no program: it ends at once.";
    IMAGE_DOCKERFILE = "image.dockerfile", Type::Text, None, Process, "Dockerfile of the project that makes the image which the manifest names, as a path from the folder of opslint.toml.";
    IMAGE_BASE = "image.base", Type::Text, None, Process, "Image that the image of the process is built on, as `FROM` names it.";
    IMAGE_HEALTH_PATH = "image.health_path", Type::Text, None, Process, "Path that the `HEALTHCHECK` of the image asks, whether or not the platform runs it.";
    FUNCTION_WAY_OUT = "function.way_out", Type::Enum(&["internet-gateway", "other"]), None, Process, "What the subnets of a function lead out by, where the same file describes them.";
    BROKER_KIND = "broker.kind", Type::Enum(&["redis", "sqs", "amqp"]), None, Process, "What holds the jobs of a worker.";
    BROKER_PLAN = "broker.plan", Type::Text, None, Deployment, "Plan of the Redis store.";
    BROKER_CONNECTIONS_MAX = "broker.connections_max", Type::Int, Count, Deployment, "Connections that the Redis store accepts.";
    BROKER_CONNECTIONS_NEEDED = "broker.connections_needed", Type::Int, Count, Deployment, "Connections to the Redis store that the workers of all processes open together at least.";
    VARIABLES_OWN_LOOPBACK = "variables.own_loopback", Type::List, None, Process, "Variables, beside `DATABASE_URL`, whose value is an address on the loopback of the process itself, where another service of the same file runs what they ask for: `REDIS_URL`.";
    VARIABLES_OTHER_SERVICES = "variables.other_services", Type::List, None, Process, "Names of the services that the variables of `variables.own_loopback` ask for: `cache`.";
    VARIABLES_SET_FOR = "variables.set_for", Type::List, None, Process, "Names of the other processes for which the manifest sets the variable of `code.fails_without`.";
    VARIABLES_SIGNING_KEY = "variables.signing_key", Type::Text, None, Process, "First variable with a key that signs sessions or tokens whose value a file says, beside those that are made up for a step of the build: `SECRET_KEY_BASE`.";
VARIABLES_GUESSED_PASSWORD = "variables.guessed_password", Type::Text, None, Process, "First variable that gives the image of a database, broker or service a password which is tried first: `MYSQL_ROOT_PASSWORD`.";
    VARIABLES_NEEDED = "variables.needed", Type::Text, None, Process, "Variable that its image asks for where it has no data yet, when neither it nor another one of the same kind is set: `POSTGRES_PASSWORD`.";
    VARIABLES_NO_PASSWORD = "variables.no_password", Type::Text, None, Process, "First variable that has the image of a database ask nobody for a password: `MYSQL_ALLOW_EMPTY_PASSWORD`.";
    PROXY_PROGRAM = "proxy.program", Type::Text, None, Process, "The proxy in front of the server whose configuration is read: `nginx`, `Caddy`, `HAProxy`.";
    PROXY_BODY_LIMIT_MB = "proxy.body_limit_mb", Type::Number, Megabytes, Process, "Largest request body that the proxy in front of the server passes on.";
    PROXY_READ_TIMEOUT_S = "proxy.read_timeout_s", Type::Number, Seconds, Process, "Seconds that the proxy in front of the server waits for it between two reads.";
    PROXY_CONNECT_TIMEOUT_S = "proxy.connect_timeout_s", Type::Number, Seconds, Process, "Seconds that the proxy in front of the server waits for a connection to it.";
    PROXY_SEND_TIMEOUT_S = "proxy.send_timeout_s", Type::Number, Seconds, Process, "Seconds that the proxy in front of the server waits between two writes to it.";
    PROXY_BUFFERS_REQUESTS = "proxy.buffers_requests", Type::Bool, None, Process, "Whether the proxy in front of the server has the whole request before the server gets it.";
    PROXY_BUFFERS_RESPONSES = "proxy.buffers_responses", Type::Bool, None, Process, "Whether the proxy in front of the server takes in a response as fast as the server gives it.";
    PROXY_PROTOCOL = "proxy.protocol", Type::Text, None, Process, "What the proxy in front of the server speaks to it: `http`, `uwsgi`, `fastcgi`, `scgi`, `grpc`.";
    PROXY_PORT = "proxy.port", Type::Int, Port, Process, "Port of the server that the proxy in front of it sends requests to.";
    PROXY_OWN_LOOPBACK = "proxy.own_loopback", Type::Text, None, Process, "For a proxy alone in its container: the first address of that container itself that it passes requests to.";
    PROXY_UNKNOWN_HOST = "proxy.unknown_host", Type::Text, None, Process, "For a proxy: the first name that it passes requests to and that nothing beside it has.";
    PROXY_TERMINATES_TLS = "proxy.terminates_tls", Type::Bool, None, Process, "Whether the proxy in front of the server takes HTTPS from clients itself.";
    PROXY_SETS_FORWARDED_PROTO = "proxy.sets_forwarded_proto", Type::Bool, None, Process, "Whether the proxy in front of the server says in `X-Forwarded-Proto` how the client came.";
    PROXY_OWN_HOST = "proxy.own_host", Type::Text, None, Process, "Host that the proxy in front of the server names because nothing tells it to pass on the client's: the name behind `proxy_pass`.";
    PROXY_PASSES_HOST = "proxy.passes_host", Type::Bool, None, Process, "Whether the proxy in front of the server passes on the host that the client asked for.";
    PROXY_PASSES_UPGRADE = "proxy.passes_upgrade", Type::Bool, None, Process, "Whether the proxy in front of the server passes on the wish to change to WebSocket.";

    PLATFORM_ROUTES_FROM_OUTSIDE = "platform.routes_from_outside", Type::Bool, None, Deployment, "Whether a router outside of the instance passes requests to web processes, so that a server on a loopback address gets none.";
    PLATFORM_OWN_NETWORK = "platform.own_network", Type::Bool, None, Deployment, "Whether each instance has a network of its own, so that a loopback address reaches only programs in it.";
    PLATFORM_TERMINATES_TLS = "platform.terminates_tls", Type::Bool, None, Deployment, "Whether the router ends TLS and speaks plain HTTP to the process.";
    PLATFORM_SETS_FORWARDED_PROTO = "platform.sets_forwarded_proto", Type::Bool, None, Deployment, "Whether the router says in `X-Forwarded-Proto` how the client came.";
    PLATFORM_SETS_FORWARDED_ALLOW_IPS = "platform.sets_forwarded_allow_ips", Type::Bool, None, Deployment, "Whether the platform sets `FORWARDED_ALLOW_IPS`, so that servers believe the router.";
    PLATFORM_ROUTER_BUFFERS_REQUESTS = "platform.router_buffers_requests", Type::Bool, None, Deployment, "Whether the whole request body is there before the process gets the request.";
    PLATFORM_ROUTER_BUFFERS_RESPONSES = "platform.router_buffers_responses", Type::Bool, None, Deployment, "Whether the process is free before a slow client has read its response.";
    PLATFORM_ROUTER_BALANCING = "platform.router_balancing", Type::Enum(&["random", "round-robin", "least-loaded"]), None, Deployment, "How the router picks the instance for a request.";
    PLATFORM_CHECKS_HTTP = "platform.checks_http", Type::Bool, None, Deployment, "Whether a health check is an HTTP request where no file says what it is.";
    PLATFORM_CHECK_HOST_HEADER = "platform.check_host_header", Type::Text, None, Deployment, "The host that such a request names: `address` (that of the instance), `domain` (the public one), or a name.";
    PLATFORM_CHECKS_AFTER_DEPLOY = "platform.checks_after_deploy", Type::Bool, None, Deployment, "Whether health checks go on after the deploy.";
    PLATFORM_RESTARTS_FAILING = "platform.restarts_failing", Type::Bool, None, Deployment, "Whether an instance whose checks fail is restarted.";
    PLATFORM_EPHEMERAL_DISK = "platform.ephemeral_disk", Type::Bool, None, Deployment, "Whether files that are not on a volume are lost when an instance is replaced.";
    PLATFORM_COMMAND_RUNS_IN_SHELL = "platform.command_runs_in_shell", Type::Bool, None, Deployment, "Whether the command of a process is given to a shell.";
    PLATFORM_SIGTERM_TO_ALL_PROCESSES = "platform.sigterm_to_all_processes", Type::Bool, None, Deployment, "Whether the signal to stop goes to every process of an instance, not only to the first one.";
    PLATFORM_INJECTS_PORT = "platform.injects_port", Type::Bool, None, Deployment, "Whether the platform sets `PORT` for web processes.";
    PLATFORM_DATABASE_SCHEME = "platform.database_scheme", Type::Text, None, Deployment, "Scheme of the address of the platform's PostgreSQL in `DATABASE_URL`, which it sets where such a database is attached: `postgres`.";
    PLATFORM_SCALES_TO_ZERO = "platform.scales_to_zero", Type::Bool, None, Deployment, "Whether all instances stop without traffic where no file says otherwise.";
    PLATFORM_CPU_ONLY_DURING_REQUESTS = "platform.cpu_only_during_requests", Type::Bool, None, Deployment, "Whether a process has its CPU only while it works on a request, where no file says otherwise.";
    PLATFORM_SINGLE_HOST = "platform.single_host", Type::Bool, None, Deployment, "Whether all processes run on one host and can share its disk.";
    PLATFORM_RELEASE_PHASE = "platform.release_phase", Type::Bool, None, Deployment, "Whether a command can run once for each release, before its instances start.";
    PLATFORM_BUILDS_IMAGE = "platform.builds_image", Type::Bool, None, Deployment, "Whether the platform builds the Dockerfile of the repository.";
    PLATFORM_DEPLOYS_OVERLAP = "platform.deploys_overlap", Type::Bool, None, Deployment, "Whether old and new instances run at the same time during a deploy, where no file says otherwise.";
    PLATFORM_REMOTE_SHELL = "platform.remote_shell", Type::Bool, None, Deployment, "Whether somebody can open a shell in a running instance.";
    PLATFORM_ADVICE_GRACE = "platform.advice_grace", Type::Text, None, Deployment, "The order that sets the seconds between the signal to stop and the kill, with a gap for them.";
    PLATFORM_ADVICE_CHECK_GRACE = "platform.advice_check_grace", Type::Text, None, Deployment, "What is to be set for a health check to count later.";
    PLATFORM_ADVICE_CHECK_PATH = "platform.advice_check_path", Type::Text, None, Deployment, "The order that makes the platform ask a path.";
    PLATFORM_ADVICE_VARIABLE = "platform.advice_variable", Type::Text, None, Deployment, "Where an environment variable is set.";
    PLATFORM_ADVICE_SECRET = "platform.advice_secret", Type::Text, None, Deployment, "Where a variable is set that nobody may read in the repository.";
    PLATFORM_ADVICE_RELEASE = "platform.advice_release", Type::Text, None, Deployment, "Where a command stands that runs once for each release.";
    PLATFORM_ADVICE_BUILD = "platform.advice_build", Type::Text, None, Deployment, "Where a command stands that runs in the build.";
    PLATFORM_ADVICE_STAYS = "platform.advice_stays", Type::Text, None, Deployment, "The order that keeps an instance running without requests.";
    PLATFORM_ADVICE_INSTANCES = "platform.advice_instances", Type::Text, None, Deployment, "The order that sets the number of instances, with a gap for it.";
    PLATFORM_ADVICE_MEMORY = "platform.advice_memory", Type::Text, None, Deployment, "What says how much memory a process has.";
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn ids_point_at_their_own_row() {
        assert_eq!(WORKERS.name(), "workers");
        assert_eq!(APP_LIMITS_UPLOAD_MB.name(), "app_limits.upload_mb");
        for id in FactId::all() {
            assert_eq!(FactId::from_name(id.name()), Some(id));
        }
    }

    #[test]
    fn the_unit_is_part_of_the_name() {
        for def in VOCABULARY {
            let suffix = match def.unit {
                Unit::Seconds => "_s",
                Unit::Megabytes => "_mb",
                Unit::UsdMonth => "_usd_month",
                Unit::Port => "port",
                Unit::None | Unit::Count => continue,
            };
            assert!(def.name.ends_with(suffix), "`{}` should end in `{suffix}`", def.name);
        }
    }
}
