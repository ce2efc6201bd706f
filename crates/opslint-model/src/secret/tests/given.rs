//! Secrets among the words of commands, in every way in which a command is written.

use super::super::{Grammar, Secrets};

/// Commands with `‹S›` where a secret stands, `‹D›` where only what was drawn by chance is one.
const COMMANDS: &[&str] = &[
    "echo ‹S› > token",
    r#"echo "‹S›" >> /app/.pgpass"#,
    "printf '%s' '‹S›' > /run/secrets/db_password",
    "echo ‹S› | tee secret.key",
    "cat > password.txt <<< '‹S›'",
    "echo ‹S› | docker login -u x --password-stdin",
    "printf ‹S› | htpasswd -i .htpasswd u",
    "SSH_KEY=‹D› run",
    "GPG_PASSPHRASE=‹S› run",
    "GH_PAT=‹S› run",
    "AWS_CREDENTIALS=‹S› run",
    "DB_CREDENTIAL=‹S› run",
    "SSH_PRIVATE_KEY=‹S› run",
    "PASSKEY=‹S› run",
    "DB_PWORD=‹S› run",
    "DB_PSW=‹S› x",
    "PWD_DB=‹S› x",
    "TOKEN=‹S› x",
    "OTP_SEED=‹S› x",
    "LICENSE_KEY=‹S› x",
    "CONN='Server=h;User Id=u;Password=‹S›;' x",
    "PGCONN='host=h user=u password=‹S›' x",
    "sqlplus scott/‹S›@host",
    "exp scott/‹S›@//host:1521/x",
    "DB=scott/‹S›@orcl run",
    "sqlcmd -U sa -P ‹S› -S h",
    "bcp t in f -U sa -P ‹S›",
    "htpasswd -b /etc/f admin ‹S›",
    "htpasswd -nb admin ‹S›",
    "htpasswd -bc f admin ‹S›",
    "htpasswd -cbB f admin ‹S›",
    "mysql -uroot -p‹S› x",
    "mysql --password=‹S› x",
    "redis-cli -h r -a ‹S› ping",
    "redis-cli --pass ‹S› ping",
    "redis-cli AUTH ‹S›",
    "redis-cli -u redis://:‹S›@h ping",
    "curl -u u:‹S› http://x",
    "curl -uu:‹S› http://x",
    "curl -su u:‹S› http://x",
    "curl --user=u:‹S› http://x",
    "curl -d 'user=u&password=‹S›' http://x",
    r#"curl -d '{"password":"‹S›"}' http://x"#,
    "curl -H 'Authorization: Bearer ‹S›' http://x",
    "curl -H 'Authorization: Basic ‹S›' http://x",
    r#"curl -H "X-Auth-Token: ‹S›" http://x"#,
    "curl -b session=‹S› http://x",
    "curl --oauth2-bearer ‹S› http://x",
    "curl -x http://u:‹S›@p:1 http://x",
    "wget --user=u --password=‹S› http://x",
    "wget --http-password=‹S› http://x",
    r#"wget --header="Authorization: Bearer ‹S›" http://x"#,
    r#"http GET h Authorization:"Bearer ‹S›""#,
    "http -a u:‹S› h",
    "http -A bearer -a ‹S› h",
    "sshpass -p ‹S› ssh h",
    "sshpass -p‹S› ssh h",
    "SSHPASS=‹S› sshpass -e ssh h",
    "psql postgres://u:‹S›@h/d",
    "psql 'host=h password=‹S›'",
    "pg_dump --dbname=postgresql://u:‹S›@h/d",
    "mongo -u root -p ‹S› --authenticationDatabase admin",
    "mongosh --username root --password ‹S›",
    "mongodump -u root -p=‹S›",
    "mongorestore --uri mongodb://u:‹S›@h",
    "mysqladmin -uroot -p‹S› ping",
    "mysqladmin -u root password ‹S›",
    "mariadb -p‹S›",
    "mariadb-admin -p‹S› ping",
    "mysqlimport -p‹S› d f",
    "mysqlcheck -p‹S› d",
    "docker login -u u -p ‹S› r",
    "docker login -p‹S› r",
    "helm registry login r -u u -p ‹S›",
    "helm upgrade a b --set db.password=‹S›",
    "helm repo add a b --username u --password ‹S›",
    "kubectl create secret generic a --from-literal=k=‹S›",
    "kubectl --token=‹S› get pods",
    "docker run -e DB_PASSWORD=‹S› x",
    "skopeo copy --src-creds u:‹S› a b",
    "skopeo copy --dest-creds=u:‹S› a b",
    "buildah login -u u -p ‹S› r",
    "oc login -u u -p ‹S›",
    "az login -u u -p ‹S›",
    "az login --service-principal -u u -p ‹S› --tenant t",
    "az acr login -n r -p ‹S›",
    "cf login -u u -p ‹S›",
    "cf auth u ‹S›",
    "ibmcloud login -u u -p ‹S›",
    "heroku config:set SECRET_KEY=‹S›",
    "fly secrets set X=‹S› Y=1",
    "flyctl secrets set -a app X=‹S›",
    "echo ‹S› | wrangler secret put X",
    "gh secret set X --body ‹S›",
    "gh secret set X -b ‹S›",
    "echo ‹S› | gh auth login --with-token",
    "git remote add o https://u:‹S›@h/x",
    "git clone https://‹D›@github.com/a/b",
    "npm config set //registry.example/:_authToken ‹S›",
    "npm config set //r/:_authToken=‹S›",
    "yarn config set npmAuthToken ‹S›",
    "poetry config http-basic.foo u ‹S›",
    "poetry config pypi-token.pypi ‹S›",
    "twine upload -u u -p ‹S› d",
    "pip install -i https://u:‹S›@h/simple a",
    "bundle config gems.x.com u:‹S›",
    "bundle config set --global gems.x.com u:‹S›",
    "composer config http-basic.x u ‹S›",
    "composer config github-oauth.github.com ‹S›",
    "cargo login ‹S›",
    "nuget setapikey ‹S›",
    "dotnet nuget push x -k ‹S›",
    "vault login ‹S›",
    "vault kv put secret/a x=‹S›",
    "vault login token=‹S›",
    "aws configure set aws_secret_access_key ‹S›",
    "aws secretsmanager create-secret --name n --secret-string ‹S›",
    "aws ssm put-parameter --type SecureString --name n --value ‹S›",
    "openssl enc -aes-256-cbc -k ‹S› -in f",
    "openssl enc -pass pass:‹S› -in f",
    "openssl rsa -passin pass:‹S› -in f",
    "openssl passwd -6 ‹S›",
    "gpg --batch --passphrase ‹S› -d f",
    "zip -P ‹S› a b",
    "unzip -P ‹S› a",
    "7z x -p‹S› a",
    "unrar x -p‹S› a",
    "keytool -storepass ‹S› -keypass ‹S› -import",
    "jarsigner -storepass ‹S› x",
    "java -Djavax.net.ssl.keyStorePassword=‹S› -jar a",
    "java -Dspring.datasource.password=‹S› -jar a",
    "echo 'root:‹S›' | chpasswd",
    "echo '‹S›' | passwd --stdin root",
    r#"echo -e '‹S›\n‹S›' | passwd root"#,
    "useradd -p ‹S› u",
    "usermod -p ‹S› u",
    "echo ‹S› | sudo -S ls",
    "ldapsearch -D cn=a -w ‹S› -x",
    "ldapadd -w‹S› -x",
    "smbclient -U u%‹S› //h/s",
    "mount -t cifs -o username=u,password=‹S› //h/s /m",
    "xfreerdp /u:u /p:‹S›",
    "lftp -u u,‹S› h",
    "ncftpput -u u -p ‹S› h",
    "mc alias set m http://h AK ‹S›",
    "mc config host add m http://h AK ‹S›",
    "s3cmd --secret_key=‹S› ls",
    "rclone config create x s3 secret_access_key=‹S›",
    "rclone obscure ‹S›",
    "RESTIC_PASSWORD=‹S› restic x",
    "BORG_PASSPHRASE=‹S› borg x",
    "rabbitmqctl add_user u ‹S›",
    "rabbitmqctl change_password u ‹S›",
    "rabbitmqadmin -u u -p ‹S› list",
    "celery flower --basic_auth=u:‹S›",
    "etcdctl --user root:‹S› get x",
    "consul kv get -token=‹S› x",
    "influx -username u -password ‹S›",
    "influx setup --password ‹S› --token ‹S›",
    "cqlsh -u u -p ‹S›",
    "clickhouse-client --password ‹S›",
    "SNOWSQL_PWD=‹S› snowsql",
    "elasticsearch-users useradd u -p ‹S›",
    "curl -XPUT -u elastic:‹S› h",
    "java -jar jenkins-cli.jar -auth u:‹S› x",
    "sonar-scanner -Dsonar.login=‹S›",
    "sonar-scanner -Dsonar.token=‹S›",
    "ngrok authtoken ‹S›",
    "ngrok config add-authtoken ‹S›",
    "tailscale up --authkey=‹S›",
    "cloudflared tunnel run --token ‹S›",
    "NEW_RELIC_LICENSE_KEY=‹S› newrelic-admin run-program x",
    "sentry-cli --auth-token ‹S› x",
    "django-admin createsuperuser --username u --password ‹S›",
    "wp user create u e --user_pass=‹S›",
    "wp core install --admin_password=‹S›",
    "wp config create --dbpass=‹S›",
    "php artisan x --password=‹S›",
    "airflow users create -u u -p ‹S›",
    "superset fab create-admin --username u --password ‹S›",
    "grafana-cli admin reset-admin-password ‹S›",
    "mosquitto_passwd -b f u ‹S›",
    "mosquitto_pub -u u -P ‹S› -t x",
    "caddy hash-password --plaintext ‹S›",
    "gunicorn x -e API_KEY=‹S›",
    "x --basic-auth u:‹S›",
    "x --auth u:‹S›",
    "jupyter lab --NotebookApp.token=‹S›",
    "jupyter notebook --NotebookApp.password='‹S›'",
    "x --token ‹S›",
    "x -token ‹S›",
    "plink -pw ‹S› h",
    r#"psql -c "ALTER USER u PASSWORD '‹S›'""#,
    r#"mysql -e "CREATE USER u IDENTIFIED BY '‹S›'""#,
    r#"psql -c "CREATE ROLE u WITH LOGIN PASSWORD '‹S›'""#,
    r#"mysql -e "SET PASSWORD FOR u = PASSWORD('‹S›')""#,
    r#"python -c "User.objects.create_superuser('admin','a@b.c','‹S›')""#,
    r#"rails runner "User.create(password: '‹S›')""#,
    "sed -i s/PASSWORD/‹S›/ conf",
    "sed -i 's/^password=.*/password=‹S›/' conf",
    r#"X='{"password":"‹S›"}' run"#,
    r#"CONFIG='{"user":"u","db":{"pass":"‹S›"}}' run"#,
    "BASIC_AUTH=u:‹S› run",
    "AUTHORIZATION='Bearer ‹S›' run",
    "HEADERS='Authorization: Bearer ‹S›' run",
    "OTEL_EXPORTER_OTLP_HEADERS='authorization=Bearer ‹S›' run",
    "OTEL_EXPORTER_OTLP_HEADERS='api-key=‹S›' run",
    "USERS=admin:‹S› run",
    "HTPASSWD=admin:‹S› x",
    "AUTH_USERS=admin:‹S› x",
    "x amqp://u:‹S›@h",
    "x 'mssql+pyodbc://u:‹S›@h/d'",
    "x 'jdbc:postgresql://h/d?user=u&password=‹S›'",
    "x jdbc:oracle:thin:scott/‹S›@h:1521:x",
    "JDBC='jdbc:mysql://h/d?user=u&password=‹S›' x",
    "swaks --auth-user u --auth-password ‹S›",
    "swaks -au u -ap ‹S›",
    "echo 'password ‹S›' > .msmtprc",
    "echo 'machine h login u password ‹S›' > ~/.netrc",
    "echo 'password = ‹S›' > ~/.pypirc",
    "echo 'h:5432:d:u:‹S›' > ~/.pgpass",
    "echo 'password=‹S›' >> ~/.my.cnf",
    "echo 'https://u:‹S›@github.com' > ~/.git-credentials",
    "echo 'aws_secret_access_key = ‹S›' > ~/.aws/credentials",
    r#"git config --global url."https://‹D›@github.com/".insteadOf x"#,
    r#"git config http.extraheader "AUTHORIZATION: basic ‹S›""#,
    "echo '//r/:_authToken=‹S›' > .npmrc",
    "echo '_auth=‹S›' > .npmrc",
    "echo '//r/:_password=‹S›' > .npmrc",
    "echo 'SECRET_KEY=‹S›' >> .env",
    "export DB_PASSWORD=‹S›",
    r#"export X_TOKEN="‹S›""#,
    "declare -x DB_PASS=‹S›",
    "X=${DB_PASSWORD:-‹S›} run",
    ": ${API_TOKEN:=‹S›}",
    "read -r PASSWORD <<< ‹S›",
    r#"[ "$PASSWORD" = "‹S›" ] || exit 1"#,
    r#"test "$TOKEN" == ‹S›"#,
];

