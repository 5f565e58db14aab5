"""From a client's request to a price the desk can stand behind."""
