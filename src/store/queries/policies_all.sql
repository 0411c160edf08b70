-- The text of each policy.
-- Parameters: none
-- Range: batch
-- For: `cspwatch backtest --from-clickhouse`
SELECT policy_hash, anyLast(policy) AS policy
FROM policies
GROUP BY policy_hash
