"""What a compiled lane may import of core for lines that people read.

Apart from the rest, because only those load the renderers for people who use them.
"""

from provide.foundation._lanes.compact_layout import CompactLane, PaintedLane

__all__ = ["CompactLane", "PaintedLane"]
