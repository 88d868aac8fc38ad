"""`make demo` and `make run`: loads a store through Meltano into DuckDB and asks SQL about it."""
