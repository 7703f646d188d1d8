"""What a message tells people to do about a wheel that is wrong."""

from __future__ import annotations

BUILD_AGAIN = "use a wheel that was built again, and lock it"
DAMAGED = "the file is damaged or was tampered with: fetch it again, and compare its SHA-256 with the publisher's"
RENAMED = "give the file the name it was published under"
WRONG_WHEEL = "lock a wheel for this base's Python and platform, or use a base that the wheel is for"
