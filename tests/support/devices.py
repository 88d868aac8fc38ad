"""Devices that the tests write to."""

from pathlib import Path


def full_device() -> Path:
    """Return the device on which there is never any space left.

    Raises:
        FileNotFoundError: this system has none; Linux has.
    """
    device = Path("/dev/full")
    if not device.exists():
        raise FileNotFoundError(f"{device} is needed.")
    return device
