"""What the compiled gate of sampling is made of; for foundation-native only.

It works on the places and counters of `_sampling`, which a configuration without rules does not
load.
"""

from provide.foundation._sampling.counters import EventCounter
from provide.foundation._sampling.gate import Sampling
from provide.foundation._sampling.places import Bucket

__all__ = ["Bucket", "EventCounter", "Sampling"]
