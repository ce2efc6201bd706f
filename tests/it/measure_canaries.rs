//! Nothing of a log but names of processes and numbers comes out of `opslint measure`, whichever
//! reader it goes through.

use opslint::measure::{KnownProcess, Measure, Options, Source};
use opslint::report::{write_measured, write_unread};

use super::cli::{Folder, check};

/// Things that no output may have in it.
const CANARIES: &[&str] = &["canary", "203.0.113.77", "4711", "hunter2"];

/// Lines of every source, each with all that people would not like to see in a repository.
const LINES: &[(Source, &str)] = &[
    (
        Source::Heroku,
        r#"2026-11-28T15:00:00Z heroku[router]: at=info method=GET path="/canary?id=4711" host=canary.example request_id=4711 fwd="203.0.113.77" dyno=web.1 connect=1ms service=18ms status=200 bytes=13 protocol=https
2026-11-28T15:00:01Z heroku[web.1]: Starting process with command `canary --password hunter2`
2026-11-28T15:00:02Z heroku[web.1]: State changed from starting to up"#,
    ),
    (
        Source::DockerStats,
        r#"{"BlockIO":"0B / 0B","Container":"canary","ID":"4711","MemUsage":"32MiB / 512MiB","Name":"shop-web-1"}"#,
    ),
    (
        Source::DockerEvents,
        r#"{"Type":"container","Action":"oom","Actor":{"ID":"4711","Attributes":{"image":"canary.example/shop","name":"shop-web-1","owner":"canary","password":"hunter2"}},"time":1795878000}"#,
    ),
    (
        Source::KubectlTop,
        "NAME                  CPU(cores)   MEMORY(bytes)
web-6d8f7c9b4-x2x9z   4711m        32Mi",
    ),
    (
        Source::Kubernetes,
        r#"{"kind":"Pod","metadata":{"name":"web-6d8f7c9b4-x2x9z","annotations":{"a":"canary"}},"spec":{"containers":[{"env":[{"name":"P","value":"hunter2"}]}]},"status":{"hostIP":"203.0.113.77","containerStatuses":[{"image":"canary.example/shop","restartCount":3,"lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled","message":"canary 4711"}}}]}}"#,
    ),
    (
        Source::Lambda,
        "START RequestId: 4711-canary Version: $LATEST
REPORT RequestId: 4711-canary\tDuration: 79.67 ms\tBilled Duration: 80 ms\tMemory Size: 128 MB\tMax Memory Used: 73 MB\tInit Duration: 250.00 ms\tXRAY TraceId: canary",
    ),
    (
        Source::AccessLog,
        r#"203.0.113.77 - canary [28/Nov/2026:15:00:01 +0000] "GET /canary?4711 HTTP/1.1" 200 12 "https://canary.example" "canary""#,
    ),
    (Source::Uvicorn, r#"INFO:     203.0.113.77:4711 - "GET /canary?p=hunter2 HTTP/1.1" 500 OK"#),
    (
        Source::Caddy,
        r#"{"logger":"http.log.access","ts":1795878000.5,"request":{"remote_ip":"203.0.113.77","host":"canary.example","uri":"/canary","headers":{"Cookie":["hunter2"],"User-Agent":["canary"]}},"duration":0.25,"status":200}"#,
    ),
    (
        Source::Traefik,
        r#"{"ClientHost":"203.0.113.77","DownstreamStatus":200,"Duration":250000000,"RequestPath":"/canary","ServiceName":"canary.example","StartUTC":"2026-11-28T15:00:00.1Z"}"#,
    ),
    (
        Source::Prometheus,
        r#"http_request_duration_seconds_bucket{handler="/canary",instance="203.0.113.77:80",job="canary.example",le="0.5"} 8
http_request_duration_seconds_bucket{handler="/canary",instance="203.0.113.77:80",job="canary.example",le="+Inf"} 8
process_resident_memory_bytes{instance="203.0.113.77:80",job="canary.example",user="hunter2"} 1e8"#,
    ),
    (
        Source::Render,
        r#"{"labels":[{"field":"resource","value":"canary"},{"field":"instance","value":"canary-4711"}],"values":[{"timestamp":"2026-11-28T15:00:00Z","value":1000000}],"unit":"bytes"}"#,
    ),
    (
        Source::Ps,
        "  PID  PPID   PSS COMMAND
 4711     1  2000 gunicorn canary.wsgi --password hunter2
 4712     1  2000 canary 203.0.113.77",
    ),
    (
        Source::Smem,
        "  PID User     Command                         Swap      USS      PSS      RSS
 4711 canary   gunicorn canary.wsgi --pa          0     1000     1500     2000",
    ),
    (
        Source::Celery,
        "[2026-11-28 15:00:03,123: INFO/ForkPoolWorker-1] Task canary.add[4711] succeeded in 0.5s: 'hunter2'
canary@203.0.113.77 [2026-11-28 15:00:04] task succeeded: canary.add(4711) args=('hunter2',) kwargs={} clock=3, pid=1, result=4, runtime=0.25",
    ),
    (
        Source::Gunicorn,
        "[2026-11-28 15:00:01 +0000] [4711] [INFO] Starting gunicorn 23.0.0
[2026-11-28 15:00:02 +0000] [4711] [INFO] Listening at: http://203.0.113.77:8000 (4711)
[2026-11-28 15:00:03 +0000] [4711] [ERROR] Error handling request /canary?p=hunter2",
    ),
    (
        Source::Database,
        "2026-11-28T15:00:02Z app[web.1]: FATAL: sorry, too many clients already, canary.example 4711",
    ),
];

/// Lines that nobody knows.
const OTHERS: &str = r#"2026-11-28T15:00:02Z app[web.1]: somebody at 203.0.113.77 asks for canary 4711
{"message":"canary 203.0.113.77","who":"hunter2"}
203.0.113.77 | 203.0.113.77 canary
canary.example | {"MemUsage":"1MiB / 2MiB","Name":"203.0.113.77"}
"#;

#[track_caller]
fn none(text: &str, source: &str) {
    for canary in CANARIES {
        assert!(!text.contains(canary), "{canary} of {source} in\n{text}");
    }
}

fn processes() -> Vec<KnownProcess> {
    let known = |name: &str, program: &str| KnownProcess {
        name: name.to_owned(),
        is_web: name == "web",
        program: Some(program.to_owned()),
        ..KnownProcess::default()
    };
    let function =
        KnownProcess { name: "api".to_owned(), is_function: true, ..KnownProcess::default() };
    vec![known("web", "gunicorn"), known("worker", "celery"), function]
}

#[test]
fn no_reader_lets_out_more_than_names_and_numbers() {
    assert_eq!(LINES.len(), Source::ALL.len(), "every source has its lines");
    for (source, lines) in LINES {
        let mut measure = Measure::new(Options { processes: processes(), ..Options::default() });
        measure.read("log", format!("{lines}\n{OTHERS}").as_bytes());
        let (measured, report) = measure.finish();
        let count = report.files[0].sources.get(source).copied().unwrap_or_default();
        assert!(count > 0, "{source:?} is recognised");
        let mut said = Vec::new();
        write_measured(&mut said, &measured).expect("memory takes it");
        write_unread(&mut said, &report).expect("memory takes it");
        let said = String::from_utf8(said).expect("it is text");
        none(&said, source.id());
        none(&measured.to_toml(), source.id());
        assert!(!measured.processes.is_empty() || !report.untold.is_empty(), "{}", source.id());
    }
}

#[test]
fn no_stream_and_no_file_has_more_either() {
    let log: String = LINES.iter().map(|it| format!("{}\n", it.1)).collect();
    let folder = Folder::new("measure-canaries-all")
        .with("Procfile", "web: gunicorn shop.wsgi\nworker: celery -A shop worker\n")
        .with("app.log", log + OTHERS);
    for format in [&[][..], &["--print"]] {
        let arguments = [&["measure", "app.log"], format].concat();
        none(&check(&folder, &arguments, 0), "all");
    }
    let written = folder.read("opslint.measured.toml");
    assert!(written.contains("[process.\"web\".memory]"), "{written}");
    none(&written, "all");
    none(&check(&folder, &["resolve"], 0), "all");
    none(&check(&folder, &["plan"], 0), "all");
}
