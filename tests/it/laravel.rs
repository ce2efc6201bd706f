//! Where a Laravel application keeps its database and its sessions: what its configuration says, and the
//! variables and files that may say otherwise.

use opslint::analysis::{Analysis, Options};
use opslint::fact::Fact;
use opslint::vocabulary as v;
use opslint::workspace::MemoryFiles;

/// A configuration as new applications have it, with another default and connection.
fn database(default: &str, connection: &str) -> String {
    format!(
        "<?php\nreturn [\n  'default' => {default},\n  'connections' => [\n    'sqlite' => [\n      {connection}\n    ],\n  ],\n];\n"
    )
}

const SQLITE: &str = "'driver' => 'sqlite', 'url' => env('DB_URL'), 'database' => env('DB_DATABASE', database_path('database.sqlite')),";

/// What is known of the files of the process `web`.
fn files(env: &str, files: &[(&str, &str)]) -> [Option<String>; 4] {
    let mut all = MemoryFiles::new()
        .with("fly.toml", format!("[env]\n{env}\n[http_service]\ninternal_port = 80\n"))
        .with("Dockerfile", "FROM php:8.4-apache\nWORKDIR /var/www/html\nCOPY . .\n")
        .with("artisan", "#!/usr/bin/env php\n");
    for (path, text) in files {
        all = all.with(*path, *text);
    }
    let answer = Analysis::open(all, Options::plain()).expect("the files are there").facts();
    let facts = &answer.projects[0].deployments[0].processes[0].facts;
    let ids = [
        v::CODE_DATABASE_FILE,
        v::CODE_DATABASE_FILE_UNLESS,
        v::CODE_SESSION_FILES,
        v::CODE_SESSION_FILES_UNLESS,
    ];
    ids.map(|id| facts.get(id).and_then(Fact::text).map(str::to_owned))
}

#[track_caller]
fn check(env: &str, others: &[(&str, &str)], expect: [Option<&str>; 4]) {
    assert_eq!(files(env, others).each_ref().map(Option::as_deref), expect, "{env} {others:?}");
}

#[test]
fn the_database_is_a_file_where_the_configuration_falls_back_on_sqlite() {
    let usual = database("env('DB_CONNECTION', 'sqlite')", SQLITE);
    let config = ("config/database.php", usual.as_str());
    let unless = [None, Some("DB_CONNECTION"), None, None];
    check("", &[config], unless);
    // Other rules look at what a manifest sets.
    for env in ["DB_CONNECTION = 'pgsql'", "DB_CONNECTION = 'sqlite'", "DB_URL = 'mysql://db/x'"] {
        check(env, &[config], [None; 4]);
    }
    check("DB_DATABASE = ':memory:'", &[config], [None; 4]);
    check("DB_DATABASE = '/data/x.sqlite'", &[config], unless);
    check("APP_ENV = 'production'", &[config], unless);
}

#[test]
fn what_is_written_without_a_variable_is_certain() {
    let own = "'driver' => 'sqlite', 'database' => database_path('shop.sqlite'),";
    let config = database("'sqlite'", own);
    let found = [Some("sqlite:database/shop.sqlite"), None, None, None];
    check("", &[("config/database.php", &config)], found);
    let config = database("'sqlite'", SQLITE);
    check("", &[("config/database.php", &config)], [None, Some("DB_URL"), None, None]);
    // Where the file is, another variable may say.
    let config = database("'sqlite'", &SQLITE.replace("'url' => env('DB_URL'), ", ""));
    let found = [Some("sqlite:…/database.sqlite"), None, None, None];
    check("", &[("config/database.php", &config)], found);
    let found = [Some("sqlite:/data/x.sqlite"), None, None, None];
    check("DB_DATABASE = '/data/x.sqlite'", &[("config/database.php", &config)], found);
}

#[test]
fn anything_but_the_plain_form_is_not_known() {
    for (default, connection) in [
        ("env('DB_CONNECTION', 'mysql')", SQLITE),
        ("env('DB_CONNECTION', env('X', 'sqlite'))", SQLITE),
        ("env('DB_CONNECTION') ?: 'sqlite'", SQLITE),
        ("env('DB_CONNECTION')", SQLITE),
        ("env($name, 'sqlite')", SQLITE),
        ("env('DB_CONNECTION', \"sql$x\")", SQLITE),
        ("env('DB_CONNECTION', 'sqlite'", SQLITE),
        ("env('DB_CONNECTION', 'sqlite')", "'driver' => 'pgsql', 'database' => 'x',"),
        ("env('DB_CONNECTION', 'sqlite')", "'driver' => 'sqlite', 'database' => ':memory:',"),
        ("env('DB_CONNECTION', 'sqlite')", "'driver' => 'sqlite', 'database' => $path,"),
        ("env('DB_CONNECTION', 'sqlite')", "'driver' => 'sqlite', 'url' => parse_url($x),"),
        ("env('DB_CONNECTION', 'sqlite')", ""),
    ] {
        let config = database(default, connection);
        check("", &[("config/database.php", &config)], [None; 4]);
    }
    check(
        "",
        &[("config/database.php", "<?php return array_merge($a, ['default' => 'sqlite'")],
        [None; 4],
    );
    check("", &[("config/database.php", "'default' =>")], [None; 4]);
    check("", &[("config/database.php", "'connections' => ['sqlite' => [ 'ä'")], [None; 4]);
}

#[test]
fn files_of_variables_and_code_may_say_otherwise() {
    let usual = database("env('DB_CONNECTION', 'sqlite')", SQLITE);
    let config = ("config/database.php", usual.as_str());
    let unless = [None, Some("DB_CONNECTION"), None, None];
    check("", &[config, (".env.example", "DB_CONNECTION=sqlite\n# DB_HOST=x\n")], unless);
    check("", &[config, (".env.example", "# DB_CONNECTION=mysql\n")], unless);
    for (path, text) in [
        (".env", "DB_CONNECTION=sqlite\n"),
        (".env.example", "DB_CONNECTION=mysql\n"),
        (".env.production", "DB_CONNECTION=\"pgsql\"\n"),
        (".env.example", "DB_URL=postgres://db/x\n"),
        ("app/Providers/AppServiceProvider.php", "config(['database.default' => 'pgsql']);"),
    ] {
        check("", &[config, (path, text)], [None; 4]);
    }
}

#[test]
fn sessions_are_files_where_the_configuration_says_so() {
    let config = |driver: &str| format!("<?php\nreturn [\n'driver' => {driver},\n];\n");
    let check = |env: &str, driver: &str, written: Option<&str>, unless: Option<&str>| {
        let text = config(driver);
        check(env, &[("config/session.php", &text)], [None, None, written, unless]);
    };
    check("", "env('SESSION_DRIVER', 'file')", None, Some("SESSION_DRIVER"));
    check("", "'file'", Some("Laravel"), None);
    check("", "env('SESSION_DRIVER', 'database')", None, None);
    check("SESSION_DRIVER = 'redis'", "env('SESSION_DRIVER', 'file')", None, None);
    check("", "$driver", None, None);
}

#[test]
fn a_folder_without_the_console_is_no_application() {
    let usual = database("'sqlite'", SQLITE);
    let files = MemoryFiles::new()
        .with("fly.toml", "[http_service]\ninternal_port = 80\n")
        .with("Dockerfile", "FROM php:8.4-apache\nWORKDIR /var/www/html\nCOPY . .\n")
        .with("config/database.php", usual);
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    let facts = &answer.projects[0].deployments[0].processes[0].facts;
    assert!(facts.get(v::CODE_DATABASE_FILE_UNLESS).is_none());
}
