#!/usr/bin/env bash
# Makes the image debian:SUITE-slim from Debian's own packages, for machines that reach no image registry: the minimal
# system with its security updates, without documentation and translations, as the published image of that name is.
# image/base.sh debian:bookworm-slim
set -euo pipefail

name=$1
docker=${DOCKER:-docker}
suite=${name#debian:}
suite=${suite%-slim}
fail() { echo "$name can neither be found nor pulled, and $1" >&2; exit 1; }
[ "$name" = "debian:$suite-slim" ] || fail 'only debian:SUITE-slim can be made here: set BASE'
command -v debootstrap >/dev/null || fail 'debootstrap is not installed to make it: apt-get install debootstrap'
[ "$(id -u)" -eq 0 ] || fail 'making it with debootstrap needs root'

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
rootfs=$work/rootfs
echo "Making $name from Debian's packages (about a minute) ..."
debootstrap --variant=minbase "$suite" "$rootfs" >"$work/log" || { tail -5 "$work/log" >&2; exit 1; }

# Updates come from beside the mirror that debootstrap chose.
read -r _ mirror _ <"$rootfs/etc/apt/sources.list"
{
    echo "deb ${mirror%/} $suite-updates main"
    echo "deb ${mirror%/}-security $suite-security main"
} >>"$rootfs/etc/apt/sources.list"
cat >"$rootfs/etc/dpkg/dpkg.cfg.d/slim" <<'END'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-include /usr/share/locale/locale.alias
END
inside() { DEBIAN_FRONTEND=noninteractive chroot "$rootfs" "$@" >>"$work/log" 2>&1 || { tail -5 "$work/log" >&2; exit 1; }; }
inside apt-get -q update
inside apt-get -q -y --no-install-recommends upgrade
inside apt-get clean

cd "$rootfs"
find usr/share/doc -type f ! -name copyright -delete
find usr/share/doc -type d -empty -delete
rm -rf usr/share/man/* usr/share/info/* usr/share/locale/* var/lib/apt/lists/* var/cache/* var/log/* var/lib/dpkg/*-old
rm -f etc/hostname etc/resolv.conf
: >etc/machine-id
tar --sort=name --numeric-owner -c . | "$docker" import --change 'CMD ["bash"]' - "$name" >/dev/null
