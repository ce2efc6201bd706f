"""Reads TOML, JSON and YAML texts with parsers that are not ours.

Standard input is a list of {"syntax", "text"}; standard output is a list of {"tree"} or {"error"}.
A tree is ["map", [[KEY, TREE], …]], ["list", [TREE, …]], or [TYPE, TEXT], which keeps the order of
keys and every digit.
"""

import datetime
import json
import math
import re
import sys
import tomllib

import yaml

# https://yaml.org/spec/1.2.2/#103-core-schema; PyYAML itself resolves as YAML 1.1.
CORE = [
    ("null", r"~|null|Null|NULL|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
]
PREFIX = "tag:yaml.org,2002:"


def number(value):
    """An integer that does not fit 64 bits is a float to opslint."""
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return ["int", str(value)]
    try:
        value = float(value)
    except OverflowError:
        value = math.inf
    return ["float", repr(value)]


def moment(value):
    text = value.isoformat().replace("+00:00", "Z")
    return ["str", re.sub(r"(\.\d*?)0+(?=\D|$)", r"\1", text)]


def plain(value):
    if isinstance(value, dict):
        return ["map", [[key, plain(it)] for key, it in value.items()]]
    if isinstance(value, list):
        return ["list", [plain(it) for it in value]]
    if value is None:
        return ["null", ""]
    if isinstance(value, bool):
        return ["bool", str(value).lower()]
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return moment(value)
    return ["str", value]


def core(text, kind):
    if kind == "null":
        return ["null", ""]
    if kind == "bool":
        return ["bool", text.lower()]
    if kind == "int":
        radix = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return number(int(text[2:] if radix != 10 else text, radix))
    text = re.sub(r"\.(inf|nan)", r"\1", text.lower())
    return number(float(text))


def scalar(node):
    tag = node.tag.removeprefix(PREFIX)
    if node.tag == tag and tag != "!":
        return ["dynamic", ""]
    guess = node.style is None or tag in ("int", "float", "bool", "null")
    if guess and tag != "str":
        for kind, pattern in CORE:
            if re.fullmatch(pattern, node.value):
                return core(node.value, kind)
    return ["str", node.value]


def entries(node):
    """Own entries, then those of `<<` that are not there yet."""
    own = [it for it in node.value if it[0].value != "<<"]
    own = [[key.value, tree(value)] for key, value in own]
    known = {key for key, _ in own}
    for key, value in node.value:
        if key.value != "<<":
            continue
        sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
        for source in sources:
            for name, it in entries(source):
                if name not in known:
                    known.add(name)
                    own.append([name, it])
    return own


def tree(node):
    if isinstance(node, yaml.ScalarNode):
        return scalar(node)
    if not node.tag.startswith(PREFIX):
        return ["dynamic", ""]
    if isinstance(node, yaml.SequenceNode):
        return ["list", [tree(it) for it in node.value]]
    return ["map", entries(node)]


class Loader(yaml.loader.BaseLoader):
    """Composes nodes and leaves plain scalars to `scalar`: only explicit tags are tags."""

    def resolve(self, kind, value, implicit):
        if kind is yaml.ScalarNode:
            return PREFIX + ("" if implicit == (True, False) else "str")
        return super().resolve(kind, value, implicit)


def first_document(text):
    loader = Loader(text)
    return tree(loader.get_node()) if loader.check_node() else ["map", []]


def read(case):
    text = case["text"]
    try:
        if case["syntax"] == "toml":
            return {"tree": plain(tomllib.loads(text))}
        if case["syntax"] == "json":
            return {"tree": plain(json.loads(text))}
        return {"tree": first_document(text)}
    # An alias inside of its own anchor has no end.
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        return {"error": str(error)}


json.dump([read(it) for it in json.load(sys.stdin)], sys.stdout)
