"""Half an hour at 80 % of saturation: does memory or latency grow, is anything refused?"""

from speed.rounds import send
from speed.scenarios import SCENARIOS

MINUTES = 30
SHARE = 0.8
# Each minute begins with what the collector can do just now: a shared machine gives now more and now less, and 80 % of a
# good minute's is too much for a bad one's.
SATURATION_SECONDS = 9
SECONDS = 49


def soak(rig):
    """Prints a row a minute; the load ends the run where an answer is wrong."""
    scenario = SCENARIOS["repeated"]
    rig.use(scenario.threads)
    collector = rig.collector_for("soak", scenario)
    print(f"RSS when idle: {collector.rss()} MiB\n\n| minute | saturated at | requests at {SHARE:.0%} | p50, ms | p99, ms | RSS, MiB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for minute in range(1, MINUTES + 1):
        saturated = send(rig, collector, scenario, 0, SATURATION_SECONDS, seed=2 * minute)["rate"]
        answered = send(rig, collector, scenario, SHARE * saturated, SECONDS, seed=2 * minute + 1)
        p50, p99 = (answered["latency_us"][name] / 1000 for name in ("p50", "p99"))
        requests = answered["requests_with_warmup"]
        print(f"| {minute} | {saturated:,.0f} | {requests:,} | {p50:.2f} | {p99:.2f} | {collector.rss()} |", flush=True)
    print(f"\nRSS at most: {collector.peak()} MiB")
    rig.end(collector.process)
    rig.forget("soak")
