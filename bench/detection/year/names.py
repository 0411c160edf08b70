"""Distinct registrable domains for strangers, all under reserved names."""

FIRST = (
    "amber", "badger", "canyon", "dapper", "ember", "fjord", "gravel", "hollow", "indigo", "jasper", "kettle",
    "lantern", "meadow", "nimble", "orchid", "pebble", "quarry", "rustic", "saddle", "timber", "umbra", "velvet",
    "walnut", "yonder", "zephyr", "bramble",
)
SECOND = (
    "basket", "cabin", "depot", "engine", "falcon", "garden", "harvest", "island", "jigsaw", "kernel", "ladder",
    "market", "needle", "outpost", "parcel", "ribbon", "signal", "tunnel", "village", "wagon", "anchor", "beacon",
    "cellar", "dynamo", "fender", "hamlet",
)


def names(random, count, suffix=""):
    """So many domains, each of two words and `suffix`."""
    all_names = [f"{first}{second}{suffix}.example" for first in FIRST for second in SECOND]
    return random.sample(all_names, count)
