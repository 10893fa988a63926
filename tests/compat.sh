#!/usr/bin/env bash
# Builds and tests the plugin with the oldest and the newest GDAL that Debian offers, and with what lies between; each in
# a root folder of its own that is made for it and removed afterwards. Needs root, some minutes and 2 GB at a time.
#
#   tests/compat.sh [--all] [--qgis] [--keep FOLDER] [SUITE...]
#
# --all runs every test, otherwise those that can come out differently with another GDAL. --qgis installs QGIS, too.
# FOLDER keeps the roots, so that the next time is quicker.
# The packages come from the Debian archive that this machine uses itself, or from OSMFLOW_DEBIAN_ARCHIVE.
# Ends with a line per suite and the line "N passed, N failed" over its steps.
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.."

selection=--gdal
if [ "${1-}" = --all ]; then
  selection=
  shift
fi
install=--no-qgis
if [ "${1-}" = --qgis ]; then
  install=
  shift
fi
keep=
if [ "${1-}" = --keep ]; then
  keep=$2
  shift 2
  mkdir -p "$keep"
fi
suites=("$@")
[ $# -gt 0 ] || suites=(bookworm trixie forky)
if [ "$(id -u)" -ne 0 ]; then
  echo "Only root can make a root folder: sudo tests/compat.sh" >&2
  exit 2
fi
bash tests/install.sh --compat

find_archive() {
  apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian \([^ ]*\)$/\1/p' | head -n 1
}
archive=${OSMFLOW_DEBIAN_ARCHIVE:-$(find_archive)}
if [ -z "$archive" ]; then
  echo "This machine's apt knows no Debian archive: name one in OSMFLOW_DEBIAN_ARCHIVE" >&2
  exit 2
fi

# A command in the root folder, with nothing of this machine's environment but the proxy. What is mounted there is seen by
# this command alone and goes away with it.
inside() {
  unshare --mount sh -c 'mount --rbind /proc "$0/proc" && mount --bind /dev/pts "$0/dev/pts" && exec "$@"' "$root" \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 CI="${CI-}" http_proxy="${http_proxy-}" \
    chroot "$root" bash -c "cd /source/osmflow && $1"
}

make_root() {
  local script=()
  [ -e "/usr/share/debootstrap/scripts/$suite" ] || script=(/usr/share/debootstrap/scripts/sid)
  if [ ! -e "$root/source" ]; then
    debootstrap --variant=minbase "$suite" "$root" "$archive" "${script[@]}"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no services
    chmod +x "$root/usr/sbin/policy-rc.d"
    mkdir -p "$root/source"
  fi
}

copy_tree() {
  local part
  rm -rf "$root/source/osmflow" "$root/source/shared"
  mkdir -p "$root/source/osmflow" "$root/source/shared"
  tar -c --exclude='./build*' --exclude=./.git . | tar -x -C "$root/source/osmflow"
  for part in testdata recordings spec; do
    [ ! -e "../shared/$part" ] || cp -r "../shared/$part" "$root/source/shared/"
  done
}

install_packages() {
  inside "bash tests/install.sh $install && apt-get clean && ogrinfo --version"
}

build_and_test() {
  inside "OSMFLOW_INSTALL=NO bash tests/run.sh $selection"
}

shows() { # Prints what comes in, and tells whether a line of it is of that form.
  local output
  output=$(cat)
  printf '%s\n' "$output"
  grep -q "$1" <<<"$output"
}

has_driver() {
  inside 'GDAL_DRIVER_PATH=$PWD/build/gdalplugins ogrinfo --formats | grep -i osm' | shows '^ *OSMAPI -vector-'
}

# A file made by hand has one feature that a reader of the output knows.
read_file() {
  inside 'printf "%s" "<osm version=\"0.6\"><node id=\"7\" version=\"1\" lat=\"47.1\" lon=\"9.5\">" \
      "<tag k=\"name\" v=\"Hand\"/><tag k=\"place\" v=\"hamlet\"/></node></osm>" >/tmp/hand.osm
    GDAL_DRIVER_PATH=$PWD/build/gdalplugins ogrinfo -ro OSMAPI:/tmp/hand.osm points' | shows 'POINT (9.5 47.1)'
}

# The same through HTTP; the sandbox ends with the shell that holds its standard input.
read_server() {
  inside 'coproc build/bin/osmflow-sandbox --load /tmp/hand.osm --exit-with-stdin
    read -r url <&"${COPROC[0]}"
    GDAL_DRIVER_PATH=$PWD/build/gdalplugins ogrinfo -ro "OSMAPI:map?bbox=9.4,47,9.6,47.2" points -oo OSMAPI_URL=$url
    exec {COPROC[1]}>&-' | shows 'POINT (9.5 47.1)'
}

remove_root() {
  [ -n "$keep" ] || [ -z "${root-}" ] || rm -rf --one-file-system "$root"
}

passed=0 failed=0 report=
trap remove_root EXIT
for suite in "${suites[@]}"; do
  if [ -n "$keep" ]; then root=$keep/$suite; else root=$(mktemp -d); fi
  report+="$suite:"
  for step in make_root copy_tree install_packages build_and_test has_driver read_file read_server; do
    echo "=== $suite: ${step//_/ }"
    if "$step"; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
      report+=" FAILED ${step//_/ }"
      case $step in make_root | copy_tree | install_packages | build_and_test) break ;; esac
    fi
  done
  report+=" GDAL $(inside 'ogrinfo --version' 2>/dev/null | sed -n 's/^GDAL \([0-9.]*\).*/\1/p')"$'\n'
  remove_root
done
printf '%s' "$report"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
