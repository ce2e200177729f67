#include "sink.h"

#include <cerrno>

#ifdef _WIN32
#include <io.h>
#else
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <sys/vfs.h>
#elif defined(__APPLE__)
#include <sys/mount.h>
#include <sys/param.h>
#endif
#endif

namespace foundation {
namespace {

#ifdef _WIN32

int write_once(int descriptor, const char* data, size_t size) {
  return _write(descriptor, data, static_cast<unsigned>(size));
}

#else

// glibc's `write` is a place where a thread can be cancelled, which Python's never are. In a
// process that has ever had two threads it pays for that with two atomic operations: 0.98 of a line
// without.
ssize_t write_once(int descriptor, const char* data, size_t size) {
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
  return static_cast<ssize_t>(syscall(SYS_write, descriptor, data, size));
#else
  return ::write(descriptor, data, size);  // a sanitizer looks at what it is given
#endif
}

// A network or user-space file system may wait for another machine or process.
bool is_local(int descriptor) {
#if defined(__linux__)
  struct statfs system;
  if (fstatfs(descriptor, &system) != 0) return false;
  switch (static_cast<unsigned long>(system.f_type) & 0xffffffffUL) {
    case 0xef53:      // ext2, ext3, ext4
    case 0x58465342:  // xfs
    case 0x9123683e:  // btrfs
    case 0x01021994:  // tmpfs
    case 0x794c7630:  // overlayfs
    case 0x2fc12fc1:  // zfs
    case 0xf2f52010:  // f2fs
    case 0xca451a4e:  // bcachefs
      return true;
    default:
      return false;
  }
#elif defined(__APPLE__)
  struct statfs system;
  return fstatfs(descriptor, &system) == 0 && (system.f_flags & MNT_LOCAL) != 0;
#else
  (void)descriptor;
  return false;
#endif
}

#endif

// Of more than this, systems take a part; the rest is the business of `recover`.
constexpr size_t kMost = 0x7ffff000;

}  // namespace

bool never_waits(int descriptor) {
#ifdef _WIN32
  (void)descriptor;
  return false;
#else
  struct stat status;
  if (fstat(descriptor, &status) != 0) return false;
  if (S_ISREG(status.st_mode)) return is_local(descriptor);
  struct stat null;
  return S_ISCHR(status.st_mode) && stat("/dev/null", &null) == 0 && S_ISCHR(null.st_mode) &&
         status.st_rdev == null.st_rdev;
#endif
}

Py_ssize_t write_without_gil(int descriptor, const char* data, size_t size) {
  Py_ssize_t taken;
  if (size > kMost) size = kMost;
  Py_BEGIN_ALLOW_THREADS taken = static_cast<Py_ssize_t>(write_once(descriptor, data, size));
  Py_END_ALLOW_THREADS return taken < 0 ? 0 : taken;
}

Py_ssize_t write_line(int descriptor, const char* data, size_t size, bool keep_gil) {
  if (size > kMost) size = kMost;
  for (;;) {
    Py_ssize_t taken;
    int failure;
    if (keep_gil) {
      taken = static_cast<Py_ssize_t>(write_once(descriptor, data, size));
      failure = errno;
    } else {
      Py_BEGIN_ALLOW_THREADS taken = static_cast<Py_ssize_t>(write_once(descriptor, data, size));
      failure = errno;
      Py_END_ALLOW_THREADS
    }
    if (taken >= 0) return taken;
    if (failure != EINTR) return 0;
    if (PyErr_CheckSignals() != 0) return -1;
  }
}

}  // namespace foundation
