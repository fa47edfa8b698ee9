// The files right inside hwdb: formats.yaml, roofs.yaml, routing.yaml, speculation.yaml,
// lengths.yaml and sources.yaml.
#pragma once

#include <map>
#include <string>

#include "catalog/fit_spec.h"
#include "catalog/quantization_spec.h"
#include "catalog/reference.h"
#include "catalog/request_lengths.h"
#include "catalog/roof_spec.h"
#include "catalog/speculation_spec.h"
#include "catalog/streaming_spec.h"
#include "catalog/table_input.h"

namespace plimsoll {

// Each adds what the file says to the table; an entry that is already there is replaced (overlay
// folders).
void read_formats(const TableInput& input, std::map<std::string, FormatSpec>& formats,
                  References& references, Diagnostics& diagnostics);
void read_roofs(const TableInput& input, RoofTable& roofs, References& references,
                Diagnostics& diagnostics);
// The whole table: an overlay replaces all of it, since its figures belong together.
void read_routing_prior(const TableInput& input, RoutingPrior& prior, References& references,
                        Diagnostics& diagnostics);
void read_speculation_table(const TableInput& input, SpeculationTable& speculation,
                            References& references, Diagnostics& diagnostics);
void read_request_lengths(const TableInput& input, RequestLengthTable& table,
                          References& references, Diagnostics& diagnostics);
// The whole table, as the routing prior.
void read_fit(const TableInput& input, FitTable& fit, References& references,
              Diagnostics& diagnostics);
// The text that stands for such a file.
void parse_fit(const std::string& text, FitTable& fit, Diagnostics& diagnostics);
void read_sources(const TableInput& input, std::map<std::string, std::string>& sources,
                  Diagnostics& diagnostics);

}  // namespace plimsoll
