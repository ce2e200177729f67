"""Programs that `migrate check` leaves to people, and the same as they are with Foundation."""

from __future__ import annotations

#: Name: program, what it prints, the same changed by hand, and what that prints.
BY_HAND: dict[str, tuple[str, list[str], str, list[str]]] = {
    "dict-config": (
        """
        import logging.config

        logging.config.dictConfig({
            "version": 1,
            "formatters": {"short": {"format": "%(levelname)s %(name)s %(message)s"}},
            "handlers": {
                "console": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout",
                            "formatter": "short"},
            },
            "root": {"level": "INFO", "handlers": ["console"]},
            "loggers": {"shop.db": {"level": "WARNING"}},
        })
        logging.getLogger("shop").info("a")
        logging.getLogger("shop.db").info("not written")
        """,
        ["INFO shop a"],
        """
        import logging
        from provide.foundation import configure

        configure(
            level="INFO", format="compact", output="stdout", omit_timestamp=True,
            module_levels={"shop.db": "WARNING"},
        )
        logging.getLogger("shop").info("a")
        logging.getLogger("shop.db").info("not written")
        """,
        ["I shop a"],
    ),
    "json-logger": (
        """
        import logging, sys
        from pythonjsonlogger.json import JsonFormatter

        class Formatter(JsonFormatter):
            def add_fields(self, log_record, record, message_dict):
                super().add_fields(log_record, record, message_dict)
                log_record["region"] = "eu"

        for formatter in (
            JsonFormatter("{levelname}{message}", style="{", rename_fields={"levelname": "level"},
                          static_fields={"team": "shop"}),
            Formatter("{message}", style="{"),
        ):
            handler = logging.StreamHandler(sys.stdout)
            handler.setFormatter(formatter)
            logging.basicConfig(level="INFO", handlers=[handler], force=True)
            logging.getLogger("shop").info("a", extra={"order_id": 1042})
        """,
        ['{"level": "INFO", "message": "a", "team": "shop", "order_id": 1042}',
         '{"message": "a", "order_id": 1042, "region": "eu"}'],
        """
        import logging
        from provide.foundation import configure

        def add_region(_logger, _name, event_dict):
            return {**event_dict, "region": "eu"}

        for options in ({"fields": {"team": "shop"}}, {"processors": [add_region]}):
            configure(format="json", output="stdout", omit_timestamp=True,
                      keys={"event": "message"}, **options)
            logging.getLogger("shop").info("a", extra={"order_id": 1042})
        """,
        ['{"level":"info","logger":"shop","message":"a","team":"shop","order_id":1042}',
         '{"level":"info","logger":"shop","message":"a","order_id":1042,"region":"eu"}'],
    ),
    "structlog-time-and-place": (
        """
        import structlog

        structlog.configure(processors=[
            structlog.processors.TimeStamper(key="ts"),
            structlog.processors.CallsiteParameterAdder(
                [structlog.processors.CallsiteParameter.FUNC_NAME]
            ),
            structlog.processors.JSONRenderer(),
        ])
        structlog.get_logger("shop").info("a")
        """,
        ['{"event": "a", "ts": <seconds>, "func_name": "<module>"}'],
        """
        import structlog
        from provide.foundation import configure

        configure(output="stdout", timestamp="epoch_s", keys={"timestamp": "ts"}, callsite=True)
        structlog.get_logger("shop").info("a")
        """,
        ['{"ts":<seconds>,"level":"info","logger":"shop","event":"a","callsite":{"file":'
         '"program.py","line":6,"function":"<module>"}}'],
    ),
    "structlog-formatter": (
        """
        import logging, sys, structlog
        structlog.stdlib.recreate_defaults()
        structlog.configure(
            processors=[structlog.stdlib.add_log_level,
                        structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            logger_factory=structlog.stdlib.LoggerFactory(),
        )
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.JSONRenderer()],
            foreign_pre_chain=[structlog.stdlib.add_log_level],
        ))
        logging.basicConfig(level="INFO", handlers=[handler], force=True)
        structlog.get_logger("shop").info("a", x=1)
        logging.getLogger("shop").info("b")
        """,
        ['{"x": 1, "event": "a", "level": "info"}', '{"event": "b", "level": "info"}'],
        """
        import logging, structlog
        from provide.foundation import configure

        configure(level="INFO", format="json", output="stdout", omit_timestamp=True)
        structlog.get_logger("shop").info("a", x=1)
        logging.getLogger("shop").info("b")
        """,
        ['{"level":"info","logger":"shop","event":"a","x":1}',
         '{"level":"info","logger":"shop","event":"b"}'],
    ),
    "structlog-async": (
        """
        import asyncio, logging, sys, structlog
        logging.basicConfig(level="INFO", stream=sys.stdout, format="%(message)s")
        structlog.configure(
            processors=[structlog.processors.KeyValueRenderer()],
            wrapper_class=structlog.stdlib.AsyncBoundLogger,
            logger_factory=structlog.stdlib.LoggerFactory(),
        )

        async def main():
            await structlog.get_logger("shop").info("a")

        asyncio.run(main())
        """,
        ["event='a'"],
        """
        import asyncio, structlog
        from provide.foundation import configure

        configure(output="stdout", omit_timestamp=True)

        async def main():
            await structlog.get_logger("shop").ainfo("a")

        asyncio.run(main())
        """,
        ['{"level":"info","logger":"shop","event":"a"}'],
    ),
    "loguru-rest": (
        """
        import asyncio, sys
        from loguru import logger

        logger.configure(
            handlers=[
                {"sink": sys.stdout, "format": "{level} {message} {extra}", "level": "DEBUG"}
            ],
            extra={"team": "shop"},
            patcher=lambda record: record["extra"].update(region="eu"),
            activation=[("noisy", False)],
        )
        logger.info("a")
        logger.patch(lambda record: record["extra"].update(x=1)).info("b")
        logger.opt(lazy=True).debug("c {}", lambda: 6 * 7)
        logger.info("d", 1)
        logger.enable("__main__")

        async def main():
            await logger.complete()

        asyncio.run(main())
        """,
        ["INFO a {'team': 'shop', 'region': 'eu'}",
         "INFO b {'team': 'shop', 'region': 'eu', 'x': 1}",
         "DEBUG c 42 {'team': 'shop', 'region': 'eu'}",
         "INFO d {'team': 'shop', 'region': 'eu'}"],
        """
        from provide.foundation import configure, flush, get_logger, lazy, set_level

        def add_region(_logger, _name, event_dict):
            return {**event_dict, "region": "eu"}

        configure(
            level="DEBUG", output="stdout", omit_timestamp=True, fields={"team": "shop"},
            processors=[add_region], module_levels={"noisy": "OFF"},
        )
        logger = get_logger("shop")
        logger.info("a")
        logger.bind(x=1).info("b")
        logger.debug("c", value=lazy(lambda: 6 * 7))
        logger.info("d")
        set_level("INFO", logger="shop")
        flush()
        """,
        ['{"level":"info","logger":"shop","event":"a","team":"shop","region":"eu"}',
         '{"level":"info","logger":"shop","event":"b","team":"shop","x":1,"region":"eu"}',
         '{"level":"debug","logger":"shop","event":"c","team":"shop","value":42,"region":"eu"}',
         '{"level":"info","logger":"shop","event":"d","team":"shop","region":"eu"}'],
    ),
}  # fmt: skip
