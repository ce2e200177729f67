"""How `migrate check` finds out what a name is: what it follows, and what it calls unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

import migrate_programs as programs
from provide.foundation._migrate.check import Checker
from provide.foundation._migrate.rules.rule import Verdict

FOLLOWED = {
    "import": "import logging\nlog = logging.getLogger()\nlog.warning('x')",
    "import-as": "import logging as l\nl.getLogger('a').warning('x')",
    "from-import": "from logging import getLogger\ngetLogger('a').warning('x')",
    "from-import-as": "from logging import getLogger as g\nlog = g(__name__)\nlog.warning('x')",
    "star": "from logging import *\ngetLogger('a').warning('x')",
    "function-import": "def f():\n    import logging\n    logging.getLogger('a').warning('x')",
    "chain-of-names": "import logging\na = logging\nb = a.getLogger\nc = d = b()\nd.warning('x')",
    "child": "import logging\nlogging.getLogger('a').getChild('b').warning('x')",
    "root": "import logging\nlogging.root.warning('x')",
    "annotation": "import logging\ndef f(log: logging.Logger): log.warning('x')",
    "text-annotation": "from logging import Logger\ndef f(log: 'Logger | None'): log.warning('x')",
    "optional": "import logging, typing as t\ndef f(x: t.Optional[logging.Logger]): x.warning('x')",
    "annotated-name": "import logging\nlog: logging.Logger\nlog.warning('x')",
    "cast": "import logging\nfrom typing import cast\nlog = cast(logging.Logger, f())\n"
    "log.warning('x')",
    "walrus": "import logging\nif (log := logging.getLogger()):\n    log.warning('x')",
    "walrus-in-list": "import logging\n[log := logging.getLogger() for _ in (1,)]\n"
    "log.warning('x')",
    "choice": "import logging\nlog = logging.getLogger('a') if x else logging.getLogger('b')\n"
    "log.warning('x')",
    "two-of-a-kind": "import logging\nlog = logging.getLogger()\n"
    "log = logging.getLogger('a') if x else log\nlog.warning('x')",
    "made-of-itself": "import logging\nlog = logging.getLogger('a')\nlog = log.getChild('b')\n"
    "log.warning('x')",
    "or": "import logging\nlog = None or logging.getLogger('a')\nlog.warning('x')",
    "none-first": "import logging\nlog = None\nlog = logging.getLogger()\nlog.warning('x')",
    "global": "import logging\nlog = None\ndef f():\n    global log\n"
    "    log = logging.getLogger()\ndef g():\n    log.warning('x')",
    "nonlocal": "import logging\ndef f():\n    log = None\n    def g():\n        nonlocal log\n"
    "        log = logging.getLogger()\n    log.warning('x')",
    "try-import": "try:\n    import logging\nexcept ImportError:\n    logging = None\n"
    "logging.getLogger().warning('x')",
    "self": "import logging\nclass A:\n    def __init__(self):\n"
    "        self.log = logging.getLogger()\n    def f(self):\n        self.log.warning('x')",
    "self-of-another-name": "import logging\nclass A:\n    def __init__(this):\n"
    "        this.log = logging.getLogger()\n    def f(me):\n        me.log.warning('x')",
    "annotated-self": "import logging\nclass A:\n    def __init__(self, log):\n"
    "        self.log: logging.Logger = log\n    def f(self):\n        self.log.warning('x')",
    "class-attribute": "import logging\nclass A:\n    log = logging.getLogger()\n"
    "    def f(self):\n        self.log.warning('x')\n    @classmethod\n    def g(cls): pass",
    "class-attribute-from-outside": "import logging\nclass A:\n    log = logging.getLogger()\n"
    "A.log.warning('x')",
    "class-attribute-of-its-own-name": "import logging\nlog = logging.getLogger()\nclass A:\n"
    "    log = log\n    def f(self):\n        self.log.warning('x')",
    "base-class": "import logging\nclass A:\n    log = logging.getLogger()\nclass B(A):\n"
    "    def f(self):\n        self.log.warning('x')",
    "object": "import logging\nclass A:\n    log = logging.getLogger()\na = A()\n"
    "a.log.warning('x')",
    "closure": "import logging\nclass A:\n    def f(self):\n"
    "        self.log = logging.getLogger()\n        return lambda: self.log.warning('x')",
    "property": "import logging\nclass A:\n    @property\n    def log(self):\n"
    "        return logging.getLogger()\n    def f(self):\n        self.log.warning('x')",
    "cached-property": "import functools, logging\nclass A:\n    @functools.cached_property\n"
    "    def log(self):\n        return logging.getLogger()\n    def f(self):\n"
    "        self.log.warning('x')",
    "function": "import logging\ndef make(name):\n    return logging.getLogger(name)\n"
    "log = make('a')\nlog.warning('x')",
    "cached-function": "import functools, logging\n@functools.lru_cache(maxsize=None)\n"
    "def make():\n    return logging.getLogger()\nmake().warning('x')",
    "several-lines": "import logging\n(\n    logging\n    .getLogger('a')\n    .warning('x')\n)",
}  # fmt: skip

UNKNOWN = {
    "parameter": ("def f(log):\n    log.info('x')", "a parameter"),
    "made-of-itself": (
        "import logging\nlog = logging.getLogger()\nlog = log.other()\nlog.info('x')",
        "logging.Logger, or what logging.Logger.other returns"),
    "parameter-over-module": (
        "import logging\nlog = logging.getLogger()\ndef f(log):\n    log.info('x')", "a parameter"),
    "parameter-or-logger": (
        "import logging\ndef f(log=None):\n    log = log or logging.getLogger()\n    log.info('x')",
        "a parameter, or logging.Logger"),
    "attribute": ("class A:\n    def f(self):\n        self.log.info('x')",
                  "an attribute of an object"),
    "attribute-of-parameter": ("def f(app):\n    app.logger.info('x')",
                               "an attribute of a parameter"),
    "other-import": ("from flask import logger\nlogger.info('x')", "an import of flask.logger"),
    "nobody": ("log.info('x')", "the name log"),
    "loop": ("for log in logs:\n    log.info('x')", "a loop"),
    "comprehension": (
        "import logging\nlog = logging.getLogger()\n[log.info('x') for log in logs]", "a loop"),
    "with": ("with f() as log:\n    log.info('x')", "a with block"),
    "call": ("log = make()\nlog.info('x')", "what make returns"),
    "decorated": ("import logging\n@wrapped\ndef make():\n    return logging.getLogger()\n"
                  "log = make()\nlog.info('x')", "what a function returns"),
    "coroutine": ("import logging\nasync def make():\n    return logging.getLogger()\n"
                  "log = make()\nlog.info('x')", "what a function returns"),
    "one-of-two": (
        "try:\n    from loguru import logger\nexcept ImportError:\n    import logging\n"
        "    logger = logging.getLogger()\nlogger.info('x')",
        "logging.Logger, or loguru.Logger"),
    "unpacked": ("log, x = f()\nlog.info('x')", "one of several"),
    "static-method": ("import logging\nclass A:\n    log = logging.getLogger()\n"
                      "    @staticmethod\n    def f(self):\n        self.log.info('x')",
                      "an attribute of a parameter"),
    "circle": ("log = log2\nlog2 = log\nlog.info('x')", "a circle of names"),
}  # fmt: skip

NOT_MEANT = {
    "own-method": "class Log:\n    def info(self, x): pass\nlog = Log()\nlog.info('x')",
    "own-class": "class A:\n    def info(self, x): pass\n    def f(self):\n        self.info('x')",
    "other-object": "def f(messages):\n    messages.info('x')",
    "mathematics": "import math\nmath.log(2)",
    "named-like-it": "class logging:\n    basicConfig = dict\nlogging.basicConfig()",
    "shadowed": "import logging\ndef f(logging):\n    logging.basicConfig()",
    "text": "x = 'logging.basicConfig()'",
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_names_that_are_followed(name: str, tmp_path: Path) -> None:
    """The logger behind a name is found, and nothing besides is unknown."""
    found = programs.names(tmp_path, FOLLOWED[name])

    calls = [each.replace("RootLogger", "Logger") for each in found if each.endswith("warning")]
    assert ["logging.Logger.warning"] == calls
    assert [] == [each for each in found if each.startswith("?")]


@pytest.mark.parametrize("name", UNKNOWN)
def test_names_that_are_unknown(name: str, tmp_path: Path) -> None:
    """What cannot be followed is said to be unknown, with the reason, and not guessed."""
    source, reason = UNKNOWN[name]
    calls = [each for each in programs.find(tmp_path, source) if each.name.endswith(".info")]

    assert [(Verdict.UNKNOWN, f"nothing says what it is: {reason}")] == [
        (each.verdict, each.why) for each in calls
    ]


@pytest.mark.parametrize("name", NOT_MEANT)
def test_names_that_are_not_meant(name: str, tmp_path: Path) -> None:
    """Names that only look like those of a library are no findings."""
    assert [] == programs.names(tmp_path, NOT_MEANT[name])


@pytest.mark.parametrize(
    ("files", "checked"),
    [
        pytest.param(
            {"app/__init__.py": "", "app/log.py": "import logging\nlog = logging.getLogger()",
             "app/web/__init__.py": "", "app/web/a.py": "from ..log import log\nlog.info('x')"},
            "app/web/a.py", id="relative",
        ),
        pytest.param(
            {"src/app/__init__.py": "from app.log import get_log",
             "src/app/log.py": "import logging\ndef get_log(n): return logging.getLogger(n)",
             "src/app/a.py": "from app import get_log\nlog = get_log(1)\nlog.info('x')"},
            "src/app/a.py", id="through-a-package",
        ),
        pytest.param(
            {"log.py": "import logging\nlog = logging.getLogger()",
             "folder/a.py": "from log import log as logger\nlogger.info('x')"},
            "folder/a.py", id="from-the-top",
        ),
        pytest.param(
            {"a.py": "from b import log\nlog.info('x')", "b.py": "from a import log as log2\n"
             "import logging\nlog = logging.getLogger()"},
            "a.py", id="circle-of-modules",
        ),
    ],
)  # fmt: skip
def test_names_of_other_modules(files: dict[str, str], checked: str, tmp_path: Path) -> None:
    """A logger that another module of the code base has made is known."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = Checker([str(tmp_path)]).check(str(tmp_path / checked)).findings

    assert "logging.Logger.info" == found[-1].name.replace("RootLogger", "Logger")


