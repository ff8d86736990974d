"""What the load tests' figures are worth: against the truth, against a plain server, with many users, beside peers."""
