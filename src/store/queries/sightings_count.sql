-- How many sightings there are of a time.
-- Parameters: from, to (milliseconds since 1970)
-- Range: all
-- For: `cspwatch backtest --from-clickhouse`
SELECT count() FROM sightings WHERE received_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
