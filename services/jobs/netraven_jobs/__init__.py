"""Jobs over many devices: what is to be done, who does it, what came of it, its logs and its backups."""
