#!/bin/sh
# Install the Debian packages that the tests use, where we may; else name what is missing.
set -eu
wanted="libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-randr0 libxcb-xkb1 libxcb-image0 libxcb-render-util0 libx11-xcb1 libdbus-1-3 libfontconfig1 fonts-dejavu-core xvfb cmake g++ debootstrap docker-compose"
command -v dpkg-query >/dev/null 2>&1 || exit 0
missing=""
for package in $wanted; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then
  echo "installing Debian packages:$missing"
  apt-get -qq update && apt-get -qq install -y --no-install-recommends $missing >/dev/null
else
  echo "these Debian packages are missing; some tests will be skipped: sudo apt install$missing" >&2
fi
