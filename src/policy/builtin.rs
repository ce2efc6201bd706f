//! The rules that come with opslint: data of the program, made from `rules/` when it is built.
//!
//! A run needs every rule's condition and none of its examples. Both come from the same file; a
//! test compares what the build script took out with what the parser reads.

use crate::document::Text;
use crate::fix::Safety;
use crate::policy::levels::Level;
use crate::policy::rule::{Action, Check, On, Related, Rule, RuleFix, Source};
use crate::source::{FileId, Span};

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
    require: Option<Written>,
    message: Option<Written>,
    related: &'static [(Written, Written)],
    fixes: &'static [HeadFix],
}

/// A fix of a rule: the keys of its table.
struct HeadFix {
    title: Written,
    safety: Written,
    when: Option<Written>,
    set: Option<Written>,
    rename: Option<Written>,
    remove: Option<Written>,
    beside: Option<Written>,
    flag: Option<Written>,
    setting: Option<Written>,
    to: Option<Written>,
}

impl HeadFix {
    fn fix(&self, text: impl Fn(&Written) -> Text) -> Option<RuleFix> {
        let source = |it: &Written| Source::new(text(it));
        let to = || self.to.as_ref().map(source);
        let action = match (&self.set, &self.rename, &self.remove, &self.beside) {
            (Some(at), ..) => Action::Set { at: source(at), to: to()? },
            (_, Some(at), ..) => Action::Rename { at: source(at), to: to()? },
            (_, _, Some(at), _) => Action::Remove { at: source(at) },
            (.., beside) => Action::Option {
                beside: source(beside.as_ref()?),
                flag: self.flag.as_ref()?.value.to_owned(),
                setting: self.setting.as_ref().map(|it| it.value.to_owned()),
                to: to()?,
            },
        };
        Some(RuleFix {
            when: self.when.as_ref().map(source),
            title: source(&self.title),
            safety: Safety::from_name(self.safety.value)?,
            action,
        })
    }
}

/// A text of the file.
struct Written {
    value: &'static str,
    /// The bytes of its literal, quotes included.
    start: usize,
    end: usize,
}

impl Embedded {
    /// The path under which its text is known. No file of a user's has such a name.
    pub(super) fn path(&self) -> String {
        format!("<opslint>/rules/{}.toml", self.id)
    }

    /// The rule without its examples. `None` where the parser has to say what is wrong.
    pub(super) fn rule(&self, file: FileId) -> Option<Rule> {
        let head = self.head.as_ref()?;
        let text = |it: &Written| it.text(file, self.text);
        let optional = |it: &Option<Written>| it.as_ref().map(|it| Source::new(text(it)));
        let check = match head.builtin {
            true => None,
            false => Some(Check {
                on: On::from_name(head.on.value)?,
                when: optional(&head.when),
                select: optional(&head.select),
                require: optional(&head.require)?,
                message: optional(&head.message)?,
                related: head
                    .related
                    .iter()
                    .map(|(at, label)| Related {
                        at: Source::new(text(at)),
                        label: Source::new(text(label)),
                    })
                    .collect(),
                fixes: head.fixes.iter().map(|it| it.fix(text)).collect::<Option<_>>()?,
            }),
        };
        Some(Rule {
            id: self.id.to_owned(),
            file,
            since: head.since.value.to_owned(),
            level: Level::from_name(head.level.value)?,
            group: head.group.value.to_owned(),
            summary: head.summary.value.to_owned(),
            why: head.why.value.trim().to_owned(),
            help: Source::new(text(&head.help)),
            sources: head.sources.iter().map(|&it| it.to_owned()).collect(),
            locked: head.locked,
            check,
            examples: Vec::new(),
        })
    }
}

impl Written {
    /// The text with the place of each of its bytes, as far as it stands in the file as it is.
    fn text(&self, file: FileId, source: &str) -> Text {
        let span = Span::new(file, self.start, self.end);
        let literal = source.get(self.start..self.end).unwrap_or_default();
        match literal.find(self.value) {
            Some(offset) => Text::verbatim(self.value, span, self.start + offset),
            None => Text::new(self.value, span, Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rule_file;
    use crate::source::SourceMap;

    /// A rule as text, without examples and without the places of single characters.
    fn shown(rule: Rule) -> String {
        let show = |it: &Source| format!("{:?} at {:?}", it.text.value, it.text.span());
        let mut lines = vec![
            format!("{} {} {:?} {} {}", rule.id, rule.since, rule.level, rule.group, rule.locked),
            rule.summary,
            rule.why,
            show(&rule.help),
            rule.sources.join(" "),
        ];
        if let Some(check) = &rule.check {
            let sources = [Some(&check.require), Some(&check.message)];
            let optional = [check.when.as_ref(), check.select.as_ref()];
            lines.push(format!("{:?}", check.on));
            lines.extend(
                sources.into_iter().chain(optional).map(|it| it.map(show).unwrap_or_default()),
            );
            lines.extend(check.related.iter().flat_map(|it| [show(&it.at), show(&it.label)]));
            for it in &check.fixes {
                let (at, to) = it.action.sources();
                lines.push(format!("{:?} {}", it.safety, show(&it.title)));
                lines.extend(it.when.iter().chain([at]).chain(to).map(show));
                if let Action::Option { flag, setting, .. } = &it.action {
                    lines.push(format!("{flag} {setting:?}"));
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
}
