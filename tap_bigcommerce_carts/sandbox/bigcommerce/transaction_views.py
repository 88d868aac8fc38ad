"""Transactions of an order as the API serves them.

https://developer.bigcommerce.com/docs/rest-management/transactions
"""

from tap_bigcommerce_carts.sandbox.shop.dates import iso
from tap_bigcommerce_carts.sandbox.shop.records import Document, Order

_UNPAID = 0


def transactions_of(order: Order, *, of_incomplete: bool) -> list[Document]:
    """Return what was tried to pay an order: one purchase, which failed if it is in status 0.

    Args:
        order: which.
        of_incomplete: whether an order in status 0 has the one that failed; else it has none.
    """
    failed = order.status_id == _UNPAID
    if failed and not of_incomplete:
        return []
    document = order.content.document
    return [
        {
            "id": order.id * 10 + 1,
            "order_id": str(order.id),
            "event": "purchase",
            "method": "credit_card",
            "amount": float(document["total_inc_tax"]),
            "currency": document["currency_code"],
            "gateway": "testgateway",
            "gateway_transaction_id": f"invented-{order.id}",
            "payment_method_id": "testgateway.credit_card",
            "test": True,
            "status": "error" if failed else "ok",
            "fraud_review": False,
            "reference_transaction_id": None,
            "date_created": iso(order.modified),
            "avs_result": {"code": "", "message": "", "street_match": "", "postal_match": ""},
            "cvv_result": {"code": "", "message": ""},
            "credit_card": {
                "card_type": "visa",
                "card_iin": "411111",
                "card_last4": "1111",
                "card_expiry_month": 12,
                "card_expiry_year": 2030,
            },
            "gift_certificate": None,
            "store_credit": None,
            "offline": None,
            "custom": None,
            "payment_instrument_token": None,
            "provider_instrument_token": None,
            "provider_customer_id": None,
            "custom_provider_field_result": None,
        }
    ]
