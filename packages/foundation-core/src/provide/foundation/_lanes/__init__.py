"""Which code writes a call: the generic lane, or a fused one where the configuration allows it."""
