#!/usr/bin/env bash
# The inventory of the lab's machines: those that the scenarios in $LAB_SCENARIOS need; without it, all.
#
# KVM hosts are virtual machines whose emulated CPU has AMD-V; that of `refused` has not.
set -euo pipefail

declare -A needed=()
for scenario in ${LAB_SCENARIOS:-host_refused kvm_host}; do
    case $scenario in
        host_refused) needed[refused]=1 ;;
        demo) needed[debian13]=1 ;;
        *) needed[debian12]=1 needed[debian13]=1 ;;
    esac
done

list() {
    local machine found=()
    for machine in "$@"; do [[ -z ${needed[$machine]-} ]] || found+=("\"$machine\""); done
    (IFS=, && echo "[${found[*]-}]")
}

cat <<EOF
{
  "molecule": {"children": ["kvm_hosts", "refused_hosts"]},
  "kvm_hosts": {"hosts": $(list debian12 debian13)},
  "refused_hosts": {"hosts": $(list refused)},
  "_meta": {"hostvars": {}}
}
EOF
