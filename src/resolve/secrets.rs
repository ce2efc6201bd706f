//! Variables that hold a key or a password, where a file says their values.

use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::programs::listed::PROGRAMS;
use crate::project::{Environment, Facts};
use crate::vocabulary as v;

/// Names of keys that sign sessions and tokens: of Django and Flask, Rails, Laravel, Symfony,
/// Auth.js, and those that tutorials of Express give them.
///
/// Sources: <https://docs.djangoproject.com/en/stable/ref/settings/#secret-key>,
/// <https://guides.rubyonrails.org/security.html#environmental-security>,
/// <https://laravel.com/docs/12.x/encryption#configuration>,
/// <https://symfony.com/doc/current/reference/configuration/framework.html#secret>,
/// <https://authjs.dev/reference/core/errors#missingsecret>.
const SIGNING_KEYS: &[&str] = &[
    "APP_KEY",
    "APP_SECRET",
    "AUTH_SECRET",
    "DJANGO_SECRET_KEY",
    "FLASK_SECRET_KEY",
    "JWT_SECRET",
    "JWT_SECRET_KEY",
    "NEXTAUTH_SECRET",
    "SECRET_KEY",
    "SECRET_KEY_BASE",
    "SESSION_SECRET",
];

/// Parts of values that are made up for a step of the build, in which settings must load, and
/// replaced when the program runs.
const MADE_UP: &[&str] = &[
    "build",
    "collectstatic",
    "dummy",
    "fake",
    "non-secret",
    "non_secret",
    "nonsecret",
    "not-a-secret",
    "not-secret",
    "not_a_secret",
    "not_secret",
    "notsecret",
    "temporary",
];

/// Bytes of a key of Laravel that is not written in base64.
const LARAVEL_KEY_BYTES: usize = 32;

/// Shorter ones, such as the `1` of a Dockerfile of Rails, are made up, too.
const KEY_BYTES_MIN: usize = 4;

/// Parts of values that something else fills in.
const FILLED_IN: &[&str] = &["$(", "${", "{{", "<%"];

/// What a reference to a secret elsewhere begins with.
const REFERENCES: &[&str] =
    &["arn:", "aws-sm:", "file:", "gcp-sm:", "op://", "projects/", "ref+", "sm://", "vault:"];

/// Passwords that are tried first, and those of the examples of the images.
const GUESSED: &[&str] = &[
    "",
    "1234",
    "12345",
    "123456",
    "12345678",
    "admin",
    "change_me",
    "changeme",
    "couchdb",
    "example",
    "grafana",
    "guest",
    "influxdb",
    "mariadb",
    "minio123",
    "minioadmin",
    "mongo",
    "mongodb",
    "my-secret-pw",
    "mysql",
    "neo4j",
    "pass",
    "password",
    "postgres",
    "rabbitmq",
    "root",
    "rootpassword",
    "secret",
    "somewordpress",
    "test",
    "toor",
    "wordpress",
];

/// Variables that have the image of a database ask nobody for a password, and the values that do so;
/// `None` where every value does but none.
///
/// Sources: <https://hub.docker.com/_/mysql>, <https://hub.docker.com/_/mariadb>,
/// <https://hub.docker.com/_/postgres> (`POSTGRES_HOST_AUTH_METHOD`), <https://hub.docker.com/_/neo4j>
const WITHOUT_PASSWORD: &[(&str, &str, Option<&str>)] = &[
    ("mysql", "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", None),
    ("mysql", "MYSQL_ALLOW_EMPTY_PASSWORD", None),
    ("neo4j", "NEO4J_AUTH", Some("none")),
    ("postgres", "POSTGRES_HOST_AUTH_METHOD", Some("trust")),
];

/// Variables with a password of root, beside which an empty one is allowed in vain.
const OF_ROOT: &[&str] = &[
    "MARIADB_RANDOM_ROOT_PASSWORD",
    "MARIADB_ROOT_PASSWORD",
    "MARIADB_ROOT_PASSWORD_FILE",
    "MARIADB_ROOT_PASSWORD_HASH",
    "MYSQL_RANDOM_ROOT_PASSWORD",
    "MYSQL_ROOT_PASSWORD",
    "MYSQL_ROOT_PASSWORD_FILE",
];

