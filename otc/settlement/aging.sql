-- Every unsettled trade that nobody has resolved, the oldest first. Each part filters by columns on their own, which a scan
-- does itself; one filter over them all would read every column of every trade.
WITH unresolved AS NOT MATERIALIZED (
    SELECT * FROM standing
    WHERE (resolved_at IS NULL OR resolved_at > $as_of) AND (cancelled_at IS NULL OR cancelled_at > $as_of)
),
unsettled AS (
    SELECT * FROM unresolved WHERE final_at IS NULL OR final_at > $as_of
    UNION ALL
    SELECT * FROM unresolved WHERE final_at <= $as_of AND mismatch_at <= $as_of
    UNION ALL
    SELECT * FROM unresolved
    WHERE final_at <= $as_of AND failed_at <= $as_of AND (mismatch_at IS NULL OR mismatch_at > $as_of)
)
SELECT * FROM unsettled ORDER BY traded_at, transaction_id
