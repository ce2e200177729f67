"""Where a log call spends its time: `perf-lab flame [options]`, or `nox -s flame`.

py-spy samples a loop of log calls from outside (`go_on` of `processes/subject.py`).
results/flame.json is a `record.Record`; its `data`:

    method      how the shares were found, in words
    workloads   rows: workload, title, library, svg and speedscope (files beside the record),
                samples (that fall into the call), call_ns (processor time of a call that nobody
                samples), parts: by name: share (0 to 1), us, documented_us (None: it has no such
                source)
    native      state ("ok" or why not), file
"""
