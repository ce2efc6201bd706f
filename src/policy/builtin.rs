//! The rules that come with opslint: data of the program, made from `rules/` when it is built.
//!
//! A run needs every rule's condition and none of its examples. Both come from the same file; a
//! test compares what the build script took out with what the parser reads.

use std::borrow::Cow;

use opslint_policy::needs::{Is, Need, Way};

use crate::fix::Safety;
use crate::policy::expression::BinaryOp;
use crate::policy::levels::Level;
use crate::policy::rule::{Action, Check, On, OnUnknown, Related, Rule, RuleFix, Source, Written};
use crate::source::FileId;
use crate::vocabulary::FactId;

/// `rules/*.toml` as they were at build time, sorted by id.
pub(super) const RULES: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// A rule file.
pub(super) struct Embedded {
    /// The stem of its name.
    pub(super) id: &'static str,
    /// The whole file.
    pub(super) text: &'static str,
    /// What a run needs of it; `None` when the file is not shaped like a rule.
    head: Option<Head>,
}

/// A rule without its examples.
struct Head {
    since: Written,
    level: Written,
    group: Written,
    summary: Written,
    why: Written,
    help: Written,
    sources: &'static [&'static str],
    locked: bool,
    builtin: bool,
    on: Written,
    when: Option<Written>,
    select: Option<Written>,
    mark: Option<Written>,
    require: Option<Written>,
    message: Option<Written>,
    related: &'static [(Written, Written)],
    /// The format that `select` starts in.
    format: Option<&'static str>,
    needs: &'static [Need],
    fixes: &'static [HeadFix],
}

/// A fix of a rule: the keys of its table.
#[derive(Debug)]
struct HeadFix {
    title: Written,
    safety: Written,
    also: bool,
    when: Option<Written>,
    set: Option<Written>,
    rename: Option<Written>,
    remove: Option<Written>,
    beside: Option<Written>,
    or_beside: Option<Written>,
    directives: Option<Written>,
    flag: Option<Written>,
    setting: Option<Written>,
    to: Option<Written>,
}

impl HeadFix {
    fn fix(&'static self, file: FileId) -> Option<RuleFix> {
        let source = |it: &'static Written| Source::embedded(file, it);
        let to = || self.to.as_ref().map(source);
        let action = match (&self.set, &self.rename, &self.remove, &self.beside) {
            (Some(at), ..) => Action::Set { at: source(at), to: to()? },
            (_, Some(at), ..) => Action::Rename { at: source(at), to: to()? },
            (_, _, Some(at), _) => Action::Remove { at: source(at) },
            (.., beside) => match &self.directives {
                Some(text) => {
                    Action::Directives { beside: source(beside.as_ref()?), text: source(text) }
                }
                None => Action::Option {
                    beside: source(beside.as_ref()?),
                    or_beside: self.or_beside.as_ref().map(source),
                    flag: self.flag.as_ref()?.value.to_owned(),
                    setting: self.setting.as_ref().map(|it| it.value.to_owned()),
                    to: to()?,
                },
            },
        };
        Some(RuleFix {
            when: self.when.as_ref().map(source),
            title: source(&self.title),
            safety: Safety::from_name(self.safety.value)?,
            also: self.also,
            action,
        })
    }
}

impl Embedded {
    /// The path under which its text is known. No file of a user's has such a name.
    pub(super) fn path(&self) -> String {
        format!("<opslint>/rules/{}.toml", self.id)
    }

