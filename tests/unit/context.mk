# Unit tests of the floor context: each links it and what is below, nothing above.
