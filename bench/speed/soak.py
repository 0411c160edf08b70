"""Half an hour at a rate that the collector holds: does memory or latency grow, is anything refused?"""

from speed.rounds import drive, send
from speed.scenarios import SCENARIOS

# Over how long saturation is measured: longer than a segment and the merges that it causes.
SATURATION_SECONDS = 60
MINUTES = 30
SHARE = 0.8


def soak(stand):
    """Prints a row a minute; the load ends the run where an answer is wrong."""
    scenario = SCENARIOS["repeated"]
    stand.use(scenario.threads)
    collector = stand.collector_for("soak", scenario)
    idle = collector.rss()
    saturation = drive(stand, collector, scenario, 0, SATURATION_SECONDS, seed=1)
    rate = SHARE * saturation.rate
    print(f"saturated at {saturation.rate:,.0f} requests a second over {SATURATION_SECONDS} s; driven at {rate:,.0f}")
    print(f"RSS when idle: {idle} MiB\n\n| minute | requests | p50, ms | p99, ms | most, ms | RSS, MiB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for minute in range(1, MINUTES + 1):
        answered = send(stand, collector, scenario, rate, 60, seed=1 + minute)
        p50, p99, most = (answered["latency_us"][name] / 1000 for name in ("p50", "p99", "max"))
        requests = answered["requests_with_warmup"]
        print(f"| {minute} | {requests:,} | {p50:.2f} | {p99:.2f} | {most:.0f} | {collector.rss()} |", flush=True)
    print(f"\nRSS at most: {collector.peak()} MiB")
    stand.end(collector.process)
    stand.forget("soak")
