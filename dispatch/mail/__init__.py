"""Letters: from what a case worker wrote to one message that any transport can carry."""
