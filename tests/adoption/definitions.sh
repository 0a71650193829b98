#!/usr/bin/env bash
# Fetch what is measured with: `definitions.sh DIRECTORY` unpacks there the definitions of libvirt's own tests (tests/,
# from the source package of the installed libvirt) and the QEMUs of other architectures (usr/), all from the archive
# that this machine's APT knows, checked by APT with its keys. Nothing of it is installed, and nothing is kept in git.
set -euo pipefail

programs=(qemu-system-arm qemu-system-mips qemu-system-misc qemu-system-ppc qemu-system-sparc)

# The archive's sources, for an APT that has its own directories.
sources() {
    local id
    # shellcheck source=/dev/null
    id=$(. /etc/os-release && echo "${ID^}")
    # shellcheck disable=SC2016  # APT expands it
    apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' "Origin: $id" 'Identifier: Packages' | sort -u |
        while read -r uri codename component; do
            printf '%s [signed-by=/usr/share/keyrings/%s-archive-keyring.gpg] %s %s %s\n' \
                deb "${id,}" "$uri" "$codename" "$component" deb-src "${id,}" "$uri" "$codename" "$component"
        done
}

# Complete or not at all: whoever comes second waits for the first.
unpack() {
    local there=$1 directory version archive package
    exec 8<"$there"
    flock 8
    [[ ! -d $there/tests ]] || return 0
    rm -rf "$there"/.unpacking.* # of one that was killed
    directory=$(mktemp -d "$there/.unpacking.XXXXXX")
    local -a options=(
        -o "Dir::Etc::SourceList=$directory/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$directory/lists" -o "Dir::Cache=$directory" -o APT::Sandbox::User=root
    )
    mkdir -p "$directory"/{lists,archives}/partial "$directory/root"
    sources >"$directory/sources.list"
    version=$(dpkg-query --show --showformat='${source:Version}' libvirt0)
    cd "$directory/archives"
    echo "definitions: fetching libvirt $version and QEMU of other architectures" >&2
    apt-get -qq "${options[@]}" update
    apt-get -qq "${options[@]}" source --download-only --tar-only "libvirt=$version"
    apt-get -qq "${options[@]}" download "${programs[@]}"
    for package in *.deb; do dpkg --extract "$package" "$directory/root"; done
    for archive in libvirt_*.tar.*; do
        case $archive in *.debian.tar.*) ;; *) tar -C "$directory" --strip-components=1 --wildcards \
            -xf "$archive" '*/tests/*.xml' ;; esac
    done
    cd "$OLDPWD"
    mkdir -p "$there/usr/bin"
    mv "$directory"/root/usr/bin/qemu-system-* "$there/usr/bin/"
    mv "$directory/tests" "$there/tests"
    rm -rf "$directory"
    exec 8<&-
}

directory=$(realpath --canonicalize-missing "$1")
mkdir -p "$directory"
[[ -d $directory/tests ]] || unpack "$directory"
