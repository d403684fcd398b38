#!/usr/bin/env bash
# Builds the image and says how large it is. `make image` calls it. Installs nothing; needs Docker Engine.
#   IMAGE  its name [ambassador:VERSION]    BASE  what it stands on [debian:bookworm-slim]
#   DOCKER the client [the first that can]  Other arguments go to docker build, --no-cache for instance.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
image=${IMAGE:-ambassador:$version}
base=${BASE:-$(sed -n 's/^ARG BASE=//p' Dockerfile)}
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)

# The client builds with BuildKit: it has it inside before version 23, later as the plugin buildx.
can_build() {
    command -v "$1" >/dev/null || return 1
    [ "$("$1" --version | sed -n 's/^Docker version \([0-9]*\).*/\1/p')" -lt 23 ] || "$1" buildx version >/dev/null 2>&1
}
for client in ${DOCKER:-docker /usr/bin/docker}; do
    if can_build "$client"; then docker=$client; break; fi
done
if [ -z "${docker:-}" ]; then
    echo 'No Docker client with BuildKit: on Debian, apt-get install docker.io (and docker-buildx where there is one)' >&2
    exit 1
fi
"$docker" version >/dev/null || exit 1

have_base() { "$docker" image inspect "$base" >/dev/null 2>&1; }
have_base || timeout 60 "$docker" pull -q "$base" >/dev/null 2>&1 || DOCKER=$docker image/base.sh "$base"
[ "${1:-}" != --base ] || exit 0

# How this machine reaches its package index: pip's settings and the certificates that it trusts.
secrets=$(mktemp -d)
trap 'rm -rf "$secrets"' EXIT
pip=$(for python in "${PYTHON:-python3}" .venv/bin/python; do
    "$python" -m pip --version >/dev/null 2>&1 && { echo "$python -m pip"; break; }; done) || true
{
    echo '[global]'
    ${pip:-true} config list 2>/dev/null | sed -nE \
        "s/^(global|:env:)\.(index-url|extra-index-url|trusted-host|proxy|timeout|default-timeout)='(.*)'$/\2 = \3/p" |
        sed 's/^default-//' | awk '{ last[$1] = $0 } END { for (key in last) print last[key] }'
} >"$secrets/pip.conf"
cat "${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}" >"$secrets/certificates" 2>/dev/null || true

DOCKER_BUILDKIT=1 "$docker" build --network host --progress "${PROGRESS:-plain}" --tag "$image" \
    --build-arg "BASE=$base" --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
    --secret "id=pip.conf,src=$secrets/pip.conf" --secret "id=certificates,src=$secrets/certificates" "$@" .
"$docker" image inspect --format '{{.Size}}' "$image" | awk -v image="$image" '{ printf "%s: %.0f MB\n", image, $1 / 1e6 }'
