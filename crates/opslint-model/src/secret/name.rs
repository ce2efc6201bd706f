//! Names of variables, keys, settings and flags that hold secrets.
//!
//! A name is judged by its words, so that `PGPASSWORD`, `--api-key`, `clientSecret` and
//! `SECRET_KEY_BASE` are told from `TOKEN_URL`, `PASSWORD_MIN_LENGTH` and `MAX_TOKENS`.

/// How much a name says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hint {
    /// Nothing.
    None,
    /// It may be a secret: `STRIPE_KEY`. Only a value that looks drawn by chance is one.
    Maybe,
    /// It names a secret.
    Secret,
}

/// Last words of names for secrets, also at the end of a longer word: `pgpassword`.
const SECRETS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "secretkey",
    "accesskey",
    "privatekey",
    "authkey",
    "masterkey",
    "credentials",
];

/// The same as words of their own only: other words end like these.
const SECRET_WORDS: &[&str] = &[
    "pass",
    "pwd",
    "pat",
    "dsn",
    "salt",
    "credential",
    "authorization",
    "requirepass",
    "masterauth",
    "basicauth",
];

/// What a key is for when it is a secret.
const KEYS_FOR: &[&str] = &[
    "secret",
    "api",
    "access",
    "private",
    "signing",
    "sign",
    "encryption",
    "encrypt",
    "decryption",
    "master",
    "account",
    "auth",
    "service",
    "storage",
    "license",
    "licence",
    "jwt",
    "session",
    "shared",
    "deploy",
    "webhook",
    "app",
    "fernet",
    "hmac",
    "signature",
    "crypto",
    "cookie",
    "admin",
    "subscription",
    "registration",
    "preshared",
    "aes",
    "rsa",
    "base",
];

/// Last words of names that say something about a secret and hold none.
const ABOUT: &[&str] = &[
    "file",
    "files",
    "path",
    "paths",
    "dir",
    "folder",
    "directory",
    "name",
    "names",
    "id",
    "ids",
    "url",
    "uri",
    "urls",
    "endpoint",
    "host",
    "hosts",
    "port",
    "header",
    "headers",
    "ttl",
    "timeout",
    "lifetime",
    "expiry",
    "expire",
    "expires",
    "expiration",
    "minutes",
    "seconds",
    "days",
    "hours",
    "age",
    "length",
    "len",
    "size",
    "min",
    "max",
    "limit",
    "limits",
    "count",
    "enabled",
    "disabled",
    "required",
    "optional",
    "policy",
    "policies",
    "validator",
    "validators",
    "hasher",
    "hashers",
    "reset",
    "field",
    "fields",
    "type",
    "types",
    "algorithm",
    "algorithms",
    "alg",
    "prefix",
    "suffix",
    "version",
    "arn",
    "ref",
    "refs",
    "manager",
    "provider",
    "store",
    "backend",
    "backends",
    "issuer",
    "audience",
    "scope",
    "scopes",
    "regex",
    "pattern",
    "rotation",
    "form",
    "forms",
    "view",
    "views",
    "change",
    "parallelism",
    "class",
    "classes",
    "location",
    "generator",
    "mount",
    "env",
    "var",
    "variable",
    "dummy",
    "param",
    "format",
    "mode",
    "model",
    "models",
    "serializer",
    "serializers",
    "rule",
    "rules",
    "usage",
    "budget",
    "bytes",
    "window",
    "rate",
    "cost",
    "info",
    "status",
    "state",
    "template",
    "templates",
    "email",
    "hint",
    "done",
    "confirm",
    "strength",
    "group",
    "role",
    "region",
    "bucket",
    "namespace",
    "label",
    "labels",
    "method",
    "methods",
    "handler",
    "key_ref",
    "from",
    "source",
    "mapping",
    "config",
    "settings",
    "driver",
    "engine",
    "cache",
    "user",
    "username",
];

/// First words of names that hold a switch or a number.
const SWITCHES: &[&str] = &[
    "max",
    "min",
    "num",
    "use",
    "uses",
    "has",
    "is",
    "require",
    "requires",
    "enable",
    "disable",
    "allow",
    "show",
    "skip",
    "generate",
    "rotate",
    "public",
    "publishable",
    "no",
    "without",
    "expected",
    "external",
    "csrf",
    "xsrf",
];

/// Whether a name may say anything: every word of every text is asked for, and few do.
fn has_stem(name: &str) -> bool {
    let small = |it: &[u8]| [it[0] | 0x20, it[1] | 0x20, it[2] | 0x20];
    // Letters that are none of ASCII may become one in lower case.
    !name.is_ascii() || name.as_bytes().windows(3).any(|it| is_stem(&small(it)))
}

