SUITE(failing)
SUITE(passing)
