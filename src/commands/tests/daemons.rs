//! Programs that go to the background by themselves, and what stays in front of the shell then.

use super::*;

/// The program in front where it is not the main one, and whether a shell waits for it.
fn front(script: &str) -> (Option<String>, Option<bool>) {
    let scene = Scene::with(&[]).file("start.sh", script);
    let (launches, _) = scene.run(|it| Source::shell(it, "sh start.sh"));
    let name = launches.front.and_then(|it| it.argv.first().and_then(Word::text));
    (name, launches.shell_stays)
}

#[test]
fn a_daemon_is_not_what_the_shell_waits_for() {
    for (script, expect) in [
        ("php-fpm -D\nexec nginx -g 'daemon off;'\n", (Some("nginx"), Some(false))),
        ("php-fpm -D\nnginx -g 'daemon off;'\n", (Some("nginx"), Some(true))),
        ("gunicorn -D a\nexec nginx\n", (Some("nginx"), Some(false))),
        ("uwsgi --daemonize log a.ini\nexec nginx\n", (Some("nginx"), Some(false))),
        // Nothing is lost where what gets the signal does nothing.
        ("gunicorn --daemon a\ntail -f /dev/null\n", (Some("tail"), None)),
        ("gunicorn a\n", (None, Some(true))),
        ("exec gunicorn a\n", (None, Some(false))),
        ("apache2ctl start\nexec gunicorn a\n", (None, Some(false))),
    ] {
        let (name, stays) = front(script);
        assert_eq!((name.as_deref(), stays), expect, "{script}");
    }
}
