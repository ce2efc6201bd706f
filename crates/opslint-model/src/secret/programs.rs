//! Programs that take a password in a place whose name does not say so: `curl -u name:password`,
//! `redis-cli -a password`, `htpasswd -b file name password`.

/// Where a program takes a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind one of these options, in the same word or in the next.
    Option(&'static [&'static str]),
    /// In the word behind one of these options.
    Next(&'static [&'static str]),
    /// In the word of one of these options alone: another word is something else.
    Attached(&'static [&'static str]),
    /// The so many-th word, from 1, behind one that begins like this and is no option.
    Behind(&'static str, usize),
    /// The last word, where an option of letters has this one among them.
    Last(char),
    /// Each `NAME=value` behind this word.
    Pairs(&'static str),
    /// Each word.
    Any,
}

/// What of a word is the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// All of it.
    Whole,
    /// What follows this sign.
    After(char),
    /// What follows `pass:`.
    Pass,
    /// `name/password`, and `@host` behind it.
    Oracle,
}

/// One way in which some programs take a password.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taker {
    pub(super) programs: &'static [&'static str],
    /// A word that must stand before it: `login`. None when empty.
    pub(super) command: &'static str,
    pub(super) place: Place,
    pub(super) form: Form,
}

const fn taker(
    programs: &'static [&'static str],
    command: &'static str,
    place: Place,
    form: Form,
) -> Taker {
    Taker { programs, command, place, form }
}

const MYSQL: &[&str] = &[
    "mysql",
    "mysqladmin",
    "mysqlbinlog",
    "mysqlcheck",
    "mysqldump",
    "mysqlimport",
    "mysqlpump",
    "mysqlsh",
    "mysqlshow",
    "mysqlslap",
    "mariadb",
    "mariadb-admin",
    "mariadb-backup",
    "mariadb-binlog",
    "mariadb-check",
    "mariadb-dump",
    "mariadb-import",
    "mariadb-show",
];

const MONGO: &[&str] = &[
    "mongo",
    "mongosh",
    "mongodump",
    "mongoexport",
    "mongofiles",
    "mongoimport",
    "mongorestore",
    "mongostat",
    "mongotop",
];

const LDAP: &[&str] = &[
    "ldapadd",
    "ldapcompare",
    "ldapdelete",
    "ldapmodify",
    "ldapmodrdn",
    "ldappasswd",
    "ldapsearch",
    "ldapwhoami",
];

/// Programs that log in with `-p` behind `login`.
const REGISTRIES: &[&str] = &[
    "docker", "podman", "nerdctl", "buildah", "skopeo", "helm", "oras", "crane", "oc", "az", "cf",
    "ibmcloud",
];

/// Programs whose settings are given by name and value, where the name says that it is a secret.
pub(super) const CONFIGURED: &[&str] =
    &["aws", "bundle", "composer", "git", "npm", "pip", "pnpm", "poetry", "wp", "yarn"];

