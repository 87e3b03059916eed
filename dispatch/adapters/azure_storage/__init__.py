"""Table, Queue and Blob storage."""
