#!/usr/bin/env bash
# Builds and runs the whole suite (the arguments go to the Swift package manager). Tests run optimized: C code without
# optimization is 25 times slower, and the demo and the tests then share one build.
set -uo pipefail
cd "$(dirname "$0")/.."

if [ -n "${THALWEG_DATA:-}" ]; then
  printf 'Real data: the folder named by THALWEG_DATA.\n'
else
  printf 'THALWEG_DATA is not set: the cases that need real data are skipped.\n'
fi
# Every product first, so that the tests that drive the command line find the executable.
swift build "$@" --build-tests || exit 1
exec swift test "$@" --skip-build
