"""The soak: log for long, check every line, and see whether anything drifts.

    perf-lab soak [options]          or `nox -s soak -- [options]`

Five processes: one that logs a mix of messages (`mix.py`) through Foundation (`writer.py`) while it
is disturbed (`disturbances.py`), structlog tuned with the same mix and rate beside it, a reader for
each (`reader.py`), which rotates the log by renaming its file, and the parent (`supervisor.py`),
which keeps the time series (`series.py`) and says how far the run is. `drift.py` judges it at the
end.

results/soak.json is a `record.Record`; its `data`:

    ended       "complete", "interrupted", or what went wrong
    summary     messages, seconds, rate (messages/s), lines, parsed, lost, twice, torn, unwanted,
                dropped, forks, set_ups, rotations, p50_us p99_us p99.9_us p99.99_us, rss_bytes,
                cpu_ns (of a message), hours_at_14000 (what so many messages would be)
    rivals      by name: the same summary, as far as it applies; {} where nobody ran beside it
    drift       rows: what, unit, per ("1M messages" or "h"), slope, low, high (95 % interval),
                total, total_low (over the run), points, mean
    series      columns of equal length, one item a block of `block_s` seconds: t_s, messages,
                rate, p50_us, p99_us, p99.9_us, p99.99_us, response_p99_us, rss_bytes, blocks,
                open_files, threads, collections, cpu_ns, yardstick_ns, dropped, rival_p50_us,
                rival_p99_us (None where there is none)
    latency     by name, rows [upper end in us, calls]: the distribution of all calls

Latency is `service` time, from the beginning of the call to its end, as the documented figure is
measured; `response_p99_us` counts from when a message was due, so that it has the delays of the
scheduler too. A paced run makes the messages of each millisecond due at its beginning.

results/soak.jsonl is the time series itself, a sample a second, which `--resume` takes up again:
a head (`options`, `machine`), then samples with the counts so far, each a line.
"""
