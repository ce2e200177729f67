"""The promises: what each says, which tests hold it, where its limits are. Plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """Hold one promise.

    Args:
        number: As everybody calls it.
        title: In two or three words.
        text: What is promised.
        tests: The tests of the suite that hold it: file, then names.
        limits: What it does not cover, and why; empty if there is nothing to say.
    """

    number: int
    title: str
    text: str
    tests: tuple[tuple[str, tuple[str, ...]], ...]
    limits: str = ""


_CORE = "packages/foundation-core/tests"
_GUARANTEES = f"{_CORE}/test_guarantees.py"
_FILES = f"{_CORE}/test_files.py"
_ENTRANCES = f"{_CORE}/test_entrances.py"
_VALUES = f"{_CORE}/test_values.py"

PROMISES = (
    Promise(
        1, "Never raises",
        "No log call lets an `Exception` reach its caller, whatever the value, the output or the "
        "moment. Wrong configuration raises `ConfigurationError`, at set-up. `KeyboardInterrupt` "
        "and `SystemExit` pass, and leave nothing locked.",
        ((_GUARANTEES, ("test_full_device_loses_nothing_silently", "test_started_without_stderr",
                        "test_unusable_stream_is_counted", "test_stream_of_the_users",
                        "test_broken_pipe_is_counted")),
         (_VALUES, ("test_failing_object_is_a_marker", "test_interrupt_passes",
                    "test_used_up_stack_is_survived")),
         (f"{_CORE}/test_pipeline.py", ("test_failure_inside_of_a_call_is_counted",)),
         (f"{_CORE}/test_superseded.py",
          ("test_patch_undone_around_a_set_up_keeps_lines",
           "test_method_kept_by_a_subclass_follows_set_ups",
           "test_logger_that_nothing_has_initialised_writes")),
         ("tests/test_fuzz.py", ("test_any_bytes",))),
        "A call without an event is Python's own `TypeError`. Where the stack has no room for the "
        "call itself, a few frames, Python raises `RecursionError` before Foundation is there. "
        "If a program makes a logger without `get_logger`, only the methods that write lines work.",
    ),
    Promise(
        2, "Never silent",
        "Each accepted call is a line or a count in `stats()`, by output and by reason; what a "
        "processor drops is counted too. The first loss is said on stderr, then at most one "
        "notice in five seconds, and the sum at the end, as records in that stream's format.",
        ((_GUARANTEES, ("test_full_device_loses_nothing_silently",
                        "test_dropped_lines_are_said_on_stderr", "test_notices_are_no_calls",
                        "test_unusable_stream_is_counted")),
         (f"{_CORE}/test_outputs.py", ("test_closed_streams_are_counted",
                                       "test_failing_handler_is_counted_and_keeps_quiet")),
         (f"{_CORE}/test_recursion.py", ("test_recursion_costs_no_room_in_the_queue",)),
         (f"{_CORE}/test_signal_storm.py", ("test_storm_of_signals_counts_no_call_twice",)),
         (f"{_CORE}/test_pipeline.py", ("test_dropped_event_is_counted",))),
        "The count lives in the process: SIGKILL takes it along. A call that an interrupt hits "
        "between its write and its count may be counted one too few.",
    ),
    Promise(
        3, "Returned means written",
        "With direct delivery, the default, the kernel has the line when its call has returned. "
        "SIGKILL, a crash, `os._exit`, SIGTERM and an exception that nobody catches lose none.",
        ((_GUARANTEES, ("test_returned_lines_survive_the_end_of_the_process",)),),
        "With [background delivery](guide/delivery.md) a call returns before the write, so the "
        "lines in the queue may be lost. The kernel is not the disk: there is no `fsync`, so a "
        "power failure may take the last seconds. On NFS another machine sees lines when the "
        "client sends them. SIGKILL may cut the line of a call that has not returned; whoever "
        "opens the file next begins a new line.",
    ),
    Promise(
        4, "One line, one write",
        "A line goes out in one write, to files opened for appending. Lines of several threads and "
        "processes are never mixed in one file.",
        ((_GUARANTEES, ("test_processes_share_a_file", "test_threads_share_an_output",
                        "test_long_lines_through_a_pipe_are_whole",
                        "test_stdout_keeps_the_order_of_print",
                        "test_file_is_private_and_appended_to")),),
        "On a pipe that several processes share, the kernel keeps lines of up to `PIPE_BUF` (4,096 "
        "bytes on Linux) whole, and no longer ones; within one process all are whole. NFS has no "
        "atomic append: processes on two machines must not share a file.",
    ),
    Promise(
        5, "Writes are completed",
        "Short writes, EAGAIN and EINTR are completed, within `write_timeout_s`; what is left then "
        "is counted. A raw `sys.stdout.buffer` (PYTHONUNBUFFERED=1) is no exception.",
        ((_GUARANTEES, ("test_slow_reader_of_a_non_blocking_pipe_gets_every_line",
                        "test_stuck_reader_costs_one_deadline", "test_stream_socket_as_stderr",
                        "test_terminal_gets_every_line")),
         (f"{_CORE}/test_sink.py", ("test_short_write_is_completed",)),
         (f"{_CORE}/test_outputs.py", ("test_raw_stream_that_takes_little",))),
        "A blocking pipe whose reader is stuck holds the caller for as long as the reader likes: "
        "the descriptor says so, and it is not ours to change.",
    ),
    Promise(
        6, "No deadlock",
        "Fork while threads log, signal handlers, `__del__`, `__repr__`, streams that log, the end "
        "of the interpreter, KeyboardInterrupt at any moment: calls return and lines are there.",
        ((_GUARANTEES, ("test_fork_while_threads_log", "test_fork_in_the_midst_of_the_first_line",
                        "test_signal_handler_logs_during_log_calls",
                        "test_storm_of_interrupts_leaves_nothing_locked_or_torn",
                        "test_values_and_finalizers_that_log",
                        "test_lines_at_interpreter_shutdown",
                        "test_daemon_thread_that_was_stopped_amid_a_write_locks_nobody_out")),
         (f"{_CORE}/test_process.py", ("test_queue_gets_a_thread_in_a_child",
                                       "test_lock_that_another_thread_held_does_not_stop_a_child")),
         (f"{_CORE}/test_reentrancy.py", ("test_renewed_lock_has_no_holder",
                                         "test_interrupt_leaves_the_lock_free"))),
        "A line that a signal handler logs in the midst of a write to the same stream is written "
        "right after that write. A stream whose own `write` logs would call itself for ever: lines "
        "are written that are up to three deep in each other, and deeper ones count as dropped.",
    ),
    Promise(
        7, "Strict JSON",
        "One object a line, UTF-8, no NaN, no duplicate key, no lone surrogate, for two parsers.",
        ((f"{_CORE}/test_json_renderer.py", ("test_any_line_is_strict_json",)),
         (f"{_CORE}/test_conformance.py", ("test_lanes_agree", "test_lanes_agree_on_anything")),
         (_VALUES, ("test_any_graph_is_strict_json",)),
         ("tests/test_fuzz.py", ("test_corpus", "test_any_bytes"))),
        "A processor that renders the line itself, as structlog's do, answers for its JSON.",
    ),
    Promise(
        8, "Every value renders",
        "Any object becomes plain data, bounded in depth, items and size, with a visible mark "
        "where something was cut. Nothing is called that consumes it.",
        ((_VALUES, ("test_plain", "test_cycles_are_markers", "test_depth_is_bounded",
                    "test_items_are_bounded", "test_strings_are_bounded", "test_whole_is_bounded",
                    "test_iterators_are_not_consumed", "test_digits_of_a_large_int_are_right",
                    "test_numpy_scalars", "test_pandas_scalars", "test_pydantic_models")),
         (f"{_CORE}/test_json_renderer.py", ("test_hostile_datetime_does_not_crash_the_process",)),
         (f"{_CORE}/test_pipeline.py", ("test_endless_event_is_bounded",))),
        "A `__repr__` that never returns is the program's own code, and holds the call.",
    ),
    Promise(
        9, "No spoofing",
        "A field cannot overwrite time, level, logger, event or any other key of the line; it is "
        "kept under the same name with an underscore.",
        ((f"{_CORE}/test_redaction.py", ("test_settle", "test_reserved_key_is_renamed")),
         (f"{_CORE}/test_pipeline.py", ("test_processors_cannot_spoof_the_level",))),
    ),
    Promise(
        10, "No injection (CWE-117)",
        "Line ends, ESC, C0, DEL, C1, U+2028, U+2029 and marks that turn the direction of text are "
        "escaped in event, keys, values and tracebacks, in every format. A message is a format "
        "string only where positional arguments are given.",
        ((f"{_CORE}/test_escaping.py", ("test_every_unsafe_character_is_escaped",
                                      "test_escaped_text_is_harmless",
                                      "test_escaped_json_parses_to_the_original")),
         (f"{_CORE}/test_logfmt_renderer.py", ("test_no_code_point_breaks_a_value",)),
         (f"{_CORE}/test_view.py", ("test_any_line_is_shown", "test_hostile_line")),
         ("tests/test_fuzz.py", ("test_any_bytes",))),
        "Letters that merely look like others are text, and stay.",
    ),
    Promise(
        11, "Rotation is followed",
        "Rename and create: no line is lost, and within a second they go to the new file. "
        "Unlink: a new file within a second. Copytruncate: lines go on at the new end. The first "
        "file has mode 0640, a new one its predecessor's. A program that the process starts does "
        "not inherit the descriptor of the file.",
        ((_GUARANTEES, ("test_rotation_is_followed", "test_file_is_private_and_appended_to",
                        "test_closed_and_reused_descriptor_is_left_alone")),
         (f"{_CORE}/test_sink.py", ("test_rename_is_followed_under_the_same_number",))),
        "After an unlink the lines of at most a second go with the file. Copytruncate loses what "
        "is written between its copy and its cut, whoever writes.",
    ),
    Promise(
        12, "A full disk is survived",
        "The torn end of a line is closed off as a line of its own, the next line is whole, and a "
        "record says how many were lost.",
        ((_GUARANTEES, ("test_file_size_limit_tears_one_line_and_is_survived",
                        "test_full_disk_is_survived_by_several_processes",
                        "test_torn_line_of_an_earlier_process_is_closed_off")),),
        "The lines that found no room are lost, and counted.",
    ),
    Promise(
        13, "Secrets stay out",
        "Values under secret-looking keys are masked at any depth, in lists, in events and "
        "arguments that are dicts, in `extra` of logging, in every output. The list is in the "
        "[telemetry format](telemetry-format.md#redaction); `redact_keys` extends it, and "
        "replaces it with `Redaction(defaults=False)`. Tracebacks carry no local variables, but "
        "at a terminal where `Console(locals=True)` asks for them, masked as fields are.",
        ((_VALUES, ("test_secrets_are_masked_at_any_depth", "test_cut_key_is_still_secret")),
         (f"{_CORE}/test_redaction.py", ("test_secret_key", "test_redact_keys_extend_the_list",
                                    "test_redact_keys_replace_the_list")),
         (f"{_CORE}/test_pipeline.py", ("test_event_and_arguments_that_are_no_text",)),
         (f"{_CORE}/test_exceptions.py", ("test_locals_stay_out",)),
         (f"{_CORE}/test_variables.py", ("test_only_a_terminal_has_them",
                                   "test_patterns_and_keys_of_the_redaction_hold")),
         ("tests/test_fuzz.py", ("test_any_bytes",))),
        "A secret within a text, such as a message, is not masked by default. "
        "[`redact_patterns`](redaction.md#patterns) names what to look for in texts.",
    ),
    Promise(
        14, "Telemetry holds nobody up",
        "Counters are exact. An exporter that is dead or slow never blocks a log call. What "
        "telemetry costs is on the [performance page](performance.md).",
        ((f"{_CORE}/test_stats.py", ("test_counts_from_threads_are_exact",)),
         ("packages/foundation-otel/tests/test_faults.py",
          ("test_absent", "test_refused", "test_hanging", "test_full_queue"))),
    ),
    Promise(
        15, "Importing changes nothing",
        "Importing Foundation, making loggers and binding fields changes nothing global: no "
        "handler, no filter, no hook, no configuration of structlog, no thread.",
        ((f"{_CORE}/test_init.py", ("test_import_changes_nothing_global",
                                    "test_first_line_changes_nothing_global",
                                    "test_shutdown_gives_everything_back")),),
    ),
    Promise(
        16, "Supply chain",
        "Workflows pin actions by commit and begin without permissions; locks pin every package "
        "by version and hash, those that a release's wheels are tested beside as well; two builds "
        "of a wheel are the same bytes; a release is a commit of main; the oldest versions allowed "
        "have no vulnerability that Foundation reaches; the configuration says which installed "
        "packages may add to it.",
        (("tests/test_repository.py", ("test_actions_are_pinned", "test_lock_is_pinned_by_hash",
                                       "test_workflows_call_nox_only",
                                       "test_release_wheels_meet_locked_code_only",
                                       "test_orjson_survives_a_deep_document",
                                       "test_every_locked_version_is_audited")),
         ("tests/test_release.py", ("test_a_tag_beside_main_is_refused",)),
         (f"{_CORE}/test_entry_points.py", ("test_forbidden_package_is_not_even_imported",))),
        "Other libraries are not judged here. A package that runs code when Python starts (`.pth`) "
        "needs no entry point, and compiled wheels are made by tools that cibuildwheel pins by "
        "version, not by hash.",
    ),
    Promise(
        17, "Any logger writes",
        "A logger that was unpickled, copied, imported from whatever module, patched and given "
        "back, or kept from before a set-up writes like any other.",
        ((_ENTRANCES, ("test_unpickled_logger_writes",
                       "test_logger_of_an_inner_module_writes",
                       "test_no_import_leaves_a_logger_without_a_starter",
                       "test_logger_that_goes_to_a_worker_writes_there",
                       "test_logger_is_its_own_copy", "test_mock_patches_one_logger")),),
        "A worker that a logger is sent to sets itself up: it writes as its own environment says, "
        "not as the sender's configuration. What is bound to a logger must itself be picklable.",
    ),
    Promise(
        18, "Foreign files stay clean",
        "No line goes into a file or a socket that was opened after somebody had closed the "
        "descriptor of a log file (`closerange`, a double fork), or was put under a low number "
        "with `dup2`; the file is opened again with the next line, and none is lost.",
        ((_FILES, ("test_lines_stay_out_of_foreign_files",
                   "test_number_that_is_given_away_is_left", "test_low_limit_of_descriptors")),
         (_GUARANTEES, ("test_closed_and_reused_descriptor_is_left_alone",))),
        "A log file's descriptor has the number 979 or one above it. If somebody puts another file "
        "under exactly this number with `dup2`, that file gets the lines of up to a second in "
        "direct delivery. A process that may have fewer than 50 descriptors has "
        "no high ones, and one that opens 970 files before its next line meets ours again. stdout "
        "and stderr are the program's: whoever takes over 1 or 2 is meant.",
    ),
    Promise(
        19, "Signals are safe",
        "`set_level`, `setup_telemetry` and log calls in a signal handler neither hang nor crash: "
        "a change that interrupts another of its thread takes its turn behind it. An exception "
        "that a handler raises reaches the code that it interrupted, and the line is counted.",
        ((f"{_CORE}/test_signals.py", ("test_level_is_set_in_a_signal_handler",
                                       "test_set_up_in_a_signal_handler",
                                       "test_everything_in_a_signal_handler",
                                       "test_interrupted_set_up_leaves_one_that_works",
                                       "test_interrupts_leave_no_descriptor_open",
                                       "test_what_a_handler_raises_reaches_the_code_around",
                                       "test_handlers_of_every_kind_are_known")),),
        "Foundation recognises a handler by its code in the traceback. If the handler is written "
        "in C, or has been replaced by then, its exception counts as the failure of the value. Up "
        "to one of a thousand that come at random is lost: Python itself throws away what is "
        "raised in a finaliser. What a change raises that had to wait is said on stderr. A logger "
        "keeps an "
        "older set-up's file open until its next call.",
    ),
    Promise(
        20, "Together on one file",
        "A process that rotates and compresses a file destroys no line of a process that writes "
        "to the same file and does not rotate it, whether that one uses Foundation or follows "
        "renames in its own way.",
        ((_FILES, ("test_compressing_destroys_nobodys_lines",
                   "test_file_that_a_stranger_has_open_is_not_compressed")),
         (f"{_CORE}/test_rotating_sink.py", ("test_file_that_is_open_somewhere_stays",))),
        "Only Linux says who has a file open, of local file systems and of one's own files (or to "
        "root). Elsewhere other programs must have left a renamed file alone for 2.5 seconds, or "
        "what they write later is lost with it.",
    ),
    Promise(
        21, "Readers cost little",
        "A reader that is stalled or comes in bursts costs a caller at most 5 % of any ten "
        "seconds (`write_timeout_s`, for each output); then lines are dropped and counted until "
        "it keeps up.",
        ((f"{_CORE}/test_stream.py", ("test_bursty_reader_costs_five_percent",
                                      "test_buffered_stream_on_a_pipe_that_does_not_block")),
         (_GUARANTEES, ("test_stuck_reader_costs_one_deadline",))),
        "A reader that takes something fifty times a second is slow, not stalled, and sets the "
        "pace. A pipe that blocks holds the caller in the kernel: only background delivery keeps "
        "callers free of it. With background delivery a call waits for room in a full "
        "queue; a wait counts only after 0.1 s in which nothing was written.",
    ),
    Promise(
        22, "Memory may run out",
        "Where an allocation fails the line is dropped and counted, and the process lives: orjson, "
        "which would crash it, is asked only after the memory that it will need.",
        ((f"{_CORE}/test_scarce_memory.py", ("test_line_without_memory_is_counted",
                                             "test_long_line_without_memory_is_counted")),
         (f"{_CORE}/test_json_renderer.py", ("test_hostile_enum_does_not_crash_the_process",)),
         ("tests/test_fuzz.py", ("test_anything_in_any_place_of_a_line",))),
        "Below ERROR, a line in the Python lanes whose texts are all short is not checked: orjson "
        "needs 4 to 16 KB for it (260 bytes a field for hundreds of them), and where not even "
        "those are left the process may still crash. Where the caller's own arguments find no "
        "memory, Python raises `MemoryError` before Foundation is there.",
    ),
    Promise(
        23, "Handlers are taken over whole",
        "A set-up sets handlers of `logging` aside that end at stderr, stdout or a file of ours, "
        "whatever class they are of. Their filters still run, no line comes twice and none is "
        "lost; a handler of which nobody can tell where it writes stays, and is named once. "
        "Loggers of structlog from before the set-up write through Foundation. Where an object "
        "that writes into `logging` stands in the place of stderr or stdout, as Celery's and "
        "Airflow's do, lines go to the original.",
        ((f"{_CORE}/test_set_aside.py", ("test_masking_filter_masks", "test_several_handlers",
                                         "test_filters_run_wherever_they_stand",
                                         "test_failing_filter_gives_no_clear_line")),
         (f"{_CORE}/test_handler_ends.py", ("test_no_line_comes_twice",
                                            "test_what_ends_elsewhere_stays",
                                            "test_what_cannot_be_told_stays_and_is_said_once")),
         (f"{_CORE}/test_feedback.py", ("test_lines_meant_for_a_stream_that_logs_come_out_once",
                                        "test_threads_that_meet_a_stream_that_logs")),
         (f"{_CORE}/test_structlog_earlier.py", ("test_earlier_loggers_write_through_us",
                                                 "test_later_configuration_is_said_once",
                                                 "test_later_renderer_gets_no_secret")),
         (f"{_CORE}/test_messages.py", ("test_dict_becomes_fields",
                                        "test_colours_and_line_ends_leave_the_event")),
         (f"{_CORE}/test_testing.py", ("test_capture_survives_a_set_up",
                                       "test_levels_come_back"))),
        "Filters only: what a formatter, or an `emit` of the handler's own, masks or does is gone "
        "with the handler. A `structlog.configure` after the set-up that names another wrapper "
        "class passes Foundation by; that is said once.",
    ),
    Promise(
        24, "One rule for secrets",
        "Whatever becomes text, fields and arguments alike, goes through one encoder, which masks "
        "the values of secret keys in every kind of container and record.",
        ((f"{_CORE}/test_arguments.py", ("test_no_secret_is_written", "test_arguments")),
         (f"{_CORE}/test_proxies.py", ("test_proxy_is_shown_as_what_is_behind_it",))),
        "A text that an object makes of itself, and a table of pandas, are text: nothing searches "
        "them. A handler of `logging` with a formatter of its own gets the exception itself.",
    ),
    Promise(
        25, "Bounded whatever comes",
        "No shape of a line makes its call cost more than ten times what its bytes cost elsewhere; "
        "every cache has a bound in bytes; rendering that logs has a bound in depth.",
        ((f"{_CORE}/test_arguments.py", ("test_values_that_log_do_not_multiply",)),
         ("packages/foundation-native/tests/test_strangers.py",
          ("test_many_unknown_keys_do_not_multiply_a_line",
           "test_flood_of_fresh_keys_leaves_known_ones", "test_long_keys_are_not_kept"))),
        "A value may log while it is rendered. In such a line, an object of a class of your own "
        "is only named by its type, and of the context only plain values are there. A processor "
        "that logs twice for each line is the program's own recursion. What a logger has "
        "rendered lives as long as the logger, and the logger of a name as long as the process: "
        "names are for code, not for data.",
    ),
    Promise(
        26, "Exit ends",
        "A process ends with daemon threads that log, with `__del__` that logs, and with queues "
        "that are full.",
        ((f"{_CORE}/test_signals.py", ("test_daemon_threads_do_not_hold_up_the_end",)),),
        "Lines of daemon threads that the interpreter stops in the midst of a call may be torn or "
        "missing.",
    ),
    Promise(
        27, "Files get no wider",
        "The successor of a log file, its earlier generations and their compressed forms have the "
        "permissions of the file before, or narrower ones, and its group; none of them is setuid. "
        "Links under the names of earlier generations are not followed.",
        ((_FILES, ("test_new_file_is_as_private_as_the_old_one",
                   "test_new_file_is_for_the_same_group", "test_compressing_follows_no_link")),),
        "A new file after a restart, when none is there, has mode 0640. Access control lists are "
        "not copied. A log file's own name may be a link, and is followed: whoever may change the "
        "folder may say where lines go.",
    ),
)  # fmt: skip
