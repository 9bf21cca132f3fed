"""Collections whose vectors an external index holds."""
