"""The benchmark: interleaved rounds of every library, one workload at a time."""
