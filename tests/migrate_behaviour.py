"""Programs for the verdicts of `migrate check`: what works, and what works differently."""

from __future__ import annotations

HEADS = {
    "logging": """
import logging, logging.config, logging.handlers, sys
logging.basicConfig(level=10, stream=sys.stdout, format="%(levelname)s %(message)s")
""",
    "structlog": """
import structlog, sys
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.add_log_level,
        lambda _, __, event: f"{event.pop('level').upper()} {event.pop('event')} {event or ''}",
    ],
)
""",
}
OURS = """
import logging, logging.config, logging.handlers, sys, structlog
from provide.foundation import configure
configure(level="DEBUG", output="stdout")
"""

#: Programs that say the same with their library and with ours.
SAME: dict[str, tuple[str, str]] = {
    "logging-calls": (
        "logging",
        """
log = logging.getLogger("shop")
log.debug("a %s", 1); log.info("b"); log.warning("c"); log.error("d"); log.critical("e")
log.getChild("cart").info("%(x)s", {"x": 1}); log.info("f", extra={"user": "kim"})
log.log(logging.INFO, "g"); log.fatal("h"); logging.info("i %d", 2); logging.log(30, "j")
logging.LoggerAdapter(log, {"tenant": "acme"}).info("k")
logging.LoggerAdapter(log, {}).log(logging.ERROR, "k2")
logging.info(f"l {1 + 1}")
log.setLevel(logging.ERROR); log.info("not written"); log.error("m")
""",
    ),
    "logging-filters": (
        "logging",
        """
class Filter(logging.Filter):
    def filter(self, record):
        record.msg = record.msg.replace("hunter2", "***")
        return "noise" not in record.msg

log = logging.getLogger("shop")
log.addFilter(Filter())
log.info("password hunter2"); log.info("noise"); log.info("a")
logging.captureWarnings(True)
""",
    ),
    "logging-handlers": (
        "logging",
        """
import io
text = io.StringIO()
log = logging.getLogger("shop")

class Own(logging.Handler):
    def emit(self, record):
        text.write(f"INFO own {record.getMessage()}\\n")

class OwnFormatter(logging.Formatter):
    def format(self, record):
        return "INFO formatted " + record.getMessage()

stream = logging.StreamHandler(text)
stream.setFormatter(OwnFormatter())
for handler in (
    logging.FileHandler("a.log"), logging.handlers.WatchedFileHandler("b.log"),
    logging.handlers.RotatingFileHandler("c.log"),
    logging.handlers.TimedRotatingFileHandler("d.log"),
):
    log.addHandler(handler)
log.addHandler(stream)
log.addHandler(logging.NullHandler())
memory = logging.handlers.MemoryHandler(10, target=Own())
log.addHandler(memory)
buffer = logging.handlers.BufferingHandler(10)
log.addHandler(buffer)
log.info("a")
memory.flush()
print("INFO buffer", len(buffer.buffer))
print(text.getvalue(), end="")
for name in "abcd":
    print("INFO file", open(f"{name}.log").read(), end="")
logging.shutdown()
log.handlers = []
log.info("b")
""",
    ),
    "logging-classes": (
        "logging",
        """
class Logger(logging.Logger):
    def note(self, message):
        self._log(20, "note: " + message, ())

logging.setLoggerClass(Logger)
logging.getLogger("shop.note").note("a")
before = logging.getLogRecordFactory()

def make(*args, **kwargs):
    record = before(*args, **kwargs)
    record.msg = f"made {record.msg}"
    return record

logging.setLogRecordFactory(make)
logging.getLogger("shop").info("b")
""",
    ),
    "structlog": (
        "structlog",
        """
log = structlog.get_logger("shop")
log.debug("a"); log.info("b", x=1); log.msg("c"); log.warning("d %s", 1); log.error("e")
log.bind(x=1).new(y=2).info("f"); log.bind(x=1, y=2).unbind("x").try_unbind("z").info("g")
log.log(20, "h"); structlog.stdlib.get_logger("shop").info("i"); structlog.getLogger().info("j")
structlog.contextvars.bind_contextvars(r=1); log.info("k")
structlog.contextvars.unbind_contextvars("r"); log.info("l")
with structlog.contextvars.bound_contextvars(q=2):
    print("INFO", structlog.contextvars.get_contextvars())
    print("INFO", structlog.contextvars.get_merged_contextvars(log))
    log.info("m")
tokens = structlog.contextvars.bind_contextvars(s=3)
structlog.contextvars.reset_contextvars(**tokens)
structlog.contextvars.clear_contextvars(); log.info("n")
with structlog.testing.capture_logs() as lines:
    log.info("o", x=1)
print("INFO", sorted(lines[0].items()))
capture = structlog.testing.LogCapture()
processors = structlog.get_config()["processors"]
structlog.configure(processors=[capture]); log.info("p")
print("INFO", [line["event"] for line in capture.entries])
structlog.configure(processors=processors)
structlog.wrap_logger(structlog.PrintLogger()).info("q")
""",
    ),
}

