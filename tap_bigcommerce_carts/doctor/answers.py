"""What any answer of the store tells: its time, and what is left of the quota.

https://developer.bigcommerce.com/docs/start/best-practices/api-rate-limits
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.doctor.findings import Finding
from tap_bigcommerce_carts.singer.progress import counted

if TYPE_CHECKING:
    from datetime import datetime

    from tap_bigcommerce_carts.http.quota import Quota

# How far clocks may be apart. A receiver of webhooks refuses signatures that are further off
# (inbox/receiver/authenticity.py).
_SECOND, _NOTED, _WRONG = timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=5)
_EFFECT = (
    "A load goes by the store's clock, so that no row is lost by it. But runs start at other times "
    "than they should, and ages are wrong"
)
_REFUSED = "; an inbox on this machine refuses signed webhooks, as if they were forged"
_OF_SANDBOX = (
    "That address is this machine's own, where a sandbox goes by a time of its own: it is expected."
)
_BEHIND_PROXY = "If it is a proxy to BigCommerce, set this machine's clock by the network."
_TODO = "Let this machine set its clock by the network (`timedatectl set-ntp true`)."


def check_clock(
    asked_at: datetime, clock: datetime, answered_at: datetime, *, local: bool = False
) -> Finding:
    """Return whether this machine's clock agrees with the store's.

    Args:
        asked_at: by this machine's clock, before the store was asked.
        clock: the store's, when it answered, in whole seconds.
        answered_at: by this machine's clock, when the answer was there.
        local: whether who answered is on this machine: a sandbox has a time of its own.
    """
    ahead, behind = asked_at - (clock + _SECOND), clock - answered_at
    off, how = (ahead, "ahead of") if ahead > behind else (behind, "behind")
    if off <= _NOTED:
        return Finding.fine("clock", "This machine's agrees with the store's, to a minute.")
    if local:
        said = f"This machine's is {_words(off)} {how} that of the store at `api_url`."
        return Finding.note("clock", f"{said} {_OF_SANDBOX}", _BEHIND_PROXY)
    said = f"This machine's is {_words(off)} {how} the store's. {_EFFECT}"
    if off <= _WRONG:
        return Finding.note("clock", f"{said}.", _TODO)
    return Finding.fault("clock", f"{said}{_REFUSED}.", _TODO)


def check_quota(quota: Quota | None, reserve: float, waits: int) -> Finding:
    """Return what there is of the quota of requests.

    Args:
        quota: as the last answer told it; None if none did.
        reserve: the setting `rate_limit_reserve`.
        waits: how often the next window was waited for to ask this much.
    """
    if quota is None:
        return Finding.note(
            "quota", "The store's answers do not tell it, so that it is not waited for."
        )
    window = f" in {quota.window:g} s" if quota.window else ""
    said = (
        f"{quota.requests:,} requests{window}, of which {quota.left:,} are left; "
        f"`rate_limit_reserve` ({reserve:g}) keeps {int(quota.requests * reserve):,} for other "
        "apps."
    )
    if waits or quota.left <= quota.requests * reserve:
        waited = f" So did this command, {counted(waits, 'time')}." if waits else ""
        return Finding.note(
            "quota",
            f"{said} Nearly all of it is used, or kept: a load waits for the next window, again "
            f"and again.{waited}",
            "Load when other apps use less, or lower `rate_limit_reserve`.",
        )
    return Finding.fine("quota", said)


def _words(off: timedelta) -> str:
    seconds = int(off.total_seconds())
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{round(seconds / size):,} {unit}"
    return f"{seconds} seconds"