def test_modules_elsewhere_are_not_read(tmp_path: Path) -> None:
    """No file beside the paths that are given is read to find out what a name is."""
    (tmp_path / "log.py").write_text("import logging\nlog = logging.getLogger()")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").write_text("from ..log import log\nlog.info('x')")
    (finding,) = Checker([str(tmp_path / "app")]).check(str(tmp_path / "app" / "a.py")).findings

    assert Verdict.UNKNOWN is finding.verdict


def test_line_of_a_chain_of_calls(tmp_path: Path) -> None:
    """A call in a chain over several lines has the line of its own name."""
    found = programs.find(tmp_path, FOLLOWED["several-lines"])

    assert [4, 5] == [each.line for each in found]


@pytest.mark.parametrize(
    ("message", "event"),
    [
        pytest.param('f"order {order} placed"', "order placed", id="in-the-middle"),
        pytest.param('f"{order} placed"', "placed", id="in-front"),
        pytest.param('f"order placed: {order!r}."', "order placed", id="behind-a-colon"),
        pytest.param('f"took {order:.1f}ms; slow"', "took; slow", id="with-a-unit"),
        pytest.param('f"done (order={order})"', "done", id="in-brackets"),
        pytest.param('f"done (rate = {order} %) again"', "done again", id="with-more-in-brackets"),
        pytest.param('f"{order=} lost"', "lost", id="named-by-itself"),
        pytest.param("f\"[web] order '{order}' lost\"", "[web] order lost", id="in-quotes"),
        pytest.param('f"{order}: {order}"', None, id="nothing-left"),
        pytest.param('f"order {order} {len(x)}"', None, id="value-without-a-name"),
        pytest.param('f"order {order.level} lost"', None, id="name-of-a-member"),
        pytest.param('f"order {a.name} {b.name} lost"', None, id="two-of-one-name"),
        pytest.param(f'f"order {" " * 500_000} {{order}}"', None, id="far-too-long"),
        pytest.param(f'"order %{"0" * 500_000} %s" % order', None, id="percent-and-too-long"),
        pytest.param('"order %s lost" % order', "order lost", id="percent"),
        pytest.param('"order %(a)s lost" % order', None, id="percent-with-names"),
        pytest.param('"order {} lost".format(order)', "order lost", id="format"),
        pytest.param('"order {0} {0} lost".format(order)', "order lost", id="format-by-number"),
        pytest.param('"order {a.b} lost".format(a=order)', None, id="format-with-attribute"),
    ],
)
def test_events_from_messages(message: str, event: str | None, tmp_path: Path) -> None:
    """What is left of a message without its values is the event, where the values have names."""
    source = f"import structlog\norder = 1\nstructlog.get_logger().info({message})\n"
    (finding,) = [
        each for each in programs.find(tmp_path, source) if each.verdict is Verdict.BETTER
    ]

    shown = f'structlog.get_logger().info("{event}", order=order)' if event else None
    assert shown == (finding.after[0] if finding.after else None)
