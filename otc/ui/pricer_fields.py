"""The pricer's fields in the session: each by its name, whoever draws it."""

import streamlit as st


def key(name: str) -> str:
    """The session's key of a field's widget."""
    return f"pricer_{name}"


def typed(name: str) -> str:
    """What a field holds."""
    return str(st.session_state.get(key(name)) or "").strip()
