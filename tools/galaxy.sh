#!/usr/bin/env bash
# Build the collection's tarball and check it as Galaxy's own importer does. What the importer warns of is an error here.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tools/export.sh "$work/source"
ansible-galaxy collection build --output-path "$work" "$work/source"
cd "$work"  # it writes its result where it stands
python -m galaxy_importer.main ./*.tar.gz 2>&1 | tee "$work/log"
if grep -E '^(WARNING|ERROR)' "$work/log" >/dev/null; then exit 1; fi
