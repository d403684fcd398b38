"""What changes for requests from one gateway to another. Pure; told by `report/difference_view.py`."""
