//! What Amazon ECS refuses of a task definition: values of other types, as botocore says, and what Fargate
//! cannot have, as the manual says.

use crate::refusals::refusals;

/// Keys of a container, and whether `ParamValidator` of botocore 1.44.8 refuses them in a request of
/// `RegisterTaskDefinition`.
const TYPES: &[(bool, &str)] = &[
    (true, r#""environment":[{"name":"A","value":1}]"#),
    (false, r#""environment":[{"name":"A","value":"1"}]"#),
    (true, r#""environment":[{"name":"A","value":true}]"#),
    (true, r#""environment":{"A":"b"}"#),
    (true, r#""essential":"yes""#),
    (false, r#""essential":true"#),
    (true, r#""command":"gunicorn a:b""#),
    (true, r#""command":["gunicorn",8000]"#),
    (true, r#""portMappings":[{"containerPort":"8000"}]"#),
    (false, r#""portMappings":[{"containerPort":8000,"protocol":"tcp"}]"#),
    (true, r#""stopTimeout":"30""#),
    (true, r#""memory":"512""#),
    (false, r#""memory":512"#),
    (true, r#""dockerLabels":{"a":1}"#),
    (false, r#""dockerLabels":{"a":"1"}"#),
    (true, r#""healthCheck":{"command":["CMD-SHELL","x"],"interval":"30"}"#),
    (true, r#""healthCheck":{"command":"x"}"#),
    (true, r#""ulimits":[{"name":"nofile","softLimit":"1","hardLimit":2}]"#),
    (true, r#""readonlyRootFilesystem":"true""#),
    (true, r#""logConfiguration":{"logDriver":"awslogs","options":{"a":1}}"#),
    (true, r#""secrets":[{"name":"A","valueFrom":5}]"#),
    (true, r#""dependsOn":{"containerName":"a"}"#),
    (true, r#""cpu":"256""#),
    (false, r#""entryPoint":[]"#),
    (true, r#""user":1000"#),
];

/// Sizes of tasks on Fargate, and whether there are such.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html>
const SIZES: &[(bool, &str, &str)] = &[
    (false, "256", "512"),
    (false, "256", "2048"),
    (true, "256", "4096"),
    (true, "300", "512"),
    (true, "512", "512"),
    (false, ".5 vCPU", "1 GB"),
    (false, "1024", "8192"),
    (true, "1024", "9216"),
    (false, "4 vCPU", "30GB"),
    (true, "4096", "30721"),
    (true, "8192", "18432"),
    (false, "16384", "122880"),
];

/// Tasks of 256 units and 1,024 MB on Fargate with keys of their own, and of their container.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html>
const SETTINGS: &[(bool, &str, &str)] = &[
    (false, r#""networkMode":"awsvpc""#, r#""essential":true"#),
    (true, r#""networkMode":"bridge""#, r#""essential":true"#),
    (true, r#""executionRoleArn":"x""#, r#""essential":true"#),
    (true, r#""networkMode":"awsvpc""#, r#""privileged":true"#),
    (true, r#""networkMode":"awsvpc""#, r#""links":["a"]"#),
    (true, r#""networkMode":"awsvpc""#, r#""portMappings":[{"containerPort":80,"hostPort":81}]"#),
    (false, r#""networkMode":"awsvpc""#, r#""portMappings":[{"containerPort":80,"hostPort":80}]"#),
    (true, r#""networkMode":"awsvpc""#, r#""memory":2048"#),
    (true, r#""networkMode":"awsvpc""#, r#""memory":256,"memoryReservation":512"#),
    (false, r#""networkMode":"awsvpc""#, r#""memory":512,"memoryReservation":256"#),
];

fn task(of_task: &str, of_container: &str) -> String {
    format!(
        r#"{{"family":"shop","requiresCompatibilities":["FARGATE"],{of_task},
        "containerDefinitions":[{{"name":"web","image":"shop:1",{of_container}}}]}}"#
    )
}

#[test]
fn task_definitions_are_refused_as_ecs_refuses_them() {
    let sized = |it: &str| format!(r#""cpu":"256","memory":"1024",{it}"#);
    let network = sized(r#""networkMode":"awsvpc""#);
    let types = TYPES.iter().map(|(is_refused, keys)| (*is_refused, task(&network, keys)));
    let sizes = SIZES.iter().map(|(is_refused, cpu, memory)| {
        let of_task = format!(r#""networkMode":"awsvpc","cpu":"{cpu}","memory":"{memory}""#);
        (*is_refused, task(&of_task, r#""essential":true"#))
    });
    let settings = SETTINGS.iter().map(|(is_refused, of_task, of_container)| {
        (*is_refused, task(&sized(of_task), of_container))
    });
    let mut wrong = Vec::new();
    for (is_refused, text) in types.chain(sizes).chain(settings) {
        let said = refusals("task-definition.json", &text);
        if is_refused == said.is_empty() {
            wrong.push(format!("refused there: {is_refused}, {text}: {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
