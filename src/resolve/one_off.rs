//! Commands that do their work and end: no server and no worker stays behind them.

use crate::launch::{Launch, Word};
use crate::programs::listed;

/// Programs that read what they run from a terminal.
const INTERPRETERS: &[&str] = &["bun", "deno", "irb", "node", "php"];

/// Whether a command certainly ends by itself.
pub(super) fn is_one_off(launch: &Launch) -> bool {
    waits_for_person(&launch.argv) || works_once(&launch.argv)
}

/// An interpreter that is told nothing waits for a person, and ends when there is none.
fn waits_for_person(argv: &[Word]) -> bool {
    let is_told_nothing = match argv {
        [_] => true,
        [_, option] => option.text().is_some_and(|it| matches!(it.as_str(), "-a" | "-i")),
        _ => false,
    };
    let program = argv.first().and_then(Word::text);
    let is_interpreter = |it: &str| is_python(it) || INTERPRETERS.contains(&it);
    is_told_nothing && program.is_some_and(|it| is_interpreter(name(&it)))
}

/// Whether it is a program that does its work and ends, by what `programs/` says.
pub(super) fn works_once(argv: &[Word]) -> bool {
    let text = |idx: usize| argv.get(idx).and_then(Word::text);
    let Some(path) = text(0) else { return false };
    if name(&path) == "php" {
        let is_option = |it: &&Word| it.text().is_some_and(|it| it.starts_with('-'));
        let idx = 1 + argv[1..].iter().take_while(is_option).count();
        return text(idx).is_some_and(|it| listed::ends(&it, argv, idx + 1));
    }
    if !is_python(name(&path)) {
        return listed::ends(&path, argv, 1);
    }
    if let (Some("-m"), Some(module)) = (text(1).as_deref(), text(2)) {
        // The commands of a project are those of `django-admin`.
        let module = if module == "django" { "django-admin" } else { &module };
        return listed::ends(module, argv, 3);
    }
    let is_script = |it: &Word| it.text().is_none_or(|it| !it.starts_with('-'));
    let script = argv[1..].iter().position(is_script).map(|it| it + 1);
    let is_django = |idx: &usize| text(*idx).is_some_and(|it| name(&it) == "manage.py");
    script.filter(is_django).is_some_and(|idx| listed::ends("manage.py", argv, idx + 1))
}

/// The last part of a path.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `python`, `python3`, `python3.12`.
fn is_python(name: &str) -> bool {
    let version = name.strip_prefix("python");
    version.is_some_and(|it| it.chars().all(|it| it.is_ascii_digit() || it == '.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceMap, Span};

    #[track_caller]
    fn check(command: &str, expect: bool) {
        let file = SourceMap::new().add("Procfile", command);
        let word = |it: &str| Word::literal(it, Span::new(file, 0, command.len()));
        let words: Vec<Word> = command.split(' ').map(word).collect();
        assert_eq!(waits_for_person(&words) || works_once(&words), expect, "{command}");
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
    fn programs_that_work_once_are_told_by_their_subcommands() {
        check("dbt build", true);
        check("dbt --profiles-dir /etc/dbt run --select shop", true);
        check("dbt docs serve", false);
        check("/srv/shop/venv/bin/alembic -c conf/alembic.ini upgrade head", true);
        check("python -m alembic upgrade head", true);
        check("pg_dump shop", true);
        check("rclone sync /data s3:shop", true);
        check("rclone serve http /data", false);
        check("flask db upgrade", true);
        check("flask --app shop run", false);
        check("bin/rails db:migrate", true);
        check("bin/rails server", false);
        check("php artisan migrate --force", true);
        check("php -d memory_limit=1G artisan config:cache", false);
        check("php artisan queue:work", false);
        check("php artisan octane:start --server=swoole", false);
        check("./scripts/dbt build", false);
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
