//! Scripts that start something, by what they hand on: commands, debuggers, texts behind `-c`.

use opslint::analysis::{Analysis, Options};
use opslint::project::Facts;
use opslint::vocabulary::{self as v, FactId};
use opslint::workspace::MemoryFiles;

fn facts(files: &[(&str, &str)]) -> Facts {
    let files = files.iter().fold(MemoryFiles::new(), |all, (path, text)| all.with(*path, *text));
    let answer = Analysis::open(files, Options::plain()).expect("the files are there").facts();
    answer.projects[0].deployments[0].processes[0].facts.clone()
}

/// The facts that a check names: `server workers port`.
const SHOWN: &[(&str, FactId)] = &[
    ("server", v::SERVER),
    ("app", v::APP),
    ("workers", v::WORKERS),
    ("concurrency", v::CONCURRENCY),
    ("timeout", v::TIMEOUT_S),
    ("host", v::BIND_HOST),
    ("port", v::PORT),
    ("reload", v::RELOAD),
    ("migration", v::START_MIGRATION),
];

/// `expect` is of the kind `server=gunicorn workers=3`; a `?` is a value that is not known, and a
/// `-` a fact that is not there.
#[track_caller]
fn check(command: &str, script: &str, expect: &str) {
    check_files(command, &[("main.py", script)], expect);
}

#[track_caller]
fn check_files(command: &str, files: &[(&str, &str)], expect: &str) {
    let procfile = format!("web: {command}\n");
    let found = facts(&[&[("Procfile", procfile.as_str())], files].concat());
    let shown = |name: &str| {
        let id = SHOWN.iter().find(|it| it.0 == name).expect("a fact that is shown").1;
        match found.get(id) {
            Some(fact) if name == "migration" && fact.text().is_some() => "known".to_owned(),
            Some(fact) if fact.value().is_some() => fact.state.to_string(),
            Some(_) => "?".to_owned(),
            None => "-".to_owned(),
        }
    };
    let of = |it: &str| {
        let name = it.split('=').next().unwrap_or_default();
        format!("{name}={}", shown(name))
    };
    let actual: Vec<String> = expect.split(' ').map(of).collect();
    assert_eq!(actual.join(" "), expect, "{command}\n{:?}", found.get(v::SERVER));
}

#[test]
fn a_script_becomes_the_program_that_it_executes() {
    let expect = "server=gunicorn app=app:app workers=3 port=8000";
    for call in [
        "os.execvp('gunicorn', ['gunicorn', '-w', '3', '-b', ':8000', 'app:app'])",
        "os.execv('/usr/local/bin/gunicorn', ['x', '-w', '3', '-b', ':8000', 'app:app'])",
        "os.execlp('gunicorn', 'gunicorn', '-w', '3', '-b', ':8000', 'app:app')",
        "os.execvpe('gunicorn', ['gunicorn', '-w', '3', '-b', ':8000', 'app:app'], os.environ)",
        "os.execv(sys.executable, [sys.executable, '-m', 'gunicorn', '-w3', '-b:8000', 'app:app'])",
        "subprocess.run(['gunicorn', '-w', '3', '-b', ':8000', 'app:app'], check=True)",
        "sys.exit(subprocess.call(['gunicorn', '-w', '3', '-b', ':8000', 'app:app']))",
        "subprocess.check_call('gunicorn -w 3 -b :8000 app:app', shell=True)",
        "subprocess.Popen(['gunicorn', '-w', '3', '-b', ':8000', 'app:app']).wait()",
        "os.system('gunicorn -w 3 -b :8000 app:app')",
        "os.system('exec gunicorn -w %d -b :8000 app:app' % 3)",
        "os.environ['WEB_CONCURRENCY'] = '3'; os.system('gunicorn -b :8000 app:app')",
        "os.environ.setdefault('N', '3'); os.system('gunicorn -w $N -b:8000 app:app')",
    ] {
        check("python main.py", &format!("import os, subprocess, sys\n{call}\n"), expect);
    }
    // What stands behind is never reached.
    let script =
        "import os, uvicorn\nos.execlp('gunicorn', 'gunicorn', 'a:b')\nuvicorn.run('c:d')\n";
    check("python main.py", script, "server=gunicorn app=a:b");
}

