//! What starts in an image: its own command, or that of a manifest behind its entry point.

use std::sync::Arc;

use super::{Form, Image, broken_list};
use crate::commands;
use crate::diagnostic::{Diagnostic, Label};
use crate::document::Text;
use crate::draft::{Command, ImageCommand};
use crate::fact::Unknown;
use crate::images::bases;
use crate::source::Span;

impl Image {
    /// What starts when the manifest names no command.
    pub(crate) fn command(&self, acc: &mut Vec<Diagnostic>) -> Command {
        if let Some(unknown) = &self.hidden {
            return Command::Unknown(unknown.clone());
        }
        let command = match (&self.entrypoint, &self.command) {
            (Some(Form::Broken(span)), _) | (None, Some(Form::Broken(span))) => {
                return broken(acc, *span);
            }
            (None, None) if let Some(command) = &self.base_command => {
                words_command(command.words())
            }
            (None, None) => {
                return Command::Unknown(Unknown::new(
                    "the Dockerfile has no `CMD`, so the base image's own runs",
                    "`CMD` in the Dockerfile",
                ));
            }
            (Some(Form::Shell(text)), _) | (None, Some(Form::Shell(text))) => {
                Command::Shell(text.clone())
            }
            (Some(entrypoint), None) => words_command(entrypoint.words()),
            (None, Some(command)) => words_command(command.words()),
            // The entry point gets the text behind `/bin/sh -c`, and may do anything with it.
            (Some(_), Some(Form::Broken(_))) => {
                return Command::Unknown(Unknown::because("`CMD` is a broken list"));
            }
            (Some(entrypoint), Some(command)) => {
                let (mut words, _) = entrypoint.words();
                let (arguments, span) = command.words();
                words.extend(arguments);
                words_command((words, span))
            }
        };
        self.behind_base(command)
    }

    /// What starts when the manifest's command takes the place of CMD: the entry point stays.
    pub(crate) fn command_behind_entrypoint(
        &self,
        acc: &mut Vec<Diagnostic>,
        command: Command,
    ) -> Command {
        if let Some(unknown) = &self.hidden {
            return Command::Unknown(unknown.clone());
        }
        match (&self.entrypoint, command) {
            (_, unknown @ Command::Unknown(_)) => unknown,
            (Some(Form::Broken(span)), _) => broken(acc, *span),
            (None, command) => self.behind_base(command),
            // The shell gets the manifest's words as `$0` and on, and runs the same text.
            (Some(Form::Shell(text)), _) => self.in_image(Vec::new(), Command::Shell(text.clone())),
            (Some(Form::Words { words, .. }), command) => self.in_image(words.clone(), command),
        }
    }

    /// What starts when the manifest names an entry point and a command: the words of the second
    /// stand behind those of the first.
    pub(crate) fn command_behind(
        &self,
        acc: &mut Vec<Diagnostic>,
        entrypoint: Command,
        command: Command,
    ) -> Command {
        match (&self.hidden, entrypoint) {
            (Some(unknown), _) => Command::Unknown(unknown.clone()),
            (None, Command::Words { words, .. }) => self.in_image(words, command),
            (None, Command::Exec(text)) => {
                let words = commands::split_text(acc, &text);
                // A word that is only known at run time may be several.
                let whole = |it: &Text| {
                    it.gaps()
                        .first()
                        .filter(|gap| gap.range().len() == it.value.len())
                        .map(|gap| gap.unknown.clone())
                };
                match words.iter().find_map(whole) {
                    Some(unknown) => Command::Unknown(unknown),
                    None => self.in_image(words, command),
                }
            }
            (None, other) => other,
        }
    }

    /// What starts when the manifest's command takes the place of both.
    pub(crate) fn command_alone(&self, command: Command) -> Command {
        if let Some(unknown) = &self.hidden {
            return Command::Unknown(unknown.clone());
        }
        self.in_image(Vec::new(), command)
    }

    /// A command behind the entry point of the base image, unless the Dockerfile has one of its own.
    fn behind_base(&self, command: Command) -> Command {
        if self.entrypoint.is_some() {
            return self.in_image(Vec::new(), command);
        }
        if self.base_takes_all && matches!(command, Command::Shell(_)) {
            let reason = "the entry point of the base image gets `/bin/sh -c` for its own";
            return Command::Unknown(Unknown::because(reason));
        }
        let mut command = self.in_image(Vec::new(), command);
        if let Command::Image(image) = &mut command {
            image.entry_of_base.clone_from(&self.base_entry);
            let base = self.base.as_deref().unwrap_or("a base image that is filled in");
            image.may_take_words = bases::may_take_words(base).then(|| base.to_owned());
        }
        command
    }

    /// The same for a text that is run without a shell, because there is this Dockerfile: `why` is
    /// said at its base image.
    pub(crate) fn text_without_shell(&self, text: &Text, why: &str) -> Command {
        let mut command = self.command_alone(Command::Exec(text.clone()));
        let place = self.base_fact.as_ref().and_then(|it| it.origin.span);
        if let Command::Image(it) = &mut command {
            it.without_shell = place.map(|it| Label::new(it, why));
        }
        command
    }

    fn in_image(&self, entrypoint: Vec<Text>, command: Command) -> Command {
        Command::Image(Box::new(ImageCommand {
            entrypoint,
            sh: self.sh,
            build: Arc::clone(&self.build),
            hidden_packages: self.hidden_packages(),
            assumed: self.assumed.clone(),
            compiled: Arc::clone(&self.compiled),
            ..ImageCommand::seeing(command, Arc::clone(&self.files))
        }))
    }

    /// Why its base may bring packages of Python: others than the official images may.
    fn hidden_packages(&self) -> Option<String> {
        let Some(base) = &self.base else { return Some("its base image is not known".to_owned()) };
        let name = base.split(['@', ':']).next().unwrap_or_default();
        let name = name.strip_prefix("docker.io/").unwrap_or(name);
        let name = name.strip_prefix("library/").unwrap_or(name);
        let is_plain = matches!(name, "python" | "debian" | "ubuntu" | "alpine" | "pypy")
            || name == "ghcr.io/astral-sh/uv";
        (!is_plain).then(|| format!("the image `{base}` may bring packages"))
    }
}

fn broken(acc: &mut Vec<Diagnostic>, span: Span) -> Command {
    acc.push(broken_list(span));
    Command::Unknown(Unknown::because("the Dockerfile gives a broken list to a shell"))
}

fn words_command((words, span): (Vec<Text>, Span)) -> Command {
    Command::Words { words, span }
}
