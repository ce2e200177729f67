"""Promises broken on purpose: one small change of the source each, and what must notice it.

Plain data. `breaks.py` makes each change in a copy of the repository and runs what is named here;
a test of the suite checks that every change still finds its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CORE = "packages/foundation-core/src/provide/foundation"
_TESTS = "packages/foundation-core/tests"


@dataclass(frozen=True)
class Mutation:
    """Describe one break.

    Args:
        name: Short.
        promise: The number of the promise that it breaks.
        what: What is different then, in one line.
        file: The file that is changed, from the repository's root.
        before, after: A text that the file has once, and what takes its place.
        pattern: Whether `before` is a regular expression, whose first match is replaced.
        tests: Tests of the suite that must fail.
        cases: Cases of torture that Foundation must no longer keep.
    """

    name: str
    promise: int
    what: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    pattern: bool = False

    def apply(self, text: str) -> str:
        """Return a file's text with the change made.

        Raises:
            ValueError: The place is not there, or more than once.
        """
        found = len(re.findall(self.before, text)) if self.pattern else text.count(self.before)
        if found < 1 or (found > 1 and not self.pattern):
            raise ValueError(f"{self.name}: {found} places in {self.file}")
        if self.pattern:
            return re.sub(self.before, self.after, text, count=1)
        return text.replace(self.before, self.after)


#: In the order of the promises.
MUTATIONS = (
    Mutation(
        "errors-leave", 1, "what goes wrong in the steps of a call reaches the caller",
        f"{_CORE}/_pipeline/pipeline.py",
        "except Exception as error:  # a log call never raises; the loss is counted",
        "except ZeroDivisionError as error:",
        (f"{_TESTS}/test_pipeline.py::test_failure_inside_of_a_call_is_counted",),
    ),
    Mutation(
        "losses-uncounted", 2, "a line that could not be written is not counted",
        f"{_CORE}/_output/descriptor.py",
        "        self.counts.drop(drop_reason(error), error, entry.index)\n", "",
        (f"{_TESTS}/test_guarantees.py::test_full_device_loses_nothing_silently",),
        ("full_device_is_counted",),
    ),
    Mutation(
        "buffered", 3, "lines for a file are kept back until sixteen are there",
        f"{_CORE}/_lanes/json.py",
        "            written = (lane.detour or lane.write)(target, line)\n",
        "            kept = log.__dict__.setdefault('kept', [])\n"
        "            kept.append(line)\n"
        "            written = length\n"
        "            if len(kept) % 16 == 0:\n"
        "                os.write(target, join(kept))\n"
        "                kept.clear()\n",
        (f"{_TESTS}/test_guarantees.py::test_returned_lines_survive_the_end_of_the_process[fast-os._exit]",),
        ("left_at_once",),
    ),
    Mutation(
        "no-append", 4, "files are not opened for appending",
        f"{_CORE}/_output/inode.py", "    | os.O_APPEND\n", "",
        (f"{_TESTS}/test_guarantees.py::test_file_is_private_and_appended_to",
         f"{_TESTS}/test_guarantees.py::test_processes_share_a_file"),
        ("processes_share_a_file",),
    ),
    Mutation(
        "eagain-given-up", 5, "a descriptor that would block is not waited for",
        f"{_CORE}/_output/descriptor.py",
        "                if not self._wait(entry, sent):\n                    return error\n"
        "                continue\n",
        "                return error\n",
        (f"{_TESTS}/test_guarantees.py::test_slow_reader_of_a_non_blocking_pipe_gets_every_line",),
        ("slow_reader",),
    ),
    Mutation(
        "short-write", 5, "what a short write leaves is not written",
        f"{_CORE}/_output/descriptor.py",
        "            sent = sum(entry.taken)\n        return None",
        "            sent = size\n        return None",
        (f"{_TESTS}/test_guarantees.py::test_slow_reader_of_a_non_blocking_pipe_gets_every_line",),
        ("slow_reader",),
    ),
    Mutation(
        "fork", 6, "a forked child keeps locks that nobody will open",
        f"{_CORE}/_output/descriptor.py",
        "    for writer in tuple(WRITERS):\n        writer.renew()", "    return",
        (f"{_TESTS}/test_guarantees.py::test_fork_while_threads_log",),
        ("fork_with_stream",),
    ),
    Mutation(
        "re-entry", 6, "a call that comes from inside of a call of the same thread waits for it",
        f"{_CORE}/_output/contention.py", "if self._owner == me:", "if self._owner == -me:",
        (f"{_TESTS}/test_line_lock.py::"
         "test_reentrant_entry_is_finished_by_the_call_it_interrupted",),
        ("signal_handler_with_stream",),
    ),
    Mutation(
        "duplicate-keys", 7, "the fast lane does not compare context keys with the call's",
        f"{_CORE}/_lanes/json.py",
        "if not (keys.isdisjoint(fields) and keys.isdisjoint(self._bound)):", "if keys is None:",
        (f"{_TESTS}/test_conformance.py::test_lanes_agree[context-processor]",),
    ),
    Mutation(
        "nan", 7, "NaN and infinities go to the encoder as they are, which writes null",
        f"{_CORE}/_record/values.py",
        "return value if -_LARGEST_FLOAT <= value <= _LARGEST_FLOAT else _spell_float(value)",
        "return value",
        (f"{_TESTS}/test_values.py::test_plain",),
        ("not_a_number",),
    ),
    Mutation(
        "hostile-datetime", 8, "datetimes go to the encoder as they are",
        f"{_CORE}/_record/values.py",
        "        if kind is datetime:\n            return _spell_moment(value)",
        "        if kind is datetime:\n            return value",
        (f"{_TESTS}/test_values.py::test_plain",),
        ("hostile_time_zone",),
    ),
    Mutation(
        "unbounded", 8, "containers are not cut",
        f"{_CORE}/_record/values.py",
        "count = min(self.items, self.nodes if self.room > 0 else 0)", "count = 1 << 40",
        (f"{_TESTS}/test_values.py::test_items_are_bounded",),
    ),
    Mutation(
        "spoofing", 9, "reserved keys are not renamed",
        f"{_CORE}/_record/redaction.py", "            if name is not key or name in RESERVED:",
        "            if name is not key:",
        (f"{_TESTS}/test_keys.py::test_settle",),
    ),
    Mutation(
        "injection", 10, "what JSON encoders leave raw is not escaped",
        f"{_CORE}/_record/escaping.py",
        "        text = _substitute(_escape_for_parsers, text)\n", "        pass\n",
        (f"{_TESTS}/test_json.py::test_any_line_is_strict_json",),
        ("separators_in_json",),
    ),
    Mutation(
        "injection-text", 10, "text formats do not escape",
        f"{_CORE}/_record/escaping.py",
        "    return text if text.isprintable() else _substitute(_escape_for_eyes, text)",
        "    return text",
        (f"{_TESTS}/test_escape.py::test_escape_text",),
        ("escape_at_terminal",),
    ),
    Mutation(
        "rotation", 11, "files are not opened anew once their name leads elsewhere",
        f"{_CORE}/_pipeline/pipeline.py",
        "sink look whether it has been moved; both lanes ask once a second.\"\"\"\n",
        "sink be.\"\"\"\n        return\n",
        (f"{_TESTS}/test_guarantees.py::test_rotation_is_followed",),
        ("renamed",),
    ),
    Mutation(
        "torn-line", 12, "a torn line is not closed off",
        f"{_CORE}/_output/descriptor.py",
        "        if not sent and not entry.lead and self._is_torn():", "        if sent < 0:",
        (f"{_TESTS}/test_guarantees.py::test_torn_line_of_an_earlier_process_is_closed_off",),
        ("torn_line_of_another",),
    ),
    Mutation(
        "low-numbers", 18, "log files have the lowest free number, as any file has",
        f"{_CORE}/_output/inode.py",
        "_HIGH_NUMBERS = (979, 491, 227, 99, 49, 3)", "_HIGH_NUMBERS = (3,)",
        (f"{_TESTS}/test_files.py::test_lines_stay_out_of_foreign_files[fast-direct]",),
        ("descriptors_closed",),
    ),
    Mutation(
        "compressed-in-use", 20, "nobody asks who has a file open before it is compressed",
        f"{_CORE}/_output/rotation/archive.py",
        "            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)\n", "",
        (f"{_TESTS}/test_files.py::test_file_that_a_stranger_has_open_is_not_compressed",),
    ),
    Mutation(
        "wider-successor", 27, "the successor of a file is for everybody",
        f"{_CORE}/_output/inode.py", "    os.fchmod(fd, mode)\n", "    os.fchmod(fd, 0o644)\n",
        (f"{_TESTS}/test_files.py::test_new_file_is_as_private_as_the_old_one[fast]",),
        ("generations_of_a_private_file",),
    ),
    Mutation(
        "secrets", 13, "no key is secret", f"{_CORE}/_record/redaction.py",
        "found = normalise_key(key).endswith(self.suffixes)", "found = False",
        (f"{_TESTS}/test_keys.py::test_secret_key",),
        ("flat_secrets", "nested_secrets"),
    ),
    Mutation(
        "miscounted", 14, "one line in a thousand is counted twice",
        f"{_CORE}/_lanes/json.py",
        "        if written == length:\n            counter.count += 1",
        "        if written == length:\n            counter.count += "
        "1 + (counter.count % 1000 == 999)",
        (),
        ("counters",),
    ),
    Mutation(
        "noisy-guest", 15, "importing core gives the root logger a handler",
        f"{_CORE}/__init__.py",
        "from __future__ import annotations\n",
        "from __future__ import annotations\nimport logging as _l\n_l.basicConfig()\n",
        (f"{_TESTS}/test_init.py::test_import_changes_nothing_global",),
        ("imported",),
    ),
    Mutation(
        "unpinned", 16, "an action of a workflow is pinned by a tag that can move",
        ".github/workflows/docs.yml",
        r"@[0-9a-f]{40} # v4[.\d]*", "@v4",
        ("tests/test_repository.py::test_actions_are_pinned",),
        ("workflows",),
        pattern=True,
    ),
    Mutation(
        "uninvited", 16, "entry points count whoever's they are",
        f"{_CORE}/_entry_points.py",
        "        found = [(owner, entry) for owner, entry in found if owner in names]\n",
        "        assert names\n",
        (f"{_TESTS}/test_entries.py::test_forbidden_package_is_not_even_imported",),
        ("uninvited",),
    ),
    Mutation(
        "no-starter", 17, "a logger that is unpickled does not bring what starts it",
        f"{_CORE}/_logger/logger.py",
        "_starter: Callable[[], None] | None = _load_starter",
        "_starter: Callable[[], None] | None = None",
        (f"{_TESTS}/test_entrances.py::test_unpickled_logger_writes",),
        ("unpickled", "inner_module"),
    ),
    Mutation(
        "arguments-raw", 24, "arguments for % become text as Python shows them",
        f"{_CORE}/_pipeline/pipeline.py",
        "            fill = tuple([spell_argument(each, limits, is_secret) for each in args])\n",
        "            fill = args\n",
        (f"{_TESTS}/test_arguments.py::test_no_secret_is_written[fast-json]",),
        ("secret_arguments",),
    ),
    Mutation(
        "reentrancy", 25, "what a value logs while it is rendered runs code of other values",
        f"{_CORE}/_record/values.py",
        "        if outer is not None and outer is not self:\n", "        if False:\n",
        (f"{_TESTS}/test_arguments.py::test_values_that_log_do_not_multiply[fast]",),
        ("values_that_log",),
    ),
    Mutation(
        "unasked-memory", 22, "orjson is asked without a look whether there is memory",
        f"{_CORE}/_process/memory.py",
        "    bytes(3 << (need.bit_length() - 1))\n", "    bytes(0 * need)\n",
        (f"{_TESTS}/test_scarce_memory.py::test_line_without_memory_is_counted",),
        ("long_text_without_memory", "nested_value_without_memory"),
    ),
    Mutation(
        "filters-gone", 23, "filters of handlers that are set aside run no more",
        f"{_CORE}/_bridges/set_aside.py",
        "        routes = self._on_the_way(record) if self._has_filters() else []\n",
        "        routes: list[Route] = []\n",
        (f"{_TESTS}/test_set_aside.py::test_masking_filter_masks[direct-fast]",),
        ("filters_of_the_console",),
    ),
    Mutation(
        "handlers-by-stream", 23, "only handlers that hold the very stream are set aside",
        f"{_CORE}/_bridges/handler_ends.py",
        "        inner = _inner_handlers(handler)\n", "        inner = None\n",
        (f"{_TESTS}/test_handler_ends.py::test_no_line_comes_twice[absl]",),
        ("consoles_without_a_stream",),
    ),
    Mutation(
        "structlog-earlier", 23, "loggers of structlog from before the set-up are left alone",
        f"{_CORE}/_bridges/structlog.py",
        "    _earlier.take_over(structlog, _wrapper)\n", "",
        (f"{_TESTS}/test_structlog_earlier.py::test_earlier_loggers_write_through_us[cached]",),
        ("loggers_of_structlog_from_before",),
    ),
    Mutation(
        "superseded-by-attribute", 1, "superseded methods look themselves up on the logger",
        f"{_CORE}/_pipeline/pipeline.py",
        "            METHODS[level](logger, event, *args, **fields)\n",
        "            getattr(logger, LEVEL_NAMES[level])(event, *args, **fields)\n",
        (f"{_TESTS}/test_superseded.py::test_method_kept_by_a_subclass_follows_set_ups[fast]",),
        ("patch_undone_around_a_set_up",),
    ),
    Mutation(
        "silent-forks-pass-unseen", 6, "a queue does not notice that C code has forked its process",
        f"{_CORE}/_output/queue.py",
        "            if not mark[0]:  # a forked child that nobody has told of it\n",
        "            if False:\n",
        tests=(f"{_TESTS}/test_process.py::test_queue_gets_a_thread_in_a_child",),
        cases=("silent_fork",),
    ),
    Mutation(
        "patience-is-endless", 21, "each burst of a reader gives calls their patience back",
        f"{_CORE}/_process/patience.py",
        "                spent += length\n",
        "                spent = 0.0\n",
        tests=(f"{_TESTS}/test_stream.py::test_bursty_reader_costs_five_percent",),
        cases=("bursty_reader",),
    ),
    Mutation(
        "feedback-unseen", 23, "a line that comes back from the stream it goes to is not known",
        f"{_CORE}/_output/feedback.py",
        "        if _repeats(message, attempt.text):\n", "        if False:\n",
        (f"{_TESTS}/test_feedback.py::"
         "test_lines_meant_for_a_stream_that_logs_come_out_once[fast-direct-stderr]",),
        ("stream_into_logging",),
    ),
    Mutation(
        "room-goes-with-the-stack", 2, "a line that finds no stack behind its room keeps that room",
        f"{_CORE}/_output/queue.py",
        "                lines += ((index, data),)\n            except MemoryError",
        "                lines.append((index, data))\n            except MemoryError",
        (f"{_TESTS}/test_recursion.py::test_recursion_costs_no_room_in_the_queue[fast-depth]",),
        ("recursion_in_background",),
    ),
    Mutation(
        "no-turns", 19, "a change waits for the one that it has interrupted",
        f"{_CORE}/_process/locks.py",
        "        if self._owner == me:\n            if subject",
        "        if self._owner == me and not me:\n            if subject",
        (f"{_TESTS}/test_signals.py::test_set_up_in_a_signal_handler[fast]",),
        ("set_up_in_handler",),
    ),
    Mutation(
        "handlers-swallowed", 19, "what a signal handler raises is taken for the value's failure",
        f"{_CORE}/_process/interrupts.py",
        "        return _search(error)\n", "        return False, False\n",
        (f"{_TESTS}/test_signals.py::"
         "test_what_a_handler_raises_reaches_the_code_around[fast-Exception]",),
        ("time_limit_in_a_call",),
    ),
    Mutation(
        "descriptor-unowned", 19, "a file is open before it has an owner",
        f"{_CORE}/_process/ownership.py",
        "self.slot.extend(map(os.open, (path,), (flags,), (mode,)))",
        "self.slot.append(os.open(path, flags, mode))",
        (f"{_TESTS}/test_signals.py::test_interrupts_leave_no_descriptor_open",),
    ),
)  # fmt: skip