#[test]
fn of_several_commands_the_first_that_stays_counts() {
    let script = "import subprocess\nsubprocess.run(['python', 'manage.py', 'migrate'], check=True)\n\
                  subprocess.run(['gunicorn', '-w', '3', 'app:app'])\n";
    check("python main.py", script, "server=gunicorn workers=3 migration=known");
    let script = "import subprocess\nworker = subprocess.Popen(['celery', '-A', 'a', 'worker'])\n\
                  subprocess.run(['gunicorn', '-w', '3', 'app:app'])\nworker.wait()\n";
    check("python main.py", script, "server=gunicorn workers=3");
    let script = "import subprocess\nfor words in (['flask', 'db', 'upgrade'], ['uvicorn', 'a:b']):\n    \
                  subprocess.check_call(words)\n";
    check("python main.py", script, "server=uvicorn app=a:b");
    // A server that the script starts itself is what it is there for.
    let script = "import subprocess, uvicorn\nsubprocess.run(['alembic', 'upgrade', 'head'])\n\
                  uvicorn.run('c:d')\n";
    check("python main.py", script, "server=uvicorn app=c:d");
}

#[test]
fn commands_that_are_not_known_leave_the_server_unknown() {
    for call in [
        "subprocess.run(['git', 'rev-parse', 'HEAD'])",
        "subprocess.run(sys.stdin.read().split())",
        "subprocess.run(['gunicorn', 'app:app'], cwd='/elsewhere')",
        "subprocess.run(['gunicorn', 'app:app'], env={'A': 'b'})",
        "subprocess.run(['gunicorn', *sys.stdin.read().split()])",
        "os.execvpe('gunicorn', ['gunicorn', 'app:app'], {})",
        "os.system(input())",
        "subprocess.run(['gunicorn app:app'])",
    ] {
        check("python main.py", &format!("import os, subprocess, sys\n{call}\n"), "server=?");
    }
    let script = "import os, sys, uvicorn\nif input():\n    os.execlp('gunicorn', 'gunicorn', 'a:b')\n\
                  uvicorn.run('c:d')\n";
    check("python main.py", script, "server=?");
    let script = "import subprocess\nif input():\n    subprocess.run(['gunicorn', 'a:b'])\nelse:\n    \
                  subprocess.run(['celery', '-A', 'a', 'worker'])\n";
    check("python main.py", script, "server=?");
}

#[test]
fn a_variable_of_the_command_is_a_gap_in_it() {
    let script = "import os, subprocess\n\
                  subprocess.run(['gunicorn', '-w', '3', '-b', f\"0.0.0.0:{os.environ['PORT']}\", 'a:b'])\n";
    check("python main.py", script, "server=gunicorn workers=3 host=0.0.0.0 port=?");
    let script = "import os, subprocess\nport = os.environ.get('OWN_PORT', '9000')\n\
                  subprocess.run(['gunicorn', '-b', '0.0.0.0:' + port, 'a:b'])\n";
    check("python main.py", script, "server=gunicorn host=0.0.0.0 port=9000");
    check("OWN_PORT=7000 python main.py", script, "server=gunicorn host=0.0.0.0 port=7000");
}

#[test]
fn scripts_and_modules_of_the_project_are_followed_in_turn() {
    let server = (
        "serve.py",
        "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run('a:b', port=7)\n",
    );
    for text in [
        "import runpy\nrunpy.run_module('serve', run_name='__main__')\n",
        "import runpy\nrunpy.run_path('serve.py', run_name='__main__')\n",
        "import subprocess, sys\nsubprocess.run([sys.executable, 'serve.py'])\n",
        "import os\nos.system('python -m serve')\n",
    ] {
        check_files("python main.py", &[("main.py", text), server], "server=uvicorn port=7");
    }
    let round = "import subprocess\nsubprocess.run(['python', 'main.py'])\n";
    check("python main.py", round, "server=?");
}

#[test]
fn celery_is_started_by_its_application() {
    let app = "from celery import Celery\napp = Celery('a', broker='redis://b')\n\
               app.conf.worker_max_tasks_per_child = 5\nif __name__ == '__main__':\n";
    for call in [
        "app.worker_main(['worker', '--concurrency=3'])",
        "app.worker_main(argv=['worker', '-c', '3'])",
        "app.start(['worker', '-c3'])",
    ] {
        let script = format!("{app}    {call}\n");
        check("python main.py", &script, "server=celery workers=3 concurrency=3");
    }
    let script = format!("{app}    app.start(['beat'])\n");
    check("python main.py", &script, "server=celery-beat");
    // What the command line says is not known to be an argument of Celery.
    let script = format!("{app}    app.start()\n");
    check("python main.py worker", &script, "server=?");
}

#[test]
fn a_text_behind_c_is_a_script() {
    let command =
        "python -c \"import uvicorn; uvicorn.run('a:b', host='0.0.0.0', port=80, workers=3)\"";
    check(command, "", "server=uvicorn app=a:b workers=3 host=0.0.0.0 port=80");
    check("python -uc \"import time; time.sleep(1)\"", "", "server=?");
}

