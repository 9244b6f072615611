"""Backups: the collector beside bare Netmiko."""
