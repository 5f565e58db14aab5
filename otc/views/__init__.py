"""Records -> rows for a screen or an export; nothing here opens, asks or writes."""
