"""A button that copies a text; the browser does it alone, and tells the page that it was done."""

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

_CSS: Final = """
button { font: inherit; font-size: 0.875rem; width: 100%; padding: 0.25rem 0.75rem; min-height: 2.5rem; cursor: pointer;
  color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); }
button:hover, button:focus-visible { color: var(--st-primary-color); border-color: var(--st-primary-color); outline: none; }
"""
_JS: Final = """
export default function ({ data, parentElement, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  if (button.dataset.said !== "copied") button.textContent = data.label;
  const copy = async () => {
    await navigator.clipboard.writeText(data.text);
    button.dataset.said = "copied";
    button.textContent = "✓ copied";
    setTimeout(() => { button.dataset.said = ""; button.textContent = data.label; }, 1500);
    if (data.tell) setTriggerValue("copied", true);
  };
  button.onclick = copy;
  if (!data.shortcut) return;
  const pressed = (event) => {
    if (event.key !== data.shortcut || event.shiftKey !== data.shift) return;
    event.preventDefault();
    copy();
  };
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}
"""
_mount: Final = st.components.v2.component("otc_copy", html="<button type='button'></button>", css=_CSS, js=_JS)


def copy_button(label: str, text: str, key: str, on_copied: Callable[[], None] | None = None, shortcut: str = "") -> None:
    """A button that puts `text` on the clipboard, also by `shortcut` (a key's name, with `Shift+` before it or not).

    `on_copied` runs once for each click, before the page is drawn anew.
    """
    told: dict[str, Any] = {"on_copied_change": on_copied or (lambda: None)}
    pressed = shortcut.removeprefix("Shift+")
    words = f"{label} · {shortcut}" if shortcut else label
    given = {"label": words, "text": text, "tell": on_copied is not None, "shortcut": pressed, "shift": pressed != shortcut}
    _mount(key=key, data=given, **told)
