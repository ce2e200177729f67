"""The viewer: log files of any producer, as people read them; `foundation view` is its command."""
