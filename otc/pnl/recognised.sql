-- The trades whose PnL belongs to the days [$since, $before) on settlement basis, each turn with its sign.
WITH turn AS (
    SELECT transaction_id, recognised_at AS turned_at, recognised_on AS booked_on, 1 AS sign FROM state WHERE recognised_at <= $as_of
    UNION ALL
    SELECT transaction_id, recognised_at, recognised_on, sign FROM later WHERE recognised_at <= $as_of
)
SELECT standing.*, turn.turned_at, turn.sign
FROM turn JOIN standing ON standing.transaction_id = turn.transaction_id
WHERE turn.booked_on >= $since AND turn.booked_on < $before
ORDER BY turn.turned_at, standing.transaction_id, turn.sign
