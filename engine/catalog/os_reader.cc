#include <algorithm>

#include "catalog/reader_parts.h"
#include "catalog/readers.h"

namespace plimsoll {

namespace {

GpuShareStep read_share_step(MapReader& reader) {
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

// A share that may be nothing at all.
auto share_figure() {
  return field::figure(0.0, 1.0);
}

// The application's own policies hold a set that somebody chose; no operating system does that.
ReplacementKind read_policy(MapReader& reader) {
  const ReplacementKind policy = reader.required("policy", word_of<ReplacementKind>());
  if (policy == ReplacementKind::lfu || policy == ReplacementKind::pinned) {
    reader.error("policy", "inconsistent", "no page cache replaces like that",
                 "lru, two_list, clock_pro or none");
  }
  return policy;
}

void check_pages(MapReader& reader, const PageCacheSpec& cache) {
  if (cache.command < cache.page) {
    reader.error("command", "inconsistent", "the largest command is smaller than a page",
                 "at least a page");
  }
  if (cache.read_ahead.value < cache.page) {
    reader.error("read_ahead", "inconsistent", "a fault brings in less than a page",
                 "at least a page");
  }
  if (cache.compression.has_value() != cache.decompression.has_value()) {
    reader.error(cache.compression ? "compression" : "decompression", "inconsistent",
                 "a compressor needs both its ratio and its time",
                 "compression and decompression, or neither");
  }
}

PageCacheSpec read_page_cache(MapReader& reader) {
  PageCacheSpec cache;
  const ErrorWatch watch(reader);
  cache.policy = read_policy(reader);
  cache.page = reader.required("page", field::quantity<Bytes>(Bound::positive));
  cache.read_ahead = reader.required("read_ahead", field::figure(Bytes(512.0), Bytes(1 << 30)));
  cache.major_fault = reader.required("major_fault", time_figure());
  cache.minor_fault = reader.required("minor_fault", time_figure());
  cache.command = reader.required("command", field::quantity<Bytes>(Bound::positive));
  cache.read_call = reader.required("read_call", time_figure());
  cache.free_share = reader.required("free_share", share_figure());
  cache.file_floor = reader.required("file_floor", share_figure());
  cache.compression = reader.optional("compression", field::figure(1.0, 100.0));
  cache.decompression = reader.optional("decompression", time_figure());
  if (watch.clean()) check_pages(reader, cache);
  return cache;
}

GpuSpill read_spill(MapReader& reader) {
  return {.share = reader.required("share", field::fraction()),
          .turn_off = reader.required("turn_off", field::text())};
}

}  // namespace

void read_entry(MapReader& reader, OsSpec& os, References& references) {
  const ErrorWatch watch(reader);
  os.programs_of = optional_reference(reader, "programs_of", ReferenceKind::os, references);
  os.drivers = as_map(reader.value_or("drivers", field::map_of(field::text()), {}));
  os.gpu_spill = reader.optional("gpu_spill", field::object("spill", read_spill));
  os.reserved = reader.required("reserved", memory_figure());
  os.gpu_shares = reader.value_or("gpu_shares",
                                  field::list_of(field::object("share step", read_share_step)), {});
  os.raise_limit = text_or_empty(reader, "raise_limit");
  os.page_cache = reader.optional("page_cache", field::object("page cache", read_page_cache));
  if (watch.clean()) check_ascending(reader, os.gpu_shares);
}

bool runs_programs_for(const OsSpec& os, const std::vector<std::string>& systems) {
  return systems.empty() || std::any_of(systems.begin(), systems.end(), [&](const std::string& id) {
           return id == os.id || id == os.programs_of;
         });
}

bool has_backend(const OsSpec& os, const std::string& backend) {
  return os.drivers.empty() || os.drivers.contains(backend);
}

}  // namespace plimsoll