#[test]
fn debuggers_and_profilers_run_what_python_would() {
    for before in [
        "python -m debugpy --listen 0.0.0.0:5678 --wait-for-client -m",
        "python -Xfrozen_modules=off -m debugpy --listen 5678 --configure-subProcess true -m",
        "python -m cProfile -o out -m",
        "coverage run --branch --source app -m",
        "python -m coverage run -m",
    ] {
        let command = format!("{before} uvicorn a:b --port 80 --workers 2");
        check(&command, "", "server=uvicorn app=a:b workers=2 port=80");
    }
    let script = "import uvicorn\nuvicorn.run('a:b', port=80)\n";
    check("python -m debugpy --listen 5678 main.py", script, "server=uvicorn port=80");
    check("coverage run main.py", script, "server=uvicorn port=80");
    check("python -m debugpy --connect 5678 --pid 3", "", "server=?");
}

#[test]
fn sanic_has_a_command() {
    let app = "from sanic import Sanic\napp = Sanic('a')\n";
    let command = "sanic main:app --host 0.0.0.0 -p 80 --workers 4";
    let expect = "server=sanic app=main:app workers=4 host=0.0.0.0 port=80";
    check(command, app, expect);
    check(&format!("python -m {command}"), app, expect);
    check("sanic main", app, "server=sanic workers=1 host=127.0.0.1 port=8000");
    check("sanic main --fast", app, "server=sanic workers=8");
}

#[test]
fn an_application_of_its_own_tells_gunicorn_what_to_do() {
    let own = |load: &str, made: &str| {
        format!(
            "import os\nfrom gunicorn.app.base import Application, BaseApplication\n\
             class Own(BaseApplication):\n    options = {{'workers': 3, 'bind': ':80'}}\n    \
             def load_config(self):\n{load}\n{made}\n"
        )
    };
    let all =
        "        for key, value in self.options.items():\n            self.cfg.set(key, value)";
    let expect = "server=gunicorn workers=3 port=80 timeout=30";
    check("python main.py", &own(all, "Own().run()"), expect);
    // gunicorn's own variable is not read, and that of its default is.
    check("GUNICORN_CMD_ARGS='-w 9' python main.py", &own(all, "Own().run()"), expect);
    let bind = "        self.cfg.set('bind', ':80')";
    let command = "WEB_CONCURRENCY=7 python main.py";
    check(command, &own(bind, "Own().run()"), "server=gunicorn workers=7 port=80");
    // A setting that only a branch sets, a name that is not known, and gunicorn's own options.
    let branch = "        if input():\n            self.cfg.set('workers', 5)";
    check("python main.py", &own(branch, "Own().run()"), "server=gunicorn workers=?");
    let name = "        self.cfg.set(input(), 5)";
    check("python main.py", &own(name, "Own().run()"), "server=gunicorn workers=? timeout=?");
    let more = "        super().load_config()\n        self.cfg.set('workers', 5)";
    check(
        "python main.py",
        &own(more, "Own().run()"),
        "server=gunicorn workers=5 timeout=? port=?",
    );
    let script = "from gunicorn.app.wsgiapp import WSGIApplication\nWSGIApplication().run()\n";
    check("python main.py", script, "server=gunicorn workers=?");
    // One that is made and not run serves nothing.
    check("python main.py", &own(all, "Own()"), "server=?");
}

#[test]
fn pages_of_nicegui_are_served_with_a_reload() {
    let script = "from nicegui import ui\nif __name__ in {'__main__', '__mp_main__'}:\n    ui.run(";
    let defaults = "server=nicegui workers=1 host=0.0.0.0 port=8080 reload=true";
    check("python main.py", &format!("{script})\n"), defaults);
    let own = "server=nicegui host=127.0.0.1 port=80 reload=false";
    let script = format!("{script}host='127.0.0.1', port=80, reload=False)\n");
    check("python main.py", &script, own);
}

#[test]
fn what_only_listens_to_others_serves_nothing() {
    for script in [
        "from kafka import KafkaConsumer\nfor it in KafkaConsumer('a', bootstrap_servers='b'):\n    \
         print(it)\n",
        "from confluent_kafka import Consumer\nconsumer = Consumer({'group.id': 'a'})\nwhile True:\n    \
         consumer.poll(1.0)\n",
        "import tweepy\nclass Own(tweepy.StreamingClient):\n    def on_tweet(self, it):\n        \
         print(it)\nOwn('a').filter()\n",
    ] {
        check("python main.py", script, "server=none");
    }
    // A thread beside it may serve.
    let script = "import threading\nfrom kafka import KafkaConsumer\nfrom own import serve\n\
                  threading.Thread(target=serve).start()\nfor it in KafkaConsumer('a'):\n    pass\n";
    check("python main.py", script, "server=?");
}
