"""What people ask, in their own words, to the request that a client would send: URLs, headers, pasted curl lines."""
