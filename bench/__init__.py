"""Speed, memory and cost, measured beside the limit and beside the alternatives. ``make bench``; never deployed."""
