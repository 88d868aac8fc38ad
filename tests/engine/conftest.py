"""The PostgreSQL server that the warehouse tests start, for the tests here too."""

from tests.warehouse.conftest import postgres

__all__ = ["postgres"]
