//! Calls of packages that connect to a service, and what they are told of its address.

use self::Form::{Dsn, Host, Url};

/// How an address is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `redis://localhost:6379/0`
    Url,
    /// A host, with its port or without, or an address with a scheme.
    Host,
    /// `host=localhost dbname=shop`, or an address with a scheme.
    Dsn,
}

/// A call that connects to another service, or makes what does.
pub(super) struct Client {
    pub(super) package: &'static str,
    /// The end of its dotted name.
    call: &'static str,
    /// Arguments that may be the address, by position or name.
    pub(super) given: &'static [(&'static str, Form)],
    /// Whether it connects to the loopback when it is given none of them.
    pub(super) by_default: bool,
}

const fn client(
    package: &'static str,
    call: &'static str,
    given: &'static [(&'static str, Form)],
    by_default: bool,
) -> Client {
    Client { package, call, given, by_default }
}

const HOST: &[(&str, Form)] = &[("0", Host), ("host", Host)];
const HOSTS: &[(&str, Form)] = &[("0", Host), ("hosts", Host)];
const NAMED: &[(&str, Form)] = &[("host", Host)];
const URL: &[(&str, Form)] = &[("0", Url), ("url", Url)];
const CONNECTION: &[(&str, Form)] = &[("0", Dsn), ("dsn", Dsn), ("conninfo", Dsn), ("host", Host)];
const BOOTSTRAP: &[(&str, Form)] = &[("bootstrap_servers", Host)];
const MESSAGES: &[(&str, Form)] = &[("0", Url), ("url", Url), ("host", Host)];

/// Sources: <https://redis.readthedocs.io/en/stable/connections.html>,
/// <https://www.psycopg.org/docs/module.html#psycopg2.connect>,
/// <https://www.psycopg.org/psycopg3/docs/api/connections.html>,
/// <https://magicstack.github.io/asyncpg/current/api/index.html#connection>,
/// <https://pymysql.readthedocs.io/en/latest/modules/connections.html>,
/// <https://dev.mysql.com/doc/connector-python/en/connector-python-connectargs.html>,
/// <https://pymongo.readthedocs.io/en/stable/api/pymongo/mongo_client.html>,
/// <https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls>,
/// <https://docs.peewee-orm.com/en/latest/peewee/database.html>,
/// <https://tortoise.github.io/databases.html>,
/// <https://elasticsearch-py.readthedocs.io/en/stable/>,
/// <https://pika.readthedocs.io/en/stable/modules/parameters.html>,
/// <https://aiokafka.readthedocs.io/en/stable/api.html>,
/// <https://kafka-python.readthedocs.io/en/master/apidoc/KafkaProducer.html>
pub(super) const CLIENTS: &[Client] = &[
    client("redis", "from_url", URL, false),
    client("redis", "Redis", HOST, true),
    client("redis", "StrictRedis", HOST, true),
    client("redis", "ConnectionPool", NAMED, true),
    client("redis", "BlockingConnectionPool", NAMED, true),
    client("aioredis", "from_url", URL, false),
    client("aioredis", "Redis", NAMED, true),
    client("aioredis", "create_redis_pool", &[("0", Url), ("address", Url)], false),
    client("arq", "RedisSettings", HOST, true),
    client("flask_limiter", "Limiter", &[("storage_uri", Url)], false),
    client("slowapi", "Limiter", &[("storage_uri", Url)], false),
    client("flask_socketio", "SocketIO", &[("message_queue", Url)], false),
    client("flask_pymongo", "PyMongo", &[("1", Url), ("uri", Url)], false),
    client("socketio", "RedisManager", URL, true),
    client("socketio", "AsyncRedisManager", URL, true),
    client("psycopg2", "connect", CONNECTION, false),
    client("psycopg2", "SimpleConnectionPool", &[("2", Dsn), ("dsn", Dsn), ("host", Host)], false),
    client(
        "psycopg2",
        "ThreadedConnectionPool",
        &[("2", Dsn), ("dsn", Dsn), ("host", Host)],
        false,
    ),
    client("psycopg", "connect", CONNECTION, false),
    client("psycopg_pool", "ConnectionPool", CONNECTION, false),
    client("psycopg_pool", "AsyncConnectionPool", CONNECTION, false),
    client("asyncpg", "connect", CONNECTION, false),
    client("asyncpg", "create_pool", CONNECTION, false),
    client("aiopg", "connect", CONNECTION, false),
    client("aiopg", "create_pool", CONNECTION, false),
    client("pymysql", "connect", HOST, true),
    client("MySQLdb", "connect", HOST, false),
    client("mysql", "connector.connect", NAMED, true),
    client("mysql", "MySQLConnectionPool", NAMED, true),
    client("aiomysql", "connect", HOST, true),
    client("aiomysql", "create_pool", NAMED, true),
    client("sqlalchemy", "create_engine", URL, false),
    client("sqlalchemy", "create_async_engine", URL, false),
    client("sqlalchemy", "URL.create", &[("3", Host), ("host", Host)], false),
    client("sqlmodel", "create_engine", URL, false),
    client("databases", "Database", URL, false),
    client("peewee", "PostgresqlDatabase", NAMED, false),
    client("peewee", "MySQLDatabase", NAMED, false),
    client("tortoise", "register_tortoise", &[("db_url", Url)], false),
    client("tortoise", "Tortoise.init", &[("db_url", Url)], false),
    client("pony", "Database.bind", NAMED, false),
    client("pymongo", "MongoClient", HOST, true),
    client("pymongo", "AsyncMongoClient", HOST, true),
    client("motor", "AsyncIOMotorClient", HOST, true),
    client("motor", "MotorClient", HOST, true),
    client("mongoengine", "connect", NAMED, true),
    client("elasticsearch", "Elasticsearch", HOSTS, false),
    client("elasticsearch", "AsyncElasticsearch", HOSTS, false),
    client("opensearchpy", "OpenSearch", HOSTS, true),
    client("meilisearch", "Client", URL, false),
    client("qdrant_client", "QdrantClient", &[("0", Host), ("url", Url), ("host", Host)], false),
    client(
        "qdrant_client",
        "AsyncQdrantClient",
        &[("0", Host), ("url", Url), ("host", Host)],
        false,
    ),
    client("weaviate", "connect_to_local", NAMED, true),
    client("pymilvus", "connections.connect", &[("host", Host), ("uri", Url)], false),
    client("chromadb", "HttpClient", HOST, true),
    client("neo4j", "GraphDatabase.driver", &[("0", Url), ("uri", Url)], false),
    client("cassandra", "Cluster", &[("0", Host), ("contact_points", Host)], true),
    client("clickhouse_connect", "get_client", NAMED, true),
    client("clickhouse_driver", "Client", HOST, false),
    client("influxdb_client", "InfluxDBClient", URL, false),
    client("minio", "Minio", &[("0", Host), ("endpoint", Host)], false),
    client("pymemcache", "Client", &[("0", Host), ("server", Host)], false),
    client("pylibmc", "Client", &[("0", Host), ("servers", Host)], false),
    client("memcache", "Client", &[("0", Host), ("servers", Host)], false),
    client("pika", "ConnectionParameters", HOST, true),
    client("pika", "URLParameters", URL, false),
    client("aio_pika", "connect", MESSAGES, true),
    client("aio_pika", "connect_robust", MESSAGES, true),
    client("aiokafka", "AIOKafkaProducer", BOOTSTRAP, true),
    client("aiokafka", "AIOKafkaConsumer", BOOTSTRAP, true),
    client("kafka", "KafkaProducer", BOOTSTRAP, true),
    client("kafka", "KafkaConsumer", BOOTSTRAP, true),
    client("nats", "connect", &[("0", Host), ("servers", Host)], true),
    client("openai", "OpenAI", &[("base_url", Url)], false),
    client("openai", "AsyncOpenAI", &[("base_url", Url)], false),
    client("ollama", "Client", &[("0", Host), ("host", Host)], false),
    client("ollama", "AsyncClient", &[("0", Host), ("host", Host)], false),
];

