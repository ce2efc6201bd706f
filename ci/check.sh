#!/usr/bin/env bash
# Runs opslint in a job on GitHub: annotations, a summary, and a file for code scanning.
set -euo pipefail

lines() { # adds each line of a text to `arguments`
  local line
  while IFS= read -r line; do
    [ -z "$line" ] || arguments+=("$line")
  done <<<"$1"
}

arguments=(check --format github)
[ -z "${OPSLINT_CHANGED_SINCE:-}" ] || arguments+=("--changed-since=$OPSLINT_CHANGED_SINCE")
[ -z "${OPSLINT_FAIL_ON:-}" ] || arguments+=("--fail-on=$OPSLINT_FAIL_ON")
[ -z "${OPSLINT_SARIF:-}" ] || arguments+=("--output-file=sarif=$OPSLINT_SARIF")
lines "${OPSLINT_ARGUMENTS:-}"
arguments+=(--)
lines "${OPSLINT_PATHS:-.}"

status=0
opslint "${arguments[@]}" || status=$?
echo "status=$status" >>"$GITHUB_OUTPUT"
exit "$status"
