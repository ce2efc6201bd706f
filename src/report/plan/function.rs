//! A function in words that every format uses.

use super::aspects::Aspect;
use super::rows::not_known;
use super::words::{cell, duration, money, money_range, number, number_range, percent};
use super::{figure, unknown};
use crate::plan::{
    BesideInstances, Bounds, DeploymentPlan, FunctionChoice, FunctionFigures, FunctionPlan,
};
use crate::report::redact::Redactor;

/// `web   function   512 MB, 0.3 CPU`.
pub(super) fn head(it: &FunctionPlan) -> String {
    format!("{}   function   {}", it.name, machine(&it.figures))
}

fn machine(it: &FunctionFigures) -> String {
    let memory = match &it.memory_mb {
        Ok(mb) => format!("{} MB", number_range(*mb)),
        Err(_) => "? MB".to_owned(),
    };
    let cpus = it.cpus.map(|it| format!(", {} of a CPU", percent(it * 100.0)));
    memory + &cpus.unwrap_or_default()
}

/// What stands at the right of its name: dollars of a month, where there is a demand.
pub(super) fn price(it: &FunctionPlan) -> String {
    match (it.figures.usd_month.filter(|_| it.is_answered), it.figures.ready_usd_month) {
        (Some(usd), _) => format!("{} a month", money_range(usd)),
        (None, Some(usd)) => format!("{} and calls", money_range(usd)),
        (None, None) => String::new(),
    }
}

/// The one of those before that has the same machines beside it and the same choices.
pub(super) fn alike<'a>(it: &FunctionPlan, before: &'a [FunctionPlan]) -> Option<&'a FunctionPlan> {
    before.iter().find(|other| is_alike(it, other))
}

fn is_alike(it: &FunctionPlan, other: &FunctionPlan) -> bool {
    it.choices.len() > 1
        && (it.best, &it.instances) == (other.best, &other.instances)
        && table(it) == table(other)
}

/// What is not in a price: calls of which nobody says how many there are, with what a million of
/// them costs where that is known of all.
pub(super) fn and_calls(it: &DeploymentPlan) -> String {
    let is_open = |it: &&FunctionPlan| !it.is_answered || it.figures.usd_month.is_none();
    let open = it.functions.iter().filter(is_open);
    let prices = open.map(|it| it.figures.compared().map(|it| it.usd_million));
    let Some(prices) = prices.collect::<Option<Vec<f64>>>() else {
        return " and calls".to_owned();
    };
    let range = prices
        .into_iter()
        .map(Bounds::exact)
        .reduce(|one, other| Bounds { min: one.min.min(other.min), max: one.max.max(other.max) });
    range.map(|it| format!(" and {} a million calls", money_range(it))).unwrap_or_default()
}

/// What is known of it, by name; of what another one has, too, only that it is so.
pub(super) fn rows(it: &FunctionPlan, same: Option<&FunctionPlan>) -> Vec<(&'static str, String)> {
    let of = &it.figures;
    let mut rows = Vec::new();
    let mut row = |name, text: Option<String>| rows.extend(text.map(|text| (name, text)));
    row("called by", it.trigger.as_deref().map(trigger));
    row("memory", Some(memory(of)));
    row(
        "measured",
        it.measured.as_ref().and_then(|measured| {
            let seconds = measured.response_s?;
            Some(format!("{} a call on average; {}", duration(seconds), measured.source))
        }),
    );
    row("calls", calls(of));
    row("timeout", late(of));
    row("price", price_of_calls(of));
    row(
        "kept ready",
        of.ready_usd_month
            .map(|usd| format!("{} for {} a month", number(of.ready), money_range(usd))),
    );
    if let Some(same) = same {
        row("choices", Some(format!("as those of `{}`", same.name)));
        return rows;
    }
    for (idx, instances) in it.instances.iter().enumerate() {
        let name = if idx == 0 { "instances" } else { "" };
        row(name, Some(self::instances(instances)));
    }
    rows
}

/// The same with what stands beside its name.
pub(super) fn all_rows(
    it: &FunctionPlan,
    same: Option<&FunctionPlan>,
) -> Vec<(&'static str, String)> {
    let mut rows = vec![("function", machine(&it.figures))];
    let price = price(it);
    if !price.is_empty() {
        rows.push(("price a month", price));
    }
    let others = rows_with_names(it, same);
    rows.extend(others);
    rows
}

/// Rows that go on with the one before, under its name.
fn rows_with_names(it: &FunctionPlan, same: Option<&FunctionPlan>) -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> = Vec::new();
    for (name, text) in rows(it, same) {
        match all.last_mut() {
            Some((_, before)) if name.is_empty() => *before += &format!("; {text}"),
            _ => all.push((name, text)),
        }
    }
    all
}

/// What differences are told by.
pub(super) fn aspects(it: &FunctionPlan) -> Vec<Aspect> {
    let told = ["function", "price a month", "memory", "calls", "price", "kept ready"];
    let rows = all_rows(it, None).into_iter().filter(|(name, _)| told.contains(name));
    rows.map(|(name, text)| Aspect { name, text }).collect()
}

