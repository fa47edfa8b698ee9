#include "catalog/reader_parts.h"
#include "catalog/readers.h"

namespace plimsoll {

void read_entry(MapReader& reader, LinkSpec& link, References&) {
  const ErrorWatch watch(reader);
  link.scope = reader.required("scope", word_of<LinkScope>());
  link.raw = reader.required("raw", rate_figure());
  link.reached = reader.required("reached", rate_figure());
  link.latency = reader.required("latency", time_figure());
  link.full_duplex = reader.value_or("full_duplex", field::boolean(), true);
  link.host_bus = reader.value_or("host_bus", field::boolean(), false);
  link.medium = reader.value_or("medium", word_of<LinkMedium>(), LinkMedium::switched);
  link.forwarded = reader.value_or("forwarded", field::boolean(), true);
  link.jitter = reader.optional("jitter", time_figure());
  link.message_cost = reader.optional("message_cost", time_figure());
  if (watch.clean() && link.reached.value > link.raw.value) {
    reader.error("reached", "inconsistent",
                 "the link reaches " + print(link.reached.value) + " of " + print(link.raw.value),
                 "at most the raw rate");
  }
}

}  // namespace plimsoll
