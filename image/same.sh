#!/usr/bin/env bash
# Builds the image once more from nothing and fails when a file in it differs from the one that is there, in content,
# mode or owner. Times are not compared. Takes two minutes: make image-same
set -euo pipefail
cd "$(dirname "$0")/.."

image=${IMAGE:-ambassador:$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)}
docker=${DOCKER:-docker}
again=$image-again
work=$(mktemp -d)
trap 'rm -rf "$work"; "$docker" image rm "$again" >/dev/null 2>&1 || true' EXIT

listing() {
    container=$("$docker" create "$1")
    "$docker" export "$container" | python3 image/contents.py files
    "$docker" rm "$container" >/dev/null
}
listing "$image" >"$work/$(basename "$image")"
IMAGE=$again image/build.sh --no-cache >"$work/log" 2>&1 || { tail -20 "$work/log" >&2; exit 1; }
listing "$again" >"$work/again"
cd "$work" && diff "$(basename "$image")" again && echo "$image: $(wc -l <again) files, none differs"
