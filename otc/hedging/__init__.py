"""Covering what was dealt: what a hedge is expected to cost."""
