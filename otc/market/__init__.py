"""What the market is worth: books checked and put together, rates between currencies, volatility, depth, who is out of line."""
