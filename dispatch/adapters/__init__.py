"""One vendor a file or folder. Adapters know the model, the errors and the ports, and not each other."""
