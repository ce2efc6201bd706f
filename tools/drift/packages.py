"""Numbers in packages that are only read: models of APIs, tables of linters, code of tools."""

import ast
import gzip
import json
import re

import ours
import prices
from pair import Pair


def pairs(packages):
    """Every comparison with a package that is read."""
    for compare in [
        lambda_model,
        gateways,
        queues,
        load_balancer,
        containers,
        lambda_runtimes,
        prices.functions,
        prices.cloud_run,
        fargate,
        vercel,
        digitalocean,
        cloud_run,
        tools,
        python_versions,
        node_versions,
        ruby_versions,
    ]:
        found = list(compare(packages))
        if not found:
            raise SystemExit(f"drift: {compare.__name__} compares nothing")
        yield from found


def api(packages, service, version):
    """An API model of botocore."""
    path = packages.site / "botocore" / "data" / service / version / "service-2.json.gz"
    return json.loads(gzip.decompress(path.read_bytes()))


def model(packages, service, version):
    """The shapes of an API model."""
    return api(packages, service, version)["shapes"]


def section(platform, name, key, theirs, their_source):
    """A pair of a value that a platform has once."""
    value, source = platform.value(name, key)
    return Pair(f"{platform.id}.{name}.{key}", value, source, theirs, their_source)


def number(pattern, text, what):
    """The number that a text gives; a text that no longer gives it ends the comparison."""
    found = re.search(pattern, text, re.DOTALL)
    if not found:
        raise SystemExit(f"drift: {what} no longer says {pattern!r}")
    return int(found.group(1).replace(",", ""))


def lambda_model(packages):
    """Bounds and defaults of functions."""
    shapes = model(packages, "lambda", "2015-03-31")
    source = f"{packages.called('botocore')}: lambda"
    platform = ours.platform("aws-lambda")
    members = shapes["CreateFunctionRequest"]["members"]
    timeout = members["Timeout"]["documentation"]
    memory = members["MemorySize"]["documentation"]
    default = number(r"default is (\d+) s", timeout, "Timeout")
    yield section(platform, "function", "timeout_s", default, source)
    most = number(r"maximum allowed value is ([\d,]+) seconds", timeout, "Timeout")
    yield section(platform, "function", "timeout_s_max", most, source)
    shape = lambda name: shapes[members[name]["shape"]]
    yield section(platform, "function", "timeout_s_min", shape("Timeout")["min"], source)
    yield section(platform, "function", "managed_timeout_s_max", shape("Timeout")["max"], source)
    least = number(r"default value is (\d+) MB", memory, "MemorySize")
    yield section(platform, "function", "memory_mb", least, source)
    yield section(platform, "function", "memory_mb_min", shape("MemorySize")["min"], source)
    yield section(platform, "function", "managed_memory_mb_max", shape("MemorySize")["max"], source)
    storage = shapes[shapes["EphemeralStorage"]["members"]["Size"]["shape"]]
    yield section(platform, "function", "temporary_storage_mb_min", storage["min"], source)
    most = storage["max"]
    yield section(platform, "function", "accelerated_temporary_storage_mb_max", most, source)
    text = api(packages, "lambda", "2015-03-31")["operations"]["PutFunctionConcurrency"]
    pattern = r"leave at least (\d+) simultaneous executions unreserved"
    least = number(pattern, text["documentation"], "PutFunctionConcurrency")
    yield section(platform, "function", "unreserved_concurrency_min", least, source)
    known = set(platform.rows("runtimes"))
    for name in sorted(known | set(shapes["Runtime"]["enum"])):
        mine, theirs = listed(name, known), listed(name, shapes["Runtime"]["enum"])
        yield Pair(f"aws-lambda.runtimes.{name}", mine, "aws-lambda.toml", theirs, source)


def listed(name, names):
    """Whether a name is among others, in a word."""
    return "listed" if name in names else ours.ABSENT


