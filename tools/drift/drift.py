"""Prints where the catalog and the packages differ; see README.md in this folder."""

import argparse
import pathlib
import sys
import tomllib

import packages as comparisons
import programs
from install import Packages

ACCEPTED = pathlib.Path(__file__).resolve().parent / "accepted.toml"


def main():
    """0 when nothing differs that is not accepted, else 1."""
    parser = argparse.ArgumentParser(prog="tools/drift/run", description=__doc__)
    parser.add_argument("--latest", action="store_true", help="compare with the newest releases")
    latest = parser.parse_args().latest
    installed = Packages(latest)
    pairs = [*comparisons.pairs(installed), *programs.pairs(installed)]
    accepted = tomllib.loads(ACCEPTED.read_text())["accepted"]
    different = [it for it in pairs if not it.agrees]
    open_, known = [], set()
    for pair in different:
        entry = next((it for it in accepted if covers(it, pair)), None)
        known.add(entry["key"]) if entry else open_.append(pair)
    for pair in open_:
        print(f"{pair.key}\n  ours    {pair.ours!r:<12} {pair.our_source}")
        print(f"  theirs  {pair.theirs!r:<12} {pair.their_source}")
    # A new release may have made an entry idle; that matters for the pins, which only we move.
    idle = [it["key"] for it in accepted if it["key"] not in known and not latest]
    for key in idle:
        print(f"{key}\n  accepted in {ACCEPTED.name}, but nothing differs any more")
    print(f"{len(pairs)} values compared: {len(open_)} differ, {len(known)} differences accepted")
    return 1 if open_ or idle else 0


def covers(entry, pair):
    """Whether an entry accepts exactly this difference."""
    # TOML has no null.
    values = ["none" if it is None else it for it in [pair.ours, pair.theirs]]
    same = [entry["key"], entry["ours"], entry["theirs"]] == [pair.key, *values]
    return same and bool(entry["reason"].strip())


if __name__ == "__main__":
    sys.exit(main())
