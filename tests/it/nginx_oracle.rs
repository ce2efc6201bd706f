//! Configurations against nginx itself: `nginx -t` says which it refuses.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::cli::Folder;
use crate::measure_producers::debian;
use crate::outputs::run;

const RULE: &str = "nginx-configuration-refused";

/// Lines of a server, before its location.
const LINES: &[&str] = &[
    "",
    "client_max_body_size 10m;",
    "client_max_body_size 10MB;",
    "client_max_body_size 10 m;",
    "client_max_body_size 1.5m;",
    "client_max_body_size -1;",
    "client_max_body_size \"10m\";",
    "client_max_body_size 10m",
    "client_max_body_size;",
    "client_max_body_size 1m; client_max_body_size 2m;",
    "client_body_buffer_size 16KB;",
    "proxy_buffer_size 8k;",
    "proxy_read_timeout 60;",
    "proxy_read_timeout 60 s;",
    "proxy_read_timeout 5minutes;",
    "proxy_read_timeout 1h30m;",
    "proxy_read_timeout \"1h 30m\";",
    "proxy_read_timeout 500ms;",
    "proxy_read_timeout 1.5s;",
    "proxy_read_timeout;",
    "proxy_connect_timeout 60s",
    "keepalive_timeout abc;",
    "keepalive_timeout 65 60;",
    "keepalive_timeout 65 60 5;",
    "send_timeout infinity;",
    "gzip yes;",
    "gzip On;",
    "gzip true;",
    "proxy_buffering off; proxy_buffering on;",
    "sendfile 1;",
    "tcp_nodelay on;",
    "listen 99999;",
    "listen 0;",
    "listen [::1]:8098;",
    "listen 127.0.0.1:70000;",
    "listen unix:shop.sock;",
    "proxy_buffers 8;",
    "proxy_buffers 8 16k;",
    "proxy_set_header X;",
    "proxy_set_header X a b;",
    "proxy_set_header X \"a b\";",
    "add_header X;",
    "add_header X y always;",
    "root;",
    "root /srv; root /srv;",
    "error_page 404;",
    "keepalive_timeout 5; keepalive_timeout 6;",
    "proxy_http_version 1.1; proxy_http_version 1.1;",
    "try_files $uri /a; try_files $uri /b;",
    "proxy_buffers 8 16k; proxy_buffers 8 16k;",
    "large_client_header_buffers 4 16k; large_client_header_buffers 4 16k;",
    "location /x { alias /a/; alias /b/; }",
    "location /x { proxy_pass http://127.0.0.1:1; proxy_pass http://127.0.0.1:2; }",
    "add_header A b; add_header A b;",
    "error_page 404 /a; error_page 404 /b;",
    "index a; index b;",
    "server_name a; server_name b;",
    "error_page 404 500 /x.html;",
    "server_name;",
    "server_name a.test b.test;",
    "try_files $uri;",
    "try_files $uri /x =404;",
    "return abc;",
    "return 404;",
    "return 301 https://$host$request_uri;",
    "return https://a.test;",
    "return /x;",
    "rewrite ^/a$;",
    "rewrite ^/a$ /b last;",
    "location /x { proxy_pass 127.0.0.1:8000; }",
    "location /x { proxy_pass http://127.0.0.1:8000; }",
    "location /x { proxy_pass HTTP://127.0.0.1:8000; }",
    "location /x { proxy_pass $scheme://127.0.0.1:8000; }",
    "location /x { proxy_pass http://127.0.0.1:8000 http://127.0.0.1:8001; }",
    "location /x { return 200; } location /x { return 200; }",
    "location /x { return 200; } location = /x { return 200; }",
    "location ~ \\.php$ { return 200; } location ~ \\.php$ { return 200; }",
    "location /x { client_max_body_size 10MB; return 200; }",
    "location /x { gzip on",
    "if ($host = a) { return 301 /x; }",
    "client_max_body_size 10m; # in MB",
    "large_client_header_buffers 4 16k;",
    "large_client_header_buffers 16k;",
];

#[test]
fn configurations_are_refused_as_nginx_refuses_them() {
    let Some(program) = debian("nginx", "usr/sbin/nginx") else { return };
    let mut folder = Folder::new("nginx-oracle");
    for (idx, line) in LINES.iter().enumerate() {
        let compose = "services:\n  web:\n    build: .\n    restart: always\n    \
                       command: gunicorn a:b -b 0.0.0.0:8000\n  front:\n    image: nginx:1.29\n    \
                       restart: always\n    ports: ['80:80']\n    \
                       volumes: ['./site.conf:/etc/nginx/conf.d/default.conf:ro']\n";
        let site = format!(
            "map $uri $own {{\n    root a;\n    gzip 5;\n    alias b;\n}}\n\
             server {{\n    listen 8099;\n    {line}\n    \
             location / {{\n        proxy_pass http://127.0.0.1:8000;\n    }}\n}}\n"
        );
        let main = "pid nginx.pid;\nevents {}\nhttp {\n    access_log off;\n    \
                    client_body_temp_path temp;\n    proxy_temp_path temp;\n    \
                    fastcgi_temp_path temp;\n    uwsgi_temp_path temp;\n    scgi_temp_path temp;\n    \
                    include site.conf;\n}\n";
        folder = folder
            .with(&format!("p{idx}/compose.yaml"), compose)
            .with(&format!("p{idx}/site.conf"), site)
            .with(&format!("p{idx}/whole.conf"), main);
    }
    let found = run(folder.path(), &["check", "--format", "json", "."], &[]);
    let report: Value = serde_json::from_str(&found.stdout).unwrap();
    let told: BTreeSet<&str> = report["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["rule"] == RULE)
        .map(|it| it["primary"]["path"].as_str().unwrap().split('/').next().unwrap())
        .collect();
    let mut wrong = Vec::new();
    for (idx, line) in LINES.iter().enumerate() {
        let name = format!("p{idx}");
        let prefix = folder.path().join(&name);
        let mut nginx = Command::new(&program);
        let nginx = nginx.args(["-t", "-e", "stderr", "-c", "whole.conf", "-p"]).arg(&prefix);
        // A socket with a relative path is one of the folder that nginx is started in.
        let nginx = nginx.current_dir(prefix);
        let output = nginx.output().unwrap();
        if output.status.success() == told.contains(name.as_str()) {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            wrong.push(format!(
                "{line:?}: told {}, and nginx says {said}",
                told.contains(name.as_str())
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), LINES.len(), wrong.join("\n"));
}
