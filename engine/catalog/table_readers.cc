#include "catalog/table_readers.h"

#include "catalog/reader_parts.h"
#include "catalog/table_file.h"

namespace plimsoll {

namespace {

FormatSpec read_format(MapReader& reader, References& references) {
  FormatSpec format;
  format.block = required_int(reader, "block", 1, 1 << 20);
  format.block_bytes = reader.required("bytes", field::number(1.0 / 64.0, 1 << 24));
  format.kernel_family = reader.required("kernel_family", field::text());
  format.scale_group = int_or(reader, "scale_group", 1, 31, 0);
  format.fallback = optional_reference(reader, "fallback", ReferenceKind::format, references);
  return format;
}

using RoofMap = std::map<std::string, Figure<double>>;

RoofMap read_roof_map(MapReader& reader, std::string_view key) {
  return as_map(reader.value_or(key, field::map_of(field::fraction()), {}));
}

CachedReadRoof read_cached_reads(MapReader& reader) {
  CachedReadRoof roof;
  roof.per_thread = reader.required("per_thread", rate_figure());
  roof.ceiling = reader.required("ceiling", field::fraction());
  return roof;
}

}  // namespace

void read_formats(const TableInput& input, std::map<std::string, FormatSpec>& formats,
                  References& references, Diagnostics& diagnostics) {
  read_table(input, "formats", references, diagnostics, [&](MapReader& reader) {
    const auto format = field::object(
        "format", [&references](MapReader& map) { return read_format(map, references); });
    for (auto& [id, spec] : reader.required("formats", field::map_of(format))) {
      spec.id = id;
      formats[id] = std::move(spec);
    }
    text_or_empty(reader, "source");
  });
}

void read_roofs(const TableInput& input, RoofTable& roofs, References& references,
                Diagnostics& diagnostics) {
  read_table(input, "roofs", references, diagnostics, [&](MapReader& reader) {
    overlay(roofs.memory, read_roof_map(reader, "memory"));
    overlay(roofs.matrix, read_roof_map(reader, "matrix"));
    const auto cached = field::map_of(field::object("cached reads", read_cached_reads));
    overlay(roofs.cached_reads, as_map(reader.value_or("cached_reads", cached, {})));
    const auto slowdown = field::map_of(slowdown_figure());
    overlay(roofs.dma_slowdown, as_map(reader.value_or("dma_slowdown", slowdown, {})));
  });
}

void read_routing_prior(const TableInput& input, RoutingPrior& prior, References& references,
                        Diagnostics& diagnostics) {
  read_table(input, "routing", references, diagnostics, [&](MapReader& reader) {
    prior.of_text = read_routing(reader);
    if (const auto skew = reader.optional("mixed_skew", field::figure(0.0, 8.0)))
      prior.mixed_skew = *skew;
  });
}

void read_speculation_table(const TableInput& input, SpeculationTable& speculation,
                            References& references, Diagnostics& diagnostics) {
  read_table(input, "speculation", references, diagnostics, [&](MapReader& reader) {
    reader.required("acceptance", field::object("acceptance", [&](MapReader& inner) {
                      for (const auto& [key, kind] : words_of<DraftKind>())
                        if (const auto figure = inner.optional(key, field::figure(0.0, 1.0)))
                          speculation.acceptance[kind] = *figure;
                      return 0;
                    }));
  });
}

void read_sources(const TableInput& input, std::map<std::string, std::string>& sources,
                  Diagnostics& diagnostics) {
  References none;
  read_table(input, "sources", none, diagnostics, [&](MapReader& reader) {
    overlay(sources, as_map(reader.required("sources", field::map_of(field::text()))));
  });
}

}  // namespace plimsoll
