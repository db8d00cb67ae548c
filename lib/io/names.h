/* Roles for readers that learn the names of their series one by one. */
#ifndef CLINO_IO_NAMES_H
#define CLINO_IO_NAMES_H

#include "io/reader.h"

/* Gives all scalar series of the reading's run their roles, by their names in the log and by the map of the options.
 * The names of histograms stay, unless the map names them. CLINO_ERR_FORMAT where the map names a column that is not
 * there, or makes it the axis, which these logs bring along. */
clino_status clino__names_assign(const clino__reading *reading, clino_error *error);

#endif
