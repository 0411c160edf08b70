-- How many decisions there are, which tells whether there are new ones.
-- Parameters: none
-- Range: all
-- For: the peers, every two seconds
SELECT count() FROM decisions
