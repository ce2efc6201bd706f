#!/usr/bin/env bash
# Runs opslint in a job on GitHub: annotations, a summary, and a file for code scanning.
set -euo pipefail

lines() { # adds each line of a text to `arguments`, behind a flag if there is one
  local line
  while IFS= read -r line; do
    [ -z "$line" ] || arguments+=("${2:-}$line")
  done <<<"$1"
}

arguments=(check --format github)
[ -z "${OPSLINT_CHANGED_SINCE:-}" ] || arguments+=("--changed-since=$OPSLINT_CHANGED_SINCE")
[ -z "${OPSLINT_FAIL_ON:-}" ] || arguments+=("--fail-on=$OPSLINT_FAIL_ON")
[ -z "${OPSLINT_SARIF:-}" ] || arguments+=("--output-file=sarif=$OPSLINT_SARIF")
lines "${OPSLINT_POLICY:-}" --policy=
lines "${OPSLINT_ARGUMENTS:-}"
arguments+=(--)
lines "${OPSLINT_PATHS:-.}"

status=0
opslint "${arguments[@]}" || status=$?

# What the change does to fit, capacity and price: on the page of the job, and silent without any.
if [ -n "${OPSLINT_PLAN_AGAINST:-}" ] && [ "$status" -ne 2 ]; then
  plan=(plan "--against=$OPSLINT_PLAN_AGAINST" --format markdown)
  [ -z "${OPSLINT_PLAN_FAIL_ABOVE:-}" ] || plan+=("--fail-above=$OPSLINT_PLAN_FAIL_ABOVE")
  planned=0
  opslint "${plan[@]}" >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}" || planned=$?
  [ "$planned" -eq 0 ] || echo "opslint plan: status $planned, see the summary of the job" >&2
  [ "$planned" -le "$status" ] || status=$planned
fi

echo "status=$status" >>"$GITHUB_OUTPUT"
exit "$status"
