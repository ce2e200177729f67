"""What Foundation keeps in memory: `perf-lab memory [options]`, or `nox -s memory`.

Every figure is taken in a process of its own (`subject.py`); the parent (`command.py`) judges them
by memory.toml and prints. results/memory.json is a `record.Record`; its `data`:

    workloads   by workload: title, rows by library: allocations, bytes (of an iteration, by memray,
                given back or not), peak_bytes (held at one time, by tracemalloc), kept_bytes
    scratch     what orjson holds for a moment: scratch_bytes (of one `dumps`), total_bytes (a call
                with three fields), own_bytes (the same without orjson's buffer)
    growth      messages, tracked_messages, warm_up; `series`, columns of equal length: messages,
                rss_bytes, blocks (allocated by Python), seconds; `tracked`, the same under
                tracemalloc: messages, heap_bytes; `slopes` of rss_bytes, blocks, heap_bytes:
                slope, low, high (95 % interval, for a million messages), millions (of messages),
                total (over the run)
    loggers     rows: loggers (how many), logger_bytes, logger_used_bytes (after three lines),
                bound_bytes, bound_used_bytes (bound to three fields), bound_field_bytes (what a
                field adds to a logger bound to nothing), processor_bytes, emoji_pattern_bytes,
                total_bytes (all of them after three lines), resident_bytes
    minimal     retained_bytes (set-up and 1,000 lines of the minimal preset), import_bytes,
                largest (rows file, bytes)
    lasting     rows type, count, bytes: what a set-up, 100 loggers and 1,000 lines leave behind
    collector   messages, collections (of each generation), tracked (objects a message leaves to
                the collector)
    pages       rows workload, file, requests (addresses that the page would ask the network for)
"""