fn is_shown(text: &str, secret: &str, grammar: Grammar) -> bool {
    Secrets::none_known().mask(text, grammar).contains(secret)
}

/// A word that is in every dictionary, and one that was drawn by chance.
const SECRETS: [&str; 2] = ["kanarienvogel", "Kanarie5d1cX9q"];

#[test]
fn a_secret_of_a_command_is_hidden_however_the_command_is_written() {
    let mut shown = Vec::new();
    for command in COMMANDS {
        for secret in SECRETS {
            // A word may be the name of a key.
            if command.contains("‹D›") && secret == SECRETS[0] {
                continue;
            }
            let line = command.replace("‹S›", secret).replace("‹D›", secret);
            let json = line.replace('\\', "\\\\").replace('"', "\\\"");
            let words: Vec<&str> = line.split(' ').collect();
            let is_quoted = command.contains(['"', '\'', '<']);
            for (text, grammar) in [
                (line.clone(), Grammar::Shell),
                (format!("RUN set -e; {line} && make"), Grammar::Shell),
                (format!("web: {line} && run"), Grammar::Shell),
                (format!("{{\"start\": \"{json} && run\"}}"), Grammar::Data),
                (format!("web = \"sh -c \\\"{}\\\"\"", json.replace('"', "\\\\\"")), Grammar::Data),
                (format!("run: |\n  {line}\n  next"), Grammar::Data),
                (if is_quoted { String::new() } else { words.join(" \\\n  ") }, Grammar::Shell),
                (
                    if command.contains(['{', '('])
                        || command.contains('\'') && command.contains('"')
                    {
                        String::new()
                    } else {
                        line.replace(['"', '\''], "")
                    },
                    Grammar::Shell,
                ),
            ] {
                if is_shown(&text, secret, grammar) {
                    shown.push(format!("{command} as {text:?}"));
                }
            }
            if !command.contains(['"', '\'', '|', '>', '<']) {
                let list = format!("CMD [\"{}\"]", words.join("\", \""));
                let lines = format!("command:\n- {}\nnext: x", words.join("\n- "));
                for (text, grammar) in [(list, Grammar::Shell), (lines, Grammar::Data)] {
                    if is_shown(&text, secret, grammar) {
                        shown.push(format!("{command} as {text:?}"));
                    }
                }
            }
        }
    }
    assert!(shown.is_empty(), "{} are shown:\n{}", shown.len(), shown.join("\n"));
}

