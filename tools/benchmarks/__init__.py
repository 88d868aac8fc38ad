"""The figures of the documents: `make bench` measures them, all in one run."""
