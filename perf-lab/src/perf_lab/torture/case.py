"""What a case is: a scene that a library plays in a process of its own, and checks of its output.

It imports the standard library only, because it is read in the process of every library.
"""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perf_lab.torture.libraries import Library, LogCalls

if TYPE_CHECKING:
    import subprocess

    from perf_lab.torture.judge import Performance

#: The verdict that a promise was kept; any other word says what was broken.
KEPT = "kept"


@dataclass
class Stage:
    """Be what a scene has: a library that is set up, and a record of what its calls did.

    Args:
        library: The library.
        folder: Where the scene may put files; the report goes there.
        log: Its log calls, once it is set up.
        tag: Tells the calls of several threads and processes apart; letters.
    """

    library: Library
    folder: Path
    log: LogCalls = field(default_factory=LogCalls)
    tag: str = "m"
    others: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    parts: list[Stage] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _taken: list[int] = field(default_factory=list)

    @property
    def stream(self) -> str:
        """Return the name of the library's standard stream."""
        return "stdout" if self.library.stream == 1 else "stderr"

    @property
    def count(self) -> int:
        """Return how many calls with marks there were."""
        return len(self._taken)

    @property
    def file(self) -> Path:
        """Return where lines go that go to a file."""
        return Path(os.environ["TORTURE_FILE"])

    def set_up(self, *, to_file: bool = True, form: str = "", **options: Any) -> None:
        """Set the library up, with options that Foundation's configuration has besides."""
        form = form or self.library.forms[0]
        self.log = self.library.set_up(self.file if to_file else None, form == "text", options)

    def part(self, tag: str) -> Stage:
        """Return the stage of one thread, whose calls are numbered apart."""
        part = Stage(self.library, self.folder, self.log, tag)
        self.parts.append(part)
        return part

    def call(self, log: Callable[..., object] | None = None, /, **fields: Any) -> None:
        """Log one line with marks by which a check tells that it is there, and whole."""
        name = self.take()
        self._attempt(log or self.log.info, f"beg-{name}-", **fields, end=f"end-{name}-")

    def calls(self, number: int, **fields: Any) -> None:
        """Log so many of these lines."""
        for _ in range(number):
            self.call(**fields)

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

    def in_threads(
        self, number: int, work: Callable[[Stage], object], meanwhile: Callable[[], object] = bool
    ) -> None:
        """Do work in so many threads at once, each with a stage of its own."""
        parts = [self.part(f"t{chr(97 + n // 26)}{chr(97 + n % 26)}") for n in range(number)]
        threads = [threading.Thread(target=work, args=(part,)) for part in parts]
        for thread in threads:
            thread.start()
        meanwhile()
        for thread in threads:
            thread.join()

    def report(self) -> None:
        """Write down what the calls did and what the library says of itself."""
        stages = [self, *self.parts]
        facts = {
            "calls": {stage.tag: stage.count for stage in stages},
            "others": sum(stage.others for stage in stages),
            "raised": sum((stage.raised for stage in stages), Counter()),
            "counted": self.log.counted(),
            **self.facts,
        }
        (self.folder / "report.json").write_text(json.dumps(facts))


#: Plays; what it returns is what it has seen to be broken.
Scene = Callable[[Stage], "str | None"]
#: Says what is broken in an output; empty: nothing.
Check = Callable[["Performance"], str]


@dataclass(frozen=True)
class Case:
    """Describe one case.

    Args:
        promise: The number of the promise in docs/guarantees.
        name: The scene's name.
        title: One line for the table: the scene's docstring.
        module: The module that has it.
        scene: Runs in the library's process.
        checks: Say what came of it, one after the other.
        output: ``file``; ``none``, where nothing is set up; or what the library's standard stream
            leads to: see `wiring.py`.
        form: ``any`` format that the library has, ``json`` or ``text`` only.
        only: The libraries that can take part; all if empty.
        options: What Foundation is configured with besides.
        watch: Whether the library is to follow a file that others rotate, if it can.
        players: How many processes play it at once, on one output.
        quick: Whether it is one of the few that the test suite plays.
        raising: Whether calls may raise.
        dying: Whether the process may end as it likes.
        tests: Of the suite, if the scene is nothing but these.
        limit_s: Seconds without progress after which a process hangs.
        during: What the parent does meanwhile, given the process and its folder.
    """

    promise: int
    name: str
    title: str
    module: str
    scene: Scene
    checks: tuple[Check, ...]
    output: str = "file"
    form: str = "any"
    only: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    watch: bool = False
    players: int = 1
    quick: bool = False
    raising: bool = False
    dying: bool = False
    tests: tuple[str, ...] = ()
    limit_s: float = 4.0
    during: Callable[[subprocess.Popen[bytes], Path], None] | None = None

    def form_of(self, library: Library) -> str:
        """Return the format in which a library plays it."""
        return library.forms[0] if self.form == "any" else self.form

    def missing_reason(self, library: Library) -> str:
        """Say why a library does not take part; empty if it does."""
        if self.only and library.name not in self.only:
            return "-"
        if self.form_of(library) not in library.forms:
            return f"no {'JSON' if self.form == 'json' else 'text'}"
        return "" if os.path.exists(library.python) else "not here"


#: Every case that has been imported, by its name.
CASES: dict[str, Case] = {}


def case(
    promise: int, *checks: Check, argument: Any = None, **details: Any
) -> Callable[[Any], Any]:
    """Make a scene a case; its name and its docstring are the case's, if nothing else is said.

    Args:
        promise: The number of the promise.
        checks: What its output must pass.
        argument: For a scene of several cases: what it takes besides the stage.
        details: Of `Case`.

    Raises:
        ValueError: The name is taken.
    """

    def register(scene: Any) -> Any:
        about = {"name": scene.__name__, "title": scene.__doc__, **details}
        about["title"] = about["title"].strip().rstrip(".")
        if about["name"] in CASES:
            raise ValueError(f"two cases are called {about['name']}")
        play: Scene = scene if argument is None else lambda stage: scene(stage, argument)
        module = scene.__module__
        CASES[about["name"]] = Case(promise, checks=checks, scene=play, module=module, **about)
        return scene

    return register
