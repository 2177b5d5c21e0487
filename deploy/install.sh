#!/bin/sh
# Install or upgrade Offsite Monitor from a wheel.
#
#   deploy/install.sh WHEEL [--root DIR] [--no-systemd]
#
# Each version has a virtual environment of its own below /opt/offsite-monitor; `current` points at the
# one in use, so an upgrade is a link and a restart.
# --root DIR puts everything below DIR (for packaging and tests) and leaves users and systemd alone.
# Beside a checkout's constraints.txt the dependencies are those that were tested.
# PIP_ARGS is handed to pip, e.g. PIP_ARGS="--no-index --find-links /media/wheels" without a network.
set -eu

usage() {
    echo "usage: $0 WHEEL [--root DIR] [--no-systemd]" >&2
    exit 2
}

wheel='' root='' systemd=yes
while [ $# -gt 0 ]; do
    case $1 in
    --root) [ $# -ge 2 ] || usage; root=$2; systemd=no; shift ;;
    --no-systemd) systemd=no ;;
    -*) usage ;;
    *) [ -z "$wheel" ] || usage; wheel=$1 ;;
    esac
    shift
done
[ -n "$wheel" ] || usage
[ -f "$wheel" ] || { echo "$wheel: no such file" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
"$python" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "Python 3.11 or newer with venv is needed: apt-get install python3-venv" >&2
    exit 1
}

if [ -n "$root" ]; then
    mkdir -p "$root"
    root=$(cd "$root" && pwd)
fi
prefix=$root/opt/offsite-monitor
config=$root/etc/offsite-monitor/config.toml
state=$root/var/lib/offsite-monitor
version=$(basename "$wheel" | cut -d- -f2)
target=$prefix/$version

if [ -z "$root" ] && ! id offsite-monitor >/dev/null 2>&1; then
    useradd --system --home-dir /var/lib/offsite-monitor --shell /usr/sbin/nologin offsite-monitor
fi

mkdir -p "$prefix" "$(dirname "$config")" "$state"
rm -rf "$target.new"
"$python" -m venv "$target.new"
# shellcheck disable=SC2086 # several arguments
set -- ${PIP_ARGS:-}
[ ! -f "$here/../constraints.txt" ] || set -- --constraint "$here/../constraints.txt" "$@"
"$target.new/bin/python" -m pip install --quiet --disable-pip-version-check "$@" "$wheel"
"$target.new/bin/python" -m compileall -q "$target.new/lib" || true # some ship files of other Pythons
# -P: not the `monitor` of the folder that this is called in
"$target.new/bin/python" -P -m monitor.cli --version >/dev/null

package=$("$target.new/bin/python" -P -c 'import monitor, pathlib; print(pathlib.Path(monitor.__file__).parent)')
if [ ! -f "$config" ]; then
    sed -e "s|sqlite:///var/monitor.db|sqlite:///$state/monitor.db|" \
        -e "s|\"var/media\"|\"$state/media\"|" \
        "$package/_config.example.toml" >"$config"
    chmod 0640 "$config"
    echo "wrote $config: look through it before the first start"
fi
if [ -z "$root" ]; then
    chown root:offsite-monitor "$config"
    chown -R offsite-monitor:offsite-monitor "$state"
fi

if [ -L "$prefix/current" ] && [ "$systemd" = yes ]; then
    systemctl stop offsite-monitor || true
fi

# A virtual environment does not mind its own folder's name but its scripts do: name it, then mend them.
rm -rf "$target.old"
[ ! -e "$target" ] || mv "$target" "$target.old"
mv "$target.new" "$target"
find "$target/bin" -type f -exec sed -i "s|$target.new|$target|g" {} +
ln -sfn "$version" "$prefix/current.new"
mv -T "$prefix/current.new" "$prefix/current"
rm -rf "$target.old"

if [ "$systemd" = yes ]; then
    install -m 0644 "$here/offsite-monitor.service" /etc/systemd/system/offsite-monitor.service
    [ -e /etc/systemd/journald@offsite-monitor.conf ] ||
        install -m 0644 "$here/journald@offsite-monitor.conf" /etc/systemd/journald@offsite-monitor.conf
    systemctl daemon-reload
    systemctl enable --now offsite-monitor
    systemctl --no-pager --lines=0 status offsite-monitor
else
    echo "installed $version in $target; start it with:"
    echo "  $prefix/current/bin/offsite-monitor run --config $config"
fi
