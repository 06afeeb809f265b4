"""From plumbing to factor moves: channels that start a shock, responses that spread it, ordinary market noise."""
