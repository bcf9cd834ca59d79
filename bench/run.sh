#!/usr/bin/env bash
# Every speed measure, one after the other. The peers get an environment of their own.
set -euo pipefail
cd "$(dirname "$0")/.."
peers=.venv-bench
if [ ! -f "$peers/.installed" ]; then
    python3 -m venv "$peers"
    "$peers/bin/pip" install --quiet "$(grep '^torch==' constraints.txt)"
    "$peers/bin/pip" install --quiet --constraint bench/constraints.txt --editable ".[bench]"
    touch "$peers/.installed"
fi
for name in imports train_primer; do
    echo "== $name"
    PRIMASE_KERAS_PYTHON="$PWD/$peers/bin/python" .venv/bin/python -m "bench.$name"
done
echo "== encode"
"$peers/bin/python" -m bench.encode
echo "== interruption"
.venv/bin/python -m bench.interruption
echo "== split"
.venv/bin/python -m bench.split
echo "== windows"
"$peers/bin/python" -m bench.windows
for name in "windows --stream" background coverage labels homology; do
    echo "== $name"
    .venv/bin/python -m bench.$name
done
echo "== profiles"
# bpnet-lite alone: its training needs nothing else, and macs3, which it asks for, takes long to compile
"$peers/bin/pip" install --quiet --no-deps --constraint bench/constraints.txt bpnet-lite
"$peers/bin/python" -m bench.profiles
