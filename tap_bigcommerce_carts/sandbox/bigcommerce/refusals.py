"""Refusals of the API: each version has its own body."""

from dataclasses import dataclass, field
from typing import Any

STATUS_CODES_PAGE = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"


@dataclass(eq=False)
class V2Error(Exception):
    """A refusal in V2 form: a list with one object."""

    status: int
    message: str
    details: dict[str, Any] = field(default_factory=dict)

    def body(self) -> list[dict[str, Any]]:
        """Return the JSON body."""
        details = {"details": self.details} if self.details else {}
        return [{"status": self.status, "message": self.message, **details}]


@dataclass(eq=False)
class V3Error(Exception):
    """A refusal in V3 form: an object with a title."""

    status: int
    title: str
    errors: dict[str, str] = field(default_factory=dict)

    def body(self, errors_as: str = "map") -> dict[str, Any]:
        """Return the JSON body; `errors_as` is map, array or absent."""
        forms: dict[str, Any] = {"map": self.errors, "array": list(self.errors.values())}
        errors = {"errors": forms[errors_as]} if errors_as in forms else {}
        return {"status": self.status, "title": self.title, "type": STATUS_CODES_PAGE, **errors}
