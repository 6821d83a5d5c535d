"""`Chance` of the operating system."""

import os
import random


class SystemChance:
    """Ids that nobody can guess or repeat; fractions good enough to spread retries."""

    def new_id(self) -> str:
        # The layout of RFC 9562 §5.4 by hand: about half the time of str(uuid.uuid4()), and
        # every message needs an id.
        digits = os.urandom(16).hex()
        variant = "89ab"[int(digits[16], 16) & 3]
        return (
            f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
        )

    def fraction(self) -> float:
        return random.random()  # noqa: S311 no secret
