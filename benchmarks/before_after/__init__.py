"""What ``contact_sheet.py`` shows, and how it is laid out."""
