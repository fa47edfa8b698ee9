// The `savings` section as it stands in files.
#pragma once

#include "config/map_reader.h"
#include "scenario/savings.h"
#include "scenario/yaml_writer.h"

namespace plimsoll {

// Takes the key `savings`.
void read_savings_section(MapReader& reader, SavingsSection& section);

// Nothing where nothing was given.
void write_savings_section(YamlWriter& out, const SavingsSection& section);

// Where the first key in the order of the file stands; null when none was given.
const SourcePlace* first_place(const SavingsSection& section);

}  // namespace plimsoll
