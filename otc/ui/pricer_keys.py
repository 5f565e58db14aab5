"""The pricer's way round by keyboard: Alt and a letter put the cursor where the hand goes next."""

from typing import Any, Final

import streamlit as st

_PLACES: Final = {
    "KeyR": '[class*="st-key-pricer_rate"] input',
    "KeyC": ".st-key-pricer_client input",
    "KeyQ": ".st-key-pricer_rupiah input",
    "KeyW": ".st-key-pricer_size input",
}
_SHOWN: Final = "Alt+R rates · Alt+P paste · Alt+C client · Alt+Q rupiah · Alt+W size · Alt+M, Alt+V price from"
_CSS: Final = "p { margin: 0; font-size: 0.875rem; color: color-mix(in srgb, var(--st-text-color) 62%, transparent); }"
_JS: Final = """
export default function ({ data, parentElement }) {
  parentElement.querySelector("p").textContent = data.words;
  const go = (place) => {
    const field = document.querySelector(place);
    if (field && field !== document.activeElement) { field.focus(); field.select?.(); }
  };
  const arrive = (place, tries) => setTimeout(() => {
    if (document.querySelector(place)) go(place);
    else if (tries > 0) arrive(place, tries - 1);
  }, 100);
  if (data.now && window.otcWentTo !== data.mark) arrive(data.now, 20);
  window.otcWentTo = data.mark;
  const pressed = (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || !(event.code in data.places)) return;
    event.preventDefault();
    go(data.places[event.code]);
  };
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}
"""
_mount: Final = st.components.v2.component("otc_keys", html="<p></p>", css=_CSS, js=_JS)
_GO: Final = "pricer_go"


def go_to(place: str) -> None:
    """Put the cursor into a field, by its widget's key, once the page is drawn anew."""
    count = st.session_state.get(_GO, ("", 0))[1]
    st.session_state[_GO] = (f".st-key-{place} :is(input, textarea)", count + 1)


def listen() -> None:
    """Hear the keys, and say which there are: the words are there once they are heard."""
    now, mark = st.session_state.get(_GO, ("", 0))
    given: dict[str, Any] = {"words": _SHOWN, "places": _PLACES, "now": now, "mark": mark}
    _mount(key="pricer_keys", data=given)
