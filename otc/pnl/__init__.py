"""Profit exists where both legs have landed: recognition, and the bridge to what trading says."""
