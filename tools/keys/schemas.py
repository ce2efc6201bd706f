"""Writes a JSON Schema of a format from what its vendor ships: code, types, documentation.

    python3 tools/keys/schemas.py FORMAT > SCHEMA

Not every vendor publishes a schema. Where none is published, the tables of keys come from the
program that reads the file: its release in `tools/drift/pins.toml`, installed into
`target/drift/`. Only what the program itself says is taken over; see `from_schema.py` for the rest.
"""

import ast
import gzip
import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "drift"))

from install import Packages  # noqa: E402

ANY = {}

# The version of systemd whose keys are in `keys/systemd.toml`: that of Debian 12.
SYSTEMD = "252"


def table(properties, rest=False):
    """A table with these keys; other keys are refused unless `rest` says what they are."""
    return {"type": "object", "properties": properties, "additionalProperties": rest}


def names(keys):
    """A table of keys of any value."""
    return table({key: ANY for key in sorted(keys)})


def need(condition, what):
    """Ends the run when a package no longer has what is read of it."""
    if not condition:
        raise SystemExit(f"keys: {what} is not where it was")


def chalice(packages):
    """Keys that `Config` looks up: in the file, in a stage, for a function."""
    tree = ast.parse((packages.site / "chalice" / "config.py").read_text())
    root, stage, function = set(), set(), set()
    for call in (it for it in ast.walk(tree) if isinstance(it, ast.Call)):
        called = getattr(call.func, "attr", "")
        if called not in ("_chain_lookup", "_chain_merge") or not call.args:
            continue
        if not isinstance(call.args[0], ast.Constant):
            continue
        name = call.args[0].value
        given = {it.arg: getattr(it.value, "value", False) for it in call.keywords}
        merged = called == "_chain_merge"
        root.add(name)
        if merged or given.get("varies_per_chalice_stage"):
            stage.add(name)
        if merged or given.get("varies_per_function"):
            function.add(name)
    need({"lambda_timeout", "environment_variables"} <= function, "Config of Chalice")
    functions = {"type": "object", "additionalProperties": names(function)}
    of_stage = table({**names(stage)["properties"], "lambda_functions": functions})
    stages = {"type": "object", "additionalProperties": of_stage}
    own = {"version": ANY, "stages": stages, "lambda_functions": functions}
    return table({**names(root)["properties"], **own})


def zappa(packages):
    """Settings of a stage: those that the code reads, and those that its manual names."""
    folder = packages.site / "zappa"
    code = "".join(it.read_text() for it in sorted(folder.rglob("*.py")))
    read = set(re.findall(r"""(?:stage_config|settings)(?:\.get\(|\[)["'](\w+)["']""", code))
    manual = next(packages.site.glob("zappa-*.dist-info/METADATA")).read_text()
    blocks = re.findall(r"```(?:javascript|json)\n(.*?)```", manual, re.DOTALL)
    # Keys of a stage stand one level below the name of the stage.
    documented = {key for block in blocks for key in keys_at(block, 2)}
    need({"memory_size", "timeout_seconds"} <= read & documented, "the settings of Zappa")
    stage = names({it for it in read | documented if it.islower()})
    return {"type": "object", "additionalProperties": stage}


def keys_at(block, wanted):
    """Keys in a block of JSON with comments that stand at a depth."""
    depth, found = 0, []
    for line in block.splitlines():
        line = re.sub(r'(?<![:"\w])//.*', "", line)
        for token in re.findall(r'"(?:\\.|[^"\\])*"\s*:?|[{}\[\]]', line):
            if token in "{[":
                depth += 1
            elif token in "}]":
                depth -= 1
            elif token.endswith(":") and depth == wanted:
                found.append(token.rstrip(": ").strip('"'))
    return found


