-- Trades and their rupiah by status, by what the file reported, and whether a person has resolved them.
SELECT
    status,
    reported_status,
    resolved_at IS NOT NULL AND resolved_at <= $as_of AS resolved,
    count(*) AS trades,
    sum(client_amount_idr) AS volume_idr
FROM standing
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
