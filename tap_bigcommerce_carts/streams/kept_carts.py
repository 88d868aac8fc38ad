"""What the inbox may keep of carts, so that they need not be read again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import structs

from tap_bigcommerce_carts.rows.fields import group, personal, several, text
from tap_bigcommerce_carts.rows.personal_data import Masking, fingerprint, mask_for
from tap_bigcommerce_carts.rows.projection import Projection
from tap_bigcommerce_carts.streams.inbox_carts import CART_FIELDS, LINE_FIELDS, LINE_KINDS

if TYPE_CHECKING:
    from tap_bigcommerce_carts.inbox.lifecycle import Reading

# What is kept of a cart: what its columns are read from, and what they follow from.
_KEPT = Projection(
    (
        *CART_FIELDS,
        several("coupons", "Coupons in the cart.", personal(text("code", "What was typed."))),
        group(
            "line_items",
            "The lines, by kind.",
            *(several(kind, "Lines.", *LINE_FIELDS) for kind in LINE_KINDS),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class CartKeeper:
    """What the inbox may keep of a cart: what its rows are made of, masked as they are.

    Args:
        how: how personal data is masked.
        salt: the key of the hashes.
    """

    how: Masking
    salt: str

    @property
    def mark(self) -> str:
        """How personal data is masked: `Reading.treated`."""
        return fingerprint(self.how, self.salt)

    def kept(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return what may be kept of a cart."""
        return self._kept(document, self.how)

    def renewed(self, reading: Reading) -> Reading:
        """Return a reading that was masked otherwise, masked as those of now are."""
        # A hash of a hash, or one made with another salt, would make two persons of one.
        how = Masking.DROP if reading.treated else self.how
        document = reading.document and self._kept(reading.document, how)
        return structs.replace(reading, document=document, treated=self.mark)

    def _kept(self, document: dict[str, Any], how: Masking) -> dict[str, Any]:
        return _KEPT.project(document, mask_for(how, self.salt))
