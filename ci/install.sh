#!/usr/bin/env bash
# Installs opslint into a folder of its own, and puts it on the PATH of the steps that follow.
# Without OPSLINT_VERSION it is the version of the action itself: the two belong together.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
version="${OPSLINT_VERSION:-$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/Cargo.toml" | head -n 1)}"
environment="${RUNNER_TEMP:-$(mktemp -d)}/opslint"
# OPSLINT_WHEEL is a wheel that was built here, for a run without a published version.
python3 -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
  "${OPSLINT_WHEEL:-opslint==$version}"
echo "$environment/bin" >>"$GITHUB_PATH"
