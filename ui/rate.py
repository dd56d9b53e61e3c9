"""How often one client may ask: a bucket of turns for each, which fills up again with time."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

CLIENTS = 10_000  # that are remembered; the one not seen for longest goes first


class Rate:
    """So many turns a minute for each client, as many at once when it has been quiet for a minute; 0 is no limit."""

    def __init__(self, a_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.a_minute = a_minute
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # turns left, and when that was so

    def take(self, client: str) -> int:
        """Take a turn and give 0, or give the whole seconds until there is one."""
        if not self.a_minute:
            return 0
        left = self._turns(client)
        took = left >= 1
        self._left[client] = (left - took, self._clock())
        self._left.move_to_end(client)
        if len(self._left) > CLIENTS:
            self._left.popitem(last=False)
        return 0 if took else max(1, math.ceil((1 - left) * 60 / self.a_minute))

    def give_back(self, client: str) -> None:
        """Put back a turn that is not to count."""
        if client in self._left:
            left, when = self._left[client]
            self._left[client] = (left + 1, when)

    def _turns(self, client: str) -> float:
        most = max(1.0, self.a_minute)
        left, when = self._left.get(client, (most, self._clock()))
        return min(most, left + (self._clock() - when) * self.a_minute / 60)


def client_of(address: str) -> str:
    """What counts as one client: an address, of IPv6 the network of 64 bits, which one client can use all of.

    >>> client_of("192.0.2.7"), client_of("2001:db8::1:2"), client_of("unknown")
    ('192.0.2.7', '2001:db8::/64', 'unknown')
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
