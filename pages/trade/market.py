"""trade/market: can I deal, where, and is a feed lying?"""

from otc import ui
from otc.ui import market_live

market_live.show(ui.open_page("Market", role="trader"))
