//! Names of variables, keys, settings and flags that hold secrets.
//!
//! A name is judged by its words, so that `PGPASSWORD`, `--api-key`, `clientSecret` and
//! `SECRET_KEY_BASE` are told from `TOKEN_URL`, `PASSWORD_MIN_LENGTH` and `MAX_TOKENS`.

use super::words::{
    ABOUT, AROUND, COOKIES_OF, KEYS_FOR, LOGINS, SECRET_WORDS, SECRETS, SEEDS_OF, SWITCHES,
    TOKENS_FOR,
};

/// How much a name says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hint {
    /// Nothing.
    None,
    /// It may be a secret: `STRIPE_KEY`. Only a value that looks drawn by chance is one.
    Maybe,
    /// It is one, or a word about one: `HTTP_AUTH`, `ROTATE_SECRET`. A value with letters and digits
    /// in one word is a secret, and the password of `user:password`.
    Likely,
    /// It names a secret.
    Secret,
}

/// Whether a name may say anything: every word of every text is asked for, and few do.
fn has_stem(name: &str) -> bool {
    let small = |it: &[u8]| [it[0] | 0x20, it[1] | 0x20, it[2] | 0x20];
    // Letters that are none of ASCII may become one in lower case.
    !name.is_ascii()
        || name.as_bytes().windows(3).any(|it| is_stem(&small(it)))
        || name.eq_ignore_ascii_case("pw")
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
            | b"jwt"
            | b"bea"
            | b"mne"
            | b"pep"
            | b"see"
            | b"coo"
            | b"ken"
            | b"wac"
            | b"sen"
            | b"mdp"
            | b"asl"
            | b"esl"
            | b"psw"
            | [b'p', b'w', _]
            | [_, b'p', b'w']
    )
}

/// What the name of a variable, key, setting or flag says about its value.
pub(super) fn hint(name: &str) -> Hint {
    if !has_stem(name) {
        return Hint::None;
    }
    let words = words(name);
    let words: Vec<&str> = words.iter().map(|it| without_digits(it)).collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return Hint::None };
    // `_auth` of .npmrc is a name and a password in Base64.
    if words.ends_with(&["access", "key", "id"]) || name == "_auth" {
        return Hint::Secret;
    }
    if ABOUT.contains(last) || is_public(&words) {
        return Hint::None;
    }
    if words.ends_with(&["secrets"]) && is_list_of_secrets(name, &words)
        || (0..words.len()).any(|idx| is_secret_at(&words, idx))
    {
        return match is_switch(first, &words) || AROUND.contains(last) {
            true if words.len() > 1 => Hint::Likely,
            _ => Hint::Secret,
        };
    }
    match *last {
        "auth" | "jwt" | "cookie" => Hint::Likely,
        "key" if is_key_to_log_in(&words) => Hint::Likely,
        "key" | "keys" | "cert" | "pin" | "signature" if words.len() > 1 => Hint::Maybe,
        _ => Hint::None,
    }
}

/// Whether a name holds a secret, whatever its value looks like.
pub fn is_secret(name: &str) -> bool {
    hint(name) == Hint::Secret
}

/// `SSH_KEY`, `GPG_KEY`: the key itself or the name of one.
fn is_key_to_log_in(words: &[&str]) -> bool {
    matches!(words, [.., "ssh" | "gpg" | "pgp" | "deployment" | "server", "key"])
}

/// Whether a name is that of a switch or a number. `NO_REPLY_…` and `MIN_IO_…` are names of things.
fn is_switch(first: &str, words: &[&str]) -> bool {
    let is_thing = matches!(words, ["no", "reply", ..] | ["min", "io", ..]);
    SWITCHES.contains(&first) && !is_thing
}

/// Whether a name is that of what every visitor of a page gets.
fn is_public(words: &[&str]) -> bool {
    match words {
        ["csrf" | "xsrf", .., last] => matches!(*last, "token" | "cookie"),
        ["public" | "publishable", .., last] => matches!(*last, "key" | "keys" | "token"),
        _ => false,
    }
}

/// Whether `secrets` are the values themselves and not the names of some: `APP_SECRETS`.
fn is_list_of_secrets(name: &str, words: &[&str]) -> bool {
    let is_upper = !name.contains(|it: char| it.is_ascii_lowercase());
    is_upper && words.len() > 1 && words[0] != "external"
}

