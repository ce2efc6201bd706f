//! What was measured of a process, in the place of what is usual: how long a request takes, and how
//! many there are in the busiest minute. What somebody asks for wins.

use super::figure::{self, Bounds};
use super::request::Request;
use crate::fact::Fact;
use crate::project::Process;
use crate::vocabulary::{self, FactId};

/// The shortest response time that is planned with, in seconds.
const RESPONSE_S_MIN: f64 = 0.000_1;

/// What a plan takes from a measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Seconds that a request takes on average: how many a worker can take follows from it.
    pub response_s: Option<f64>,
    /// Requests in the busiest minute.
    pub requests_per_minute: Option<f64>,
    /// When and by what that was measured, as facts say it.
    pub source: String,
}

/// What is asked for a process, with what was measured of it, and that part alone.
pub(super) fn request(process: &Process, asked: &Request) -> (Request, Option<Measured>) {
    let mut request = asked.clone();
    let mut source = None;
    let mut take = |id: FactId| {
        let Bounds { min, .. } = figure::known(&process.facts, id)?;
        let origin = process.facts.get(id).map(|it: &Fact| it.origin.source.clone());
        source = source.take().or(origin);
        (min > 0.0).then_some(min)
    };
    let response_s = match asked.has_response_times {
        true => None,
        false => take(vocabulary::MEASURED_RESPONSE_MEAN_S),
    };
    let requests_per_minute = match asked.requests_per_minute {
        Some(_) => None,
        None => take(vocabulary::MEASURED_PEAK_PER_MINUTE),
    };
    if let Some(seconds) = response_s {
        request.response_times_s = vec![seconds.max(RESPONSE_S_MIN)];
    }
    request.requests_per_minute = asked.requests_per_minute.or(requests_per_minute);
    let is_any = response_s.is_some() || requests_per_minute.is_some();
    let measured = source.filter(|_| is_any);
    (request, measured.map(|source| Measured { response_s, requests_per_minute, source }))
}
