"""What the shop keeps of an order and of a customer.

A seeded record is drawn the first time somebody looks at it, so that a shop of 200,000 carts
opens at once. What its filters and indexes need is known from the start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.sandbox.shop.dates import iso, rfc2822

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

Document = dict[str, Any]


@dataclass(slots=True)
class OrderContent:
    """An order's documents: itself, its lines, and its consignments without their lines.

    `absent` names fields that are not served at all.
    """

    document: Document
    lines: list[Document]
    consignments: Document
    coupons: list[Document] = field(default_factory=list)
    absent: frozenset[str] = frozenset()


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
    drawn: Callable[[Order], OrderContent] | None = None
    served: dict[Any, bytes] = field(default_factory=dict)
    _content: OrderContent | None = None

    @property
    def content(self) -> OrderContent:
        """The documents; drawn on first use."""
        if self._content is None:
            if self.drawn is None:
                raise LookupError(f"order {self.id} has no content")
            self._content = self.drawn(self)
        return self._content

    @content.setter
    def content(self, content: OrderContent) -> None:
        self._content = content

    @property
    def stamps(self) -> Document:
        """Its id and its dates, as V2 writes them."""
        return {
            "id": self.id,
            "date_created": rfc2822(self.created),
            "date_modified": rfc2822(self.modified),
        }

    @property
    def document(self) -> Document:
        """The order without links and includes. Fields set by hand win over everything."""
        content = self.content
        document = self.stamps | content.document
        return {name: value for name, value in document.items() if name not in content.absent}

    def forget_content(self) -> None:
        """Drop what can be drawn again; what was encoded stays."""
        if self.drawn is not None:
            self._content = None

    def keep(self) -> OrderContent:
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

    @property
    def stamps(self) -> Document:
        """Its id and its dates, as V3 writes them, and how much there is to include."""
        return {
            "id": self.id,
            "date_created": iso(self.created),
            "date_modified": iso(self.modified),
            "address_count": len(self.content.addresses),
            "attribute_count": len(self.content.attributes),
        }

    @property
    def document(self) -> Document:
        """The customer with all there is to include. Fields set by hand win over everything."""
        content = self.content
        included = {
            "addresses": content.addresses,
            "attributes": content.attributes,
            "store_credit_amounts": content.store_credit_amounts,
            "form_fields": content.form_fields,
        }
        return self.stamps | included | content.document
