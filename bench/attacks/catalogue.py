"""All attacks by name."""

from collections.abc import Callable
from dataclasses import dataclass

from attacks import flood, http2, slow
from attacks.rig import SITES


@dataclass
class Attack:
    """How to begin it, and what it needs."""

    begin: Callable
    # When it ends, unless its attackers are done before.
    seconds: int = 20
    # Reports to be forged, where it ends with them.
    goal: int = 0
    # Whether it is the TLS listener that is attacked; the honest clients then come there too.
    over_tls: bool = False
    sites: str = SITES
    # Whether Prometheus and Alertmanager look on, and have to alert.
    is_alerted: bool = False
    # Whether nothing distinguishes the sightings from what is forged: as many networks as forged reports. Stored they must be.
    is_hidden: bool = False


ATTACKS = {
    "forged": Attack(flood.forged, seconds=300, goal=flood.FORGED, is_alerted=True),
    "forged_spread": Attack(flood.forged_spread, seconds=180, goal=flood.FORGED, is_hidden=True),
    "zero_config": Attack(flood.zero_config, seconds=120, goal=flood.DISCOVERING, sites=""),
    "idle": Attack(slow.idle, seconds=35),
    "slow_head": Attack(slow.slow_head, seconds=25),
    "slow_body": Attack(slow.slow_body),
    "slow_tls": Attack(slow.slow_tls, seconds=25, over_tls=True),
    "slow_h2": Attack(http2.slow_h2, seconds=35, over_tls=True),
    "one_byte_bodies": Attack(slow.one_byte_bodies),
    "full_bodies": Attack(slow.full_bodies, seconds=40),
    "full_windows": Attack(http2.full_windows, seconds=40, over_tls=True),
    "heavy_reports": Attack(flood.heavy_reports, seconds=25),
    "json_bombs": Attack(flood.json_bombs),
    "rapid_reset": Attack(http2.rapid_reset, over_tls=True),
    "xff": Attack(flood.xff),
    "together": Attack(slow.together, seconds=40),
}
