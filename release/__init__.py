"""Makes what a release consists of: `nox -s release`, with `-- --dry-run` on any machine."""
