//! Commands that do their work and end: no server and no worker stays behind them.

use crate::launch::{Launch, Word};

/// Django's own commands, without those that serve or wait for a person.
/// Source: <https://docs.djangoproject.com/en/5.2/ref/django-admin/>
const DJANGO: &[&str] = &[
    "changepassword",
    "check",
    "clearsessions",
    "collectstatic",
    "compilemessages",
    "createcachetable",
    "createsuperuser",
    "diffsettings",
    "dumpdata",
    "findstatic",
    "flush",
    "inspectdb",
    "loaddata",
    "makemessages",
    "makemigrations",
    "migrate",
    "optimizemigration",
    "remove_stale_contenttypes",
    "sendtestemail",
    "showmigrations",
    "sqlflush",
    "sqlmigrate",
    "sqlsequencereset",
    "squashmigrations",
];

/// Programs that read what they run from a terminal.
const INTERPRETERS: &[&str] = &["bun", "deno", "irb", "node", "php"];

/// Whether a command certainly ends by itself.
pub(super) fn is_one_off(launch: &Launch) -> bool {
    let words: Vec<String> = launch.argv.iter().map_while(Word::text).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    is_one_off_command(&words)
}

fn is_one_off_command(words: &[&str]) -> bool {
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    // An interpreter that is told nothing waits for a person, and ends when there is none.
    if let [program] | [program, "-a" | "-i"] = words
        && (is_python(&name(program)) || INTERPRETERS.contains(&name(program).as_str()))
    {
        return true;
    }
    let command = match words {
        [python, "-m", "django", rest @ ..] if is_python(&name(python)) => rest.first(),
        [python, rest @ ..] if is_python(&name(python)) => {
            let script = rest.iter().position(|it| !it.starts_with('-'));
            let script = script.filter(|it| name(rest[*it]) == "manage.py");
            script.and_then(|it| rest.get(it + 1))
        }
        [program, rest @ ..] if matches!(name(program).as_str(), "manage.py" | "django-admin") => {
            rest.first()
        }
        _ => None,
    };
    command.is_some_and(|it| DJANGO.contains(it))
}

/// `python`, `python3`, `python3.12`.
fn is_python(name: &str) -> bool {
    let version = name.strip_prefix("python");
    version.is_some_and(|it| it.chars().all(|it| it.is_ascii_digit() || it == '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(command: &str, expect: bool) {
        let words: Vec<&str> = command.split(' ').collect();
        assert_eq!(is_one_off_command(&words), expect, "{command}");
    }

    #[test]
    fn commands_of_django_end_and_those_of_the_project_may_not() {
        check("python manage.py migrate --noinput", true);
        check("python3.12 -u ./manage.py collectstatic", true);
        check("/app/manage.py migrate", true);
        check("django-admin check --deploy", true);
        check("python -m django migrate", true);
        check("python manage.py runserver", false);
        check("python manage.py qcluster", false);
        check("python manage.py", false);
        check("python migrate.py migrate", false);
        check("pythonic manage.py migrate", false);
    }

    #[test]
    fn an_interpreter_alone_ends_without_a_terminal() {
        for command in ["python3", "/usr/local/bin/python", "node", "php -a", "irb"] {
            check(command, true);
        }
        check("node server.js", false);
        check("php artisan", false);
        check("python app.py", false);
    }
}