/// Names the variables; a label goes to the value.
pub(super) fn facts(facts: &mut Facts, environment: &Environment) {
    let is_written = |value: &str| {
        let lower = value.to_ascii_lowercase();
        let has = |parts: &[&str]| parts.iter().any(|it| lower.contains(it));
        let is_reference = REFERENCES.iter().any(|it| lower.starts_with(it)) || is_hole(value);
        value.len() >= KEY_BYTES_MIN && !is_reference && !has(MADE_UP) && !has(FILLED_IN)
    };
    // Others call the id of an application so; Laravel's key has a form of its own.
    let is_of_laravel = |it: &str| it.starts_with("base64:") || it.len() == LARAVEL_KEY_BYTES;
    let is_key =
        |name: &str, value: &str| is_written(value) && (name != "APP_KEY" || is_of_laravel(value));
    if let Some(fact) = first(environment, SIGNING_KEYS, &is_key) {
        facts.set(v::VARIABLES_SIGNING_KEY, fact);
    }
    let program = facts.get(v::SERVER).and_then(Fact::text);
    let program = program.and_then(|id| PROGRAMS.iter().find(|it| it.id == id));
    let server = program.map(|it| it.id);
    let names = program.map_or(&[][..], |it| it.password_env);
    // The images make the account of this password only where its name is given.
    let is_used = |name: &str| match name {
        "MARIADB_PASSWORD" => environment.has("MARIADB_USER"),
        "MYSQL_PASSWORD" => environment.has("MYSQL_USER"),
        _ => true,
    };
    let is_guessed = |name: &str, value: &str| {
        // The name and the password with a slash between them.
        let value =
            if name == "NEO4J_AUTH" { value.split_once('/').map(|it| it.1) } else { Some(value) };
        let value = value.map(str::to_ascii_lowercase);
        is_used(name) && value.is_some_and(|it| GUESSED.contains(&it.as_str()))
    };
    if let Some(fact) = first(environment, names, &is_guessed) {
        facts.set(v::VARIABLES_GUESSED_PASSWORD, fact);
    }
    let of_server = WITHOUT_PASSWORD.iter().filter(|it| Some(it.0) == server);
    let open: Vec<&str> = of_server.map(|it| it.1).collect();
    let is_open = |name: &str, value: &str| {
        let needed = WITHOUT_PASSWORD.iter().find(|it| it.1 == name).and_then(|it| it.2);
        let is_vain = needed.is_none() && OF_ROOT.iter().any(|it| environment.has(it));
        !is_vain && needed.map_or(!value.is_empty(), |it| it == value)
    };
    if let Some(fact) = first(environment, &open, &is_open) {
        facts.set(v::VARIABLES_NO_PASSWORD, fact);
    }
}

/// Whether a value is a name that something replaces: `$SECRET_KEY`, `__SECRET_KEY__`.
fn is_hole(value: &str) -> bool {
    let inside = value.strip_prefix('$').or_else(|| value.strip_prefix("__")?.strip_suffix("__"));
    inside.is_some_and(|it| it.bytes().all(|it| it.is_ascii_uppercase() || it == b'_'))
}

/// The first of the variables, in the order of the file, whose value is known and is such a one.
fn first(
    environment: &Environment,
    names: &[&str],
    is_it: &dyn Fn(&str, &str) -> bool,
) -> Option<Fact> {
    // `${DB_PASSWORD:-}` is empty until somebody sets the variable, and keeps compose from warning.
    let is_left_open = |fact: &Fact| fact.text() == Some("") && fact.origin.is_assumed();
    let variables = environment.iter().filter(|(name, fact)| {
        names.contains(name)
            && fact.origin.span.is_some()
            && !is_left_open(fact)
            && fact.text().is_some_and(|it| is_it(name, it))
    });
    let (name, fact) = variables.min_by_key(|it| it.1.origin.span.map(|it| it.start))?;
    let source = format!("the value of `{name}`");
    let origin = Origin { span: fact.origin.span, ..Origin::new(OriginKind::Derived, source) };
    // What it rests on is said, the value itself is not.
    let inputs = fact.origin.inputs.iter().cloned();
    let origin = inputs.fold(origin, |it, input| it.with_input(input.name, input.fact));
    Some(Fact::known(Value::Text(name.to_owned()), origin))
}
