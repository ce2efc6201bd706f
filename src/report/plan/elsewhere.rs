//! A process on other platforms, in words that every format uses.

use super::words::{duration, money, money_range, number, number_range, percent};
use crate::plan::{Choice, Elsewhere, Functions, Throughput};

/// What it would be there: price, program, requests, memory, and the rules that it breaks.
pub(super) fn summary(it: &Elsewhere, compared: Option<&Throughput>) -> String {
    let name = &it.platform.name;
    let usd = match &it.price {
        Ok(usd) => *usd,
        Err(unknown) => return format!("{name}: not known: {}", unknown.reason),
    };
    let mut parts = vec![format!("{name}: {} a month for {}", money_range(usd), it.label)];
    if let Some(choice) = &it.choice {
        parts.extend(of_choice(choice, compared));
    }
    if let Some(by_use) = &it.by_use {
        parts.push(of_use(by_use, usd.is_exact()));
    }
    if let Some(choice) = it.choice.as_ref().filter(|it| !it.breaks.is_empty()) {
        parts.push(format!("breaks {}", choice.breaks.join(", ")));
    }
    parts.join("; ")
}

fn of_choice(it: &Choice, compared: Option<&Throughput>) -> Vec<String> {
    let mut parts = Vec::new();
    if let (Ok(requests), Some(at)) = (&it.requests_per_minute, compared) {
        parts.push(format!(
            "at most {} requests a minute at {}",
            number_range(*requests),
            duration(at.response_s)
        ));
    }
    if let Ok(memory) = &it.memory_percent {
        parts.push(format!("{} of its memory", percent(memory.max)));
    }
    if it.is_enough == Some(false) {
        parts.push("not enough for the demand".to_owned());
    }
    parts
}

fn of_use(it: &Functions, is_of_demand: bool) -> String {
    let range = match is_of_demand {
        true => String::new(),
        false => "from no request to as many as are comfortable now; ".to_owned(),
    };
    match it.break_even_per_minute {
        Some(below) => format!(
            "{range}less than now below {} requests a minute all month; each takes {} there",
            number(below),
            duration(it.response_s)
        ),
        None => {
            format!("{range}{} for a request a minute all month", money(it.usd_month(1.0)))
        }
    }
}
