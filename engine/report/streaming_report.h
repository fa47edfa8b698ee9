// The block of a report about experts that stay on the drive, in its three forms.
#pragma once

#include "evaluate/outcome.h"
#include "report/json_writer.h"
#include "report/layout.h"
#include "report/markdown_page.h"

namespace plimsoll {

// Nothing where the outcome has no such block.
void print_streaming(Page& page, const Outcome& outcome);
void print_streaming(MarkdownPage& page, const Outcome& outcome);
// "streaming": {…}, or null.
void write_streaming(JsonWriter& json, const Outcome& outcome);

}  // namespace plimsoll
