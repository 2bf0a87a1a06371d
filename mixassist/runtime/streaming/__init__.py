"""Playing through a network, block by block: from the host's blocks to the network's and back.

Task: `open_stream`, which `mixassist.runtime` offers, opens a `Stream`: any block, any ordinary rate, any channels.

Conventions: blocks are float32 [C, n] at the host's rate. No array is allocated per block; of the engines on a CPU
torch alone makes its results anew each time.
"""