def digitalocean(packages):
    """An app spec, as the client's template of a request has it."""
    text = (packages.site / "pydo" / "operations" / "_operations.py").read_text()
    text = text[text.index("class AppsOperations") :]
    text = text[text.index("def create(") :]
    text = text[text.index("body = {") + len("body = ") :]
    lines, depth = [], 0
    for line in text.splitlines():
        # A comment goes on in lines that are neither a key, nor an element, nor brackets.
        line = re.sub(r"\s+#( .*)?$", "", line)
        if not re.fullmatch(r'\s*("[^"]+": \S+|"str",?|[{}\[\],\s]+)', line):
            continue
        lines.append(line)
        depth += len(re.findall(r"[{\[]", line)) - len(re.findall(r"[}\]]", line))
        if depth == 0:
            break
    source = "\n".join(lines)
    source = re.sub(r": ([a-z][\w.]*)", r': "\1"', source)
    spec = ast.literal_eval(source)["spec"]
    need("instance_size_slug" in spec["services"][0], "the app spec of pydo")
    return of_example(spec)


def of_example(value):
    """The schema of a value that shows every key."""
    if isinstance(value, dict):
        if set(value) == {"str"}:
            return {"type": "object", "additionalProperties": of_example(value["str"])}
        return table({key: of_example(it) for key, it in value.items()})
    if isinstance(value, list):
        return {"type": "array", "items": of_example(value[0]) if value else ANY}
    return ANY


def app_engine(packages):
    """`AppInfoExternal`, which `gcloud app deploy` reads app.yaml with."""
    tree = ast.parse((packages.site / "google/appengine/api/appinfo.py").read_text())
    texts, classes = {}, {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            texts.update({it.id: node.value.value for it in node.targets})
        if isinstance(node, ast.ClassDef):
            classes[node.name] = attributes(node)

    def schema(name):
        keys = {}
        for key, value in classes[name].items():
            named = [it.id for it in ast.walk(value) if isinstance(it, ast.Name)]
            nested = [it for it in named if classes.get(it)]
            repeated = any(getattr(it, "attr", "") == "Repeated" for it in ast.walk(value))
            of = schema(nested[0]) if nested and nested[0] != name else ANY
            keys[texts.get(key, key)] = {"type": "array", "items": of} if repeated else of
        return table(keys)

    need("RUNTIME" in classes["AppInfoExternal"], "AppInfoExternal")
    classes["URLMap"] |= classes["HandlerBase"]
    return schema("AppInfoExternal")


def attributes(node):
    """Names of the attributes of a class with what they hold."""
    for it in node.body:
        is_it = isinstance(it, ast.Assign) and getattr(it.targets[0], "id", "") == "ATTRIBUTES"
        if is_it and isinstance(it.value, ast.Dict):
            pairs = zip(it.value.keys, it.value.values)
            return {getattr(key, "id", getattr(key, "value", "")): value for key, value in pairs}
    return {}


def systemd(_packages):
    """The keys of the systemd of this machine, by section, as it lists them itself; nothing when
    it is another version than the one that the tables are of."""
    program = "/lib/systemd/systemd"
    if not pathlib.Path(program).exists():
        return None
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    if version.split()[1:2] != [SYSTEMD]:
        return None
    done = subprocess.run([program, "--dump-configuration-items"], capture_output=True, text=True)
    sections, section = {}, None
    for line in done.stdout.splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), set())
        elif "=" in line:
            section.add(line.split("=")[0])
    need("ExecStart" in sections.get("Service", ()), f"`{program} --dump-configuration-items`")
    return table({it: names(sections[it]) for it in ["Unit", "Service", "Install"]})


def netlify(packages):
    """What the checks of @netlify/config name."""
    folder = packages.module("@netlify/config") / "lib"
    text = (folder / "validate" / "validations.js").read_text()
    text += (folder / "edge_functions.js").read_text()
    root = {}
    for path in re.findall(r"property: '([\w.*]+)'", text):
        node = root
        for part in path.split("."):
            node = node.setdefault(part, {})
    for path, listed in re.findall(r"property: '([\w.*]+)',\s*\.\.\.validProperties\(\[(.*?)\]", text):
        node = root
        for part in path.split("."):
            node = node[part]
        for name in re.findall(r"'(\w+)'", listed):
            node.setdefault(name, {})
    functions = (folder / "functions_config.js").read_text()
    listed = re.search(r"FUNCTION_CONFIG_PROPERTIES = new Set\(\[(.*?)\]\)", functions, re.DOTALL)
    need(listed and "build" in root and "plugins" in root, "the checks of @netlify/config")
    of_function = names(re.findall(r"'(\w+)'", listed[1]))
    keys = {key: of_paths(it) for key, it in root.items() if key != "functionsDirectory"}
    keys["functions"] = table(of_function["properties"], of_function)
    return table(keys)


