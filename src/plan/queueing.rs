//! Waiting: how long a request stands in front of busy servers.
//!
//! An M/M/c queue: arrivals that do not know of each other, service times that vary as much as their
//! mean, c servers that take from one line. Its wait is given by Erlang's C formula.
//!
//! Sources: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance
//! in automatic telephone exchanges" (1917); L. Kleinrock, "Queueing Systems", volume 1, 3.5.

/// Steps in which a load is searched for: each halves what is left, and 40 leave less than any
/// number that is shown.
const STEPS: usize = 40;

/// Servers behind one line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Queue {
    /// How many requests are worked on at once; at least 1.
    pub servers: u32,
    /// Mean seconds that a server works on a request; above 0.
    pub service_s: f64,
}

impl Queue {
    /// Requests a second that the servers finish when they are never idle.
    pub fn capacity_per_s(self) -> f64 {
        f64::from(self.servers) / self.service_s
    }

    /// The part of all requests that has to wait, 0 to 1: Erlang C. From the capacity on, each does.
    pub fn waiting_share(self, arrivals_per_s: f64) -> f64 {
        let load = arrivals_per_s * self.service_s;
        let servers = f64::from(self.servers);
        if load >= servers {
            return 1.0;
        }
        // Erlang B by its recurrence, which needs no factorials, and C from B.
        let step = |blocked: f64, count: u32| {
            let offered = load * blocked;
            offered / (f64::from(count) + offered)
        };
        let blocked = (1..=self.servers).fold(1.0, step);
        let utilisation = load / servers;
        blocked / (1.0 - utilisation * (1.0 - blocked))
    }

    /// Mean seconds that a request waits; infinite from the capacity on.
    pub fn mean_wait_s(self, arrivals_per_s: f64) -> f64 {
        let spare = self.capacity_per_s() - arrivals_per_s;
        if spare <= 0.0 {
            return f64::INFINITY;
        }
        self.waiting_share(arrivals_per_s) / spare
    }

    /// Seconds that the part `share` of all requests waits at most: 0.95 gives the 95th percentile.
    pub fn wait_quantile_s(self, arrivals_per_s: f64, share: f64) -> f64 {
        let spare = self.capacity_per_s() - arrivals_per_s;
        if spare <= 0.0 {
            return f64::INFINITY;
        }
        let waiting = self.waiting_share(arrivals_per_s);
        // Those who wait, wait exponentially long.
        (waiting / (1.0 - share)).ln().max(0.0) / spare
    }

