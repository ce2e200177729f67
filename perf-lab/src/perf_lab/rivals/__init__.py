"""One constructor file per rival; each is imported by its own process only.

The contract of a file here, for `worker.py`:

    open_output(setup, path, options)   set the library up, anew, to append to `path`
    get_logger(name)                    a logger of that name, as its docs make one
    bind_context(fields)                bind to the context; may raise `call_syntax.Unsupported`
    clear_context()                     forget them
    close()                             flush, and let go of the path
    flush()                             only for who buffers: a round ends with it
    Adapter                             only for the syntax ``extra``: a logger with bound fields

Each is set up as its own documentation recommends for speed; a comment names the page.
"""