def of_paths(node):
    """A table, a list of tables, or any value."""
    if set(node) == {"*"}:
        inner = node["*"]
        return {"type": "array", "items": table({key: of_paths(it) for key, it in inner.items()})}
    if node:
        return table({key: of_paths(it) for key, it in node.items() if key != "*"})
    return ANY


def vercel(packages):
    """`VercelConfig` of @vercel/config, which is made from Vercel's own schema."""
    text = (packages.module("@vercel/config") / "dist" / "types.d.ts").read_text()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    need("export interface VercelConfig {" in text, "VercelConfig")
    types = Types(text)
    return types.named("VercelConfig")


class Types:
    """Declarations of TypeScript, as far as types of configuration use them."""

    def __init__(self, text):
        self.tokens = re.findall(r"'[^']*'|[\w$]+|\.\.\.|=>|[{}\[\]<>()|&?:;,=]", text)
        self.places = {}
        for at, (word, name) in enumerate(zip(self.tokens, self.tokens[1:])):
            if word in ("interface", "type") and self.tokens[at + 2] in ("{", "="):
                self.places.setdefault(name, at + 2)
        self.at = 0

    def named(self, name):
        """The schema of a declared type; anything when it is declared elsewhere."""
        if name not in self.places:
            return ANY
        back, self.at = self.at, self.places[name]
        if self.peek() == "=":
            self.take()
        found = self.union()
        self.at = back
        return found

    def peek(self):
        return self.tokens[self.at]

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def union(self):
        found = []
        if self.peek() == "|":
            self.take()
        while True:
            found.append(self.element())
            if self.peek() not in ("|", "&"):
                break
            self.take()
        if None in found:
            return ANY
        tables = [it for it in found if it.get("type") == "object" and "properties" in it]
        if len(tables) == len(found) and len(found) > 1:
            merged = {key: form for it in tables for key, form in it["properties"].items()}
            return table(merged)
        others = [it for it in found if it != ANY]
        if len(others) < len(found) and not others:
            return ANY
        return others[0] if len(others) == 1 else {"anyOf": others} if others else ANY

    def element(self):
        token = self.take()
        if token == "{":
            found = self.body()
        elif token == "(":
            found = self.union()
            self.take()
        elif token == "Record":
            self.take(), self.union(), self.take()
            found = {"type": "object", "additionalProperties": self.union()}
            self.take()
        elif token in self.places:
            found = self.named(token)
        elif token == "any":
            found = None
        else:
            if self.peek() == "<":
                while self.take() != ">":
                    pass
            found = ANY
        while self.peek() == "[":
            self.take(), self.take()
            found = {"type": "array", "items": found or ANY}
        return found

    def body(self):
        keys = {}
        while self.peek() != "}":
            if self.peek() == "[":
                while self.take() != "]":
                    pass
                self.take(), self.union(), self.take()
                return self.close({"type": "object", "additionalProperties": ANY})
            name = self.take().strip("'")
            if self.peek() == "?":
                self.take()
            self.take()
            keys[name] = self.union()
            if self.peek() == ";":
                self.take()
        return self.close(table(keys))

    def close(self, found):
        self.take()
        return found


# Workloads of Kubernetes, by the module of the client that describes each.
WORKLOADS = ["deployment", "stateful_set", "daemon_set", "job", "cron_job"]

# Parts of a pod that have keys of their own here; of others, any value is fine.
OF_PODS = {
    "V1ObjectMeta", "V1DeploymentSpec", "V1StatefulSetSpec", "V1DaemonSetSpec", "V1JobSpec",
    "V1CronJobSpec", "V1JobTemplateSpec", "V1PodTemplateSpec", "V1PodSpec", "V1Container",
    "V1ContainerPort", "V1EnvVar", "V1EnvFromSource", "V1ResourceRequirements", "V1Probe",
    "V1HTTPGetAction", "V1ExecAction", "V1TCPSocketAction", "V1Lifecycle", "V1LifecycleHandler",
    "V1VolumeMount",
}


