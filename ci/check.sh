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

# The changes that fix what was found, as a patch that `git apply` takes and on the page of the job.
if [ -n "${OPSLINT_PROPOSE_FIXES:-}" ] && [ "$status" -ne 2 ]; then
  fixes=(check --diff)
  case "$OPSLINT_PROPOSE_FIXES" in
    safe) ;;
    all) fixes+=(--unsafe-fixes) ;;
    *) echo "propose-fixes is \`safe\` or \`all\`" >&2 && exit 2 ;;
  esac
  arguments=("${fixes[@]}" --)
  lines "${OPSLINT_PATHS:-.}"
  proposed=0
  opslint "${arguments[@]}" >opslint.patch || proposed=$?
  if [ "$proposed" -eq 1 ]; then
    # The fence is longer than any in the files.
    fence="$(grep -o '`\+' opslint.patch | sort -r | head -n 1 || true)"
    fence="\`\`\`$fence"
    {
      printf '\n### Fixes\n\nApply them with `opslint check --fix%s`, or the patch with `git apply`.\n\n' \
        "$([ "$OPSLINT_PROPOSE_FIXES" = safe ] || printf ' --unsafe-fixes')"
      printf '%sdiff\n' "$fence"
      cat opslint.patch
      printf '%s\n' "$fence"
    } >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}"
  else
    rm -f opslint.patch
  fi
fi

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
