"""Why most settings are text: what Meltano makes of values of other kinds from `.env`.

The head of the definition says so. When a newer Meltano does better, this fails, and the kinds
can say more.
"""

from __future__ import annotations

import json
import subprocess

from tests.support.meltano import MELTANO

ASKED = """
import json, sys
from meltano.core.setting_definition import SettingDefinition, json_dumps

def passed_on(kind, text):
    of = SettingDefinition(name="it", kind=kind, options=[{"label": "a", "value": "a"}])
    try:
        return json_dumps(of.post_process_value(of.cast_value(text)))
    except Exception as error:
        return type(error).__name__

print(json.dumps([passed_on(*each) for each in json.load(sys.stdin)]))
"""
MADE = {
    ("decimal", "0.25"): "TypeError",
    ("integer", "many"): "ValueError",
    ("array", "5"): "ValueError",
    ("options", "b"): "ValueError",
    ("object", "{"): "ValueError",
    ("boolean", "ture"): "false",
    ("date_iso8601", "01/02/2026"): '"2026-01-02T00:00:00"',
    ("string", "0.25"): '"0.25"',
    ("object", '{"orders": {"ip_address": null}}'): '{"orders": {"ip_address": null}}',
}


def test_what_is_not_passed_on_or_not_in_a_sentence() -> None:
    done = subprocess.run(
        [MELTANO.with_name("python"), "-W", "ignore", "-c", ASKED],
        input=json.dumps(list(MADE)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert dict(zip(MADE, json.loads(done.stdout), strict=True)) == MADE
