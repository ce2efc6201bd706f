//! How many children PHP-FPM has behind the scripts of Heroku's buildpack.

use opslint::analysis::{Analysis, Options};
use opslint::vocabulary as v;
use opslint::workspace::MemoryFiles;

/// The workers of `web` in an app with these files, on a dyno of this size.
fn workers(size: &str, command: &str, files: &[(&str, &str)]) -> String {
    let app = format!(
        r#"{{ "buildpacks": [{{ "url": "heroku/php" }}], "formation": {{ "web": {{ "size": "{size}" }} }} }}"#
    );
    let mut all = MemoryFiles::new()
        .with("Procfile", format!("web: {command}\n"))
        .with("composer.json", "{}")
        .with("package.json", "{}")
        .with("app.json", app);
    for (path, text) in files {
        all = all.with(*path, *text);
    }
    let answer = Analysis::open(all, Options::plain()).expect("the files are there").facts();
    let facts = &answer.projects[0].deployments[0].processes[0].facts;
    let workers = facts.get(v::WORKERS).expect("a server has workers");
    assert_eq!(facts.get(v::CONCURRENCY).map(|it| &it.state), Some(&workers.state));
    workers.state.to_string()
}

#[track_caller]
fn check(command: &str, files: &[(&str, &str)], expect: &str) {
    let command = format!("vendor/bin/{command}");
    assert_eq!(workers("standard-1x", &command, files), expect, "{command} {files:?}");
}

#[test]
fn the_size_of_the_dyno_decides() {
    for (size, expect) in [
        ("basic", "4"),
        ("standard-1x", "4"),
        ("standard-2x", "8"),
        ("performance-m", "20"),
        ("performance-l", "112"),
        ("dyno-2c-4gb", "unknown"),
    ] {
        assert_eq!(workers(size, "vendor/bin/heroku-php-apache2 public/", &[]), expect, "{size}");
    }
}

#[test]
fn the_limit_of_a_child_comes_from_where_php_takes_it() {
    let user = ("public/.user.ini", "; memory_limit = 1M\nmemory_limit = 256M\n");
    check("heroku-php-apache2 public/", &[user], "2");
    check("heroku-php-nginx -C nginx.conf public", &[user], "2");
    // Only the one in the folder of the documents counts.
    check("heroku-php-apache2", &[user], "4");
    let pool = ("fpm.conf", "php_value[memory_limit] = 64M\n");
    check("heroku-php-apache2 -F fpm.conf web/", &[pool], "8");
    check("heroku-php-apache2 -Ffpm.conf public/", &[pool, user], "2");
    let admin = ("fpm.conf", "php_admin_value[memory_limit] = 32M\n");
    check("heroku-php-apache2 -F fpm.conf public/", &[admin, user], "16");
    check("heroku-php-apache2 -i php.ini public/", &[("php.ini", "memory_limit=1G")], "1");
    check("heroku-php-apache2 -i php.ini public/", &[("php.ini", "display_errors=0")], "4");
    check("heroku-php-apache2 -v -p 80 public/", &[], "4");
}

#[test]
fn children_that_are_said_count() {
    let pool = ("fpm.conf", "pm.max_children = 7\n");
    check("heroku-php-apache2 -F fpm.conf public/", &[pool], "7");
    let env = r#"{ "buildpacks": [{ "url": "heroku/php" }], "env": { "WEB_CONCURRENCY": "3" } }"#;
    check("heroku-php-apache2 public/", &[("app.json", env)], "3");
}

#[test]
fn what_is_not_read_is_not_known() {
    let odd = ("public/.user.ini", "memory_limit = ${LIMIT}\n");
    for (command, files) in [
        ("heroku-php-apache2 -f own.conf public/", &[][..]),
        ("heroku-php-apache2 -F fpm.conf.php public/", &[]),
        ("heroku-php-apache2 -i missing.ini public/", &[]),
        ("heroku-php-apache2 -F", &[]),
        ("heroku-php-apache2 public/", &[odd]),
    ] {
        check(command, files, "unknown");
    }
    // The buildpack of Node.js sets the variable before the script looks at it.
    for app in [
        r#"{ "buildpacks": [{ "url": "heroku/nodejs" }, { "url": "heroku/php" }], "formation": { "web": { "size": "basic" } } }"#,
        r#"{ "formation": { "web": { "size": "basic" } } }"#,
    ] {
        check("heroku-php-apache2 public/", &[("app.json", app)], "unknown");
    }
}
