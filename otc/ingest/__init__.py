"""Files from outside -> checked records; every line is accounted for."""
