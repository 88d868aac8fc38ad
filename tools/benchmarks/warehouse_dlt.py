"""A plain dlt pipeline of the same list, as dlt's documentation would have it.

Orders in status 0 with their lines inside, page by page; dlt makes tables of what is inside. Runs
in dlt's own environment: `python warehouse_dlt.py URL STORE_HASH TOKEN ADDRESS FOLDER`.
"""

import sys

import dlt  # type: ignore[import-not-found,unused-ignore]
from dlt.sources.rest_api import (  # type: ignore[import-not-found,unused-ignore]
    rest_api_source,
)


def main(url: str, store_hash: str, token: str, address: str, folder: str) -> None:
    """Load the carts."""
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{url}/stores/{store_hash}/v2/",
                "headers": {"X-Auth-Token": token, "Accept": "application/json"},
            },
            "resources": [
                {
                    "name": "orders",
                    "primary_key": "id",
                    "write_disposition": "merge",
                    "endpoint": {
                        "path": "orders",
                        "params": {
                            "status_id": 0,
                            "include": "consignments.line_items",
                            "consignment_structure": "object",
                            "limit": 250,
                        },
                        "data_selector": "$",
                        "paginator": {
                            "type": "page_number",
                            "base_page": 1,
                            "total_path": None,
                            "stop_after_empty_page": True,
                        },
                        # BigCommerce's answer after the last page is empty.
                        "response_actions": [{"status_code": 204, "action": "ignore"}],
                    },
                }
            ],
        }
    )
    # dlt wants a host and a password, also where the server listens on a socket and asks for none.
    address = address.replace(":@/", ":none@localhost/", 1)
    kind = dlt.destinations.postgres if "://" in address else dlt.destinations.duckdb
    pipeline = dlt.pipeline(
        "carts", pipelines_dir=folder, destination=kind(address), dataset_name="bigcommerce"
    )
    pipeline.run(source)


if __name__ == "__main__":
    main(*sys.argv[1:])
