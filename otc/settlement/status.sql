-- Where each trade stands as of $as_of; the twin of status_of in status.py. `state` is leg_state as known at the moment asked for.
SELECT
    state.*,
    CASE
        WHEN cancelled_at <= $as_of THEN 'CANCELLED'
        WHEN failed_at <= $as_of THEN 'FAILED'
        WHEN mismatch_at <= $as_of THEN 'RECONCILING'
        WHEN final_at <= $as_of THEN 'SETTLED'
        WHEN (client_fiat_due_at < $as_of AND (client_fiat_final_at IS NULL OR client_fiat_final_at > $as_of))
          OR (client_crypto_due_at < $as_of AND (client_crypto_final_at IS NULL OR client_crypto_final_at > $as_of))
          OR (cover_fiat_due_at < $as_of AND (cover_fiat_final_at IS NULL OR cover_fiat_final_at > $as_of))
          OR (cover_crypto_due_at < $as_of AND (cover_crypto_final_at IS NULL OR cover_crypto_final_at > $as_of))
            THEN 'RECONCILING'
        ELSE 'PENDING'
    END AS status
FROM state
WHERE traded_at <= $as_of
