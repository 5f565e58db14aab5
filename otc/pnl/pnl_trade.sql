-- PnL on trade basis: everything traded by $as_of, whether it settles or not, by {key}. Twin of pnl_by in recognition.py.
WITH traded AS (SELECT *, traded_on AS booked_on FROM state WHERE traded_at <= $as_of)
SELECT
    {key} AS key,
    count(*) AS trades,
    sum(client_amount_idr) AS volume_idr,
    sum(gross_spread_idr) AS gross_spread_idr,
    sum(tax_idr) AS tax_idr,
    sum(net_pnl_idr) AS net_pnl_idr
FROM traded
WHERE ($since IS NULL OR booked_on >= $since) AND ($before IS NULL OR booked_on < $before)
GROUP BY 1
ORDER BY 1
