#!/usr/bin/env bash
# Builds test_threads with ThreadSanitizer in build-tsan/ and runs it, as often as the first argument says (once).
set -euo pipefail
cd "$(dirname "$0")/.."
options=(-DOSMFLOW_WERROR=ON -DCMAKE_{C,CXX}_FLAGS=-fsanitize=thread -DCMAKE_{EXE,SHARED,MODULE}_LINKER_FLAGS=-fsanitize=thread)
! command -v ninja >/dev/null || options+=(-G Ninja)
! command -v ccache >/dev/null || options+=(-DCMAKE_{C,CXX}_COMPILER_LAUNCHER=ccache)
[ -e build-tsan/CMakeCache.txt ] || cmake -S . -B build-tsan "${options[@]}" >/dev/null
cmake --build build-tsan --target test_threads --parallel "$(nproc)" >/dev/null
# What GDAL, curl and libmicrohttpd do among themselves is not seen, as they are not built with it.
export TSAN_OPTIONS="ignore_noninstrumented_modules=1 halt_on_error=1 second_deadlock_stack=1 ${TSAN_OPTIONS-}"
export NO_PROXY=127.0.0.1,localhost
for ((i = 0; i < ${1-1}; i++)); do
  build-tsan/bin/test_threads
done
