#!/usr/bin/env bash
# Run the collection's Molecule scenarios on virtual machines that are KVM hosts: `kvm_hosts.sh [SCENARIO…]`.
#
# The machines are guests of a private host, which ends with this script. What is kept, their images and a newer QEMU, is
# in the machine's cache (tools/cache.py). To work on a scenario, get a shell in there instead and use molecule as anywhere:
#
#   tests/lab/kvm_hosts.sh --shell
#   molecule converge -s storage
set -euo pipefail

# In this order: what a scenario leaves on the hosts is what the next one starts with.
all=(host_refused kvm_host drift storage demo host_settings)

cd "$(dirname "$0")/../.."
LAB_IMAGES=$(python3 tools/cache.py directory images)
export LAB_IMAGES
# What Molecule notes of the machines is in the private host's memory, as they are, and ends with them.
lab=(tests/private_host.sh --internet tests/lab/with_newer_qemu.sh "$(python3 tools/cache.py directory qemu)" env
    ANSIBLE_HOME=/var/lib/kvm-fleet/molecule ANSIBLE_FORCE_COLOR=0 NO_COLOR=1)

if [[ ${1-} == --shell ]]; then
    exec "${lab[@]}" bash
fi
for scenario in "$@"; do
    [[ " ${all[*]} " == *" $scenario "* ]] || { echo "$0: there is no scenario $scenario: ${all[*]}" >&2; exit 2; }
done
chosen=() arguments=()
for scenario in "${all[@]}"; do
    [[ $# -eq 0 || " $* " == *" $scenario "* ]] || continue
    chosen+=("$scenario")
    arguments+=(--scenario-name "$scenario")
done
export LAB_SCENARIOS="${chosen[*]}" # inventory/hosts.sh has the machines that these need
exec "${lab[@]}" molecule test "${arguments[@]}"
