"""Attacks at full force on a real collector: what it costs, and what is left for an honest client."""
