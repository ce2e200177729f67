"""What a compiled lane may import of core for compact lines.

Apart from the rest, because only those load the renderers for people who use them.
"""

from provide.foundation._lanes.compact_layout import CompactLane

__all__ = ["CompactLane"]
