-- How many sightings hold a correlation tag, or one of the hashes of a client.
-- Parameters: tag (empty: none), clients (hashes), site (empty: all)
-- Range: all
-- For: `cspwatch forget`
SELECT count() FROM sightings
WHERE ({tag:String} != '' AND tag = {tag:String} OR has({clients:Array(UInt64)}, client))
  AND ({site:String} = '' OR site = {site:String})
