# Unit tests of the floor engine: each links it and what is below, nothing above.
