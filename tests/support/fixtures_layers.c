/* The fixtures of the checks of gradients and layers. */
#include "support/fixtures.h"

const fixture_maker fixtures_of_layers[] = {{NULL, NULL}};