#[test]
fn a_secret_beside_the_name_of_a_user_is_hidden_in_every_form() {
    for (grammar, marked) in [
        (Grammar::Data, "labels: [traefik.http.middlewares.a.basicauth.users=admin:‹vogel›]"),
        (Grammar::Data, "traefik.http.middlewares.a.basicauth.users: \"admin:‹$$apr1$$x›\""),
        (Grammar::Data, "- caddy.basic_auth.bob=‹$2a$14$x›"),
        (Grammar::Data, "basicAuth:\n  users:\n  - \"a:‹vogel›\"\n  - b:‹meise›\nother: x:y\n"),
        (Grammar::Data, "[http.middlewares.a.basicAuth]\nusers = [\"a:‹vogel›\", \"b:‹meise›\"]\n"),
        (Grammar::Shell, "basic_auth /x {\n  bob ‹vogel›\n}\nreverse_proxy a:8000\n"),
        (Grammar::Code, "h = {'Authorization': '‹Bearer vogel›', 'X': 'y'}"),
        (Grammar::Code, "h['Authorization'] = f'‹Token vogel›'"),
        (Grammar::Shell, "http GET h Authorization:\"Bearer ‹vogel›\" x"),
        (Grammar::Code, "USERS = {'admin': '‹vogel›', 'b': '‹meise›'}"),
        (Grammar::Shell, "USERS='{\"admin\": \"‹vogel›\"}' run"),
        (Grammar::Shell, "VALID_USERS=admin:‹vogel› run"),
        (Grammar::Code, "User.objects.create_superuser('a', 'a@b.example', '‹vogel›')"),
        (Grammar::Code, "get(url, auth=('a', '‹vogel›'))"),
        (Grammar::Code, "get(url, auth=HTTPBasicAuth('a', '‹vogel›'))"),
        (Grammar::Code, "server.login('a', '‹vogel›')"),
        (Grammar::Code, "connect('scott/‹vogel›@db.internal:1521/x')"),
        (Grammar::Data, "ORACLE_CONN: scott/‹vogel›@db"),
        (Grammar::Data, "url: jdbc:oracle:thin:scott/‹vogel›@db:1521:x"),
        (Grammar::Shell, "psql -c \"ALTER USER a WITH PASSWORD '‹vogel›'\""),
        (Grammar::Shell, "mysql -e \"CREATE USER a IDENTIFIED BY '‹vogel›'\""),
        (Grammar::Shell, "sed -i s/DB_PASSWORD/‹vogel›/g app.conf"),
        (Grammar::Shell, "sed -i \"s|__SECRET_KEY__|‹vogel›|\" app.conf"),
    ] {
        super::check(grammar, marked);
    }
}

