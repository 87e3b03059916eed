import logging


def test_it_leaks():
    logging.getLogger("dispatch.send").info("to kari@eksempel.example")
