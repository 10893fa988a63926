#!/usr/bin/env bash
# Installs what is missing, builds, runs every test, and ends with the line "N passed, N failed[, N skipped]".
#
#   tests/run.sh               in build/
#   tests/run.sh --sanitize    in build-asan/, with AddressSanitizer and UndefinedBehaviorSanitizer
#   tests/run.sh --gdal        only what can come out differently with another GDAL
#
# Tests are what ctest knows, and every tests/*/test_*.py that ctest does not run: `python3 FILE BUILD`, which
# prints what went wrong and a last line "NAME: N passed, N failed[, N skipped]". OSMFLOW_INSTALL=NO installs nothing.
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.."
source_folder=$PWD
jobs=$(nproc)
passed=0 failed=0 skipped=0

sanitize='' units=() wanted='*'
case ${1-} in
  '') build=$source_folder/build ;;
  --sanitize) build=$source_folder/build-asan sanitize=yes ;;
  --gdal) build=$source_folder/build units=(-R '^source/|gdal|headers|threads') wanted='tests/@(driver|qgis)/!(*_random.py|*_size.py)' ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

configure_and_build() {
  local options=(-DOSMFLOW_WERROR=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo)
  [ -z "$sanitize" ] || options+=(-DOSMFLOW_SANITIZE=ON)
  if [ ! -e "$build/CMakeCache.txt" ]; then
    ! command -v ninja >/dev/null || options+=(-G Ninja)
    ! command -v ccache >/dev/null || options+=(-DCMAKE_{C,CXX}_COMPILER_LAUNCHER=ccache)
  fi
  cmake -S "$source_folder" -B "$build" "${options[@]}" >"$log" || { cat "$log"; return 1; }
  cmake --build "$build" --parallel "$jobs" >"$log" || { cat "$log"; return 1; }
}

count() { # passed failed skipped
  passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

# "3/28 Test #3: base/test_base ....   Passed" or "***Skipped"; every other end of a line is a failure, and so is a test
# that was never heard of again. A test may pass and still have left a part out: it says so.
run_ctest() {
  local all good left_out said
  all=$(ctest --test-dir "$build" -N "${units[@]}" | sed -n 's/^Total Tests: //p')
  ctest --test-dir "$build" "${units[@]}" --output-on-failure --timeout 300 --parallel "$jobs" 2>&1 | tee "$log" || true
  good=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#.* Passed ' "$log" || true)
  left_out=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#.*\*\*\*Skipped' "$log" || true)
  said=$(grep -oh 'SKIPPED: .*' "$build/Testing/Temporary/LastTest.log" | sort -u || true)
  if [ -n "$said" ]; then
    echo "$said"
    said=$(wc -l <<<"$said")
  fi
  count "$good" $((all - good - left_out)) $((said > left_out ? said : left_out))
}

programs() {
  local file
  for file in tests/*/test_*.py; do
    if [ -e "$file" ] && [[ $file == $wanted ]] &&
      ! grep -rqsF --include=CTestTestfile.cmake "/$file" "$build"; then
      echo "$file"
    fi
  done
}

# The sanitizers' runtime must come first in a process that loads the plugin late. The interpreter has leaks of its own;
# tests/driver/leaks.py looks for ours.
run_program() { # file, where its output and its end go
  local status=0 environment
  environment=(GDAL_DRIVER_PATH="$build/gdalplugins" QT_QPA_PLATFORM=offscreen PYTHONDONTWRITEBYTECODE=1
    NO_PROXY="127.0.0.1,localhost")
  if [ -n "$sanitize" ]; then
    environment+=(ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1
      LD_PRELOAD="$(cc -print-file-name=libasan.so) $(cc -print-file-name=libubsan.so)")
  fi
  env "${environment[@]}" timeout 900 /usr/bin/python3 "$source_folder/$1" "$build" >"$2.log" 2>&1 || status=$?
  echo "$status" >"$2.status"
}

tell_program() { # file, where its output and its end are
  local file=$1 status line
  status=$(cat "$2.status")
  echo "== $file"
  cat "$2.log"
  line=$(grep -E '^[^ ]+: [0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$2.log" | tail -n 1 || true)
  if [[ $line =~ :\ ([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
    count "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[4]:-0}"
    [ "$status" -eq 0 ] || [ "${BASH_REMATCH[2]}" -gt 0 ] || { echo "$file: ended with $status"; count 0 1 0; }
  elif [ "$status" -eq 77 ]; then
    count 0 0 1
  else
    echo "$file: ended with $status and without its closing line"
    count 0 1 0
  fi
}

# As many at a time as there are processors, since much of a test's time is waiting; told one after the other.
run_programs() {
  local files=("$@") started=0 told file
  for file in "${files[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
      wait -n || true
    done
    run_program "$file" "$outputs/$started" &
    started=$((started + 1))
  done
  wait
  for ((told = 0; told < started; told++)); do
    tell_program "${files[told]}" "$outputs/$told"
  done
}

finish() {
  local line="$passed passed, $failed failed"
  [ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
  echo "$line"
  [ "$failed" -eq 0 ]
}

log=$(mktemp)
outputs=$(mktemp -d)
trap 'rm -rf "$log" "$outputs"' EXIT
if [ "${OSMFLOW_INSTALL-}" != NO ] && ! bash tests/install.sh; then
  echo "What the tests need could not be installed"
  count 0 1 0
elif ! configure_and_build; then
  echo "The build failed"
  count 0 1 0
else
  run_ctest
  wanted_programs=()
  for file in $(programs) ${sanitize:+tests/driver/leaks.py}; do
    if [ -n "$sanitize" ] && [[ $file == tests/qgis/* ]]; then
      echo "SKIPPED: $file: QGIS is not run under the sanitizers"
      count 0 0 1
    else
      wanted_programs+=("$file")
    fi
  done
  run_programs "${wanted_programs[@]}"
fi
finish