#[test]
fn what_is_written_to_where_secrets_go_is_hidden() {
    for marked in [
        "cat > /run/secrets/db <<EOF\n‹vogel›\n‹meise zwei›\nEOF\nrun\n",
        "RUN cat <<'EOF' > token\n‹vogel›\nEOF\nCMD run\n",
        "COPY <<EOF /app/password.txt\n‹vogel›\n$OTHER\nEOF\n",
        "cat <<-END | tee -a .pgpass\n\t‹h:5432:d:u:vogel›\n\tEND\n",
        "chpasswd <<< 'root:‹vogel›'",
        "echo -n '‹vogel›' > token; run",
        "echo \"‹a:$B›\" | sudo chpasswd",
    ] {
        let marked = marked.replace("'root:‹vogel›'", "'‹root:vogel›'");
        super::check(Grammar::Shell, &marked);
    }
}

#[test]
fn commands_that_give_no_secret_stay() {
    for it in [
        "curl -u \"$USER:$PASSWORD\" -b cookies.txt https://x && mysql -u root -p shop",
        "echo \"the token is missing\" >&2; exit 1",
        "echo $TOKEN > token; echo \"$A:$B\" > .pgpass; printf '%s' \"${KEY}\" > secret.key",
        "echo hello | grep secret; echo hello > greeting.txt; echo a || echo token",
        "cat > app.conf <<EOF\nlisten 80\nEOF\n",
        "docker run -p 8000:8000 web && docker login -u me --password-stdin",
        "uses: actions/checkout@v4\nimage: acme/web@sha256:abc\n",
        "exp a/b && imp x/y",
        "htpasswd -c .htpasswd admin",
        "zip -r a.zip . && openssl req -x509 -newkey rsa:4096 -keyout key.pem -passin file:x",
        "fly secrets set A=\"...\" B=$B && vault login -method=github",
        "npm config set registry https://registry.example/npm",
        "sed -i s/DEBUG/false/ app.conf; sed 's/a/b/' token",
        "traefik.http.middlewares.a.basicauth.usersfile=/etc/users",
        "run --token-file x --password --host db",
        "USERS=/etc/users ACCOUNTS=3 run",
    ] {
        super::check(Grammar::Shell, it);
        super::check(Grammar::Data, it);
    }
    for it in [
        "USERS = {'admin': os.environ['ADMIN'], 'b': None}",
        "get(url, auth=(user, password))",
        "User.objects.create_user(name, email, read())",
        "connect('host/path')",
        "users: dict[str, str] = {}",
    ] {
        super::check(Grammar::Code, it);
    }
}
