"""Arena over a bad network, in virtual time: what `make netcode` measures."""
