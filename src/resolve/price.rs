//! The price of a deployment: of what runs all month, and of the stores whose plan a file names.

use crate::fact::{Fact, Origin, OriginKind, State, Value};
use crate::platforms::{DatabaseKind, Platform};
use crate::project::{Facts, Process};
use crate::vocabulary::{self, FactId};

/// The plan of a store, and what the store is.
const STORES: [(FactId, DatabaseKind); 2] = [
    (vocabulary::DATABASE_PLAN, DatabaseKind::Postgres),
    (vocabulary::BROKER_PLAN, DatabaseKind::Redis),
];

/// Sets the price of everything that runs all month, when the price and number of each part is
/// known. A process that stops without requests costs from nothing to one instance that never does.
pub(super) fn of(facts: &mut Facts, processes: &[Process], platform: Option<&Platform>) {
    let mut origin = Origin::new(OriginKind::Derived, "sum of price × instances");
    let (mut least, mut most) = (0.0, 0.0);
    for process in processes {
        let kind = process.facts.get(vocabulary::KIND).and_then(Fact::text);
        if kind == Some("release") || kind == Some("cron") {
            continue;
        }
        let count = |id| process.facts.get(id).and_then(Fact::number);
        let price = process.facts.get(vocabulary::MACHINE_PRICE_USD_MONTH);
        let Some(min) = count(vocabulary::SCALE_MIN) else { return };
        let max = count(vocabulary::SCALE_MAX).unwrap_or(min.max(1.0));
        let Some((price, usd)) = price.and_then(|it| Some((it, it.number()?))) else { return };
        least += usd * min;
        most += usd * max;
        origin =
            origin.with_input(format!("{}.price_usd_month", process.name.value), price.clone());
    }
    if origin.inputs.is_empty() {
        return;
    }
    for (id, kind) in STORES {
        let Some(fact) = facts.get(id) else { continue };
        // A total without one of its parts is not one.
        let Some((platform, plan)) = platform.zip(fact.text()) else { return };
        let row = platform.database(kind, plan);
        let Some(price) = row.and_then(|it| it.price_usd_month.as_ref()) else { return };
        least += price.value;
        most += price.value;
        let fact = price.fact(&format!("{} {plan}", platform.name()));
        origin = origin.with_input(format!("{}.price_usd_month", store(id)), fact);
    }
    let cents = |it: f64| (it * 100.0).round() / 100.0;
    let (min, max) = (cents(least), cents(most));
    let state = match min < max {
        true => State::Range { min, max },
        false => State::Known(Value::Number(min)),
    };
    facts.set(vocabulary::PRICE_USD_MONTH, Fact::new(state, origin));
}

/// What the plan of a store is of: `database`.
fn store(plan: FactId) -> &'static str {
    plan.name().split('.').next().unwrap_or_default()
}
