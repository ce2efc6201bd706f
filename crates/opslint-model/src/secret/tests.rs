//! What is taken out of texts and files, and what stays.

mod any;
mod given;

use super::*;

/// Masks a text in which `‹…›` marks what is secret.
#[track_caller]
fn check(grammar: Grammar, marked: &str) {
    let text = marked.replace(['‹', '›'], "");
    let mut expect = String::new();
    for (idx, part) in marked.split(['‹', '›']).enumerate() {
        expect += if idx % 2 == 1 { MASK } else { part };
    }
    assert_eq!(Secrets::none_known().mask(&text, grammar), expect);
}

#[test]
fn commands_hide_variables_flags_and_passwords_of_addresses() {
    for it in [
        "PGPASSWORD=‹kanarie-5d1c› gunicorn shop.wsgi",
        "gunicorn shop.wsgi --env SECRET_KEY=‹a1b2› --workers 3",
        "export API_KEY='‹a b›'; run",
        "A=1,SECRET_KEY=‹x9y8›,B=2",
        "celery -A shop --broker amqp://user:‹pa55›@rabbit:5672/v",
        "celery --broker=redis://:‹pa55›@redis:6379/0 --concurrency 4",
        "flower --basic-auth=‹admin:hunter2› --port 5555",
        "run --password ‹hunter2› --host db",
        "curl 'https://x.example/?token=‹abc123›&workers=3'",
        "SECRET_KEY=${SECRET_KEY:-‹kanarie›} run",
        "echo ${DB_PASSWORD:-‹kanarie›} ${WORKERS:-3}",
        "ENV SECRET_KEY ‹kanarie-5d1c›",
        "ENV A=1 SECRET_KEY=\"‹x y›\" B=2",
        "\"SECRET_KEY=‹a b›\" next",
        "pip install git+https://x:‹ghp_Ab3dE6gH9jKl2nOp5rSt8vWx1zAb3dE6gH9j›@github.com/a/b",
        "AUTH=‹AKIAIOSFODNN7EXAMPLE› x",
        "run STRIPE_KEY=‹q7GmX2pLw9RzT4vK› ROUTING_KEY=orders.new",
        "psql postgres://postgres:‹p/ss›@db/shop",
        "curl -fsS -u admin:‹hunter2› https://x.example/hook",
        "wait; /usr/bin/curl --user 'admin:‹hunt er2›' x && run",
        "curl --proxy-user=a:‹hunter2›; redis-cli -h db -a ‹hunter2› ping",
        "curl -uadmin:‹hunter2› x | mysql -u root -p‹hunter2› shop",
        "curl -H 'Authorization: Bearer ‹k4narie›' -H \"X-Api-Key: ‹k4narie›\" https://x",
        "curl --header Authorization:‹k4narie› -H \"Accept: text/html\" https://x",
        "docker login -u shop -p ‹hunter2› registry.example",
        "export DB_PASSWORD=‹abc› ‹defg› # a note",
        "web: export DB_PASSWORD=‹abc› ‹de fg› PORT=80; gunicorn shop.wsgi",
        "declare -x A=1 DB_PASSWORD=‹abc› ‹defg› && run",
        "printf -v API_TOKEN ‹%s-%s› ‹one two›",
        "read -r TOKEN <<< '‹one two›'",
        "TOKEN=‹a\\ b› PASSWORD=\"‹a›\"‹'b'c› run",
        "run API_TOKEN=‹ab\"c d\"e› -w 3",
        "curl -H 'Cookie: ‹session=abc›' https://x",
        "proxy_set_header X-Api-Key ‹abc123›;",
        "web: sh -c \"PGPASSWORD=‹hunter2x› gunicorn shop.wsgi:application\"",
        "CMD [\"bash\", \"-lc\", \"PGPASSWORD='‹a b›' gunicorn shop.wsgi:application\"]",
    ] {
        check(Grammar::Shell, it);
    }
}

