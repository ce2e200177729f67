// The run of `console_run.py` with pino and pino-pretty: python -m demo.console_rivals steps gives
// its lines on stdin. Exceptions are this language's own: an error with a cause, and a group.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.argv[2] + "/");
const pino = require("pino");
const pretty = require("pino-pretty");
const root = pino({ level: "trace" }, pretty({ colorize: true, sync: true }));

class PaymentError extends Error {}

function parseReply(reply) {
  return JSON.parse(reply);
}

function charge(order) {
  try {
    parseReply("{'approved': true}");
  } catch (error) {
    throw new PaymentError(`terminal sent an unreadable reply for order ${order}`, { cause: error });
  }
}

function notify() {
  const errors = [new Error("Connection refused"), new Error("no answer in 5 s")];
  throw new AggregateError(errors, "2 of 3 notifications failed");
}

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { level, name, event, fields } = JSON.parse(line);
  const logger = root.child({ name });
  if (level === "exception") {
    try {
      event === "notify_failed" ? notify() : charge(fields.order_id);
    } catch (err) {
      logger.error({ err, ...fields }, event);
    }
  } else {
    logger[level === "warning" ? "warn" : level](fields, event);
  }
}
