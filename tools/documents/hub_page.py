"""What the page on Meltano Hub says that neither the tap nor its project file tells.

The texts are Markdown. Each is named as the Hub's schema names it, which says where it stands.
"""

from __future__ import annotations

_DEFINITION = (
    "reads abandoned carts, their line items, their owners and the orders they became, from "
    "BigCommerce or by way of API2Cart"
)

_PREREQ = """\
- A store-level API account of the store, with a V2/V3 API token that has the scopes *Orders:
  read-only* and *Customers: read-only*, and the store hash: the part after `stores/` of the API
  path that is shown with it.
- Or an account of API2Cart that the store is connected to.
"""

_SETTINGS_PREAMBLE = """\
With `source: bigcommerce`, the default, `store_hash` and `access_token` are needed; with
`source: api2cart`, `api2cart_api_key` and `api2cart_store_key`. All else has a default.

Numbers and lists are given as text, such as `[1, 2]`, which the tap reads. All settings are
checked before the first request, and a mistake is one sentence that names the setting.
"""

_NEXT_STEPS = """\
Abandoned carts with their line items, customers and orders are selected. The streams
`abandoned_cart_settings`, `abandoned_cart_emails`, `channels`, `customer_groups` and `store_logs`
need scopes of their own and are not.

BigCommerce tells of carts that were left at the payment step. For those that were left before,
the tap comes with an inbox for cart webhooks, whose database `inbox_url` names.
"""

_USAGE = """\
### Running it

Hourly is enough: a cart counts as abandoned after an idle hour. A run goes on from its bookmark,
and rows that come twice replace themselves, if the loader upserts.

### When something fails

Streams fail one by one: what stops one of them, such as a missing scope, is one sentence in the
log that says what to do; the others are read to their end, and the exit code is 1.

### After the load

The repository has a dbt project for what became of each cart, and a command that asks the store
again and compares it with the warehouse, key by key.
"""

PAGE: dict[str, object] = {
    "definition": _DEFINITION,
    "domain_url": "https://www.bigcommerce.com/",
    "keywords": ["abandoned carts", "api", "bigcommerce", "ecommerce", "meltano_sdk"],
    "log_parser": "singer-sdk",
    # There already, with other taps of BigCommerce.
    "logo_url": "/assets/logos/extractors/bigcommerce.png",
    "maintenance_status": "active",
    "next_steps": _NEXT_STEPS,
    "prereq": _PREREQ,
    # The Hub's maintainers give another one.
    "quality": "unknown",
    "settings_preamble": _SETTINGS_PREAMBLE,
    "usage": _USAGE,
}
