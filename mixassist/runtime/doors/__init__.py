"""The doors to the inference libraries: each is imported here, in the files that carry its name, and nowhere else.

Task: what a library calls a session becomes a `Session`; its errors become ours; where it can bind memory, a `Stepper`.

Conventions: a door imports its library when it is opened, never when it is imported itself.
"""