#[test]
fn addresses_hide_passwords_with_odd_signs_and_in_odd_forms() {
    for it in [
        "A='postgres://shop:‹kan,arie5›@db/x' run",
        "A='postgres://shop:‹kan;ar|i<e5›@db/x' run",
        "A='postgres://shop:‹kan\"arie›@db/x' run",
        "A=\"redis://:‹kan'arie›@h\" run",
        "A=postgres://shop:‹!kanarie›@db/x",
        "A=postgres://shop:‹correct.horse.battery›@db/x",
        "A=shop:‹kanarie5›@db/x run",
        "A='//shop:‹kanarie›@db/x' run",
        "{\"u\": \"postgres:\\/\\/shop:‹kanarie›@db\\/x\"}",
        "next=postgres%3A%2F%2Fshop%3A‹kanarie5d1c›%40db&x=1",
        "curl 'https://a.blob.core.windows.net/c?sv=2020&sig=‹kan%2Bx%3D›&x=1'",
        "curl 'https://h/?key=‹kanarie5d1c›' 'https://h/?auth=‹kanarie5d1c›'",
        "curl https://api.telegram.org/bot12345:‹kanarie5›/getMe",
        "echo machine h login a password ‹kanarie› > .netrc",
        "echo 'machine h login a password ‹kanarie›'",
        "PROXY_AUTH=shop:‹kanarie› run",
        "DB_PASSWORD=‹!Kanarie5› run",
        "export DB_PASSWORD=‹correct.horse.battery›;",
        "DB_PASSWORD1=‹kanarie› PGPASS=‹kanarie› run",
    ] {
        check(Grammar::Shell, it);
    }
    for it in [
        r#"a = "{\"password\":\"‹kanarie›\"}""#,
        r#"a = "{\\\"password\\\":\\\"‹kanarie›\\\"}""#,
        "a = 'machine h login a password ‹kanarie›'\n",
    ] {
        check(Grammar::Data, it);
    }
}

#[test]
fn addresses_without_passwords_stay() {
    for it in [
        "FROM python:3.12@sha256:9f86d081884c7d659a2feaa0c55ad015 AS web1",
        "npm i x@npm:lodash4@4.17.21 mailto:me2@example.org contact:joe82@example.org",
        "kafka://h1:9092,h2:9092 me@example.org",
        "ORIGINS=https://a.example:3000,https://b.example/@scope run",
        "HOSTS='http://a:80,http://b@c' run",
        "git clone git@github.com:shop/web.git && ssh deploy@10.0.0.1",
        "celery -A shop worker -n worker:one@%h",
        "curl 'https://h/?key=shop&code=302&sort=x' https://x.example/bot/a:b",
        "AUTH=basic HTTP_AUTH=scram-sha-256 COOKIE=sid ROTATE_SECRET=weekly run",
        "the machine logs in: login shop password",
        "next=https%3A%2F%2Fh%3A8000%2Fme%40example.org",
    ] {
        check(Grammar::Shell, it);
    }
}

#[test]
fn ordinary_commands_stay() {
    for it in [
        "gunicorn shop.wsgi:application --bind 0.0.0.0:8000 --workers 3",
        "SECRET_KEY=$SECRET_KEY run --token-file /run/secrets/token",
        "PASSWORD_FILE=/run/secrets/db TOKEN_URL=https://auth.example/token run",
        "docker run registry.example:5000/shop/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "pip install gunicorn==23.0.0 --hash=sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c",
        "npm ci # sha512-q7GmX2pLw9RzT4vKc8NbY6sDq7GmX2pLw9RzT4vKc8NbY6sD==",
        "curl http://localhost:8000/a@b https://example.com:8443/x",
        "uvicorn app:main --root-path /api/v1 --limit-max-requests 1000",
        "MAX_TOKENS=4096 USE_TOKEN=1 TOKENIZERS_PARALLELISM=false run",
        "run --ssl-keyfile /etc/ssl/key.pem --password-file x",
        "if [ \"$TOKEN\" = \"\" ]; then exit 1; fi",
        "AWS_REGION=eu-west-1 arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-AbCdEf",
        "DATABASE_URL=postgres://user@db/shop REDIS_URL=redis://redis:6379/0 run",
        "docker run -u 1000:1000 --user node:node -p 8000:8000 shop",
        "curl -u \"$USER:$PASSWORD\" -H \"Authorization: Bearer $TOKEN\" https://x",
        "mysql -u root -p shop -h db",
        "gunicorn -u www-data:www-data -p /run/gunicorn.pid shop.wsgi",
    ] {
        check(Grammar::Shell, it);
    }
}

/// Whatever stands behind the sign is the value for those that read `.env`.
#[test]
fn lists_of_variables_hide_the_rest_of_the_line() {
    for it in ["DB_PASSWORD=‹abc def›\nHOST=a b\n", "export TOKEN=‹abc def›\n", "API_KEY='‹a b›'\n"]
    {
        check(Grammar::Env, it);
    }
}

