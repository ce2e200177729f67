#!/usr/bin/env bash
# The tests on arm64, under QEMU: bash tools/arm64.sh FOLDER JUNIT PYTEST-ARGUMENT...
#
# FOLDER is made, and removed again: a Debian of arm64 that has been unpacked and not configured, which
# takes seconds where an installation would take minutes. In it are a clone of the commit that is
# checked out, the dependencies as requirements/test.txt locks them, and the packages. Of all that
# nothing is compiled under emulation: the native lane comes from GCC's cross-compiler, with every
# warning an error. Needs root, for chroot and mounts, uv and a Python with hatchling on the path, and
# Debian's archive. Whatever is mounted is unmounted at the end, also after an error or Ctrl-C.
set -euo pipefail

#: Debian's release, and its Python.
release=trixie python=3.13
#: What the tests that are chosen in noxfile.py import.
needed=(attrs hypothesis opentelemetry-api opentelemetry-sdk orjson pytest pytest-timeout pytest-xdist
  structlog)

tree=$(cd "$(dirname "$0")/.." && pwd)
folder=$1 junit=$(realpath -m "$2")
shift 2
if [ "$(id -u)" -ne 0 ]; then
  echo "tools/arm64.sh: needs root" >&2
  exit 2
fi
if [ -e "$folder" ]; then
  echo "tools/arm64.sh: $folder is there already, and it would be removed" >&2
  exit 2
fi
folder=$(realpath -m "$folder")

mounted=()
# shellcheck disable=SC2329 # the trap calls it
leave() {
  local number
  for ((number = ${#mounted[@]} - 1; number >= 0; number--)); do
    umount "${mounted[number]}" || umount --lazy "${mounted[number]}"
  done
  # Never across a mount that would not go: it shows the machine's own files.
  rm -rf --one-file-system "$folder"
}
trap leave EXIT
trap 'exit 130' INT TERM

missing=()
command -v qemu-aarch64-static >/dev/null || missing+=(qemu-user-static)
command -v update-binfmts >/dev/null || missing+=(binfmt-support)
command -v arch-test >/dev/null || missing+=(arch-test)
command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
command -v aarch64-linux-gnu-g++ >/dev/null || missing+=(g++-aarch64-linux-gnu)
if [ "${#missing[@]}" -gt 0 ]; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
if ! mountpoint -q /proc/sys/fs/binfmt_misc; then
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  mounted+=(/proc/sys/fs/binfmt_misc)
fi
update-binfmts --enable qemu-aarch64

# The machine's own mirror: the address stands in apt's settings and not here.
mirror=$(apt-get indextargets --format "\$(SITE)" "Created-By: Packages" | grep -v security | head -n 1)
mmdebstrap --quiet --arch=arm64 --variant=extract \
  --include=base-files,bash,coreutils,dash,git,libc-bin,libstdc++6,python3,python3-dev "$release" "$folder" "$mirror"
for each in proc dev dev/pts dev/shm; do
  mkdir -p "$folder/$each"
  mount --bind "/$each" "$folder/$each"
  mounted+=("$folder/$each")
done
mkdir -p "$folder/tmp" "$folder/run"
chmod 1777 "$folder/tmp"

# pip itself would take a quarter of an hour under emulation; the wheels are the same from outside.
git clone --quiet "$tree" "$folder/tree"
site=$folder/usr/lib/python3/dist-packages
uv pip install --quiet --target "$site" --python-platform aarch64-manylinux_2_28 --python-version "$python" \
  --only-binary :all: --constraints "$tree/requirements/test.txt" "${needed[@]}"
emulate() {
  chroot "$folder" /usr/bin/env -i HOME=/tmp LANG=C.UTF-8 PATH=/usr/bin:/bin "$@"
}
for each in core emoji otel native; do
  (cd "$folder/tree/packages/foundation-$each" &&
    FOUNDATION_NATIVE=off python -m hatchling build -t wheel -d "$folder/tmp/wheels")
done
for each in "$folder"/tmp/wheels/*.whl; do
  python3 -m zipfile -e "$each" "$site"
done
# GCC takes minutes under emulation, and seconds as a cross-compiler, with the flags of the build.
FOUNDATION_NATIVE_STRICT=1 PYTHONPATH=$folder/tree:$folder/tree/packages/foundation-native python - "$folder/tmp" >"$folder/tmp/flags" <<'PYTHON'
import sys
from pathlib import Path

from hatch_build import compiler_flags, linker_flags
from tools.free_threaded import write_unit

print(*compiler_flags(), *linker_flags(), write_unit(Path(sys.argv[1])), sep="\n")
PYTHON
mapfile -t flags <"$folder/tmp/flags"
aarch64-linux-gnu-g++ -shared -fPIC -fwrapv -DNDEBUG -DFOUNDATION_ONE_UNIT "-I$folder/tree/packages/foundation-native/cpp" \
  -isystem "$folder/usr/include/python$python" -idirafter "$folder/usr/include" "${flags[@]}" \
  -o "$site/provide/foundation/native/_lane.cpython-${python/./}-aarch64-linux-gnu.so"
# Byte code, and hypothesis' tables of Unicode, are those of the version, whatever the processor.
for each in "python$python" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$python".*/bin/python3; do
  if "$each" -c "" 2>/dev/null; then
    "$each" -m compileall -q -j 0 -s "$folder" -p / "$folder/usr/lib/python$python" "$site" "$folder/tree" || true
    uv pip install --quiet --target "$folder/tmp/here" --python "$each" --constraints "$tree/requirements/test.txt" hypothesis
    (cd "$folder/tree" && PYTHONPATH=$folder/tmp/here "$each" -c "
from hypothesis.internal import charmap
charmap.charmap(), charmap.intervals_from_codec('utf-8')") || true
    break
  fi
done

emulate bash -c 'uname -m && python3 -VV && python3 -c "
from provide.foundation import logger
from provide.foundation.native import _lane
logger.info(\"first line\", lane=_lane.__file__)"'
# Assertions as they are, and plugins by name: pytest would rewrite what it finds, which takes
# minutes under emulation.
# The native lane alone: what is compiled, and how its threads see memory, is what a processor
# changes.
status=0
emulate PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 FOUNDATION_TEST_SCALE="${FOUNDATION_TEST_SCALE:-0.1}" \
  FOUNDATION_TEST_LANES=native FOUNDATION_TEST_PATIENCE="${FOUNDATION_TEST_PATIENCE:-5}" bash -c \
  'cd /tree && exec python3 -m pytest -p pytest_timeout -p xdist -p no:cacheprovider --assert=plain \
    --junitxml=/tmp/run.xml "$@"' pytest "$@" || status=$?
[ ! -e "$folder/tmp/run.xml" ] || { mkdir -p "$(dirname "$junit")" && cp "$folder/tmp/run.xml" "$junit"; }
exit "$status"
