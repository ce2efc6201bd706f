//! Precedence: defaults, environment, configuration file, `GUNICORN_CMD_ARGS`, command line.
//!
//! Sources are applied in that order, as gunicorn applies them; each value keeps what it replaced.

use crate::diagnostic::Diagnostic;
use crate::fact::{Case, Fact, Origin, OriginKind, State, TextPart, Unknown, Value};
use crate::launch::Launch;
use crate::programs::calls::Call;
use crate::project::{self, Lookup};
use crate::python::{Binding, Module, PyValue};
use crate::source::Span;
use crate::workspace::Workspace;

use super::arguments::{self, Arguments, Given};
use super::config_file::{self, Location};
use super::number::{self, Base, Parsed};
use super::object::Object;
use super::table::{self, Check, SettingId, Takes};
use super::validate::{Refusal, validate};
use super::values::{Table, default_origin};
use super::{Runtime, capped, checks, diagnostics, names, shadows, shlex};

/// Resolves every setting.
pub(super) fn resolve(
    acc: &mut Vec<Diagnostic>,
    workspace: &mut Workspace<'_>,
    launch: &Launch,
    runtime: Runtime<'_>,
) -> Table {
    let line = arguments::parse(acc, launch.argv.get(1..).unwrap_or_default());
    let variable = command_args(acc, workspace, launch);
    let mut resolver = Resolver { acc, launch, table: defaults(launch) };
    resolver.table.refused |= line.refused || variable.as_ref().is_none_or(|it| it.refused);
    let variable = variable.unwrap_or_default();
    resolver.environment();
    resolver.application(&line);
    resolver.table.only_prints = line.only_prints || variable.only_prints;
    resolver.config_file(workspace, [&line, &variable], runtime);
    resolver.arguments(&variable, "`GUNICORN_CMD_ARGS`");
    resolver.arguments(&line, "the command line");
    resolver.ignored_words([&line, &variable]);
    resolver.passed_sockets();
    resolver.table
}

/// The settings of an application, over gunicorn's own defaults.
pub(super) fn of_application(acc: &mut Vec<Diagnostic>, launch: &Launch, call: &Call) -> Table {
    let mut resolver = Resolver { acc, launch, table: defaults(launch) };
    // Which application it is stands in the code.
    resolver.table.app_unknown = true;
    resolver.environment();
    if let Some(unknown) = &call.hidden {
        resolver.forget(unknown, call.origin.span);
    }
    for (name, binding) in &call.settings {
        if let Some(id) = SettingId::from_name(name) {
            resolver.binding(id, binding);
        }
    }
    resolver.table
}

/// The flags of `GUNICORN_CMD_ARGS`; `None` when it cannot be split.
fn command_args(
    acc: &mut Vec<Diagnostic>,
    workspace: &Workspace<'_>,
    launch: &Launch,
) -> Option<Arguments> {
    let Lookup::Set(fact) = launch.environment.get("GUNICORN_CMD_ARGS") else {
        return Some(Arguments::default());
    };
    match shlex::words(fact, launch.span, &workspace.sources) {
        Ok(words) => Some(arguments::parse(acc, &words)),
        Err(()) => {
            acc.push(diagnostics::unclosed_quote(fact.origin.span.unwrap_or(launch.span)));
            None
        }
    }
}

fn defaults(launch: &Launch) -> Table {
    let mut table = Table::new();
    if !launch.folder.is_empty() {
        let folder = Object::Text(launch.folder.clone());
        table.set_default(table::CHDIR, folder, default_origin());
    }
    table
}

/// Steps for each byte of a file, beside those of its evaluation.
const NAME_COST: usize = 3;

/// Names of a file, settings aside, that may be misspelt settings: each is compared with all of them.
const NAMES_MAX: usize = 300;

struct Resolver<'a> {
    acc: &'a mut Vec<Diagnostic>,
    launch: &'a Launch,
    table: Table,
}

