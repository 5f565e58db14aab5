-- The months in which something was traded or recognised, as year * 100 + month.
SELECT DISTINCT extract(year FROM booked_on) * 100 + extract(month FROM booked_on) AS month
FROM (
    SELECT traded_on AS booked_on FROM state WHERE traded_at <= $as_of
    UNION
    SELECT recognised_on FROM state WHERE recognised_at <= $as_of
    UNION
    SELECT recognised_on FROM later WHERE recognised_at <= $as_of
)
ORDER BY 1