/// Arguments by which a client is told another way to its service.
pub(super) const OTHER_WAYS: &[&str] = &[
    "connection_class",
    "connection_pool",
    "host",
    "option_files",
    "path",
    "read_default_file",
    "unix_socket",
    "unix_socket_path",
    "url",
];

/// Calls that send a request, or make what does. They may well be for the process itself.
pub(super) const REQUESTS: &[(&str, &[&str])] = &[
    ("requests", &["get", "post", "put", "patch", "delete", "head", "request"]),
    (
        "httpx",
        &[
            "get",
            "post",
            "put",
            "patch",
            "delete",
            "head",
            "request",
            "stream",
            "Client",
            "AsyncClient",
        ],
    ),
    ("aiohttp", &["get", "post", "put", "patch", "delete", "head", "request", "ClientSession"]),
    ("urllib", &["request.urlopen"]),
];

/// Arguments that are the address of a request.
pub(super) const ADDRESSES: &[&str] = &["0", "1", "url", "base_url"];

/// Ports that programs listen on by themselves, which the own one may be where it is not known.
pub(super) const USUAL_PORTS: &[u16] = &[80, 443, 3000, 5000, 8000, 8080, 10000];

/// Settings of extensions of Flask: the package, the setting, and its form.
pub(super) const SETTINGS: &[(&str, &str, Form)] = &[
    ("flask_sqlalchemy", "SQLALCHEMY_DATABASE_URI", Url),
    ("flask_mysqldb", "MYSQL_HOST", Host),
    ("flaskext.mysql", "MYSQL_DATABASE_HOST", Host),
    ("flask_caching", "CACHE_REDIS_URL", Url),
    ("flask_caching", "CACHE_REDIS_HOST", Host),
    ("flask_pymongo", "MONGO_URI", Url),
    ("flask_redis", "REDIS_URL", Url),
    ("flask_limiter", "RATELIMIT_STORAGE_URI", Url),
    ("flask_limiter", "RATELIMIT_STORAGE_URL", Url),
    ("flask_rq2", "RQ_REDIS_URL", Url),
];

/// Signs of code that starts programs or tunnels, which may be what it connects to.
pub(super) const STARTS: &[&str] = &[
    "Popen",
    "fakeredis",
    "multiprocessing",
    "mongomock",
    "os.system",
    "sshtunnel",
    "subprocess",
    "testcontainers",
];

pub(super) fn of(dotted: &str) -> Option<&'static Client> {
    CLIENTS.iter().find(|it| is_named(dotted, it.package, it.call))
}

pub(super) fn is_request(dotted: &str) -> bool {
    let is_of = |(package, calls): &(&str, &[&str])| {
        calls.iter().any(|call| is_named(dotted, package, call))
    };
    REQUESTS.iter().any(is_of)
}

/// `Cache(app, config={…})` of Flask-Caching.
pub(super) fn is_cache(dotted: &str) -> bool {
    matches!(dotted, "flask_caching.Cache" | "flask_caching.Cache.init_app")
}

/// Whether a dotted name is that of a package with this end.
pub(in super::super) fn is_named(dotted: &str, package: &str, call: &str) -> bool {
    let rest = dotted.strip_prefix(package).and_then(|it| it.strip_suffix(call));
    // `.` of `redis.Redis`, `.asyncio.` of `redis.asyncio.Redis`.
    rest.is_some_and(|it| it.starts_with('.') && it.ends_with('.'))
}
