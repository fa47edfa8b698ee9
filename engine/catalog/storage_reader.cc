#include "catalog/reader_parts.h"
#include "catalog/readers.h"

namespace plimsoll {

namespace {

ReadPoint read_point(MapReader& reader) {
  ReadPoint point;
  point.block = reader.required("block", field::quantity<Bytes>(Bound::positive));
  point.queue_depth = required_int(reader, "queue_depth", 1, 65536);
  point.rate = reader.required("rate", rate_figure());
  return point;
}

}  // namespace

void read_entry(MapReader& reader, StorageSpec& storage, References&) {
  storage.interface = reader.required("interface", field::text());
  storage.sequential_read = reader.required("sequential_read", rate_figure());
  storage.read_latency = reader.optional("read_latency", time_figure());
  storage.random_reads =
      reader.value_or("random_reads", field::list_of(field::object("read point", read_point)), {});
}

}  // namespace plimsoll
