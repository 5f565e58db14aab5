"""Plotly figures in the desk's colours: transparent ground, own colours for light and for dark, small and without tools."""

from dataclasses import dataclass
from typing import Any, Final

import streamlit as st


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a figure, in this order; each stands off the page's ground."""

    ink: str
    muted: str
    grid: str
    second: str
    total: str
    series: tuple[str, ...]

    @property
    def accent(self) -> str:
        """The desk's own colour, the first of the series."""
        return self.series[0]


LIGHT: Final = Palette(
    "#16211D", "#5B6762", "#E3E6DF", "#B9C2B6", "#7A8B99", ("#0F5C4D", "#C58B1B", "#7A8B99", "#8C4A2F", "#3D6C9E", "#A9B665")
)
DARK: Final = Palette(
    "#E3EAE6", "#9AA8A2", "#25322E", "#5C6B66", "#8496A5", ("#3FB79B", "#E0B04C", "#9FB2C2", "#D08560", "#7FADDC", "#C2CF86")
)
_PLAIN: Final = {"displayModeBar": False, "responsive": True, "scrollZoom": False}


def palette() -> Palette:
    """The colours for the theme that the reader's browser shows."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def lay_out(figure: Any, height: int) -> Any:
    """Give a figure the desk's layout: transparent, tight margins, quiet grid, comma thousands; returns it."""
    colours = palette()
    figure.update_layout(
        height=height,
        margin={"l": 4, "r": 4, "t": 8, "b": 4},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": '"Source Sans", sans-serif', "size": 12, "color": colours.ink},
        colorway=list(colours.series),
        separators=".,",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"color": colours.ink}},
        hoverlabel={"font": {"size": 12}},
        bargap=0.25,
    )
    figure.update_xaxes(showgrid=False, zeroline=False, automargin=True, tickfont={"color": colours.muted})
    figure.update_yaxes(gridcolor=colours.grid, zerolinecolor=colours.grid, automargin=True, tickfont={"color": colours.muted})
    return figure


def chart(figure: Any, height: int, key: str, alt: str) -> None:
    """Show a figure in the desk's layout; `alt` says in words what it shows."""
    show_laid_out(lay_out(figure, height), key, alt)


def show_laid_out(figure: Any, key: str, alt: str) -> None:
    """Show a figure that `lay_out` gave before; sessions may share it, as it is only read."""
    st.plotly_chart(figure, theme=None, key=key, config=_PLAIN, alt=alt)
