# Unit tests of the floor tui: each links it and what is below, nothing above.