    /// The most requests a second for which `wait_s` of them stays at or below `limit_s`; `wait_s`
    /// must grow with the load.
    pub fn load_for(self, limit_s: f64, wait_s: impl Fn(Self, f64) -> f64) -> f64 {
        let (mut low, mut high) = (0.0, self.capacity_per_s());
        for _ in 0..STEPS {
            let middle = f64::midpoint(low, high);
            match wait_s(self, middle) <= limit_s {
                true => low = middle,
                false => high = middle,
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One server, where the formulas are short: the wait is ρ/(1-ρ) of the service time.
    #[test]
    fn one_server_waits_as_the_textbook_says() {
        let queue = Queue { servers: 1, service_s: 0.2 };
        for utilisation in [0.1, 0.5, 0.9_f64] {
            let arrivals = utilisation * queue.capacity_per_s();
            assert!((queue.waiting_share(arrivals) - utilisation).abs() < 1e-12);
            let expect = 0.2 * utilisation / (1.0 - utilisation);
            assert!((queue.mean_wait_s(arrivals) - expect).abs() < 1e-12, "{utilisation}");
        }
    }

    /// Erlang C as printed in tables, four digits: load in erlang, servers, share that waits.
    /// Source: R. B. Cooper, "Introduction to Queueing Theory", 2nd edition, appendix A; each value
    /// recomputed from the defining sum below.
    #[test]
    fn shares_are_those_of_published_tables() {
        for (servers, load, expect) in [
            (2, 1.0, 0.3333),
            (3, 2.0, 0.4444),
            (4, 3.0, 0.5094),
            (5, 4.0, 0.5541),
            (10, 8.0, 0.4092),
            (20, 16.0, 0.2561),
        ] {
            let queue = Queue { servers, service_s: 1.0 };
            let share = queue.waiting_share(load);
            assert!((share - expect).abs() < 5e-5, "{servers} {load}: {share}");
            assert!((share - by_definition(servers, load)).abs() < 1e-9, "{servers} {load}");
        }
    }

    /// The sum that defines Erlang C, by another route than the recurrence.
    fn by_definition(servers: u32, load: f64) -> f64 {
        let term = |count: u32| (1..=count).fold(1.0, |it, k| it * load / f64::from(k));
        let last = term(servers) * f64::from(servers) / (f64::from(servers) - load);
        last / ((0..servers).map(term).sum::<f64>() + last)
    }

    /// Two servers: the mean wait is ρ²/(1-ρ²) of the service time, half of it at ρ = √⅓.
    #[test]
    fn the_comfortable_load_of_two_servers_is_0_577_of_the_most() {
        let queue = Queue { servers: 2, service_s: 0.3 };
        let load = queue.load_for(0.15, Queue::mean_wait_s);
        let expect = (1.0_f64 / 3.0).sqrt();
        assert!((load / queue.capacity_per_s() - expect).abs() < 1e-9);
    }

    #[test]
    fn beyond_the_capacity_the_line_never_ends() {
        let queue = Queue { servers: 3, service_s: 1.0 };
        assert_eq!(queue.waiting_share(3.0), 1.0);
        assert_eq!(queue.mean_wait_s(3.0), f64::INFINITY);
        assert_eq!(queue.wait_quantile_s(4.0, 0.95), f64::INFINITY);
        assert_eq!(queue.wait_quantile_s(0.001, 0.95), 0.0);
    }

    /// A simulation of the line itself, event by event, knows no formula.
    #[test]
    fn a_simulated_line_waits_as_long() {
        for (servers, utilisation) in [(1, 0.7), (2, 0.577), (4, 0.8), (8, 0.8)] {
            let queue = Queue { servers, service_s: 1.0 };
            let arrivals = utilisation * queue.capacity_per_s();
            let (mean, p95) = simulated(queue, arrivals, 400_000);
            let (expect, expect_p95) =
                (queue.mean_wait_s(arrivals), queue.wait_quantile_s(arrivals, 0.95));
            assert!((mean / expect - 1.0).abs() < 0.06, "{servers}: {mean} and {expect}");
            assert!((p95 / expect_p95 - 1.0).abs() < 0.06, "{servers}: {p95} and {expect_p95}");
        }
    }

    /// Mean and 95th percentile of the waits of so many requests.
    fn simulated(queue: Queue, arrivals_per_s: f64, requests: usize) -> (f64, f64) {
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut exponential = |mean: f64| {
            // xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators".
            random ^= random >> 12;
            random ^= random << 25;
            random ^= random >> 27;
            let bits = random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
            -mean * (1.0 - bits as f64 / (1_u64 << 53) as f64).ln()
        };
        let mut free_at = vec![0.0_f64; queue.servers as usize];
        let (mut now, mut waits) = (0.0, Vec::new());
        for _ in 0..requests {
            now += exponential(1.0 / arrivals_per_s);
            let next = (0..free_at.len()).min_by(|a, b| free_at[*a].total_cmp(&free_at[*b]));
            let next = next.expect("there is a server");
            let start = free_at[next].max(now);
            waits.push(start - now);
            free_at[next] = start + exponential(queue.service_s);
        }
        waits.sort_by(f64::total_cmp);
        let mean = waits.iter().sum::<f64>() / requests as f64;
        (mean, waits[requests * 95 / 100])
    }
}