#[test]
fn what_a_shell_or_a_program_makes_of_a_secret_is_hidden() {
    let mut secrets = Secrets::none_known();
    secrets.read_named("DB_PASSWORD", "k4narie-one correct k4narie-two");
    for (text, expect) in [
        ("`k4narie-two` is no number", "`***` is no number"),
        ("it is K4NARIE-ONE here", "it is *** here"),
        ("`prek4narie-onepost`", "`pre***post`"),
        ("refuses `k4narie-o`", "refuses `***`"),
        ("the correct number", "the correct number"),
    ] {
        assert_eq!(secrets.mask(text, Grammar::Prose), expect);
    }
    // A part of a word, and of a name, is no sign.
    let mut secrets = Secrets::none_known();
    secrets.read_named("API_TOKEN", "my-secret-key");
    assert_eq!(secrets.mask("secret-key-in-manifest", Grammar::Prose), "secret-key-in-manifest");
}

#[test]
fn code_hides_literals_and_shows_expressions() {
    for it in [
        "SECRET_KEY_FALLBACKS = [\"‹correcthorse›\", '‹batterystaple›']\n",
        "SECRET_KEY = os.environ.get(\"SECRET_KEY\") or \"‹batterystaple›\"\n",
        "API_KEY = None if DEBUG else '‹correcthorse›'\n",
        "const secretKey = process.env.SECRET_KEY || '‹correcthorse›';\n",
        "SECRET_KEY = '‹kanarie-5d1c›'",
        "SECRET_KEY = os.environ['SECRET_KEY']",
        "SECRET_KEY = os.environ.get('SECRET_KEY', '‹kanarie›')",
        "SECRET_KEY = config(\"SECRET_KEY\", default=\"‹kanarie›\")",
        "SECRET_KEY: str = \"‹kanarie›\"",
        "API_KEY = os.getenv('SHOP_API_KEY')",
        "PASSWORD = (\n    '‹one›'\n    '‹two›'\n)",
        "DATABASES = {'default': {'USER': 'shop', 'PASSWORD': '‹kanarie›', 'HOST': 'db'}}",
        "connect(user='shop', password='‹kanarie›')",
        "os.environ['SECRET_KEY'] = '‹kanarie›'",
        "os.environ.setdefault('SECRET_KEY', '‹kanarie›')",
        "raw_env = ['SECRET_KEY=‹kanarie›', 'DJANGO_SETTINGS_MODULE=shop.settings']",
        "raw_env = ['SECRET_KEY ‹kanarie›', 'A=b', \"API_TOKEN ‹other›\"]",
        "run('SECRET_KEY ‹Kan4rie›')",
        "raise ValueError('SECRET_KEY missing')",
        "print('PASSWORD is not set')",
        "PASSWORD_HASHERS = ['django.contrib.auth.hashers.Argon2PasswordHasher']",
        "fields = ('password', 'username')",
        "SECRET_KEY = get_secret('shop')",
        "if password == 'x': pass",
        "KEYS = '-----BEGIN RSA PRIVATE KEY-----‹\\nMIIE\\n›-----END RSA PRIVATE KEY-----'",
    ] {
        check(Grammar::Code, it);
    }
}

#[test]
fn code_hides_what_a_secret_is_made_of() {
    for it in [
        "SECRET_KEY = '‹aaa›' + b'‹kanarie›' + tail",
        "SECRET_KEY = head + '‹kanarie›'",
        "SECRET_KEY = '‹%s-x›' % '‹kanarie›'",
        "SECRET_KEY = '‹{}-x›'.format('‹kanarie›')",
        "SECRET_KEY = ''.join(['‹kanarie›', '‹b1›'])",
        "SECRET_KEY = f'‹{x}kanarie›'",
        "SECRET_KEY, DEBUG = '‹kanarie›', True",
        "DEBUG, SECRET_KEY, NAME = True, '‹kanarie›', 'shop'",
        "SECRET_KEY = OTHER = '‹kanarie›'",
        "SECRET_KEY = str('‹kanarie›', 'utf-8')",
        "SECRET_KEY = make('‹kanarie5d1c›')",
        "SECRET_KEY = d.get('x', '‹kanarie›')",
        "SECRET_KEY = base64.b64decode('‹kanarie›').decode('ascii')",
        "password = Field(default='‹kanarie›', description='The password')",
        "secret_key: SecretStr = SecretStr('‹kanarie›')",
        "password: Annotated[str, Field()] = '‹kanarie›'",
        "password: Optional['str'] = '‹kanarie›'",
        "C = {'auth': {'password': ['‹kanarie›'], 'user': 'shop'}}",
        "PASSWORDS = {'admin': '‹kanarie›', 'x': '‹b c›'}",
        "SECRET_KEY = '‹a›' if MODE == 'dev' else '‹b c›'",
        "raw_env = ['SECRET_KEY=' + '‹kanarie›', 'A=' + 'b']",
        "raw_env = ['SECRET_KEY=‹%s-x›' % '‹kanarie›', 'A']",
        "raw_env = ['SECRET_KEY={}'.format('‹kanarie›')]",
        "raw_env = ['='.join(('SECRET_KEY', '‹kanarie›'))]",
        "setattr(settings, 'SECRET_KEY', '‹kanarie›')",
        "x = 1  # SECRET_KEY=‹kanarie›",
        "x = 1  # SECRET_KEY = '‹kanarie›'",
        "x = 1  # password: ‹kanarie5d1c›",
    ] {
        check(Grammar::Code, it);
    }
}