impl Resolver<'_> {
    /// Applies a value: validates it, reports what gunicorn refuses, and keeps what it replaces.
    fn apply(
        &mut self,
        id: SettingId,
        value: Result<Object, Refusal>,
        shown: &str,
        origin: Origin,
    ) {
        let span = origin.span.unwrap_or(self.launch.span);
        let value = value.and_then(|it| validate(id.def().check, it, &self.launch.folder));
        let object = value.unwrap_or_else(|refusal| {
            self.table.refused = true;
            self.acc.push(diagnostics::rejected_value(id, shown, &refusal, span));
            Object::Unknown(Unknown::because(format!("gunicorn refuses {shown}")))
        });
        self.table.replace(id, object, origin);
    }

    /// Defaults that read the environment while gunicorn is imported.
    fn environment(&mut self) {
        self.web_concurrency();
        let launch = self.launch;
        match launch.environment.get("PORT") {
            Lookup::Set(fact) if fact.value() != Some(&Value::Null) => {
                let host = TextPart::Known("0.0.0.0:".to_owned());
                let address = concat(host, &fact.state, None);
                self.apply(table::BIND, Ok(address), "the address", read_by_default("PORT", fact));
            }
            Lookup::Set(_) | Lookup::Unset | Lookup::Unmentioned => {
                self.assume_unset(table::BIND, "PORT");
            }
        }
        if let Lookup::Set(fact) = launch.environment.get("FORWARDED_ALLOW_IPS")
            && fact.value() != Some(&Value::Null)
        {
            let object = Object::from_state(&fact.state);
            let shown = object.describe();
            let origin = read_by_default("FORWARDED_ALLOW_IPS", fact);
            self.apply(table::FORWARDED_ALLOW_IPS, Ok(object), &shown, origin);
        }
        self.control_socket();
    }

    fn web_concurrency(&mut self) {
        let launch = self.launch;
        let fact = match launch.environment.get("WEB_CONCURRENCY") {
            Lookup::Set(fact) if fact.value() != Some(&Value::Null) => fact,
            Lookup::Set(_) | Lookup::Unset | Lookup::Unmentioned => {
                return self.assume_unset(table::WORKERS, "WEB_CONCURRENCY");
            }
        };
        let origin = read_by_default("WEB_CONCURRENCY", fact);
        let span = origin.span.unwrap_or(launch.span);
        let object = match &fact.state {
            State::Known(Value::Int(it)) => Object::Int(*it),
            State::Known(value) => match number::parse(&value.to_string(), Base::Ten) {
                Parsed::Int(it) => Object::Int(it),
                Parsed::Huge => Object::Unknown(Unknown::because("the number is too large")),
                Parsed::Not => {
                    let value = value.to_string();
                    self.table.refused = true;
                    self.acc.push(diagnostics::invalid_web_concurrency(&value, span));
                    Object::Unknown(Unknown::because("`WEB_CONCURRENCY` is not an integer"))
                }
            },
            State::OneOf(cases) => whole_range(cases),
            other => Object::from_state(other),
        };
        let shown = object.describe();
        self.apply(table::WORKERS, Ok(object), &shown, origin);
    }

    /// Sockets that systemd passes on are served in place of all addresses.
    ///
    /// Source: gunicorn/arbiter.py, `start`
    fn passed_sockets(&mut self) {
        let Lookup::Set(fact) = self.launch.environment.get("LISTEN_FDS") else { return };
        // Where anything may be set, this need not be.
        if matches!(fact.value(), None | Some(Value::Null)) {
            return;
        }
        let unknown = Unknown::because(fact.origin.source.clone());
        self.table.replace(table::BIND, Object::Unknown(unknown), fact.origin.clone());
    }

    /// Notes that a default holds only while nothing outside the project sets a variable.
    fn assume_unset(&mut self, id: SettingId, variable: &str) {
        let Some(fact) = self.launch.environment.taken_as_unset(variable) else { return };
        let object = self.table.object(id).clone();
        let origin = default_origin().with_input(format!("${variable}"), fact);
        self.table.set_default(id, object, origin);
    }

    fn control_socket(&mut self) {
        let launch = self.launch;
        let unknown = |it: Unknown| Object::Unknown(it);
        let text = |it: &Fact| it.value().map(ToString::to_string);
        let runtime = match launch.environment.get("XDG_RUNTIME_DIR") {
            Lookup::Set(fact) => text(fact) != Some(String::new()),
            _ => false,
        };
        let object = match launch.environment.get("HOME") {
            _ if runtime => unknown(Unknown::because(
                "it depends on whether the folder `$XDG_RUNTIME_DIR` exists",
            )),
            Lookup::Set(fact) => {
                let tail = TextPart::Known("/.gunicorn/gunicorn.ctl".to_owned());
                let home = match text(fact) {
                    Some(it) => State::Known(Value::Text(it.trim_end_matches('/').to_owned())),
                    None => fact.state.clone(),
                };
                concat(TextPart::Known(String::new()), &home, Some(tail))
            }
            Lookup::Unset => unknown(Unknown::because("it is in the home folder of the user")),
            Lookup::Unmentioned => unknown(project::unmentioned("HOME")),
        };
        self.table.set_default(table::CONTROL_SOCKET, object, default_origin());
    }

    /// The application names the process, until something else does.
    fn application(&mut self, line: &Arguments) {
        let paste = line.given.iter().rev().find(|it| it.setting == table::PASTE);
        self.table.pasted = paste.map(|it| it.word.clone());
        let pasted = paste.is_some();
        if pasted {
            let unknown = Unknown::because("the PasteDeploy file decides");
            for id in [table::DEFAULT_PROC_NAME, SettingId::of("logconfig")] {
                let origin = Origin::new(OriginKind::Derived, "`--paste`");
                self.table.replace(id, Object::Unknown(unknown.clone()), origin);
            }
        }
        self.table.app_unknown = pasted || line.open.is_some();
        let Some(app) = line.positional.first() else { return };
        self.table.app = Some(app.clone());
        if !pasted {
            let origin = app.fact("the application").origin;
            let object = Object::from_state(&app.state());
            self.apply(table::DEFAULT_PROC_NAME, Ok(object), "the application", origin);
        }
    }

    fn config_file(
        &mut self,
        workspace: &mut Workspace<'_>,
        sources: [&Arguments; 2],
        runtime: Runtime<'_>,
    ) {
        let last = |source: &'_ Arguments, id| {
            let given = source.given.iter().rev().find(|it| it.setting == id);
            given.map(|it| it.word.clone())
        };
        let config = sources.iter().find_map(|it| {
            last(it, table::CONFIG).filter(|word| word.text().as_deref() != Some(""))
        });
        let chdir = sources.iter().find_map(|it| last(it, table::CHDIR)).and_then(|it| it.text());
        let open = sources.iter().find_map(|it| it.open.as_ref());
        let location = match open {
            Some((_, unknown)) => Location::Unknown(unknown.clone()),
            None => config_file::locate(
                self.acc,
                workspace,
                self.launch,
                config.as_ref(),
                chdir.as_deref(),
            ),
        };
        match location {
            Location::None => {}
            Location::InImage(image) => self.table.take_as_not_configured(&image),
            Location::Missing => {
                self.table.refused = true;
                let unknown = Unknown::because("the config file is not in this project");
                self.forget(&unknown, config.as_ref().map(|it| it.span));
            }
            Location::Unknown(unknown) => {
                self.forget(&unknown, config.as_ref().map(|it| it.span));
            }
            Location::File(file) => {
                // Many processes may read one long file: each looks at every name of it.
                let len = workspace.sources.file(file).text().len();
                if let Err(spent) = workspace.budget().steps(len * NAME_COST) {
                    return self.forget(&spent.unknown(), config.as_ref().map(|it| it.span));
                }
                let mut module = config_file::evaluate(workspace, self.launch, file, runtime);
                capped::settle(&mut module, workspace, self.launch, (file, runtime));
                self.module(module);
            }
        }
    }

    /// Takes over what a configuration file leaves behind.
    fn module(&mut self, module: Module) {
        self.table.class.clone_from(&module.class);
        self.table.refused |= !module.problems.is_empty();
        self.acc.extend(module.problems);
        if let Some(failure) = &module.failure {
            self.table.refused = true;
            self.acc.push(diagnostics::config_fails(failure.span, &failure.message));
        }
        for hint in &module.annotations {
            let bound = module.bindings.iter().any(|it| it.name.value == hint.value);
            if let Some(id) = SettingId::from_name(&hint.value).filter(|_| !bound) {
                self.acc.push(diagnostics::annotation_without_value(id, hint.span));
            }
        }
        if !module.complete {
            self.forget(
                &Unknown::because("the config file may set more names than are seen"),
                None,
            );
        }
        let shadowed = shadows::found(&module.bindings);
        for (id, import, span) in shadowed {
            self.acc.push(diagnostics::setting_shadowed(id, &import, span));
        }
        let of = |it: &Binding| SettingId::from_name(&it.name.value);
        let written: Vec<SettingId> = module.bindings.iter().filter_map(of).collect();
        let mut left = NAMES_MAX;
        for binding in module.bindings {
            match SettingId::from_name(&binding.name.value) {
                Some(id) => self.binding(id, &binding),
                None if left > 0 => {
                    left -= 1;
                    self.unknown_name(&binding, &written);
                }
                None => {}
            }
        }
    }

    fn binding(&mut self, id: SettingId, binding: &Binding) {
        let object = Object::from(&binding.value);
        let origin = binding.fact.origin.clone();
        if !binding.maybe_unset {
            let shown = object.describe();
            self.apply(id, Ok(object), &shown, origin);
        } else {
            let value = validate(id.def().check, object, &self.launch.folder);
            let refused = || Object::Unknown(Unknown::because("gunicorn may refuse this value"));
            let before = self.table.object(id).clone();
            let object = before.join(value.unwrap_or_else(|_| refused()));
            self.table.replace(id, object, origin);
        }
        self.table.add_earlier(id, &binding.fact.overridden);
    }

    /// Reports a name that was meant to be a setting. Helper variables are read by the file itself.
    /// Beside the setting itself, one in other words is more likely a number of the file's own.
    fn unknown_name(&mut self, binding: &Binding, written: &[SettingId]) {
        if binding.used || config_file::is_imported(binding) {
            return;
        }
        let name = &binding.name;
        if names::removed_setting(&name.value).is_some() {
            self.acc.push(diagnostics::removed_name(&name.value, name.span));
            return;
        }
        let Some(miss) = names::miss(&name.value) else { return };
        if matches!(miss, names::Miss::Words(id) if written.contains(&id)) {
            return;
        }
        let is_hook = matches!(miss.setting().def().check, Check::Hook(_) | Check::PostRequest);
        let is_function = matches!(binding.value, PyValue::Function(_));
        if is_hook == is_function {
            let object = Object::from(&binding.value);
            let stands = checks::stands(miss.setting(), object, &self.launch.folder);
            self.acc.push(diagnostics::missed_name(miss, &name.value, name.span, stands));
        }
    }

    /// Everything may have been set by something that is not known.
    fn forget(&mut self, unknown: &Unknown, span: Option<Span>) {
        for id in SettingId::all() {
            let mut origin = Origin::new(OriginKind::Derived, "not known");
            origin.span = span;
            self.table.replace(id, Object::Unknown(unknown.clone()), origin);
        }
    }

    /// Takes over the flags of one source.
    fn arguments(&mut self, arguments: &Arguments, source: &str) {
        if let Some((before, unknown)) = &arguments.open {
            for given in &arguments.given[..*before] {
                self.table.replace(
                    given.setting,
                    Object::Unknown(unknown.clone()),
                    origin_of(given, source),
                );
            }
        }
        let given = arguments.given.iter().enumerate();
        for (idx, given) in given {
            if arguments.open.as_ref().is_some_and(|(before, _)| idx < *before) {
                continue;
            }
            let rest = &arguments.given[idx + 1..];
            if rest.iter().any(|it| it.setting == given.setting) {
                self.repeated(given, source);
            } else if given.setting.def().takes == Takes::Append {
                self.appended(&arguments.given[..=idx], source);
            } else {
                let shown = shown(given);
                self.apply(given.setting, given.value.clone(), &shown, origin_of(given, source));
            }
        }
    }

    /// A flag that comes again: the value is not validated, only converted.
    fn repeated(&mut self, given: &Given, source: &str) {
        if given.setting.def().takes == Takes::Append {
            return;
        }
        let origin = origin_of(given, source);
        match &given.value {
            Ok(object) => self.table.replace(given.setting, object.clone(), origin),
            Err(_) => self.apply(given.setting, given.value.clone(), &shown(given), origin),
        }
    }

    /// A flag whose uses add up; `given` ends with its last use.
    fn appended(&mut self, given: &[Given], source: &str) {
        let Some(last) = given.last() else { return };
        let uses: Vec<_> = given.iter().filter(|it| it.setting == last.setting).collect();
        let mut origin = origin_of(last, source);
        for earlier in uses.iter().take(uses.len() - 1) {
            origin.span = origin.span.map(|it| earlier.word.span.cover(it));
            origin.inputs.extend(origin_of(earlier, source).inputs);
        }
        let items = uses.iter().filter_map(|it| it.value.clone().ok()).collect();
        self.apply(last.setting, Ok(Object::List(items)), &shown(last), origin);
    }

    fn ignored_words(&mut self, [line, variable]: [&Arguments; 2]) {
        for word in line.positional.iter().skip(1).chain(&variable.positional) {
            self.acc.push(diagnostics::ignored_word(word));
        }
    }
}