    /// The rule without its examples. `None` where the parser has to say what is wrong.
    pub(super) fn rule(&'static self, file: FileId) -> Option<Rule> {
        let head = self.head.as_ref()?;
        let source = |it: &'static Written| Source::embedded(file, it);
        let optional = |it: &'static Option<Written>| it.as_ref().map(source);
        let check = match head.builtin {
            true => None,
            false => Some(Check {
                on: On::from_name(head.on.value)?,
                when: optional(&head.when),
                select: optional(&head.select),
                mark: optional(&head.mark),
                require: optional(&head.require)?,
                // A rule of ours is silent about what it does not know; a test compares.
                unknown: OnUnknown::Passes,
                message: optional(&head.message)?,
                related: head
                    .related
                    .iter()
                    .map(|(at, label)| Related { at: source(at), label: source(label) })
                    .collect(),
                format: head.format,
                needs: head.needs,
                fixes: head.fixes.iter().map(|it| it.fix(file)).collect::<Option<_>>()?,
            }),
        };
        Some(Rule {
            id: Cow::Borrowed(self.id),
            file,
            since: Cow::Borrowed(head.since.value),
            level: Level::from_name(head.level.value)?,
            group: Cow::Borrowed(head.group.value),
            summary: Cow::Borrowed(head.summary.value),
            why: Cow::Borrowed(head.why.value.trim()),
            help: source(&head.help),
            sources: head.sources.iter().map(|&it| Cow::Borrowed(it)).collect(),
            locked: head.locked,
            check,
            examples: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::expression::{self, Names, Template};
    use crate::policy::rule_file;
    use crate::source::SourceMap;

    /// A rule as text, without examples and without the places of single characters.
    fn shown(rule: Rule) -> String {
        let show = |it: &Source| format!("{:?} at {:?}", it.value(), it.text().span());
        let mut lines = vec![
            format!("{} {} {:?} {} {}", rule.id, rule.since, rule.level, rule.group, rule.locked),
            rule.summary.into_owned(),
            rule.why.into_owned(),
            show(&rule.help),
            rule.sources.join(" "),
        ];
        if let Some(check) = &rule.check {
            let sources = [Some(&check.require), Some(&check.message)];
            let optional = [check.when.as_ref(), check.select.as_ref(), check.mark.as_ref()];
            lines.push(format!("{:?} {:?}", check.on, check.unknown));
            lines.extend(
                sources.into_iter().chain(optional).map(|it| it.map(show).unwrap_or_default()),
            );
            lines.extend(check.related.iter().flat_map(|it| [show(&it.at), show(&it.label)]));
            for it in &check.fixes {
                let (at, to) = it.action.sources();
                lines.push(format!("{:?} {} {}", it.safety, it.also, show(&it.title)));
                lines.extend(it.when.iter().chain([at]).chain(to).map(show));
                match &it.action {
                    Action::Option { or_beside, flag, setting, .. } => {
                        lines.extend(or_beside.iter().map(show));
                        lines.push(format!("{flag} {setting:?}"));
                    }
                    Action::Directives { text, .. } => lines.push(show(text)),
                    _ => {}
                }
            }
        }
        lines.join("\n")
    }

    #[test]
    fn the_build_script_takes_out_what_the_parser_reads() {
        let mut sources = SourceMap::new();
        for embedded in RULES {
            let file = sources.add(embedded.path(), embedded.text);
            let mut broken = Vec::new();
            let parsed = rule_file::rule(&mut broken, embedded.id, file, embedded.text);
            assert!(broken.is_empty(), "{}: {broken:?}", embedded.id);
            let taken = embedded.rule(file).expect("a rule that parses has a head");
            assert_eq!(shown(taken), shown(parsed.expect("no mistake, so a rule")));
        }
    }

    /// What the build made of an expression is what the compiler makes of it.
    #[track_caller]
    fn check_expression(it: &'static Written, names: &Names) {
        let compiled = expression::compile(it.value, names).expect("rules of ours are right");
        let source = Source::embedded(FileId::embedded(0), it);
        assert!(!it.packed.is_empty(), "{}", it.value);
        assert_eq!(source.expression(names), Some(&compiled), "{}", it.value);
    }

    #[track_caller]
    fn check_template(it: &'static Written, names: &Names) {
        let compiled = Template::compile(it.value, names).expect("rules of ours are right");
        let source = Source::embedded(FileId::embedded(0), it);
        assert!(!it.packed.is_empty(), "{}", it.value);
        assert_eq!(source.template(names), Some(&compiled), "{}", it.value);
    }

    #[test]
    fn expressions_that_were_compiled_by_the_build_are_those_of_the_rules() {
        for embedded in RULES {
            let head = embedded.head.as_ref().expect("every rule of ours has a head");
            let rule = embedded.rule(FileId::embedded(0)).expect("and is one");
            let names = rule.check.as_ref().map(Check::names).unwrap_or_default();
            let before = Names { it: None, ..names.clone() };
            head.select.iter().for_each(|it| check_expression(it, &before));
            let conditions = head.when.iter().chain(&head.require).chain(&head.mark);
            conditions.for_each(|it| check_expression(it, &names));
            head.message.iter().chain([&head.help]).for_each(|it| check_template(it, &names));
            for (at, label) in head.related {
                check_expression(at, &names);
                check_template(label, &names);
            }
            for fix in head.fixes {
                let places = [&fix.set, &fix.rename, &fix.remove, &fix.beside, &fix.or_beside];
                let expressions = places.into_iter().chain([&fix.when, &fix.to]);
                expressions.flatten().for_each(|it| check_expression(it, &names));
                fix.directives.iter().chain([&fix.title]).for_each(|it| check_template(it, &names));
            }
        }
    }

    #[test]
    fn rules_are_sorted_by_what_they_are_looked_for_by() {
        assert!(RULES.is_sorted_by_key(|it| it.id));
        let policy = crate::policy::Policy::builtin(&mut Vec::new());
        assert!(policy.rules.iter().all(|it| policy.rule(&it.id).is_some()));
    }

    /// What the build script sees of a `select` is what its expression says.
    #[test]
    fn formats_are_those_that_rules_select_from() {
        for embedded in RULES {
            let rule = embedded.rule(FileId::embedded(0)).unwrap();
            let Some(check) = rule.check else { continue };
            let compiled = Check { format: None, ..check.clone() };
            let names = Names { it: None, ..check.names() };
            let (seen, said) = (check.format, compiled.selected_format(&names));
            assert_eq!(seen, said.as_deref(), "{}", rule.id);
        }
    }

    /// Most rules are about one kind of process, and are passed over without a look at the others.
    #[test]
    fn most_rules_show_what_they_need() {
        let heads = RULES.iter().filter_map(|it| it.head.as_ref()).filter(|it| it.when.is_some());
        let (with, without): (Vec<_>, Vec<_>) = heads.partition(|it| !it.needs.is_empty());
        assert!(with.len() > 4 * without.len(), "{} and {}", with.len(), without.len());
    }
}
