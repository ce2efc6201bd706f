//! Names of settings that an import of another package takes by accident.
//!
//! gunicorn reads every name of its configuration file. A package that is there to configure
//! gunicorn gives settings on purpose: several of them, or from a module whose name says so.

use crate::python::{Binding, PyValue};
use crate::source::Span;

use super::config_file;
use super::table::{self, Check, SettingId};

/// Words in the name of a module that is there to give settings.
const CONFIGURES: [&str; 6] = ["gunicorn", "conf", "setting", "default", "common", "base"];

/// The settings that are taken: with the dotted name of what is imported, and where.
pub(super) fn found(bindings: &[Binding]) -> Vec<(SettingId, String, Span)> {
    let imported: Vec<_> = bindings.iter().filter_map(imported).collect();
    let on_purpose = |import: &str| {
        let (module, _) = import.rsplit_once('.').unwrap_or((import, ""));
        let package = |it: &str| it.split('.').next().unwrap_or_default().to_owned();
        let together = imported.iter().filter(|it| package(it.import) == package(import));
        together.count() > 1 || CONFIGURES.iter().any(|it| module.contains(it))
    };
    // What the file says of the place of the file is never read.
    let is_accident =
        |it: &&Imported<'_>| it.is_plain() && (it.id == table::CONFIG || !on_purpose(it.import));
    let accidents = imported.iter().filter(is_accident);
    accidents.map(|it| (it.id, it.import.to_owned(), it.span)).collect()
}

/// A setting that an import of another package binds.
struct Imported<'a> {
    id: SettingId,
    /// The dotted name of what is imported.
    import: &'a str,
    span: Span,
}

impl Imported<'_> {
    /// Whether the setting is a text, a number, or yes or no: what packages seldom have to give.
    fn is_plain(&self) -> bool {
        matches!(
            self.id.def().check,
            Check::Text
                | Check::Bool
                | Check::Count
                | Check::CountIn(..)
                | Check::AddressList
                | Check::NameList
                | Check::User
                | Check::Group
                | Check::Folder
                | Check::StatsdAddress
                | Check::ReloadEngine
                | Check::Protocols
                | Check::Choice(_)
        )
    }
}

fn imported(binding: &Binding) -> Option<Imported<'_>> {
    let id = SettingId::from_name(&binding.name.value)?;
    let PyValue::Unknown(unknown) = &binding.value else { return None };
    let import = unknown.import()?;
    config_file::is_imported(binding).then_some(Imported { id, import, span: binding.name.span })
}
