"""What a case is: a scene that a library plays in a process of its own, and a judge of its output.

It imports the standard library only, because it is read in the process of every library.
"""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess

    from perf_lab.torture.libraries import LogCalls

#: A judge's word for a promise that was kept; any other word says what was broken.
KEPT = "kept"


@dataclass
class Stage:
    """Be what a scene has: a library that is set up, and a record of what its calls did.

    Args:
        log: The library.
        folder: Where the scene may put files; the report goes there.
    """

    log: LogCalls
    folder: Path
    tag: str = "m"
    others: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    parts: list[Stage] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _taken: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Return how many calls with marks there were."""
        return len(self._taken)

    @property
    def file(self) -> Path:
        """Return where lines go that go to a file."""
        return Path(os.environ.get("TORTURE_FILE", self.folder / "app.log"))

    def part(self, tag: str) -> Stage:
        """Return the stage of one thread, whose calls are numbered apart; `tag` is letters."""
        part = Stage(self.log, self.folder, tag)
        self.parts.append(part)
        return part

    def call(self, **fields: Any) -> None:
        """Log one line with marks by which the judge tells that it is there, and whole."""
        name = self.take()
        self._attempt(self.log.info, f"beg-{name}-", **fields, end=f"end-{name}-")

    def take(self) -> str:
        """Return the name of the next call; a signal handler may come in between at any point."""
        number = next(self._numbers)
        self._taken.append(number)
        return f"{self.tag}{number}"

    def attempt(self, function: Callable[..., object], *args: Any, **fields: Any) -> None:
        """Log one line without marks, and note what that raises."""
        self.others += 1
        self._attempt(function, *args, **fields)

    def _attempt(self, function: Callable[..., object], *args: Any, **fields: Any) -> None:
        try:
            function(*args, **fields)
        except Exception as error:  # what a library raises is the result
            self.raised[type(error).__name__] += 1

    def in_threads(self, number: int, work: Callable[[Stage], None]) -> None:
        """Do work in so many threads at once, each with a stage of its own."""
        threads = [
            threading.Thread(target=work, args=(self.part(_letters(n)),)) for n in range(number)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def report(self) -> None:
        """Write down what the calls did and what the library says of itself."""
        stages = [self, *self.parts]
        raised: Counter[str] = sum((stage.raised for stage in stages), Counter())
        facts = {
            "calls": {stage.tag: stage.count for stage in stages},
            "others": sum(stage.others for stage in stages),
            "raised": dict(raised),
            "counted": self.log.counted(),
            **self.facts,
        }
        (self.folder / "report.json").write_text(json.dumps(facts))


def _letters(number: int) -> str:
    return "t" + chr(97 + number // 26) + chr(97 + number % 26)


@dataclass
class Performance:
    """Hold what a scene left behind.

    Args:
        library: Who played it.
        json: Whether its lines are to be JSON.
        status: How its process ended; negative for a signal.
        hung: Whether it had to be stopped.
        data: The bytes of its output.
        aside: What it wrote to its other standard stream.
        folder: Where its files are.
        facts: Its report; empty if it did not come to that.
    """

    library: str
    json: bool
    status: int = 0
    hung: bool = False
    data: bytes = b""
    aside: bytes = b""
    folder: Path = Path()
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ours(self) -> bool:
        """Say whether Foundation played it."""
        return self.library == "foundation"


Scene = Callable[[Stage], None]
Judge = Callable[[Performance], str]
During = Callable[["subprocess.Popen[bytes]", Path], None]


@dataclass(frozen=True)
class Case:
    """Describe one case.

    Args:
        name: The scene's name.
        promise: The number of the promise in docs/guarantees.
        title: One line for the table: the scene's docstring.
        scene: Runs in the library's process.
        judge: Says what came of it.
        output: ``file``, ``stream`` (the library's standard stream) or ``none``: not set up.
        form: ``any`` format that the library has, ``json`` or ``text`` only.
        wiring: What the stream leads to; see `process.py`.
        only: The libraries that can take part; all if empty.
        options: What Foundation is configured with besides.
        watch: Whether the library is to follow a file that others rotate, if it can.
        players: How many processes play it at once, on one output.
        quick: Whether it is one of the few that the test suite plays.
        limit_s: Seconds without progress after which a process hangs.
        during: What the parent does meanwhile, given the process and the folder.
    """

    name: str
    promise: int
    title: str
    scene: Scene
    judge: Judge
    output: str = "file"
    form: str = "any"
    wiring: str = "pipe"
    only: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    watch: bool = False
    players: int = 1
    quick: bool = False
    limit_s: float = 4.0
    during: During | None = None


#: Every case by its name, in the order of their files.
CASES: dict[str, Case] = {}


def case(promise: int, judge: Judge, **details: Any) -> Callable[[Scene], Scene]:
    """Make a scene a case; its docstring becomes the title."""

    def register(scene: Scene) -> Scene:
        name = scene.__name__
        if name in CASES:
            raise ValueError(f"two cases are called {name}")
        title = (scene.__doc__ or "").strip().rstrip(".")
        CASES[name] = Case(name, promise, title, scene, judge, **details)
        return scene

    return register
