"""perf-lab: where Foundation is measured, beside its rivals; never published.

`perf-lab --help` lists what it does. `workloads` and `rivals` say what is measured, `processes`
takes figures inside of a rival's process, `records` keeps them, and each laboratory has a folder.
"""
