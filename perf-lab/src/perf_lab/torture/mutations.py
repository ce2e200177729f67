"""Promises broken on purpose: one small change of the source each, and what must notice it.

Plain data; `changes.py` makes the changes. `breaks.py` makes each of them in a copy of the
repository and runs what is named here; a test of the suite checks that every change still finds
its place.
"""

from __future__ import annotations

from dataclasses import dataclass

from perf_lab.torture.changes import Begin, Body, Catch, Change, Constant, Omit, Swap, Text

_TESTS = "packages/foundation-core/tests"


@dataclass(frozen=True)
class Mutation:
    """Describe one break.

    Args:
        name: Short.
        promise: The number of the promise that it breaks, in `promises.py`.
        what: What is different then, in one line.
        place: What is changed: ``room.module:qualified.name`` of core, or a file.
        change: How.
        tests: Tests of the suite that must fail.
        cases: Cases of torture that Foundation must no longer keep.
    """

    name: str
    promise: int
    what: str
    place: str
    change: Change
    tests: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()

    def apply(self, text: str) -> str:
        """Return a file's text with the change made.

        Raises:
            ValueError: The place is not there, or more than once.
        """
        try:
            return self.change.apply(text, self.place.partition(":")[2])
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None


#: In the order of the promises.
MUTATIONS = (
    Mutation(
        "errors-leave", 1, "what goes wrong in the steps of a call reaches the caller",
        "_pipeline.pipeline:Pipeline.emit",
        Catch("Exception", "ZeroDivisionError"),
        tests=(f"{_TESTS}/test_pipeline.py::test_failure_inside_of_a_call_is_counted",),
    ),
    Mutation(
        "losses-uncounted", 2, "a line that could not be written is not counted",
        "_output.writer:DescriptorWriter._give_up",
        Omit("self.counts.drop"),
        tests=(f"{_TESTS}/test_guarantees.py::test_full_device_loses_nothing_silently",),
        cases=("full_device_is_counted",),
    ),
    Mutation(
        "buffered", 3, "lines for a file are kept back until sixteen are there",
        "_lanes.json:make_log.log",
        Swap(
            "written = (lane.failover or lane.write)(target, line)",
            "kept = log.__dict__.setdefault('kept', [])\n"
            "kept.append(line)\n"
            "written = length\n"
            "if len(kept) % 16 == 0:\n"
            "    __import__('os').write(target, join(kept))\n"
            "    kept.clear()",
        ),
        tests=(f"{_TESTS}/test_guarantees.py::test_returned_lines_survive_the_end_of_the_process[fast-os._exit]",),
        cases=("left_at_once",),
    ),
    Mutation(
        "no-append", 4, "files are not opened for appending",
        "_output.files.inode:_OPEN_FLAGS",
        Swap("os.O_APPEND", "0"),
        tests=(f"{_TESTS}/test_guarantees.py::test_file_is_private_and_appended_to",
         f"{_TESTS}/test_guarantees.py::test_processes_share_a_file"),
        cases=("processes_share_a_file",),
    ),
    Mutation(
        "eagain-given-up", 5, "a descriptor that would block is not waited for",
        "_output.writer:DescriptorWriter._wait",
        Body("return False"),
        tests=(f"{_TESTS}/test_guarantees.py::test_slow_reader_of_a_non_blocking_pipe_gets_every_line",),
        cases=("slow_reader",),
    ),
    Mutation(
        "short-write", 5, "what a short write leaves is not written",
        "_output.writer:DescriptorWriter._push",
        Swap("sent = sum(entry.taken)", "sent = size"),
        tests=(f"{_TESTS}/test_guarantees.py::test_slow_reader_of_a_non_blocking_pipe_gets_every_line",),
        cases=("slow_reader",),
    ),
    Mutation(
        "fork", 6, "a forked child keeps locks that nobody will open",
        "_output.writer:_renew_locks",
        Body("return"),
        tests=(f"{_TESTS}/test_guarantees.py::test_fork_while_threads_log",),
        cases=("fork_with_stream",),
    ),
    Mutation(
        "re-entry", 6, "a call that comes from inside of a call of the same thread waits for it",
        "_output.reentrancy:LineLock.run",
        Swap("self._owner == me", "False"),
        tests=(f"{_TESTS}/test_reentrancy.py::"
         "test_reentrant_entry_is_finished_by_the_call_it_interrupted",),
        cases=("signal_handler_with_stream",),
    ),
    Mutation(
        "duplicate-keys", 7, "the fast lane does not compare context keys with the call's",
        "_lanes.json:make_log.log",
        Swap(
            "keys.isdisjoint(fields) and keys.isdisjoint(self._bound)", "keys is not None"
        ),
        tests=(f"{_TESTS}/test_conformance.py::test_lanes_agree[context-processor]",),
    ),
    Mutation(
        "nan", 7, "NaN and infinities go to the encoder as they are, which writes null",
        "_record.values:spell_float",
        Body("return value"),
        tests=(f"{_TESTS}/test_values.py::test_plain",),
        cases=("not_a_number",),
    ),
    Mutation(
        "hostile-datetime", 8, "datetimes go to the encoder as they are",
        "_record.values:Encoder.foreign",
        Swap(
            "if kind is datetime:\n    return _spell_moment(value)",
            "if kind is datetime:\n    return value",
        ),
        tests=(f"{_TESTS}/test_values.py::test_plain",),
        cases=("hostile_time_zone",),
    ),
    Mutation(
        "unbounded", 8, "containers are not cut",
        "_record.values:Encoder.take",
        Swap("min(self.items, self.nodes if self.room > 0 else 0)", "1 << 40"),
        tests=(f"{_TESTS}/test_values.py::test_items_are_bounded",),
    ),
    Mutation(
        "spoofing", 9, "reserved keys are not renamed",
        "_record.redaction:KeyPolicy.redact",
        Swap("name is not key or name in self.reserved", "name is not key"),
        tests=(f"{_TESTS}/test_redaction.py::test_settle",),
    ),
    Mutation(
        "injection", 10, "what JSON encoders leave raw is not escaped",
        "_record.escaping:escape_json",
        Omit("_substitute"),
        tests=(f"{_TESTS}/test_json_renderer.py::test_any_line_is_strict_json",),
        cases=("separators_in_json",),
    ),
    Mutation(
        "injection-text", 10, "text formats do not escape",
        "_record.escaping:escape_text",
        Body("return text"),
        tests=(f"{_TESTS}/test_escaping.py::test_escape_text",),
        cases=("escape_at_terminal",),
    ),
    Mutation(
        "rotation", 11, "files are not opened anew once their name leads elsewhere",
        "_pipeline.delivery:Delivery.follow",
        Begin("return"),
        tests=(f"{_TESTS}/test_guarantees.py::test_rotation_is_followed",),
        cases=("renamed",),
    ),
    Mutation(
        "torn-line", 12, "a torn line is not closed off",
        "_output.torn:LastLine._is_torn",
        Body("return False"),
        tests=(f"{_TESTS}/test_guarantees.py::test_torn_line_of_an_earlier_process_is_closed_off",),
        cases=("torn_line_of_another",),
    ),
    Mutation(
        "low-numbers", 18, "log files have the lowest free number, as any file has",
        "_output.files.inode:_HIGH_NUMBERS",
        Constant("(3,)"),
        tests=(f"{_TESTS}/test_files.py::test_lines_stay_out_of_foreign_files[fast-direct]",),
        cases=("descriptors_closed",),
    ),
    Mutation(
        "compressed-in-use", 20, "nobody asks who has a file open before it is compressed",
        "_output.files.archive:is_in_use",
        Omit("fcntl.fcntl"),
        tests=(f"{_TESTS}/test_files.py::test_file_that_a_stranger_has_open_is_not_compressed",),
    ),
    Mutation(
        "wider-successor", 27, "the successor of a file is for everybody",
        "_output.files.inode:make_alike",
        Swap("os.fchmod(fd, mode)", "os.fchmod(fd, 0o644)"),
        tests=(f"{_TESTS}/test_files.py::test_new_file_is_as_private_as_the_old_one[fast]",),
        cases=("generations_of_a_private_file",),
    ),
    Mutation(
        "secrets", 13, "no key is secret",
        "_record.redaction:KeyPolicy.is_secret",
        Body("return False"),
        tests=(f"{_TESTS}/test_redaction.py::test_secret_key",),
        cases=("flat_secrets", "nested_secrets"),
    ),
    Mutation(
        "miscounted", 14, "one line in a thousand is counted twice",
        "_lanes.json:make_log.log",
        Swap("counter.count += 1", "counter.count += 1 + (counter.count % 1000 == 999)"),
        cases=("counters",),
    ),
    Mutation(
        "noisy-guest", 15, "importing core gives the root logger a handler",
        "__init__:",
        Begin("import logging as _l\n_l.basicConfig()"),
        tests=(f"{_TESTS}/test_init.py::test_import_changes_nothing_global",),
        cases=("imported",),
    ),
    Mutation(
        "unpinned", 16, "an action of a workflow is pinned by a tag that can move",
        ".github/workflows/docs.yml",
        Text(r"@[0-9a-f]{40} # v4[.\d]*", "@v4"),
        tests=("tests/test_repository.py::test_actions_are_pinned",),
        cases=("workflows",),
    ),
    Mutation(
        "uninvited", 16, "entry points count whoever's they are",
        "_entry_points:find_entries",
        Swap("is_allowed(entry.owner, allowed)", "True"),
        tests=(f"{_TESTS}/test_entry_points.py::test_forbidden_package_is_not_even_imported",),
        cases=("uninvited",),
    ),
    Mutation(
        "no-starter", 17, "a logger that is unpickled does not bring what starts it",
        "_logger.starting:_starter",
        Constant("None"),
        tests=(f"{_TESTS}/test_entrances.py::test_unpickled_logger_writes",),
        cases=("unpickled", "inner_module"),
    ),
    Mutation(
        "arguments-raw", 24, "arguments for % become text as Python shows them",
        "_pipeline.pipeline:format_event",
        Swap(
            "tuple([spell_argument(each, limits, is_secret) for each in args])", "args"
        ),
        tests=(f"{_TESTS}/test_arguments.py::test_no_secret_is_written[fast-json]",),
        cases=("secret_arguments",),
    ),
    Mutation(
        "reentrancy", 25, "what a value logs while it is rendered runs code of other values",
        "_record.values:Encoder.known",
        Swap("outer is not None and outer is not self", "False"),
        tests=(f"{_TESTS}/test_arguments.py::test_values_that_log_do_not_multiply[fast]",),
        cases=("values_that_log",),
    ),
    Mutation(
        "unasked-memory", 22, "orjson is asked without a look whether there is memory",
        "_process.memory:ask_for",
        Body("return"),
        tests=(f"{_TESTS}/test_scarce_memory.py::test_line_without_memory_is_counted",),
        cases=("long_text_without_memory", "nested_value_without_memory"),
    ),
    Mutation(
        "filters-gone", 23, "filters of handlers that are set aside run no more",
        "_bridges.set_aside:SetAside.run_filters",
        Body('return record, ""'),
        tests=(f"{_TESTS}/test_set_aside.py::test_masking_filter_masks[direct-fast]",),
        cases=("filters_of_the_console",),
    ),
    Mutation(
        "handlers-by-stream", 23, "only handlers that hold the very stream are set aside",
        "_bridges.handler_ends:_inner_handlers",
        Body("return None"),
        tests=(f"{_TESTS}/test_handler_ends.py::test_no_line_comes_twice[absl]",),
        cases=("consoles_without_a_stream",),
    ),
    Mutation(
        "structlog-earlier", 23, "loggers of structlog from before the set-up are left alone",
        "_bridges.structlog:_configure",
        Omit("_earlier.take_over"),
        tests=(f"{_TESTS}/test_structlog_earlier.py::test_earlier_loggers_write_through_us[cached]",),
        cases=("loggers_of_structlog_from_before",),
    ),
    Mutation(
        "superseded-by-attribute", 1, "superseded methods look themselves up on the logger",
        "_pipeline.superseded:send_on",
        Swap(
            "METHODS[level](logger, event, *args, **fields)",
            "getattr(logger, METHODS[level].__name__)(event, *args, **fields)",
        ),
        tests=(f"{_TESTS}/test_superseded.py::test_method_kept_by_a_subclass_follows_set_ups[fast]",),
        cases=("patch_undone_around_a_set_up",),
    ),
    Mutation(
        "silent-forks-pass-unseen", 6, "a queue does not notice that C code has forked its process",
        "_output.delivery.queue:LineQueue._make_functions.put",
        Omit("notice_fork"),
        tests=(f"{_TESTS}/test_process.py::test_queue_gets_a_thread_in_a_child",),
        cases=("silent_fork",),
    ),
    Mutation(
        "patience-is-endless", 21, "each burst of a reader gives calls their patience back",
        "_process.patience:Patience.left",
        Swap("spent += length", "spent = 0.0"),
        tests=(f"{_TESTS}/test_stream.py::test_bursty_reader_costs_five_percent",),
        cases=("bursty_reader",),
    ),
    Mutation(
        "feedback-unseen", 23, "a line that comes back from the stream it goes to is not known",
        "_output.feedback:comes_back",
        Body("return False"),
        tests=(f"{_TESTS}/test_feedback.py::"
         "test_lines_meant_for_a_stream_that_logs_come_out_once[fast-direct-stderr]",),
        cases=("stream_into_logging",),
    ),
    Mutation(
        "room-goes-with-the-stack", 2, "a line that finds no stack behind its room keeps that room",
        "_output.delivery.queue:LineQueue._make_functions.put",
        Swap("lines += ((index, data),)", "lines.append((index, data))"),
        tests=(f"{_TESTS}/test_recursion.py::test_recursion_costs_no_room_in_the_queue[fast-depth]",),
        cases=("recursion_in_background",),
    ),
    Mutation(
        "no-turns", 19, "a change waits for the one that it has interrupted",
        "_process.locks:Turns.make",
        Swap("self._owner == me", "False"),
        tests=(f"{_TESTS}/test_signals.py::test_set_up_in_a_signal_handler[fast]",),
        cases=("set_up_in_handler",),
    ),
    Mutation(
        "handlers-swallowed", 19, "what a signal handler raises is taken for the value's failure",
        "_process.interrupts:_find",
        Body("return False, False"),
        tests=(f"{_TESTS}/test_signals.py::"
         "test_what_a_handler_raises_reaches_the_code_around[fast-Exception]",),
        cases=("time_limit_in_a_call",),
    ),
    Mutation(
        "descriptor-unowned", 19, "a file is open before it has an owner",
        "_process.ownership:Descriptor.open",
        Body("self.slot.append(os.open(path, flags, mode))"),
        tests=(f"{_TESTS}/test_signals.py::test_interrupts_leave_no_descriptor_open",),
    ),
)  # fmt: skip