#[test]
fn code_shows_what_is_said_about_a_secret() {
    for it in [
        "password = forms.CharField(label='Password', widget=Input(attrs={'class': 'wide'}))",
        "token = models.ForeignKey('auth.Token', related_name='tokens')",
        "SECRET_KEY = os.environ['SHOP'] if MODE in ['dev', 'test'] else load_secret('shop')",
        "SECRET_KEY = env.str('shop')\nHOST = 'web'",
        "API_KEY = None\n'''A page of the manual'''",
        "if password: x = 'shop'",
        "DEBUG, SECRET_KEY = 'x', read()",
        "def login(password: str, host: str = 'db'): pass",
        "x = 1  # the password: it is in the vault",
        "x = 1  # token: required",
        "connect(\n    password=read(),\n    host='db')",
        "print('SECRET_KEY' + ' is missing')",
        "a['token'].b('x')",
    ] {
        check(Grammar::Code, it);
    }
}

/// Names in one another's values, and addresses in a row, are not walked over once for each.
#[test]
fn a_line_of_names_or_addresses_is_read_once() {
    for part in [
        "SECRET_KEY=[",
        "SECRET_KEY=",
        "password: x ",
        "SECRET_KEY=a+",
        "(SECRET_KEY, ",
        "://a:b,",
        "a:b@",
        "%2F%2F%3A",
        "://x/bot",
        "curl -u ",
        "curl docker mysql redis-cli ",
        "echo x > token ",
        "echo ",
        "echo x | tee ",
        "basicauth users: ",
        "cat > token <<A\n",
        "USERS={'a': ",
        "a.login('a', ",
        "Authorization: Bearer ",
        "IDENTIFIED BY ",
        "s/PASSWORD/",
        "--token \\\n",
        "a/b@",
        "token ",
    ] {
        let text = part.repeat(50_000 / part.len());
        for grammar in [Grammar::Code, Grammar::Shell] {
            let start = std::time::Instant::now();
            Secrets::none_known().mask(&text, grammar);
            // A walk over what is near for each takes seconds.
            assert!(start.elapsed().as_secs() < 10, "{part} {:?}", start.elapsed());
        }
    }
}

#[test]
fn data_hides_values_and_pairs() {
    for it in [
        "  SECRET_KEY: ‹a b c› # note\n  WORKERS: 3\n",
        "- key: SECRET_KEY\n  value: ‹kanarie›\n- key: WORKERS\n  value: 3\n",
        "- value: ‹kanarie›\n  key: SECRET_KEY\n- value: 3\n  key: WORKERS\n",
        "{ \"name\": \"SECRET_KEY\", \"value\": \"‹kanarie›\" }, { \"name\": \"A\", \"value\": \"b\" }",
        "- key: SECRET_KEY\n  generateValue: true\n- key: B\n  value: c\n",
        "password = \"‹kanarie›\"\npassword_file = \"x\"\n",
        "- SECRET_KEY=‹kanarie›\n- WORKERS=3\n",
        "command: redis-server --requirepass ‹kanarie› --port 1\n",
        "h: \"‹Basic a2FuYXJpZTprYW5hcmll›\"\ni: Basic authentication\n",
        "secrets:\n  - db_password\n",
        "web = \"PGPASSWORD=‹hunter2x› gunicorn shop.wsgi:application\"\n",
        "command: ['PGPASSWORD=‹hunter2x› gunicorn shop.wsgi:application']\n",
        "environment: ['PGPASSWORD=‹hunter2x and more›']\n",
        "environment:\n- \"PGPASSWORD=‹hunter2x and more›\"\n",
        "image: shop/web:1.2.3\nhost: db.internal\n",
        "\"DATABASE_URL\": \"postgres://shop:‹kanarie›@db.internal:5432/shop\"",
    ] {
        check(Grammar::Data, it);
    }
}

