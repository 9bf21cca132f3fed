"""How other libraries do the tasks of ``editing.py``, each by its own best means."""