fn is_secret_at(words: &[&str], idx: usize) -> bool {
    let word = words[idx];
    let before = idx.checked_sub(1).map_or("", |it| words[it]);
    match word {
        "key" | "keys" => KEYS_FOR.contains(&before),
        "auth" => before == "basic",
        "seed" => SEEDS_OF.contains(&before) || words.get(idx + 1) == Some(&"phrase"),
        "cookie" => COOKIES_OF.contains(&before),
        "passe" => words[..idx].ends_with(&["mot", "de"]),
        "tokens" => TOKENS_FOR.contains(&before),
        word => {
            SECRET_WORDS.contains(&word)
                || SECRETS.iter().any(|it| word.ends_with(it))
                || is_plural(word)
                || is_glued(word)
        }
    }
}

/// `passwords`, `passphrases`, `apikeys`.
fn is_plural(word: &str) -> bool {
    // Those of which names speak as well: `max_tokens`, `secrets`.
    let is_other = |it: &&&str| !matches!(**it, "secret" | "token");
    let one = word.strip_suffix('s');
    one.is_some_and(|one| SECRETS.iter().filter(is_other).any(|it| one.ends_with(it)))
}

/// Two words without a sign in between: `PGPASS`, `bindpw`, `SIGNINGKEY`.
fn is_glued(word: &str) -> bool {
    let is_login = |end| word.strip_suffix(end).is_some_and(|it| LOGINS.contains(&it));
    let is_key = |end| word.strip_suffix(end).is_some_and(|it| KEYS_FOR.contains(&it));
    ["pass", "pw", "pwd"].into_iter().any(is_login) || ["key", "keys"].into_iter().any(is_key)
}

/// `password` of `PASSWORD1`: what tells one from another.
fn without_digits(word: &str) -> &str {
    let letters = word.trim_end_matches(|it: char| it.is_ascii_digit());
    if letters.is_empty() { word } else { letters }
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
        check(
            "DB_PASSWORD1 PASSWORD2 API_TOKEN1 SECRET1 DBPASS PGPASS SMTPPASS USERPASS DB_PW \
             ldapBindPw bindpw pw SECRETKEYBASE ENCRYPTIONKEY SIGNINGKEY JWTKEY ACCESSKEYID \
             APP_SECRETS DB_PASSWORDS PASSPHRASES API_KEYS api_keys AWS_CREDS db-creds \
             EXTERNAL_API_KEY EXTERNAL_DB_PASSWORD CSRF_SECRET CSRF_SECRET_KEY XSRF_SECRET \
             PUBLIC_API_SECRET NO_REPLY_EMAIL_PASSWORD MIN_IO_SECRET_KEY VAULT_UNSEAL_KEY \
             RABBITMQ_ERLANG_COOKIE PASSKEY DB_PWORD DB_PSW OTP_SEED AWS_CREDENTIAL BEARER MNEMONIC PEPPER WALLET_SEED SEED_PHRASE PASSWORT \
             KENNWORT MOT_DE_PASSE SENHA passw0rd HTPASSWD API_TOKENS CREDENTIALS_JSON",
            Hint::Secret,
        );
    }

    #[test]
    fn names_that_are_secrets_or_about_one_are_judged_by_the_value() {
        check(
            "HTTP_AUTH PROXY_AUTH AUTH JWT COOKIE SESSION_COOKIE ROTATE_SECRET USE_TOKEN \
             SECRET_CONFIG PASSWORD_EMAIL SMTP_PASSWORD_CONFIG SSH_KEY DEPLOY_SSH_KEY GPG_KEY",
            Hint::Likely,
        );
    }

    /// What makes a hint has one of the stems, so that a name without them is not looked into.
    #[test]
    fn every_word_that_makes_a_hint_has_a_stem() {
        let words = SECRETS.iter().chain(SECRET_WORDS);
        let words = words.chain(&["key", "keys", "auth", "tokens", "cert", "pin", "signature"]);
        let words = words.chain(&["seed", "cookie", "jwt", "passe", "secrets", "dbpw", "bindpw"]);
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
             CSRF_TOKEN TOKENIZERS_PARALLELISM PUBLIC_KEY CSRF_COOKIE keyfile certfile workers bind \
             secretName PASSWORD_RESET_TIMEOUT DATABASE_URL key name KEYCLOAK compass \
             SSH_AUTH_SOCK GOOGLE_APPLICATION passthrough tokenizer bypass PYTHONPATH \
             SECRET_NAME PASSWORD_MIN_LENGTH AUTH_USER_MODEL JWT_ALGORITHM CSRF_TRUSTED_ORIGINS \
             PUBLIC_API_KEY TOKEN_STATE PASSWORD_HINT RANDOM_SEED OLDPWD imagePullSecrets \
             EXTERNAL_SECRETS SESSION_COOKIE_SECURE CSRF_COOKIE_NAME monkey KEY_ID turkey base64 \
             SECRET_NAME2 prompt_tokens hotkeys spwd2x",
            Hint::None,
        );
        check("STRIPE_KEY ROUTING_KEY TLS_CERT1", Hint::Maybe);
    }
}
