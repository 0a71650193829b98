#!/usr/bin/env bash
# Copy the collection as git would see it, committed or not, without what .gitignore names: `export.sh DIRECTORY`.
set -euo pipefail
cd "$(dirname "$0")/.."

rm -rf "$1"
mkdir -p "$1"
# --deduplicate: a file in a merge conflict is listed thrice. A file deleted but not yet committed is listed as well.
git ls-files --cached --others --exclude-standard --deduplicate -z |
    while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done |
    tar --create --null --files-from=- | tar --extract --directory="$1"
