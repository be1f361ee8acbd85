#!/usr/bin/env bash
# Sets up the peers in a scratch environment and compares custval with them:
# `benches/compare/run.sh [summary|packed|dialects|scale|models|cox|contracts|curve|allocate|start|build] [options]`.
#
# CUSTVAL   the binary; without it the release binary of this checkout, built first
# PYTHON    Python 3.11, which the pinned peers are for; without it python3.11 or python3
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
project="$(cd "$here/../.." && pwd)"
target="${CARGO_TARGET_DIR:-$project/target}"
mkdir -p "$target/compare"
folder="$(cd "$target/compare" && pwd)"

if [[ -z "${CUSTVAL:-}" ]]; then
    cargo build --release --locked --manifest-path "$project/Cargo.toml"
    CUSTVAL="$target/release/custval"
fi
environment() {
    if ! cmp --silent "$here/$2" "$folder/$1/requirements.txt"; then
        python="${PYTHON:-$(command -v python3.11 || command -v python3)}"
        rm -rf "${folder:?}/$1"
        "$python" -m venv "$folder/$1"
        "$folder/$1/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/$2"
        cp "$here/$2" "$folder/$1/requirements.txt"
    fi
}
environment venv requirements.txt
environment venv-lifelines requirements-lifelines.txt
exec "$folder/venv/bin/python" "$here/compare.py" --custval "$CUSTVAL" --folder "$folder" --lifelines "$folder/venv-lifelines/bin/python" "$@"
