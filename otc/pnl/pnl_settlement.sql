-- PnL on settlement basis: what was recognised, less what was taken back, by {key}. Twin of pnl_by in recognition.py.
WITH turn AS (
    SELECT *, 1 AS sign
    FROM (SELECT *, recognised_on AS booked_on FROM state WHERE recognised_at <= $as_of)
    UNION ALL
    SELECT *
    FROM (
        SELECT state.*, later.recognised_on AS booked_on, later.sign
        FROM later JOIN state ON state.transaction_id = later.transaction_id
        WHERE later.recognised_at <= $as_of
    )
)
SELECT
    {key} AS key,
    sum(sign) AS trades,
    sum(CASE WHEN sign > 0 THEN client_amount_idr ELSE -client_amount_idr END) AS volume_idr,
    sum(CASE WHEN sign > 0 THEN gross_spread_idr ELSE -gross_spread_idr END) AS gross_spread_idr,
    sum(CASE WHEN sign > 0 THEN tax_idr ELSE -tax_idr END) AS tax_idr,
    sum(CASE WHEN sign > 0 THEN net_pnl_idr ELSE -net_pnl_idr END) AS net_pnl_idr
FROM turn
WHERE ($since IS NULL OR booked_on >= $since) AND ($before IS NULL OR booked_on < $before)
GROUP BY 1
ORDER BY 1
