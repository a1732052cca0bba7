"""Campaigns: a list of people frozen at the start, dated messages, a question whose answer decides what comes next."""
