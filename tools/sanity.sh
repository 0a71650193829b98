#!/usr/bin/env bash
# ansible-test sanity on a copy of the tree: every test it has, nothing ignored. Arguments go to ansible-test; with
# --entries what is imported by others is imported with them, and not once more by itself, and pylint is left to
# `make lint`.
set -euo pipefail
cd "$(dirname "$0")/.."

if compgen -G 'tests/sanity/ignore*' >/dev/null; then
    echo "tests/sanity/ignore*: mend the code instead; this collection ignores nothing" >&2
    exit 1
fi

# ansible-test keeps a virtual environment per sanity test and begins each with pip's installer, downloaded from a host
# that is often out of reach. Python brings that installer along: put it where the downloaded one would be kept, under
# the versions that the supported ansible-cores ask for.
for version in 23_1_2 24_2 25_2; do
    installer=~/.ansible/test/cache/get_pip_$version.py
    [[ ! -e $installer ]] || continue
    mkdir -p "$(dirname "$installer")"
    echo 'import ensurepip; ensurepip.bootstrap(upgrade=True, default_pip=True)' >"$installer"
done

# Everything that runs on a host or in a controller is imported by these, some of it only when it is needed.
ENTRIES=(plugins/modules/ plugins/action/ plugins/lookup/ plugins/module_utils/guest.py plugins/module_utils/*/*/apply.py)

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
tools/export.sh "$copy/ansible_collections/kvm/fleet"
cd "$copy/ansible_collections/kvm/fleet"
sanity() {
    ansible-test sanity --local --python "$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')" --color no "$@"
}
if [[ ${1-} != --entries ]]; then
    sanity "$@"
else  # "import" would import each file anew, with all that it imports: a minute and a half; "pylint" takes as long
    sanity --skip-test import --skip-test pylint
    sanity --test import "${ENTRIES[@]}"
fi
