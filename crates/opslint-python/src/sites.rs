//! Calls into packages, each at its own place: see [`Module::sites`](super::Module).
//!
//! A call that runs while the module is loaded is a record under its place, so that branches and
//! loops treat it as they treat every name. Those in functions are looked for by `later`.

use std::collections::BTreeMap;

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::Ranged;

use crate::fact::Fact;
use crate::source::Span;

use super::call::Arguments;
use super::calls::dotted;
use super::evaluator::Evaluator;
use super::state::Slot;
use super::trace::{Inputs, Traced};
use super::value::PyValue;

/// Before the place and the name of a call, in a record.
pub(super) const SITE: &str = "site ";

/// Which calls [`Plan::sites`](super::Plan::sites) asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Whether calls of a package, by its first name, may be wanted.
    pub is_package: fn(&str) -> bool,
    /// Whether a call is, by its dotted name.
    pub is_call: fn(&str) -> bool,
    /// Whether what is known of one says enough to look at who calls it.
    pub matters: fn(&Site) -> bool,
}

/// A call into a package that is certainly made, where the code around it is.
#[derive(Clone, Debug)]
pub struct Site {
    /// The dotted name of what is called: `redis.Redis`.
    pub call: String,
    /// What is called, as it is written.
    pub span: Span,
    /// Whether there are arguments that are not seen.
    pub hidden: bool,
    /// What it is given, in its order.
    pub arguments: Vec<Argument>,
}

/// An argument of a call.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Its position from 0, or its name.
    pub name: String,
    /// The value in Python's terms.
    pub value: PyValue,
    /// The value in the model's terms, written where the argument stands.
    pub fact: Fact,
}

impl Site {
    /// The argument of this name, or at this position.
    pub fn argument(&self, name: &str) -> Option<&Argument> {
        self.arguments.iter().find(|it| it.name == name)
    }
}

impl Evaluator<'_, '_, '_> {
    /// The dotted name of what is called, where it is wanted.
    pub(super) fn wanted(&self, callee: &PyValue, written: &Expr) -> Option<String> {
        let wanted = self.plan.sites?;
        let name = match callee {
            PyValue::Native(name) => name,
            PyValue::Unknown(unknown) => unknown.import()?,
            _ => return None,
        };
        let package = name.split('.').next().unwrap_or(name);
        let is_wanted = (wanted.is_package)(package);
        dotted(callee, written).filter(|it| is_wanted && (wanted.is_call)(it))
    }

    /// Notes a call that is made while the module is loaded.
    pub(super) fn note_site(
        &mut self,
        call: &ast::ExprCall,
        callee: &PyValue,
        arguments: &Arguments,
        inputs: &Inputs,
    ) {
        if self.plan.sites.is_none() || self.state.stuck.is_some() {
            return;
        }
        let Some(name) = self.wanted(callee, &call.func) else { return };
        let name = format!("{SITE}{} {name}", self.place_of(call));
        self.record(&name, PyValue::None.into(), call.func.range());
        if arguments.hidden.is_some() {
            self.record(&format!("{name} *"), PyValue::None.into(), call.range());
        }
        for (argument, value, range) in given(call, arguments) {
            let value = Traced::new(self.as_given(value), inputs.clone());
            self.record(&format!("{name} {argument}"), value, range);
        }
    }

    /// Tells the places of two calls apart.
    pub(super) fn place_of(&self, call: &ast::ExprCall) -> String {
        format!("{}:{}", self.unit, call.range().start().to_u32())
    }

    /// The calls that are certainly made while the module is loaded.
    pub(super) fn sites_of(&self, slots: &[Slot]) -> Vec<Site> {
        let Some(wanted) = self.plan.sites else { return Vec::new() };
        let mut sites: BTreeMap<(&str, &str), Site> = BTreeMap::new();
        let mut open = Vec::new();
        for slot in slots.iter().filter(|it| it.bound) {
            let Some(rest) = slot.name.strip_prefix(SITE) else { continue };
            let mut words = rest.split(' ');
            let (Some(place), Some(call)) = (words.next(), words.next()) else { continue };
            let site = sites.entry((place, call)).or_insert_with(|| Site {
                call: call.to_owned(),
                span: slot.span,
                hidden: false,
                arguments: Vec::new(),
            });
            if slot.maybe_unset {
                open.push((place, call));
            }
            match words.next() {
                None => site.span = slot.span,
                Some("*") => site.hidden = true,
                Some(argument) => site.arguments.push(self.argument_of(argument, slot)),
            }
        }
        for it in open {
            sites.remove(&it);
        }
        sites.into_values().filter(|it| (wanted.matters)(it)).collect()
    }

    /// An argument as those outside see it.
    pub(super) fn argument_of(&self, name: &str, slot: &Slot) -> Argument {
        let value = super::export::exported(&slot.value.value);
        Argument { name: name.to_owned(), value, fact: self.slot_fact(slot) }
    }
}

/// The arguments of a call by position or name, each with its place; the call itself where it comes
/// out of what a star spreads.
pub(super) fn given<'a>(
    call: &'a ast::ExprCall,
    arguments: &'a Arguments,
) -> Vec<(String, &'a PyValue, ruff_text_size::TextRange)> {
    let is_plain = !call.arguments.args.iter().any(Expr::is_starred_expr);
    let positional = arguments.positional.iter().enumerate().map(|(idx, value)| {
        let written = call.arguments.args.get(idx).filter(|_| is_plain);
        (idx.to_string(), value, written.map_or(call.range(), Ranged::range))
    });
    let named = arguments.keywords.iter().map(|(name, value)| {
        let mut written = call.arguments.keywords.iter();
        let written = written.find(|it| it.arg.as_ref().is_some_and(|it| it == name.as_str()));
        (name.clone(), value, written.map_or(call.range(), |it| it.value.range()))
    });
    positional.chain(named).collect()
}
