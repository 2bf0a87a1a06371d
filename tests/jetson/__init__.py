"""What can be proven of a Jetson's bundle without the board; `make test-jetson` runs it, pytest does not."""
