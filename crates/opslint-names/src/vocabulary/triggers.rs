//! What calls functions.

/// What calls a function. A client waits for the answer of the first four, for the whole time that
/// the function takes; nobody waits for the others.
///
/// `websocket` is API Gateway's; `queue` is SQS, MQ and the like; `stream` is Kinesis, Kafka and
/// change streams; `schedule` is a clock; `event` is a notification of another service; `direct` is
/// a call of a program, such as `zappa manage`.
pub const TRIGGERS: &[&str] = &[
    "rest-api",
    "http-api",
    "alb",
    "function-url",
    "websocket",
    "queue",
    "stream",
    "schedule",
    "event",
    "direct",
];
