#!/usr/bin/env bash
# Builds every fuzz target with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer, and lets each search:
#
#   tests/fuzz/fuzz.sh [SECONDS [NAME...]]      60 seconds per target, all targets
#
# What it finds is written to build-fuzz/found/NAME-...; what it learnt stays in build-fuzz/corpus/NAME for the next time.
# Ends with the line "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
shift || true
build=$PWD/build-fuzz
corpora=$PWD/tests/fuzz/corpus

if [ "${OSMFLOW_INSTALL-}" != NO ]; then
  bash tests/install.sh --fuzz
fi
generator=()
if [ ! -e "$build/CMakeCache.txt" ] && command -v ninja >/dev/null; then
  generator=(-G Ninja)
fi
CC=clang CXX=clang++ cmake -S . -B "$build" "${generator[@]}" -DOSMFLOW_FUZZ=ON >/dev/null
programs=()
for source in tests/fuzz/fuzz_*.c; do
  name=$(basename "$source" .c)
  if [ $# -eq 0 ] || [[ " $* " == *" ${name#fuzz_} "* ]]; then
    programs+=("$name")
  fi
done
cmake --build "$build" --parallel "$(nproc)" --target "${programs[@]}" | tail -n 1

passed=0 failed=0
mkdir -p "$build/found"
for program in "${programs[@]}"; do
  name=${program#fuzz_}
  mkdir -p "$build/corpus/$name"
  if "$build/fuzz/$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$build/found/$name-" "$build/corpus/$name" "$corpora/$name" >"$build/$program.log" 2>&1; then
    echo "$name: $(sed -n 's/^stat::number_of_executed_units: //p' "$build/$program.log") inputs, nothing found"
    passed=$((passed + 1))
  else
    grep -v '^#\|^INFO\|NEW_FUNC' "$build/$program.log" | tail -n 60
    echo "$name: see build-fuzz/found"
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
