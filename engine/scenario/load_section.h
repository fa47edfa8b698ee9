// The part of the section `load` that is about requests, as it stands in files.
#pragma once

#include <vector>

#include "config/map_reader.h"
#include "scenario/load_setup.h"
#include "scenario/yaml_writer.h"

namespace plimsoll {

// Takes its keys out of the map `load`. Relative paths become absolute: from the folder of the file
// they stand in, or from the working directory when they come from the command line.
void read_load_section(MapReader& load, LoadSection& section);

// The lines below `load:`; nothing where nothing was given.
void write_load_section(YamlWriter& out, const LoadSection& section);

// Where the first key in the order of the file stands; null when none was given.
const SourcePlace* first_place(const LoadSection& section);

// `load: poisson:10` and `lengths: 1136/212` in it as maps; what is no short form stays as it is.
Node long_form_of_load(const Node& load);

// Without the keys that say how requests arrive, for who says it anew.
Node without_arrivals(const Node& load);

}  // namespace plimsoll
