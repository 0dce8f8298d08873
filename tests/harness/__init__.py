"""The real parts that the tests run on."""
