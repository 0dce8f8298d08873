"""What every area stands on: transactions, errors, time, keys, the outbox, personal-data crypto."""
