//! Where uploads go, and how large a request may be, as the scripts of an application say it.
//!
//! Sources: <https://github.com/expressjs/multer#limits>,
//! <https://github.com/expressjs/body-parser#limit>,
//! <https://github.com/richardgirges/express-fileupload#using-busboy-options>,
//! <https://github.com/fastify/fastify-multipart#usage> (2026-11-30)

use std::ops::Range;

use super::Script;
use super::text::{number, quoted};
use crate::fact::Value;
use crate::programs::Server;
use crate::vocabulary as v;

/// Bytes of a megabyte.
const MEGABYTE: i64 = 1024 * 1024;

/// Packages that read files out of requests, with `fileSize` among their limits.
const READERS: &[&str] = &["multer", "express-fileupload", "@fastify/multipart", "busboy"];

impl Script {
    /// Where uploads go, and how large they may be.
    pub(super) fn uploads(&self, server: &mut Server) {
        if let Some((range, megabytes)) = self.upload_limit() {
            for id in [v::APP_LIMITS_MEMORY_UPLOAD_MB, v::APP_LIMITS_UPLOAD_MB] {
                let value = Value::Int(megabytes);
                server.facts.set(id, self.fact(range.clone(), value, "the limit in the script"));
            }
        }
        if let Some((range, path)) = self.upload_folder() {
            let fact = self.fact(range, Value::Text(path), "the folder that uploads go to");
            server.facts.set(v::CODE_UPLOAD_FOLDER, fact);
        }
    }

    /// The largest request or file that the script takes, in megabytes.
    fn upload_limit(&self) -> Option<(Range<usize>, i64)> {
        let file = self.value("fileSize:").filter(|_| READERS.iter().any(|it| self.code.loads(it)));
        let limit = match (file, self.value("limit:")) {
            (Some(it), _) => number(self.text(&it)).map(|bytes| (it, bytes / MEGABYTE)),
            (None, Some(it)) => {
                let text = quoted(self.text(&it)).map(str::to_ascii_lowercase);
                let size = text.and_then(|it| it.strip_suffix("mb")?.trim().parse().ok());
                size.map(|size| (it, size))
            }
            _ => None,
        };
        limit.filter(|it| it.1 > 0)
    }
}
