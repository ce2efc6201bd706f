//! Texts that are secrets by their shape, and texts that are none whatever their name says.

use std::ops::Range;

/// Tokens that services give out: how they begin, and how many letters and digits follow at least.
/// Sources: the services' pages on their tokens; GitHub's "Supported secret scanning patterns".
const TOKENS: &[(&str, usize, Rest)] = &[
    ("AKIA", 16, Rest::Alphanumeric),
    ("ASIA", 16, Rest::Alphanumeric),
    ("ghp_", 30, Rest::Alphanumeric),
    ("gho_", 30, Rest::Alphanumeric),
    ("ghu_", 30, Rest::Alphanumeric),
    ("ghs_", 30, Rest::Alphanumeric),
    ("ghr_", 30, Rest::Alphanumeric),
    ("github_pat_", 22, Rest::Any),
    ("glpat-", 20, Rest::Any),
    ("glrt-", 20, Rest::Any),
    ("gldt-", 20, Rest::Any),
    ("xoxb-", 10, Rest::Any),
    ("xoxp-", 10, Rest::Any),
    ("xoxa-", 10, Rest::Any),
    ("xoxr-", 10, Rest::Any),
    ("xoxs-", 10, Rest::Any),
    ("xapp-", 10, Rest::Any),
    ("sk_live_", 16, Rest::Alphanumeric),
    ("sk_test_", 16, Rest::Alphanumeric),
    ("rk_live_", 16, Rest::Alphanumeric),
    ("rk_test_", 16, Rest::Alphanumeric),
    ("whsec_", 16, Rest::Any),
    ("sk-ant-", 20, Rest::Any),
    ("sk-proj-", 20, Rest::Any),
    ("sk-", 32, Rest::Alphanumeric),
    ("SG.", 20, Rest::Any),
    ("AIza", 35, Rest::Any),
    ("ya29.", 20, Rest::Any),
    ("npm_", 30, Rest::Alphanumeric),
    ("pypi-", 40, Rest::Any),
    ("dop_v1_", 40, Rest::Alphanumeric),
    ("doo_v1_", 40, Rest::Alphanumeric),
    ("dor_v1_", 40, Rest::Alphanumeric),
    ("dckr_pat_", 20, Rest::Any),
    ("hf_", 30, Rest::Alphanumeric),
    ("shpat_", 24, Rest::Alphanumeric),
    ("shpss_", 24, Rest::Alphanumeric),
    ("shpca_", 24, Rest::Alphanumeric),
    ("sq0csp-", 20, Rest::Any),
    ("sq0atp-", 20, Rest::Any),
    ("rnd_", 24, Rest::Alphanumeric),
    ("fm2_", 20, Rest::Any),
    ("fo1_", 20, Rest::Any),
    ("HRKU-", 20, Rest::Any),
    ("dp.st.", 20, Rest::Any),
    ("dp.pt.", 20, Rest::Any),
    ("lin_api_", 30, Rest::Alphanumeric),
    ("hvs.", 20, Rest::Any),
    ("PMAK-", 20, Rest::Any),
    ("sntrys_", 20, Rest::Any),
    ("sntryu_", 20, Rest::Any),
    ("nfp_", 24, Rest::Alphanumeric),
    ("pscale_pw_", 20, Rest::Any),
    ("pscale_tkn_", 20, Rest::Any),
    ("xkeysib-", 30, Rest::Any),
    ("AGE-SECRET-KEY-1", 40, Rest::Alphanumeric),
    ("django-insecure-", 10, Rest::Graphic),
    ("https://hooks.slack.com/services/", 20, Rest::Any),
    // The value of a header `Authorization`, wherever it stands: RFC 6750 and RFC 7617.
    ("Bearer ", 16, Rest::Any),
    ("Basic ", 16, Rest::Any),
];

/// Characters that follow the beginning of a token.
#[derive(Clone, Copy, Debug)]
enum Rest {
    Alphanumeric,
    /// Those of Base64 in all its forms, and dots.
    Any,
    /// Everything but blanks and quotes.
    Graphic,
}

impl Rest {
    fn contains(self, it: char) -> bool {
        match self {
            Self::Alphanumeric => it.is_ascii_alphanumeric(),
            Self::Any => it.is_ascii_alphanumeric() || "_-./+=".contains(it),
            Self::Graphic => it.is_ascii_graphic() && !"'\"`".contains(it),
        }
    }
}

/// Fewer letters and digits can be drawn by chance and still look like a word.
const RANDOM_LEN_MIN: usize = 24;
/// The same beside a name like `STRIPE_KEY`.
const RANDOM_LEN_MIN_NAMED: usize = 12;

