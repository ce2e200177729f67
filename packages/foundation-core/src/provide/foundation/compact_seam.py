"""What a compiled lane may import of core for compact lines; imports the text renderers.

Beside `lane_seam`, because only those load the text renderers who use them.
"""

from provide.foundation.render.key_value import display_value, logfmt_key, logfmt_value
from provide.foundation.render.terminal import encode_marker
from provide.foundation.render.values import plain

__all__ = ["display_value", "encode_marker", "logfmt_key", "logfmt_value", "plain"]
