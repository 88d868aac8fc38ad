"""A catalog of Iceberg tables in a folder, by REST, as an Iceberg loader expects one.

What it keeps, and how it commits, is pyiceberg's own catalog of a database; here it is only
answered by HTTP, as far as the loader asks. It runs in the loader's environment, which has it.

    python iceberg_catalog.py FOLDER      serve, and write the port

Beside the protocol (Apache Iceberg's REST catalog specification) it shows what a table holds.
"""

from __future__ import annotations

import json
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

from pyiceberg.catalog.rest import CreateTableRequest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchTableError,
)
from pyiceberg.table import CommitTableRequest

if TYPE_CHECKING:
    from pyiceberg.table import Table


class UnknownAddressError(Exception):
    """The catalog has nothing at an address; the loader needs no more than there is."""


# How an error is answered; pyiceberg tells them apart by the status.
STATUS = {
    NoSuchTableError: HTTPStatus.NOT_FOUND,
    NamespaceAlreadyExistsError: HTTPStatus.CONFLICT,
    CommitFailedException: HTTPStatus.CONFLICT,
    UnknownAddressError: HTTPStatus.NOT_FOUND,
}


def catalog_in(folder: str) -> SqlCatalog:
    """Open the catalog whose database and tables are in a folder."""
    return SqlCatalog("local", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")


def answer(catalog: SqlCatalog, path: list[str], given: dict[str, Any] | None) -> dict[str, Any]:
    """Do what is requested.

    Args:
        catalog: which is asked.
        path: what follows `v1` in the address, in its parts.
        given: the body of a POST; None for a GET.

    Returns:
        The body of the response.
    """
    match path, given:
        case ["config"], None:
            return {"defaults": {}, "overrides": {}}
        case ["namespaces"], {"namespace": namespace}:
            catalog.create_namespace(tuple(namespace))
            return {"namespace": namespace, "properties": {}}
        case ["namespaces", namespace, "tables"], {}:
            request = CreateTableRequest.model_validate({"location": None, **given})
            return described(catalog.create_table((namespace, request.name), request.table_schema))
        case ["namespaces", namespace, "tables", name], None:
            return described(catalog.load_table((namespace, name)))
        case ["namespaces", namespace, "tables", name], {}:
            commit = CommitTableRequest.model_validate(given)
            table = catalog.load_table((namespace, name))
            catalog.commit_table(table, commit.requirements, commit.updates)
            return described(catalog.load_table((namespace, name)))
        case ["namespaces", namespace, "tables", name, "shown"], None:
            return shown(catalog.load_table((namespace, name)))
    raise UnknownAddressError(f"Nothing here answers /{'/'.join(path)}.")


def described(table: Table) -> dict[str, Any]:
    """Describe a table as the protocol does."""
    metadata = json.loads(table.metadata.model_dump_json())
    return {"metadata-location": table.metadata_location, "metadata": metadata}


def shown(table: Table) -> dict[str, Any]:
    """Return the types and rows of a table."""
    types = {field.name: str(field.field_type) for field in table.schema().fields}
    return {"types": types, "rows": table.scan().to_arrow().to_pylist()}


class Handler(BaseHTTPRequestHandler):
    """Reads a request, and sends the answer or the error that it ends with."""

    catalog: SqlCatalog

    def do_GET(self) -> None:
        """Answer a GET."""
        self._respond(None)

    def do_POST(self) -> None:
        """Answer a POST."""
        self._respond(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _respond(self, given: dict[str, Any] | None) -> None:
        path = self.path.partition("?")[0].partition("/v1/")[2].split("/")
        try:
            status, body = HTTPStatus.OK, answer(self.catalog, path, given)
        except tuple(STATUS) as error:
            status, kind = STATUS[type(error)], type(error).__name__
            body = {"error": {"message": str(error), "type": kind, "code": status}}
        text = json.dumps(body, default=lambda instant: instant.isoformat()).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def serve(folder: str) -> None:
    """Serve the catalog of a folder on a free port of this machine, and write the port."""
    Handler.catalog = catalog_in(folder)
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_port, flush=True)  # noqa: T201 - who started this reads it
        server.serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1])