/// Whether these are three letters of a word that makes a name one of a secret, or perhaps one. As
/// patterns, all are looked for at once.
fn is_stem(letters: &[u8; 3]) -> bool {
    matches!(
        letters,
        b"pas"
            | b"sec"
            | b"tok"
            | b"key"
            | b"cre"
            | b"aut"
            | b"pwd"
            | b"pat"
            | b"dsn"
            | b"sal"
            | b"cer"
            | b"pin"
            | b"sig"
    )
}

/// What the name of a variable, key, setting or flag says about its value.
pub(super) fn hint(name: &str) -> Hint {
    if !has_stem(name) {
        return Hint::None;
    }
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return Hint::None };
    if words.ends_with(&["access", "key", "id"]) {
        return Hint::Secret;
    }
    if SWITCHES.contains(first) && words.len() > 1 || ABOUT.contains(last) {
        return Hint::None;
    }
    if (0..words.len()).any(|idx| is_secret_at(&words, idx)) {
        return Hint::Secret;
    }
    match *last {
        "key" | "keys" | "auth" | "cert" | "pin" | "signature" if words.len() > 1 => Hint::Maybe,
        _ => Hint::None,
    }
}

/// Whether a name holds a secret, whatever its value looks like.
pub fn is_secret(name: &str) -> bool {
    hint(name) == Hint::Secret
}

fn is_secret_at(words: &[&str], idx: usize) -> bool {
    let word = words[idx];
    let before = idx.checked_sub(1).map(|it| words[it]);
    match word {
        "key" => before.is_some_and(|it| KEYS_FOR.contains(&it)),
        "auth" => before == Some("basic"),
        "tokens" => before.is_some_and(|it| ["api", "auth", "access", "bearer"].contains(&it)),
        word => SECRET_WORDS.contains(&word) || SECRETS.iter().any(|it| word.ends_with(it)),
    }
}

/// The words of a name in lower case: parts between other signs than letters and digits, and before
/// a capital letter that follows a small one.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for it in name.chars() {
        if !it.is_alphanumeric() || (was_small && it.is_uppercase()) {
            words.push(String::new());
        }
        was_small = it.is_lowercase() || it.is_ascii_digit();
        if it.is_alphanumeric() {
            words.last_mut().expect("there is always a word").extend(it.to_lowercase());
        }
    }
    words.retain(|it| !it.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &str, expect: Hint) {
        for name in names.split_whitespace() {
            assert_eq!(hint(name), expect, "{name}");
        }
    }

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        check(
            "SECRET_KEY SECRET_KEY_BASE DJANGO_SECRET_KEY PASSWORD PGPASSWORD MYSQL_ROOT_PASSWORD \
             DB_PASS API_KEY STRIPE_API_KEY apiKey client_secret clientSecret ClientSecret \
             AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SESSION_TOKEN GITHUB_TOKEN GH_PAT \
             SENTRY_DSN PRIVATE_KEY RAILS_MASTER_KEY FERNET_KEY APP_KEY JWT_SECRET api-key \
             --password --auth-token --basic-auth ssl-keyfile-password EMAIL_HOST_PASSWORD \
             SECRET_KEY_2 TOKEN_GITHUB secret-key password $SECRET_KEY \
             DATABASES.default.PASSWORD spring.datasource.password REDIS_AUTH_TOKEN",
            Hint::Secret,
        );
    }

    /// What makes a hint has one of the stems, so that a name without them is not looked into.
    #[test]
    fn every_word_that_makes_a_hint_has_a_stem() {
        let words = SECRETS.iter().chain(SECRET_WORDS);
        let words = words.chain(&["key", "keys", "auth", "tokens", "cert", "pin", "signature"]);
        for word in words {
            assert!(has_stem(word) && has_stem(&word.to_uppercase()), "{word}");
        }
        assert!(!has_stem("gunicorn") && has_stem("\u{212a}ey"));
    }

    #[test]
    fn names_about_secrets_are_none() {
        check(
            "TOKEN_URL PASSWORD_FILE SECRETS_MANAGER_ARN API_KEY_HEADER ACCESS_TOKEN_LIFETIME \
             PASSWORD_HASHERS AUTH_PASSWORD_VALIDATORS TOKEN_EXPIRE_MINUTES MAX_TOKENS secrets \
             CSRF_TOKEN TOKENIZERS_PARALLELISM PUBLIC_KEY USE_TOKEN keyfile certfile workers bind \
             secretName PASSWORD_RESET_TIMEOUT DATABASE_URL key name KEYCLOAK compass \
             SSH_AUTH_SOCK GOOGLE_APPLICATION passthrough tokenizer bypass PYTHONPATH",
            Hint::None,
        );
        check("STRIPE_KEY ROUTING_KEY proxy-auth", Hint::Maybe);
    }
}
