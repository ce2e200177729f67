"""Contention: threads, processes and asyncio tasks that log at once.

    perf-lab contention [options]          or `nox -s contention -- [options]`

Each library lives in a process of its own (`worker.py`, `subject.py`), as in the benchmark, and
all take turns, round by round. Every line that goes to a file or a pipe is read and checked
(`lines.py`); `command.py` is the order of the run, and says what is judged.

results/contention.json is a `record.Record`; its `data` has a list of rows for each question. Each
row has `rival` and `state`: "ok", or why there are no figures.

    threads     output ("null", "file", "pipe": its reader takes 2 MB/s), loggers ("one", "each"),
                threads, rate (lines/s of all threads, median of the rounds), rates (each round's),
                versus_one (the same with one thread is 1), p50_us p99_us p99.9_us p99.99_us (of a
                call), fairness (Jain's index: 1 if all threads wrote the same, 1/threads if one
                wrote all), least_share (the slowest thread's lines over the mean), cpu_share
                (processor seconds a second), written, lost, twice, torn (None for "null"), dropped
    scaling     threads, ratio (rate of so many threads to one, measured side by side, median),
                ratios, cpu_ratio (the same of the rates per processor second); to a file, and as
                scaling_null to the null device. The rival "none" is the loop without a log call:
                what the interpreter itself takes for handing its lock round
    processes   processes (on one file, one thread each), rate, rates, versus_one, p99_us, written,
                lost, twice, torn
    tasks       use ("info", "ainfo", or "none": the loop alone), tasks, period_s, rate, stall_ms
                (longest time that the event loop was held up, median of the rounds), stalls_ms,
                p99_ms (of a millisecond's lateness), written, lost, twice, torn
    locks       threads, blocked_s (seconds that threads waited for a lock that the library made in
                Python, a second), blocked (how often, a second), rate

Threads, processes and the loop may use all processors that the run was started with. Latencies
are taken of every call, in each library at the same cost.
"""
