"""One module per thing that is shown. A view asks the parts, and hands bytes on; it holds no state."""
