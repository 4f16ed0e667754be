# Unit tests of the floor spec: each links it and what is below, nothing above.
