//! Cells in columns as wide as they need to be, with notes under rows.

use std::io;

use super::ink::Ink;
use super::text::wrap;

/// How a column is aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Lines of cells in columns as wide as they need to be.
pub(super) struct Table {
    pub(super) head: Vec<(&'static str, Align)>,
    pub(super) rows: Vec<Vec<String>>,
    /// Lines under a row, by the row's index.
    notes: Vec<(usize, String)>,
}

impl Table {
    pub(super) fn new(head: &[(&'static str, Align)]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new(), notes: Vec::new() }
    }

    /// Adds a note under the last row.
    pub(super) fn note(&mut self, note: Option<&str>, width: usize) {
        let Some(idx) = self.rows.len().checked_sub(1) else { return };
        for line in note.into_iter().flat_map(|it| wrap(it, width.saturating_sub(4).max(40))) {
            self.notes.push((idx, line));
        }
    }

    pub(super) fn write(&self, out: &mut dyn io::Write, ink: Ink) -> io::Result<()> {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|it| it[column].chars().count());
            cells.chain([self.head[column].0.len()]).max().unwrap_or(0)
        };
        // A column that nobody fills says nothing.
        let used = |column: &usize| self.rows.iter().any(|it| !matches!(&*it[*column], "" | "-"));
        let columns: Vec<(usize, usize, Align)> = (0..self.head.len())
            .filter(used)
            .map(|column| (column, width(column), self.head[column].1))
            .collect();
        let line = |cells: &dyn Fn(usize) -> String| {
            let mut line = String::from(" ");
            for &(column, width, align) in &columns {
                let cell = cells(column);
                line.push(' ');
                match align {
                    Align::Left => line.push_str(&format!("{cell:<width$} ")),
                    Align::Right => line.push_str(&format!("{cell:>width$} ")),
                }
            }
            line.trim_end().to_owned()
        };
        if self.head.iter().any(|(name, _)| !name.is_empty()) {
            let head = line(&|column| self.head[column].0.to_owned());
            writeln!(out, "{}", ink.dim(&head))?;
        }
        for (idx, row) in self.rows.iter().enumerate() {
            writeln!(out, "{}", line(&|column| row[column].clone()))?;
            for (_, note) in self.notes.iter().filter(|(it, _)| *it == idx) {
                writeln!(out, "    {}", ink.dim(note))?;
            }
        }
        Ok(())
    }
}
