"""What the dispatch is measured against: each a process of its own that is handed the same recipients and letter."""
