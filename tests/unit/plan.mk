# Unit tests of the floor plan: each links it and what is below, nothing above.
