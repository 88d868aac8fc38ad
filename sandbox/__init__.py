"""A local store that behaves like BigCommerce's REST API, for trials, tests and benchmarks."""

from .faults import KINDS, Fault, Faults
from .quota import Quota
from .recorder import Request
from .server import Sandbox
from .shop import Shop

__all__ = ["KINDS", "Fault", "Faults", "Quota", "Request", "Sandbox", "Shop"]
