//! Methods that a configuration may call: of Puma as puma 5.6.5 to 7 have them, with its plugins,
//! and of Unicorn as 6.0.0 has them.

/// The language of a configuration: methods of the object that it sets up.
#[derive(Debug)]
pub(in crate::programs::listed) struct Dsl {
    /// Whose it is.
    pub(super) title: &'static str,
    /// Methods that set what is read here.
    settings: &'static [&'static str],
    /// Methods that set something else, or say what is done later.
    others: &'static [&'static str],
}

impl Dsl {
    /// Whether a method may set what is read here.
    pub(super) fn sets(&self, method: &str) -> bool {
        self.settings.contains(&method) || RUNS_ANYTHING.contains(&method)
    }

    /// Whether a method sets nothing of what is read here.
    pub(super) fn passes_over(&self, method: &str) -> bool {
        self.others.contains(&method) || RUBY.contains(&method)
    }
}

/// Methods of Ruby that may call any other.
const RUNS_ANYTHING: &[&str] =
    &["load", "instance_eval", "instance_exec", "eval", "send", "public_send"];

/// Methods of Ruby that set nothing.
const RUBY: &[&str] = &[
    "abort",
    "at_exit",
    "freeze",
    "lambda",
    "p",
    "pp",
    "print",
    "printf",
    "proc",
    "puts",
    "raise",
    "require",
    "require_relative",
    "srand",
    "trap",
    "warn",
];

/// The language of config/puma.rb.
pub(super) const PUMA: Dsl = Dsl { title: "Puma", settings: SETTINGS, others: OTHERS };

/// The language of config/unicorn.rb.
///
/// Source: `lib/unicorn/configurator.rb` of unicorn 6.0.0
pub(in crate::programs::listed) const UNICORN: Dsl = Dsl {
    title: "Unicorn",
    settings: &["worker_processes", "timeout", "preload_app", "listen"],
    others: &[
        "after_fork",
        "after_worker_exit",
        "after_worker_ready",
        "before_exec",
        "before_fork",
        "check_client_connection",
        "client_body_buffer_size",
        "default_middleware",
        "early_hints",
        "logger",
        "pid",
        "rewindable_input",
        "stderr_path",
        "stdout_path",
        "user",
        "worker_exec",
        "working_directory",
    ],
};

/// Methods that set what is read here.
const SETTINGS: &[&str] = &[
    "workers",
    "threads",
    "port",
    "bind",
    "ssl_bind",
    "clear_binds!",
    "set_default_host",
    "preload_app!",
    "persistent_timeout",
    "enable_keep_alives",
];

/// Methods that set something else, or say what is done later.
const OTHERS: &[&str] = &[
    "activate_control_app",
    "after_booted",
    "after_refork",
    "after_stopped",
    "after_worker_boot",
    "after_worker_fork",
    "after_worker_shutdown",
    "app",
    "before_fork",
    "before_refork",
    "before_restart",
    "before_thread_exit",
    "before_thread_start",
    "before_worker_boot",
    "before_worker_fork",
    "before_worker_shutdown",
    "bind_to_activated_sockets",
    "clean_thread_locals",
    "debug",
    "directory",
    "drain_on_shutdown",
    "early_hints",
    "environment",
    "extra_runtime_dependencies",
    "fiber_per_request",
    "first_data_timeout",
    "force_shutdown_after",
    "fork_worker",
    "get",
    "http_content_length_limit",
    "idle_timeout",
    "io_selector_backend",
    "log_formatter",
    "log_requests",
    "lowlevel_error_handler",
    "max_fast_inline",
    "max_keep_alive",
    "mutate_stdout_and_stderr_to_sync_on_write",
    "nakayoshi_fork",
    "on_booted",
    "on_refork",
    "on_restart",
    "on_stopped",
    "on_thread_exit",
    "on_thread_start",
    "on_worker_boot",
    "on_worker_fork",
    "on_worker_shutdown",
    "out_of_band",
    "pidfile",
    "prune_bundler",
    "queue_requests",
    "quiet",
    "rack_url_scheme",
    "rackup",
    "raise_exception_on_sigterm",
    "restart_command",
    "set_remote_address",
    "shutdown_debug",
    "silence_fork_callback_warning",
    "silence_single_worker_warning",
    "state_path",
    "state_permission",
    "stdout_redirect",
    "supported_http_methods",
    "tag",
    "wait_for_less_busy_worker",
    "worker_boot_timeout",
    "worker_check_interval",
    "worker_culling_strategy",
    "worker_shutdown_timeout",
    "worker_timeout",
];

/// Plugins that set nothing of what is read here.
pub(super) const PLUGINS: &[&str] = &[
    "solid_queue",
    "statsd",
    "systemd",
    "tailwindcss",
    "tmp_restart",
    "yabeda",
    "yabeda_prometheus",
];
