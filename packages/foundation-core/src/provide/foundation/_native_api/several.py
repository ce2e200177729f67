"""What a compiled lane may import of core for several outputs.

Apart from the rest, because only those load it who have several.
"""

from provide.foundation._lanes.several.call import SeveralOutputs

__all__ = ["SeveralOutputs"]
