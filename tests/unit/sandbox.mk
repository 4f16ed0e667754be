# Unit tests of the floor sandbox: each links it and what is below, nothing above.
