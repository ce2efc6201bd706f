//! Tables of functions: runtimes, what calls them, tools that deploy them, ways of scaling.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::super::load::{LoadError, Resolver};
use super::super::sourced::{Date, Source, Sourced};
use super::{ColumnSources, rows};

rows! {
    /// A language and version that functions can ask for by a name.
    Runtime, RawRuntime {
        required {
            /// The name in files: `python3.12`.
            name: String,
        }
        optional {}
        columns {
            /// Version of Python that it brings.
            python: String,
            /// The day on which the platform stops to support it.
            deprecated: Date,
            /// The day from which functions that use it cannot be updated.
            update_blocked: Date,
        }
    }
}

rows! {
    /// What stands before a function, or calls it.
    Trigger, RawTrigger {
        required {
            /// The name, as `function.trigger` has it.
            name: String,
        }
        optional {}
        columns {
            /// Seconds until the whole response must be there.
            request_timeout_s: u32,
            /// Seconds without a byte after which a connection is closed.
            idle_timeout_s: u32,
            /// Largest request body that is passed on, in MB.
            body_limit_mb: f64,
            /// Largest request that reaches the function, in MB.
            payload_limit_mb: f64,
        }
        grows { request_timeout_s, body_limit_mb, payload_limit_mb }
    }
}

rows! {
    /// What a tool that deploys functions takes where its file says nothing.
    Tool, RawTool {
        required {
            /// A short name: `serverless`.
            name: String,
            /// The name, as people write it.
            title: String,
        }
        optional {}
        columns {
            /// Memory in MB.
            memory_mb: u32,
            /// Seconds after which a function is ended.
            timeout_s: u32,
        }
    }
}

rows! {
    /// A way of scaling that a file chooses, where other things depend on it.
    Scaling, RawScaling {
        required {
            /// The key of the file that chooses it: `basic_scaling`.
            name: String,
        }
        optional {}
        columns {
            /// Name of the plan when the file names none.
            plan: String,
            /// Seconds until the response must be there.
            request_timeout_s: u32,
        }
    }
}