/// All of them.
///
/// Sources: the manual pages curl(1), htpasswd(1), sshpass(1), mysql(1), mysqladmin(8), ldapsearch(1),
/// smbclient(1), lftp(1), zip(1), unzip(1), openssl-passphrase-options(1), useradd(8), plink(1),
/// `mosquitto_passwd`(1), swaks(1), rabbitmqctl(8); `--help` of redis-cli, redis-server, HTTPie, docker,
/// podman, skopeo, helm, oc, az, cf, mongosh, sqlcmd, cqlsh, twine, cargo, mc, ngrok, vault, flyctl,
/// gh, kubectl, airflow, caddy, etcdctl, 7z; "SQL*Plus User's Guide", chapter 3, "LOGON".
pub(super) const TAKERS: &[Taker] = &[
    taker(&["curl"], "", Place::Option(&["-u", "--user", "-U", "--proxy-user"]), Form::After(':')),
    taker(&["curl"], "", Place::Option(&["-b", "--cookie"]), Form::After('=')),
    taker(&["curl"], "", Place::Option(&["--oauth2-bearer"]), Form::Whole),
    taker(&["http", "https", "xh", "xhs"], "", Place::Option(&["-a", "--auth"]), Form::After(':')),
    taker(&["http", "https", "xh", "xhs"], "bearer", Place::Option(&["-a", "--auth"]), Form::Whole),
    taker(&["redis-cli", "valkey-cli"], "", Place::Option(&["-a", "--pass"]), Form::Whole),
    taker(&["redis-cli", "valkey-cli"], "", Place::Behind("AUTH", 1), Form::Whole),
    taker(&["redis-cli", "valkey-cli"], "", Place::Behind("auth", 1), Form::Whole),
    taker(&["redis-cli", "valkey-cli"], "", Place::Behind("AUTH", 2), Form::Whole),
    taker(&["redis-cli", "valkey-cli"], "", Place::Behind("auth", 2), Form::Whole),
    taker(
        &["redis-server", "valkey-server"],
        "",
        Place::Option(&["--requirepass", "--masterauth"]),
        Form::Whole,
    ),
    taker(&["sshpass"], "", Place::Option(&["-p"]), Form::Whole),
    taker(REGISTRIES, "login", Place::Option(&["-p"]), Form::Whole),
    taker(
        &["skopeo", "buildah", "podman"],
        "",
        Place::Option(&["--creds", "--src-creds", "--dest-creds"]),
        Form::After(':'),
    ),
    taker(MYSQL, "", Place::Attached(&["-p"]), Form::Whole),
    taker(&["mysqladmin", "mariadb-admin"], "", Place::Behind("password", 1), Form::Whole),
    taker(MONGO, "", Place::Option(&["-p"]), Form::Whole),
    taker(&["sqlcmd", "bcp", "isql", "osql"], "", Place::Option(&["-P"]), Form::Whole),
    taker(
        &["sqlplus", "sqlldr", "exp", "imp", "expdp", "impdp", "rman", "sqlcl"],
        "",
        Place::Any,
        Form::Oracle,
    ),
    taker(&["htpasswd", "mosquitto_passwd"], "", Place::Last('b'), Form::Whole),
    taker(&["zip", "unzip"], "", Place::Option(&["-P"]), Form::Whole),
    taker(&["7z", "7za", "7zr", "7zz", "rar", "unrar"], "", Place::Attached(&["-p"]), Form::Whole),
    taker(&["openssl"], "", Place::Next(&["-k", "-K"]), Form::Whole),
    taker(&["openssl"], "", Place::Next(&["-pass", "-passin", "-passout"]), Form::Pass),
    taker(&["openssl"], "", Place::Behind("passwd", 1), Form::Whole),
    taker(LDAP, "", Place::Option(&["-w"]), Form::Whole),
    taker(&["smbclient"], "", Place::Option(&["-U", "--user"]), Form::After('%')),
    taker(&["xfreerdp", "wlfreerdp"], "", Place::Attached(&["/p:"]), Form::Whole),
    taker(&["plink", "pscp", "psftp"], "", Place::Option(&["-pw"]), Form::Whole),
    taker(&["lftp"], "", Place::Option(&["-u", "--user"]), Form::After(',')),
    taker(&["ncftpget", "ncftpput", "ncftp"], "", Place::Option(&["-p"]), Form::Whole),
    taker(&["mc", "mcli"], "alias", Place::Behind("set", 4), Form::Whole),
    taker(&["mc", "mcli"], "config", Place::Behind("add", 4), Form::Whole),
    taker(&["rabbitmqctl"], "", Place::Behind("add_user", 2), Form::Whole),
    taker(&["rabbitmqctl"], "", Place::Behind("change_password", 2), Form::Whole),
    taker(&["rabbitmqctl"], "", Place::Behind("authenticate_user", 2), Form::Whole),
    taker(&["rabbitmqadmin"], "", Place::Option(&["-p"]), Form::Whole),
    taker(&["etcdctl"], "", Place::Option(&["--user"]), Form::After(':')),
    taker(&["cqlsh", "elasticsearch-users"], "", Place::Option(&["-p"]), Form::Whole),
    taker(&["airflow"], "users", Place::Option(&["-p"]), Form::Whole),
    taker(&["java"], "", Place::Option(&["-auth"]), Form::After(':')),
    taker(&["ngrok"], "", Place::Behind("authtoken", 1), Form::Whole),
    taker(&["ngrok"], "", Place::Behind("add-authtoken", 1), Form::Whole),
    taker(&["vault", "cargo"], "", Place::Behind("login", 1), Form::Whole),
    taker(&["vault"], "kv", Place::Pairs("put"), Form::Whole),
    taker(&["fly", "flyctl"], "secrets", Place::Pairs("set"), Form::Whole),
    taker(&["gh"], "secret", Place::Option(&["-b", "--body"]), Form::Whole),
    taker(&["kubectl", "oc"], "secret", Place::Option(&["--from-literal"]), Form::After('=')),
    taker(&["cf"], "", Place::Behind("auth", 2), Form::Whole),
    taker(&["aws"], "secretsmanager", Place::Option(&["--secret-string"]), Form::Whole),
    taker(&["aws"], "SecureString", Place::Option(&["--value"]), Form::Whole),
    taker(&["twine"], "", Place::Option(&["-p"]), Form::Whole),
    taker(&["nuget"], "", Place::Behind("setapikey", 1), Form::Whole),
    taker(&["dotnet"], "nuget", Place::Option(&["-k"]), Form::Whole),
    taker(&["dotnet"], "user-secrets", Place::Behind("set", 2), Form::Whole),
    taker(&["poetry", "composer"], "", Place::Behind("http-basic.", 2), Form::Whole),
    taker(&["poetry"], "", Place::Behind("pypi-token.", 1), Form::Whole),
    taker(&["composer"], "", Place::Behind("github-oauth.", 1), Form::Whole),
    taker(&["composer"], "", Place::Behind("gitlab-token.", 1), Form::Whole),
    taker(&["composer"], "", Place::Behind("bearer.", 1), Form::Whole),
    taker(&["bundle"], "config", Place::Any, Form::After(':')),
    taker(&["useradd", "usermod"], "", Place::Option(&["-p"]), Form::Whole),
    taker(&["mosquitto_pub", "mosquitto_sub"], "", Place::Option(&["-P"]), Form::Whole),
    taker(
        &["keytool", "jarsigner"],
        "",
        Place::Option(&[
            "-storepass",
            "-keypass",
            "-srcstorepass",
            "-deststorepass",
            "-srckeypass",
            "-destkeypass",
        ]),
        Form::Whole,
    ),
    taker(
        &["sonar-scanner", "mvn", "gradle"],
        "",
        Place::Attached(&["-Dsonar.login="]),
        Form::Whole,
    ),
    taker(&["swaks"], "", Place::Option(&["-ap"]), Form::Whole),
    taker(&["grafana-cli"], "", Place::Behind("reset-admin-password", 1), Form::Whole),
    taker(&["caddy"], "hash-password", Place::Option(&["-p", "--plaintext"]), Form::Whole),
    taker(&["rclone"], "", Place::Behind("obscure", 1), Form::Whole),
];

/// Whether a word is the name of such a program.
pub(super) fn is_program(word: &str) -> bool {
    CONFIGURED.contains(&word) || TAKERS.iter().any(|it| it.programs.contains(&word))
}

/// Which lengths names have that begin with a byte, as bits. Every word of every text is asked for.
pub(super) type Lengths = [u32; 256];

/// Names of which each is shorter than 32 bytes.
pub(super) const fn with_lengths(mut lengths: Lengths, names: &[&str]) -> Lengths {
    let mut idx = 0;
    while idx < names.len() {
        let name = names[idx].as_bytes();
        lengths[name[0].to_ascii_lowercase() as usize] |= 1 << name.len();
        idx += 1;
    }
    lengths
}

/// The same for all programs.
pub(super) const LENGTHS: Lengths = {
    let mut lengths = with_lengths([0; 256], CONFIGURED);
    let mut idx = 0;
    while idx < TAKERS.len() {
        lengths = with_lengths(lengths, TAKERS[idx].programs);
        idx += 1;
    }
    lengths
};
