"""Programs that log the same three calls with loggers of other people, for the viewer to read.

Each logs an order with two fields, a slow query with a text that has to be escaped, and a failure
with its exception. `write.py` runs them and keeps what they wrote.
"""

from __future__ import annotations

_FAILING = """
def charge():
    raise ValueError("no answer from the card terminal")

SLOW = 'slow "query" ü'
FIELDS = {"order_id": 1042, "user": {"plan": "pro"}}
"""

#: By name: a Python program that writes lines on standard output.
PYTHON = {
    "structlog": """
import structlog
structlog.configure(processors=[
    structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()])
log = structlog.get_logger().bind(logger="shop.web")
log.info("order placed", **FIELDS)
log.warning(SLOW)
try:
    charge()
except ValueError:
    log.exception("payment failed")
""",
    "structlog-naive": """
import structlog
structlog.configure(processors=[
    structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=False),
    structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])
log = structlog.get_logger().bind(logger="shop.web")
log.info("order placed", **FIELDS)
log.warning(SLOW)
try:
    charge()
except ValueError:
    log.exception("payment failed")
""",
    "structlog-logfmt": """
import structlog
structlog.configure(processors=[
    structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.format_exc_info, structlog.processors.LogfmtRenderer()])
log = structlog.get_logger().bind(logger="shop.web")
log.info("order placed", order_id=1042)
log.warning(SLOW)
try:
    charge()
except ValueError:
    log.exception("payment failed")
""",
    "python-json-logger": """
import logging, sys
from pythonjsonlogger.json import JsonFormatter
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(JsonFormatter("{asctime}{levelname}{name}{message}", style="{"))
log = logging.getLogger("shop.web")
log.addHandler(handler)
log.setLevel("DEBUG")
log.info("order placed", extra=FIELDS)
log.warning(SLOW)
try:
    charge()
except ValueError:
    log.exception("payment failed")
""",
    "loguru": """
import sys
from loguru import logger as log
log.remove()
log.add(sys.stdout, serialize=True)
log.info("order placed", **FIELDS)
log.warning(SLOW)
try:
    charge()
except ValueError:
    log.exception("payment failed")
""",
    "loguru-text": """
import sys
from loguru import logger as log
log.remove()
log.add(sys.stdout)
log.info("order placed", **FIELDS)
log.warning(SLOW)
try:
    charge()
except ValueError:
    log.exception("payment failed")
""",
    "logging-text": """
import logging, sys
logging.basicConfig(stream=sys.stdout, level="DEBUG",
                    format="%(asctime)s - %(name)s - %(levelname)s - %(message)s")
log = logging.getLogger("shop.web")
log.info("order placed")
log.warning(SLOW)
try:
    charge()
except ValueError:
    log.exception("payment failed")
""",
    "logging-default": """
import logging, sys
logging.basicConfig(stream=sys.stdout, level="DEBUG")
log = logging.getLogger("shop.web")
log.info("order placed")
log.warning(SLOW)
try:
    charge()
except ValueError:
    log.exception("payment failed")
""",
    "ecs-logging": """
import logging, sys
import ecs_logging
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(ecs_logging.StdlibFormatter())
log = logging.getLogger("shop.web")
log.addHandler(handler)
log.setLevel("DEBUG")
log.info("order placed", extra=FIELDS)
log.warning(SLOW)
try:
    charge()
except ValueError:
    log.exception("payment failed")
""",
    # Protobuf's own JSON, which has ids in base 64.
    "opentelemetry": """
import logging
from google.protobuf.json_format import MessageToJson
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry._logs import SeverityNumber
provider, kept = LoggerProvider(), InMemoryLogRecordExporter()
provider.add_log_record_processor(SimpleLogRecordProcessor(kept))
log = provider.get_logger("shop.web")
import time
from opentelemetry._logs import LogRecord
def emit(number, text, body, attributes=None):
    log.emit(LogRecord(timestamp=time.time_ns(), severity_number=number, severity_text=text,
                       body=body, attributes=attributes))
with TracerProvider().get_tracer("shop").start_as_current_span("order"):
    emit(SeverityNumber.INFO, "INFO", "order placed", FIELDS)
    emit(SeverityNumber.WARN, "WARN", SLOW)
    try:
        charge()
    except ValueError as error:
        import traceback
        emit(SeverityNumber.ERROR, "ERROR", "payment failed", {
            "exception.type": "ValueError", "exception.message": str(error),
            "exception.stacktrace": traceback.format_exc()})
message = encode_logs(kept.get_finished_logs())
print(MessageToJson(message, indent=None))
""",
    "foundation-logfmt": """
from provide.foundation import configure, get_logger
configure(format="key_value", output="stdout")
log = get_logger("shop.web")
log.info("order placed", **FIELDS)
log.warning(SLOW)
try:
    charge()
except ValueError:
    log.exception("payment failed")
""",
}
PYTHON = {name: _FAILING + program for name, program in PYTHON.items()}

#: By name: a program for Node.
NODE = {
    "pino": """
const log = require('pino')({name: 'shop.web'})
log.info({order_id: 1042, user: {plan: 'pro'}}, 'order placed')
log.warn('slow "query" ü')
log.error(new Error('no answer from the card terminal'), 'payment failed')
""",
    "bunyan": """
const log = require('bunyan').createLogger({name: 'shop.web'})
log.info({order_id: 1042, user: {plan: 'pro'}}, 'order placed')
log.warn('slow "query" ü')
log.error(new Error('no answer from the card terminal'), 'payment failed')
""",
}

#: By name: a program for Go, with Debian's packages of the loggers.
GO = {
    "zap": """
package main
import ("errors"; "go.uber.org/zap"; "go.uber.org/zap/zapcore"; "os")
func main() {
    core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()),
                            zapcore.AddSync(os.Stdout), zap.DebugLevel)
    log := zap.New(core, zap.AddCaller()).Named("shop.web")
    log.Info("order placed", zap.Int("order_id", 1042),
             zap.Any("user", map[string]string{"plan": "pro"}))
    log.Warn("slow \\"query\\" ü")
    log.Error("payment failed", zap.Error(errors.New("no answer from the card terminal")))
}
""",
    "zerolog": """
package main
import ("errors"; "github.com/rs/zerolog"; "os")
func main() {
    log := zerolog.New(os.Stdout).With().Timestamp().Str("logger", "shop.web").Logger()
    log.Info().Int("order_id", 1042).Dict("user", zerolog.Dict().Str("plan", "pro")).
        Msg("order placed")
    log.Warn().Msg("slow \\"query\\" ü")
    log.Error().Err(errors.New("no answer from the card terminal")).Msg("payment failed")
}
""",
    # The package from which log/slog was made.
    "slog": """
package main
import ("errors"; "golang.org/x/exp/slog"; "os")
func main() {
    log := slog.New(slog.HandlerOptions{AddSource: true}.NewJSONHandler(os.Stdout))
    log = log.With("logger", "shop.web")
    log.Info("order placed", "order_id", 1042, "user", map[string]string{"plan": "pro"})
    log.Warn("slow \\"query\\" ü")
    log.Error("payment failed", errors.New("no answer from the card terminal"))
}
""",
    "slog-text": """
package main
import ("errors"; "golang.org/x/exp/slog"; "os")
func main() {
    log := slog.New(slog.NewTextHandler(os.Stdout)).With("logger", "shop.web")
    log.Info("order placed", "order_id", 1042)
    log.Warn("slow \\"query\\" ü")
    log.Error("payment failed", errors.New("no answer from the card terminal"))
}
""",
}
