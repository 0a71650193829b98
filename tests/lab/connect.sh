#!/usr/bin/env bash
# ssh's ProxyCommand: `connect.sh DIRECTORY ADDRESS PORT` connects to a host of the lab from inside the lab's network
# and hands the connection over to ssh (ProxyUseFdpass), so that nothing stays in between. For root, or with sudo.
set -euo pipefail

if flock --nonblock "$1/pid" true; then
    echo "The lab in $1 is not running: make lab-up" >&2
    exit 1
fi
as_root=()
[[ $EUID -eq 0 ]] || as_root=(sudo --)
exec "${as_root[@]}" nsenter --net="/proc/$(<"$1/pid")/ns/net" /usr/bin/python3 -I -S -c '
import socket, sys
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=10)
connection.settimeout(None)
socket.send_fds(socket.socket(fileno=1), [b"\0"], [connection.fileno()])
' "$2" "$3"