/// The bytes that tokens begin with: every text is looked at, and few begin like one.
const FIRST_BYTES: [bool; 256] = {
    let mut bytes = [false; 256];
    bytes[b'e' as usize] = true;
    let mut idx = 0;
    while idx < TOKENS.len() {
        bytes[TOKENS[idx].0.as_bytes()[0] as usize] = true;
        idx += 1;
    }
    bytes
};

/// Bytes of the token that a text begins with; 0 when it begins with none.
pub(super) fn token_len(text: &str) -> usize {
    if !text.bytes().next().is_some_and(|it| FIRST_BYTES[usize::from(it)]) {
        return 0;
    }
    let length =
        |rest: &str, wanted: Rest| rest.find(|it| !wanted.contains(it)).unwrap_or(rest.len());
    let first = text.as_bytes().first();
    for (start, min, rest) in TOKENS.iter().filter(|it| it.0.as_bytes().first() == first) {
        if let Some(after) = text.strip_prefix(start) {
            let len = length(after, *rest);
            if len >= *min {
                return start.len() + len;
            }
        }
    }
    // A JSON Web Token: two or three parts of Base64, the first of which is an object.
    let Some(after) = text.strip_prefix("eyJ") else { return 0 };
    let len = length(after, Rest::Any);
    let parts: Vec<&str> = after[..len].split('.').collect();
    let is_long = parts.iter().take(2).all(|it| it.len() >= 10);
    if parts.len() >= 2 && is_long { "eyJ".len() + len } else { 0 }
}

/// Whether letters and digits follow each other as in a text that was drawn by chance: from all
/// three kinds, and seldom two of one kind. Hashes in hexadecimal are none: they name public things.
pub(super) fn is_random(text: &str) -> bool {
    is_random_from(text, RANDOM_LEN_MIN)
}

/// The same for a value whose name may be that of a secret. Here hexadecimal counts.
pub(super) fn is_random_named(text: &str) -> bool {
    let is_hexadecimal = text.len() >= 32 && text.chars().all(|it| it.is_ascii_hexdigit());
    is_hexadecimal || token_len(text) > 0 || is_random_from(text, RANDOM_LEN_MIN_NAMED)
}

fn is_random_from(text: &str, len_min: usize) -> bool {
    if text.len() < len_min || !text.chars().all(|it| Rest::Any.contains(it)) {
        return false;
    }
    let kind = |it: u8| match it {
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        b'0'..=b'9' => 3,
        _ => 0,
    };
    let kinds: Vec<u8> = text.bytes().map(kind).filter(|it| *it > 0).collect();
    let changes = kinds.windows(2).filter(|it| it[0] != it[1]).count();
    let all_kinds = (1..=3).all(|kind| kinds.contains(&kind));
    all_kinds && (changes * 5 >= kinds.len() * 2 || is_aws_secret(text))
}

/// The form of an AWS secret access key: 40 characters of Base64, 4.5 bits of entropy in each.
fn is_aws_secret(text: &str) -> bool {
    let is_base64 = text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'/' || it == b'+');
    let share = |it: u8| text.bytes().filter(|other| *other == it).count() as f64 / 40.0;
    let entropy: f64 = text.bytes().map(|it| -share(it).log2() / 40.0).sum();
    text.len() == 40 && is_base64 && entropy >= 4.5
}

