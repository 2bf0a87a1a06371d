"""Learning an amplifier: networks that know their gradients, the optimiser, the loss, and the run that uses them."""
