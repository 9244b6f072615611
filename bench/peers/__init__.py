"""What we are compared with: the plain ways of doing the same, written for this and used for nothing else."""
