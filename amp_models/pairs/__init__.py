"""A DI take and its reamped take: read, laid on each other, judged; and signals to record."""
