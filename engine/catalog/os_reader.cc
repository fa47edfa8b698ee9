#include "catalog/reader_parts.h"
#include "catalog/readers.h"

namespace plimsoll {

namespace {

GpuShareStep read_step(MapReader& reader) {
  GpuShareStep step;
  step.up_to = reader.required("up_to", field::quantity<Bytes>(Bound::positive));
  step.share = reader.required("share", field::fraction());
  return step;
}

void check_ascending(MapReader& reader, const std::vector<GpuShareStep>& steps) {
  for (std::size_t i = 1; i < steps.size(); ++i) {
    if (steps[i - 1].up_to < steps[i].up_to) continue;
    reader.error("gpu_shares", "inconsistent",
                 "step " + std::to_string(i + 1) + " is not above the step before it",
                 "up_to in ascending order");
  }
}

}  // namespace

void read_entry(MapReader& reader, OsSpec& os, References&) {
  const ErrorWatch watch(reader);
  os.reserved = reader.required("reserved", memory_figure());
  os.gpu_shares =
      reader.value_or("gpu_shares", field::list_of(field::object("share step", read_step)), {});
  os.raise_limit = text_or_empty(reader, "raise_limit");
  if (watch.clean()) check_ascending(reader, os.gpu_shares);
}

}  // namespace plimsoll
