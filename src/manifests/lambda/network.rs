//! The subnets of a function, where the same file describes them: what leads out of them.

use crate::document::Node;
use crate::fact::{Fact, Origin, Value};
use crate::vocabulary;

use super::sam::intrinsic::referenced;

/// Targets of a route that functions reach the Internet by, or somebody's own network.
const OTHERS: &[&str] = &[
    "NatGatewayId",
    "InstanceId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "VpcEndpointId",
    "CarrierGatewayId",
];

/// What all subnets of a function lead out by, written at the first of them. `None` where one of
/// them is described somewhere else, or leads nowhere.
///
/// `resources` is the table of CloudFormation resources.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html>
pub(super) fn way_out(resources: Option<&Node>, subnets: &Node) -> Option<Fact> {
    let resources = resources?;
    let ways: Option<Vec<(&str, &Node)>> =
        subnets.elements().iter().map(|it| of_subnet(resources, referenced(it)?)).collect();
    let ways = ways?;
    let (way, route) = *ways.first()?;
    if ways.iter().any(|it| it.0 != way) {
        return None;
    }
    let span = subnets.elements().first()?.span;
    let at_route =
        Fact::known(Value::Text(way.to_owned()), Origin::written(route.span, "the default route"));
    let name = vocabulary::FUNCTION_WAY_OUT.name();
    let origin = Origin::written(span, "subnets of the function").with_input(name, at_route);
    Some(Fact::known(Value::Text(way.to_owned()), origin))
}

/// What the default route of a subnet leads to, with its place.
fn of_subnet<'n>(resources: &'n Node, subnet: &str) -> Option<(&'static str, &'n Node)> {
    let kind = resources.get(subnet)?.get("Type")?.as_str()?;
    if kind != "AWS::EC2::Subnet" {
        return None;
    }
    let link = of_type(resources, "AWS::EC2::SubnetRouteTableAssociation")
        .find(|it| it.get("SubnetId").and_then(referenced) == Some(subnet))?;
    let table = link.get("RouteTableId").and_then(referenced)?;
    let mut routes = of_type(resources, "AWS::EC2::Route").filter(|it| {
        it.get("RouteTableId").and_then(referenced) == Some(table)
            && it.get("DestinationCidrBlock").and_then(Node::as_str) == Some("0.0.0.0/0")
    });
    let route = routes.next()?;
    if let Some(other) = OTHERS.iter().find_map(|it| route.get(it)) {
        return Some(("other", other));
    }
    let gateway = route.get("GatewayId")?;
    let is_internet = referenced(gateway).is_some_and(|it| {
        let kind = resources.get(it).and_then(|it| it.get("Type")).and_then(Node::as_str);
        kind == Some("AWS::EC2::InternetGateway")
    });
    let is_written = gateway.as_str().is_some_and(|it| it.starts_with("igw-"));
    Some((if is_internet || is_written { "internet-gateway" } else { "other" }, gateway))
}

/// The properties of the resources of a type.
fn of_type<'n>(resources: &'n Node, kind: &str) -> impl Iterator<Item = &'n Node> {
    resources
        .entries()
        .iter()
        .filter(move |it| it.value.get("Type").and_then(Node::as_str) == Some(kind))
        .filter_map(|it| it.value.get("Properties"))
}
