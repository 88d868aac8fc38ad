"""What a release takes: version, changelog, files, and a bill of their materials.

The workflow of a release calls it, and so does `make dist` on any machine. What it needs beside
Python's own library is called as commands of the environment that it runs in, so that the small
steps run with any Python.
"""