# Types of fields that the models check.
STRICT = {"StrictStr": "string", "StrictInt": "integer", "StrictBool": "boolean"}

# Fields whose texts may be written as numbers.
AMOUNTS = {"capacity", "divisor", "limits", "overhead", "requests", "sizeLimit"}


def kubernetes(packages):
    """The objects of workloads, as the models of the Python client have them."""
    folder = packages.site / "kubernetes" / "client" / "models"

    def fields(name):
        """Keys of a model as files have them, with the text of their type."""
        words = re.findall(r"V\d+|[A-Z]+(?![a-z])|[A-Z][a-z0-9]*", name)
        file = folder / ("_".join(words).lower() + ".py")
        need(file.exists(), f"the model {name}")
        classes = [it for it in ast.parse(file.read_text()).body if isinstance(it, ast.ClassDef)]
        found = {}
        for it in (it for one in classes if one.name == name for it in one.body):
            text = ast.unparse(it.annotation) if isinstance(it, ast.AnnAssign) else "ClassVar"
            if text.startswith("ClassVar"):
                continue
            given = getattr(it.value, "keywords", [])
            alias = [one.value.value for one in given if one.arg == "serialization_alias"]
            found[alias[0] if alias else it.target.id] = text
        need(found, f"the fields of {name}")
        return found

    def form(text, key=""):
        models = [it for it in re.findall(r"V1\w+", text) if it in OF_PODS]
        if models and "Dict[" not in text:
            keys = fields(models[0])
            found = table({key: form(it, key) for key, it in sorted(keys.items())})
            return {"type": "array", "items": found} if "List[" in text else found
        found = plain(text, key)
        if "List[" in text:
            return {"type": "array", "items": found}
        return {"type": "object", "additionalProperties": found} if "Dict[" in text else found

    def plain(text, key):
        """The form of a single value: of several, and of amounts, which are numbers as well, none."""
        kinds = set(re.findall(r"Strict\w+", text))
        if key in AMOUNTS or len(kinds) != 1:
            return ANY
        return {"type": STRICT[kinds.pop()]}

    own = {}
    for name in WORKLOADS:
        own |= fields("V1" + name.title().replace("_", ""))
    spec = {}
    for kind in ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"]:
        spec |= fields(f"V1{kind}Spec")
    whole = {key: form(it, key) for key, it in sorted(own.items()) if key != "spec"}
    whole["spec"] = table({key: form(it, key) for key, it in sorted(spec.items())})
    need({"apiVersion", "kind", "metadata"} <= whole.keys(), "the keys of an object")
    need({"template", "replicas", "jobTemplate"} <= spec.keys(), "the keys of a specification")
    return table(whole)


def ecs(packages):
    """What registers a task definition, and what describing one prints."""
    path = next((packages.site / "botocore" / "data" / "ecs").glob("*/service-2.json.gz"))
    shapes = json.loads(gzip.decompress(path.read_bytes()))["shapes"]

    def form(name, seen=()):
        shape = shapes[name]
        if shape["type"] == "list":
            return {"type": "array", "items": form(shape["member"]["shape"], seen)}
        if shape["type"] == "map":
            return {"type": "object", "additionalProperties": form(shape["value"]["shape"], seen)}
        if shape["type"] in ("string", "integer", "boolean"):
            return {"type": shape["type"]}
        if shape["type"] != "structure" or name in seen:
            return ANY
        members = shape["members"].items()
        return table({key: form(it["shape"], (*seen, name)) for key, it in sorted(members)})

    task = form("RegisterTaskDefinitionRequest")["properties"]
    task |= form("TaskDefinition")["properties"]
    need({"containerDefinitions", "family", "cpu"} <= task.keys(), "the request of ECS")
    return table({**task, "taskDefinition": ANY})


FORMATS = {
    "chalice": chalice,
    "zappa": zappa,
    "digitalocean": digitalocean,
    "app-engine": app_engine,
    "systemd": systemd,
    "netlify": netlify,
    "vercel": vercel,
    "ecs": ecs,
    "kubernetes": kubernetes,
}


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in FORMATS:
        raise SystemExit(f"usage: schemas.py {'|'.join(FORMATS)}")
    packages = Packages(latest=False)
    json.dump(FORMATS[sys.argv[1]](packages), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
