"""Prices in packages that carry the price lists of vendors."""

import re

import ours
from pair import Pair


def functions(packages):
    """Prices of functions by region, from AWS' own price list."""
    text = (packages.module("@remotion/lambda-client") / "dist" / "esm" / "index.mjs").read_text()
    table = text[text.index("var pricing = {") :]
    table = table[: table.index("\n};")]
    parts = re.split(r'\n  "([a-z0-9-]+)": \{', table)
    source = f"{packages.called('@remotion/lambda-client')}: price list"
    platform = ours.platform("aws-lambda")
    # The name in the price list, how a row of ours is told, and what makes one unit of the other.
    wanted = [
        ("Lambda Duration", "gb-second", None, "x86_64", 1),
        ("Lambda Duration-ARM", "gb-second", None, "arm64", 1),
        ("Lambda Requests", "million-requests", None, None, 1_000_000),
        ("Lambda Provisioned-Concurrency", "gb-second", "provisioned", None, 1),
    ]
    for region, body in zip(parts[1::2], parts[2::2]):
        prices = dict(re.findall(r'"(Lambda [\w-]+)": \{[^}]*?price: "([\d.]+)"', body))
        for name, unit, mode, processor, factor in wanted:
            if name not in prices or region.startswith("cn-"):
                continue
            row = usage(platform, unit, mode, processor, region)
            value, own = ours.ABSENT, "aws-lambda.toml"
            if row:
                value, own = row["price_usd"], platform.source(row["source"])
            key = f"aws-lambda.usage.{name.removeprefix('Lambda ')}.{region}"
            yield Pair(key, value, own, round(float(prices[name]) * factor, 10), source)


def usage(platform, unit, mode, processor, region):
    """The row that holds in a region: its own, else the one that names none."""
    wanted = (unit, mode, processor)
    told = lambda it: (it["unit"], it.get("mode"), it.get("architecture"))
    rows = [it for it in platform.table["usage"] if told(it) == wanted]
    own = [it for it in rows if region in it.get("regions", [])]
    return next(iter(own + [it for it in rows if "regions" not in it]), None)


def cloud_run(packages):
    """Rates of functions, which are services of Cloud Run, by the tier of the region."""
    path = packages.module("firebase-tools") / "lib" / "deploy" / "functions" / "pricing.js"
    text = path.read_text()
    source = f"{packages.called('firebase-tools')}: {path.name}"
    platform = ours.platform("cloud-run")
    tiers = part(r"V2_REGION_TO_TIER = \{(.*?)\n\}", text)
    rates = part(r"exports\.V2_RATES = \{(.*?)\n\};", text)
    free = part(r"exports\.V2_FREE_TIER = \{(.*?)\n\};", text)
    # Their name, ours, and how many of theirs make one of ours.
    wanted = [("vCpu", "vcpu-second", 1), ("memoryGb", "gb-second", 1)]
    for region, tier in re.findall(r'"([a-z0-9-]+)": (\d)', tiers):
        for name, unit, factor in wanted:
            rate = part(rf"\b{name}: \{{(.*?)\}}", rates)
            theirs = float(part(rf"\b{tier}: ([\d.e-]+)", rate)) * factor
            yield rate_pair(platform, unit, region, "price_usd", theirs, source)
    invocation = float(part(r"\binvocations: ([\d.e-]+)", rates))
    million = round(invocation * 1_000_000, 10)
    yield rate_pair(platform, "million-requests", "all", "price_usd", million, source)
    for name, unit, factor in [*wanted, ("invocations", "million-requests", 1e-6)]:
        theirs = float(part(rf"\b{name}: ([\d.e-]+)", free)) * factor
        yield rate_pair(platform, unit, "all", "free_month", theirs, source)


def rate_pair(platform, unit, region, column, theirs, source):
    """A pair of a price or a free amount of Cloud Run."""
    row = usage(platform, unit, "requests", None, region)
    value, own = ours.ABSENT, "cloud-run.toml"
    if row:
        value, own = platform.cell("usage", row, column)
    return Pair(f"cloud-run.usage.{unit}.{region}.{column}", value, own, theirs, source)


def part(pattern, text):
    """What a pattern finds in a text; one that no longer does ends the comparison."""
    found = re.search(pattern, text, re.DOTALL)
    if not found:
        raise SystemExit(f"drift: the price list no longer has {pattern!r}")
    return found.group(1)
