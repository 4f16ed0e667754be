# Unit tests of the floor dockerfile: each links it and what is below, nothing above.
