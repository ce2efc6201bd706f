//! Programs that a name without a folder stands for.

use super::run::Run;
use super::shell::Shell;
use crate::launch::Word;

impl Run<'_, '_> {
    /// Whether a program is a script that the base image brings.
    pub(super) fn is_of_base(&self, shell: &Shell, program: &Word) -> bool {
        let Some(name) = program.text() else { return false };
        let found = self.found_in_path(shell, &name);
        let path = shell.project_path(self.workspace, found.as_deref().unwrap_or(&name));
        let written = path.as_deref().and_then(|it| self.workspace.written_in_image(it));
        written.is_some_and(|it| it.is_of_base)
    }

    /// The file of the project that a program is in an image, where the build copied it into a folder
    /// that programs are looked for in.
    pub(super) fn found_in_path(&self, shell: &Shell, name: &str) -> Option<String> {
        if name.is_empty() || name.contains('/') {
            return None;
        }
        shell.search_folders(self.workspace).into_iter().find_map(|folder| {
            let path = format!("{}/{name}", folder.trim_end_matches('/'));
            let shown = shell.project_path(self.workspace, &path)?;
            let is_written = self.workspace.written_in_image(&shown).is_some();
            (is_written || self.workspace.is_there(&shown)).then_some(path)
        })
    }
}
