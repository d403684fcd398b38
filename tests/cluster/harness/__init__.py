"""What the tests of a cluster share: kubectl, the API, the installed product, workloads, and traffic from pods."""
