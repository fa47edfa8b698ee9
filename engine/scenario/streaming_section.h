// The `streaming` section as it stands in files.
#pragma once

#include "config/map_reader.h"
#include "scenario/streaming_setup.h"
#include "scenario/yaml_writer.h"

namespace plimsoll {

// Takes the key `streaming`. A relative path of a routing trace becomes absolute: from the folder
// of the file it stands in, or from the working directory when it comes from the command line.
void read_streaming_section(MapReader& reader, StreamingSection& section);

// Nothing where nothing was given.
void write_streaming_section(YamlWriter& out, const StreamingSection& section);

// Where the first key in the order of the file stands; null when none was given.
const SourcePlace* first_place(const StreamingSection& section);

}  // namespace plimsoll