fn trigger(name: &str) -> String {
    let text = match name {
        "rest-api" => "a REST API",
        "http-api" => "an HTTP API",
        "alb" => "a load balancer",
        "function-url" => "its own URL",
        "websocket" => "a WebSocket API",
        "queue" => "a queue",
        "stream" => "a stream",
        "schedule" => "a schedule",
        "event" => "an event",
        _ => "other programs",
    };
    text.to_owned()
}

fn memory(it: &FunctionFigures) -> String {
    match (&it.memory_mb, &it.needed_mb, &it.percent) {
        (Ok(has), Ok(needed), Ok(share)) => format!(
            "{} of {} MB ({})",
            number_range(*needed),
            number_range(*has),
            percent(share.max)
        ),
        (Err(unknown), _, _) | (_, Err(unknown), _) | (_, _, Err(unknown)) => not_known(unknown),
    }
}

fn calls(it: &FunctionFigures) -> Option<String> {
    let compared = it.compared()?;
    let longer_s = compared.here_s - compared.response_s;
    let slower = match it.cpus {
        Some(cpus) if longer_s >= 0.000_5 => Some(format!(
            "{} longer than with a whole CPU, as it has {}",
            duration(longer_s),
            percent(cpus * 100.0)
        )),
        _ => None,
    };
    let most: Option<Vec<String>> =
        it.calls.iter().map(|it| it.most_per_minute.map(number)).collect();
    let times: Vec<String> = it.calls.iter().map(|it| duration(it.response_s)).collect();
    let whose = if it.is_reserved { "reserved" } else { "of the account, for all functions" };
    let most = it.at_once.zip(most).map(|(at_once, most)| {
        format!(
            "{} at once ({whose}): at most {} a minute at {}",
            number(at_once),
            most.join(" · "),
            times.join(" · ")
        )
    });
    let all: Vec<String> = slower.into_iter().chain(most).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// Calls that the platform ends.
fn late(it: &FunctionFigures) -> Option<String> {
    let most = it.timeout_s?;
    let late: Vec<String> =
        it.calls.iter().filter(|calls| calls.here_s > most).map(|it| duration(it.here_s)).collect();
    (!late.is_empty())
        .then(|| format!("a call is ended after {}, before {}", duration(most), late.join(" and ")))
}

fn price_of_calls(it: &FunctionFigures) -> Option<String> {
    if let Some(unknown) = &it.no_price {
        return Some(not_known(unknown));
    }
    let calls = it.compared()?;
    let free = match calls.free_calls {
        free if free.is_finite() && free >= 1.0 => {
            format!("; of an account, {} of these a month are free", number(free.floor()))
        }
        _ => String::new(),
    };
    Some(format!(
        "{} for a million calls at {}{free}",
        money(calls.usd_million),
        duration(calls.response_s)
    ))
}

fn instances(it: &BesideInstances) -> String {
    let plural = if it.workers == 1 { "" } else { "s" };
    let from = match it.from_per_minute {
        few if few < 1.0 => "costs less at any demand".to_owned(),
        from => format!("costs less from {} requests a minute on, all month", number(from)),
    };
    format!(
        "{} {} ({} each, {} worker{plural} at {} MB) {from}",
        it.platform,
        it.plan,
        money(it.usd_each),
        it.workers,
        number(it.worker_mb),
    )
}

/// Cells and notes of its choices, the head first; the head alone where there is none.
pub(super) fn table(it: &FunctionPlan) -> Vec<(Vec<String>, String)> {
    let compared = it.choices.iter().find_map(|it| it.figures.compared());
    let at = compared
        .map_or_else(|| "takes".to_owned(), |it| format!("{} takes", duration(it.response_s)));
    let head = ["choices", "$/million", &at, "CPU", "memory"].map(str::to_owned).to_vec();
    let mut rows = vec![(head, String::new())];
    rows.extend(it.choices.iter().map(|it| (cells(it), notes(it))));
    rows
}

fn cells(it: &FunctionChoice) -> Vec<String> {
    let of = &it.figures;
    let unknown = || "?".to_owned();
    let calls = of.compared();
    let usd = calls.map(|it| money(it.usd_million).trim_start_matches('$').to_owned());
    vec![
        it.label.clone(),
        usd.unwrap_or_else(unknown),
        calls.map_or_else(unknown, |it| duration(it.here_s)),
        of.cpus.map_or_else(unknown, |it| percent(it * 100.0)),
        cell(&of.percent, percent),
    ]
}

fn notes(it: &FunctionChoice) -> String {
    let mut notes = Vec::new();
    if !it.breaks.is_empty() {
        notes.push(format!("breaks {}", it.breaks.join(", ")));
    }
    if it.is_enough == Some(false) {
        notes.push("not enough".to_owned());
    }
    notes.join("; ")
}

/// Takes secrets out of every text that comes from files.
pub(super) fn redact(redactor: Redactor<'_>, plan: &mut FunctionPlan) {
    let of = plan.choices.iter_mut().map(|it| &mut it.figures);
    for it in of.chain([&mut plan.figures]) {
        for it in [&mut it.memory_mb, &mut it.needed_mb, &mut it.percent] {
            figure(redactor, it);
        }
        if let Some(it) = &mut it.no_price {
            unknown(redactor, it);
        }
    }
}
