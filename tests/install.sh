#!/usr/bin/env bash
# Installs what building and testing osmflow needs on Debian or Ubuntu; asks apt only when something is missing.
#
#   tests/install.sh             everything that tests/run.sh needs, QGIS included
#   tests/install.sh --build     only what building needs (and data/quickstart.sh)
#   tests/install.sh --no-qgis   what tests/run.sh needs, but QGIS
#   tests/install.sh --format    what tests/format.sh needs
#   tests/install.sh --fuzz      what tests/fuzz/fuzz.sh needs
#   tests/install.sh --compat    what tests/compat.sh needs
#
# A line of a list is "what to look for | the package that brings it | optional": without an optional one the tests
# still run, some of them skipped.
set -euo pipefail
export LC_ALL=C

build_list='
command cc                 | gcc
command c++                | g++
command cmake              | cmake
command pkg-config         | pkg-config
command ninja              | ninja-build       | optional
command gdal-config        | libgdal-dev
command ogrinfo            | gdal-bin
pkg-config libcurl         | libcurl4-openssl-dev
pkg-config json-c          | libjson-c-dev
pkg-config expat           | libexpat1-dev
pkg-config proj            | libproj-dev
pkg-config sqlite3         | libsqlite3-dev
pkg-config zlib            | zlib1g-dev
pkg-config cunit           | libcunit1-dev
pkg-config libmicrohttpd   | libmicrohttpd-dev
file /usr/bin/python3      | python3
file /etc/ssl/certs/ca-certificates.crt | ca-certificates
'
test_list="$build_list
module osgeo               | python3-gdal
command ccache             | ccache            | optional
command osmium             | osmium-tool       | optional
module PIL                 | python3-pil       | optional
module numpy               | python3-numpy     | optional
"
qgis_list="
command Xvfb               | xvfb              | optional
module qgis.core           | python3-qgis      | optional
"
format_list='
command clang-format       | clang-format      | optional
command clang-tidy         | clang-tidy        | optional
'
fuzz_list="$build_list
command clang              | clang
runtime libclang_rt.fuzzer | libclang-rt-dev
"
compat_list='
command debootstrap        | debootstrap
'

is_there() {
  case $1 in
    command) command -v "$2" ;;
    pkg-config) pkg-config --exists "$2" ;;
    file) test -e "$2" ;;
    module) QT_QPA_PLATFORM=offscreen /usr/bin/python3 -c "import importlib.util, sys
sys.exit(importlib.util.find_spec('$2') is None)" ;;
    runtime) compgen -G "$(clang -print-resource-dir)/lib/*/$2*" ;;
  esac >/dev/null 2>&1
}

# Another program may be using apt at the moment, as at the first start of a machine in a cloud.
apt() {
  local attempt
  for attempt in $(seq 60); do
    if $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1; then
      return 0
    fi
    grep -q 'Could not get lock\|Unable to lock' "$log" || break
    [ "$attempt" -gt 1 ] || echo "apt is busy with something else; waiting"
    sleep 5
  done
  tail -n 15 "$log" >&2
  return 1
}

case ${1-} in
  '') list=$test_list$qgis_list ;;
  --build) list=$build_list ;;
  --no-qgis) list=$test_list ;;
  --format) list=$format_list ;;
  --fuzz) list=$fuzz_list ;;
  --compat) list=$compat_list ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

needed=() wanted=()
while IFS='|' read -r probe package optional; do
  read -r kind what <<<"$probe"
  package=${package// /}
  if [ -n "$package" ] && ! is_there "$kind" "$what"; then
    if [ -n "$optional" ]; then wanted+=("$package"); else needed+=("$package"); fi
  fi
done <<<"$list"
[ $((${#needed[@]} + ${#wanted[@]})) -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "This is neither Debian nor Ubuntu: please install what these packages hold: ${needed[*]} ${wanted[*]}" >&2
  [ ${#needed[@]} -eq 0 ] && exit 0 || exit 1
fi
sudo=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Only root can install packages: please run as root: apt-get install ${needed[*]} ${wanted[*]}" >&2
    [ ${#needed[@]} -eq 0 ] && exit 0 || exit 1
  fi
  sudo=sudo
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "Installing: ${needed[*]} ${wanted[*]}"
apt update || echo "The package lists could not be refreshed; trying with those that are here" >&2
if [ ${#needed[@]} -gt 0 ]; then
  apt install --no-install-recommends "${needed[@]}"
fi
for package in "${wanted[@]}"; do
  apt install --no-install-recommends "$package" || echo "Going on without $package" >&2
done
