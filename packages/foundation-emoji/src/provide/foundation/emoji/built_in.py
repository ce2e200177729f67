"""The emoji sets that come with the package; data only, imports sets.

Field names are those of the semantic conventions, with the older and shorter ones as aliases.
Source: OpenTelemetry Semantic Conventions 1.37 (HTTP, database, generative AI and messaging).
"""

from __future__ import annotations

from provide.foundation.emoji.sets import EmojiSet


def _spread(table: dict[str, str]) -> dict[str, str]:
    """Return a table in which every one of the values that share a line is a key of its own."""
    return {value: emoji for values, emoji in table.items() for value in values.split()}


HTTP = EmojiSet(
    name="http",
    priority=40,
    fields={
        "http.request.method": {
            "GET": "📥",
            "POST": "📤",
            "PUT": "📝",
            "PATCH": "🩹",
            "DELETE": "🗑️",
            "HEAD": "👀",
            "OPTIONS": "❔",
            "CONNECT": "🔗",
            "TRACE": "🧭",
            "QUERY": "🔎",
            "*": "🌍",
        },
        "http.response.status_code": {
            "1xx": "💬",
            "2xx": "✅",
            "3xx": "↪️",
            "4xx": "⚠️",
            "5xx": "🔥",
            "304": "🟰",
            "401": "🔒",
            "403": "⛔",
            "404": "❓",
            "408": "⌛",
            "409": "💥",
            "418": "🫖",
            "429": "🚦",
            "503": "🚧",
            "504": "⌛",
        },
    },
    aliases={
        "http.method": "http.request.method",
        "http.status_code": "http.response.status_code",
        "http.status": "http.response.status_code",
    },
    patterns={
        r"(?i)\bconnection (?:refused|reset)\b": "🔌",
        r"(?i)\brate limit(?:ed)?\b": "🚦",
        r"(?i)\bbad gateway\b": "🚧",
    },
)

DATABASE = EmojiSet(
    name="database",
    priority=30,
    fields={
        "db.system.name": _spread(
            {
                "postgresql postgres": "🐘",
                "mysql": "🐬",
                "mariadb": "🦭",
                "sqlite": "🪶",
                "mongodb": "🍃",
                "redis": "🟥",
                "memcached": "⚡",
                "elasticsearch opensearch": "🔍",
                "cassandra scylladb": "👁️",
                "clickhouse": "🖱️",
                "cockroachdb": "🪳",
                "neo4j": "🕸️",
                "influxdb": "📈",
                "duckdb": "🦆",
                "couchdb couchbase": "🛋️",
                "oracle.db oracle": "🏛️",
                "microsoft.sql_server mssql": "🪟",
                "aws.dynamodb dynamodb": "☁️",
                "*": "🗄️",
            }
        ),
        "db.operation.name": _spread(
            {
                "select find get hget mget query": "🔎",
                "insert insertone insertmany set hset": "📌",
                "update updateone updatemany replace": "🔄",
                "upsert merge": "🔀",
                "delete deleteone deletemany del": "🗑️",
                "create": "✨",
                "alter": "🔧",
                "drop": "💣",
                "truncate": "🧹",
                "begin": "🎬",
                "commit": "💾",
                "rollback": "⏪",
                "connect": "🔗",
                "index": "📇",
                "explain": "🔬",
                "call execute": "⚙️",
                "*": "▪️",
            }
        ),
        "db.status": _spread(
            {"success ok": "✅", "error failure failed": "🔥", "timeout": "⌛", "slow": "🐌"}
        ),
    },
    aliases={
        "db.system": "db.system.name",
        "db.type": "db.system.name",
        "db.operation": "db.operation.name",
    },
    patterns={
        r"(?i)\bdeadlock": "🔒",
        r"(?i)\b(?:slow query|slow_query|slow\.query|slow-query)": "🐌",
    },
)

LLM = EmojiSet(
    name="llm",
    priority=20,
    fields={
        "gen_ai.provider.name": _spread(
            {
                "openai azure.ai.openai azure_openai": "🤖",
                "anthropic": "📚",
                "gcp.gemini gcp.vertex_ai gcp.gen_ai google gemini vertex_ai": "💎",
                "aws.bedrock bedrock": "☁️",
                "azure.ai.inference": "🔷",
                "meta llama": "🦙",
                "mistral_ai mistral": "🌬️",
                "cohere": "🌀",
                "deepseek": "🐋",
                "groq": "⚡",
                "ibm.watsonx.ai": "🔵",
                "perplexity": "🔍",
                "x_ai xai": "✖️",
                "huggingface": "🤗",
                "ollama": "🦙",
                "*": "🧠",
            }
        ),
        "gen_ai.operation.name": _spread(
            {
                "chat": "💬",
                "text_completion completion": "✍️",
                "generate_content generate": "🪄",
                "embeddings embedding": "🧬",
                "execute_tool tool_call": "🛠️",
                "create_agent": "🐣",
                "invoke_agent": "🕵️",
                "*": "⚙️",
            }
        ),
        "llm.status": _spread(
            {
                "success ok": "✅",
                "error failure failed": "🔥",
                "timeout": "⌛",
                "streaming": "🌊",
                "rate_limited": "🚦",
                "filtered": "🧽",
            }
        ),
    },
    aliases={
        "gen_ai.system": "gen_ai.provider.name",
        "llm.provider": "gen_ai.provider.name",
        "llm.operation": "gen_ai.operation.name",
        "llm.task": "gen_ai.operation.name",
        "llm.outcome": "llm.status",
    },
    patterns={
        r"(?i)\bcontext (?:length|window) exceeded\b": "📏",
        r"(?i)\bcontent filter": "🧽",
    },
)

TASK_QUEUE = EmojiSet(
    name="task_queue",
    priority=10,
    fields={
        "messaging.system": _spread(
            {
                "kafka": "🪵",
                "rabbitmq amqp": "🐇",
                "aws_sqs aws.sqs sqs": "☁️",
                "aws.sns sns": "📢",
                "gcp_pubsub pubsub": "📡",
                "servicebus eventhubs eventgrid": "🔷",
                "activemq rocketmq jms": "📮",
                "pulsar": "🌟",
                "nats": "📻",
                "redis": "🟥",
                "celery": "🥬",
                "rq dramatiq huey arq": "📋",
                "*": "📨",
            }
        ),
        "messaging.operation.type": _spread(
            {
                "create": "✨",
                "send publish": "📤",
                "receive": "📥",
                "process deliver": "⚙️",
                "settle ack": "☑️",
                "nack": "👎",
            }
        ),
        "task.status": _spread(
            {
                "pending queued submitted received scheduled": "⏳",
                "started running progress": "🏃",
                "success succeeded completed complete": "✅",
                "failure failed error": "❌",
                "retry retrying retried": "🔁",
                "revoked cancelled canceled": "🚫",
                "rejected ignored": "👎",
                "timeout": "⌛",
                "dead": "💀",
            }
        ),
    },
    aliases={
        "task.system": "messaging.system",
        "queue.system": "messaging.system",
        "messaging.operation": "messaging.operation.type",
        "messaging.operation.name": "messaging.operation.type",
        "task.operation": "messaging.operation.type",
        "task.state": "task.status",
    },
    patterns={r"(?i)\bdead[ _.-]?letter": "💀", r"(?i)\bbacklog\b": "📚"},
)

#: The sets that `enabled_emoji_sets` may name without any other package installed.
BUILT_IN_SETS: tuple[EmojiSet, ...] = (HTTP, DATABASE, LLM, TASK_QUEUE)
