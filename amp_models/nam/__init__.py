"""`.nam` files and the networks in them: read, written, built, begun, finished."""
