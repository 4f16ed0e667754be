# Unit tests of the floor store: each links it and what is below, nothing above.