#[test]
fn sentences_keep_their_words() {
    for it in [
        "the password: put it into the dashboard",
        "`SECRET_KEY` is written here for everybody to read",
        "set `SECRET_KEY` to `\"x\"`: a token is not a key",
        "`raw_env` is [SECRET_KEY=‹kanarie›] in Procfile and [SECRET_KEY=‹other›] in gunicorn.conf.py",
        "`SECRET_KEY` = `‹kanarie›`",
    ] {
        check(Grammar::Prose, it);
    }
}

#[test]
fn words_that_are_passwords_are_hidden_only_where_they_are_one() {
    let mut secrets = Secrets::default();
    secrets.read_named("POSTGRES_PASSWORD", "postgres");
    secrets.read_named("PASSWORD", "hunter2");
    let text = "image postgres:16, not hunter23, but hunter2";
    assert_eq!(secrets.mask(text, Grammar::Prose), "image postgres:16, not hunter23, but ***");
}

#[test]
fn stars_keep_every_place() {
    let text = "SECRET_KEY: \"aé火🙂\"\nb: 1\n";
    let mut sources = SourceMap::new();
    let file = sources.add("a.yaml", text);
    let shown = Secrets::default().mask_sources(&sources);
    let shown = shown.file(file).text();
    assert_eq!(shown.len(), text.len());
    assert_eq!(shown.encode_utf16().count(), text.encode_utf16().count());
    assert_eq!(shown.find("b: 1"), text.find("b: 1"));
    assert!(!shown.contains('火') && !shown.contains('🙂'));
}

/// Many secrets cost as much for each as few: no text is searched once for every one of them.
#[test]
fn many_secrets_are_told_in_one_look() {
    let value = |idx: usize| format!("kanarie-{idx}-{}", idx * 7919);
    let mut secrets = Secrets::default();
    (0..20_000).for_each(|idx| secrets.read_named("PASSWORD", &value(idx)));
    for idx in [0, 1, 9_999, 19_999] {
        let text = format!("a {} b {}0 c", value(idx), value(idx));
        // Nobody has so much of it in a longer word by chance.
        assert_eq!(secrets.mask(&text, Grammar::Prose), "a *** b ***0 c");
    }
    let mut twice = secrets.clone();
    twice.extend(secrets);
    assert_eq!(twice.known.len(), 20_000);
}

#[test]
fn a_password_with_blanks_is_the_whole_of_it() {
    let part = |value: &'static str| secret_part("DATABASE_URL", value).map(|it| &value[it]);
    assert_eq!(part("postgres://shop:correct h0rse@db/shop"), Some("correct h0rse"));
    assert_eq!(part("postgres://shop:p@ss w0rd@db/shop"), Some("p@ss w0rd"));
    assert_eq!(part("postgres://db:5432/shop, see mail to a@example.org"), None);
    assert_eq!(part("see http://example.org: ask me@example.org"), None);
}

#[test]
fn every_secret_of_a_long_line_is_masked_and_a_long_one_to_its_end() {
    let many: String = (0..5_000).map(|idx| format!("-e SECRET_{idx}=k4narie{idx} ")).collect();
    let long = format!("API_TOKEN={}\nnext", "k4narie".repeat(10_000));
    for grammar in [Grammar::Shell, Grammar::Env, Grammar::Data] {
        for text in [&many, &long] {
            let masked = Secrets::none_known().mask(text, grammar);
            assert!(!masked.contains("k4narie"), "{grammar:?}");
        }
        assert!(Secrets::none_known().mask(&long, grammar).ends_with("\nnext"), "{grammar:?}");
    }
}

#[test]
fn the_default_of_a_variable_is_found_however_deep_it_is() {
    let part = |value: &str| secret_part("API_TOKEN", value).map(|it| value[it].to_owned());
    assert_eq!(part("${A:-${B:=k4narie}}").as_deref(), Some("k4narie"));
    assert_eq!(part("${A:-${B:-k4narie").as_deref(), Some("k4narie"));
    for open in ["", "}"] {
        let deep = "${A:-".repeat(200_000) + "k4narie" + &open.repeat(200_000);
        assert_eq!(part(&deep).as_deref(), Some("k4narie"));
    }
}

#[test]
fn a_name_begins_behind_any_character() {
    for before in ["", "ĉ", "🦀", "\u{301}"] {
        check(Grammar::Data, &format!("{before}key: SECRET_KEY\nvalue: ‹abcdefgh1234›\n"));
    }
}
