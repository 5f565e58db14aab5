-- Every trade with where it stands, for the export; in the order of its booking.
SELECT standing.* FROM standing ORDER BY traded_at, transaction_id
