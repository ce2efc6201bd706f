//! A page for the terminal: wrapped prose, indented code, bold headings.

use super::{Block, RulePage};
use crate::report::ink::Ink;

/// Narrower than this, lines would break after every word.
const WIDTH_MIN: usize = 30;
/// Wider than this, prose is hard to read.
const WIDTH_MAX: usize = 90;

/// The page of a rule. `width` is that of the terminal, in columns.
pub fn page(rule: &RulePage, width: usize, ink: Ink) -> String {
    let width = width.clamp(WIDTH_MIN, WIDTH_MAX);
    let mut text = format!("{}  {}\n", ink.bold(&rule.id), ink.dim(&rule.facts()));
    wrap(&mut text, &rule.summary, 0, width);
    for block in rule.blocks() {
        match block {
            Block::Heading(heading) => text.push_str(&format!("\n{}\n", ink.bold(&heading))),
            Block::Text(prose) => wrap(&mut text, &prose, 2, width),
            Block::Code { path, text: code } => {
                if let Some(path) = path {
                    text.push_str(&format!("  {}\n", ink.dim(&path)));
                }
                for line in code.lines() {
                    text.push_str(format!("      {line}").trim_end());
                    text.push('\n');
                }
            }
            Block::Links(links) => {
                for link in links {
                    text.push_str(&format!("  {}\n", ink.underlined(&link)));
                }
            }
        }
    }
    if !rule.is_locked {
        text.push_str(&format!("\n{}\n", ink.bold("To allow it in one place")));
        text.push_str(&format!("      # opslint: allow[{}] the reason\n", rule.id));
    }
    text
}

fn wrap(text: &mut String, prose: &str, indent: usize, width: usize) {
    let mut column = 0;
    for word in prose.split_whitespace() {
        let len = word.chars().count();
        if column > 0 && column + 1 + len > width {
            text.push('\n');
            column = 0;
        }
        if column == 0 {
            text.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += len;
    }
    text.push('\n');
}
