-- How many sightings hold a correlation tag, or the hash of a client.
-- Parameters: tag (empty: none), client (0: none), site (empty: all)
-- Range: all
-- For: `cspwatch forget`
SELECT count() FROM sightings
WHERE ({tag:String} != '' AND tag = {tag:String} OR {client:UInt64} != 0 AND client = {client:UInt64})
  AND ({site:String} = '' OR site = {site:String})
