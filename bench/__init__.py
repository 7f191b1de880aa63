"""Speed beside the plain-library way and the bare floor, in one run, as ratios (`make bench`)."""
