#!/usr/bin/env bash
# Checks the format of every C and C++ file; with --tidy also what clang-tidy says of the driver (needs build/). Ends with
# the line "N passed, N failed[, N skipped]". Versions of clang-format differ in taste, so only one has a say.
set -euo pipefail
cd "$(dirname "$0")/.."
version=14
passed=0 failed=0 skipped=0

tool() {
  local name
  for name in "$1-$version" "$1"; do
    if command -v "$name" >/dev/null && "$name" --version | grep -q "version $version\."; then
      echo "$name"
      return
    fi
  done
}

# Runs a command once per file, all processors at work, and counts the files that it is content with.
each() {
  local name=$1 files=$2 bad
  shift 2
  bad=$(xargs -r -n 1 -P "$(nproc)" sh -c '
    file=$0; for file; do :; done
    answer=$("$0" "$@" 2>&1) || printf "%s\nBAD %s\n" "$answer" "$file"' "$@" <<<"$files")
  [ -z "$bad" ] || grep -v '^BAD ' <<<"$bad" || true
  bad=$(grep -c '^BAD ' <<<"$bad" || true)
  echo "$name: $(($(wc -l <<<"$files") - bad)) files are fine, $bad are not"
  passed=$((passed + $(wc -l <<<"$files") - bad)) failed=$((failed + bad))
}

skip() {
  echo "SKIPPED: $1"
  skipped=$((skipped + 1))
}

if [ "${OSMFLOW_INSTALL-}" != NO ]; then
  bash tests/install.sh --format
fi
format=$(tool clang-format)
if [ -n "$format" ]; then
  each clang-format "$(find driver include tests -name '*.[ch]' -o -name '*.cpp' | sort)" "$format" --dry-run -Werror
else
  skip "there is no clang-format of version $version"
fi
if [ "${1-}" = --tidy ]; then
  tidy=$(tool clang-tidy)
  if [ -z "$tidy" ]; then
    skip "there is no clang-tidy of version $version"
  elif [ ! -e build/compile_commands.json ]; then
    skip "clang-tidy needs build/compile_commands.json (tests/run.sh makes it)"
  else
    each clang-tidy "$(find driver -name '*.c' | sort)" "$tidy" --quiet -p build
  fi
fi
line="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
echo "$line"
[ "$failed" -eq 0 ]
