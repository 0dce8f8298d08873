"""Several people, several items, or more minutes than one slot has: families and firms' groups."""