/// Whether a value says where a secret is, or nothing at all, so that it can be shown under any
/// name: empty, a switch, a reference, a placeholder, a path, a dotted name, an address.
pub(super) fn is_harmless(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    let switches =
        ["", "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "undefined", "~"];
    if switches.contains(&lower.as_str()) || is_reference(value) {
        return true;
    }
    // A name for something that is set elsewhere, and what only stands where a value will be.
    let is_masked = value.chars().all(|it| "*x.…•#-".contains(it));
    is_masked || is_path(value) || is_dotted_name(value) || is_plain_address(value)
}

/// `$NAME`, `${NAME}`, `$(command)`, `{{ template }}`, `%(name)s`, `{name}`, `<placeholder>`, `!Ref x`.
fn is_reference(value: &str) -> bool {
    let whole = |open: &str, close: &str| value.starts_with(open) && value.ends_with(close);
    let is_name = |it: &str| {
        !it.is_empty() && it.chars().all(|it| it.is_ascii_alphanumeric() || "_.".contains(it))
    };
    let is_field = |it: &str| it.is_empty() || is_name(it);
    let dollar = value.strip_prefix('$').map(|it| it.trim_start_matches('$'));
    let elsewhere = ["arn:", "op://", "vault:", "ssm:", "projects/", "secret://", "sm://"];
    dollar.is_some_and(is_name)
        || value.starts_with("${{")
        || (whole("${", "}") && !value.contains(":-") && !value.contains(":="))
        || whole("$(", ")")
        || whole("{{", "}}")
        || whole("<", ">")
        || whole("%(", "s")
        || value == "%s"
        || value.strip_prefix('{').and_then(|it| it.strip_suffix('}')).is_some_and(is_field)
        || whole("[", "]") && !value.contains('=')
        || elsewhere.iter().any(|it| value.starts_with(it))
        || is_tagged(value)
}

/// Tags of YAML whose value is made elsewhere.
/// Sources: the "Intrinsic function reference" of CloudFormation; the tags of GitLab CI, Authentik,
/// Home Assistant and Serverless, which say by their name that they take a value from elsewhere.
const TAGS: &[&str] = &[
    "Ref",
    "Sub",
    "GetAtt",
    "ImportValue",
    "Join",
    "Select",
    "Split",
    "FindInMap",
    "If",
    "Base64",
    "Transform",
    "reference",
    "secret",
    "vault",
    "env",
    "ENV",
    "Env",
    "env_var",
    "include",
    "file",
    "File",
];

/// `!Ref Secret`, `!Fn::Sub x`, `!vault |`.
fn is_tagged(value: &str) -> bool {
    let Some(rest) = value.strip_prefix('!') else { return false };
    let tag = rest.split(char::is_whitespace).next().unwrap_or_default();
    TAGS.contains(&tag.strip_prefix("Fn::").unwrap_or(tag))
}

fn is_path(value: &str) -> bool {
    let starts = ["/", "./", "../", "~/"].iter().any(|it| value.starts_with(it));
    let is_part = |it: char| it.is_ascii_alphanumeric() || "/._-@".contains(it);
    starts && value.chars().all(is_part) && !value.split('/').any(is_random_named)
}

/// Where names of code and of settings begin that are read from something else: `var.password`.
const ROOTS: &[&str] = &[
    "app", "config", "context", "data", "django", "each", "env", "github", "inputs", "local",
    "module", "os", "params", "process", "secrets", "self", "settings", "steps", "this", "values",
    "var", "vars",
];

/// `shop.tokens.Model`, `django.contrib.auth`, `config.password`: names of code. A password of three
/// words with dots in between has small letters alone.
fn is_dotted_name(value: &str) -> bool {
    let is_name =
        |it: &str| !it.is_empty() && it.chars().all(|it| it.is_ascii_alphabetic() || it == '_');
    if !value.contains('.') || !value.split('.').all(is_name) {
        return false;
    }
    let root = value.split('.').next().unwrap_or_default();
    let last = value.rsplit('.').next().unwrap_or_default();
    value.contains('_')
        || last.starts_with(|it: char| it.is_ascii_uppercase())
        || ROOTS.contains(&root.to_ascii_lowercase().as_str())
}

/// Whether a value under a name that is perhaps that of a secret is one: `user:password`, or letters
/// and digits in one word, as neither `scram-sha-256` nor `oauth2-proxy` has them.
pub(super) fn likely_part(value: &str) -> Option<Range<usize>> {
    if is_harmless(value) || is_file_name(value) {
        return None;
    }
    if let Some((user, password)) = value.split_once(':') {
        let is_user = |it: char| it.is_ascii_alphanumeric() || "_.@+-".contains(it);
        let is_number = password.bytes().all(|it| it.is_ascii_digit());
        if !user.is_empty()
            && user.chars().all(is_user)
            && !password.starts_with([':', '/', ' '])
            && !is_number
            && !is_harmless(password)
        {
            return Some(user.len() + 1..value.len());
        }
    }
    let mut words = value.split(|it: char| !it.is_ascii_alphanumeric());
    let is_one = |it: &str| it.len() >= LIKELY_LEN_MIN && is_drawn(it);
    words.any(is_one).then_some(0..value.len())
}

/// So many letters and digits in one word are no version of something: `oauth2`, `sha256`.
const LIKELY_LEN_MIN: usize = 7;

/// `settings2.yaml`: what is written in another file.
fn is_file_name(value: &str) -> bool {
    let endings = [
        "py",
        "yml",
        "yaml",
        "json",
        "toml",
        "ini",
        "conf",
        "cfg",
        "env",
        "pem",
        "txt",
        "crt",
        "key",
        "xml",
        "properties",
    ];
    let ending = value.rsplit_once('.').map(|(_, it)| it);
    ending.is_some_and(|it| endings.contains(&it)) && !value.contains(char::is_whitespace)
}

/// An address without user and password, and without a part that was drawn by chance.
fn is_plain_address(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else { return false };
    let is_scheme = scheme.chars().all(|it| it.is_ascii_alphanumeric() || "+-.".contains(it));
    let is_drawn = rest.split(['/', '?', '&', '=', ':']).any(is_random_named);
    is_scheme && !rest.contains('@') && !is_drawn && token_len(value) == 0
}

/// Whether a secret can be told wherever it stands: it is no word that other things have as their
/// name too.
pub(super) fn is_distinct(value: &str) -> bool {
    let has = |wanted: fn(char) -> bool| value.chars().any(wanted);
    let mixed = has(|it| it.is_alphabetic()) && has(|it| !it.is_alphabetic());
    let chars = value.chars().count();
    chars >= 14 || (chars >= 6 && mixed)
}

/// Whether a value is told even within a longer word: nobody has it there by chance.
pub(super) fn is_strong(value: &str) -> bool {
    let chars = value.chars().count();
    chars >= 16 || (chars >= 8 && is_drawn(value))
}

/// Whether letters and digits are mixed, as in no word of a language.
pub(super) fn is_drawn(value: &str) -> bool {
    let has = |wanted: fn(char) -> bool| value.chars().any(wanted);
    has(char::is_alphabetic) && has(char::is_numeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_services_are_known() {
        let letters = "Ab3dE6gH9jKl2nOp5rSt8vWx1zAb3dE6gH9jKl2n";
        for start in ["ghp_", "github_pat_", "glpat-", "xoxb-", "sk_live_", "npm_", "SG.", "hf_"] {
            let token = format!("{start}{letters}");
            assert_eq!(token_len(&format!("{token} rest")), token.len(), "{start}");
        }
        assert_eq!(token_len("AKIAIOSFODNN7EXAMPLE"), 20);
        assert_eq!(token_len("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"), 53);
        for other in ["npm_config_registry", "sk-learn", "hf_transfer", "AKIA", "eyJ.x"] {
            assert_eq!(token_len(other), 0, "{other}");
        }
    }

    #[test]
    fn only_what_was_drawn_by_chance_looks_random() {
        for it in ["q7GmX2pLw9RzT4vKc8NbY6sD", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"] {
            assert!(is_random_from(it, 24), "{it}");
        }
        for it in [
            "AWSLambdaBasicExecutionRole2024",
            "registry.example.com/shop/web",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "com.amazonaws.eu-west-1.secretsmanager",
            "gunicorn-23.0.0-py3-none-any.whl",
            "123e4567-e89b-12d3-a456-426614174000",
        ] {
            assert!(!is_random(it), "{it}");
        }
    }

    #[test]
    fn references_paths_and_switches_are_harmless() {
        for it in [
            "",
            "true",
            "$SECRET_KEY",
            "${DB_PASSWORD}",
            "{{ secret }}",
            "<your-key>",
            "***",
            "/run/secrets/db",
            "shop.models.Token",
            "https://auth.example/token",
            "!Ref Secret",
            "!Fn::Sub x",
            "config.password",
            "shop.api_token",
            "django.contrib.auth",
            "arn:aws:secretsmanager:eu-west-1:1:secret:x",
            "$(cat /run/secret)",
        ] {
            assert!(is_harmless(it), "{it}");
        }
        for it in [
            "kanarie-5d1c",
            "postgres",
            "1234",
            "${A:-hunter2}",
            "a.b1c",
            "p@ss/word",
            "!Kanarie5",
            "!kanarie 5",
            "correct.horse.battery",
        ] {
            assert!(!is_harmless(it), "{it}");
        }
    }

    #[test]
    fn a_value_is_likely_a_secret_with_a_user_or_with_digits_in_a_word() {
        let part = |it: &'static str| likely_part(it).map(|range| &it[range]);
        for it in [
            "scram-sha-256",
            "oauth2-proxy",
            "weekly",
            "basic",
            "30 days",
            "8000",
            "host:8000",
            "http://x.example",
            "settings2024.yaml",
            "true",
            "user:$PASSWORD",
            "web-1.example.org",
            "a:/b",
        ] {
            assert_eq!(part(it), None, "{it}");
        }
        assert_eq!(part("kanarie5d1c"), Some("kanarie5d1c"));
        assert_eq!(part("shop:correct horse"), Some("correct horse"));
    }

    #[test]
    fn words_are_not_distinct() {
        for it in ["postgres", "secret", "changeme", "admin", "a1"] {
            assert!(!is_distinct(it), "{it}");
        }
        assert!(is_distinct("hunter2") && is_distinct("correcthorsebattery"));
    }
}
