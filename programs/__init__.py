"""The programs that people run, each started, loaded over real sockets, and judged by its lines."""
