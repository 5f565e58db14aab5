-- The lines between trade basis and settlement basis of the month [$since, $before), trade by trade. Twin of bridge in bridge.py.
WITH first_turn AS (
    SELECT *, recognised_at <= $as_of AS recognised FROM standing
    WHERE (traded_on >= $since AND traded_on < $before) OR (recognised_on >= $since AND recognised_on < $before)
),
line AS (
    SELECT
        transaction_id,
        CASE
            WHEN recognised THEN 'recognised_later'
            WHEN status = 'FAILED' THEN 'failed'
            WHEN status = 'CANCELLED' THEN 'cancelled'
            ELSE 'open'
        END AS line,
        -net_pnl_idr AS amount_idr
    FROM first_turn
    WHERE traded_on >= $since AND traded_on < $before
      AND NOT (coalesce(recognised, FALSE) AND recognised_on >= $since AND recognised_on < $before)
    UNION ALL
    SELECT transaction_id, 'traded_before', net_pnl_idr
    FROM first_turn
    WHERE NOT (traded_on >= $since AND traded_on < $before)
      AND recognised AND recognised_on >= $since AND recognised_on < $before
    UNION ALL
    SELECT later.transaction_id, CASE WHEN later.sign < 0 THEN 'reversed' ELSE 'recognised_again' END,
           CASE WHEN later.sign < 0 THEN -state.net_pnl_idr ELSE state.net_pnl_idr END
    FROM later JOIN state ON state.transaction_id = later.transaction_id
    WHERE later.recognised_at <= $as_of AND later.recognised_on >= $since AND later.recognised_on < $before
)
SELECT standing.*, line.line, line.amount_idr
FROM line JOIN standing ON standing.transaction_id = line.transaction_id
ORDER BY line.line, standing.traded_at, standing.transaction_id
