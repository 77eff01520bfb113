#!/bin/sh
# What the workflow checks, here: is the description sound, and do clients of the last release go on
# working? Takes the command from MOCKLOOP where that is set.
set -eu
cd "$(dirname "$0")"

mockloop=${MOCKLOOP:-mockloop}

"$mockloop" check --strict api/openapi.yaml
"$mockloop" diff --all "${1:-baseline/openapi.yaml}" api/openapi.yaml
