"""The inventory: devices and their tags, who changed what, and what the monitor says about them."""
