"""Words that every part shares; imports nothing of primase."""
