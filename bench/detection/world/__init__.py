"""A shop, its visitors and what runs in their browsers: where the requests of a trace come from."""
