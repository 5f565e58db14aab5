-- Every unsettled trade that nobody has resolved, the oldest first.
SELECT *
FROM standing
WHERE (final_at IS NULL OR final_at > $as_of OR mismatch_at <= $as_of OR failed_at <= $as_of)
  AND status IN ('PENDING', 'RECONCILING', 'FAILED')
  AND (resolved_at IS NULL OR resolved_at > $as_of)
ORDER BY traded_at, transaction_id