fn shown(given: &Given) -> String {
    match (&given.value, given.word.text()) {
        (_, Some(text)) => format!("`{text}`"),
        (Ok(object), None) => object.describe(),
        (Err(_), None) => "this value".to_owned(),
    }
}

fn origin_of(given: &Given, source: &str) -> Origin {
    given.word.fact(format!("`{}` on {source}", given.flag)).origin
}

/// The origin of a default that an environment variable supplies.
fn read_by_default(name: &str, fact: &Fact) -> Origin {
    Origin {
        kind: fact.origin.kind,
        span: fact.origin.span,
        source: format!("gunicorn's default reads `${name}`"),
        inputs: Vec::new(),
    }
    .with_input(format!("${name}"), fact.clone())
}

/// Known text around a value.
fn concat(before: TextPart, value: &State, after: Option<TextPart>) -> Object {
    let mut parts = vec![before];
    match value {
        State::Known(value) => parts.push(TextPart::Known(value.to_string())),
        State::Pattern(inner) => parts.extend(inner.iter().cloned()),
        open => parts.extend(open.open().map(TextPart::Unknown)),
    }
    parts.extend(after);
    let known = |it: &TextPart| match it {
        TextPart::Known(text) => Some(text.clone()),
        TextPart::Unknown(_) => None,
    };
    let text: Option<String> = parts.iter().map(known).collect();
    text.map_or(Object::Pattern(parts), Object::Text)
}

/// The numbers that one of several texts is, as bounds.
fn whole_range(cases: &[Case]) -> Object {
    let number = |it: &Case| match number::parse(&it.value.to_string(), Base::Ten) {
        Parsed::Int(it) => Some(it),
        Parsed::Huge | Parsed::Not => None,
    };
    let all: Option<Vec<i64>> = cases.iter().map(number).collect();
    let all = all.unwrap_or_default();
    match (all.iter().min(), all.iter().max()) {
        (Some(min), Some(max)) => Object::Range(*min, *max),
        _ => Object::Unknown(Unknown::because("`WEB_CONCURRENCY` is not an integer")),
    }
}
