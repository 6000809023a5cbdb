#!/usr/bin/env bash
# What action.yml runs: `perdure scan` over $PERDURE_PATHS, with a --trusted for each name of $PERDURE_TRUSTED.
set -euo pipefail
read -r -d '' -a paths <<< "${PERDURE_PATHS:-.}" || true
read -r -d '' -a names <<< "${PERDURE_TRUSTED:-}" || true
arguments=()
for name in "${names[@]}"; do arguments+=(--trusted "$name"); done
exec perdure scan "${arguments[@]}" -- "${paths[@]}"
