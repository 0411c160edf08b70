"""A year of a shop in several deployments: what gets paged for nothing, and how soon the thefts planted in it."""
