"""Where finished lines go: files, standard streams, callables, and the queues before them."""
