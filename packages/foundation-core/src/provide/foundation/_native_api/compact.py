"""What a compiled lane may import of core for compact lines.

Apart from the rest, because only those load the text renderers who use them.
"""

from provide.foundation._record.values import plain
from provide.foundation._render.console import encode_emoji
from provide.foundation._render.logfmt import display_value, logfmt_key, logfmt_value

__all__ = ["display_value", "encode_emoji", "logfmt_key", "logfmt_value", "plain"]
