//! The database that the template of functions makes beside them.

use crate::document::Node;
use crate::fact::{Fact, Origin, Value};
use crate::manifests::catalog;
use crate::platforms::{Catalog, DatabaseKind};
use crate::project::Facts;
use crate::vocabulary as v;

/// Sets the plan and the connections of the one PostgreSQL instance in a file. With a proxy in
/// front of it, functions share connections, and nothing is said.
pub(super) fn database(catalog: &Catalog, resources: Option<&Node>, facts: &mut Facts) {
    let Some(resources) = resources else { return };
    let of_type = |kind: &'static str| {
        resources
            .entries()
            .iter()
            .filter(move |it| it.value.get("Type").and_then(Node::as_str) == Some(kind))
    };
    let mut instances = of_type("AWS::RDS::DBInstance");
    let (Some(instance), None) = (instances.next(), instances.next()) else { return };
    if of_type("AWS::RDS::DBProxy").next().is_some() {
        return;
    }
    let Some(properties) = instance.value.get("Properties") else { return };
    let engine = properties.get("Engine").and_then(Node::as_str);
    // Parameters of its own may set another limit.
    let has_own = properties.get("DBParameterGroupName").is_some();
    let class = properties.get("DBInstanceClass");
    let (Some(class), Some("postgres"), false) = (class, engine, has_own) else { return };
    let Some(name) = class.as_str() else { return };
    let origin = || Origin::written(class.span, "`DBInstanceClass`");
    let plan = Fact::known(Value::Text(name.to_owned()), origin());
    facts.set(v::DATABASE_PLAN, plan.clone());
    let platform = catalog.platform(super::PLATFORM);
    let most = platform.and_then(|it| catalog::connections_max(it, DatabaseKind::Postgres, name));
    if let Some(most) = most {
        let origin = most.origin.clone().with_input(v::DATABASE_PLAN.name(), plan);
        facts.set(v::DATABASE_CONNECTIONS_MAX, Fact { origin, ..most });
        facts.anchor(v::DATABASE_CONNECTIONS_MAX, class.span);
    }
}
