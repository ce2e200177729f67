"""Files on Windows that several processes write to, rename and compress: who has them open, shows.

The kernel keeps the modes by which a file was opened. Who opens it for itself alone is refused
while anybody may still write to it, and whoever comes meanwhile is refused too. That ends with the
process, however it ends. So there is no need for a lock beside it, as `lock.py` has for POSIX.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from provide.foundation._windows import files as windows_files

assert sys.platform == "win32"  # what follows means nothing to a type checker elsewhere

#: It is there for as long as a process renames a file in its folder.
_MARK = ".foundation-rotation"


@contextmanager
def hold_alone(path: str) -> Iterator[int | None]:
    """Hold a file or folder that is there alone, or yield None at once where that is not to be had.

    Yields:
        A descriptor to read the file from.

    Raises:
        OSError: It cannot be opened.
    """
    if os.path.isdir(path):  # it cannot be held: a file in it stands for it
        held = windows_files.make_alone(os.path.join(path, _MARK))
    else:
        held = windows_files.open_alone(path)
    try:
        yield held
    finally:
        if held is not None:
            os.close(held)
