"""The figures of the README: `make bench` measures them, all in one run."""
