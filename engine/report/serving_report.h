// The part of a report about a served load.
#pragma once

#include "evaluate/outcome.h"
#include "report/json_writer.h"
#include "report/layout.h"
#include "report/markdown_page.h"

namespace plimsoll {

// Nothing where no load is served.
void print_serving(Page& page, const Outcome& outcome);
void print_serving(MarkdownPage& page, const Outcome& outcome);

// "serving": {...}, or null.
void write_serving(JsonWriter& json, const Outcome& outcome);

}  // namespace plimsoll
