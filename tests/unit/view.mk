# Unit tests of the floor view: each links it and what is below, nothing above.
