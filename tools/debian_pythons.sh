#!/usr/bin/env bash
# Brings CPythons that are newer than the machine's Debian into a folder of their own.
#
#   tools/debian_pythons.sh FOLDER 3.14 3.15
#
# They come from a newer Debian (DEBIAN_SUITE, forky unless it says otherwise), with its loader, its
# C library and the headers of each. Nothing of the machine's own is changed. FOLDER/bin is for PATH.
# The interpreters name FOLDER in themselves: it cannot be moved afterwards.
#
# It needs Debian's apt, dpkg and keyring, and patchelf; what is missing is named, and it exits with 1.
set -euo pipefail

fail() {
  echo "debian_pythons.sh: $1" >&2
  exit 1
}

if [ $# -lt 2 ]; then
  echo "usage: debian_pythons.sh FOLDER VERSION..." >&2
  exit 2
fi
folder=$(realpath -m "$1")
shift
suite=${DEBIAN_SUITE:-forky}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

[ -z "$(ls -A "$folder" 2>/dev/null)" ] || fail "$folder is not empty"
for program in apt-get dpkg-deb patchelf; do
  command -v "$program" >/dev/null || fail "$program is not there: a Debian with it is needed"
done
[ -r "$keyring" ] || fail "$keyring is not there: is this a Debian?"
# Packages come from where those of the machine do.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
  grep -Eo 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ' || true)
[ -n "$mirror" ] || fail "apt has no Debian mirror among its sources"

# An apt with lists and a status of its own, to which nothing is installed yet: each package that is
# needed comes, whatever the machine has.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
: >"$work/status"
cat >"$work/debian.sources" <<END
Types: deb
URIs: $mirror
Suites: $suite
Components: main
Signed-By: $keyring
END
cat >"$work/apt.conf" <<END
Dir::Etc::sourcelist "$work/debian.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::Lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
Acquire::Retries "3";
APT::Sandbox::User "root";
END
export APT_CONFIG=$work/apt.conf
packages=(libstdc++6)
for version; do
  packages+=("python$version" "python$version-venv" "python$version-dev")
done
apt-get update -qq -o APT::Update::Error-Mode=any || fail "there is no list of $suite at $mirror"
apt-get install -y -qq --no-install-recommends --download-only "${packages[@]}" >/dev/null ||
  fail "$suite does not have ${packages[*]}"

# A prefix as CPython looks for one: `lib` and `include` beside `bin`, so that it finds itself from a
# virtual environment, too.
mkdir -p "$folder/bin"
for package in "$work"/cache/archives/*.deb; do
  dpkg-deb -x "$package" "$work/root"
done
for part in include lib share; do
  mv "$work/root/usr/$part" "$folder/$part"
done
libraries=$(dirname "$(echo "$folder"/lib/*/libc.so.6)")
loader=$(echo "$libraries"/ld-linux-*.so.*)
[ -x "$loader" ] || fail "no loader has come"
for version; do
  python=$work/root/usr/bin/python$version
  # An RPATH, unlike a RUNPATH, is that of the libraries of its modules, too.
  patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$python"
  # Debian's pyconfig.h looks below the machine's own include folder for that of its architecture.
  cp "$folder/include/${libraries##*/}/python$version/pyconfig.h" "$folder/include/python$version/"
  # `ensurepip` looks for its wheels below the machine's own /usr.
  sed -i "s#'WHEEL_PKG_DIR': '/usr/#'WHEEL_PKG_DIR': '$folder/#" \
    "$folder/lib/python$version"/_sysconfigdata_*.py
  mv "$python" "$folder/bin/python$version"
done
for version; do
  "$folder/bin/python$version" -c 'import ctypes, sqlite3, ssl, sys; print(sys.version)' ||
    fail "python$version does not run"
done