#: Programs, what they print with their library, and with ours.
OTHER: dict[str, tuple[str, str, list[str] | None, list[str] | None]] = {
    "custom-level": (
        "logging",
        "logging.addLevelName(25, 'NOTICE'); logging.log(25, 'a')",
        ["NOTICE a"],
        ["INFO a {'stdlib_level': 'NOTICE'}"],
    ),
    "later-handler": (
        "logging",
        """
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(logging.Formatter("INFO again %(message)s"))
handler.setLevel(20)
logging.getLogger("shop").addHandler(handler)
logging.getLogger("shop").info("a")
""",
        ["INFO a", "INFO again a"],
        ["INFO a"],
    ),
    "set-aside": (
        "logging",
        """
handler = logging.StreamHandler(sys.stdout)
handler.setLevel(50)
logging.getLogger("shop").addHandler(handler)
from provide.foundation import configure; configure(level="DEBUG", output="stdout")
logging.getLogger("shop").removeHandler(handler)
logging.getLogger("shop").info("a")
""",
        None,
        ["INFO a"],
    ),
    "queue": (
        "logging",
        """
import queue
lines = queue.Queue()
log = logging.getLogger("shop")
log.addHandler(logging.handlers.QueueHandler(lines))
listener = logging.handlers.QueueListener(lines, logging.StreamHandler(sys.stdout))
from provide.foundation import configure; configure(level="DEBUG", output="stdout")
log.info("a")
print("INFO waiting", lines.qsize())
""",
        None,
        ["INFO a", "INFO waiting 0"],
    ),
    "root-level": (
        "logging",
        """
from provide.foundation import get_logger
logging.getLogger().setLevel(logging.ERROR)
logging.getLogger("shop").info("a")
get_logger("shop").info("b")
""",
        None,
        ["INFO b"],
    ),
    "disable": (
        "logging",
        """
from provide.foundation import get_logger
logging.disable(logging.INFO)
logging.getLogger("shop").info("a")
get_logger("shop").info("b")
""",
        None,
        ["INFO b"],
    ),
    "is-enabled": (
        "logging",
        """
from provide.foundation import get_logger
configure(level="ERROR", module_levels={"noisy": "DEBUG"}, output="stdout")
print(logging.getLogger("shop").isEnabledFor(10), get_logger("shop").isEnabledFor(10))
logging.getLogger("shop").debug("a")
""",
        None,
        ["True False"],
    ),
    "propagate": (
        "logging",
        """
logging.getLogger("shop").propagate = False
logging.getLogger("shop").info("a")
""",
        [],
        [],
    ),
    "structlog-level": (
        "structlog",
        "structlog.get_logger('shop').log(25, 'a')",
        None,
        ["ERROR a {'level_': 25}"],
    ),
    "structlog-threadlocal": (
        "structlog",
        "import structlog.threadlocal as t\nt.bind_threadlocal(x=1)\n"
        "structlog.get_logger().info('a')",
        None,
        ["INFO a"],
    ),
    "structlog-wrapped": (
        "structlog",
        """
structlog.wrap_logger(
    structlog.PrintLogger(), processors=[structlog.processors.KeyValueRenderer()]
).info("a")
structlog.wrap_logger(
    structlog.PrintLogger(), wrapper_class=structlog.BoundLogger, processors=[lambda *_: "b"]
).info("b")
""",
        None,
        ["INFO event='a'", "b"],
    ),
    "structlog-after": (
        "structlog",
        "structlog.reset_defaults()\nstructlog.configure(processors=[lambda *_: 'a'])\n"
        "structlog.get_logger().info('a')",
        None,
        ["a"],
    ),
    "structlog-capturing": (
        "structlog",
        """
factory = structlog.testing.CapturingLoggerFactory()
structlog.configure(logger_factory=factory)
structlog.get_logger().info("a")
print(len(factory.logger.calls))
""",
        None,
        ["0", "INFO a"],
    ),
}  # fmt: skip
