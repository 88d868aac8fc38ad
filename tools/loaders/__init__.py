"""Loaders, run for real: what each makes of a value, for tests and for the table in the documents.

python -m tools.loaders            write the table in docs/loaders.md anew
python -m tools.loaders --show     show it
"""
