"""Programs whose changes `migrate check` shows, with what they print before and after."""

from __future__ import annotations

from typing import Any

#: Name: program, what it prints with its own library, and the lines that it writes with ours.
EXAMPLES: dict[str, tuple[str, list[str] | None, list[dict[str, Any]]]] = {
    "logging-basic-config": (
        """
        import logging

        logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(message)s")
        log = logging.getLogger("shop")
        log.debug("cart %s", 7)
        log.warning("late")
        """,
        ["DEBUG cart 7", "WARNING late"],
        [{"level": "debug", "event": "cart 7"}, {"level": "warning", "event": "late"}],
    ),
    "logging-basic-config-without-level": (
        """
        import logging
        import sys

        logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s")
        logging.info("not written")
        logging.error("written")
        """,
        ["ERROR written"],
        [{"level": "error", "event": "written"}],
    ),
    "logging-formatted": (
        """
        import logging
        import sys

        logging.basicConfig(level="INFO", stream=sys.stdout, format="%(levelname)s %(message)s")
        log = logging.getLogger("shop")
        order, user = 1042, {"name": "kim"}
        log.info(f"order {order} placed by {user['name']!r}")
        log.info("order %d shipped" % order)
        log.warn("order {} is late".format(order))
        log.warn("late")
        try:
            1 / 0
        except ZeroDivisionError:
            log.exception(f"no refund for order={order}.")
        """,
        None,
        [
            {"level": "info", "event": "order 1042 placed by 'kim'"},
            {"level": "info", "event": "order shipped", "order": 1042},
            {"level": "warning", "event": "order is late", "order": 1042},
            {"level": "warning", "event": "late"},
            {"level": "error", "event": "no refund for", "order": 1042,
             "exception": "ZeroDivisionError"},
        ],
    ),
    "structlog-formatted": (
        """
        import structlog

        log = structlog.get_logger("shop")
        structlog.configure(processors=[structlog.processors.JSONRenderer(sort_keys=True)])
        order = 1042
        log.bind(a=1).info(f"order {order} placed", b=2)
        log.info(f"order {order} placed", order=7)
        """,
        ['{"a": 1, "b": 2, "event": "order 1042 placed"}',
         '{"event": "order 1042 placed", "order": 7}'],
        [
            {"level": "info", "event": "order placed", "a": 1, "order": 1042, "b": 2},
            {"level": "info", "event": "order 1042 placed", "order": 7},
        ],
    ),
    "structlog-configure": (
        """
        import logging
        import structlog

        def add_region(logger, method_name, event_dict):
            event_dict["region"] = "eu"
            return event_dict

        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.PositionalArgumentsFormatter(),
                structlog.processors.add_log_level,
                structlog.processors.StackInfoRenderer(),
                structlog.dev.set_exc_info,
                structlog.processors.dict_tracebacks,
                structlog.processors.UnicodeDecoder(),
                structlog.processors.EventRenamer("message"),
                add_region,
                structlog.processors.JSONRenderer(sort_keys=True),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            context_class=dict,
            logger_factory=structlog.PrintLoggerFactory(),
            cache_logger_on_first_use=True,
        )
        log = structlog.get_logger("shop")
        structlog.contextvars.bind_contextvars(request_id="r-1")
        log.debug("not written")
        log.info("order_placed", order_id=1042)
        """,
        ['{"level": "info", "message": "order_placed", "order_id": 1042, "region": "eu", '
         '"request_id": "r-1"}'],
        [{"level": "info", "message": "order_placed", "request_id": "r-1", "order_id": 1042,
          "region": "eu"}],
    ),
    "loguru": (
        """
        import sys
        from loguru import logger
        import json

        logger.remove()
        logger.add(sys.stderr, level="INFO", format="{level} {message}")

        order, user = 1042, {"name": "kim"}
        logger.debug("not written")
        logger.info("started")
        logger.info("order {} placed by {name}", order, name=user["name"])
        logger.info("{}", order)
        logger.success("order {} shipped", order)
        logger.success("done")
        logger.warning(f"order {order} is late")
        logger.log("WARNING", "order {} is lost", order)
        logger.opt(depth=0).info("here")
        with logger.contextualize(request_id="r-1"):
            logger.info("in context")
        logger.bind(a=1).info("bound")
        try:
            1 / 0
        except ZeroDivisionError as error:
            logger.opt(exception=error).info("no refund for {}", order)
        """,
        None,
        [
            {"level": "info", "event": "started"},
            {"level": "info", "event": "order placed by", "name": "kim", "order": 1042},
            {"level": "info", "event": "1042"},
            {"level": "info", "event": "order shipped", "order": 1042},
            {"level": "info", "event": "done"},
            {"level": "warning", "event": "order is late", "order": 1042},
            {"level": "warning", "event": "order is lost", "order": 1042},
            {"level": "info", "event": "here"},
            {"level": "info", "event": "in context", "request_id": "r-1"},
            {"level": "info", "event": "bound", "a": 1},
            {"level": "info", "event": "no refund for", "order": 1042,
             "exception": "ZeroDivisionError"},
        ],
    ),
    "loguru-catch": (
        """
        from loguru import logger

        @logger.catch
        def divide():
            1 / 0

        @logger.catch(ZeroDivisionError, message="no division", level="WARNING")
        def divide_again():
            1 / 0

        divide()
        divide_again()
        with logger.catch(exception=ValueError, reraise=False):
            int("x")
        logger.disable("__main__")
        logger.error("not written")
        """,
        None,
        [
            {"level": "error", "event": "exception caught", "function": "divide",
             "exception": "ZeroDivisionError"},
            {"level": "warning", "event": "no division", "function": "divide_again",
             "exception": "ZeroDivisionError"},
            {"level": "error", "event": "exception caught", "function": "<module>",
             "exception": "ValueError"},
        ],
    ),
}  # fmt: skip

#: With the older project, which cannot be installed beside this one: recorded from 0.4.10.
OLDER = """
from provide.foundation import LoggingConfig, TelemetryConfig, get_hub, timed_block
from provide.foundation.logger import get_logger

get_hub().initialize_foundation(
    TelemetryConfig(
        service_name="shop",
        logging=LoggingConfig(default_level="DEBUG", console_formatter="json"),
    ),
    force=True,
)
log = get_logger("shop.orders")
log.info("order_placed", order_id=1042)
log.bind(a=1).warning(f"order {log} is late") if log.is_trace_enabled() else None
get_hub().get_foundation_logger("shop").info("order %s shipped", 1042)
order_id = 1042
log.info(f"order {order_id} is late")
with timed_block(log, "query", table="orders"):
    pass
"""
