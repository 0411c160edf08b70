"""What a trace's alerts are worth, measured against its known answer."""
