//! For each key of opslint.toml, what holds without it and how it is written: for the schema, which
//! editors and the reference show.

/// A key by its path, such as `plan.tight-above`; `*` is any name, and `[]` an entry of a list.
#[derive(Debug)]
pub struct Sample {
    /// The path.
    pub path: &'static str,
    /// What holds without it, as TOML; `None` where nothing does.
    pub default: Option<&'static str>,
    /// A value of it, as TOML.
    pub example: &'static str,
}

const fn sample(
    path: &'static str,
    default: Option<&'static str>,
    example: &'static str,
) -> Sample {
    Sample { path, default, example }
}

/// All keys but facts, which the files of a project say.
pub const SAMPLES: &[Sample] = &[
    sample("extends", Some("[]"), r#"["policy", "npm:@acme/policy"]"#),
    sample("pack.name", None, r#""acme-policy""#),
    sample("pack.version", None, r#""1.2.0""#),
    sample("pack.opslint", None, r#""0.1.0""#),
    sample("rules", Some("[]"), r#"["policy/rules"]"#),
    sample("platforms", Some("[]"), r#"["policy/platforms/ours.toml"]"#),
    sample("fail-on", Some("\"warning\""), r#"["error", "undecided"]"#),
    sample("include-examples", Some("false"), "true"),
    sample("exclude", Some("[]"), r#"["legacy/**", "vendor/app.json"]"#),
    sample("baseline", None, r#""opslint-baseline.json""#),
    sample("levels", Some("{}"), r#"{ "*" = "off", memory = "warning", port-mismatch = "error" }"#),
    sample("env", Some("{}"), r#"{ WEB_CONCURRENCY = "4" }"#),
    sample("deployments.*.env", Some("{}"), r#"{ WEB_CONCURRENCY = "4" }"#),
    sample("deployments.*.set", Some("{}"), "{ SECRET_KEY = true, FORWARDED_ALLOW_IPS = false }"),
    sample("deployments.*.processes.*.plan", None, r#""standard-1x""#),
    sample("deployments.*.processes.*.instances", None, "2"),
    sample(
        "deployments.*.processes.*.settings",
        Some("{}"),
        r#"{ MEDIA_ROOT = "/data/media", CONN_MAX_AGE = 60 }"#,
    ),
    sample("overrides.[].paths", None, r#"["staging/**", "fly.staging.toml"]"#),
    sample("overrides.[].levels", None, r#"{ health-check-missing = "off" }"#),
    sample("suppressions.[].rule", None, r#""one-large-instance""#),
    sample("suppressions.[].path", None, r#""app.json""#),
    sample("suppressions.[].process", None, r#""web""#),
    sample("suppressions.[].reason", None, r#""an internal tool; an hour without it is fine""#),
    sample("suppressions.[].until", None, "2027-01-31"),
    sample("plan.over-allocated-below", Some("40"), "30"),
    sample("plan.tight-above", Some("80"), "90"),
    sample("plan.does-not-fit-above", Some("100"), "95"),
];

#[cfg(test)]
mod tests {
    use super::SAMPLES;
    use crate::policy::config::keys::{CONFIG, Key, Shape};
    use crate::policy::config::{Request, load};
    use crate::workspace::{MemoryFiles, Workspace};

    fn paths(prefix: &str, keys: &[Key], found: &mut Vec<String>) {
        for key in keys {
            let mut path = format!("{prefix}{}", key.name);
            let mut shape = &key.shape;
            loop {
                match shape {
                    Shape::List(it) if matches!(it, Shape::Table(_)) => {
                        path += ".[]";
                        shape = it;
                    }
                    Shape::Map(_, it) if matches!(it, Shape::Facts(..)) => {
                        path += ".*";
                        shape = it;
                    }
                    Shape::Table(keys) | Shape::Facts(keys, _) => {
                        paths(&format!("{path}."), keys, found);
                        break;
                    }
                    _ => {
                        found.push(path);
                        break;
                    }
                }
            }
        }
    }

    #[test]
    fn every_key_has_a_sample() {
        let mut all = Vec::new();
        paths("", CONFIG, &mut all);
        all.sort();
        let mut ours: Vec<_> = SAMPLES.iter().map(|it| it.path.to_owned()).collect();
        ours.sort();
        assert_eq!(ours, all);
    }

    /// One file with a key of each table, as somebody would write it.
    fn file(of: impl Fn(&super::Sample) -> Option<&'static str>) -> String {
        let mut text = String::new();
        for it in SAMPLES.iter().filter(|it| !it.path.contains(".[].")) {
            let Some(value) = of(it) else { continue };
            let path = it.path.replacen(".*", ".Procfile", 1).replacen(".*", ".web", 1);
            text += &format!("{path} = {value}\n");
        }
        for table in ["overrides", "suppressions"] {
            text += &format!("[[{table}]]\n");
            for it in SAMPLES {
                let key = it.path.strip_prefix(table).and_then(|it| it.strip_prefix(".[]."));
                if let Some(key) = key {
                    text += &format!("{key} = {}\n", it.example);
                }
            }
        }
        text
    }

    #[test]
    fn samples_and_defaults_are_taken() {
        for text in [file(|it| Some(it.example)), file(|it| it.default)] {
            // What is named elsewhere need not be there for this.
            let text = text.lines().filter(|it| {
                !["extends", "rules", "platforms"].iter().any(|key| it.starts_with(key))
            });
            let text = text.collect::<Vec<_>>().join("\n");
            let files = MemoryFiles::new().with("opslint.toml", text.clone());
            let mut workspace = Workspace::new(&files);
            let candidates = ["opslint.toml".to_owned()];
            let mut acc = Vec::new();
            let request = Request { candidates: &candidates, ..Request::default() };
            load(&mut acc, &mut workspace, &request);
            assert!(acc.is_empty(), "{text}\n{acc:?}");
        }
    }
}
