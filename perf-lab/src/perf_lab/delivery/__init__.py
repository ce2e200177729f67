"""Background delivery: its speed beside rivals, its cost at a pace, what a kill loses.

Asked: how many lines a second reach a file when another thread writes them, what a call costs its
caller, and what is left of the lines when the process is killed. Each library runs in fresh
processes, which take turns (`subject.py`). A `drain` logs so many lines and ends when the last one
is in the file; a `kill` logs as fast as it can and sends itself SIGKILL in the midst of it. The
file of every process is parsed: a line that is missing, torn or written twice makes it invalid.

At full speed the writing thread always has work. At a pace of 5,000 lines a second it sleeps
between lines, and what it costs to wake it up is most of the cost. There the least of the rounds
counts: what else runs on a machine makes a sleeping process dearer, and never cheaper.

The other two are set up as their documentation says: `logger.add(..., enqueue=True)`, whose queue
is a pipe, and `QueueHandler` with a `QueueListener`, whose queue has no bound.

Sources: https://loguru.readthedocs.io/en/stable/api/logger.html#loguru._logger.Logger.add and
https://docs.python.org/3/library/logging.handlers.html#queuehandler.
"""
