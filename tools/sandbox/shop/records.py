"""What the shop keeps of an order and of a customer.

A seeded record is drawn the first time somebody looks at it, so that a shop of 200,000 carts
opens at once. What its filters and indexes need is known from the start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .documents import Content, Document


@dataclass(slots=True)
class Order:
    """An order of any status. `drawn` makes its content from the record, once."""

    id: int
    created: datetime
    modified: datetime
    status_id: Any
    customer_id: Any
    channel_id: Any
    cart_id: Any
    email: Any
    drawn: Callable[[Order], Content] | None = None
    served: dict[Any, bytes] = field(default_factory=dict)
    _content: Content | None = None

    @property
    def content(self) -> Content:
        """The documents; drawn on first use."""
        if self._content is None:
            if self.drawn is None:
                raise LookupError(f"order {self.id} has no content")
            self._content = self.drawn(self)
        return self._content

    @content.setter
    def content(self, content: Content) -> None:
        self._content = content

    def forget_content(self) -> None:
        """Drop what can be drawn again; what was encoded stays."""
        if self.drawn is not None:
            self._content = None

    def keep(self) -> Content:
        """Return the content for changing it: from now on it is not drawn again."""
        content = self.content
        self.drawn = None
        self.served.clear()
        return content


@dataclass(slots=True)
class CustomerContent:
    """A customer's documents: itself and what its includes add."""

    document: Document
    addresses: list[Document] = field(default_factory=list)
    attributes: list[Document] = field(default_factory=list)
    form_fields: list[Document] = field(default_factory=list)
    store_credit_amounts: list[Document] = field(default_factory=list)


@dataclass(slots=True)
class Customer:
    """A registered customer."""

    id: int
    created: datetime
    modified: datetime
    drawn: Callable[[Customer], CustomerContent] | None = None
    served: dict[Any, bytes] = field(default_factory=dict)
    _content: CustomerContent | None = None

    @property
    def content(self) -> CustomerContent:
        """The documents; drawn on first use."""
        if self._content is None:
            if self.drawn is None:
                raise LookupError(f"customer {self.id} has no content")
            self._content = self.drawn(self)
        return self._content

    @content.setter
    def content(self, content: CustomerContent) -> None:
        self._content = content
