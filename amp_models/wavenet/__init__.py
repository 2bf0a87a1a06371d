"""WaveNets as amp captures use them: what they are made of, their two schemas in files, their sizes, their network."""
