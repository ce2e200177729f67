"""What becomes of a log's archived files: compressed, deleted.

It happens in a thread of its own, never in a log call, and any process may do it: each step begins
with what the folder shows and with a lock on the one file. A process that ends in the midst of it
leaves a file that is still whole, and the next one that opens or rotates the log goes on.

Whoever wrote to a file when it was renamed may write to it for a while. Processes that use
Foundation show that by a lock, others by having it open, where the system says so, or by writing.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import time
import weakref
import zlib
from contextlib import suppress

from provide.foundation._diagnostics.reports import DIAGNOSTICS
from provide.foundation._diagnostics.stats import COUNTERS
from provide.foundation._output.files.inode import identify, make_alike, open_new
from provide.foundation._output.files.policy import (
    COMPRESSED,
    UNFINISHED,
    Rotation,
    find_expired,
    list_archived,
)
from provide.foundation._process.forks import renew_after_fork

if sys.platform == "win32":
    from provide.foundation._output.files.sharing import hold_alone
else:
    import fcntl

    from provide.foundation._output.files.lock import hold_alone

#: Other processes leave a file that was renamed within a second; who logs nothing stays on it.
_PAUSES_S = (0.05, 0.2, 0.5, 1.0, 1.5, 1.5, 0.0)
#: Where the system does not say who has a file open: nobody writes to one that has not changed for
#: so long. Those that follow a rename look for it once a second.
_REST_S = 2.5
_CHUNK_BYTES = 1 << 20
_GZIP_WINDOW = 31  # zlib's number for a gzip header and the largest window
_LEVEL = 6
#: fcntl.h has it, and Python's module does not.
_F_SETSIG = 10


class Archive:
    """Tidy up behind one log file, in a thread that lives while there is something to do.

    Args:
        path: The log file, as an absolute path.
        rotation: When files are compressed and deleted.
    """

    def __init__(self, path: str, rotation: Rotation) -> None:
        self.path = path
        self.rotation = rotation
        self._asked = False
        self.renew()
        _LIVE.add(self)

    def renew(self) -> None:
        """Forget the thread: a forked child does not have it."""
        self._running = _thread.allocate_lock()

    def wake(self) -> None:
        """Tidy up, in a thread, unless there is nothing to do; returns at once, raises nothing."""
        if not self.rotation.tidies:
            return
        self._asked = True
        (free,) = map(self._running.acquire, (False,))  # `_process/locks.py` says why
        if not free:
            return  # the thread looks again before it ends
        try:
            # Not a `Thread`: its start waits for the other thread, and takes locks that the call
            # which a signal has interrupted may hold.
            _thread.start_new_thread(self._run, ())
        except RuntimeError:  # no more threads, or the interpreter is ending
            self._running.release()
            COUNTERS.fault("tidy")

    def wake_if_needed(self) -> None:
        """Tidy up what an earlier process has left; most start without a thread."""
        with suppress(OSError):
            archived = list_archived(self.path)
            unwanted = ("", UNFINISHED) if self.rotation.compress else (UNFINISHED,)
            if find_expired(archived, self.rotation, time.time()) or any(
                each.ending in unwanted for each in archived
            ):
                self.wake()

    def tidy(self) -> bool:
        """Compress and delete what can be; False: something is still open somewhere.

        Raises:
            OSError: The folder or a file in it cannot be read or written.
        """
        archived = list_archived(self.path)
        expired = find_expired(archived, self.rotation, time.time())
        done = True
        for stamp, path, ending in archived:
            if ending == UNFINISHED:
                if not os.path.lexists(path.removesuffix(UNFINISHED)):
                    _delete(path)
            elif stamp in expired:
                if ending == COMPRESSED:
                    _delete(path)
                else:
                    done = _delete_alone(path) and done
            elif self.rotation.compress and ending != COMPRESSED:
                done = _compress(path) and done
        return done

    def _run(self) -> None:
        running = self._running
        try:
            while self._asked:
                self._asked = False
                for pause_s in _PAUSES_S:
                    if self.tidy():
                        break
                    time.sleep(pause_s)
        except Exception as error:  # never raises: a full disk must not end in a traceback
            COUNTERS.fault("tidy")
            DIAGNOSTICS.report(
                f"tidy:{self.path}",
                "earlier log files could not be tidied up",
                {"output": self.path, "error": str(error)},
            )
            self._asked = False  # the next rotation tries again
        finally:
            running.release()
        if self._asked:  # between the last look and the release
            self.wake()


def _delete(path: str) -> None:
    with suppress(FileNotFoundError):  # another process has been faster
        os.unlink(path)


def _delete_alone(path: str) -> bool:
    """Delete a file; False: somebody may still write to it."""
    try:
        with hold_alone(path) as fd:
            if fd is None or is_in_use(fd):
                return False
            _delete(path)
    except FileNotFoundError:
        pass
    return True


def _compress(path: str) -> bool:
    """Put a compressed file in a file's place; False: somebody may still write to it."""
    try:
        with hold_alone(path) as fd:
            if fd is None or is_in_use(fd):
                return False
            if identify(fd) == identify(path):
                return _compress_open(fd, path)
    except FileNotFoundError:
        pass  # another process has done it
    return True


def is_in_use(fd: int) -> bool:
    """Say whether any process may still write to a file that has been set aside."""
    if sys.platform == "win32":
        return False  # who holds it alone is the only one that has it open
    try:
        if hasattr(fcntl, "F_SETLEASE"):
            # Linux grants this to a file that nobody has open for writing, and to no other. Whoever
            # opens it in the moment until it is given back waits, and we get a signal: one that
            # nobody minds, because SIGIO would end the process.
            fcntl.fcntl(fd, _F_SETSIG, signal.SIGURG)
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            return False
    except BlockingIOError:
        return True
    except OSError:  # another user's file, or a file system without leases
        pass
    status = os.fstat(fd)
    # The rename counts as a change. A time in the future is another machine's.
    return 0 <= time.time() - max(status.st_mtime, status.st_ctime) < _REST_S


def _compress_open(fd: int, path: str) -> bool:
    unfinished = path + UNFINISHED
    status = os.fstat(fd)
    _delete(unfinished)  # an earlier process's, or a link that leads anywhere
    held = open_new(unfinished)
    out = held.fd
    ours = identify(fd), identify(out)
    try:
        with open(out, "wb", closefd=False) as file:
            squeeze = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
            while chunk := os.read(fd, _CHUNK_BYTES):
                file.write(squeeze.compress(chunk))
            file.write(squeeze.flush())
        make_alike(out, status)
        # Windows changes the times of a name, not those of a descriptor.
        place = out if os.utime in os.supports_fd else unfinished
        os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
        os.fsync(out)  # the power may fail once the original is gone
        now = os.fstat(fd)
        grown = (now.st_size, now.st_mtime_ns) != (status.st_size, status.st_mtime_ns)
        # Somebody may have closed our descriptors, and reused the numbers.
        if grown or is_in_use(fd) or ours != (identify(path), identify(unfinished)):
            _delete(unfinished)
            return False
        os.replace(unfinished, path + COMPRESSED)
        os.unlink(path)
    except BaseException:
        _delete(unfinished)
        raise
    finally:
        with suppress(OSError):
            if identify(out) == ours[1]:
                held()
        held.forget()
    return True


_LIVE: weakref.WeakSet[Archive] = weakref.WeakSet()


def _renew_in_child() -> None:
    for archive in tuple(_LIVE):
        archive.renew()


renew_after_fork(_renew_in_child)
