"""Validates instances against JSON Schemas with an implementation that is not ours.

Standard input is {"schemas": {NAME: TEXT}, "cases": [{"schema": NAME, "json" or "toml": TEXT}]};
standard output is a list of the errors of each case, in the same order.
"""

import datetime
import json
import sys
import tomllib

import jsonschema


def plain(value):
    """TOML has dates; JSON writes them as text."""
    if isinstance(value, dict):
        return {key: plain(it) for key, it in value.items()}
    if isinstance(value, list):
        return [plain(it) for it in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return value


def validator(text):
    schema = json.loads(text)
    cls = jsonschema.Draft202012Validator
    cls.check_schema(schema)
    return cls(schema, format_checker=cls.FORMAT_CHECKER)


def instance(case):
    if "toml" in case:
        return plain(tomllib.loads(case["toml"]))
    return json.loads(case["json"])


request = json.load(sys.stdin)
validators = {name: validator(text) for name, text in request["schemas"].items()}
results = [
    [f"{it.json_path}: {it.message}" for it in validators[case["schema"]].iter_errors(instance(case))]
    for case in request["cases"]
]
print(json.dumps(results))
