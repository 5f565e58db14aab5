-- One trade, whatever its status.
SELECT * FROM standing WHERE transaction_id = $transaction_id
