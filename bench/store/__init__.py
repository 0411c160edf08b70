"""ClickHouse at scale: see `bench/run store`."""