def gateways(packages):
    """How long API Gateway waits for a function."""
    rows = ours.platform("aws-lambda").rows("triggers")
    platform = ours.platform("aws-lambda")
    rest = model(packages, "apigateway", "2015-07-09")["PutIntegrationRequest"]["members"]
    text = rest["timeoutInMillis"]["documentation"]
    seconds = {"rest-api": number(r"default value is ([\d,]+) milliseconds", text, "REST") // 1000}
    shapes = model(packages, "apigatewayv2", "2018-11-29")
    text = shapes["CreateIntegrationRequest"]["members"]["TimeoutInMillis"]["documentation"]
    seconds["http-api"] = number(r"(\d+) seconds for HTTP APIs", text, "HTTP API")
    seconds["websocket"] = number(r"(\d+) seconds for WebSocket APIs", text, "WebSocket API")
    for name, theirs in seconds.items():
        value, source = platform.cell("triggers", rows[name], "request_timeout_s")
        key = f"aws-lambda.triggers.{name}.request_timeout_s"
        yield Pair(key, value, source, theirs, f"{packages.called('botocore')}: API Gateway")


def queues(packages):
    """How long a queue hides a message that a function has received."""
    text = model(packages, "sqs", "2012-11-05")["CreateQueueRequest"]["members"]["Attributes"]
    pattern = r"visibility timeout for the queue, in seconds.*?Default: (\d+)"
    hidden = number(pattern, text["documentation"], "VisibilityTimeout")
    source = f"{packages.called('botocore')}: sqs"
    yield section(ours.platform("aws-lambda"), "function", "queue_visibility_s", hidden, source)


def load_balancer(packages):
    """What an Application Load Balancer does where nobody says otherwise."""
    shapes = model(packages, "elbv2", "2015-12-01")
    source = f"{packages.called('botocore')}: elbv2"
    text = shapes["LoadBalancerAttribute"]["members"]["Key"]["documentation"]
    idle = number(r"idle_timeout\.timeout_seconds.*?default is (\d+) seconds", text, "attributes")
    apppack = ours.platform("apppack")
    yield section(apppack, "router", "idle_timeout_s", idle, source)
    row = ours.platform("aws-lambda").rows("triggers")["alb"]
    value, own = ours.platform("aws-lambda").cell("triggers", row, "idle_timeout_s")
    yield Pair("aws-lambda.triggers.alb.idle_timeout_s", value, own, idle, source)
    text = shapes["TargetGroupAttribute"]["members"]["Key"]["documentation"]
    found = re.search(r"load_balancing\.algorithm\.type.*?default is <code>(\w+)", text, re.DOTALL)
    if not found:
        raise SystemExit("drift: TargetGroupAttribute names no default algorithm any more")
    theirs = found.group(1).replace("_", "-")
    yield section(apppack, "traits", "router_balancing", theirs, source)
    members = shapes["CreateTargetGroupInput"]["members"]
    text = members["HealthCheckIntervalSeconds"]["documentation"]
    interval = number(r"default is (\d+) seconds", text, "HealthCheckIntervalSeconds")
    yield section(apppack, "health_check", "interval_s", interval, source)


def containers(packages):
    """How long ECS on Fargate waits before it kills."""
    shapes = model(packages, "ecs", "2014-11-13")
    text = shapes["ContainerDefinition"]["members"]["stopTimeout"]["documentation"]
    source = f"{packages.called('botocore')}: ecs stopTimeout"
    platform = ours.platform("apppack")
    grace = number(r"default value of (\d+) seconds", text, "stopTimeout")
    most = number(r"max stop timeout value is (\d+) seconds", text, "stopTimeout")
    yield section(platform, "shutdown", "grace_s", grace, source)
    yield section(platform, "shutdown", "grace_s_max", most, source)


def lambda_runtimes(packages):
    """Ends of the runtimes of functions."""
    path = packages.site / "cfnlint" / "data" / "AdditionalSpecs" / "LmbdRuntimeLifecycle.json"
    source = f"{packages.called('cfn-lint')}: {path.name}"
    platform = ours.platform("aws-lambda")
    rows = platform.rows("runtimes")
    for name, dates in json.loads(path.read_text()).items():
        for column, key in [("deprecated", "deprecated"), ("update_blocked", "update-block")]:
            row = rows.get(name)
            value, own = platform.cell("runtimes", row, column) if row else (ours.ABSENT, "")
            where = f"aws-lambda.runtimes.{name}.{column}"
            yield Pair(where, value, own, dates.get(key) or ours.ABSENT, source)


def fargate(packages):
    """Sizes of tasks."""
    folder = packages.site / "cfnlint" / "data" / "schemas" / "extensions"
    path = folder / "aws_ecs_taskdefinition" / "fargate_cpu_memory.json"
    source = f"{packages.called('cfn-lint')}: {path.name}"
    theirs = {}
    for case in json.loads(path.read_text())["then"]["anyOf"]:
        cpu, memory = case["properties"]["Cpu"], case["properties"]["Memory"]
        theirs[int(cpu["then"]["enum"][0]) / 1024] = sizes(memory["then"])
    platform = ours.platform("apppack")
    rows = platform.rows("machine_sizes", "cpus")
    for cpus in sorted({*theirs, *rows}):
        row = rows.get(cpus)
        value, own = ours.ABSENT, "apppack.toml"
        if row:
            value, own = platform.cell("machine_sizes", row, "memory_mb_choices")
        key = f"apppack.machine_sizes.{cpus:g}.memory_mb_choices"
        yield Pair(key, value, own, theirs.get(cpus, ours.ABSENT), source)


def sizes(schema):
    """The amounts that a schema allows: a list, or a range in steps."""
    if "enum" in schema:
        return [int(it) for it in schema["enum"]]
    return list(range(schema["minimum"], schema["maximum"] + 1, schema["multipleOf"]))


def constant(path, name):
    """A number that JavaScript gives a name: `300`, or `5 * 1024 * 1024`."""
    found = re.search(rf"\b{name} = ([\d *]+);", path.read_text())
    if not found:
        raise SystemExit(f"drift: {path.name} has no {name} any more")
    product = 1
    for factor in found.group(1).split("*"):
        product *= int(factor)
    return product


def vercel(packages):
    """The longest timeout that the command line accepts, and the largest function."""
    platform = ours.platform("vercel")
    path = packages.module("@vercel/build-utils") / "dist" / "max-duration.js"
    most = constant(path, "DEFAULT_MAX_DURATION_LIMIT")
    source = packages.called("@vercel/build-utils")
    yield section(platform, "function", "timeout_s_max", most, source)
    path = packages.module("@vercel/python") / "dist" / "index.js"
    size = constant(path, "MAX_LARGE_FUNCTION_UNCOMPRESSED_SIZE") // 1024**2
    source = packages.called("@vercel/python")
    yield section(platform, "function", "package_limit_mb", size, source)


def digitalocean(packages):
    """Defaults of an app spec."""
    platform = ours.platform("digitalocean")
    text = (packages.site / "pydo" / "operations" / "_operations.py").read_text()
    text = re.sub(r"\s+", " ", text.replace("#", " "))
    source = packages.called("pydo")
    grace = number(r"causes immediate shutdown\. \(Default (\d+)\)", text, "grace")
    drain = number(r"upstream load-balancers\. \(Default (\d+)\)", text, "drain")
    port = number(r"run command will listen\. Default: (\d+)", text, "http_port")
    count = number(r"Default value is (\d+)\. The amount of instances", text, "instance_count")
    yield section(platform, "shutdown", "grace_s", grace, source)
    yield section(platform, "shutdown", "drain_s", drain, source)
    yield section(platform, "router", "port", port, source)
    yield section(platform, "scale", "instances_default", count, source)


def cloud_run(packages):
    """Requests at once when a service does not say how many."""
    platform = ours.platform("cloud-run")
    path = packages.site / "google" / "cloud" / "run_v2" / "types" / "revision_template.py"
    text = re.sub(r"\s+", " ", path.read_text())
    source = packages.called("google-cloud-run")
    many = number(r"concurrency defaults to (\d+) when requested ``CPU >= 1``", text, "concurrency")
    one = number(r"defaults to (\d+) when requested ``CPU < 1``", text, "concurrency")
    yield section(platform, "router", "hard_limit", many, source)
    for row in platform.table["machine_sizes"]:
        if row["cpus"] < 1:
            key = f"cloud-run.machine_sizes.{row['cpus']:g}.requests_max"
            yield Pair(key, row["requests_max"], platform.source(row["source"]), one, source)


def tools(packages):
    """What tools that deploy functions take when their file says nothing."""
    platform = ours.platform("aws-lambda")
    rows = platform.rows("tools")
    code = (packages.site / "zappa" / "cli.py").read_text()
    default = lambda key: number(rf'stage_config\.get\("{key}", (\d+)\)', code, "zappa")
    theirs = {"zappa": (default("memory_size"), default("timeout_seconds"))}
    tree = ast.parse((packages.site / "chalice" / "constants.py").read_text())
    names = {it.targets[0].id: it.value for it in tree.body if isinstance(it, ast.Assign)}
    constant = lambda name: ast.literal_eval(names[name])
    chalice = constant("DEFAULT_LAMBDA_MEMORY_SIZE"), constant("DEFAULT_LAMBDA_TIMEOUT")
    theirs["chalice"] = chalice
    for tool, values in theirs.items():
        for column, value in zip(["memory_mb", "timeout_s"], values):
            mine, source = platform.cell("tools", rows[tool], column)
            key = f"aws-lambda.tools.{tool}.{column}"
            yield Pair(key, mine, source, value, packages.called(tool))


def versions(language, theirs, source, same=lambda day: day):
    """Ends of the versions that both know, and versions that only they know."""
    rows = language.rows("versions")
    for name, end in theirs.items():
        value, own = ours.ABSENT, f"{language.id}.toml"
        if name in rows:
            value, own = language.cell("versions", rows[name], "ends")
        yield Pair(f"{language.id}.versions.{name}.ends", same(value), own, same(end), source)


def python_versions(packages):
    """Ends of Python: the package gives the day of the release, years later; the month counts."""
    code = (packages.site / "google" / "api_core" / "_python_version_support.py").read_text()
    pattern = r'version="(\d\.\d+)".*?python_eol=datetime\.date\((\d+), (\d+), \d+\)'
    found = re.findall(pattern, code, re.DOTALL)
    theirs = {name: f"{year}-{int(month):02}" for name, year, month in found}
    source = packages.called("google-api-core")
    return versions(ours.language("python"), theirs, source, lambda day: day[:7])


def node_versions(packages):
    """Ends of Node."""
    folder = packages.module("node-releases") / "data" / "release-schedule"
    schedule = json.loads((folder / "release-schedule.json").read_text())
    stable = {name[1:]: it for name, it in schedule.items() if not name.startswith("v0")}
    theirs = {name: it["end"] for name, it in stable.items() if "start" in it}
    return versions(ours.language("node"), theirs, packages.called("node-releases"))


def ruby_versions(packages):
    """Ends of Ruby, as AWS takes them over for its functions since Ruby 3.2."""
    path = packages.site / "cfnlint" / "data" / "AdditionalSpecs" / "LmbdRuntimeLifecycle.json"
    dates = json.loads(path.read_text())
    modern = {name[4:]: it["deprecated"] for name, it in dates.items() if name.startswith("ruby")}
    theirs = {name: day for name, day in modern.items() if name >= "3.2"}
    return versions(ours.language("ruby"), theirs, packages.called("cfn-lint"))
