"""Contention: threads, processes and asyncio tasks that log at once."""
