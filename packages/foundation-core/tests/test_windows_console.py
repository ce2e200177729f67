"""Tests of lines on a console of Windows: the one that pytest has, or one that is made.

A program that has pipes for its standard streams can still have a console; `CONOUT$` leads there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lane_process import Lane, Run
from posix_only import not_on_wine

if sys.platform != "win32":
    pytest.skip("POSIX: it has no consoles of this kind", allow_module_level=True)

BEGIN = """
    import ctypes
    from ctypes import wintypes

    kernel = ctypes.WinDLL("kernel32")
    kernel.CreateFileW.restype = wintypes.HANDLE
    try:
        console = os.open("CONOUT$", os.O_RDWR)
    except OSError:
        kernel.AllocConsole()
        try:
            console = os.open("CONOUT$", os.O_RDWR)
        except OSError:
            report(made=False)
            os._exit(0)
    screen = wintypes.HANDLE(kernel.CreateFileW("CONOUT$", 0xC0000000, 3, None, 3, 0, None))
    for name, number in (("stdout", 1), ("stderr", 2)):
        os.dup2(console, number)
        stream = open(number, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)

    class Screen(ctypes.Structure):
        _fields_ = [
            ("size", wintypes._COORD), ("cursor", wintypes._COORD), ("attributes", wintypes.WORD),
            ("window", wintypes.SMALL_RECT), ("largest", wintypes._COORD),
        ]

    def read_screen():
        # What stands above the cursor; a line that is too long goes on in the next row.
        found, read = Screen(), wintypes.DWORD()
        kernel.GetConsoleScreenBufferInfo(screen, ctypes.byref(found))
        length = found.size.X * (found.cursor.Y + 1)
        text = ctypes.create_unicode_buffer(length + 1)
        begin = wintypes._COORD(0, 0)
        kernel.ReadConsoleOutputCharacterW(screen, text, length, begin, ctypes.byref(read))
        return text.value
"""


@pytest.fixture(params=["fast", "processor"])
def lane(request: pytest.FixtureRequest, tmp_path: Path) -> Lane:
    """Have each lane write by turns."""
    return Lane(request.param, tmp_path)


def run(lane: Lane, script: str) -> Run:
    """Run a script on a console."""
    done = lane.run(BEGIN + script)
    if not done.report.get("made", True):
        pytest.skip("there is no console here, and none can be made")
    return done


@pytest.mark.parametrize("stream", ["stderr", "stdout"])
def test_letters_come_out_as_they_are(lane: Lane, stream: str) -> None:
    """A console shows letters beyond ASCII, whatever its code page is."""
    done = run(
        lane,
        f"""
    kernel.SetConsoleOutputCP(437)
    use(output="{stream}", console_formatter="json")
    log.info("Grüße aus Łódź, Αθήνα", stream="{stream}")
    report(screen=read_screen(), kind=type(sys.{stream}.buffer.raw).__name__)
    """,
    )

    event = f'"event":"Grüße aus Łódź, Αθήνα","stream":"{stream}"'
    assert ("_WindowsConsoleIO", True, (1, 0)) == (
        done.report["kind"],
        event in done.report["screen"],
        done.balance(stream),
    )


def test_lines_stand_in_their_order(lane: Lane) -> None:
    """What the program prints between two lines stands between them."""
    done = run(
        lane,
        """
    use(output="stdout", console_formatter="json")
    log.info("one")
    print("<two>")
    log.info("three")
    print("<four>", flush=True)
    report(screen=read_screen())
    """,
    )

    screen = done.report["screen"]
    places = [screen.rfind(text) for text in ('"one"', "<two>", '"three"', "<four>")]
    assert (sorted(places), True, (2, 0)) == (places, places[0] >= 0, done.balance("stdout"))


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_long_line_is_whole(lane: Lane, unbuffered: str) -> None:
    """A line that is longer than what a console takes at once arrives whole."""
    lane.environment["PYTHONUNBUFFERED"] = unbuffered
    done = run(
        lane,
        """
    if os.environ["PYTHONUNBUFFERED"]:
        sys.stderr = sys.__stderr__ = io.TextIOWrapper(
            open(2, "wb", buffering=0, closefd=False), "utf-8", write_through=True
        )
    use(output="stderr", console_formatter="json")
    log.info("long", text="ü" * 20_000, more="x" * 10_000, last="end of it")
    report(screen=read_screen())
    """,
    )

    screen = done.report["screen"]
    assert ((1, 0), True) == (done.balance("stderr"), '"end of it"}' in screen[-200:])


@not_on_wine("its screen keeps the codes of colours, which its terminal is to obey")
def test_no_code_of_a_colour_is_seen(lane: Lane) -> None:
    """A console obeys the codes of colours, or is sent none."""
    done = run(
        lane,
        """
    use(output="stderr", console_formatter="key_value")
    log.info("in colours")
    report(screen=read_screen())
    """,
    )

    screen = done.report["screen"]
    assert ((1, 0), True, False) == (
        done.balance("stderr"),
        "in colours" in screen,
        "[0m" in screen.rpartition("in colours")[2],
    )
